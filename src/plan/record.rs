//! `plan.json`: what was intended, written before anything is sent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{
    Absent, AskedControl, Bounds, Exception, MergedShard, Owner, Place, Profile, RanBy, Shard,
    Waivers,
};

/// The plan of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PlanRecord {
    /// Format version: 1.
    pub version: u32,
    /// Name of the run (and of its folder).
    pub run: String,
    /// recant's version.
    pub tool: String,
    /// When planning was done, RFC 3339 UTC.
    pub planned: String,
    /// The command line, with nothing secret in it.
    pub command: Vec<String>,
    /// Who ran recant, as far as it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<RanBy>,
    /// The key that the record was to be signed with, where it was to be: SHA-256 (hex) of its `SubjectPublicKeyInfo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// The target's name.
    pub target: String,
    /// The target's version, as its owner calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_version: Option<String>,
    /// Its file, or `shipped:...`: where `recant restore` reads it again.
    #[serde(default)]
    pub target_file: String,
    /// Its environment.
    pub environment: String,
    /// Column of the bounds table.
    pub profile: Profile,
    /// Bounds after overrides.
    pub bounds: Bounds,
    /// Who answers for which policy.
    pub owners: Vec<Owner>,
    /// Capabilities declared absent.
    pub absent: Vec<Absent>,
    /// What is declared to be otherwise than asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Exception>,
    /// Failures that somebody answers for, so that they don't fail the run.
    #[serde(default, skip_serializing_if = "Waivers::is_default")]
    pub waivers: Waivers,
    /// Controls that the run is to give evidence for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<AskedControl>,
    /// The part that the run is of the run of this plan (`--shard`), where it is not all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// The shards that a merged run is joined from, in order; each lies in `shards/<number>`. Such a run has no history of its
    /// own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shards: Vec<MergedShard>,
    /// Faults of the reference system that were switched on.
    pub faults: Vec<String>,
    /// False where the target file switches TLS verification off: reports say so.
    pub tls_verified: bool,
    /// What the order of scenarios and the names of subjects and roles follow from, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// SHA-256 (hex) of the sources of the recant that drove the run (`calibration`).
    #[serde(default)]
    pub sources: String,
    /// SHA-256 (hex) by file: target file, recipe, features, scenario scripts.
    pub digests: BTreeMap<String, String>,
    /// Tag expression that selected scenarios, if any.
    pub tags: Option<String>,
    /// Files and folders that were named on the command line.
    pub paths: Vec<String>,
    /// Every scenario that was discovered, in order.
    pub scenarios: Vec<Planned>,
}

/// One scenario of a feature (outlines expanded).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Planned {
    /// `Feature / scenario`, with the row of an outline.
    pub scenario: String,
    /// Where it stands (the row, for an outline).
    pub place: Place,
    /// Tags of feature, rule, scenario and examples, without `@`.
    pub tags: Vec<String>,
    /// False where the tag expression leaves it out.
    pub selected: bool,
    /// `Then` steps: so many places of it are judged when it has run to its end.
    #[serde(default)]
    pub obligations: u64,
    /// The shard that runs it, where the run is cut into shards and it is selected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<u32>,
}
