//! One record of an access log, read through the pointers of the target file.

use serde_json::Value;

use super::decision::all;
use super::{LogKind, LogPlace, LogSubject};
use crate::drive::{Vault, tokens};
use crate::history::AccessSeen;
use crate::plan::AccessLog;

impl LogKind for AccessLog {
    type Seen = AccessSeen;

    const NAME: &'static str = "access log";

    fn place(&self) -> LogPlace {
        let Self { file, url, headers, items, .. } = self.clone();
        LogPlace { file, url, headers, items }
    }

    /// By the request, the subject or the token: whichever the record names.
    fn is_about(&self, record: &Value, subjects: &[LogSubject]) -> bool {
        let fields = &self.fields;
        let named = all(record, fields.subject.as_deref());
        let requests = all(record, fields.request.as_deref());
        let tokens = all(record, fields.token.as_deref());
        subjects.iter().any(|s| {
            s.is_named(&named)
                || s.tokens.iter().any(|token| tokens.contains(token))
                || requests.iter().any(|id| s.requests.contains(id))
        })
    }

    fn seen(&self, record: &Value, vault: &Vault) -> AccessSeen {
        let fields = &self.fields;
        let first = |at: &Option<String>| {
            let found = all(record, at.as_deref()).into_iter().next();
            found.map(|text| tokens::text_for_record(&text, vault))
        };
        let yes = self.allow.as_deref().unwrap_or("allow");
        let word =
            |said: String| if said.eq_ignore_ascii_case(yes) { "allow" } else { "deny" }.to_owned();
        let ours = |theirs: String| {
            let known = self.services.iter().find(|(_, names)| names.contains(&theirs));
            known.map_or(theirs, |(ours, _)| ours.clone())
        };
        AccessSeen {
            id: first(&fields.id),
            time: first(&fields.time),
            service: first(&fields.service).map(ours),
            subject: first(&fields.subject),
            decision: first(&fields.decision).map(word),
            token: first(&fields.token),
            request: first(&fields.request),
            issuance: first(&fields.issuance),
        }
    }
}
