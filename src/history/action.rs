//! What was done to the target: the half of an op that is written before it is sent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::{
    Detour, Flaw, Needs, OneTime, SignalEvent, TokenId, TokenKind, Unproven, scopes_only,
};

/// What is done. The driver says what it did, never whether the answer was right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Action {
    /// A subject is made (or leased from the pool) with these roles.
    Subject {
        /// Its name.
        subject: String,
        /// Names of its roles.
        roles: Vec<String>,
    },
    /// A token is asked for.
    Issue {
        /// For whom.
        subject: String,
        /// The target file's name for how.
        grant: String,
        /// The service that it is meant for.
        service: String,
        /// Scopes asked for; `None` where the request names none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<Vec<String>>,
        /// The token that this grant exchanges, where it is an exchange: one of a login just before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<TokenId>,
        /// Of a login: the grant that exchanges its token at once. No service ever sees that token.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exchange: Option<String>,
    },
    /// A refresh token is used.
    Refresh {
        /// For whom.
        subject: String,
        /// The refresh token.
        token: TokenId,
        /// The service that the new token is meant for.
        service: String,
        /// Scopes asked for; `None` where the request names none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<Vec<String>>,
        /// Number of the group of uses that were sent at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parallel: Option<u32>,
        /// Another service that the request names as the one that the token is to be for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        elsewhere: Option<String>,
    },
    /// What an earlier request for a token presented, and what counts once, is presented again.
    PresentAgain {
        /// For whom.
        subject: String,
        /// The service that the token would be meant for.
        service: String,
        /// The grant, by the target file's name.
        grant: String,
        /// What is presented.
        what: OneTime,
        /// Index of the op that presented it first.
        first: u64,
    },
    /// A refresh token is used by a client that it was not given to, without the key that it is bound to, or in the name of its client by
    /// somebody who can't prove to be it.
    RefreshByAnother {
        /// For whom it was given.
        subject: String,
        /// The refresh token.
        token: TokenId,
        /// The service that the new token would be meant for.
        service: String,
        /// The grant whose client uses it, by the target file's name.
        grant: String,
        /// What is wrong with the proof of its key or of its client, where its own client uses it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        how: Option<Unproven>,
    },
    /// A token is exchanged (RFC 8693) for one with this audience.
    Exchange {
        /// For whom.
        subject: String,
        /// The subject token.
        token: TokenId,
        /// The service that the new token is meant for.
        service: String,
        /// Scopes asked for; `None` where the request names none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<Vec<String>>,
    },
    /// Introspection (RFC 7662).
    Introspect {
        /// Whose token.
        subject: String,
        /// The token that is asked about.
        token: TokenId,
        /// What is wrong with the credential of the client that asks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        how: Option<Unproven>,
        /// What the request said that it is (`token_type_hint`), where it is something else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hint: Option<TokenKind>,
    },
    /// recant makes forged or misused tokens out of a token that the subject holds. Nothing is sent.
    Craft {
        /// Whose token.
        subject: String,
        /// The service that they will be shown to.
        service: String,
        /// The token that they are made of.
        token: TokenId,
    },
    /// Revocation (RFC 7009).
    Revoke {
        /// Whose token.
        subject: String,
        /// The token that is to end, access or refresh.
        token: TokenId,
        /// What the request said that it is (`token_type_hint`), where it is something else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hint: Option<TokenKind>,
    },
    /// An operation of a service is called with a token.
    Call {
        /// Whose token.
        subject: String,
        /// The service that is called.
        service: String,
        /// The operation, by the target file's name.
        operation: String,
        /// The token that is shown.
        token: TokenId,
        /// Which of the ways to reach the operation, from 0.
        #[serde(default)]
        route: u32,
        /// Which replica of the service, from 0.
        #[serde(default)]
        replica: u32,
        /// What the call measures.
        #[serde(default)]
        arm: Arm,
        /// The detour, where it took one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detour: Option<Detour>,
    },
    /// A detour to an operation of a service is tried, to find out whether there is one.
    TryDetour {
        /// Whose token.
        subject: String,
        /// The service that is called.
        service: String,
        /// The operation, by the target file's name.
        operation: String,
        /// The token that is shown; `None` where it is one that nobody gave.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<TokenId>,
        /// The detour; `None` for the declared way, which the others are held against.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detour: Option<Detour>,
    },
    /// An operation of a service is called past its enforcement point.
    CallDirect {
        /// Whose token.
        subject: String,
        /// The service that is called.
        service: String,
        /// The operation, by the target file's name.
        operation: String,
        /// A token of the subject that is good at the enforcement point.
        token: TokenId,
        /// Whether that token is shown; else only what the service is said to believe.
        shown: bool,
    },
    /// An operation of a service is called with a token that is bound to a key, without a good proof of that key.
    ShowUnproven {
        /// Whose token.
        subject: String,
        /// The service that is called.
        service: String,
        /// The operation, by the target file's name.
        operation: String,
        /// The token that is shown.
        token: TokenId,
        /// Which of the ways to reach the operation, from 0.
        #[serde(default)]
        route: u32,
        /// Which replica of the service, from 0.
        #[serde(default)]
        replica: u32,
        /// What is wrong with the proof.
        how: Unproven,
    },
    /// An operation of a service is called with a token from another place than that where its subject uses it.
    CallElsewhere {
        /// Whose token.
        subject: String,
        /// The service that is called.
        service: String,
        /// The operation, by the target file's name.
        operation: String,
        /// The token that is shown.
        token: TokenId,
    },
    /// The world is changed. What this takes and gives is what the target declares.
    Change {
        /// The recipe's name for it.
        name: String,
        /// Whom it is about; `None` where it is about everybody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
        /// What it was made with, by the names of its parameters.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        arguments: BTreeMap<String, String>,
        /// What it takes away.
        #[serde(default)]
        loses: Loss,
        /// What it gives, for changes that add authority.
        #[serde(default)]
        gains: Loss,
        /// True where the recipe has no inverse for it: nobody undoes it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        for_good: bool,
    },
    /// A change that was acknowledged is looked for, by the recipe's own read: accepted where that shows it.
    Confirm {
        /// Index of the op that made the change.
        change: u64,
        /// The change's name.
        name: String,
    },
    /// A change is undone.
    Undo {
        /// Index of the op that made the change.
        change: u64,
        /// The change's name.
        name: String,
    },
    /// A security event token (RFC 8417) is pushed to a receiver (RFC 8935).
    SendSignal {
        /// The service that receives it.
        service: String,
        /// Whom it is about; with a flaw: whom a careless receiver takes it to be about.
        subject: String,
        /// What it tells.
        event: SignalEvent,
        /// True where it tells that all is well again.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        lifted: bool,
        /// Its `jti`: the same where it is sent again.
        jti: String,
        /// Its `event_timestamp`, seconds since 1970.
        happened: i64,
        /// What is wrong with it, on purpose.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        flaw: Option<Flaw>,
        /// What it takes away at this service, where it is acted on.
        #[serde(default)]
        loses: Loss,
        /// Its JOSE header.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        header: Map<String, Value>,
        /// Its claims.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        claims: Map<String, Value>,
    },
    /// Something is made of a token that goes on without it: a stream is opened, a credential asked for.
    Derive {
        /// Whose token.
        subject: String,
        /// The service.
        service: String,
        /// What is made, by the target file's name.
        name: String,
        /// The token.
        token: TokenId,
    },
    /// Looks whether it goes on: accepted where a stream brought an event or a credential opened, refused where the stream had
    /// ended or the credential was turned away.
    UseDerived {
        /// Whose token it was made of.
        subject: String,
        /// The service.
        service: String,
        /// What was made.
        name: String,
        /// The token that it was made of.
        token: TokenId,
    },
    /// A stream of security events is opened at the target's transmitter (SSF 1.0 section 8.1.1), to be removed at the end.
    OpenStream {
        /// It is no stream but an address of recant's that logout tokens can be posted to (OpenID Connect Back-Channel Logout 1.0).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        logouts: bool,
    },
    /// A verification is asked for (SSF 1.0 section 8.1.4); of an address for logout tokens recant asks by itself whether it leads to it.
    VerifyStream {
        /// What it must come back with.
        state: String,
    },
    /// The status of the stream is set (SSF 1.0 section 8.1.2).
    SetStream {
        /// `enabled` or `paused`.
        status: String,
    },
    /// The stream is polled (RFC 8936), until there is no more; of one that delivers by push: what came is looked at, and that recant
    /// could be pushed to all the time.
    ReadSignals,
    /// The target pushed a security event token to recant (RFC 8935 section 2). What recant answered is the outcome: accepted (202),
    /// refused (400, 401), or failed, which is a 503 on purpose.
    TakeSignal,
    /// The decision log is read.
    ReadDecisions,
    /// The access log of services is read.
    ReadAccesses,
    /// The log of entitlement changes is read.
    ReadChanges,
    /// The target's clock is moved.
    AdvanceClock {
        /// By how much, milliseconds.
        ms: u64,
    },
}

