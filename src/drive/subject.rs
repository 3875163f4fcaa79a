//! Subjects of a scenario: made fresh where the recipe can, else borrowed from the target's pool.

use rand::distr::{Alphanumeric, SampleString};

use super::change::{Kind, list};
use super::stage::Member;
use super::{Given, Halt, Stage, given::PASSWORD};
use crate::history::{Action, Seen};
use crate::model::{NO_CHANGES, Outcome};
use crate::plan::{HttpStep, SubjectSteps};

/// Statuses that say that what is to be removed is not there.
const GONE: [u16; 2] = [404, 410];

impl Stage {
    /// Makes or borrows a subject.
    pub(super) async fn subject(
        &mut self,
        name: &str,
        roles: Option<&[String]>,
    ) -> Result<(), Halt> {
        if self.cast.contains_key(name) {
            return Err(Halt::Unmet(format!(
                "there is a subject `{name}` in this scenario already"
            )));
        }
        self.open_logs().await;
        let declared = self.run.declared.clone();
        let all = &declared.target.subject.roles;
        let roles = roles.map_or_else(|| all.clone(), <[String]>::to_vec);
        match &declared.recipe.subject {
            Some(steps) if declared.target.target.allow_changes => {
                self.make(name, roles, steps).await
            }
            // Subjects of a pool are there; others would have to be made.
            Some(_) if declared.target.subject.pool.is_empty() || roles != *all => {
                Err(Halt::Unmet(format!("{NO_CHANGES}, so that no subject can be made")))
            }
            _ if roles != *all => Err(Halt::Unmet(format!(
                "`{name}` needs the roles [{}]; subjects of the pool have all roles of the target",
                roles.join(", ")
            ))),
            _ => self.borrow(name, roles).await,
        }
    }

    async fn make(
        &mut self,
        name: &str,
        roles: Vec<String>,
        steps: &SubjectSteps,
    ) -> Result<(), Halt> {
        let run = self.run.clone();
        let subject = self.subject_name();
        let mut given = Given::default();
        given.set("subject", subject.as_str());
        given.set("roles", list(&roles));
        let password = password();
        run.vault.learn("subject password", &password);
        given.set_secret(PASSWORD, password);

        let remove: Vec<_> = steps.remove.iter().map(gone_is_fine).collect();
        let what = format!("the subject {subject}");
        let at = self.note(&what, remove, &given, Kind::Subject).await?;
        let action = Action::Subject { subject: subject.clone(), roles: roles.clone() };
        let op = run.recorder.invoke(&self.instance, run.now(), action)?;
        self.open[at].sent = true;
        let sending = self.open[at].sending.clone();

        // In a task of its own, as any change.
        let guard = sending.lock_owned().await;
        let (create, give_role) = (steps.create.clone(), steps.give_role.clone());
        let (admin, each) = (run.admin.clone(), roles.clone());
        let made = tokio::spawn(async move {
            let _guard = guard;
            let mut status = admin.perform(&create, &mut given).await;
            for role in each.iter().filter(|_| !give_role.is_empty()) {
                if status.is_err() {
                    break;
                }
                given.set("role", role.as_str());
                status = admin.perform(&give_role, &mut given).await.map_err(|mut s| {
                    s.step += create.len();
                    s
                });
            }
            (status, given)
        });
        let (status, given) =
            made.await.map_err(|e| Halt::Broken(format!("making a subject ended early: {e}")))?;
        let (outcome, seen_status) = match &status {
            Ok(status) => (Outcome::Accepted, *status),
            Err(s) => (s.stopped.outcome.clone(), s.stopped.status),
        };
        let seen = Seen { status: seen_status, ..Seen::default() };
        run.recorder.complete(op, run.now(), outcome, seen)?;
        if let Err(stopped) = status {
            self.not_made(Some(at), &stopped);
            let why = stopped.stopped.why;
            return Err(Halt::Unmet(format!("the subject `{name}` could not be made: {why}")));
        }
        self.note_again(at, &given).await?;
        if let Some(read) = &steps.confirm {
            self.is_there(name, read, &given).await?;
        }
        self.cast.insert(name.to_owned(), Member { name: subject, roles, given });
        Ok(())
    }

    /// A name that nobody has. It begins with the name of the scenario's first subject, where there is one: what is done to that one must
    /// not be done to whoever is called alike.
    fn subject_name(&self) -> String {
        match self.cast.values().map(|member| &member.name).min_by_key(|name| name.len()) {
            Some(first) => format!("{first}-{}", self.cast.len() + 1),
            None => self.run.fresh("s"),
        }
    }

    async fn borrow(&mut self, name: &str, roles: Vec<String>) -> Result<(), Halt> {
        let run = self.run.clone();
        if self.cast.is_empty() {
            // All at once: two scenarios that take them one by one would wait for each other for ever. Who waits
            // for subjects holds no slot.
            let most = run.declared.target.subject.pool.len().max(1);
            self.turn = None;
            self.leases = run.locks.lease(self.expected.clamp(1, most), &run.cancel).await?;
            self.turn = Some(run.slots.take().await?);
            self.pass_over_logs().await?;
        } else if self.leases.len() <= self.cast.len() {
            self.leases.extend(run.locks.lease_now()?);
        }
        let Some(lease) = self.leases.get(self.cast.len()) else {
            return Err(Halt::Unmet("the pool of subjects is used up".to_owned()));
        };
        let subject = lease.subject.clone();
        let action = Action::Subject { subject: subject.clone(), roles: roles.clone() };
        let op = run.recorder.invoke(&self.instance, run.now(), action)?;
        run.recorder.complete(op, run.now(), Outcome::Accepted, Seen::default())?;
        let mut given = Given::default();
        given.set("subject", subject.as_str());
        given.set("roles", list(&roles));
        self.cast.insert(name.to_owned(), Member { name: subject, roles, given });
        Ok(())
    }
}

/// A password that no policy should turn down: long, with all kinds of characters.
pub(super) fn password() -> String {
    format!("{}-aZ9", Alphanumeric.sample_string(&mut rand::rng(), 24))
}

/// The step, content with what is gone already.
pub(super) fn gone_is_fine(step: &HttpStep) -> HttpStep {
    let mut step = step.clone();
    if step.accept.is_empty() {
        step.accept = (200..300).collect();
    }
    step.accept
        .extend(GONE.iter().filter(|s| !step.accept.contains(s)).copied().collect::<Vec<_>>());
    step
}
