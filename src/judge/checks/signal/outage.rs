//! The loss of a stream is noticed and made good: a verification comes back with what it was asked with, what happens while
//! a stream is paused is not delivered then, and not lost, and what a receiver could not take in comes again.

use serde_json::{Map, Value};

use super::content::Expected;
use super::heard::{Heard, Silence, can_be_named, heard, silence, stream, verifies, within};
use crate::history::{Action, Op};
use crate::judge::loss::worse;
use crate::judge::words::spell;
use crate::judge::{Case, Cause, Changed, Ruling};
use crate::model::{Moment, Outcome, Verdict};

/// An event that was sent before a pause has arrived within this, milliseconds.
const UNDER_WAY_MS: u64 = 1_000;

/// One ruling: the worst.
pub(in crate::judge::checks) fn check(case: &Case) -> Vec<Ruling> {
    let open = |why: &str| vec![Ruling::new(Verdict::Inconclusive, why)];
    let Some(stream) = stream(case) else { return open("no stream of signals was opened") };
    let heard = heard(case);
    let verifications = case.view.ops.iter().filter_map(|op| match &op.action {
        Action::VerifyStream { state } => Some(verification(case, op, state, &heard)),
        _ => None,
    });
    let Some(verified) = verifications.reduce(worse) else {
        return open("no verification was asked for");
    };
    let is_pause = |op: &Op| matches!(op.action, Action::SetStream { .. });
    let paused = case.view.ops.iter().any(is_pause).then(|| pause(case, stream, &heard));
    let again = case.view.ops.iter().filter_map(|op| came_again(case, op, &heard));
    let held = paused.into_iter().chain(again).reduce(worse).unwrap_or_else(|| {
        let why = "the stream was not seen to pause, nor an event to be turned away";
        Ruling::new(Verdict::Inconclusive, why)
    });
    vec![worse(verified, held)]
}

/// What became of an event that was pushed and turned away as by a receiver that is down for a moment.
fn came_again(case: &Case, op: &Op, heard: &[Heard]) -> Option<Ruling> {
    let down = matches!(op.action, Action::TakeSignal) && matches!(op.outcome, Outcome::Failed(_));
    if !down {
        return None;
    }
    let end = op.end.unwrap_or(op.start);
    let jti = op.seen.signals.first().and_then(|s| s.claims.get("jti")).and_then(Value::as_str);
    let Some(jti) = jti else {
        return Some(open("what was turned away has no `jti`".to_owned(), op.index));
    };
    let same = heard.iter().find(|h| h.text("jti") == Some(jti) && h.op.start >= end);
    if let Some(again) = same {
        let why = "an event that could not be taken in came again";
        let proof = [op.index, again.op.index];
        return Some(Ruling::new(Verdict::Pass, why).proved_by(proof));
    }
    let bound = within(case);
    Some(match silence(case, op.start, end.plus_ms(bound)) {
        Silence::Heard => {
            let after = spell(bound);
            let why = format!("an event that could not be taken in did not come again in {after}");
            Ruling::new(Verdict::Fail, why).proved_by([op.index])
        }
        Silence::Dark(dark) => open(format!("what op {dark} came to is not known"), dark),
        Silence::NotRead => open("nobody looked once the bound had passed".to_owned(), op.index),
    })
}

fn open(why: String, op: u64) -> Ruling {
    Ruling::new(Verdict::Inconclusive, why).proved_by([op])
}

fn verification(case: &Case, asked: &Op, state: &str, heard: &[Heard]) -> Ruling {
    let index = asked.index;
    let fail = |why: String| Ruling::new(Verdict::Fail, why).proved_by([index]);
    let bound = within(case);
    let at = match (&asked.outcome, asked.end) {
        (Outcome::Accepted, Some(end)) => end,
        (Outcome::Refused(_) | Outcome::Failed(_), _) => {
            return fail("the transmitter sends no verification".to_owned());
        }
        _ => return open(format!("what op {index} came to is not known"), index),
    };
    let since = |h: &&Heard| h.op.end.is_some_and(|end| end >= asked.start);
    let came = || heard.iter().filter(since).filter(|h| verifies(h).is_some());
    if let Some(back) = came().find(|h| verifies(h) == Some(Some(state))) {
        let why = "the verification came back with its state";
        return Ruling::new(Verdict::Pass, why).proved_by([index, back.op.index]);
    }
    match (silence(case, asked.start, at.plus_ms(bound)), came().next()) {
        (Silence::Dark(op), _) => open(format!("what op {op} came to is not known"), op),
        (_, Some(other)) => fail("the verification came back without its state".to_owned())
            .proved_by([other.op.index]),
        (Silence::NotRead, None) => {
            open("the stream was not read when the bound had passed".to_owned(), index)
        }
        (Silence::Heard, None) => fail(format!("no verification came within {}", spell(bound))),
    }
}

