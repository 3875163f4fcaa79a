//! The matrix as people read it: a row for each system, a column for each requirement.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use super::compare::Compared;
use super::crew::Round;
use super::trial::{Came, Done};
use crate::report::{visible, words};
use crate::requirements::Catalog;

/// Width of a system's name.
pub const NAME: usize = 40;
/// Findings of a run that are written out.
const MOST: usize = 8;
/// A fault is localised where no more requirements than these turn red.
pub const FEW: usize = 3;
/// So many of a hundred faults ought to be.
const FEW_GOAL: u64 = 80;
const LEGEND: &str =
    "N noticed   + red too, as listed   ! red, but not listed   ? inconclusive   . neither";

/// A round: its matrix, unless it is the first one's again, what is wrong in it, and its sum.
#[must_use]
pub fn round(round: &Round, first: Option<&Round>) -> String {
    let rows: String = round.runs.iter().map(row).collect();
    let same = first.is_some_and(|f| rows == f.runs.iter().map(row).collect::<String>());
    let aliases: Vec<_> = Catalog::shipped().all().map(|r| r.alias.as_str()).collect();
    let mut out =
        if same { String::new() } else { format!("{}{rows}\n{LEGEND}\n\n", head(&aliases)) };
    out.extend(round.runs.iter().map(wrong));
    let as_before = if same { "the same matrix; " } else { "" };
    let _ = writeln!(out, "round {}: {as_before}{}", round.number, sum(round));
    out
}

/// What is wrong in a round; empty where nothing is.
#[must_use]
pub fn troubles(round: &Round) -> String {
    round.runs.iter().map(wrong).collect()
}

/// Many runs of the healthy system: failures, what stayed open, and the time.
#[must_use]
pub fn healthy(rounds: &[Round], took: Duration, seed: u64, kept: Option<&Path>) -> String {
    let runs: Vec<&Done> = rounds.iter().flat_map(|r| &r.runs).collect();
    let judged = || {
        runs.iter().filter_map(|d| match &d.came {
            Came::Judged(seen) => Some(seen),
            Came::Broken(_) | Came::Interrupted => None,
        })
    };
    let last = seed.wrapping_add((runs.len() as u64).saturating_sub(1));
    let not_judged = runs.len() - judged().count();
    let elsewise = judged()
        .filter(|s| !s.wrong.is_empty() && s.unlisted.is_empty() && s.inconclusive.is_empty());
    let mut out = format!(
        "{} of the healthy system, seeds {seed} to {last}: {} with failures, {} with something inconclusive, \
         {} wrong elsewise, {not_judged} not made; {}\n",
        words::count(runs.len() as u64, "run"),
        judged().filter(|s| !s.unlisted.is_empty()).count(),
        judged().filter(|s| !s.inconclusive.is_empty()).count(),
        elsewise.count(),
        seconds(took),
    );
    if let Some(kept) = kept {
        let _ = writeln!(out, "what was not as it should be is kept in {}", kept.display());
    }
    out
}

/// All rounds, and where the folders of runs are that were not as they should be.
#[must_use]
pub fn totals(rounds: &[Round], took: Duration, kept: Option<&Path>) -> String {
    let runs = || rounds.iter().flat_map(|r| &r.runs);
    let of = |word: &str| runs().filter(|d| self::word(&d.came) == word).count();
    let mut out = format!(
        "{} in {}: {} as they should be, {} wrong, {} could not be done",
        words::count(runs().count() as u64, "run"),
        words::count(rounds.len() as u64, "round"),
        of("ok"),
        of("WRONG"),
        of("broken"),
    );
    if of("stopped") > 0 {
        let _ = write!(out, ", {} interrupted", of("stopped"));
    }
    let _ = writeln!(out, "; {}", seconds(took));
    out.extend(rounds.first().and_then(localised));
    if let Some(kept) = kept {
        let _ = writeln!(out, "what was not as it should be is kept in {}", kept.display());
    }
    out
}

/// How many faults point at their cause, and those that turn more requirements red than that.
fn localised(round: &Round) -> Option<String> {
    let sum = Sum::of(round);
    let share = sum.share_of_few()?;
    let goal = if share >= FEW_GOAL { "met" } else { "MISSED" };
    let of = words::count(sum.faults, "fault");
    let few = sum.few;
    let mut out = format!(
        "localised: {few} of {of} ({share} %) with {FEW} reds or fewer; the goal of {FEW_GOAL} % is {goal}\n"
    );
    for (done, reds) in above_few(round) {
        let aliases: Vec<_> = reds.iter().map(|id| alias(id)).collect();
        let _ = writeln!(out, "  {} red: {}: {}", reds.len(), done.trial.name(), aliases.join(" "));
    }
    Some(out)
}

/// Runs with a fault that turned more than a few requirements red, with those.
pub fn above_few(round: &Round) -> Vec<(&Done, BTreeSet<String>)> {
    let judged = round.runs.iter().filter_map(|done| match &done.came {
        Came::Judged(seen) if !done.trial.faults.is_empty() => Some((done, seen.red())),
        _ => None,
    });
    judged.filter(|(_, reds)| reds.len() > FEW).collect()
}

