//! One record of a decision log, read through the pointers of the target file.

use serde_json::{Value, json};

use super::{LogKind, LogPlace, LogSubject};
use crate::drive::{Vault, pointer, tokens};
use crate::history::{ClaimReason, DecisionSeen};
use crate::model::is_placeholder;
use crate::plan::{DecisionLog, LogFields};

/// More members of one list are not kept.
const MOST_MEMBERS: usize = 1000;

impl LogKind for DecisionLog {
    type Seen = DecisionSeen;

    const NAME: &'static str = "decision log";

    fn place(&self) -> LogPlace {
        let Self { file, url, headers, items, .. } = self.clone();
        LogPlace { file, url, headers, items }
    }

    fn is_about(&self, record: &Value, subjects: &[LogSubject]) -> bool {
        is_about(record, &self.fields, subjects)
    }

    fn seen(&self, record: &Value, vault: &Vault) -> DecisionSeen {
        seen(record, self, vault)
    }
}

/// True where a record is about one of the subjects: by its subject, or by its token where it names no
/// subject. A log whose subject can't be read is about everybody.
fn is_about(record: &Value, fields: &LogFields, subjects: &[LogSubject]) -> bool {
    if fields.subject.is_none() && fields.token.is_none() {
        return true;
    }
    let named = all(record, fields.subject.as_deref());
    if named.is_empty() {
        let tokens = all(record, fields.token.as_deref());
        return subjects.iter().any(|s| s.tokens.iter().any(|t| tokens.contains(t)));
    }
    subjects.iter().any(|s| s.is_named(&named))
}

/// The record, fit for the history.
fn seen(record: &Value, log: &DecisionLog, vault: &Vault) -> DecisionSeen {
    let fields = &log.fields;
    let fit = |text: &str| tokens::text_for_record(text, vault);
    let list = |at: &Option<String>| -> Vec<String> {
        all(record, at.as_deref()).iter().map(|t| fit(t)).collect()
    };
    let first = |at: &Option<String>| list(at).into_iter().next();
    let words = |at: &Option<String>| -> Option<Vec<String>> {
        let at = at.as_deref()?;
        let found = pointer::find(record, at);
        // An empty list says that there are none.
        let empty = |v: &&Value| v.as_array().is_some_and(Vec::is_empty);
        let none = at.strip_suffix("/*").map(|list| pointer::find(record, list));
        let none = none.is_some_and(|lists| lists.iter().any(empty));
        let there = none || found.iter().any(|v| !v.is_null());
        let words = all(record, Some(at));
        there.then(|| {
            words.iter().flat_map(|t| t.split_whitespace()).take(MOST_MEMBERS).map(fit).collect()
        })
    };
    let inputs: Vec<&Value> = fields
        .inputs
        .iter()
        .flat_map(|at| pointer::find(record, at))
        .filter(|v| says_something(v))
        .collect();
    DecisionSeen {
        id: first(&fields.id),
        time: first(&fields.time),
        kind: first(&fields.kind).map(|kind| our_word(kind, fields)),
        subject: first(&fields.subject),
        client: first(&fields.client),
        audience: first(&fields.audience),
        requested: words(&fields.requested),
        granted: words(&fields.granted),
        decision: first(&fields.decision).map(|d| yes_or_no(&d, log)),
        reason: first(&fields.reason),
        revision: first(&fields.revision),
        entitlement: first(&fields.entitlement),
        policies: list(&fields.policies),
        owners: list(&fields.owners),
        inputs: !inputs.is_empty(),
        inputs_digest: (!inputs.is_empty())
            .then(|| tokens::fingerprint(&json!(inputs).to_string())),
        claims: claims(record, fields, vault),
        token: first(&fields.token),
    }
}

fn claims(record: &Value, fields: &LogFields, vault: &Vault) -> Vec<ClaimReason> {
    let Some(at) = &fields.claims else { return Vec::new() };
    let fit = |text: &str| tokens::text_for_record(text, vault);
    pointer::find(record, at)
        .into_iter()
        .flat_map(|v| v.as_array().map_or_else(|| vec![v], |a| a.iter().collect()))
        .flat_map(|entry| {
            let name = all(entry, fields.claim_name.as_deref()).into_iter().next();
            let because = all(entry, fields.claim_because.as_deref()).join("; ");
            let values = all(entry, fields.claim_value.as_deref());
            let one = move |value: String| ClaimReason {
                claim: fit(name.as_deref().unwrap_or_default()),
                value: fit(&value),
                because: fit(&because),
            };
            let values = if values.is_empty() { vec![String::new()] } else { values };
            values.into_iter().map(one).collect::<Vec<_>>()
        })
        .take(MOST_MEMBERS)
        .collect()
}

/// False for what is there and holds nothing: `null`, `{}`, `"n/a"`, `[""]`.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !is_placeholder(text),
        Value::Array(members) => members.iter().any(says_something),
        Value::Object(members) => members.values().any(says_something),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn our_word(kind: String, fields: &LogFields) -> String {
    let known = fields.kinds.iter().find(|(_, theirs)| theirs.contains(&kind));
    known.map_or(kind, |(ours, _)| ours.clone())
}

fn yes_or_no(decision: &str, log: &DecisionLog) -> String {
    let yes = log.allow.as_deref().unwrap_or("allow");
    if decision.eq_ignore_ascii_case(yes) { "allow" } else { "deny" }.to_owned()
}

pub(super) fn all(record: &Value, at: Option<&str>) -> Vec<String> {
    let mut texts = at.map_or_else(Vec::new, |at| pointer::texts(record, at));
    texts.truncate(MOST_MEMBERS);
    texts
}
