//! Changing the world: the inverse is on disk before a change is sent, and stays open until it has been carried out.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::anew::told;
use super::confirm::UndoneWhen;
use super::entitlement::{self, About, InForce};
use super::journal::{Inverse, Noted};
use super::{Given, Halt, Run, Stage, StoppedAt};
use crate::history::{Action, Seen, change_in_words};
use crate::model::{Moment, NO_CHANGES, Outcome};
use crate::plan::{Change, Confirm, HttpStep};

/// An entry of the journal that is not closed.
pub(super) struct Open {
    pub noted: Noted,
    /// For people.
    pub what: String,
    /// The inverse.
    pub steps: Vec<HttpStep>,
    pub given: Given,
    /// The subject that this is about, and nothing else.
    pub subject: Option<String>,
    /// False until the request is about to be sent.
    pub sent: bool,
    /// True once the target acknowledged the undo and did not make it.
    pub tried: bool,
    /// Held while the request is under way: an undo must not overtake it.
    pub sending: Arc<tokio::sync::Mutex<()>>,
    pub kind: Kind,
}

/// What is to be undone.
pub(super) enum Kind {
    /// A subject was made.
    Subject,
    /// A change of the recipe was made by this op.
    Change { op: u64, name: String, confirm: Option<Confirm>, undone: Option<Box<UndoneWhen>> },
}

impl Open {
    pub(super) fn is_change(&self) -> bool {
        matches!(self.kind, Kind::Change { .. })
    }

    pub(super) fn inverse(&self, values: BTreeMap<String, Value>) -> Inverse<'_> {
        Inverse {
            change: &self.what,
            steps: &self.steps,
            values,
            subject: self.subject.as_deref(),
            removes: matches!(self.kind, Kind::Subject),
            undone: None,
            completes: None,
        }
    }

    /// What must be read once it is undone.
    pub(super) fn undone(&self) -> Option<&UndoneWhen> {
        match &self.kind {
            Kind::Subject => None,
            Kind::Change { undone, .. } => undone.as_deref(),
        }
    }
}

impl Stage {
    /// Makes a change of the recipe.
    pub(super) async fn change(
        &mut self,
        name: &str,
        of: Option<&str>,
        with: &BTreeMap<String, String>,
        is_final: bool,
    ) -> Result<(), Halt> {
        let run = self.run.clone();
        let change = self.permitted(name, of, is_final)?;
        self.let_a_second_pass().await?;
        let arguments = self.arguments(with)?;
        let mut given = self.given_for(name, of, &arguments).await?;
        // Capturing reads change nothing, so that they may be interrupted.
        let before = run.cancel.race(run.admin.perform(&change.before, &mut given)).await?;
        before
            .map_err(|s| Halt::Unmet(format!("`{name}` can't be prepared: {}", s.stopped.why)))?;
        self.renew_controls(of, None).await?;

        let at = self.note_inverse(name, &arguments, &change, &given).await?;
        let anew = self.note_anew(name, of, &change, &given).await?;
        let action = self.change_action(name, of, &arguments, change.undo.is_empty())?;
        let op = run.recorder.invoke(&self.instance, run.now(), action.clone())?;
        if let Some(Open { kind: Kind::Change { op: made_by, .. }, sent, .. }) =
            at.and_then(|at| self.open.get_mut(at))
        {
            (*made_by, *sent) = (op, true);
        }
        let sending = at.or(anew).map_or_else(Arc::default, |at| self.open[at].sending.clone());
        if let Some(anew) = anew.and_then(|at| self.open.get_mut(at)) {
            (anew.sent, anew.sending) = (true, sending.clone());
        }
        let sent = send(run.clone(), op, change.steps.clone(), given, sending).await?;
        let made_it = sent.result.as_ref().err().is_none_or(|s| !s.without_effect());
        if let Some(at) = at.filter(|_| made_it) {
            self.note_again(at, &sent.given).await?;
        }
        if let Some(anew) = anew.filter(|_| made_it) {
            let done = sent.result.as_ref().map_or_else(|s| s.step, |_| change.steps.len());
            self.note_again(anew, &told(&change, done, &sent.given)).await?;
        }
        if name.contains("key") || of.is_none() {
            run.issuers.forget_keys().await;
        }
        if let Err(stopped) = &sent.result {
            // The later one first: taking it out moves no other.
            self.not_made(anew, stopped);
            self.not_made(at, stopped);
            return Err(Halt::Unmet(format!("`{name}` did not work out: {}", stopped.stopped.why)));
        }
        self.is_anew(of.filter(|_| anew.is_some()), &change, &sent.given);
        let made = InForce::of(op, &action, sent.acknowledged);
        self.in_force.push(made.clone());
        self.is_due(op, &action, sent.acknowledged);
        if at.map_or(of.is_none(), |at| self.open[at].subject.is_none()) {
            self.others_feel(name);
        }
        self.controls.clear();
        self.follow(name, &arguments);
        match &change.confirm {
            Some(read) => self.confirm(&made, read, &sent.given).await,
            // An outage takes nothing from anybody, so that nothing else waits until it must have begun.
            None if name.ends_with("decision source") => {
                let begun = self.run.facts().bounds.decision;
                self.wait_until(sent.acknowledged.plus_ms(begun)).await
            }
            None => Ok(()),
        }
    }

