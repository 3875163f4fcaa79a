//! From obligations to findings: what holds for every check stands here, once. Total: whatever a history holds,
//! there is a finding for each obligation, and a check that breaks makes it inconclusive.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

use super::{Case, Finding, Ruling, Timeline, checks, gap, waived};
use crate::history::{Action, Obligation, Op, View};
use crate::model::{Facts, NO_CHANGES, Outcome, ServiceClass, Verdict};
use crate::requirements::{Catalog, Level, Requirement};

/// Said of what is declared absent and can't be.
pub(super) const CONTRADICTED: &str =
    "is declared absent, but the issuer's own metadata advertise it";

/// The findings of a whole history, in the order of where their obligations stand. The order of lines in the history
/// plays no part.
#[must_use]
pub fn judge(catalog: &Catalog, view: &View) -> Vec<Finding> {
    let mut obligations: Vec<&Obligation> = view.obligations.iter().collect();
    obligations.sort_by(|a, b| key(a).cmp(&key(b)));
    let parts = view.parts();
    // Each is judged by itself.
    obligations
        .into_par_iter()
        .flat_map_iter(|o| judged(catalog, view, o, || parts.of_instance(&o.instance, o.upto)))
        .collect()
}

/// The findings of one obligation: one for each service where the check is about services. `view` holds at least the
/// first line and the lines of the obligation's instance.
#[must_use]
pub fn judge_one(catalog: &Catalog, view: &View, obligation: &Obligation) -> Vec<Finding> {
    let part = || view.of_instance(&obligation.instance, obligation.upto);
    judged(catalog, view, obligation, part)
}

fn judged(
    catalog: &Catalog,
    view: &View,
    obligation: &Obligation,
    part: impl FnOnce() -> View,
) -> Vec<Finding> {
    let Some(requirement) = catalog.find(&obligation.requirement) else {
        let why = format!("this recant knows no requirement \"{}\"", obligation.requirement);
        return vec![finding(None, view, obligation, Ruling::new(Verdict::Inconclusive, why))];
    };
    rule(requirement, view, obligation, part)
        .into_iter()
        .map(|ruling| finding(Some(requirement), view, obligation, ruling))
        .collect()
}

fn key(o: &Obligation) -> (&str, usize, usize, &str, u64, &str, &str) {
    let place = &o.place;
    (&place.file, place.line, place.column, &o.requirement, o.upto, &o.instance, &o.text)
}

fn rule(
    requirement: &Requirement,
    view: &View,
    obligation: &Obligation,
    part: impl FnOnce() -> View,
) -> Vec<Ruling> {
    let inconclusive = |why: String| vec![Ruling::new(Verdict::Inconclusive, why)];
    let Some(begin) = &view.begin else {
        return inconclusive("the first line of the record is missing".into());
    };
    if begin.started.parse::<jiff::Timestamp>().is_err() {
        return inconclusive("the record does not tell when it began".into());
    }
    let facts = &begin.facts;
    if let Some(ruling) = lacking(requirement, obligation, facts) {
        return vec![ruling];
    }
    let part = part();
    let unmet = obligation.unmet.as_ref();
    // Whoever halted it may have said so.
    let bare = |why: &'_ String| why.trim_start_matches("could not be carried out: ").to_owned();
    let unmet = unmet.map(|why| format!("the scenario could not be carried out: {}", bare(why)));
    if let Some(why) = unmet.as_ref().filter(|_| !undo_failed(&part)) {
        return inconclusive(why.clone());
    }
    if part.ops.is_empty() {
        return inconclusive("nothing was done in this scenario".into());
    }
    let Some(check) = checks::named(&obligation.check) else {
        return inconclusive(format!("this recant knows no check \"{}\"", obligation.check));
    };
    let timeline = Timeline::of(&part);
    let case = Case { requirement, obligation, facts, view: &part, timeline };
    let gap = unmet.or_else(|| unconfirmed(&part)).or_else(|| gap(&part, obligation));
    let rulings = catch_unwind(AssertUnwindSafe(|| check(&case))).unwrap_or_else(|_| {
        vec![Ruling::new(
            Verdict::Inconclusive,
            format!("the check \"{}\" broke on this record: please report it", obligation.check),
        )]
    });
    if rulings.is_empty() {
        return inconclusive(gap.unwrap_or_else(|| "the check found nothing to judge".into()));
    }
    let rulings = rulings.into_iter().chain(disowned(requirement, obligation, facts));
    rulings.map(|ruling| against_gap(ruling, gap.as_deref())).collect()
}

/// Where one issuer of several is declared to take nothing back, and its own metadata say that it does: its tokens were not looked at.
fn disowned(requirement: &Requirement, obligation: &Obligation, facts: &Facts) -> Option<Ruling> {
    let mut needs = requirement.needs.iter().chain(&obligation.needs);
    let concerned = needs.any(|need| need == "revocation");
    let of_one = |name: &&String| name.starts_with("revocation:");
    let mut names = facts.absent.iter().map(|a| &a.capability).filter(of_one);
    let name = names.find(|name| concerned && facts.advertised.contains(name))?;
    let why = format!("\"{name}\" {CONTRADICTED}");
    Some(Ruling::new(Verdict::Inconclusive, why))
}

