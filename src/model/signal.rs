//! Security events (CAEP 1.0, RISC 1.0) by the last part of their URI, and what can be wrong with the token that carries one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the events of CAEP 1.0 are named.
const CAEP: &str = "https://schemas.openid.net/secevent/caep/event-type/";
/// Where those of RISC 1.0 are (section 2).
const RISC: &str = "https://schemas.openid.net/secevent/risc/event-type/";
/// Events of RISC 1.0 that may be named by their last part.
const OF_RISC: [&str; 6] = [
    "account-disabled",
    "account-enabled",
    "account-purged",
    "account-credential-change-required",
    "credential-compromise",
    "sessions-revoked",
];

/// The URI of an event, by the last part of it: one of RISC 1.0, or of CAEP 1.0.
#[must_use]
pub fn event_uri(word: &str) -> String {
    let family = if OF_RISC.contains(&word) { RISC } else { CAEP };
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
    /// A credential was created, revoked, changed or deleted (section 3.3); recant tells of revoked ones.
    CredentialChange,
    /// A device is compliant, or is not any more (section 3.5).
    DeviceComplianceChange,
    /// A risk is low, medium or high (section 3.8).
    RiskLevelChange,
}

impl SignalEvent {
    /// Its word, the last part of its URI.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::SessionRevoked => "session-revoked",
            Self::CredentialChange => "credential-change",
            Self::DeviceComplianceChange => "device-compliance-change",
            Self::RiskLevelChange => "risk-level-change",
        }
    }

    /// Its URI.
    #[must_use]
    pub fn uri(self) -> String {
        event_uri(self.word())
    }

    /// True where it tells a state, which a later event replaces; the others tell what is over for good.
    #[must_use]
    pub fn is_state(self) -> bool {
        matches!(self, Self::DeviceComplianceChange | Self::RiskLevelChange)
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
}

impl Flaw {
    /// True where a receiver must not acknowledge it (RFC 8935 section 2.3). The others are taken in and come to nothing.
    #[must_use]
    pub fn must_be_rejected(self) -> bool {
        !matches!(self, Self::CriticalMember | Self::OtherSubject)
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
        }
    }
}
