//! What a signal says of its subject: how it is named, and what its tokens claim once a role is gone.

use serde_json::{Map, Value, json};

use super::send::Signal;
use crate::drive::stage::Held;
use crate::drive::{Halt, Stage};
use crate::history::Loss;
use crate::model::{SignalEvent, TokenSeen};

impl Stage {
    /// How tokens name a subject: `iss` and `sub` are those of its own latest token, at that service where it has one.
    pub(super) fn named(&self, what: Signal<'_>, service: &str) -> Result<Value, Halt> {
        let member = self.member(what.of)?;
        let mut values = self.run.base.layer();
        member.given.put_into(&mut values);
        values.set("subject", member.name.as_str());
        let claims = self.latest(what.of, service)?.and_then(|token| token.claims.as_ref());
        for name in ["iss", "sub"] {
            if let Some(value) = claims.and_then(|claims| claims.get(name)?.as_str()) {
                values.set(name, value);
            }
        }
        let declared = &self.run.declared.target.signals;
        let (template, usual) = match what.event {
            SignalEvent::Deactivate => {
                (&declared.scim_subject, json!({ "format": "scim", "uri": "/Users/{sub}" }))
            }
            _ => {
                (&declared.subject, json!({ "format": "iss_sub", "iss": "{iss}", "sub": "{sub}" }))
            }
        };
        values
            .json(template.as_ref().unwrap_or(&usual))
            .map_err(|why| Halt::Unmet(format!("a signal can't name the subject: {why}")))
    }

    /// Claims with their new values, where these are what an event tells of.
    pub(super) fn told_claims(
        &self,
        what: Signal<'_>,
        service: &str,
        loses: &Loss,
    ) -> Result<Map<String, Value>, Halt> {
        if what.event != SignalEvent::TokenClaimsChange {
            return Ok(Map::new());
        }
        let unmet = || {
            let why = "nothing that a role gives can be read in a token for";
            Halt::Unmet(format!("{why} \"{service}\", so that no change of claims can be told"))
        };
        let token = self.latest(what.of, service)?.ok_or_else(unmet)?;
        let before = token.claims.as_ref().ok_or_else(unmet)?;
        let mut told = changed(before, &self.run.declared.target.authority_claims, loses);
        if told.is_empty() {
            return Err(unmet());
        }
        if what.lifted {
            for (name, value) in &mut told {
                value.clone_from(before.get(name).unwrap_or(&Value::Null));
            }
        }
        Ok(told)
    }

    /// The latest token of a subject that can be read, for that service where there is one.
    fn latest(&self, of: &str, service: &str) -> Result<Option<&TokenSeen>, Halt> {
        let member = self.member(of)?;
        let own = self.labels.values().flatten().filter(|(_, held)| {
            held.access.subject.as_ref() == Some(&member.name) && held.access.claims.is_some()
        });
        let latest = own.max_by_key(|(at, held)| (at.as_str() == service, held.received));
        Ok(latest.map(|(_, Held { access, .. })| access))
    }
}

/// The claims that a loss changes, without what it takes. A claim is named as in the target file, by a path too.
fn changed(before: &Map<String, Value>, names: &[String], loses: &Loss) -> Map<String, Value> {
    let mut now = before.clone();
    for name in names {
        if let Some(value) = at(&mut now, name) {
            take(value, |one| loses.takes_from(name, one));
        }
    }
    now.retain(|name, value| before.get(name) != Some(value));
    now
}

fn at<'v>(claims: &'v mut Map<String, Value>, name: &str) -> Option<&'v mut Value> {
    if claims.contains_key(name) {
        return claims.get_mut(name);
    }
    let mut path = name.split('.');
    let first = claims.get_mut(path.next()?)?;
    path.try_fold(first, |value, part| value.get_mut(part))
}

fn take(value: &mut Value, gone: impl Fn(&str) -> bool) {
    match value {
        Value::String(all) if all.split_whitespace().any(&gone) => {
            let kept: Vec<&str> = all.split_whitespace().filter(|one| !gone(one)).collect();
            *all = kept.join(" ");
        }
        Value::Array(all) => all.retain(|one| !one.as_str().is_some_and(&gone)),
        _ => {}
    }
}
