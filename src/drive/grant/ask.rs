//! What is asked of an issuer, and what came of it.

use std::time::Instant;

use serde_json::{Map, Value};

use crate::drive::Values;
use crate::model::{Outcome, TokenId, TokenSeen};

/// Gives fresh names to tokens (`Recorder::token_name`).
pub type Names<'a> = &'a (dyn Fn() -> TokenId + Send + Sync);

/// Whose token is asked for, and for what.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The record's name of the subject.
    pub subject: String,
    /// The service's name.
    pub service: String,
    /// The service's audience, `{audience}` in templates.
    pub audience: String,
    /// The audience of another service, which a refresh names as the one that the token is to be for.
    pub elsewhere: Option<String>,
    /// Scopes that are asked for by name; `None` asks for none by name.
    pub scope: Option<Vec<String>>,
    /// Everything declared for the service: asked for where `scope` is `None` and the grant has a scope
    /// template.
    pub declared: Vec<String>,
    /// The subject's values: `{subject}`, `{subject.password}`, `{subject.id}`, ...
    pub values: Values,
}

/// What a request for a token came to.
#[derive(Debug, Clone)]
pub struct Obtained {
    /// The outcome, in the meaning of the token endpoint.
    pub outcome: Outcome,
    /// HTTP status of the last answer, where there was one.
    pub status: Option<u16>,
    /// Which request it was, for people: its grant and its issuer.
    pub request: String,
    /// The access token, then the refresh token that came with it. Empty where no token was given.
    pub tokens: Vec<TokenSeen>,
    /// The refresh token to use next: the new one, or the one just used where the issuer does not rotate.
    pub refresh: Option<TokenId>,
    /// When the answer was there; signature check and introspection come after it.
    pub answered: Instant,
}

impl Obtained {
    /// The access token.
    #[must_use]
    pub fn access(&self) -> Option<&TokenSeen> {
        self.tokens.first()
    }
}

/// What an introspection (RFC 7662) came to.
#[derive(Debug, Clone)]
pub struct Introspected {
    /// Accepted: `active` is true. Refused with status 200: it is false. A refusal of the client that
    /// introspects says nothing about the token, so it is `Failed`.
    pub outcome: Outcome,
    /// HTTP status.
    pub status: Option<u16>,
    /// Members of the answer, fit for the record.
    pub members: Option<Map<String, Value>>,
    /// When the answer was there.
    pub answered: Instant,
}

/// What a revocation (RFC 7009) came to.
#[derive(Debug, Clone)]
pub struct Revoked {
    /// The outcome of the request itself.
    pub outcome: Outcome,
    /// HTTP status.
    pub status: Option<u16>,
    /// When the answer was there.
    pub answered: Instant,
}
