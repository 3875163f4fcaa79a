//! Several grants give several sets of tokens under one label: what a script does with the label is done with each of them. The first
//! set bears the name of the label; the others have no name that a script could write.

use super::stage::Label;
use super::{Halt, Stage};
use crate::plan::Verb;

/// The name of a further set.
fn name_of(label: &str, set: usize) -> String {
    format!("{label}\u{1f}{set}")
}

impl Stage {
    /// Carries a verb out with the tokens of its label, set by set.
    pub(super) async fn with_each_set(&mut self, verb: &Verb) -> Result<(), Halt> {
        self.carry_out(verb).await?;
        for set in 1.. {
            let Some(again) = self.with_set(verb, set) else { break };
            self.carry_out(&again).await?;
        }
        Ok(())
    }

    /// Keeps what was given under a label, for each grant the one or other service's token, in place of what the label had.
    pub(super) fn keep_sets(&mut self, label: &str, sets: Vec<Label>) {
        let mut sets = sets.into_iter();
        self.labels.insert(label.to_owned(), sets.next().unwrap_or_default());
        for set in 1.. {
            let name = name_of(label, set);
            match sets.next() {
                Some(tokens) => self.labels.insert(name, tokens),
                None if self.labels.contains_key(&name) => self.labels.remove(&name),
                None => break,
            };
        }
    }

    /// The verb for a further set of its label; `None` where there is none, or where it is about the first one alone.
    fn with_set(&self, verb: &Verb, set: usize) -> Option<Verb> {
        let mut again = verb.clone();
        let (label, to) = match &mut again {
            Verb::Refresh { label, to, .. }
            | Verb::RefreshByAnother { label, to, .. }
            | Verb::Exchange { label, to, .. } => (label, Some(to)),
            Verb::Introspect { label, .. } | Verb::Revoke { label, .. } => (label, None),
            Verb::Call(with) => (&mut with.label, None),
            _ => return None,
        };
        *label = name_of(label, set);
        if !self.labels.contains_key(label) {
            return None;
        }
        if let Some(to) = to {
            *to = name_of(to, set);
        }
        Some(again)
    }
}
