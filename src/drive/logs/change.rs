//! One record of a log of entitlement changes, read through the pointers of the target file.

use serde_json::Value;

use super::decision::all;
use super::{LogKind, LogPlace, LogSubject};
use crate::drive::{Vault, tokens};
use crate::history::ChangeSeen;
use crate::plan::ChangeLog;

impl LogKind for ChangeLog {
    type Seen = ChangeSeen;

    const NAME: &'static str = "change log";

    fn place(&self) -> LogPlace {
        let Self { file, url, headers, items, .. } = self.clone();
        LogPlace { file, url, headers, items }
    }

    fn is_about(&self, record: &Value, subjects: &[LogSubject]) -> bool {
        let named = all(record, self.fields.subject.as_deref());
        subjects.iter().any(|s| s.is_named(&named))
    }

    fn seen(&self, record: &Value, vault: &Vault) -> ChangeSeen {
        let fields = &self.fields;
        let first = |at: &Option<String>| {
            let found = all(record, at.as_deref()).into_iter().next();
            found.map(|text| tokens::text_for_record(&text, vault))
        };
        ChangeSeen {
            id: first(&fields.id),
            time: first(&fields.time),
            who: first(&fields.who),
            what: first(&fields.what),
            subject: first(&fields.subject),
            approver: first(&fields.approver),
            revision: first(&fields.revision),
        }
    }
}
