//! The rules that are not Cedar policies but decide too: each has an owner like any policy.

use serde::Serialize;

/// Who answers for which roles give what.
pub const ROLE_OWNERS: Owner = Owner { name: "Role owners", contact: "roles@reference.example" };
/// Who answers for accounts, sign-in, grants and clients.
pub const IDENTITY: Owner =
    Owner { name: "Identity operations", contact: "identity@reference.example" };
/// Who answers for risk policies.
pub const RISK: Owner = Owner { name: "Risk desk", contact: "risk@reference.example" };
/// Who answers for device policies.
pub const DEVICES: Owner = Owner { name: "Device security", contact: "devices@reference.example" };
/// Who answers for policies on networks.
pub const NETWORKS: Owner =
    Owner { name: "Network security", contact: "networks@reference.example" };

/// A person or team.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    pub name: &'static str,
    pub contact: &'static str,
}

/// A rule that is built in.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    pub id: &'static str,
    pub owner: Owner,
    pub says: &'static str,
}

/// What no policy permits is denied.
pub const DEFAULT_DENY: Rule =
    Rule { id: "default-deny", owner: ROLE_OWNERS, says: "what no policy permits is denied" };
/// Only a live grant gives tokens.
pub const GRANT: Rule = Rule {
    id: "live-grant",
    owner: IDENTITY,
    says: "tokens come from a grant that is live: not revoked, not ended with its subject, client or consent, not used twice",
};
/// Who signs in must exist, be enabled and prove who they are.
pub const SIGN_IN: Rule = Rule {
    id: "sign-in",
    owner: IDENTITY,
    says: "who signs in exists, is enabled, has given consent and proves who they are",
};
/// Clients prove who they are and use the grants meant for them.
pub const CLIENT: Rule = Rule {
    id: "known-client",
    owner: IDENTITY,
    says: "clients are enabled, prove who they are and use the grants that are meant for them",
};
/// A token is for one known service.
pub const RESOURCE: Rule =
    Rule { id: "one-audience", owner: IDENTITY, says: "a token is for one service that exists" };

/// All of them.
pub fn all() -> [Rule; 5] {
    [DEFAULT_DENY, GRANT, SIGN_IN, CLIENT, RESOURCE]
}

/// A policy or rule that decided, with its owner.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Cited {
    pub id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub owner: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub contact: String,
}

impl From<Rule> for Cited {
    fn from(rule: Rule) -> Self {
        Self {
            id: rule.id.to_owned(),
            owner: rule.owner.name.to_owned(),
            contact: rule.owner.contact.to_owned(),
        }
    }
}
