//! Plans of shards: whether they are of one plan, and the plan of the run that they are joined to.

use std::collections::BTreeMap;

use super::PlanRecord;
use crate::model::MergedShard;

/// What a merged run adds to the plan of its shards.
#[derive(Debug, Clone)]
pub struct Joint {
    /// Its name.
    pub run: String,
    /// The command line that merged it.
    pub command: Vec<String>,
    /// Its shards.
    pub shards: Vec<MergedShard>,
}

/// The first thing that another shard's plan says otherwise, in words; nothing where both are shards of one plan. What a shard
/// is alone in (its name, its number, its command line, when it was planned) doesn't count.
#[must_use]
pub fn differing(first: &PlanRecord, other: &PlanRecord) -> Option<String> {
    let files = file(&first.digests, &other.digests);
    let shard = |p: &PlanRecord| p.shard.as_ref().map(|s| (s.of, s.selection.clone()));
    let same = [
        ("the version of recant", first.tool == other.tool),
        ("the sources of recant", first.sources == other.sources),
        ("the target", first.target == other.target),
        ("the target file", first.target_file == other.target_file),
        ("the environment", first.environment == other.environment),
        ("the faults of the reference system", first.faults == other.faults),
        ("the bounds", first.profile == other.profile && first.bounds == other.bounds),
        ("the owners", first.owners == other.owners),
        ("what is declared absent", first.absent == other.absent),
        ("the exceptions", first.exceptions == other.exceptions),
        ("the waivers", first.waivers == other.waivers),
        ("the controls that were asked for", first.controls == other.controls),
        ("whether TLS is verified", first.tls_verified == other.tls_verified),
        ("the tags", first.tags == other.tags),
        ("the paths", first.paths == other.paths),
        ("the seed", first.seed == other.seed),
    ];
    let wrong = same.iter().find(|(_, same)| !same).map(|(what, _)| (*what).to_owned());
    let selection = || {
        let same = first.scenarios == other.scenarios && shard(first) == shard(other);
        (!same).then(|| "the scenarios".to_owned())
    };
    files.or(wrong).or_else(selection)
}

/// The plan of the run that shards of one plan are joined to, or nothing where there is no shard.
#[must_use]
pub fn joined(plans: &[&PlanRecord], joint: Joint) -> Option<PlanRecord> {
    let first = *plans.first()?;
    let planned = plans.iter().map(|p| &p.planned).min()?;
    Some(PlanRecord {
        run: joint.run,
        command: joint.command,
        planned: planned.clone(),
        shard: None,
        shards: joint.shards,
        ..first.clone()
    })
}

fn file(first: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> Option<String> {
    let mut files = first.keys().chain(other.keys());
    let file = files.find(|file| first.get(*file) != other.get(*file))?;
    Some(match (first.get(file), other.get(file)) {
        (Some(_), Some(_)) => format!("the file {file}: its SHA-256 is another"),
        _ => format!("the file {file}: only one of them was planned with it"),
    })
}
