//! Waivers: somebody answers, until a day, for a requirement that a target does not keep. A waiver changes no verdict: it only keeps
//! a failure from failing the run. Whether one may be relied on is told here from the record alone, so that a record in which
//! somebody wrote a better one than recant takes waives nothing.

use std::collections::BTreeSet;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::is_placeholder;

/// A waiver's longest life, days, where the target file sets no other.
pub const WAIVED_DAYS: u16 = 90;
/// The longest life that a target file may set, days: what is waived for longer is no exception.
pub const MOST_WAIVED_DAYS: u16 = 366;

/// The waivers of a run, as they stand in its plan and in the first line of its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waivers {
    /// How long a waiver may hold, days from the day it was created.
    pub longest_days: u16,
    /// The waivers, in the order of their files.
    pub all: Vec<Waiver>,
}

/// A waiver as declared, with the requirements that it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waiver {
    /// The control that was named, where no requirement was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<String>,
    /// Ids of the requirements that it covers: the one that was named, or all that were evidence for the control.
    pub requirements: BTreeSet<String>,
    /// The target that it is for.
    pub target: String,
    /// Narrowed to this scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// Narrowed to this service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The day on which it was made (UTC): `2026-11-27`.
    pub created: String,
    /// The last day that it holds on (UTC).
    pub expires: String,
    /// Where the repair is tracked.
    pub ticket: String,
}

/// Whether a waiver may be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WaiverStanding {
    /// Its day has come and not passed.
    InForce,
    /// Its last day has passed.
    Expired,
    /// It was created on a later day than that of the run.
    NotYet,
    /// recant takes no such waiver: it holds for too long, its days can't be read, nobody answers for it, it says no reason, or it
    /// is for another target.
    Void,
}

/// What a failure says of the waiver that covers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waived {
    /// Whether it may be relied on. Only what is in force waives.
    pub standing: WaiverStanding,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The day on which it was made (UTC).
    pub created: String,
    /// The last day that it holds on (UTC).
    pub expires: String,
    /// Where the repair is tracked.
    pub ticket: String,
}

impl Default for Waivers {
    fn default() -> Self {
        Self { longest_days: WAIVED_DAYS, all: Vec::new() }
    }
}

impl Waivers {
    /// True where nothing is waived, by the usual rule.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The waiver that a failure is to name, of those that cover it: one in force before others, then the one that lasts longest.
    /// `day` is that of the run's start (`2026-11-27`, UTC).
    #[must_use]
    pub fn of(&self, about: About<'_>, target: &str, day: &str) -> Option<Waived> {
        let covering = self.all.iter().filter(|w| w.covers(about));
        let told = covering.map(|w| (w.standing(self.longest_days, target, day), w));
        let (standing, w) = told.max_by(|(a, v), (b, w)| {
            let weight = |s: &WaiverStanding| *s == WaiverStanding::InForce;
            (weight(a), &v.expires).cmp(&(weight(b), &w.expires))
        })?;
        Some(Waived {
            standing,
            owner: w.owner.clone(),
            reason: w.reason.clone(),
            created: w.created.clone(),
            expires: w.expires.clone(),
            ticket: w.ticket.clone(),
        })
    }
}

/// What a finding is about, as far as waivers ask.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Requirement id.
    pub requirement: &'a str,
    /// Scenario instance.
    pub scenario: &'a str,
    /// Service, where it is about one.
    pub service: Option<&'a str>,
}

impl Waiver {
    /// True where it is about this.
    #[must_use]
    pub fn covers(&self, about: About<'_>) -> bool {
        self.requirements.contains(about.requirement)
            && self.scenario.as_deref().is_none_or(|s| s == about.scenario)
            && self.service.as_deref().is_none_or(|s| about.service == Some(s))
    }

    /// Whether it may be relied on, for a target and on a day (`2026-11-27`, UTC).
    #[must_use]
    pub fn standing(&self, longest_days: u16, target: &str, day: &str) -> WaiverStanding {
        let said = [&self.reason, &self.owner, &self.ticket];
        let days = (date(&self.created), date(&self.expires), date(day));
        let (Some(created), Some(expires), Some(day)) = days else { return WaiverStanding::Void };
        let too_long =
            lasts(created, expires).is_none_or(|days| days > longest_days.min(MOST_WAIVED_DAYS));
        if self.target != target || said.iter().any(|s| is_placeholder(s)) || too_long {
            return WaiverStanding::Void;
        }
        if day < created {
            WaiverStanding::NotYet
        } else if day > expires {
            WaiverStanding::Expired
        } else {
            WaiverStanding::InForce
        }
    }

    /// What it covers: `enforcement/old-token-refused at "orders" in role-removal`, or a control.
    #[must_use]
    pub fn name(&self) -> String {
        let what = match &self.control {
            Some(control) => format!("control {control}"),
            None => self.requirements.iter().cloned().collect::<Vec<_>>().join(", "),
        };
        let service = self.service.as_ref().map(|s| format!(" at \"{s}\"")).unwrap_or_default();
        let scenario = self.scenario.as_ref().map(|s| format!(" in {s}")).unwrap_or_default();
        format!("{what}{service}{scenario}")
    }
}

/// A day of four, two and two digits.
#[must_use]
pub fn date(text: &str) -> Option<Date> {
    (text.len() == 10).then(|| text.parse().ok()).flatten()
}

/// Days from one to another; `None` where the second comes first, or too late to be counted.
#[must_use]
pub fn lasts(created: Date, expires: Date) -> Option<u16> {
    let span = created.until((jiff::Unit::Day, expires)).ok()?;
    u16::try_from(span.get_days()).ok()
}
