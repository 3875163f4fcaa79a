//! What is written: exceptions have an owner and have not expired; what is looser than the profile has an exception; and
//! somebody answers for what differs from it.

use crate::judge::words::{in_all, spell};
use crate::judge::{Case, Ruling};
use crate::model::{
    Bounds, Exception, ExceptionKind, Facts, ServiceClass, ServiceFacts, Standing, Verdict,
    is_owner,
};

/// One ruling about all of it. Rests on the first line of the record alone.
pub(super) fn check(case: &Case, day: &str) -> Ruling {
    let facts = case.facts;
    let flaws: Vec<String> = flawed(facts, day)
        .chain(loose_bounds(facts, day))
        .chain(loose_services(facts, day))
        .chain(unowned(facts))
        .collect();
    if let Some(first) = flaws.first() {
        return Ruling::new(Verdict::Fail, format!("{first}{}", in_all(flaws.len())));
    }
    let kept = match facts.exceptions.as_slice() {
        [] => "no exception is declared".to_owned(),
        [one] => format!("the exception {} is owned and in force", one.name()),
        all => format!("{} exceptions are owned and in force", all.len()),
    };
    Ruling::new(
        Verdict::Pass,
        format!("{kept}, and no bound is looser than the profile or an exception allows"),
    )
}

/// True where an exception of this kind about this is in force.
pub(super) fn excused(facts: &Facts, kind: ExceptionKind, of: &str, day: &str) -> bool {
    in_force(facts, day).any(|e| e.kind == kind && e.of == of)
}

/// Exceptions that may be relied on.
pub(super) fn in_force<'f>(
    facts: &'f Facts,
    day: &'f str,
) -> impl Iterator<Item = &'f Exception> + use<'f> {
    let holds = |e: &&Exception| e.standing(&facts.owners, day) == Standing::InForce;
    facts.exceptions.iter().filter(holds)
}

fn flawed<'f>(facts: &'f Facts, day: &'f str) -> impl Iterator<Item = String> + use<'f> {
    facts.exceptions.iter().filter_map(|exception| {
        let flaw = exception.standing(&facts.owners, day).flaw()?;
        let last = exception.expires.as_deref().filter(|_| flaw == "has expired");
        let until = last.map(|last| format!(" (its last day was {last})")).unwrap_or_default();
        Some(format!("the exception {} {flaw}{until}", exception.name()))
    })
}

/// Bounds that are looser than the profile's, without an exception.
fn loose_bounds<'f>(facts: &'f Facts, day: &'f str) -> impl Iterator<Item = String> + use<'f> {
    let usual = Bounds::of(facts.profile);
    let times = facts.bounds.named().into_iter().zip(usual.named());
    times.filter_map(move |((name, ours), (_, theirs))| {
        let loose = ours > theirs && !excused(facts, ExceptionKind::Bound, name, day);
        loose.then(|| {
            format!(
                "the bound `{name}` of {} is looser than the profile's {}, and no exception in force says so",
                spell(ours),
                spell(theirs)
            )
        })
    })
}

/// Services that may keep what they knew for longer than the bound of their class, without an exception.
fn loose_services<'f>(facts: &'f Facts, day: &'f str) -> impl Iterator<Item = String> + use<'f> {
    facts.services.iter().filter_map(move |(name, declared)| {
        let (ours, theirs) = (declared.bound?, of_class(&facts.bounds, declared)?);
        let loose = ours > theirs && !excused(facts, ExceptionKind::Cache, name, day);
        loose.then(|| {
            format!(
                "\"{name}\" declares to keep what it knew for {}, longer than the bound of {} of its class, and no \
                 exception in force says so",
                spell(ours),
                spell(theirs)
            )
        })
    })
}

/// Bounds that differ from the profile's are somebody's promise; one that no profile has a number for all the more.
fn unowned(facts: &Facts) -> Option<String> {
    let differs = facts.bounds != Bounds::of(facts.profile);
    let owner = facts.bounds_owner.as_deref().unwrap_or_default();
    let owned = is_owner(&facts.owners, owner);
    (differs && !owned)
        .then(|| "bounds differ from the profile's, and nobody answers for them".to_owned())
}

/// The bound of a service's class, milliseconds; `None` for one that has none.
fn of_class(bounds: &Bounds, declared: &ServiceFacts) -> Option<u64> {
    match declared.class {
        ServiceClass::SelfContained => None,
        ServiceClass::Introspect => Some(bounds.issuer()),
        ServiceClass::DecisionPerRequest => Some(bounds.decision),
        ServiceClass::IntrospectCache => Some(bounds.cache),
        ServiceClass::StatusList => Some(bounds.status_list),
        ServiceClass::EventDriven => Some(bounds.event),
    }
}
