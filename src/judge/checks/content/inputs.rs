//! Each input that the owner of a policy declares to matter does (P-04): toggled alone, it makes a token or a decision come out
//! otherwise, and the difference goes when it is toggled back. That nothing differs counts where everything is as it was before any input was toggled.

use std::collections::{BTreeMap, BTreeSet};

use super::asked::{Asked, Way};
use super::remarks::Remarks;
use super::same::{difference, identifiers};
use crate::history::{Action, Op};
use crate::judge::{Called, Case, Changed, Ruling};
use crate::model::{Input, Moment, Outcome, ServiceClass, TokenSeen};

/// What is looked at: the token for a service, or an operation with a fresh token, or with the one of before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Probe<'a> {
    Token(&'a str),
    Fresh(&'a str, &'a str),
    Held(&'a str, &'a str),
}

/// One look at a probe: what was seen, or that nobody knows.
#[derive(Debug, Clone, Copy)]
enum Sight<'a> {
    Granted(&'a TokenSeen),
    Yes,
    No,
    Dark(u64),
}

/// All looks within a time in which nothing changed.
type Sights<'a> = BTreeMap<Probe<'a>, Vec<Sight<'a>>>;

/// A time in which nothing changed.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: Moment,
    to: Moment,
}

/// P-04. One ruling about all inputs: the worst decides.
#[must_use]
pub fn check(case: &Case) -> Vec<Ruling> {
    let mut remarks = Remarks::new();
    for input in &case.facts.inputs {
        judge(case, input, &mut remarks);
    }
    if case.facts.inputs.is_empty() {
        remarks.open("the target file declares no input", []);
    }
    remarks.ruling().into_iter().collect()
}

fn judge(case: &Case, input: &Input, remarks: &mut Remarks) {
    let name = &input.name;
    let mut made = case.timeline.changes.iter().filter(|change| toggles(change, input));
    let Some(change) = made.next() else {
        let why = match &input.change {
            None => "no change toggles it, as far as the target file tells",
            Some(_) => "it was not toggled in this scenario",
        };
        return remarks.open(format!("\"{name}\": {why}"), []);
    };
    let op = change.op.index;
    let Some(ack) = change.ack else { return remarks.not_made(change) };
    let Some(undo) = undo_of(case, change).filter(|undo| undo.outcome.is_allow()) else {
        return remarks.open(format!("\"{name}\" was not seen to be toggled back"), [op]);
    };
    let after = |moment: Moment| moment.plus_ms(case.facts.bounds.decision);
    let back = undo.end.unwrap_or(undo.start);
    let before = Span { from: last_before(case, change.inv), to: change.inv };
    let during = Span { from: after(ack), to: next_after(case, ack) };
    let restored = Span { from: after(back), to: next_after(case, back) };
    let who = looked_at(case, change);
    let sights = Toggled {
        before: sights(case, before, before, who),
        during: sights(case, during, before, who),
        restored: sights(case, restored, before, who),
        earlier: earlier(case, change, who),
        had: had(case, change, before),
    };
    sights.say(input, [op, undo.index], remarks);
}

/// True for a change that toggles a declared input.
pub(super) fn toggles(change: &Changed, input: &Input) -> bool {
    let Action::Change { name, arguments, .. } = &change.op.action else { return false };
    input.change.as_ref() == Some(name)
        && input.with.iter().all(|(key, value)| arguments.get(key) == Some(value))
}

/// Whose tokens are looked at: those of the subject that the change is about, else of the one who asked last before it. What others get
/// is another matter.
fn looked_at<'a>(case: &Case<'a>, change: &Changed<'a>) -> Option<&'a str> {
    let last = || {
        let before = Asked::all(case.view).filter(|a| a.op.start < change.inv);
        before.max_by_key(|a| a.op.start).map(|a| a.subject)
    };
    change.subject.or_else(last)
}

fn undo_of<'a>(case: &Case<'a>, change: &Changed) -> Option<&'a Op> {
    let undoes =
        |op: &&Op| matches!(op.action, Action::Undo { change: of, .. } if of == change.op.index);
    case.view.ops.iter().find(undoes)
}

