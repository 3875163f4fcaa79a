//! What was made of a token and goes on without it, an open stream or a key, ends when the right to it is lost, within the
//! bound `connection`.

use crate::history::{Action, Op};
use crate::judge::loss::worse;
use crate::judge::residual;
use crate::judge::words::{past, times};
use crate::judge::{Case, Cause, Changed, REACH_MS, Ruling};
use crate::model::{DerivedFacts, Moment, Outcome, ServiceClass, Verdict};

/// One ruling for each service at which something was made of a token that a change is about.
pub(super) fn check(case: &Case) -> Vec<Ruling> {
    let mut rulings = Vec::new();
    for (service, declared) in case.services() {
        let each =
            declared.derived.iter().filter_map(|(name, facts)| at(case, service, name, facts));
        rulings.extend(each.reduce(worse).map(|ruling| ruling.at(service)));
    }
    if rulings.is_empty() {
        rulings.extend(no_stream(case).or_else(|| nothing_lost(case)));
    }
    rulings
}

/// Where the target file says what a change takes away, and nothing that is made of tokens needs any of it, there is nothing to end.
fn nothing_lost(case: &Case) -> Option<Ruling> {
    let mut changes = case.timeline.changes.iter().filter(|c| c.cause == Cause::Entitlement);
    let change = changes.next().filter(|c| c.ack.is_some())?;
    let loses = change.loses.as_ref();
    let says = !loses.scopes.is_empty() || !loses.roles.is_empty();
    let mut derived =
        case.services().flat_map(|(_, declared)| declared.derived.values()).peekable();
    let some = derived.peek().is_some();
    let touched = loses.everything || derived.any(|facts| loses.takes(&facts.needs));
    let none = some && says && !touched && changes.next().is_none();
    let name = change.name;
    let why = format!("nothing that is made of tokens here needs what \"{name}\" takes away");
    none.then(|| Ruling::new(Verdict::NotApplicable, why).proved_by([change.op.index]))
}

/// A credential may outlive the token that it was made with: where nothing else is made of tokens, a revocation ends nothing.
fn no_stream(case: &Case) -> Option<Ruling> {
    let revoked = case.timeline.changes.iter().find(|change| change.cause == Cause::Token)?;
    let why = "what is made of tokens here is no stream, and may outlive its token";
    let mut derived = case.services().flat_map(|(_, declared)| declared.derived.values());
    let none = !derived.any(|facts| facts.stream);
    none.then(|| Ruling::new(Verdict::NotApplicable, why).proved_by([revoked.op.index]))
}

fn at(case: &Case, service: &str, name: &str, facts: &DerivedFacts) -> Option<Ruling> {
    let whole = [Cause::Entitlement, Cause::Subject];
    let changes = case.timeline.changes.iter().filter(|change| {
        let token = facts.stream && change.cause == Cause::Token;
        whole.contains(&change.cause) || token
    });
    let made = Made { case, service, name, facts };
    changes.filter_map(|change| made.ended_by(change)).reduce(worse)
}

struct Made<'c, 'a> {
    case: &'c Case<'a>,
    service: &'c str,
    name: &'c str,
    facts: &'c DerivedFacts,
}

impl Made<'_, '_> {
    fn ended_by(&self, change: &Changed) -> Option<Ruling> {
        let Self { case, name, .. } = self;
        let open = |why: String| {
            Some(Ruling::new(Verdict::Inconclusive, why).proved_by([change.op.index]))
        };
        let tokens: Vec<&str> = self.made(change);
        if tokens.is_empty() {
            return None;
        }
        if let Some(dark) = self.dark(&tokens) {
            return open(format!("whether op {dark} made \"{name}\" is not known"));
        }
        if residual::cannot_be_made(change) {
            return Some(self.lives_on(
                change,
                &tokens,
                "the issuer can't revoke this kind of token",
            ));
        }
        let Some(ack) = change.ack else {
            return open(format!("whether \"{}\" was made is not known", change.name));
        };
        let bound = case.obligation.within.unwrap_or(case.facts.bounds.connection);
        let deadline = ack.plus_ms(bound);
        let uses: Vec<&Op> = self
            .uses(|_, token| tokens.contains(&token))
            .filter(|op| op.start > deadline)
            .filter(|op| change.until.is_none_or(|until| op.start < until))
            .collect();
        let proof = |ops: &[&Op]| ops.iter().map(|op| op.index).collect::<Vec<_>>();
        let late: Vec<&Op> = uses.iter().copied().filter(|op| op.outcome.is_allow()).collect();
        if !late.is_empty() && change.cause == Cause::Token && self.is_self_contained() {
            let said = "a self-contained service does not hear of it";
            return Some(self.lives_on(change, &tokens, said).proved_by(proof(&late)));
        }
        if !late.is_empty() {
            let goes_on = if self.facts.stream { "still brought events" } else { "still opened" };
            let why = format!(
                "\"{name}\" was made of a token before \"{}\" took the right to it, and {goes_on} {} {}",
                change.name,
                times(late.len()),
                past(bound)
            );
            return Some(
                Ruling::new(Verdict::Fail, why)
                    .proved_by([change.op.index])
                    .proved_by(proof(&late)),
            );
        }
        let dark = uses.iter().find(|op| !op.outcome.is_deny());
        if let Some(dark) = dark {
            return open(format!("what op {} came to is not known", dark.index));
        }
        // A stream that has ended stays so; of a key more than one answer is asked for.
        let wanted = if self.facts.stream { 1 } else { case.facts.bounds.probes.max(1) as usize };
        if uses.len() < wanted {
            return open(format!(
                "\"{name}\" was seen at an end {} {}; {wanted} are needed",
                times(uses.len()),
                past(bound)
            ));
        }
        if let Some(missing) = self.uncontrolled(change, &tokens, ack) {
            return open(missing);
        }
        let why = format!("\"{name}\" was at its end {}", past(bound));
        Some(Ruling::new(Verdict::Pass, why).proved_by([change.op.index]).proved_by(proof(&uses)))
    }

