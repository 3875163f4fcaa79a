//! Figures of a finding in words, the same in every format. Intervals are rounded outwards, so that they stay true.

use super::{Ending, RequirementJudged};
use crate::judge::{Finding, Lag};
use crate::model::{Profile, RanBy, Verdict};
use crate::requirements::Point;

/// Most op indices that are written out.
const MOST_OPS: usize = 12;

/// `enforcement lag between 10.2 s and 10.4 s`.
#[must_use]
pub fn lag(lag: &Lag) -> String {
    let low = seconds(lag.at_least_ms, false);
    let words = match lag.at_most_ms.map(|ms| seconds(ms.max(lag.at_least_ms), true)) {
        None => format!("enforcement lag at least {low}, never refused"),
        Some(high) if lag.at_least_ms == 0 => format!("enforcement lag at most {high}"),
        Some(high) => format!("enforcement lag between {low} and {high}"),
    };
    if lag.flapped { format!("{words}, accepted again after a refusal") } else { words }
}

/// `12 ms`, `10.2 s`: milliseconds for people, rounded up or down to a tenth of a second above one second.
#[must_use]
pub fn seconds(ms: u64, up: bool) -> String {
    if ms < 1000 {
        return format!("{ms} ms");
    }
    let tenths = if up { ms.div_ceil(100) } else { ms / 100 };
    format!("{}.{} s", tenths / 10, tenths % 10)
}

/// `ops 12 15 18`, or nothing where there is no evidence.
#[must_use]
pub fn ops(evidence: &[u64]) -> Option<String> {
    if evidence.is_empty() {
        return None;
    }
    let shown: Vec<_> = evidence.iter().take(MOST_OPS).map(u64::to_string).collect();
    let more = evidence.len().saturating_sub(MOST_OPS);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("ops {}{tail}", shown.join(" ")))
}

/// Where the ops lie that a finding cites: `history.jsonl`, or that of its shard.
#[must_use]
pub fn history(finding: &Finding) -> String {
    match finding.shard {
        None => "history.jsonl".to_owned(),
        Some(shard) => format!("shards/{shard}/history.jsonl"),
    }
}

/// The ops that a finding cites: `ops 12 15`, `ops 12 15 of shard 2`.
#[must_use]
pub fn cited(finding: &Finding) -> Option<String> {
    let of = finding.shard.map(|shard| format!(" of shard {shard}")).unwrap_or_default();
    ops(&finding.evidence).map(|ops| format!("{ops}{of}"))
}

/// What was measured beside the verdict: lag and residual, where there are any.
#[must_use]
pub fn measured(finding: &Finding) -> Option<String> {
    let all: Vec<_> = finding.lag.iter().map(lag).chain(residual(finding)).collect();
    if all.is_empty() { None } else { Some(all.join("; ")) }
}

/// For how long something may work that was taken away: until it expires by itself.
#[must_use]
pub fn residual(finding: &Finding) -> Option<String> {
    finding.residual_seconds.map(|s| format!("works for up to {s} s after the change"))
}

/// The word for a finding: a SHOULD that does not hold is a warning.
#[must_use]
pub fn word(finding: &Finding) -> &'static str {
    match finding.verdict {
        Verdict::Fail if finding.advisory => "warning",
        verdict => verdict.word(),
    }
}

/// Where in the target: `"orders" in role-removal`, or only the scenario.
#[must_use]
pub fn whereabouts(finding: &Finding) -> String {
    match &finding.service {
        Some(service) => format!("\"{service}\" in {}", finding.scenario),
        None => finding.scenario.clone(),
    }
}

/// The profile's name, as in a target file.
#[must_use]
pub fn profile(profile: Profile) -> &'static str {
    match profile {
        Profile::Strict => "strict",
        Profile::Standard => "standard",
        Profile::Relaxed => "relaxed",
    }
}

