//! What the judge must know of a target: declared classes, bounds, roles, owners, and what is absent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Exception, Input};

/// The declared facts of a target, as they stand in the first line of a history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The target's name.
    pub target: String,
    /// Its version, as its owner calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// `lab`, `staging`, `production`, ... as the owner calls it.
    pub environment: String,
    /// Which column of the bounds table was taken.
    pub profile: Profile,
    /// The bounds after overrides.
    pub bounds: Bounds,
    /// Who answers for which policy.
    pub owners: Vec<Owner>,
    /// Who answers for the bounds that differ from the profile's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds_owner: Option<String>,
    /// What is declared to be otherwise than asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Exception>,
    /// What decisions are declared to depend on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Input>,
    /// Services by name.
    pub services: BTreeMap<String, ServiceFacts>,
    /// Roles by name.
    pub roles: BTreeMap<String, RoleFacts>,
    /// Claims that carry authority (`scope`, `roles`, `realm_access.roles`, ...).
    pub authority_claims: Vec<String>,
    /// Claims that some service reads, besides those of every token; `None` where the owner does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims_read: Option<Vec<String>>,
    /// Capabilities that the owner declares absent.
    pub absent: Vec<Absent>,
    /// Capabilities that the target file and its recipe provide: `refresh`, `exchange`, `introspection`,
    /// `revocation`, `decision-log`, `movable-clock`, and each change as `change:NAME`.
    pub provides: Vec<String>,
    /// Capabilities that the issuer's own metadata advertises (`introspection`, `revocation`, `refresh`,
    /// `exchange`); a capability cannot be declared absent against these.
    pub advertised: Vec<String>,
    /// True where the target file does not allow changes: whatever needs one is left open.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unchangeable: bool,
    /// Grants through other clients than the usual one, by name: what ends with the usual client goes on with these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_grants: Vec<String>,
    /// The client that asks in each grant: `client_id` by the grant's name. Grants without a client are left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub clients: BTreeMap<String, String>,
    /// Services whose accesses stand in the access log that the target file names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access_logged: Vec<String>,
    /// What the change log promises; `None` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_log: Option<ChangeLogFacts>,
    /// The grant that exchanges a subject's token (RFC 8693) where a scenario asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<String>,
    /// The grants that get a subject's tokens beside the usual one, by name, under the capability that they are (see [`DOORS`]).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub grants: BTreeMap<String, Vec<String>>,
}

/// Capabilities that are ways to a token beside the usual grant: whoever is to get none must be refused at each.
pub const DOORS: [&str; 6] =
    ["refresh", "exchange", "other-client", "upstream", "dpop", "one-time-grant"];

/// Why nothing that takes a change can be told, where the owner's word is missing.
pub const NO_CHANGES: &str =
    "changes aren't allowed by the target file (it does not say `allow-changes = true`)";

/// What a target file says of its change log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangeLogFacts {
    /// Changes that are recorded there, by the recipe's name, with what the log calls them; empty where it is to be every change
    /// about a subject, by whatever word.
    pub changes: BTreeMap<String, Vec<String>>,
    /// True where each record names who approved the change.
    pub approved: bool,
}

/// A column of the bounds table (REQUIREMENTS: section 1).
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Next request, no residual.
    Strict,
    /// What well-run systems reach.
    #[default]
    Standard,
    /// What the large clouds document.
    Relaxed,
}

/// The parameters of the verdict calculus, in milliseconds unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Bounds {
    /// T_dec: from a change to issue and refresh following it.
    pub decision: u64,
    /// T_rev: from a revocation to the issuer and introspection following it.
    pub revocation: u64,
    /// T_evt: event-driven services.
    pub event: u64,
    /// T_cache: cached decisions and introspections.
    pub cache: u64,
    /// T_self: longest residual of a self-contained token.
    pub self_contained: u64,
    /// T_skew: accepted after `exp`.
    pub skew: u64,
    /// T_jwks: a retired key still accepted.
    pub keys: u64,
    /// T_sl: status lists.
    pub status_list: u64,
    /// T_conn: an open stream or a credential made of a token goes on.
    #[serde(default = "connection")]
    pub connection: u64,
    /// T_log: a decision record is retrievable.
    pub log: u64,
    /// A lost right is tried for at least this long where time is real: replicas differ, and answers flap.
    #[serde(default = "settling")]
    pub settling: u64,
    /// T_rt_abs: when a family of refresh tokens ends, after the sign-in, however often it is used. `None` where nobody
    /// declares it: no profile has a number for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_end: Option<u64>,
    /// k: refusals needed after the bound (a count).
    pub probes: u32,
}

/// Who answers for an area of policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// What they own: `payments`, `risk`, ...
    pub area: String,
    /// A person or team.
    pub name: String,
    /// How to reach them.
    pub contact: String,
    /// Policies that they answer for, as the decision log calls them; `role-*` for all that begin so. With them it is judged that a
    /// decision names the owner of its own policy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
}

impl Owner {
    /// True where they answer for this policy, as the target file says.
    #[must_use]
    pub fn answers_for(&self, policy: &str) -> bool {
        self.policies.iter().any(|named| match named.strip_suffix('*') {
            Some(start) => policy.starts_with(start),
            None => named == policy,
        })
    }
}

