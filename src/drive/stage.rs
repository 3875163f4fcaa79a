//! A scenario instance on stage: its subjects, its tokens by label, and what it changed. Leaving the stage undoes
//! everything, however it is left.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::time::Instant;

use super::change::Open;
use super::controls::Control;
use super::derived::Derived;
use super::detours::Found;
use super::due::Due;
use super::entitlement::InForce;
use super::forge::FurtherIssuer;
use super::locks::{Hold, Lease};
use super::log::Cursors;
use super::signals::{Sent, Signal, Stream, Transmitter};
use super::slots::Turn;
use super::{Given, Halt, Run, cleanup::Cleanup};
use crate::model::{Moment, NO_CHANGES, TokenId, TokenSeen};
use crate::plan::{Another, Scenario, Touches, Verb};

/// A scenario instance. Dropping it undoes what it changed, in a task that `Run::finish` waits for.
pub struct Stage {
    pub(super) run: Arc<Run>,
    pub(super) instance: String,
    pub(super) touches: Touches,
    pub(super) hold: Option<Hold>,
    pub(super) turn: Option<Turn>,
    /// Drives a script, which never cuts corners with time (see `let_a_second_pass`).
    pub(super) script: bool,
    /// How many subjects a script names: those of a pool are borrowed at once.
    pub(super) expected: usize,
    pub(super) leases: Vec<Lease>,
    pub(super) cast: BTreeMap<String, Member>,
    pub(super) labels: BTreeMap<String, Label>,
    pub(super) in_force: Vec<InForce>,
    /// What the issuer is to follow, and since when.
    pub(super) due: Vec<Due>,
    /// Calls since the latest change.
    pub(super) controls: Vec<Control>,
    pub(super) open: Vec<Open>,
    /// From when on nobody else feels any more what was changed here.
    pub(super) quiet_at: Moment,
    /// Changes that were acknowledged and don't show yet.
    pub(super) unshown: Vec<super::confirm::Unshown>,
    /// What was made of tokens and goes on without them.
    pub(super) derived: Vec<Derived>,
    /// When anything was last done, or waited for, but to look at those; in real time.
    pub(super) stirred: Instant,
    /// How far this scenario has read the logs.
    pub(super) cursors: Cursors,
    pub(super) fresh_role: Option<String>,
    /// Scopes of roles made in this scenario.
    pub(super) fresh_scopes: BTreeMap<String, Vec<String>>,
    /// Scopes that a role made in this scenario gives, or gave once: tokens are still asked to carry these.
    pub(super) ever_given: BTreeSet<String>,
    /// An issuer beside those of the target, once a change made it known.
    pub(super) further: Option<Arc<FurtherIssuer>>,
    /// What signs the signals of this scenario.
    pub(super) transmitter: Option<Transmitter>,
    /// Where the target's signals are read.
    pub(super) stream: Option<Stream>,
    /// Signals that were sent.
    pub(super) sent: Vec<Sent>,
    /// Detours that were found.
    pub(super) detours: Vec<Found>,
}

/// A subject of a scenario.
pub(super) struct Member {
    /// The target's and the record's name.
    pub name: String,
    pub roles: Vec<String>,
    /// `subject`, `subject.password`, and what creating it captured.
    pub given: Given,
}

/// Tokens under a label, by service.
pub(super) type Label = BTreeMap<String, Held>;

/// A token that a scenario holds.
#[derive(Clone)]
pub(super) struct Held {
    pub access: TokenSeen,
    pub refresh: Option<TokenId>,
    /// The token of the sign-in that it was exchanged for, where its grant is an exchange.
    pub signed_in: Option<TokenId>,
    /// The grant that gave it, or the one that gave what it came from.
    pub grant: String,
    pub received: Moment,
}

