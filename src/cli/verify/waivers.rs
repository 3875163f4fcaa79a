//! What was waived: recant could have taken it on the day of the run, and the history holds the same as the plan.

use super::outcome::{Check, Name, Word};
use crate::model::{MOST_WAIVED_DAYS, Waiver, WaiverStanding};
use crate::report::words::count;
use crate::report::{Record, Report};

/// Each waiver of the record, on the day on which the run began.
pub fn waivers(record: &Record, fresh: &Report) -> Check {
    let Record { plan, view, .. } = record;
    let Some(begin) = &view.begin else {
        return Name::Waivers.is(Word::Failed, "the history has no first line");
    };
    let longest = begin.waivers.longest_days;
    let mut wrong = Vec::new();
    if plan.waivers != begin.waivers {
        wrong.push("plan and history do not hold the same waivers".to_owned());
    }
    if longest > MOST_WAIVED_DAYS {
        wrong.push(format!("waivers of {longest} days: no target file may set more than 366"));
    }
    let day = begin.day().unwrap_or_default();
    let standing = |w: &Waiver| w.standing(longest, &begin.facts.target, &day);
    for w in &begin.waivers.all {
        let why = match standing(w) {
            WaiverStanding::InForce | WaiverStanding::Expired => continue,
            WaiverStanding::NotYet => format!("is of {}, the run of {day}", w.created),
            WaiverStanding::Void => "is none that recant takes".to_owned(),
        };
        wrong.push(format!("the waiver of {} {why}", w.name()));
    }
    let all = &begin.waivers.all;
    let expired = all.iter().filter(|w| standing(w) == WaiverStanding::Expired).count();
    let says = match all.len() as u64 {
        0 => "nothing is waived".to_owned(),
        n => format!(
            "{} of at most {longest} days, as the history has them: {expired} expired on {day}; {} waived",
            count(n, "waiver"),
            count(fresh.counts.findings.waived, "failure")
        ),
    };
    Name::Waivers.holds_unless(&wrong, says)
}
