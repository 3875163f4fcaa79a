//! The lines of `history.jsonl`, format version 1.
//!
//! A line is `{"seq":N,"prev":"<sha-256 of the previous line>", ...one Line}`. An op is two lines, invocation and
//! completion, so that a crash leaves an honest record. Lines hold no secret: tokens are `TokenSeen`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Facts, Moment, Outcome, Place, TokenId, TokenSeen};

/// Version of the format. A reader refuses a version it does not know.
pub const VERSION: u32 = 1;

/// A line with its place in the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sealed {
    /// Position in the file, from 0, without gaps.
    pub seq: u64,
    /// SHA-256 of the previous line's bytes (hex), or 64 zeros for the first.
    pub prev: String,
    /// The line.
    #[serde(flatten)]
    pub line: Line,
}

/// One line of a history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    /// First line: the run and the declared facts.
    Begin(Box<Begin>),
    /// Something is about to be sent.
    Invoke(Invocation),
    /// What it came to.
    Complete(Box<Completion>),
    /// A `Then` step: something had to hold at this point.
    Obligation(Box<Obligation>),
    /// A scenario could not be carried out: why. Its obligations are inconclusive.
    Unmet {
        /// The scenario instance.
        instance: String,
        /// What was missing.
        because: String,
    },
    /// A scenario of a feature came to its end (or could not be carried out).
    Ran {
        /// `Feature / scenario`, as in the plan.
        scenario: String,
        /// Where it stands.
        place: Place,
        /// Why it was not carried out; `None` where it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        halted: Option<String>,
    },
    /// Last line of a run that ended by itself; a history without it was cut off.
    End {
        /// True where the run was interrupted and cleaned up.
        interrupted: bool,
        /// Changes that could not be undone.
        unrestored: u32,
    },
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Begin {
    /// Format version of this file.
    pub version: u32,
    /// Name of the run.
    pub run: String,
    /// recant's version.
    pub tool: String,
    /// Wall time of moment zero, RFC 3339 UTC.
    pub started: String,
    /// The target's declared facts.
    pub facts: Facts,
}

/// A request or change about to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Invocation {
    /// Index of the op within the run.
    pub op: u64,
    /// The scenario instance it belongs to: `role-removal`, or `orders.feature:12` for a team's own steps.
    pub instance: String,
    /// When it was sent.
    pub at: Moment,
    /// What.
    pub action: Action,
}

/// What an op came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Completion {
    /// Index of the op.
    pub op: u64,
    /// When the answer was read.
    pub at: Moment,
    /// What it came to.
    pub outcome: Outcome,
    /// What was seen.
    #[serde(default, skip_serializing_if = "Seen::is_empty")]
    pub seen: Seen,
}

/// What an answer showed, by the kind of the op.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seen {
    /// HTTP status of the (last) answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Tokens issued.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<TokenSeen>,
    /// Members of an introspection answer (RFC 7662 section 2.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection: Option<serde_json::Map<String, serde_json::Value>>,
    /// Decision records read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<DecisionSeen>,
    /// Names of secrets that were found verbatim where they must not be (never the secrets).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leaked: Vec<String>,
}

impl Seen {
    /// True where there is nothing worth a member in the line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A decision record of the target's log, read through the paths that the target file names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DecisionSeen {
    /// Identifier of the record.
    pub id: Option<String>,
    /// Time as logged.
    pub time: Option<String>,
    /// `issue`, `refresh`, `exchange`, `refuse`, `access`, ... as logged.
    pub kind: Option<String>,
    /// The subject, as logged.
    pub subject: Option<String>,
    /// The client.
    pub client: Option<String>,
    /// The audience.
    pub audience: Option<String>,
    /// Scopes asked for.
    pub requested: Option<Vec<String>>,
    /// Scopes given.
    pub granted: Option<Vec<String>>,
    /// `allow` or `deny`, as logged.
    pub decision: Option<String>,
    /// Why, in words.
    pub reason: Option<String>,
    /// Revision of the policy.
    pub revision: Option<String>,
    /// Policies that decided.
    pub policies: Vec<String>,
    /// Owners of these policies.
    pub owners: Vec<String>,
    /// True where the record has the inputs of the decision or their digest.
    pub inputs: bool,
    /// Claims with what produced them.
    pub claims: Vec<ClaimReason>,
    /// `jti` of the token it decided about, or the join key that the target file names.
    pub token: Option<String>,
}

/// Why one value of one claim is in a token.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimReason {
    /// Name of the claim.
    pub claim: String,
    /// Its value.
    pub value: String,
    /// What produced it; empty where the record does not say.
    pub because: String,
}

/// What is done. The driver says what it did, never whether the answer was right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Action {
    /// A subject is made (or leased from the pool) with these roles.
    Subject { subject: String, roles: Vec<String> },
    /// A token is asked for. `grant` is the target file's name for how.
    Issue {
        subject: String,
        grant: String,
        service: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<Vec<String>>,
    },
    /// A refresh token is used. `parallel` groups uses that were sent at once.
    Refresh {
        subject: String,
        token: TokenId,
        service: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<Vec<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parallel: Option<u32>,
    },
    /// A token is exchanged (RFC 8693) for one with this audience.
    Exchange {
        subject: String,
        token: TokenId,
        service: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<Vec<String>>,
    },
    /// Introspection (RFC 7662).
    Introspect { subject: String, token: TokenId },
    /// Revocation (RFC 7009).
    Revoke { subject: String, token: TokenId },
    /// An operation of a service is called with a token.
    Call {
        subject: String,
        service: String,
        operation: String,
        token: TokenId,
        #[serde(default)]
        route: u32,
        #[serde(default)]
        replica: u32,
        #[serde(default)]
        arm: Arm,
    },
    /// The world is changed. `loses` is what this takes away, as the target declares it.
    Change {
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        arguments: BTreeMap<String, String>,
        #[serde(default)]
        loses: Loss,
        /// What it gives, for changes that add authority.
        #[serde(default)]
        gains: Loss,
    },
    /// A change is undone.
    Undo { change: u64, name: String },
    /// The decision log is read.
    ReadDecisions,
    /// The target's clock is moved.
    AdvanceClock { ms: u64 },
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

/// Something that had to hold at a point of the history.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Obligation {
    /// The requirement it is evidence for.
    pub requirement: String,
    /// The check that judges it.
    pub check: String,
    /// The scenario instance it is judged over.
    pub instance: String,
    /// Ops up to and including this index are evidence.
    pub upto: u64,
    /// How many invocation and completion lines the instance had at that point. A judge that finds fewer knows that
    /// evidence was taken away. The recorder fills it in.
    #[serde(default)]
    pub lines: u64,
    /// Why the instance had stopped before this point, if it had. The recorder fills it in, so that a later stop
    /// does not reach back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmet: Option<String>,
    /// Capabilities that the scenario needs (of its script and its verbs): where the target declares one of them
    /// absent, the obligation is not applicable.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// Narrowed to this service, where the step names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Narrowed to this operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// A bound that the step gives instead of the profile's, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<u64>,
    /// Where the step stands.
    pub place: Place,
    /// The step's text.
    pub text: String,
    /// Feature and scenario, as written.
    pub scenario: String,
}
