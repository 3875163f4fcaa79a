//! What signals say is true: the right subject, the new value, the time at which it happened; in a token that is formed as
//! RFC 8417, SSF and CAEP ask.

use serde_json::{Map, Value};

use super::heard::{
    ENDS, Heard, Silence, can_be_named, delivers, ending, ends, heard, hears_logouts, is_asked_for,
    is_dark, is_lost, is_verified, silence, since, slack, stream, wall, within,
};
use super::{accounts, chain, claims, logout, profile};
use crate::history::{Action, Op};
use crate::judge::loss::worse;
use crate::judge::{Case, Cause, Changed, Ruling};
use crate::model::{Moment, Outcome, Signature, Verdict};

/// One ruling: the worst.
pub(in crate::judge::checks) fn check(case: &Case) -> Vec<Ruling> {
    let open = |why: &str| vec![Ruling::new(Verdict::Inconclusive, why)];
    let Some(stream) = stream(case) else { return open("no stream of signals was opened") };
    let heard = heard(case);
    let malformed = heard.iter().filter_map(|h| {
        let why = match hears_logouts(case) {
            true => logout::wrong(case, stream, h)?,
            false => profile::wrong(case, stream, h)?,
        };
        Some(Ruling::new(Verdict::Fail, format!("{}: {why}", h.word())).proved_by([h.op.index]))
    });
    let verified = is_verified(case, &heard);
    let told = case.timeline.changes.iter().filter_map(|change| {
        let expected = Expected::of(case, change)?;
        if !expected.is_delivered(stream) {
            // Claims need not be told by everybody who tells something.
            if expected.words == [claims::WORD] && !is_asked_for(stream, claims::WORD) {
                return None;
            }
            let why = format!("the stream delivers no {}", expected.words());
            return Some(Ruling::new(Verdict::Inconclusive, why));
        }
        let ruling = expected.ruling(case, change, &heard);
        let silent = ruling.evidence.len() < 2 && ruling.verdict == Verdict::Fail;
        if silent && !verified {
            let why = "the stream was not verified, so that its silence shows nothing";
            return Some(Ruling::new(Verdict::Inconclusive, why));
        }
        Some(ruling)
    });
    let strange = case.view.ops.iter().filter_map(unauthorized);
    let lost = case.view.ops.iter().filter(is_lost).map(|op| {
        let why = format!("what op {}, an event that was pushed, said is not known", op.index);
        Ruling::new(Verdict::Inconclusive, why).proved_by([op.index])
    });
    let others = accounts::rulings(case, stream, &heard)
        .into_iter()
        .chain(bystanders(case, &heard))
        .chain(chain::broken(case, &heard));
    let all = malformed.chain(strange).chain(lost).chain(told).chain(others);
    match all.reduce(worse) {
        Some(ruling) => vec![ruling],
        None => open("nothing was changed that signals tell of"),
    }
}

/// A delivery that the transmitter signed and made without the authorization that it was given for the stream.
fn unauthorized(op: &Op) -> Option<Ruling> {
    let signed = op.seen.signals.first().is_some_and(|s| s.signature == Signature::Valid);
    let turned_away = matches!(&op.outcome, Outcome::Refused(refusal) if refusal.status == 401);
    let fails = matches!(op.action, Action::TakeSignal) && turned_away && signed;
    fails.then(|| {
        let why = "an event was pushed without the authorization that was agreed for the stream";
        Ruling::new(Verdict::Fail, why).proved_by([op.index])
    })
}

/// What an event must say of a change.
pub struct Expected {
    /// The last part of its URI: one of these.
    words: &'static [&'static str],
    says: Says,
}

/// Where an event has what is new.
enum Says {
    /// That it happened is all.
    That,
    /// In this member, as this text.
    Member(&'static str, String),
    /// In `claims`, as tokens have it.
    Claims,
}

impl Says {
    fn of(member: Option<(&'static str, String)>) -> Self {
        member.map_or(Self::That, |(name, value)| Self::Member(name, value))
    }
}

impl Expected {
    /// What a change leads to; `None` for one that no event tells of.
    pub fn of(case: &Case, change: &Changed) -> Option<Self> {
        let argument = |name: &str| match &change.op.action {
            Action::Change { arguments, .. } => arguments.get(name).cloned(),
            _ => None,
        };
        match change.name {
            "raise risk" => {
                let level = argument("level").map(|l| ("current_level", l.to_uppercase()));
                Some(Self { words: &["risk-level-change"], says: Says::of(level) })
            }
            "change device" => {
                let state = argument("state").map(|s| ("current_status", s));
                Some(Self { words: &["device-compliance-change"], says: Says::of(state) })
            }
            _ if change.cause != Cause::Signal && ends(case, change) => {
                Some(Self { words: ending(change), says: Says::That })
            }
            _ if claims::concerns(case, change) => {
                Some(Self { words: &[claims::WORD], says: Says::Claims })
            }
            _ => None,
        }
    }

    /// True where a stream delivers such an event.
    pub fn is_delivered(&self, stream: &Map<String, Value>) -> bool {
        self.words.iter().any(|word| delivers(stream, word))
    }

    /// What it may be called, in words.
    pub fn words(&self) -> String {
        self.words.join(" or ")
    }

