//! Tokens as the record keeps them: decoded header and claims, and a fingerprint. Never the token itself.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A scope that no target has: recant asks for it where a request is to name one that nobody knows.
pub const NO_SUCH_SCOPE: &str = "recant.no-such-scope";

/// The record's name of a token: `t1`, `t2`, ... in the order they were seen in a run.
pub type TokenId = String;

/// What kind of token it is (RFC 6749 sections 1.4, 1.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenKind {
    /// Presented to services.
    Access,
    /// Presented to the issuer for another access token.
    Refresh,
}

/// Whether the content can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenForm {
    /// A JWT (RFC 7519); header and claims are in the record.
    Jwt,
    /// A string without readable content; claims come from introspection, where there is any.
    Opaque,
}

/// What recant's own check of a JWT's signature against the issuer's published keys said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signature {
    /// Made by a key that the issuer publishes.
    Valid,
    /// Made by no key that the issuer publishes.
    Invalid,
    /// Not checked: opaque, or the keys could not be read.
    Unchecked,
}

/// One token as it was first seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenSeen {
    /// The record's name of it.
    pub id: TokenId,
    /// Access or refresh.
    pub kind: TokenKind,
    /// JWT or opaque.
    pub form: TokenForm,
    /// SHA-256 of the token, hex: shows sameness without being replayable.
    pub fingerprint: String,
    /// The subject that holds it (the record's name), or `None` for a client's own token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The service it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The refresh token or subject token it came from, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<TokenId>,
    /// The refresh token that came with an access token in the same answer, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<TokenId>,
    /// JOSE header of a JWT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Map<String, Value>>,
    /// Claims: of the JWT, else from introspection right after issue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<Map<String, Value>>,
    /// Scope that was asked for; `None` where the request named none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_scope: Option<Vec<String>>,
    /// `scope` of the token response (RFC 6749 section 5.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_scope: Option<Vec<String>>,
    /// `expires_in` of the token response, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
    /// recant's own signature check.
    pub signature: Signature,
    /// How recant made this token out of the one in `from`, where no issuer gave it: `alg-none`, `signature-altered`,
    /// ... It is a test, and must be good for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crafted: Option<String>,
}

/// What a token lets its holder do, as far as its content says: `scope:orders:write`, `roles:writer`, ...
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Authority(pub BTreeSet<String>);

impl Authority {
    /// The authority in a set of claims or introspection members, each value as `claim:value`. A claim is named by
    /// its name or, where no member has that name, by a path with dots (`realm_access.roles`).
    #[must_use]
    pub fn in_claims(content: &Map<String, Value>, claims: &[String]) -> Self {
        let found = claims.iter().filter_map(|name| Some((name, at(content, name)?)));
        Self(
            found
                .flat_map(|(name, v)| values(v).into_iter().map(move |v| format!("{name}:{v}")))
                .collect(),
        )
    }
}

impl Authority {
    /// The values of one claim, named as above; `None` where there is no such claim.
    #[must_use]
    pub fn in_claim(content: &Map<String, Value>, claim: &str) -> Option<BTreeSet<String>> {
        at(content, claim).map(|value| values(value).into_iter().collect())
    }
}

impl TokenSeen {
    /// Its identifier (RFC 7519 section 4.1.7), where it can be read.
    #[must_use]
    pub fn jti(&self) -> Option<&str> {
        self.claims.as_ref()?.get("jti")?.as_str()
    }

    /// The authority in the content, read from the claims that the target names as authority-bearing, and the
    /// response's scope where no `scope` claim can be read.
    #[must_use]
    pub fn authority(&self, claims: &[String]) -> Authority {
        let content = self.claims.as_ref();
        let mut all = content.map(|c| Authority::in_claims(c, claims)).unwrap_or_default();
        let mut scopes = claims.iter().filter(|name| *name == "scope" || *name == "scp");
        if !scopes.any(|name| content.is_some_and(|c| at(c, name).is_some())) {
            all.0.extend(self.response_scope.iter().flatten().map(|s| format!("scope:{s}")));
        }
        all
    }

    /// True where neither claims nor a response scope tell what the token carries.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        self.claims.is_none() && self.response_scope.is_none()
    }

    /// A numeric claim as seconds (RFC 7519 NumericDate; some issuers send fractions).
    #[must_use]
    pub fn seconds(&self, claim: &str) -> Option<f64> {
        self.claims.as_ref()?.get(claim)?.as_f64()
    }
}

/// True for a claim that holds scopes (RFC 8693 section 4.2; `scp` is what some issuers call it). It never names roles.
#[must_use]
pub fn scopes_only(claim: &str) -> bool {
    matches!(claim, "scope" | "scp")
}

/// True where a claim is the one that a path of a target file names, or holds it: a dot goes into an object, unless a claim has a name
/// with dots (names that are URLs).
#[must_use]
pub fn holds(claim: &str, path: &str) -> bool {
    claim == path || path.split('.').next() == Some(claim)
}

fn at<'v>(content: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    content.get(name).or_else(|| {
        let mut path = name.split('.');
        let first = content.get(path.next()?)?;
        path.try_fold(first, |value, part| value.get(part))
    })
}

fn values(value: &Value) -> Vec<String> {
    match value {
        Value::String(s) => s.split_whitespace().map(str::to_owned).collect(),
        Value::Array(a) => {
            a.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect()
        }
        Value::Null => Vec::new(),
        other => vec![other.to_string()],
    }
}
