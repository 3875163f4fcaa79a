//! Ways to an operation that nobody declared: requests that differ from the declared one in their spelling or in where they say something, and
//! that what stands before a service may read in another way than the service itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the request differs.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Detour {
    /// `/orders/`
    SlashBehind,
    /// `//orders`
    SlashDoubled,
    /// `/%6frders`: RFC 3986 section 6.2.2.2 calls this the same.
    LetterEncoded,
    /// `/ORDERS`
    OtherCase,
    /// `/orders;x=1` (RFC 3986 section 3.3)
    Parameter,
    /// `/orders.json`
    Suffix,
    /// `HEAD` for `GET`: RFC 9110 section 9.3.2 calls this the same, but for the body.
    Head,
    /// `POST` with the method in `X-HTTP-Method-Override`.
    MethodOverridden,
    /// The token as `access_token` in the query (RFC 6750 section 2.3), and not in a header.
    TokenInQuery,
}

impl Detour {
    /// All of them, in the order in which they are tried.
    pub const ALL: [Self; 9] = [
        Self::SlashBehind,
        Self::SlashDoubled,
        Self::LetterEncoded,
        Self::OtherCase,
        Self::Parameter,
        Self::Suffix,
        Self::Head,
        Self::MethodOverridden,
        Self::TokenInQuery,
    ];

    /// In words, after "by a way that nobody declared: ".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::SlashBehind => "a slash behind the path",
            Self::SlashDoubled => "a doubled slash in the path",
            Self::LetterEncoded => "a letter of the path in percent-encoding",
            Self::OtherCase => "the path in other case",
            Self::Parameter => "a parameter behind the path",
            Self::Suffix => "`.json` behind the path",
            Self::Head => "HEAD in place of GET",
            Self::MethodOverridden => "POST with the method in a header",
            Self::TokenInQuery => "the token in the query",
        }
    }

    /// The number that it has among the routes of an operation: no declared route is counted so far.
    #[must_use]
    pub fn as_route(self) -> u32 {
        u32::MAX - self as u32
    }
}