/// What was seen before each toggling of a declared input that came earlier.
fn earlier<'a>(case: &Case<'a>, change: &Changed, who: Option<&str>) -> Vec<Sights<'a>> {
    let declared = |c: &&Changed| case.facts.inputs.iter().any(|input| toggles(c, input));
    let made = case.timeline.changes.iter().filter(|c| c.inv < change.inv).filter(declared);
    made.map(|c| Span { from: last_before(case, c.inv), to: c.inv })
        .map(|span| sights(case, span, span, who))
        .collect()
}

/// True where something that the input takes away was accepted, or given with a token, just before it was toggled; of an input of
/// which nothing says what it takes, anything at all.
fn had(case: &Case, change: &Changed, before: Span) -> bool {
    let within = |op: &Op| op.start >= before.from && op.end.unwrap_or(op.start) <= before.to;
    let loses = change.loses.as_ref();
    let anything = loses.roles.is_empty() && loses.scopes.is_empty();
    let called = case
        .calls()
        .filter(|call| within(call.op) && call.op.outcome.is_allow())
        .any(|call| anything || case.lost(change, call.token, call.service, call.operation));
    let given = || {
        let all = case.timeline.tokens.values().filter(|issued| within(issued.op));
        all.filter(|issued| issued.op.outcome.is_allow()).any(|issued| {
            anything
                || issued.scopes().is_some_and(|has| loses.scopes.iter().any(|s| has.contains(s)))
        })
    };
    called || given()
}

/// Ops that change something: between two of them all is equal.
fn turns<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a Op> + use<'a> {
    case.view.ops.iter().filter(|op| {
        matches!(op.action, Action::Change { .. } | Action::Undo { .. } | Action::Revoke { .. })
    })
}

fn last_before(case: &Case, moment: Moment) -> Moment {
    let earlier = turns(case).filter(|op| op.start < moment);
    earlier.map(|op| op.end.unwrap_or(op.start)).max().unwrap_or_default()
}

fn next_after(case: &Case, moment: Moment) -> Moment {
    let later = turns(case).filter(|op| op.start >= moment).map(|op| op.start);
    later.min().unwrap_or(Moment(u64::MAX))
}

/// What was seen within a span. Tokens of the span itself are fresh; those of `held` are looked at where a service decides at each
/// request.
fn sights<'a>(case: &Case<'a>, span: Span, held: Span, who: Option<&str>) -> Sights<'a> {
    let mut all = Sights::new();
    let of = |subject: &str| who.is_none_or(|who| who == subject);
    let within = |op: &Op, s: Span| op.start >= s.from && op.end.unwrap_or(op.start) <= s.to;
    // What comes of a refresh is other requirements' affair.
    let probe =
        |a: &Asked| of(a.subject) && within(a.op, span) && !a.login && a.way != Way::Refresh;
    for asked in Asked::of_case(case).into_iter().filter(probe) {
        let sight = match (&asked.op.outcome, asked.given()) {
            (Outcome::Accepted, Some(token)) => Sight::Granted(token),
            (Outcome::Refused(_), _) => Sight::No,
            _ => Sight::Dark(asked.op.index),
        };
        all.entry(Probe::Token(asked.service)).or_default().push(sight);
    }
    let calls = case.calls().filter(|call| within(call.op, span) && case.live(call));
    for call in calls.filter(|call| of(call.subject) && case.covers(call.operation)) {
        let Called { service, operation, .. } = call;
        let Some(issued) = case.timeline.issued(call.token) else { continue };
        let probe = if within(issued.op, span) {
            Probe::Fresh(service, operation)
        } else if within(issued.op, held) && decides(case, service) {
            Probe::Held(service, operation)
        } else {
            continue;
        };
        let sight = match &call.op.outcome {
            Outcome::Accepted => Sight::Yes,
            Outcome::Refused(_) => Sight::No,
            _ => Sight::Dark(call.op.index),
        };
        all.entry(probe).or_default().push(sight);
    }
    all
}

