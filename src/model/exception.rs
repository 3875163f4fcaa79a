//! Exceptions to what is asked of a target: each is about one thing, has somebody who answers for it, and ends on a day.

use serde::{Deserialize, Serialize};

use super::{Owner, is_placeholder};

/// An exception as declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Exception {
    /// What kind it is.
    pub kind: ExceptionKind,
    /// What it is about: a service, an issuer, or a bound's name.
    pub of: String,
    /// For how long, milliseconds, where it is about a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<u64>,
    /// Why.
    pub reason: String,
    /// Who answers for it; `None` where nobody is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// How to reach them, where they are no owner of the target file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// The last day that it holds on (UTC): `2026-12-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// Kinds of exceptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExceptionKind {
    /// A bound of `[bounds]` that is looser than the profile's; `of` is its name.
    Bound,
    /// A service that keeps answers for longer than the bound of its class.
    Cache,
    /// A service that goes on for a while (`up-to`) where it can't ask who decides.
    OfflineGrace,
    /// An issuer that takes a used refresh token again for a while (`up-to`).
    RefreshReuse,
    /// An issuer or a service whose mapping of roles to permissions is code that nobody can edit.
    RoleMap,
    /// Anything else.
    Other,
}

/// Whether an exception may be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It has an owner, and its day has not passed.
    InForce,
    /// Its day has passed.
    Expired,
    /// Nobody answers for it: no owner, a placeholder, or a name that nobody can reach.
    Unowned,
    /// It has no day on which it ends.
    Undated,
}

impl ExceptionKind {
    /// As in a target file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Bound => "bound",
            Self::Cache => "cache",
            Self::OfflineGrace => "offline-grace",
            Self::RefreshReuse => "refresh-reuse",
            Self::RoleMap => "role-map",
            Self::Other => "other",
        }
    }
}

impl Standing {
    /// What is wrong with it, as the end of a sentence; `None` where nothing is.
    #[must_use]
    pub fn flaw(self) -> Option<&'static str> {
        match self {
            Self::InForce => None,
            Self::Expired => Some("has expired"),
            Self::Unowned => Some("has no owner who can be reached"),
            Self::Undated => Some("has no day on which it ends"),
        }
    }
}

impl Exception {
    /// Whether it may be relied on, on a day (`2026-11-27`, UTC).
    #[must_use]
    pub fn standing(&self, owners: &[Owner], day: &str) -> Standing {
        let owner = self.owner.as_deref().unwrap_or_default();
        let contact = self.contact.as_deref().filter(|contact| !is_placeholder(contact));
        if is_placeholder(owner) || (contact.is_none() && !is_owner(owners, owner)) {
            return Standing::Unowned;
        }
        // Days in this form are ordered as text is.
        match self.expires.as_deref().map(str::trim).filter(|day| !day.is_empty()) {
            None => Standing::Undated,
            Some(last) if day > last => Standing::Expired,
            Some(_) => Standing::InForce,
        }
    }

    /// `cache of "orders"`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} of \"{}\"", self.kind.word(), self.of)
    }
}

/// True where somebody is one of these owners, by name, contact or area, and no placeholder.
#[must_use]
pub fn is_owner(owners: &[Owner], who: &str) -> bool {
    let same = |part: &String| part.trim().eq_ignore_ascii_case(who.trim());
    let mut all = owners.iter().filter(|o| !is_placeholder(&o.name) && !is_placeholder(&o.contact));
    all.any(|o| [&o.name, &o.contact, &o.area].into_iter().any(same))
}
