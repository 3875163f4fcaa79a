//! What policy knows of a subject.

use std::collections::BTreeSet;

/// A subject as policy sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Principal {
    pub roles: BTreeSet<String>,
    pub enabled: bool,
    pub risk: Risk,
    pub device: Device,
    pub network: Network,
}

/// The risk of a subject (CAEP: risk level).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    #[default]
    Low,
    Medium,
    High,
}

impl Risk {
    /// From `low`, `medium`, `high` in any case.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Low, Self::Medium, Self::High]
            .into_iter()
            .find(|r| text.eq_ignore_ascii_case(r.word()))
    }

    /// As text.
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// The device of a subject (CAEP: device compliance).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Device {
    #[default]
    Compliant,
    NotCompliant,
}

impl Device {
    /// From `compliant`, `not-compliant`.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Compliant, Self::NotCompliant].into_iter().find(|d| d.word() == text)
    }

    /// As text.
    pub fn word(self) -> &'static str {
        match self {
            Self::Compliant => "compliant",
            Self::NotCompliant => "not-compliant",
        }
    }
}

/// Where a subject is reached from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Network {
    #[default]
    Trusted,
    Untrusted,
}

impl Network {
    /// From `trusted`, `untrusted`.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Trusted, Self::Untrusted].into_iter().find(|n| n.word() == text)
    }

    /// As text.
    pub fn word(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::Untrusted => "untrusted",
        }
    }
}
