//! The record of the decision log that explains a token, cited.

use super::index::Cited;
use super::shown::{long, text};
use crate::model::TokenSeen;

/// Most claims of a record that are listed.
const MOST: usize = 30;

/// A decision record about one token.
#[derive(Debug, Clone)]
pub struct Decision {
    /// `before the change`, `after the change`, `earlier`, `later`.
    pub when: &'static str,
    /// The token.
    pub token: String,
    /// Its identifier, and which op read it.
    pub cited: String,
    /// What was decided, when, of which kind.
    pub decided: String,
    /// Why, in the log's words.
    pub reason: String,
    /// Policies, their owners and the revision.
    pub policies: String,
    /// Claims with their values and what produced them.
    pub claims: Vec<(String, String, String)>,
}

impl Decision {
    /// The record in words; `None` where it tells nothing.
    #[must_use]
    pub fn of(cited: Cited, token: &TokenSeen, when: &'static str) -> Option<Self> {
        let Cited { record, op } = cited;
        let id = record.id.as_deref().map_or_else(|| "a record without a name".into(), text);
        let part = |name: &str, value: &Option<String>| {
            value.as_deref().map(|v| format!("{name}{}", text(v)))
        };
        let decided =
            [part("", &record.decision), part("of kind ", &record.kind), part("at ", &record.time)];
        let decided: Vec<_> = decided.into_iter().flatten().collect();
        if decided.is_empty() && record.reason.is_none() && record.claims.is_empty() {
            return None;
        }
        let mut owners = record.owners.clone();
        owners.dedup();
        let policies = [
            (!record.policies.is_empty())
                .then(|| format!("policies {}", record.policies.join(", "))),
            (!owners.is_empty()).then(|| format!("owned by {}", owners.join(", "))),
            record.revision.as_ref().map(|r| format!("revision {r}")),
            record.entitlement.as_ref().map(|e| format!("entitlements {e}")),
        ];
        let policies: Vec<_> = policies.into_iter().flatten().collect();
        let claims = record.claims.iter().take(MOST);
        Some(Self {
            when,
            token: text(&token.id),
            cited: format!("{id}, read by op {op}"),
            decided: decided.join(", "),
            reason: record.reason.as_deref().map(long).unwrap_or_default(),
            policies: text(&policies.join("; ")),
            claims: claims
                .map(|c| {
                    let because =
                        if c.because.is_empty() { "the log does not say" } else { &c.because };
                    (text(&c.claim), text(&c.value), text(because))
                })
                .collect(),
        })
    }
}
