//! Which key `retire key` is about, where tokens of a scenario were signed by several.

use std::cmp::Reverse;

use super::Stage;
use crate::model::Moment;

/// A token that names the key that signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBy {
    /// The service that it is for.
    pub service: String,
    /// Who gave it (`iss`), where it says so.
    pub issuer: Option<String>,
    /// When it was received.
    pub received: Moment,
    /// The key.
    pub kid: String,
}

/// The key of the issuer of the subjects' usual grant where it signed any token, else that of the first service by name. Of
/// several keys the latest: the one that signs now.
#[must_use]
pub fn key_to_retire(tokens: Vec<SignedBy>, usual: Option<&str>) -> Option<String> {
    let ranked = tokens.into_iter().map(|t| {
        let is_usual = t.issuer.is_some() && t.issuer.as_deref() == usual;
        let place = (!is_usual).then_some(t.service);
        (is_usual, Reverse(place), t.received, t.kid)
    });
    ranked.max().map(|(.., kid)| kid)
}

impl Stage {
    /// The key that signed the tokens so far.
    pub(super) fn key(&self) -> Option<String> {
        let run = &self.run;
        let target = &run.declared.target;
        let usual = target.grant.get(&target.subject.grant);
        let usual = usual.and_then(|grant| run.issuers.identifier_of(grant));
        // Opaque tokens name no key.
        let signed = self.labels.values().flatten().filter_map(|(service, held)| {
            let kid = held.access.header.as_ref()?.get("kid")?.as_str()?;
            let issuer = held.access.claims.as_ref().and_then(|c| c.get("iss")?.as_str());
            Some(SignedBy {
                service: service.clone(),
                issuer: issuer.map(str::to_owned),
                received: held.received,
                kid: kid.to_owned(),
            })
        });
        key_to_retire(signed.collect(), usual)
    }
}