    fn is_self_contained(&self) -> bool {
        let declared = self.case.facts.services.get(self.service);
        declared.is_some_and(|service| service.class == ServiceClass::SelfContained)
    }

    /// What nobody can take back goes on for as long as the token lives.
    fn lives_on(&self, change: &Changed, tokens: &[&str], said: &str) -> Ruling {
        let issued = tokens.iter().filter_map(|token| self.case.timeline.issued(token));
        let issued: Vec<_> = issued.collect();
        let since = change.op.end.unwrap_or(change.inv);
        residual::remaining(self.case, &issued, since, said).proved_by([change.op.index])
    }

    /// Tokens that the change is about, of which this was made before it, and which lose what it needs.
    fn made(&self, change: &Changed) -> Vec<&str> {
        let made = self.case.view.ops.iter().filter_map(|op| match &op.action {
            Action::Derive { service, name, token, .. }
                if service == self.service && name == self.name && op.start < change.inv =>
            {
                (!matches!(op.outcome, Outcome::Refused(_) | Outcome::Failed(_)))
                    .then_some(token.as_str())
            }
            _ => None,
        });
        made.filter(|token| self.lost(change, token)).collect()
    }

    /// A making of it that nobody knows the answer to.
    fn dark(&self, tokens: &[&str]) -> Option<u64> {
        let mut made = self.case.view.ops.iter().filter(|op| match &op.action {
            Action::Derive { service, name, token, .. } => {
                service == self.service && name == self.name && tokens.contains(&token.as_str())
            }
            _ => false,
        });
        made.find(|op| matches!(op.outcome, Outcome::Unknown(_))).map(|op| op.index)
    }

    fn lost(&self, change: &Changed, token: &str) -> bool {
        let (loses, needs) = (change.loses.as_ref(), &self.facts.needs);
        let takes = loses.everything || !loses.tokens.is_empty() || loses.takes(needs);
        takes && change.hits.contains(token)
    }

    /// Looks at what was made here: subject and token must suit.
    fn uses(&self, suits: impl Fn(&str, &str) -> bool) -> impl Iterator<Item = &Op> {
        self.case.view.ops.iter().filter(move |op| match &op.action {
            Action::UseDerived { subject, service, name, token } => {
                service == self.service && name == self.name && suits(subject, token)
            }
            _ => false,
        })
    }

    /// Each went on just before the change, and somebody else's goes on after it.
    fn uncontrolled(&self, change: &Changed, tokens: &[&str], ack: Moment) -> Option<String> {
        let earliest = Moment(change.inv.0.saturating_sub(REACH_MS * 1_000_000));
        for token in tokens {
            let mut before = self.uses(|_, with| with == *token).filter(|op| {
                op.outcome.is_allow()
                    && op.start >= earliest
                    && op.end.is_some_and(|end| end <= change.inv)
            });
            if before.next().is_none() {
                return Some(format!(
                    "\"{}\" was not seen going on in the 5 s before \"{}\"",
                    self.name, change.name
                ));
            }
        }
        let mut others = self.uses(|subject, token| {
            change.subject.is_none_or(|s| s != subject) && !change.hits.contains(token)
        });
        let alive = others.any(|op| op.outcome.is_allow() && op.start > ack);
        (!alive).then(|| {
            format!(
                "nobody else's \"{}\" was seen going on after \"{}\", so the service may be down",
                self.name, change.name
            )
        })
    }
}
