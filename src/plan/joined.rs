//! Plans of shards: whether they are of one plan, and the plan of the run that they are joined to.

use std::collections::BTreeMap;

use super::PlanRecord;
use crate::model::{MergedShard, RanBy};

/// What a merged run has of its own: how, by whom and under which key it was merged.
#[derive(Debug, Clone, Copy)]
pub struct Merge<'a> {
    /// The command line.
    pub command: &'a [String],
    /// Who merged.
    pub by: Option<&'a RanBy>,
    /// Id of the key that it was to be signed with.
    pub signer: Option<&'a str>,
}

impl PlanRecord {
    /// The first thing that another shard's plan says otherwise, in words; nothing where both are shards of one plan. What a
    /// shard is alone in (its name, its number, its command line, who ran it, its key, when it was planned) doesn't count.
    #[must_use]
    pub fn differing(&self, other: &Self) -> Option<String> {
        let shard = |p: &Self| p.shard.as_ref().map(|s| (s.of, s.selection.clone()));
        let same = [
            ("the version of recant", self.tool == other.tool),
            ("the sources of recant", self.sources == other.sources),
            ("the target", self.target == other.target),
            ("the version of the target", self.target_version == other.target_version),
            ("the target file", self.target_file == other.target_file),
            ("the environment", self.environment == other.environment),
            ("the faults of the reference system", self.faults == other.faults),
            ("the bounds", self.profile == other.profile && self.bounds == other.bounds),
            ("the owners", self.owners == other.owners),
            ("what is declared absent", self.absent == other.absent),
            ("the exceptions", self.exceptions == other.exceptions),
            ("the waivers", self.waivers == other.waivers),
            ("the controls that were asked for", self.controls == other.controls),
            ("whether TLS is verified", self.tls_verified == other.tls_verified),
            ("the tags", self.tags == other.tags),
            ("the paths", self.paths == other.paths),
            ("the seed", self.seed == other.seed),
            ("how many shards there are", shard(self).map(|s| s.0) == shard(other).map(|s| s.0)),
            ("the scenarios", self.scenarios == other.scenarios && shard(self) == shard(other)),
        ];
        let wrong = same.iter().find(|(_, same)| !same);
        file(&self.digests, &other.digests).or_else(|| wrong.map(|(what, _)| (*what).to_owned()))
    }

    /// The plan of the run that shards of one plan are joined to, or nothing where there is no shard. It was planned when the
    /// first of them was.
    #[must_use]
    pub fn joined(
        plans: &[&Self],
        run: &str,
        merge: Merge<'_>,
        shards: &[MergedShard],
    ) -> Option<Self> {
        let planned = plans.iter().map(|p| &p.planned).min()?;
        Some(Self {
            run: run.to_owned(),
            command: merge.command.to_vec(),
            by: merge.by.cloned(),
            signer: merge.signer.map(str::to_owned),
            planned: planned.clone(),
            shard: None,
            shards: shards.to_vec(),
            ..(*plans.first()?).clone()
        })
    }
}

fn file(first: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> Option<String> {
    let mut files = first.keys().chain(other.keys());
    let file = files.find(|file| first.get(*file) != other.get(*file))?;
    Some(match (first.get(file), other.get(file)) {
        (Some(_), Some(_)) => format!("the file {file}: its SHA-256 is another"),
        _ => format!("the file {file}: only one of them was planned with it"),
    })
}