    /// Notes how a change is undone, on disk; `None` where nothing undoes it.
    async fn note_inverse(
        &mut self,
        name: &str,
        arguments: &BTreeMap<String, String>,
        change: &Change,
        given: &Given,
    ) -> Result<Option<usize>, Halt> {
        if change.undo.is_empty() {
            return Ok(None);
        }
        let kind = self.kind_of(name, change, given).await?;
        let words = change_in_words(name, arguments);
        self.note(&words, change.undo.clone(), given, kind).await.map(Some)
    }

    /// Looks whether a change is in force before it is made: its undo then changes nothing that a read could tell.
    async fn kind_of(&self, name: &str, change: &Change, given: &Given) -> Result<Kind, Halt> {
        let run = &self.run;
        let already = match &change.confirm {
            Some(read) if change.undo_confirm.is_none() => {
                run.cancel.race(run.admin.shows(read, given)).await? == Ok(true)
            }
            _ => false,
        };
        let undone = UndoneWhen::of(change, already);
        let confirm = change.confirm.clone();
        Ok(Kind::Change { op: u64::MAX, name: name.to_owned(), confirm, undone })
    }

    /// The change, where the recipe has it and the target's owner allows it.
    fn permitted(&self, name: &str, of: Option<&str>, is_final: bool) -> Result<Change, Halt> {
        let unmet = |why: String| Err(Halt::Unmet(why));
        let declared = &self.run.declared;
        if !declared.target.target.allow_changes {
            return unmet(NO_CHANGES.to_owned());
        }
        let Some(change) = declared.recipe.change.get(name) else {
            return unmet(format!("the recipe has no change `{name}`"));
        };
        if change.undo.is_empty() && !is_final {
            return unmet(format!("the recipe has no inverse for `{name}`"));
        }
        if change.takes.iter().any(|t| t == "subject") && of.is_none() {
            return unmet(format!("`{name}` is about a subject, and none is named"));
        }
        Ok(change.clone())
    }

    /// A change that certainly had no effect needs no undoing.
    pub(super) fn not_made(&mut self, at: Option<usize>, stopped: &StoppedAt) {
        if let Some(at) = at
            && stopped.without_effect()
        {
            let open = self.open.remove(at);
            // A line that can't be written only means that restoring undoes what was never done.
            let _ = self.run.journal.close(open.noted.id);
        }
    }

