//! What one framework file says.

use serde::{Deserialize, Serialize};

/// A published catalogue of controls, in one of its versions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Framework {
    /// The file's name: `nist-800-53`.
    pub id: String,
    /// As its publisher calls it.
    pub title: String,
    /// The version that the ids and titles were taken from.
    pub version: String,
    /// Who publishes it; empty for labels that nobody publishes.
    #[serde(default)]
    pub publisher: String,
    /// Where the words were read.
    pub source: String,
    /// Under which licence its words may be repeated.
    pub licence: String,
    /// What a reader must know before relying on these ids.
    #[serde(default)]
    pub note: String,
    /// The controls that some requirement is evidence for.
    pub control: Vec<Control>,
}

/// One control.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Control {
    /// The id as published: `AC-3(8)`.
    pub id: String,
    /// The title as published, or what it asks for in our words where it has none.
    pub title: String,
    /// What it says.
    #[serde(default)]
    pub says: String,
    /// Whose words `says` are.
    #[serde(default)]
    pub text: Text,
    /// What a reader must know about this one: a title that differs, an id that is often cited wrongly.
    #[serde(default)]
    pub note: String,
    /// Where the same thing stands in other catalogues.
    #[serde(default)]
    pub crosswalk: Vec<Crosswalk>,
}

/// Whose words a control's text is in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Text {
    /// The publisher's, word for word (parts left out are marked `...`).
    Verbatim,
    /// Ours.
    #[default]
    Gist,
}

/// A control of another catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Crosswalk {
    /// Its id.
    pub id: String,
    /// How the two relate, and who says so.
    pub how: String,
}
