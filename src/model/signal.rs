//! Security events (CAEP 1.0, RISC 1.0, RFC 9967) by the last part of their URI, and what can be wrong with the token that carries one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the events of CAEP 1.0 are named.
const CAEP: &str = "https://schemas.openid.net/secevent/caep/event-type/";
/// Where those of RISC 1.0 are (section 2).
const RISC: &str = "https://schemas.openid.net/secevent/risc/event-type/";
/// Where those about accounts that are provisioned by SCIM are (RFC 9967 section 2.4).
const PROVISIONED: &str = "urn:ietf:params:scim:event:prov:";
/// Events of RFC 9967 that may be named by their last part.
const OF_SCIM: [&str; 2] = ["activate", "deactivate"];
/// Events of RISC 1.0 that may be named by their last part.
const OF_RISC: [&str; 6] = [
    "account-disabled",
    "account-enabled",
    "account-purged",
    "account-credential-change-required",
    "credential-compromise",
    "sessions-revoked",
];

/// The event of a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4).
pub const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The URI of an event, by the last part of it: one of RISC 1.0, of RFC 9967, or of CAEP 1.0.
#[must_use]
pub fn event_uri(word: &str) -> String {
    let family = match word {
        word if OF_RISC.contains(&word) => RISC,
        word if OF_SCIM.contains(&word) => PROVISIONED,
        _ => CAEP,
    };
    format!("{family}{word}")
}

/// A kind of event.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum SignalEvent {
    /// Sessions ended (CAEP section 3.1): tokens of before are dead.
    SessionRevoked,
    /// What tokens claim has changed (section 3.2): recant tells of claims without what a role gave.
    TokenClaimsChange,
    /// A credential was created, revoked, changed or deleted (section 3.3); recant tells of revoked ones.
    CredentialChange,
    /// A device is compliant, or is not any more (section 3.5).
    DeviceComplianceChange,
    /// A risk is low, medium or high (section 3.8).
    RiskLevelChange,
    /// An account was disabled (RISC 1.0); `account-enabled` lifts it.
    AccountDisabled,
    /// An account was deactivated (RFC 9967 section 2.4.6); `activate` lifts it.
    Deactivate,
}

impl SignalEvent {
    /// Its word, the last part of its URI.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::SessionRevoked => "session-revoked",
            Self::TokenClaimsChange => "token-claims-change",
            Self::CredentialChange => "credential-change",
            Self::DeviceComplianceChange => "device-compliance-change",
            Self::RiskLevelChange => "risk-level-change",
            Self::AccountDisabled => "account-disabled",
            Self::Deactivate => "deactivate",
        }
    }

    /// Its URI; where it tells that all is well again, and another event tells that, the URI of that one.
    #[must_use]
    pub fn uri(self, lifted: bool) -> String {
        event_uri(match self {
            Self::AccountDisabled if lifted => "account-enabled",
            Self::Deactivate if lifted => "activate",
            _ => self.word(),
        })
    }

    /// True where it tells a state, which a later event replaces; the others tell what is over for good.
    #[must_use]
    pub fn is_state(self) -> bool {
        !matches!(self, Self::SessionRevoked | Self::CredentialChange)
    }
}

/// What is wrong with a security event token, on purpose.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// Another key signed it, under the name of the known one.
    BadSignature,
    /// A key signed it that was never published.
    UnknownKey,
    /// Nobody signed it (`alg` is `none`).
    NoSignature,
    /// Another issuer is named.
    WrongIssuer,
    /// It is for another receiver.
    WrongAudience,
    /// Its type is another one than `secevent+jwt`.
    WrongType,
    /// Its subject has a member that the transmitter calls critical and nobody knows (SSF 1.0 section 3).
    CriticalMember,
    /// It is about somebody whom the receiver has never heard of.
    OtherSubject,
    /// It is about somebody of another issuer who goes by the same name (RFC 9493 section 3.2.3). Sent only where subjects are told by
    /// issuer and name.
    Namesake,
}

impl Flaw {
    /// True where a receiver must not acknowledge it (RFC 8935 section 2.3). The others are taken in and come to nothing.
    #[must_use]
    pub fn must_be_rejected(self) -> bool {
        !matches!(self, Self::CriticalMember | Self::OtherSubject | Self::Namesake)
    }

    /// In words, after "a token".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::BadSignature => "that another key signed",
            Self::UnknownKey => "of an unknown key",
            Self::NoSignature => "without a signature",
            Self::WrongIssuer => "of another issuer",
            Self::WrongAudience => "for another receiver",
            Self::WrongType => "of another type",
            Self::CriticalMember => "with an unknown critical subject member",
            Self::OtherSubject => "about somebody unknown",
            Self::Namesake => "about somebody of that name at another issuer",
        }
    }
}
