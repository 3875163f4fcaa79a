//! Waivers and asked-for controls in words, the same in every format. Not escaped.

use super::words::{count, part, sum, word};
use super::{ControlAsked, Report, WaiverListed};
use crate::exit::Exit;
use crate::judge::Finding;
use crate::model::{Waived, WaiverStanding};

/// The result's word; where something is waived, by how many waivers; where it is that of one shard, of which; where it is that of a
/// part of the suite, of how much.
#[must_use]
pub fn result(report: &Report) -> String {
    let whole = whole(report);
    match part(report).filter(|_| report.result.holds()) {
        Some(part) => format!("{whole} in {part}"),
        None => whole,
    }
}

fn whole(report: &Report) -> String {
    let word = report.result.word();
    match &report.selection.shard {
        Some(shard) if report.result == Exit::CleanShard => {
            return format!("{word} {}", shard.name());
        }
        Some(shard) => return format!("{word}, shard {}", shard.name()),
        None if report.result != Exit::ConformantButWaived => return word.to_owned(),
        None => {}
    }
    let used = report.waivers.iter().filter(|w| w.in_force() && w.is_used()).count();
    format!("conformant but for {}", count(used as u64, "waiver"))
}

/// The word for a finding as it is listed: its verdict, and that it is waived.
#[must_use]
pub fn shown(finding: &Finding) -> &'static str {
    match (finding.is_waived(), finding.advisory) {
        (false, _) => word(finding),
        (true, false) => "fail, waived",
        (true, true) => "warning, waived",
    }
}

/// What a failure's waiver says: who answers for it, until when, where the repair is tracked, why.
#[must_use]
pub fn waiver_of(finding: &Finding) -> Option<String> {
    let Waived { standing, owner, reason, expires, ticket, .. } = finding.waiver.as_ref()?;
    let said = match standing {
        WaiverStanding::InForce => format!("waived by {owner} until {expires}"),
        WaiverStanding::Expired => format!("the waiver of {owner} has expired on {expires}"),
        WaiverStanding::NotYet => format!("the waiver of {owner} is of a later day than the run"),
        WaiverStanding::Void => format!("the waiver of {owner} is void"),
    };
    Some(format!("{said} ({ticket}): {reason}"))
}

/// A waiver in one line: `in force until 2026-12-31, 2 findings waived: E-01 at "orders", by Risk desk (T-1): why`.
#[must_use]
pub fn waiver(listed: &WaiverListed) -> String {
    let w = &listed.waiver;
    let (failed, of) = (listed.covers.fail + listed.covers.warning, listed.covers.total);
    let used = match (listed.standing, failed, of) {
        (_, 0, 0) => "NOT USED: nothing that it covers was judged".to_owned(),
        (_, 0, _) => format!("NOT USED: nothing that it covers fails ({})", sum(&listed.covers)),
        (WaiverStanding::InForce, ..) => {
            format!("{} waived", count(listed.covers.waived, "finding"))
        }
        (_, 1, _) => "1 finding fails".to_owned(),
        (_, n, _) => format!("{n} findings fail"),
    };
    let standing = match listed.standing {
        WaiverStanding::InForce => format!("in force until {}", w.expires),
        WaiverStanding::Expired => format!("EXPIRED on {}", w.expires),
        WaiverStanding::NotYet => format!("NOT IN FORCE before {}", w.created),
        WaiverStanding::Void => "VOID: recant takes no such waiver".to_owned(),
    };
    let (owner, ticket, reason) = (&w.owner, &w.ticket, &w.reason);
    format!("{standing}, {used}: {}, by {owner} ({ticket}): {reason}", w.name())
}

/// What there is of a control that evidence was asked for: `PR.AC-4: 12 pass + 1 fail`.
#[must_use]
pub fn asked(report: &Report, control: &ControlAsked) -> String {
    let name = &control.asked.control;
    let (judged, of) = (judged(report, control), control.asked.requirements.len() as u64);
    match control.evidence {
        true if judged < of => {
            let of = count(of, "requirement");
            format!("{name}: {} ({judged} of {of} judged)", sum(&control.findings))
        }
        true => format!("{name}: {}", sum(&control.findings)),
        false if report.selection.shard.is_some() => {
            format!(
                "{name}: no evidence in this shard ({}); judged when shards are merged",
                sum(&control.findings)
            )
        }
        false if control.findings.total == 0 => {
            format!("{name}: NO EVIDENCE, nothing about it was judged")
        }
        false => format!("{name}: NO EVIDENCE ({})", sum(&control.findings)),
    }
}

/// How many of the requirements that are evidence for a control were judged.
fn judged(report: &Report, control: &ControlAsked) -> u64 {
    let of = |id: &&String| report.requirements.iter().any(|r| r.id == **id);
    control.asked.requirements.iter().filter(of).count() as u64
}
