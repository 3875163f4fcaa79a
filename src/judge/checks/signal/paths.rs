//! Every path that ends a session or a grant is signalled: an event that tells of the end, about the right subject, comes over
//! the stream within the bound for events.

use super::heard::{
    Heard, Silence, can_be_named, delivers, ending, ends, heard, in_time, is_dark, is_verified,
    silence, since, slack, stream, wall, within,
};
use crate::judge::loss::worse;
use crate::judge::words::spell;
use crate::judge::{Case, Changed, Ruling};
use crate::model::Verdict;

/// One ruling: the worst path.
pub(in crate::judge::checks) fn check(case: &Case) -> Vec<Ruling> {
    let open = |why: &str| vec![Ruling::new(Verdict::Inconclusive, why)];
    let Some(stream) = stream(case) else { return open("no stream of signals was opened") };
    let heard = heard(case);
    let paths: Vec<&Changed> =
        case.timeline.changes.iter().filter(|change| ends(case, change)).collect();
    let verified = is_verified(case, &heard);
    let rulings = paths.iter().filter_map(|change| {
        let ruling = path(case, change, &heard)?;
        let some = ending(change).iter().any(|word| delivers(stream, word));
        let proof = if verified && some { None } else { Some(ruling.verdict) };
        Some(match proof {
            Some(Verdict::Fail) if !some => {
                let why = "the stream delivers no event that tells of such an end";
                Ruling::new(Verdict::Inconclusive, why)
            }
            Some(Verdict::Fail) => {
                let why = "the stream was not verified, so that its silence shows nothing";
                Ruling::new(Verdict::Inconclusive, why)
            }
            _ => ruling,
        })
    });
    match rulings.reduce(worse) {
        Some(ruling) => vec![ruling],
        None => open("nothing that ends a session or a grant was seen to be done"),
    }
}

fn path(case: &Case, change: &Changed, heard: &[Heard]) -> Option<Ruling> {
    let name = change.name;
    let open =
        |why: String| Some(Ruling::new(Verdict::Inconclusive, why).proved_by([change.op.index]));
    let Some(ack) = change.ack else {
        // What was refused has ended nothing.
        return is_dark(change).then(|| {
            let why = format!("what \"{name}\" came to is not known");
            Ruling::new(Verdict::Inconclusive, why).proved_by([change.op.index])
        });
    };
    let Some(subject) = change.subject.filter(|_| !change.hits.is_empty()) else {
        return open(format!("no token was held when \"{name}\" was done"));
    };
    let bound = within(case);
    let deadline = ack.plus_ms(bound);
    let earliest = wall(case, change.inv) - slack(case);
    let telling: Vec<&Heard> = since(case, change, heard, ending(change))
        .filter(|h| h.happened().is_none_or(|at| at >= earliest))
        .collect();
    if let Some(first) = telling.iter().find(|h| in_time(h.op, deadline)) {
        let why = format!("signalled after \"{name}\", within {}", spell(bound));
        return Some(Ruling::new(Verdict::Pass, why).proved_by([change.op.index, first.op.index]));
    }
    if let Some(late) = telling.first() {
        let after = spell(late.op.start.ms_since(ack));
        let why =
            format!("\"{name}\" was signalled {after} after it; the bound is {}", spell(bound));
        return Some(Ruling::new(Verdict::Fail, why).proved_by([change.op.index, late.op.index]));
    }
    match silence(case, change.inv, deadline) {
        Silence::Dark(op) => {
            open(format!("what op {op}, a reading of the stream, came to is not known"))
        }
        Silence::NotRead => {
            open(format!("the stream was not read when the bound of \"{name}\" had passed"))
        }
        Silence::Heard if !can_be_named(case, subject) => {
            open("no token tells how signals name the subject".to_owned())
        }
        Silence::Heard => {
            let why = format!(
                "\"{name}\" ended what the subject held, and no event about it came within {}",
                spell(bound)
            );
            Some(Ruling::new(Verdict::Fail, why).proved_by([change.op.index]))
        }
    }
}