/// True where a change could not be undone: all that came before that was carried out, and what it shows stands.
fn undo_failed(part: &View) -> bool {
    let failed = |op: &Op| matches!(op.action, Action::Undo { .. }) && !op.outcome.is_allow();
    part.ops.iter().any(failed)
}

/// A change that the target acknowledged and that its own read does not show. What follows from the acknowledgement fails all the
/// same; that a right went proves little where nobody knows whether it was taken.
fn unconfirmed(part: &View) -> Option<String> {
    part.ops.iter().find_map(|op| {
        let Action::Confirm { name, .. } = &op.action else { return None };
        if shown(part, op) {
            return None;
        }
        let why = match &op.outcome {
            Outcome::Accepted => return None,
            Outcome::Failed(why) | Outcome::Unknown(why) => why.as_str(),
            Outcome::Refused(_) => "it may not be read",
        };
        Some(format!("\"{name}\" could not be confirmed (op {}): {why}", op.index))
    })
}

/// True where what a read of a change did not show was shown by a later one: a change may be followed later than it is acknowledged.
pub(super) fn shown(part: &View, read: &Op) -> bool {
    let same = |later: &&Op| later.action == read.action && later.index >= read.index;
    part.ops.iter().filter(same).any(|later| later.outcome.is_allow())
}

/// Capabilities, once for all checks: declared absent means not applicable, unless the issuer's own metadata say
/// otherwise; neither provided nor declared absent leaves the matter open.
fn lacking(requirement: &Requirement, obligation: &Obligation, facts: &Facts) -> Option<Ruling> {
    // What a transmitter tells of, logout tokens tell of too: then none is needed.
    let by_logout = |need: &&String| {
        *need == "signal-transmitter" && obligation.needs.iter().any(|own| own == "signal-logout")
    };
    let general = || requirement.needs.iter().filter(move |need| !by_logout(need));
    let needs = || general().chain(&obligation.needs);
    for need in needs() {
        let Some(absent) = facts.absent.iter().find(|a| &a.capability == need) else { continue };
        return Some(if facts.advertised.contains(need) {
            Ruling::new(Verdict::Inconclusive, format!("\"{need}\" {CONTRADICTED}"))
        } else {
            let why = format!("\"{need}\" is declared absent: {}", absent.reason);
            Ruling::new(Verdict::NotApplicable, why)
        });
    }
    let missing = needs().find(|need| *need != "expiry" && !facts.provides.contains(need))?;
    if facts.unchangeable && missing.starts_with("change:") {
        let why = format!("{NO_CHANGES}, and \"{missing}\" is needed");
        return Some(Ruling::new(Verdict::Inconclusive, why));
    }
    let why = "is neither provided by the target file and its recipe nor declared absent";
    Some(Ruling::new(Verdict::Inconclusive, format!("\"{missing}\" {why}")))
}

/// A failure stands on the lines that show it; anything else stands on what did not happen, which only a whole record
/// can tell.
fn against_gap(mut ruling: Ruling, gap: Option<&str>) -> Ruling {
    let Some(gap) = gap else { return ruling };
    if ruling.verdict == Verdict::Fail {
        ruling.because = format!("{}; beware: {gap}", ruling.because);
    } else {
        ruling.verdict = Verdict::Inconclusive;
        ruling.because = gap.to_owned();
        ruling.residual_seconds = None;
    }
    ruling
}

fn finding(
    requirement: Option<&Requirement>,
    view: &View,
    o: &Obligation,
    ruling: Ruling,
) -> Finding {
    let mut finding = Finding {
        requirement: requirement.map_or(&o.requirement, |r| &r.id).clone(),
        alias: requirement.map_or_else(String::new, |r| r.alias.clone()),
        scenario: o.instance.clone(),
        service: ruling.service.or_else(|| o.service.clone()),
        verdict: ruling.verdict,
        advisory: requirement.is_some_and(|r| r.level == Level::Should),
        waiver: None,
        because: ruling.because,
        evidence: ruling.evidence,
        shard: None,
        lag: ruling.lag,
        residual_seconds: ruling.residual_seconds,
        place: o.place.clone(),
        obligation: o.text.clone(),
    };
    if let Some(looser) = view.begin.as_ref().and_then(|b| looser(&b.facts, o, &finding)) {
        finding.because = format!("{} ({looser})", finding.because);
    }
    finding.waiver = view.begin.as_ref().and_then(|begin| waived::waived(begin, &finding));
    finding
}

/// That a step gives a service more time than the target declares for it: whoever reads the verdict must know.
fn looser(facts: &Facts, o: &Obligation, finding: &Finding) -> Option<String> {
    let within = o.within?;
    let service = facts.services.get(finding.service.as_deref()?)?;
    let declared = service.bound?;
    let seconds = |ms: u64| format!("{} s", ms.div_ceil(1000));
    (within > declared && service.class != ServiceClass::SelfContained).then(|| {
        format!("the step allows {}, the target declares {}", seconds(within), seconds(declared))
    })
}