/// A service as declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceFacts {
    /// How it decides.
    pub class: ServiceClass,
    /// Audience value its tokens carry.
    pub audience: String,
    /// The bound of its class in milliseconds; `None` for self-contained (there it is the token's own `exp`).
    pub bound: Option<u64>,
    /// Number of replicas addressed one by one; 1 where there is one address.
    pub replicas: u32,
    /// Operations by name.
    pub operations: BTreeMap<String, OperationFacts>,
    /// The change `trust issuer` makes it take the tokens of a further issuer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub further_issuers: bool,
    /// Grants of issuers whose tokens it must not take, by name, with the issuer's name in the target file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub foreign: BTreeMap<String, String>,
    /// True where the target file says whose tokens it takes. Where it does not, nobody can tell an acceptance from a fault.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub issuers_said: bool,
    /// Issuers of grants that the target file names for it, without saying whether it takes their tokens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsaid_issuers: Vec<String>,
    /// Why the change `retire key` does not concern its tokens, where the target file says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_stays: Option<String>,
    /// What can be made of a token there that goes on without it (streams, keys), by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub derived: BTreeMap<String, DerivedFacts>,
}

/// An operation as declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationFacts {
    /// What it takes to be allowed.
    pub needs: Needs,
    /// Number of routes that reach it (aliases, versions); route 0 is the main one.
    pub routes: u32,
}

/// Something that can be made of a token and goes on without it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DerivedFacts {
    /// What it takes to be allowed.
    pub needs: Needs,
    /// True for an open stream, false for a credential.
    pub stream: bool,
}

/// What it takes for an operation to be allowed: all that is named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// A scope in the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// A role of the subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// How a service decides: sets the bound within which it must follow a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceClass {
    /// Verifies tokens by itself; cannot notice a change before `exp`.
    SelfContained,
    /// Verifies by itself and reads a token status list.
    StatusList,
    /// Asks the issuer (RFC 7662) on each request.
    Introspect,
    /// Asks the issuer and keeps the answer for a declared time.
    IntrospectCache,
    /// Verifies by itself and receives events (SSF/CAEP).
    EventDriven,
    /// Asks a policy decision point on each request.
    DecisionPerRequest,
}

/// A role as declared: what it lets its holder do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleFacts {
    /// Scopes it gives.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// A capability that the owner declares absent, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Absent {
    /// The capability: `refresh`, `exchange`, `introspection`, `revocation`, `decision-log`, `change:raise risk`, ...
    pub capability: String,
    /// Why it is absent, for the auditor.
    pub reason: String,
}

/// The default of `Bounds::settling`, milliseconds.
const SETTLING: u64 = 2_500;

fn connection() -> u64 {
    60_000
}

fn settling() -> u64 {
    SETTLING
}

impl Bounds {
    /// Until an issuer has followed a change in all that it says of tokens of before, milliseconds: the slower one of what it decides
    /// anew and what it takes back.
    #[must_use]
    pub fn issuer(&self) -> u64 {
        self.decision.max(self.revocation)
    }

    /// The same for the retirement of a key, which whoever verifies may have kept.
    #[must_use]
    pub fn issuer_keys(&self) -> u64 {
        self.issuer().max(self.keys)
    }

    /// Those that can be loose, by their names in a target file, milliseconds.
    #[must_use]
    pub fn named(&self) -> [(&'static str, u64); 10] {
        [
            ("decision", self.decision),
            ("revocation", self.revocation),
            ("event", self.event),
            ("cache", self.cache),
            ("self-contained", self.self_contained),
            ("skew", self.skew),
            ("keys", self.keys),
            ("status-list", self.status_list),
            ("connection", self.connection),
            ("log", self.log),
        ]
    }

    /// The bounds of a profile (sources: REQUIREMENTS section 1).
    #[must_use]
    pub fn of(profile: Profile) -> Self {
        let s = 1000;
        match profile {
            Profile::Strict => Self {
                decision: 0,
                revocation: 0,
                event: 60 * s,
                cache: 0,
                self_contained: 300 * s,
                skew: 5 * s,
                keys: 60 * s,
                status_list: 300 * s,
                connection: 10 * s,
                log: 60 * s,
                settling: SETTLING,
                refresh_end: None,
                probes: 5,
            },
            Profile::Standard => Self {
                decision: 0,
                revocation: 0,
                event: 900 * s,
                cache: 120 * s,
                self_contained: 3600 * s,
                skew: 60 * s,
                keys: 600 * s,
                status_list: 3600 * s,
                connection: 60 * s,
                log: 60 * s,
                settling: SETTLING,
                refresh_end: None,
                probes: 5,
            },
            Profile::Relaxed => Self {
                decision: 120 * s,
                revocation: 5 * s,
                event: 900 * s,
                cache: 300 * s,
                self_contained: 3600 * s,
                skew: 300 * s,
                keys: 3600 * s,
                status_list: 3600 * s,
                connection: 900 * s,
                log: 60 * s,
                settling: SETTLING,
                refresh_end: None,
                probes: 5,
            },
        }
    }
}