    fn arguments(
        &mut self,
        with: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, Halt> {
        with.iter().map(|(name, text)| Ok((name.clone(), self.argument(text)?))).collect()
    }

    /// An argument with `{role.last}`, `{role.first}`, `{role.fresh}`, `{scope.last}`, `{scope.other-case}`, `{scope.canary}` filled in.
    fn argument(&mut self, text: &str) -> Result<String, Halt> {
        let target = &self.run.declared.target;
        let last = target.subject.roles.last();
        let scope = last.and_then(|r| target.role.get(r)?.scopes.last());
        let needs = target.service.values().flat_map(|s| s.operation.values().map(|o| &o.needs));
        let canary = needs.filter(|n| entitlement::canary(target, n)).find_map(|n| n.scope.clone());
        let mut filled = text.to_owned();
        for (name, value) in [
            ("{role.last}", last.cloned()),
            ("{role.first}", target.subject.roles.first().cloned()),
            ("{scope.last}", scope.cloned()),
            ("{scope.other-case}", scope.and_then(|scope| entitlement::other_case(scope))),
            ("{scope.canary}", canary),
        ] {
            if filled.contains(name) {
                let missing = || Halt::Unmet(format!("the target declares nothing for `{name}`"));
                filled = filled.replace(name, &value.ok_or_else(missing)?);
            }
        }
        if filled.contains("{role.fresh}") {
            let run = &self.run;
            let role = self.fresh_role.get_or_insert_with(|| run.fresh("role"));
            filled = filled.replace("{role.fresh}", role);
        }
        Ok(filled)
    }

    /// Values for the change's steps: its arguments, its subject, and the client that the subjects' tokens come through.
    async fn given_for(
        &mut self,
        name: &str,
        of: Option<&str>,
        arguments: &BTreeMap<String, String>,
    ) -> Result<Given, Halt> {
        let mut given = Given::default();
        if name == "trust transmitter" {
            self.transmitter()?.put_into(&mut given);
        }
        if name == "trust issuer" {
            self.further_issuer().await?.put_into(&mut given);
        }
        if let Some(address) = self.logout_address() {
            given.set("logout-address", address);
        }
        for (name, value) in arguments {
            given.set(name, value.as_str());
        }
        if let Some(of) = of {
            given = given.over(&self.member(of)?.given);
        }
        let target = &self.run.declared.target;
        let client = target.grant.get(&target.subject.grant).and_then(|g| g.client.as_ref());
        if let Some(client) = client.and_then(|c| target.client.get(c)) {
            given = given.or("client", client.id.as_str());
        }
        if let Some(key) = self.key() {
            given = given.or("kid", key);
        }
        Ok(given)
    }

    fn change_action(
        &self,
        name: &str,
        of: Option<&str>,
        arguments: &BTreeMap<String, String>,
        for_good: bool,
    ) -> Result<Action, Halt> {
        let member = of.map(|of| self.member(of)).transpose()?;
        let target = &self.run.declared.target;
        let subject = member.map(|m| m.name.clone());
        let roles = member.map(|m| entitlement::roles_now(&self.in_force, &m.name, &m.roles));
        let effects = entitlement::effects(
            target,
            About {
                change: name,
                arguments,
                roles: roles.as_ref().unwrap_or(&target.subject.roles),
                fresh: &self.fresh_scopes,
                key: self.key(),
            },
        );
        Ok(Action::Change {
            name: name.to_owned(),
            subject,
            arguments: arguments.clone(),
            loses: effects.loses,
            gains: effects.gains,
            for_good,
        })
    }

    /// Keeps count of what roles made in this scenario give.
    fn follow(&mut self, name: &str, arguments: &BTreeMap<String, String>) {
        let (Some(role), Some(permission)) = (arguments.get("role"), arguments.get("permission"))
        else {
            return;
        };
        let scopes = self.fresh_scopes.entry(role.clone()).or_default();
        match name {
            "create role" | "add permission" => {
                scopes.push(permission.clone());
                self.ever_given.insert(permission.clone());
            }
            "remove permission" => scopes.retain(|s| s != permission),
            _ => {}
        }
    }
}

pub(super) fn unwritten(e: std::io::Error) -> Halt {
    Halt::Broken(format!("the undo journal can't be written: {e}"))
}

/// What became of sending a change.
struct Sent {
    acknowledged: Moment,
    /// With what the change's own steps captured.
    given: Given,
    result: Result<Option<u16>, StoppedAt>,
}

/// Sends a change and records what it came to, in a task of its own: half a change is the worst thing to leave behind,
/// so neither an interrupt nor a caller that goes away stops it. It is bounded by the time-out of each request.
async fn send(
    run: Arc<Run>,
    op: u64,
    steps: Vec<HttpStep>,
    mut given: Given,
    sending: Arc<tokio::sync::Mutex<()>>,
) -> Result<Sent, Halt> {
    let guard = sending.lock_owned().await;
    let task = tokio::spawn(async move {
        let _guard = guard;
        let result = run.admin.perform(&steps, &mut given).await;
        run.clock.stirred();
        let acknowledged = run.now();
        let (outcome, status) = match &result {
            Ok(status) => (Outcome::Accepted, *status),
            Err(s) if s.step > 0 => {
                let why = format!("step {} did not work out: {}", s.step + 1, s.stopped.why);
                (Outcome::Unknown(why), s.stopped.status)
            }
            Err(s) => (s.stopped.outcome.clone(), s.stopped.status),
        };
        let seen = Seen { status, ..Seen::default() };
        run.recorder.complete(op, acknowledged, outcome, seen)?;
        Ok(Sent { acknowledged, given, result })
    });
    task.await.map_err(|e| Halt::Broken(format!("sending a change ended early: {e}")))?
}

/// A list as a value of a template.
pub(super) fn list(texts: &[String]) -> Value {
    Value::from(texts.to_vec())
}