/// `1 finding`, `3 findings`.
#[must_use]
pub fn count(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// Counts of findings as a sum, without zeros: `12 pass + 1 fail`.
#[must_use]
pub fn sum(n: &super::FindingCounts) -> String {
    let parts = [
        (n.fail, "fail"),
        (n.inconclusive, "inconclusive"),
        (n.warning, "warning"),
        (n.bounded, "bounded"),
        (n.pass, "pass"),
        (n.not_applicable, "not applicable"),
    ];
    let shown: Vec<_> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let waived = if n.waived > 0 { format!("; {} waived", n.waived) } else { String::new() };
    if shown.is_empty() { "none".into() } else { shown.join(" + ") + &waived }
}

/// The bounds, each with its name and unit.
#[must_use]
pub fn bounds(b: &crate::model::Bounds) -> String {
    let times = [
        ("decision", b.decision),
        ("revocation", b.revocation),
        ("event", b.event),
        ("cache", b.cache),
        ("self-contained", b.self_contained),
        ("skew", b.skew),
        ("keys", b.keys),
        ("status-list", b.status_list),
        ("log", b.log),
        ("settling", b.settling),
    ];
    let mut all: Vec<_> = times.iter().map(|(name, ms)| format!("{name} {}", exact(*ms))).collect();
    all.extend(b.refresh_end.map(|ms| format!("refresh-end {}", exact(ms))));
    all.push(format!("probes {}", b.probes));
    all.join(", ")
}

/// A declared time, exactly: `0 s`, `500 ms`, `120 s`.
#[must_use]
pub fn exact(ms: u64) -> String {
    if ms.is_multiple_of(1000) { format!("{} s", ms / 1000) } else { format!("{ms} ms") }
}

/// A round time: `200 ms`, `0 s`, `2.5 s`.
#[must_use]
pub fn exact_tenths(ms: u64) -> String {
    if ms.is_multiple_of(1000) || ms < 1000 { exact(ms) } else { seconds(ms, false) }
}

/// The counts that reconcile, row by row.
#[must_use]
pub fn summary(report: &super::Report) -> Vec<(&'static str, String)> {
    let c = &report.counts;
    let (s, o, seen) = (&c.scenarios, &c.operations, &c.observations);
    let chosen = selection(&report.selection).map(|chosen| ("selection", chosen));
    let counted = vec![
        ("scenarios", scenarios(s)),
        ("findings", format!("{} = {}", c.findings.total, sum(&c.findings))),
        (
            "operations",
            format!(
                "{} = {} accepted + {} refused + {} failed + {} unknown",
                o.total, o.accepted, o.refused, o.failed, o.unknown
            ),
        ),
        (
            "observations",
            format!(
                "policy {}, token {}, enforcement {}, signal {}, governance {}; {} operations cited",
                seen.policy, seen.token, seen.enforcement, seen.signal, seen.governance, seen.cited
            ),
        ),
    ];
    chosen.into_iter().chain(shards(report)).chain(counted).collect()
}

/// What a report is of, where it is not of a whole run: one shard, or the shards that were merged. It goes with the result.
#[must_use]
pub fn shards(report: &super::Report) -> Option<(&'static str, String)> {
    if let Some(shard) = &report.selection.shard {
        let others = match shard.of {
            1 => "the only one".to_owned(),
            _ => "the others are not in this report".to_owned(),
        };
        let controls = match report.selection.controls.is_empty() {
            true => "",
            false => ", and whether there is evidence for each control that was asked for",
        };
        let says = format!("{}; {others}: recant merge judges the whole{controls}", shard.name());
        return Some(("shard", says));
    }
    let of = report.shards.len() as u64;
    let by =
        |s: &super::ShardNamed| s.by.as_ref().map_or(String::new(), |b| format!(" by {}", b.name));
    let runs: Vec<_> = report.shards.iter().map(|s| format!("{}{}", s.run, by(s))).collect();
    (of > 0).then(|| ("shards", format!("{}: {}", count(of, "run"), runs.join(", "))))
}

/// The target with its version and its environment: `shop 1.4.2 (staging)`.
#[must_use]
pub fn target(target: &super::TargetNamed) -> String {
    format!("{} ({})", versioned(&target.name, target.version.as_deref()), target.environment)
}

/// A name with its version, where there is one: `shop 1.4.2`.
#[must_use]
pub fn versioned(name: &str, version: Option<&str>) -> String {
    version.map_or_else(|| name.to_owned(), |version| format!("{name} {version}"))
}

/// Who ran it, in words.
#[must_use]
pub fn ran_by(run: &super::RunNamed) -> String {
    run.by.as_ref().map_or_else(|| "not told".to_owned(), RanBy::words)
}

/// `40 discovered = 39 run + 1 filtered + 0 not run`; in a shard with those of the others.
#[must_use]
pub fn scenarios(s: &super::ScenarioCounts) -> String {
    let others = match s.other_shards {
        0 => String::new(),
        n => format!(" + {n} of other shards"),
    };
    let (discovered, run, filtered, not_run) = (s.discovered, s.run, s.filtered, s.not_run);
    format!("{discovered} discovered = {run} run + {filtered} filtered{others} + {not_run} not run")
}

/// What was chosen of the suite, or nothing where all of it was: in words that no format takes for markup.
#[must_use]
pub fn selection(chosen: &super::Selection) -> Option<String> {
    let tags = chosen.tags.iter().map(|t| format!("tags {t}"));
    let all: Vec<_> = tags.chain(chosen.paths.iter().cloned()).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// How much of the suite was run, where tags left some of it out: `8 of 172 scenarios`.
#[must_use]
pub fn part(report: &super::Report) -> Option<String> {
    let (of, chosen) = (&report.counts.scenarios, &report.selection);
    let some = chosen.shard.is_none() && of.filtered > 0;
    some.then(|| format!("{} of {}", of.discovered - of.filtered, count(of.discovered, "scenario")))
}

/// How a run ended, where it did not come to its end by itself.
#[must_use]
pub fn cut_short(ending: Ending) -> Option<&'static str> {
    match ending {
        Ending::ByItself => None,
        Ending::Interrupted => Some("the run was interrupted"),
        Ending::CutOff => Some("the record of the run was cut off"),
        Ending::CutOffRestored => {
            Some("the record of the run was cut off; its changes were undone")
        }
    }
}

/// The evidence point's name.
#[must_use]
pub fn point(point: Option<Point>) -> &'static str {
    match point {
        Some(Point::Policy) => "policy",
        Some(Point::Token) => "token",
        Some(Point::Enforcement) => "enforcement",
        Some(Point::Signal) => "signal",
        Some(Point::Governance) => "governance",
        None => "requirements that this recant does not know",
    }
}