impl Stage {
    pub(super) fn new(run: Arc<Run>, instance: &str, touches: Touches) -> Self {
        Self {
            run,
            instance: instance.to_owned(),
            touches,
            hold: None,
            turn: None,
            script: false,
            expected: 2,
            leases: Vec::new(),
            cast: BTreeMap::new(),
            labels: BTreeMap::new(),
            in_force: Vec::new(),
            due: Vec::new(),
            controls: Vec::new(),
            open: Vec::new(),
            quiet_at: Moment::default(),
            unshown: Vec::new(),
            derived: Vec::new(),
            stirred: Instant::now(),
            cursors: Cursors::default(),
            fresh_role: None,
            fresh_scopes: BTreeMap::new(),
            ever_given: BTreeSet::new(),
            further: None,
            transmitter: None,
            stream: None,
            sent: Vec::new(),
            detours: Vec::new(),
        }
    }

    /// Name of the instance in the record.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// Performs one verb. The first one waits for the issuer's lock and a slot; both are kept until `finish` or
    /// `rest`, except while a verb waits for time to pass (then the slot is free).
    ///
    /// # Errors
    /// `Halt::Unmet` where the scenario can't go on, `Halt::Interrupted`, `Halt::Broken`.
    pub async fn perform(&mut self, verb: &Verb) -> Result<(), Halt> {
        self.ready().await?;
        self.let_the_issuer_follow(verb).await?;
        self.look_again().await?;
        let done = self.with_each_set(verb).await;
        if !matches!(verb, Verb::UseDerived { .. }) {
            self.stirred = Instant::now();
        }
        done
    }

    pub(super) async fn carry_out(&mut self, verb: &Verb) -> Result<(), Halt> {
        match verb {
            Verb::Subject { name, without_last: true, .. } => {
                let fewer = self.all_but_the_last_role();
                self.subject(name, fewer.as_deref()).await
            }
            Verb::Subject { name, roles, .. } => self.subject(name, roles.as_deref()).await,
            Verb::Tokens { .. } => self.tokens(verb).await,
            Verb::Call(with) => {
                self.renew_bystander(&with.of, &with.label).await?;
                // Before the controls and not between them and the change, which must follow them closely.
                if !self.open.iter().any(Open::is_change) {
                    self.let_a_second_pass().await?;
                }
                self.call(with).await
            }
            Verb::Interleave(with) => self.interleave(with).await,
            Verb::Watch { .. } => self.watch(verb).await,
            Verb::Change { name, of, with, final_for_subject } => {
                self.change(name, of.as_deref(), with, *final_for_subject).await
            }
            Verb::Undo { .. } => self.undo_as(verb).await,
            Verb::Refresh { .. } => self.refresh(verb).await,
            Verb::CallDirect { of, label, operations } => {
                self.call_direct(of, label, *operations).await
            }
            Verb::RefreshByAnother { of, label, to, by } => match by {
                Another::Client => self.refresh_by_another(of, label, to).await,
                Another::Key | Another::Credential => {
                    self.refresh_unproven(of, label, to, *by).await
                }
            },
            Verb::RefreshUntilEnd { of, label, to, times } => {
                self.refresh_until_end(of, label, to, *times).await
            }
            Verb::Exchange { .. } => self.exchange(verb).await,
            Verb::Forge { of, label, by } => self.forge(of, label, *by).await,
            Verb::ShowUnproven { of, label } => self.show_unproven(of, label).await,
            Verb::ShowOtherIssuers { of, label } => self.show_other_issuers(of, label).await,
            Verb::FindDetours { of, label } => self.find_detours(of, label).await,
            Verb::UseTwice { of } => self.use_twice(of).await,
            Verb::CallElsewhere { of, label } => self.call_elsewhere(of, label).await,
            Verb::Introspect { .. } => self.introspect(verb).await,
            Verb::Revoke { .. } => self.revoke(verb).await,
            Verb::AwaitExpiry { of, label } => self.await_expiry(of, label).await,
            Verb::LookLater { of, label, when, operations } => {
                self.look_later(of, label, *when, *operations).await
            }
            Verb::Derive { of, label } => self.derive(of, label).await,
            Verb::UseDerived { of, label, times } => {
                self.use_derived(of, label, times.unwrap_or(1)).await
            }
            Verb::ToggleInputs { of } => self.toggle_inputs(of).await,
            Verb::ToggleRoles { of } => self.toggle_roles(of).await,
            Verb::TogglePermissions { of } => self.toggle_permissions(of).await,
            Verb::AwaitBound { bound } => self.await_bound(*bound).await,
            Verb::Wait { seconds, moved } => self.pause(*seconds, *moved).await,
            Verb::ReadDecisions {} => self.read_decisions().await,
            Verb::ReadAccesses {} => self.read_accesses().await,
            Verb::ReadChanges {} => self.read_changes().await,
            Verb::OpenStream { delivery } => self.open_stream(*delivery).await,
            Verb::FailDelivery {} => self.fail_delivery(),
            Verb::SetStream { paused } => self.set_stream(*paused).await,
            Verb::ReadSignals {} => self.read_signals().await,
            &Verb::Signal { ref of, event, lifted, flaw, ago, again, settle } => {
                self.signal(Signal { of, event, lifted, flaw, ago, again, settle }).await
            }
        }
    }

