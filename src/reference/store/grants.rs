//! Grants and the tokens that come from them. A grant is what a subject gave a client for one service; its refresh tokens
//! are one family.

use std::collections::BTreeSet;

use super::{Digest, Store};
use crate::reference::faults::Fault;
use crate::reference::issuer::Ended;
use crate::reference::policy::{Device, Risk};
use crate::reference::scopes::Scopes;
use crate::reference::services::Event;
use crate::reference::ssf::News;

/// Why a grant or token came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Revoked by its client (RFC 7009).
    Revoked,
    /// A refresh token of the family was used twice.
    Reused,
    /// The subject was disabled.
    SubjectDisabled,
    /// The subject was deleted.
    SubjectDeleted,
    /// The client was disabled.
    ClientDisabled,
    /// The subject took its consent back.
    ConsentWithdrawn,
    /// All sessions of the subject were ended.
    SessionsEnded,
}

impl End {
    /// In words.
    pub fn because(self) -> &'static str {
        match self {
            Self::Revoked => "it was revoked",
            Self::Reused => "a refresh token of its family was used twice",
            Self::SubjectDisabled => "its subject was disabled",
            Self::SubjectDeleted => "its subject was deleted",
            Self::ClientDisabled => "its client was disabled",
            Self::SessionsEnded => "the sessions of its subject were ended",
            Self::ConsentWithdrawn => "the consent to its client was withdrawn",
        }
    }
}

/// What a token is good with only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// Proofs of a key, by its thumbprint (RFC 9449).
    Key(String),
    /// A client certificate, by its hash (RFC 8705).
    Certificate(String),
}

/// What a subject gave a client for one service.
pub struct Grant {
    /// Name of the subject.
    pub subject: String,
    pub sub: String,
    pub client: String,
    pub audience: String,
    /// What was granted at the start: no refresh gives more.
    pub scopes: Scopes,
    /// Seconds: when the subject signed in.
    pub auth_time: i64,
    /// How it signed in (RFC 8176).
    pub amr: &'static str,
    /// Of a sign-in at the upstream issuer: the groups that it told last.
    pub groups: Option<BTreeSet<String>>,
    /// What the sign-in proved possession of: its refresh tokens work with that only.
    pub holder: Option<Bound>,
    pub ended: Option<End>,
    /// `jti` of its access tokens.
    pub access: Vec<String>,
    /// Seconds: when the last of its refresh tokens expires.
    pub expires: i64,
}

/// An access token.
pub struct Access {
    pub jti: String,
    pub grant: u64,
    /// Name of the subject.
    pub subject: String,
    pub sub: String,
    pub client: String,
    pub audience: String,
    pub scopes: Scopes,
    pub iat: i64,
    pub exp: i64,
    /// The key that signed it; `None` for an opaque one.
    pub kid: Option<String>,
    pub ended: Option<End>,
    /// Its place in the status list.
    pub status: Option<u32>,
    /// `jti` of the token that it was exchanged for.
    pub parent: Option<String>,
    /// What it is bound to.
    pub holder: Option<Bound>,
    /// When it was revoked, milliseconds since 1970: only the fault revocation-forgotten looks at it.
    pub revoked_ms: Option<i64>,
    /// Only with the fault overstuffed-tokens: risk and device of its subject, as they were.
    pub embedded: Option<(Risk, Device)>,
    /// Where a service saw it last, and when, milliseconds.
    pub sighted: Option<(Digest, i64)>,
    /// When and how its subject signed in, as it says.
    pub auth_time: i64,
    pub amr: &'static str,
}

/// A refresh token.
pub struct Refresh {
    pub grant: u64,
    pub exp: i64,
    /// It was exchanged for its successor.
    pub used: bool,
    /// Seconds: when it was; only the fault used-forgotten looks at it.
    pub used_at: i64,
}

/// A CIBA authentication request; approved as soon as it is made.
pub struct Backchannel {
    pub subject: String,
    pub client: String,
    pub resource: String,
    pub scope: Option<Scopes>,
    pub exp: i64,
}

impl Store {
    /// Ends an access token and those exchanged for it.
    pub fn end_access(&mut self, jti: &str, end: End) {
        let mut todo = vec![jti.to_owned()];
        while let Some(jti) = todo.pop() {
            let Some(token) = self.access.get_mut(&jti) else { continue };
            // an explicit revocation is remembered before any other reason
            if token.ended.is_none() || end == End::Revoked {
                token.ended = Some(end);
            }
            let (grant, exp) = (token.grant, token.exp);
            // where sessions end, who has some of its own hears it by a logout token
            if end != End::SessionsEnded {
                self.outbox.push(Event::Ended { jti: jti.clone(), exp });
            }
            if let Some(grant) = self.grants.get(&grant) {
                let children = grant.access.iter().filter(|child| {
                    let is_child = |c: &Access| c.parent.as_deref() == Some(&jti);
                    self.access.get(*child).is_some_and(is_child) && !self.is_spared(child, end)
                });
                todo.extend(children.cloned());
            }
        }
    }

    /// Ends a grant with all its tokens.
    pub fn end_grant(&mut self, id: u64, end: End) {
        let Some(grant) = self.grants.get_mut(&id) else { return };
        if grant.ended.is_none() {
            grant.ended = Some(end);
            let ended = Ended { client: grant.client.clone(), sub: grant.sub.clone() };
            if end == End::SessionsEnded && !self.logouts.contains(&ended) {
                self.logouts.push(ended);
            }
            let news = News::Revoked { sub: grant.sub.clone(), because: end.because() };
            // the fault: whoever revokes by the API is believed to know
            let silent = end == End::Revoked && self.faults.has(Fault::RevocationNotSignalled);
            // several grants that end at once are one thing that happened
            if !silent && !self.news.contains(&news) {
                self.news.push(news);
            }
        }
        for jti in grant.access.clone() {
            if self.is_spared(&jti, end) {
                continue;
            }
            self.end_access(&jti, end);
        }
    }

    /// Only for faults: what came by an exchange is somebody else's, which no consent is about; what is far from the sign-in is not
    /// found when the account is disabled.
    fn is_spared(&self, jti: &str, end: End) -> bool {
        let Some(token) = self.access.get(jti) else { return false };
        match end {
            End::ConsentWithdrawn => {
                token.parent.is_some() && self.faults.has(Fault::ConsentSparesExchanged)
            }
            End::SubjectDisabled => self.is_far(token),
            _ => false,
        }
    }

    /// Only for faults: how a token came makes that nobody finds it by its account.
    pub fn is_far(&self, token: &Access) -> bool {
        let parent = token.parent.as_ref().and_then(|jti| self.access.get(jti));
        match parent {
            Some(parent) if parent.parent.is_some() => self.faults.has(Fault::GrandchildrenOutlive),
            Some(parent) => {
                self.descends(parent) && self.faults.has(Fault::ExchangedOfRefreshedOutlives)
            }
            None => {
                token.client == "app2"
                    && self.descends(token)
                    && self.faults.has(Fault::RefreshedElsewhereOutlives)
            }
        }
    }

    /// The access token with this digest.
    pub fn access_by(&self, digest: &Digest) -> Option<&Access> {
        self.access.get(self.handles.get(digest)?)
    }
}
