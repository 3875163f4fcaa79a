//! Rights in one language: what operations need, what a token carries, what a service let it do. Scopes count where the
//! target declares them, roles where an operation takes them; anything else in a token (`openid`, a role that nothing
//! needs) is no right here.

use std::collections::BTreeSet;
use std::fmt;

use super::remarks::Remarks;
use crate::judge::Case;
use crate::judge::authority::claim_and_value;
use crate::model::{Facts, Moment, Needs, Outcome, TokenKind, TokenSeen, scopes_only};

/// Something that lets its holder do an operation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// A scope.
    Scope(String),
    /// A role.
    Role(String),
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scope(scope) => write!(f, "\"{scope}\""),
            Self::Role(role) => write!(f, "the role \"{role}\""),
        }
    }
}

/// A set of rights.
pub type Rights = BTreeSet<Right>;

/// Rights in words: `"orders:read" and "orders:write"`.
#[must_use]
pub fn words<'r>(rights: impl IntoIterator<Item = &'r Right>) -> String {
    let all: Vec<String> = rights.into_iter().map(ToString::to_string).collect();
    match all.as_slice() {
        [] => "nothing".into(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// What one operation needs.
#[must_use]
pub fn of_needs(needs: &Needs) -> Rights {
    let scope = needs.scope.iter().cloned().map(Right::Scope);
    scope.chain(needs.role.iter().cloned().map(Right::Role)).collect()
}

/// What the operations of a service need, together.
#[must_use]
pub fn needed_at(facts: &Facts, service: &str) -> Rights {
    let operations = facts.services.get(service).into_iter().flat_map(|s| s.operations.values());
    operations.flat_map(|o| of_needs(&o.needs)).collect()
}

/// Roles that alone, without a scope, let their holder do some operation of a service.
#[must_use]
pub fn roles_alone(facts: &Facts, service: &str) -> Rights {
    let operations = facts.services.get(service).into_iter().flat_map(|s| s.operations.values());
    let alone = operations.filter(|o| o.needs.scope.is_none());
    alone.filter_map(|o| o.needs.role.clone()).map(Right::Role).collect()
}

/// True for a scope that some role gives or some operation needs.
pub fn declared(facts: &Facts, scope: &str) -> bool {
    let needed = |n: &Needs| n.scope.as_deref() == Some(scope);
    facts.roles.values().any(|r| r.scopes.iter().any(|s| s == scope))
        || facts.services.values().flat_map(|s| s.operations.values()).any(|o| needed(&o.needs))
}

/// True for a role that some operation takes.
fn taken(facts: &Facts, role: &str) -> bool {
    let operations = facts.services.values().flat_map(|s| s.operations.values());
    operations.into_iter().any(|o| o.needs.role.as_deref() == Some(role))
}

/// The rights in a token's content. Empty for a token that nothing can be read in.
#[must_use]
pub fn carried(facts: &Facts, token: &TokenSeen) -> Rights {
    let authority = token.authority(&facts.authority_claims);
    let rights = authority.0.iter().filter_map(|entry| {
        let (claim, value) = claim_and_value(&facts.authority_claims, entry)?;
        if declared(facts, value) {
            Some(Right::Scope(value.to_owned()))
        } else {
            (!scopes_only(claim) && taken(facts, value)).then(|| Right::Role(value.to_owned()))
        }
    });
    rights.collect()
}

/// Of roles that a change took and that are not held any more: those that a token's content still names, though no
/// operation takes them (the others are rights, see [`carried`]). A claim of roles is believed by somebody.
#[must_use]
pub fn still_named<'r>(
    facts: &Facts,
    token: &TokenSeen,
    lost: &'r [String],
    held: &BTreeSet<String>,
) -> Rights {
    let entries = token.authority(&facts.authority_claims).0;
    let told = entries.iter().filter_map(|e| claim_and_value(&facts.authority_claims, e));
    let named: BTreeSet<&str> =
        told.filter(|(claim, _)| !scopes_only(claim)).map(|(_, value)| value).collect();
    let gone = |role: &&'r String| {
        !held.contains(*role)
            && named.contains(role.as_str())
            && !declared(facts, role)
            && !taken(facts, role)
    };
    lost.iter().filter(gone).cloned().map(Right::Role).collect()
}

/// How much is known of what a token lets its holder do.
#[derive(Debug, Clone)]
pub enum Reading {
    /// It is in the content.
    Content(Rights),
    /// The content does not tell; these operations were accepted and refused with it, by what they need.
    Answers {
        /// Accepted.
        yes: Vec<Rights>,
        /// Refused.
        no: Vec<Rights>,
        /// Ops of calls whose answer nobody knows.
        dark: Vec<u64>,
    },
}

impl Reading {
    /// Reads a token for its service: by its content where tokens of this service show authority at all, else by the
    /// service's answers before `until`.
    #[must_use]
    pub fn of(case: &Case, token: &TokenSeen, service: &str, until: Option<Moment>) -> Self {
        if !token.is_unreadable() && speaking(case, service) {
            return Self::Content(carried(case.facts, token));
        }
        let (mut yes, mut no, mut dark) = (Vec::new(), Vec::new(), Vec::new());
        let operations = case.facts.services.get(service).map(|s| &s.operations);
        for call in case.calls_at(service).filter(|c| c.token == token.id) {
            if until.is_some_and(|until| call.op.start >= until) {
                continue;
            }
            let Some(operation) = operations.and_then(|o| o.get(call.operation)) else { continue };
            let needs = of_needs(&operation.needs);
            if needs.is_empty() {
                continue;
            }
            if call.op.outcome.is_allow() {
                yes.push(needs);
            } else if call.op.outcome.is_deny() {
                no.push(needs);
            } else if matches!(call.op.outcome, Outcome::Unknown(_)) {
                dark.push(call.op.index);
            }
        }
        Self::Answers { yes, no, dark }
    }

    /// Says where an answer to the token is not known: it could have told more, or the opposite.
    pub fn doubt(&self, remarks: &mut Remarks) {
        if let Self::Answers { dark, .. } = self
            && !dark.is_empty()
        {
            remarks.open("an answer of the service to the token is not known", dark.clone());
        }
    }

    /// True where an answer to the token is not known.
    #[must_use]
    pub fn is_dark(&self) -> bool {
        matches!(self, Self::Answers { dark, .. } if !dark.is_empty())
    }

    /// True where neither the content nor any answer tells what the token gives.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        matches!(self, Self::Answers { yes, no, .. } if yes.is_empty() && no.is_empty())
    }

    /// What the token is known to give.
    #[must_use]
    pub fn known(&self) -> Rights {
        match self {
            Self::Content(rights) => rights.clone(),
            Self::Answers { yes, .. } => yes.iter().flatten().cloned().collect(),
        }
    }

    /// What the token is known to give beyond `allowed`.
    #[must_use]
    pub fn beyond(&self, allowed: &Rights) -> Rights {
        self.known().difference(allowed).cloned().collect()
    }

    /// What the token is known to lack of `wanted`.
    #[must_use]
    pub fn lacking(&self, wanted: &Rights) -> Rights {
        match self {
            Self::Content(rights) => wanted.difference(rights).cloned().collect(),
            // A refused operation is only held against the token where all that it needs is wanted.
            Self::Answers { yes, no, .. } => {
                let missed = no.iter().filter(|needs| needs.is_subset(wanted));
                missed.filter(|needs| !yes.contains(needs)).flatten().cloned().collect()
            }
        }
    }

    /// True where it is known of each of these rights whether the token gives it.
    #[must_use]
    pub fn tells(&self, rights: &Rights) -> bool {
        match self {
            Self::Content(_) => true,
            Self::Answers { yes, no, .. } => {
                rights.iter().all(|right| yes.iter().chain(no).any(|needs| needs.contains(right)))
            }
        }
    }

    /// How it was read, for people.
    #[must_use]
    pub fn by(&self) -> &'static str {
        match self {
            Self::Content(_) => "by its content",
            Self::Answers { .. } => "by what the service let it do",
        }
    }
}

/// True where some access token of this service shows a right, so that the absence of one means something.
fn speaking(case: &Case, service: &str) -> bool {
    let tokens = case.view.tokens.values().filter(|t| t.kind == TokenKind::Access);
    tokens
        .filter(|t| t.service.as_deref() == Some(service))
        .any(|t| !carried(case.facts, t).is_empty())
}
