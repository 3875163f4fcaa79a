//! Credentials that are good for one token request.

use serde::{Deserialize, Serialize};

/// What is presented to a token endpoint once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OneTime {
    /// A signed assertion (RFC 7523 section 2.1). Section 3, item 7, leaves it to the issuer whether its `jti` counts once.
    Assertion,
    /// An authorization code, which must not be taken twice (RFC 6749 section 4.1.2).
    Code,
}

impl OneTime {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Assertion => "assertion",
            Self::Code => "authorization code",
        }
    }

    /// Whose rule it is that it counts once.
    #[must_use]
    pub fn rule(self) -> &'static str {
        match self {
            Self::Assertion => "this profile's rule: RFC 7523 section 3 leaves it open",
            Self::Code => "RFC 6749 section 4.1.2: it must be refused",
        }
    }
}