    fn all_but_the_last_role(&self) -> Option<Vec<String>> {
        let roles = &self.run.declared.target.subject.roles;
        roles.split_last().map(|(_, fewer)| fewer.to_vec())
    }

    /// All steps of a script.
    pub(super) async fn script_steps(&mut self, scenario: &Scenario) -> Result<(), Halt> {
        let provides = &self.run.facts().provides;
        if let Some(missing) = scenario.needs.iter().find(|n| !provides.contains(n)) {
            if missing.starts_with("change:") && self.run.facts().unchangeable {
                return Err(Halt::Unmet(NO_CHANGES.to_owned()));
            }
            let absent = self.run.facts().absent.iter().find(|a| a.capability == *missing);
            return Err(match absent {
                Some(absent) => {
                    Halt::Absent(format!("`{missing}` is declared absent: {}", absent.reason))
                }
                None => Halt::Unmet(format!("the target does not provide `{missing}`")),
            });
        }
        self.script = true;
        self.expected = scenario.step.iter().filter(|v| matches!(v, Verb::Subject { .. })).count();
        for verb in &scenario.step {
            self.perform(verb).await?;
        }
        Ok(())
    }

    /// Drives a script that this scenario builds on, without holding anything meanwhile.
    ///
    /// # Errors
    /// As `Run::script`; `Halt::Unmet` where a change of this scenario is in force, because the script would see it.
    pub async fn script(&mut self, name: &str) -> Result<(), Halt> {
        if self.open.iter().any(Open::is_change) {
            return Err(Halt::Unmet(format!(
                "the scenario `{name}` can't be driven while a change of this one is in force"
            )));
        }
        if !self.leases.is_empty() {
            return Err(Halt::Unmet(format!(
                "the scenario `{name}` can't be driven while this one has subjects of the pool"
            )));
        }
        self.rest();
        self.run.clone().script(name).await
    }

    /// Gives the slot and the issuer's lock back until the next verb. Call it before waiting for something else.
    /// A scenario with a change in force keeps the lock.
    pub fn rest(&mut self) {
        self.turn = None;
        if !self.open.iter().any(Open::is_change) {
            self.hold = None;
        }
    }

    /// Undoes what is in force, latest first, and removes the subjects. Goes on where a change can't be undone: the
    /// run collects those.
    ///
    /// # Errors
    /// `Halt::Broken` where the record can't be written.
    pub async fn finish(mut self) -> Result<(), Halt> {
        self.show_before_their_end().await?;
        let Some(cleanup) = self.leave() else { return Ok(()) };
        // A task of its own: undoing goes on where nobody waits for it any more.
        let (done, told) = tokio::sync::oneshot::channel();
        cleanup.spawn(Some(done));
        told.await.unwrap_or(Ok(()))
    }

