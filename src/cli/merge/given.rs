//! The shards that are given: each whole and verified, all of one plan, none missing and none twice.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::cli::verify::{self, Evidence, Word};
use crate::error::{Error, Problem};
use crate::model::{MergedShard, Shard};
use crate::plan::PlanRecord;
use crate::report::{self, MANIFEST, Manifest, Record, merged, read_json};

/// A shard that is given.
#[derive(Debug)]
pub struct Given {
    /// Its run folder.
    pub folder: PathBuf,
    /// What the merged plan says of it.
    pub named: MergedShard,
    /// Its plan.
    pub plan: PlanRecord,
    /// Every file of it.
    pub manifest: Manifest,
}

/// A folder with the plan of a shard, not verified yet.
struct Claimed<'a> {
    folder: &'a Path,
    plan: PlanRecord,
    shard: Shard,
}

/// The shards in the order of their numbers.
///
/// # Errors
/// `Error::Problems` with all that keeps them from being one run. Nothing has been written then.
pub fn given(runs: &[PathBuf]) -> Result<Vec<Given>, Error> {
    let mut claimed = each(runs, claimed)?;
    claimed.sort_by_key(|c| c.shard.number);
    let wrong = at_odds(&claimed);
    if !wrong.is_empty() {
        return Err(Error::Problems(wrong));
    }
    let verified = each(&claimed, verified)?;
    let mut wrong = Vec::new();
    for (_, record) in &verified {
        let first = verified.first().map(|(_, record)| record);
        if let Some(what) = first.and_then(|first| merged::disagreeing(first, record)) {
            let shard = record.plan.shard.as_ref().map_or(0, |s| s.number);
            wrong.push(other(&format!("shard {shard}"), "shard 1", &what));
        }
    }
    if !wrong.is_empty() {
        return Err(Error::Problems(wrong));
    }
    Ok(verified.into_iter().map(|(given, _)| given).collect())
}

/// What is wrong with any is said at once.
fn each<'a, A, B>(
    all: &'a [A],
    one: impl Fn(&'a A) -> Result<B, Problem>,
) -> Result<Vec<B>, Error> {
    let (mut good, mut wrong) = (Vec::new(), Vec::new());
    for done in all.iter().map(one) {
        match done {
            Ok(b) => good.push(b),
            Err(problem) => wrong.push(problem),
        }
    }
    if wrong.is_empty() { Ok(good) } else { Err(Error::Problems(wrong)) }
}

fn claimed(folder: &PathBuf) -> Result<Claimed<'_>, Problem> {
    let shown = folder.display();
    if !folder.is_dir() {
        return Err(Problem::new(format!("there is no run folder {shown}")));
    }
    let plan: PlanRecord = read_json(&folder.join("plan.json"))
        .map_err(|why| Problem::new(format!("{shown} is no run folder: {why}")))?;
    if !plan.shards.is_empty() {
        let what = format!("{shown} is a merged run, no shard");
        return Err(Problem::new(what).help("give the run folders of its shards"));
    }
    let Some(shard) = plan.shard.clone() else {
        let what = format!("{shown} is a whole run, no shard");
        return Err(Problem::new(what).help("shards are made by `recant run --shard K/N`"));
    };
    if !shard.holds() {
        return Err(Problem::new(format!("{shown} says that it is a shard that there can't be")));
    }
    Ok(Claimed { folder, plan, shard })
}

/// Shards that are not of one plan, there twice, or missing.
fn at_odds(all: &[Claimed<'_>]) -> Vec<Problem> {
    let Some(first) = all.first() else { return Vec::new() };
    let mut wrong = Vec::new();
    for c in all {
        if let Some(what) = first.plan.differing(&c.plan) {
            let (this, that) = (c.folder.display().to_string(), first.folder.display().to_string());
            wrong.push(other(&this, &that, &what));
        }
    }
    // Of several plans nothing can be missing.
    if !wrong.is_empty() {
        return wrong;
    }
    let mut by_number: BTreeMap<u32, Vec<&Claimed<'_>>> = BTreeMap::new();
    for c in all {
        by_number.entry(c.shard.number).or_default().push(c);
    }
    for (number, twice) in by_number.iter().filter(|(_, all)| all.len() > 1) {
        let folders: Vec<_> = twice.iter().map(|c| c.folder.display().to_string()).collect();
        let what = format!("shard {number} is given twice: {}", folders.join(" and "));
        wrong.push(
            Problem::new(what).help("one run of each shard counts: which one is for you to say"),
        );
    }
    let of = first.shard.of;
    let missing: Vec<_> =
        (1..=of).filter(|n| !by_number.contains_key(n)).map(|n| format!("{n}/{of}")).collect();
    if !missing.is_empty() {
        let what = match missing.len() {
            1 => format!("shard {} is missing", missing.join(", ")),
            _ => format!("shards {} are missing", missing.join(", ")),
        };
        wrong.push(Problem::new(what).help("what was not judged is never taken to hold"));
    }
    let tool = &first.plan.tool;
    if tool != env!("CARGO_PKG_VERSION") {
        let what = format!("the shards were driven by recant {tool}, this is another");
        wrong.push(Problem::new(what).help(format!("merge them with recant {tool}")));
    }
    wrong
}

fn other(this: &str, that: &str, what: &str) -> Problem {
    Problem::new(format!("{this} and {that} are not of one plan: other is {what}"))
        .help("shards are run with the same target, suite and options, but for --shard and --out")
}

/// A shard whose record is what was written.
fn verified(claimed: &Claimed<'_>) -> Result<(Given, Record), Problem> {
    let Claimed { folder, shard, .. } = claimed;
    let shown = folder.display();
    let wrong = |why: String| {
        Problem::new(format!("{shown} (shard {}) does not verify: {why}", shard.name()))
            .help(format!("recant verify {shown} says more"))
    };
    let verified = verify::verify(folder, &[], false);
    if verified.evidence == Evidence::NotToBeTrusted {
        let failed = verified.checks.iter().find(|c| c.word == Word::Failed);
        let why = failed.map(|c| format!("{}: {}", c.check.word(), c.says));
        return Err(wrong(why.unwrap_or_default()));
    }
    let record = Record::open_one(folder).map_err(wrong)?;
    let manifest = report::manifest_of(folder).map_err(wrong)?;
    let manifest = manifest.ok_or_else(|| wrong(format!("there is no {MANIFEST}")))?;
    let digest = report::digest(&folder.join(MANIFEST));
    let (_, sha256) = digest.map_err(|e| wrong(format!("{MANIFEST}: {e}")))?;
    let named = MergedShard {
        number: shard.number,
        run: record.plan.run.clone(),
        history_head: record.history.head.clone(),
        manifest: sha256,
    };
    let plan = record.plan.clone();
    Ok((Given { folder: folder.to_path_buf(), named, plan, manifest }, record))
}