    /// The same, of those that the stream delivers.
    fn said(&self, case: &Case) -> String {
        let delivered = |word: &&&str| stream(case).is_some_and(|s| delivers(s, word));
        let words: Vec<&str> = self.words.iter().filter(delivered).copied().collect();
        words.join(" or ")
    }

    /// The first event about the change that came before it was undone: a later one tells of that.
    pub fn told<'h, 'a>(
        &self,
        case: &'h Case<'a>,
        change: &'h Changed<'a>,
        heard: &'h [Heard<'a>],
    ) -> Option<&'h Heard<'a>> {
        let before = |h: &&Heard| change.until.is_none_or(|until| h.op.start < until);
        since(case, change, heard, self.words).find(before)
    }

    fn ruling(&self, case: &Case, change: &Changed, heard: &[Heard]) -> Ruling {
        let name = change.name;
        let open =
            |why: String| Ruling::new(Verdict::Inconclusive, why).proved_by([change.op.index]);
        let Some(ack) = change.ack else {
            let why = if is_dark(change) { "is not known" } else { "was no success" };
            return open(format!("what \"{name}\" came to {why}"));
        };
        let Some(told) = self.told(case, change, heard) else {
            let instead = match self.says {
                Says::Claims => since(case, change, heard, &ENDS).next(),
                _ => None,
            };
            return instead.map_or_else(
                || self.untold(case, change, ack),
                |end| {
                    let why = format!("the end of the sessions came in place of {}", self.words());
                    open(why).proved_by([end.op.index])
                },
            );
        };
        let proof = [change.op.index, told.op.index];
        let fail = |why: String| Ruling::new(Verdict::Fail, why).proved_by(proof);
        let word = told.word();
        match &self.says {
            Says::Member(member, value) => {
                let payload = told.event().map(|(_, payload)| payload);
                let said = payload.and_then(|p| p.get(*member)).and_then(Value::as_str);
                if said != Some(value.as_str()) {
                    let said = said.map_or("nothing".to_owned(), |s| format!("\"{s}\""));
                    return fail(format!("{word} says {member} {said}, it is \"{value}\""));
                }
            }
            Says::Claims => {
                if let Some(ruling) = claims::wrong(case, change, heard) {
                    return ruling;
                }
            }
            Says::That => {}
        }
        let most = slack(case);
        // What tells only when it was made may be made as late as it may come.
        let made = if told.is_dated() { ack } else { ack.plus_ms(within(case)) };
        let (from, to) = (wall(case, change.inv) - most, wall(case, made) + most);
        match told.happened() {
            Some(at) if at < from || at > to => {
                let off = if at < from { from - at } else { at - to } + most;
                fail(format!("{word} says that it happened {off:.0} s away from when it did"))
            }
            None => fail(format!("{word} does not say when it happened")),
            Some(_) => {
                let why = format!("{word} says what \"{name}\" did, to whom and when");
                Ruling::new(Verdict::Pass, why).proved_by(proof)
            }
        }
    }

    fn untold(&self, case: &Case, change: &Changed, ack: Moment) -> Ruling {
        let proved = |verdict, why: String| Ruling::new(verdict, why).proved_by([change.op.index]);
        let deadline = ack.plus_ms(within(case));
        let known = change.subject.is_some_and(|subject| can_be_named(case, subject));
        match silence(case, change.inv, deadline) {
            _ if !known => proved(
                Verdict::Inconclusive,
                "no token tells how signals name the subject".to_owned(),
            ),
            Silence::Heard => {
                let name = change.name;
                let why = format!("no {} about the subject of \"{name}\" came", self.said(case));
                proved(Verdict::Fail, why)
            }
            Silence::Dark(op) => proved(
                Verdict::Inconclusive,
                format!("what op {op}, a reading of the stream, came to is not known"),
            ),
            Silence::NotRead => proved(
                Verdict::Inconclusive,
                "the stream was not read when the bound had passed".to_owned(),
            ),
        }
    }
}

/// Events about somebody to whom nothing happened.
fn bystanders(case: &Case, heard: &[Heard]) -> Option<Ruling> {
    let changed = |subject: &str| {
        let about = |s: Option<&str>| s.is_none_or(|s| s == subject);
        case.timeline.changes.iter().any(|c| c.cause != Cause::Nothing && about(c.subject))
    };
    let subjects = case.view.ops.iter().filter_map(|op| match &op.action {
        Action::Subject { subject, .. } => Some(subject.as_str()),
        _ => None,
    });
    let asked = |op: &&Op| matches!(op.action, Action::Issue { .. });
    if let Some(dark) = case.view.ops.iter().filter(asked).find(|op| is_unknown(op)) {
        let why = format!("what op {}, a request for a token, came to is not known", dark.index);
        return Some(Ruling::new(Verdict::Inconclusive, why));
    }
    let mut alone = subjects.filter(|subject| !changed(subject));
    let wrong = alone.find_map(|subject| heard.iter().find(|h| h.is_about(case, subject)))?;
    let why = format!("{} is about somebody to whom nothing happened", wrong.word());
    Some(Ruling::new(Verdict::Fail, why).proved_by([wrong.op.index]))
}

fn is_unknown(op: &Op) -> bool {
    matches!(op.outcome, Outcome::Unknown(_))
}