    fn leave(&mut self) -> Option<Cleanup> {
        // Live tokens are of no use to anybody else; a run of many scenarios need not keep them all.
        for held in std::mem::take(&mut self.labels).values().flat_map(|l| l.values()) {
            self.run.wallet.forget(&held.access.id);
            let others = held.refresh.iter().chain(&held.signed_in);
            others.for_each(|id| self.run.wallet.forget(id));
        }
        let (hold, turn) = (self.hold.take(), self.turn.take());
        let (open, leases) = (std::mem::take(&mut self.open), std::mem::take(&mut self.leases));
        // What it is told from here on is nobody's evidence; but it can be told until the stream is removed.
        let stream = self.stream.take();
        stream.iter().for_each(Stream::close);
        let quiet_at = self.quiet_at;
        if open.is_empty() && quiet_at <= self.run.now() {
            return None;
        }
        // The slot goes back at once, the issuer's lock and borrowed subjects only when all is undone.
        drop(turn);
        let (run, instance) = (self.run.clone(), self.instance.clone());
        Some(Cleanup { run, instance, open, quiet_at, hold, leases, stream })
    }

    async fn ready(&mut self) -> Result<(), Halt> {
        if self.run.cancel.is_interrupted() {
            return Err(Halt::Interrupted);
        }
        if self.hold.is_none() {
            // The lock comes first: who waits for it holds no slot and lets the clock move.
            self.turn = None;
            self.hold = Some(self.run.locks.issuer(self.touches, &self.run.cancel).await?);
        }
        if self.turn.is_none() {
            self.turn = Some(self.run.slots.take().await?);
            // The clock may have been moved meanwhile.
            self.stirred = Instant::now();
        }
        Ok(())
    }

    /// Waits for target time without holding a slot.
    pub(super) async fn wait_until(&mut self, deadline: Moment) -> Result<(), Halt> {
        let turn = match self.turn.take() {
            Some(turn) => turn,
            None => self.run.slots.take().await?,
        };
        if self.is_too_long(deadline) {
            self.turn = Some(turn);
            return Err(Halt::Unmet(format!(
                "it takes {} s, and no scenario waits longer than {} s",
                deadline.ms_since(self.run.now()) / 1000,
                self.run.longest_wait.as_secs()
            )));
        }
        self.turn = Some(self.run.slots.sleep_until(turn, deadline).await?);
        Ok(())
    }

    /// True where time is real and a moment so far away that no scenario waits for it.
    pub(super) fn is_too_long(&self, deadline: Moment) -> bool {
        let wait = deadline.ms_since(self.run.now());
        !self.run.clock.movable() && u128::from(wait) > self.run.longest_wait.as_millis()
    }

    /// Waits until the tokens so far are more than a second old. Many systems date tokens and changes to the second, and
    /// one that treats those of the same second alike is not at fault. A team's own steps are not slowed down by this
    /// where time is real.
    pub(super) async fn let_a_second_pass(&mut self) -> Result<(), Halt> {
        if !self.script && !self.run.clock.movable() {
            return Ok(());
        }
        let held = self.labels.values().flat_map(|l| l.values());
        match held.map(|h| h.received).max() {
            Some(latest) => self.wait_until(latest.plus_ms(1_100)).await,
            None => Ok(()),
        }
    }

    /// A subject of the scenario.
    pub(super) fn member(&self, name: &str) -> Result<&Member, Halt> {
        let unknown = || Halt::Unmet(format!("there is no subject `{name}` in this scenario"));
        self.cast.get(name).ok_or_else(unknown)
    }

    /// Tokens under a label.
    pub(super) fn label(&self, name: &str) -> Result<&Label, Halt> {
        let unknown =
            || Halt::Unmet(format!("there are no tokens called `{name}` in this scenario"));
        self.labels.get(name).ok_or_else(unknown)
    }

    /// Tokens under a label, and for services that it has none for those under the first of the others that has one.
    pub(super) fn label_or(
        &self,
        name: &str,
        others: &[String],
    ) -> Result<BTreeMap<&String, &Held>, Halt> {
        let mut all: BTreeMap<_, _> = self.label(name)?.iter().collect();
        for (service, held) in others.iter().filter_map(|o| self.labels.get(o)).flatten() {
            all.entry(service).or_insert(held);
        }
        Ok(all)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(cleanup) = self.leave() {
            cleanup.spawn(None);
        }
    }
}