fn decides(case: &Case, service: &str) -> bool {
    let declared = case.facts.services.get(service);
    declared.is_some_and(|s| s.class == ServiceClass::DecisionPerRequest)
}

/// What was seen of one input.
struct Toggled<'a> {
    before: Sights<'a>,
    during: Sights<'a>,
    restored: Sights<'a>,
    earlier: Vec<Sights<'a>>,
    /// What the input takes away was there to be taken.
    had: bool,
}

/// What one probe tells.
enum Told {
    /// It came out otherwise, and as before when the input was as before.
    Differs(String),
    /// It came out otherwise, but that may be due to something else.
    Lasts(String),
    /// It came out now so, now otherwise, without any change.
    Unsteady(String),
    /// The same.
    Same,
    /// Nobody knows.
    Dark(Option<u64>),
}

impl<'a> Toggled<'a> {
    fn say(&self, input: &Input, ops: [u64; 2], remarks: &mut Remarks) {
        let name = &input.name;
        let probes: BTreeSet<Probe> =
            self.before.keys().chain(self.during.keys()).copied().collect();
        let told: Vec<Told> = probes.iter().map(|probe| self.tell(*probe)).collect();
        let first = |wanted: fn(&Told) -> bool| told.iter().find(|t| wanted(t));
        if let Some(Told::Differs(how)) = first(|t| matches!(t, Told::Differs(_))) {
            remarks.fine(format!("\"{name}\" decides: {how}"), ops);
        } else if let Some(Told::Lasts(how)) = first(|t| matches!(t, Told::Lasts(_))) {
            let why = "and not as before when it was toggled back, so that it may be due to something else";
            remarks.open(format!("\"{name}\": {how}, {why}"), ops);
        } else if let Some(Told::Dark(dark)) = first(|t| matches!(t, Told::Dark(_))) {
            let why = match dark {
                Some(op) => format!("what op {op} came to is not known"),
                None => "not everything was looked at before and after".to_owned(),
            };
            remarks.open(format!("\"{name}\": {why}"), ops.into_iter().chain(*dark));
        } else if let Some(Told::Unsteady(what)) = first(|t| matches!(t, Told::Unsteady(_))) {
            let why = "came out now so, now otherwise, before anything was toggled";
            remarks.open(format!("\"{name}\": {what} {why}"), ops);
        } else if told.is_empty() {
            remarks.open(format!("\"{name}\": neither a token nor a service was looked at"), ops);
        } else if !self.had {
            let why = "what it takes away was not seen accepted just before it was toggled, so that nothing was left for it to change";
            remarks.open(format!("\"{name}\": {why}"), ops);
        } else if let Some(why) = self.residue() {
            remarks.open(format!("\"{name}\": {why}"), ops);
        } else {
            let made = input.change.as_deref().unwrap_or_default();
            let with: Vec<String> = input.with.iter().map(|(k, v)| format!("{k} {v}")).collect();
            let with =
                if with.is_empty() { String::new() } else { format!(" ({})", with.join(", ")) };
            let count = told.len();
            remarks.fail(
                format!(
                    "\"{name}\" is declared to decide and decides nothing: with \"{made}\"{with} all of {count} probes came out as without"
                ),
                ops,
            );
        }
    }

    /// Why nothing follows from the same answers with and without this input: what an earlier toggle took away may not have
    /// come back, so that there may be nothing left for this one to change. `None` where all is as it was.
    fn residue(&self) -> Option<String> {
        let now = self.before.iter();
        let pairs = now.flat_map(|(probe, now)| {
            self.earlier.iter().map(move |earlier| (*probe, now, earlier.get(probe)))
        });
        pairs.into_iter().find_map(|(probe, now, then)| {
            let then: Vec<&Sight> = then.into_iter().flatten().filter(|s| known(s)).collect();
            let Some(first) = then.first() else {
                let what = words(probe);
                return Some(format!(
                    "what {what} came to before another input was toggled is not known"
                ));
            };
            let beside = self.identifiers(&probe);
            let how = then.iter().copied().chain(now).find_map(|s| unlike(first, s, &beside))?;
            let what = words(probe);
            Some(format!(
                "{what}{how} since another input was toggled and toggled back, so that there may be nothing left for this one to change"
            ))
        })
    }

