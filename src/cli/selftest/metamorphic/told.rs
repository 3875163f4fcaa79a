//! What the properties showed, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use schemars::{JsonSchema, Schema};
use serde::Serialize;

use crate::calibration::sources;
use crate::cli::selftest::json::FaultNamed;
use crate::history::View;
use crate::judge::metamorphic::{NOT_IMPLEMENTED, PROPERTIES, Tally};
use crate::reference::Fault;
use crate::report::{schema, visible, words};

/// Places of a broken property that are written out for people.
const MOST: usize = 3;

/// What was run.
pub struct Of<'a> {
    pub faults: &'a [Fault],
    pub states: usize,
    pub seed: u64,
    pub took: Duration,
}

/// What generated states showed, format `recant-selftest-metamorphic/v1`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MetamorphicTold {
    /// `recant-selftest-metamorphic/v1`.
    pub format: String,
    /// recant's version.
    pub tool: String,
    /// SHA-256 (hex) of the sources of this build that decide what it notices.
    pub sources: String,
    /// Faults that were switched on.
    pub faults: Vec<FaultNamed>,
    /// Generated states.
    pub states: usize,
    /// What they followed from.
    pub seed: u64,
    /// True where no property is broken. One that was never looked at is none.
    pub all_hold: bool,
    /// The properties.
    pub properties: Vec<PropertyTold>,
    /// Properties that are not implemented, with why.
    pub not_implemented: BTreeMap<String, String>,
    /// States that could not be carried out to their end, with why. What came before counts.
    pub unmet: BTreeMap<String, String>,
    /// Where the record is kept, if any property is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded: Option<String>,
    /// How long it took.
    pub seconds: f64,
}

/// A property over all states.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PropertyTold {
    /// `M-01`.
    pub id: String,
    /// What it says.
    pub sentence: String,
    /// How often it was looked at. With 0 nothing is known of it.
    pub instances: u64,
    /// Where it does not hold.
    pub broken: Vec<BrokenTold>,
}

/// A place where a property does not hold.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BrokenTold {
    /// The state.
    pub state: String,
    /// What is wrong.
    pub because: String,
    /// Ops of the record that were compared.
    pub evidence: Vec<u64>,
}

/// Puts it together.
#[must_use]
pub fn told(of: &Of, tallies: &BTreeMap<&'static str, Tally>, view: &View) -> MetamorphicTold {
    let properties: Vec<_> = PROPERTIES
        .iter()
        .map(|p| {
            let tally = tallies.get(p.id).cloned().unwrap_or_default();
            let broken = tally.broken.into_iter().map(|(state, found)| BrokenTold {
                state,
                because: found.broken.unwrap_or_default(),
                evidence: found.evidence,
            });
            PropertyTold {
                id: p.id.to_owned(),
                sentence: p.sentence.to_owned(),
                instances: tally.instances,
                broken: broken.collect(),
            }
        })
        .collect();
    MetamorphicTold {
        format: "recant-selftest-metamorphic/v1".to_owned(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        sources: sources().to_owned(),
        faults: of.faults.iter().filter_map(|f| f.entry()).map(FaultNamed::of).collect(),
        states: of.states,
        seed: of.seed,
        all_hold: properties.iter().all(|p| p.broken.is_empty()),
        properties,
        not_implemented: NOT_IMPLEMENTED
            .iter()
            .map(|(id, why)| ((*id).to_owned(), (*why).to_owned()))
            .collect(),
        unmet: view.unmet.clone(),
        recorded: None,
        seconds: of.took.as_secs_f64(),
    }
}

/// For people: a line for each property, and the sum.
#[must_use]
pub fn text(told: &MetamorphicTold) -> String {
    let mut out = String::new();
    for property in &told.properties {
        let PropertyTold { id, sentence, instances, broken } = property;
        let came = match (instances, broken.len()) {
            (0, _) => "never looked at".to_owned(),
            (n, 0) => format!("holds in all of {n}"),
            (n, bad) => format!("BROKEN in {bad} of {n}"),
        };
        let _ = writeln!(out, "{id}  {sentence:<62}  {came}");
        for one in broken.iter().take(MOST) {
            let ops = words::ops(&one.evidence).unwrap_or_default();
            let _ = writeln!(out, "        {}: {} ({ops})", one.state, visible::line(&one.because));
        }
        if broken.len() > MOST {
            let _ = writeln!(out, "        ... and {} more", broken.len() - MOST);
        }
    }
    for (id, why) in &told.not_implemented {
        let _ = writeln!(out, "{id}  not implemented: {why}");
    }
    for (state, why) in &told.unmet {
        let _ = writeln!(out, "{state} stopped early: {}", visible::line(why));
    }
    out += &sum(told);
    if let Some(folder) = &told.recorded {
        let _ = writeln!(out, "recorded in {folder}");
    }
    out
}

fn sum(told: &MetamorphicTold) -> String {
    let of = |suits: fn(&PropertyTold) -> bool| told.properties.iter().filter(|p| suits(p)).count();
    let names: Vec<_> = told.faults.iter().map(|f| format!("{} {}", f.id, f.name)).collect();
    format!(
        "{} of {}, seed {}: {} hold, {} broken, {} never looked at, {} not implemented; {:.1} s\n",
        words::count(told.states as u64, "state"),
        if names.is_empty() { "the healthy system".to_owned() } else { names.join(" + ") },
        told.seed,
        of(|p| p.instances > 0 && p.broken.is_empty()),
        of(|p| !p.broken.is_empty()),
        of(|p| p.instances == 0),
        told.not_implemented.len(),
        told.seconds,
    )
}

/// Schema of what `recant selftest --metamorphic --format json` prints.
#[must_use]
pub fn metamorphic_schema() -> Schema {
    schema::<MetamorphicTold>(
        "recant selftest --metamorphic, format recant-selftest-metamorphic/v1",
    )
}