/// The word for a group of findings with this worst verdict: a warning where only a SHOULD does not hold.
#[must_use]
pub fn worst(verdict: Verdict, n: &super::FindingCounts) -> &'static str {
    match verdict {
        Verdict::Fail if n.fail == 0 && n.inconclusive > 0 => Verdict::Inconclusive.word(),
        Verdict::Fail if n.fail == 0 => "warning",
        verdict => verdict.word(),
    }
}

/// An exception in one line: `in force until 2026-12-31: cache of "orders", owned by Identity operations: why`. Not escaped.
#[must_use]
pub fn exception(listed: &super::ExceptionListed) -> String {
    let e = &listed.exception;
    let last = e.expires.as_deref().unwrap_or_default();
    let standing = match listed.standing.flaw() {
        None => format!("in force until {last}"),
        Some(flaw) => flaw.to_owned(),
    };
    let up_to = e.up_to.map(|ms| format!(" for up to {}", exact(ms))).unwrap_or_default();
    let owner = e.owner.as_deref().unwrap_or("nobody");
    let contact = e.contact.as_ref().map(|c| format!(" ({c})")).unwrap_or_default();
    format!("{standing}: {}{up_to}, owned by {owner}{contact}: {}", e.name(), e.reason)
}

/// Whose words a requirement of the profile follows, but for the profile's own: that it follows itself says nothing.
#[must_use]
pub fn inspired_by(r: &RequirementJudged) -> Vec<&str> {
    let own = |name: &&str| name.starts_with("recant: ") || *name == "this profile";
    r.inspired_by.iter().map(String::as_str).filter(|name| !own(name)).collect()
}