impl Action {
    /// True for a change that an issuer must follow: it takes or gives roles, scopes or all that somebody had, or edits what
    /// roles give. A restart and an outage are none.
    #[must_use]
    pub fn shapes_entitlement(&self) -> bool {
        let Self::Change { name, loses, gains, .. } = self else { return false };
        let of_policy = ["create role", "give role", "remove permission", "recreate subject"];
        *loses != Loss::default() || *gains != Loss::default() || of_policy.contains(&name.as_str())
    }
}

/// A change in words, as the undo journal has it: `` `remove role` (role writer) ``.
#[must_use]
pub fn change_in_words(name: &str, arguments: &BTreeMap<String, String>) -> String {
    let list: Vec<_> = arguments.iter().map(|(n, v)| format!("{n} {v}")).collect();
    if list.is_empty() { format!("`{name}`") } else { format!("`{name}` ({})", list.join(", ")) }
}

/// Which arm of a timing measurement a call belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arm {
    /// No timing arm: a control or a single look.
    #[default]
    None,
    /// Probed throughout.
    Hot,
    /// One late probe with a token that was left alone since before the change.
    Cold,
}

/// What a change takes away (or gives): from the subject named in the change, from tokens, or from a key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Loss {
    /// Everything the subject had (disabled, deleted, logged out).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub everything: bool,
    /// Roles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Scopes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// These tokens, whole (revocation, and what it drags along).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<TokenId>,
    /// Tokens of every subject signed with this key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl Loss {
    /// True where it takes a scope or a role that an operation needs. What takes tokens whole (`everything`, `tokens`, `key`) is
    /// not asked here.
    #[must_use]
    pub fn takes(&self, needs: &Needs) -> bool {
        needs.scope.as_ref().is_some_and(|scope| self.scopes.contains(scope))
            || needs.role.as_ref().is_some_and(|role| self.roles.contains(role))
    }

    /// True where it takes what a claim has: a scope, or in claims that do not have scopes only, a role.
    #[must_use]
    pub fn takes_from(&self, claim: &str, value: &str) -> bool {
        let among = |all: &[String]| all.iter().any(|one| one == value);
        among(&self.scopes) || (!scopes_only(claim) && among(&self.roles))
    }
}