    fn tell(&self, probe: Probe<'a>) -> Told {
        // A token of before is held against what it was good for while it was fresh.
        let fresh = match probe {
            Probe::Held(service, operation) => Probe::Fresh(service, operation),
            other => other,
        };
        let seen =
            |sights: &Sights<'a>, probe: &Probe<'a>| sights.get(probe).cloned().unwrap_or_default();
        let (before, during) = (seen(&self.before, &fresh), seen(&self.during, &probe));
        let restored = seen(&self.restored, &fresh);
        let dark = before.iter().chain(&during).chain(&restored).find_map(|s| match s {
            Sight::Dark(op) => Some(*op),
            _ => None,
        });
        if dark.is_some() {
            return Told::Dark(dark);
        }
        let (Some(first), Some(now)) = (before.first(), during.first()) else {
            return self.unseen(probe);
        };
        // Without a change it must come out the same more than once.
        if before.len() < 2 || restored.is_empty() {
            return Told::Dark(None);
        }
        let beside = self.identifiers(&fresh);
        let steady = |sights: &[Sight]| sights.iter().all(|s| unlike(first, s, &beside).is_none());
        if !steady(&before) {
            return Told::Unsteady(words(probe));
        }
        let Some(how) = during.iter().find_map(|s| unlike(first, s, &beside)) else {
            return Told::Same;
        };
        let how = format!("{}{how}", words(probe));
        let even = during.iter().all(|s| unlike(now, s, &beside).is_none());
        if even && steady(&restored) { Told::Differs(how) } else { Told::Lasts(how) }
    }

    /// Claims of the tokens of a probe that no two of them have in common: they tell tokens apart, and nothing else.
    fn identifiers(&self, probe: &Probe<'a>) -> BTreeSet<&'a str> {
        let times = [&self.before, &self.during, &self.restored].into_iter().chain(&self.earlier);
        let sights = times.filter_map(|sights| sights.get(probe)).flatten();
        let tokens: Vec<&'a TokenSeen> = sights
            .filter_map(|sight| match sight {
                Sight::Granted(token) => Some(*token),
                _ => None,
            })
            .collect();
        identifiers(&tokens)
    }

    /// A probe that was looked at before or while, and not both. Where no token was given there is nothing to call with.
    fn unseen(&self, probe: Probe<'a>) -> Told {
        let (Probe::Fresh(service, _) | Probe::Held(service, _)) = probe else {
            return Told::Dark(None);
        };
        let token = Probe::Token(service);
        let refused = |sights: &Sights| {
            sights.get(&token).is_some_and(|all| all.iter().all(|s| matches!(s, Sight::No)))
        };
        if refused(&self.before) || refused(&self.during) { Told::Same } else { Told::Dark(None) }
    }
}

/// How one look differs from another, in words; `None` where it doesn't.
fn unlike(a: &Sight, b: &Sight, beside: &BTreeSet<&str>) -> Option<String> {
    match (a, b) {
        (Sight::Granted(a), Sight::Granted(b)) => match difference(a, b, beside) {
            Some(claims) if claims.is_empty() => None,
            Some(claims) => Some(format!(" differs in {}", claims.join(", "))),
            None => Some(" can be read only sometimes".to_owned()),
        },
        (Sight::Yes, Sight::Yes) | (Sight::No, Sight::No) => None,
        (_, Sight::No) => Some(" is refused".to_owned()),
        _ => Some(" is accepted".to_owned()),
    }
}

fn known(sight: &Sight) -> bool {
    !matches!(sight, Sight::Dark(_))
}

fn words(probe: Probe) -> String {
    match probe {
        Probe::Token(service) => format!("a token for \"{service}\""),
        Probe::Fresh(service, operation) => format!("\"{operation}\" at \"{service}\""),
        Probe::Held(service, operation) => {
            format!("\"{operation}\" at \"{service}\" with the token of before")
        }
    }
}
