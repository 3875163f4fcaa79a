//! One row of the vocabulary.

use super::{Deed, Said, Scene};

/// What a sentence comes to, given what was said before it in the same scenario. The error is one sentence for the
/// person who wrote the step.
pub type Meaning = fn(&Said, &mut Scene) -> Result<Deed, String>;

/// Which keyword a sentence is meant for. Gherkin does not mind another one, and neither does recant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub enum Keyword {
    /// Who takes part and what they hold.
    Given,
    /// What happens.
    When,
    /// What must hold.
    Then,
}

/// A sentence of the vocabulary.
#[derive(Debug, Clone, Copy)]
pub struct Sentence {
    /// Its keyword.
    pub keyword: Keyword,
    /// A cucumber expression.
    pub expression: &'static str,
    /// What it does, in a sentence or two.
    pub doc: &'static str,
    /// A step as a person writes it; a test matches every one.
    pub example: &'static str,
    /// Capabilities that the target must provide.
    pub needs: &'static [&'static str],
    /// What it comes to.
    pub means: Meaning,
}