/// A pause with its end.
struct Pause<'a> {
    began: &'a Op,
    ended: &'a Op,
    from: Moment,
    until: Moment,
}

fn pause(case: &Case, stream: &Map<String, Value>, heard: &[Heard]) -> Ruling {
    let inconclusive = |why: &str| Ruling::new(Verdict::Inconclusive, why);
    let set = |wanted: &str| {
        let mut all =
            case.view.ops.iter().filter(
                |op| matches!(&op.action, Action::SetStream { status } if status == wanted),
            );
        all.find(|op| op.outcome.is_allow()).and_then(|op| Some((op, op.end?)))
    };
    let (Some((began, from)), Some((ended, back))) = (set("paused"), set("enabled")) else {
        return inconclusive("the stream was not seen to pause and to go on");
    };
    let pause = Pause { began, ended, from, until: ended.start };
    let proof = [began.index, ended.index];
    let verification = |h: &&Heard| verifies(h).is_none();
    let during = |h: &&Heard| h.op.start > pause.from && h.op.end.is_some_and(|e| e < pause.until);
    // What was on its way when the pause began has nothing to do with it; what is told of a change within the pause was not.
    let meanwhile = |h: &&Heard| {
        let within = |c: &&Changed| c.inv >= pause.from && c.inv < pause.until;
        let mut changes = case.timeline.changes.iter().filter(within);
        h.op.start > pause.from.plus_ms(UNDER_WAY_MS)
            || changes
                .any(|c| c.subject.is_some_and(|s| h.is_about(case, s)) && h.op.start >= c.inv)
    };
    let early = heard.iter().filter(verification).filter(during).find(meanwhile);
    if let Some(early) = early {
        let why = "an event was delivered while the stream was paused";
        return Ruling::new(Verdict::Fail, why).proved_by(proof).proved_by([early.op.index]);
    }
    let held = held(case, &pause, (stream, back), heard);
    held.unwrap_or_else(|| {
        inconclusive("nothing that signals tell of was seen to happen while the stream was paused")
    })
}

/// What became of what happened during a pause.
fn held(
    case: &Case,
    pause: &Pause,
    (stream, back): (&Map<String, Value>, Moment),
    heard: &[Heard],
) -> Option<Ruling> {
    let bound = within(case);
    let meanwhile = case.timeline.changes.iter().filter(|change| {
        change.cause != Cause::Nothing && change.inv >= pause.from && change.inv < pause.until
    });
    let rulings = meanwhile.filter_map(|change| {
        let expected = Expected::of(case, change).filter(|e| e.is_delivered(stream))?;
        let name = change.name;
        let index = change.op.index;
        let proof = [pause.began.index, index, pause.ended.index];
        if change.ack.is_none() {
            return Some(open(format!("what \"{name}\" came to is not known"), index));
        }
        if let Some(told) = expected.told(case, change, heard) {
            let why =
                format!("{} was held while the stream was paused, and came after", told.word());
            return Some(
                Ruling::new(Verdict::Pass, why).proved_by(proof).proved_by([told.op.index]),
            );
        }
        Some(match silence(case, pause.until, back.plus_ms(bound)) {
            Silence::Heard if change.subject.is_none_or(|s| !can_be_named(case, s)) => {
                open("no token tells how signals name the subject".to_owned(), index)
            }
            Silence::Heard => {
                let why = format!(
                    "{} happened while the stream was paused, and never came",
                    expected.words()
                );
                Ruling::new(Verdict::Fail, why).proved_by(proof)
            }
            Silence::Dark(op) => open(format!("what op {op} came to is not known"), op),
            Silence::NotRead => open("the stream was not read after its pause".to_owned(), index),
        })
    });
    rulings.reduce(worse)
}