/// The short id of a requirement.
pub fn alias(id: &str) -> &str {
    Catalog::shipped().find(id).map_or(id, |r| r.alias.as_str())
}

/// How a run came out, in a word.
#[must_use]
pub fn word(came: &Came) -> &'static str {
    match came {
        Came::Judged(seen) if seen.wrong.is_empty() => "ok",
        Came::Judged(_) => "WRONG",
        Came::Broken(_) => "broken",
        Came::Interrupted => "stopped",
    }
}

/// Short ids downwards: a letter and two digits, a line each.
pub fn head(aliases: &[&str]) -> String {
    let ids: Vec<String> = aliases.iter().map(|alias| alias.replace('-', "")).collect();
    let tallest = ids.iter().map(String::len).max().unwrap_or_default();
    let line = |at| {
        let cells = ids.iter().map(|id| id.chars().nth(at).unwrap_or(' ').to_string());
        format!("{:NAME$}{}\n", "", cells.collect::<Vec<_>>().join(" "))
    };
    (0..tallest).map(line).collect()
}

fn row(done: &Done) -> String {
    let name = done.trial.name();
    let cells = match &done.came {
        Came::Judged(seen) => {
            let cells = Catalog::shipped().all().map(|r| cell(seen, &r.id));
            cells.collect::<Vec<_>>().join(" ")
        }
        came => word(came).to_owned(),
    };
    format!("{name:NAME$}{cells}\n")
}

fn cell(seen: &Compared, id: &str) -> &'static str {
    let kinds =
        [(&seen.unlisted, "!"), (&seen.noticed, "N"), (&seen.also, "+"), (&seen.inconclusive, "?")];
    kinds.iter().find(|(set, _)| set.contains(id)).map_or(".", |(_, cell)| cell)
}

fn wrong(done: &Done) -> String {
    let (what, findings) = match &done.came {
        Came::Judged(seen) if !seen.wrong.is_empty() => (seen.wrong.clone(), &seen.findings[..]),
        Came::Broken(why) => (vec![format!("could not be done: {why}")], &[][..]),
        _ => return String::new(),
    };
    let mut out = format!("{}\n", done.trial.name());
    for what in what {
        let _ = writeln!(out, "  {}", visible::line(&what));
    }
    for finding in findings.iter().take(MOST) {
        let at = words::whereabouts(finding);
        let said = format!("{} {at}: {}", finding.requirement, finding.because);
        let _ = writeln!(out, "    {}: {}", words::word(finding), visible::line(&said));
    }
    if findings.len() > MOST {
        let _ = writeln!(out, "    ... and {} more", findings.len() - MOST);
    }
    if let Some(folder) = &done.folder {
        let _ = writeln!(out, "    recorded in {}", folder.display());
    }
    out.push('\n');
    out
}

/// `34 of 34 faults noticed, 28 of them by 3 requirements or fewer; nothing else red; healthy: clean; 41.2 s`
fn sum(round: &Round) -> String {
    let sum = Sum::of(round);
    let mut parts = Vec::new();
    if sum.faults > 0 {
        let faults = words::count(sum.faults, "fault");
        let (noticed, few) = (sum.noticed, sum.few);
        parts.push(format!("{noticed} of {faults} noticed, {few} with {FEW} reds or fewer"));
        parts.push(match sum.unlisted {
            0 => "nothing else red".to_owned(),
            n => format!("{} unlisted", words::count(n, "red")),
        });
    }
    parts.push(format!("healthy {}", if sum.clean { "clean" } else { "NOT CLEAN" }));
    parts.push(seconds(round.took));
    parts.join("; ")
}

/// The numbers of a round.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sum {
    /// Faults that were tried.
    pub faults: u64,
    /// Those that a requirement which must notice them noticed.
    pub noticed: u64,
    /// Noticed ones with few requirements red.
    pub few: u64,
    /// Requirements that were red under a fault that is not known to turn them red.
    pub unlisted: u64,
    /// Nothing was wrong with the healthy system.
    pub clean: bool,
}

impl Sum {
    /// So many of a hundred faults have few requirements red; `None` where none was tried.
    #[must_use]
    pub fn share_of_few(&self) -> Option<u64> {
        (self.few * 100).checked_div(self.faults)
    }

    /// Counts a round.
    #[must_use]
    pub fn of(round: &Round) -> Self {
        let mut sum = Self::default();
        for done in &round.runs {
            if done.trial.faults.is_empty() {
                sum.clean = word(&done.came) == "ok";
                continue;
            }
            sum.faults += 1;
            if let Came::Judged(seen) = &done.came {
                let noticed = !seen.noticed.is_empty();
                sum.noticed += u64::from(noticed);
                sum.few += u64::from(noticed && seen.reds() <= FEW);
                sum.unlisted += seen.unlisted.len() as u64;
            }
        }
        sum
    }
}

pub fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}
