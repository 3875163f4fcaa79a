//! The changes that an administrator can make, each in force when it returns. What they take from tokens that are out goes
//! to event-driven services as events.

use std::collections::BTreeSet;

use super::{Access, Departed, Digest, End, Entitlements, Look, Standing, Store, Subject};
use crate::reference::faults::Fault;
use crate::reference::policy::Risk;
use crate::reference::services::{EVENT_AUDIENCE, Event};
use crate::reference::ssf::{Account, News};

/// No more subjects than this, and as many deleted ones are remembered.
const MOST_SUBJECTS: usize = 100_000;

impl Store {
    /// Makes a subject. False where the name is taken.
    pub fn create(
        &mut self,
        name: &str,
        password: Option<Digest>,
        roles: BTreeSet<String>,
    ) -> Result<bool, String> {
        if self.subjects.contains_key(name) {
            return Ok(false);
        }
        if self.subjects.len() >= MOST_SUBJECTS {
            return Err("there are too many subjects".to_owned());
        }
        self.subjects.insert(name.to_owned(), Subject::new(name, password, roles));
        Ok(true)
    }

    /// Deletes a subject; its grants and tokens end.
    pub fn delete(&mut self, name: &str) -> bool {
        let Some(subject) = self.subjects.remove(name) else { return false };
        for id in &subject.grants {
            self.end_grant(*id, End::SubjectDeleted);
        }
        if self.departed.len() >= MOST_SUBJECTS {
            self.departed.clear();
        }
        let Subject { sub, password, roles, grants, .. } = subject;
        self.news.push(News::Account { sub: sub.clone(), now: Account::Purged });
        self.departed.insert(name.to_owned(), Departed { sub, password, roles, grants });
        true
    }

    /// Makes a new subject under the name of a deleted one, with its roles and password.
    pub fn recreate(&mut self, name: &str) -> bool {
        if self.subjects.contains_key(name) {
            return false;
        }
        let Some(gone) = self.departed.remove(name) else { return false };
        let mut subject = Subject::new(name, gone.password, gone.roles);
        if self.faults.has(Fault::RecreationResurrects) {
            subject.sub = gone.sub;
            for id in &gone.grants {
                self.revive(*id, End::SubjectDeleted);
            }
            subject.grants = gone.grants;
        }
        self.subjects.insert(name.to_owned(), subject);
        true
    }

    /// Only for faults: what of a grant ended for this reason lives again.
    fn revive(&mut self, grant: u64, end: End) {
        let Some(grant) = self.grants.get_mut(&grant) else { return };
        let back = |ended: &mut Option<End>| {
            if *ended == Some(end) {
                *ended = None;
            }
        };
        back(&mut grant.ended);
        for jti in &grant.access {
            if let Some(token) = self.access.get_mut(jti) {
                back(&mut token.ended);
            }
        }
    }

    /// Enables or disables a subject. Disabling ends its grants and tokens for good.
    pub fn set_enabled(&mut self, name: &str, enabled: bool) -> bool {
        let revives = enabled && self.faults.has(Fault::EnablingRevives);
        let resets = enabled && self.faults.has(Fault::EnablingResets);
        let Some(subject) = self.subjects.get_mut(name) else { return false };
        if resets && !subject.enabled {
            // the fault: the roles are those of a copy that knows of no removal
            subject.roles.append(&mut subject.unwritten);
        }
        if subject.enabled != enabled {
            let now = if enabled { Account::Enabled } else { Account::Disabled };
            self.news.push(News::Account { sub: subject.sub.clone(), now });
        }
        subject.enabled = enabled;
        if !enabled {
            let before = self.outbox.len();
            for id in subject.grants.clone() {
                self.end_grant(id, End::SubjectDisabled);
            }
            if self.faults.has(Fault::DisablingEndsNamesakes) {
                let others = self
                    .grants
                    .iter()
                    .filter(|(_, grant)| grant.client == "app2" && grant.subject.starts_with(name));
                for id in others.map(|(id, _)| *id).collect::<Vec<_>>() {
                    self.end_grant(id, End::SubjectDisabled);
                }
            }
            if self.faults.has(Fault::OtherClientNotTold) {
                let mut told = self.outbox.split_off(before);
                told.retain(|event| self.is_of_the_first(event));
                self.outbox.append(&mut told);
            }
        }
        if revives {
            // the fault: what was ended is marked only, and the mark goes with its reason
            let ended =
                |t: &&mut Access| t.subject == name && t.ended == Some(End::SubjectDisabled);
            self.access.values_mut().filter(ended).for_each(|token| token.ended = None);
        }
        true
    }

    /// Only for the fault: events are sent about what one client holds.
    fn is_of_the_first(&self, event: &Event) -> bool {
        let Event::Ended { jti, .. } = event else { return true };
        self.access.get(jti).is_none_or(|token| token.client != "app2")
    }

    /// Gives a subject a role.
    pub fn give_role(&mut self, name: &str, role: &str) -> bool {
        let before = self.claimed(name);
        let Some(subject) = self.subjects.get_mut(name) else { return false };
        subject.roles.insert(role.to_owned());
        subject.unwritten.remove(role);
        if self.faults.has(Fault::RoleRevives) {
            for id in subject.grants.clone() {
                self.revive(id, End::Revoked);
            }
        }
        self.tell_claims(name, before);
        self.announce(Some(name));
        true
    }

    /// What a role of a subject gives that another one of its roles gives too.
    fn given_twice(&self, name: &str, role: &str) -> Vec<String> {
        let Some(subject) = self.subjects.get(name) else { return Vec::new() };
        let gives = |role: &str| self.policy.role(role).into_iter().flatten();
        let others: Vec<&String> =
            subject.roles.iter().filter(|r| *r != role).flat_map(|r| gives(r)).collect();
        gives(role).filter(|scope| others.contains(scope)).cloned().collect()
    }

    /// Takes a role from a subject, at this time (seconds since 1970).
    pub fn remove_role(&mut self, name: &str, role: &str, now_s: i64) -> bool {
        let before = self.claimed(name);
        let fall_back = self.faults.has(Fault::RemovalFallsBack);
        let late = self.faults.has(Fault::DecisionLate);
        let residue = self.faults.has(Fault::RestoreLeavesResidue);
        let shared = self.faults.has(Fault::TakenFromAllHolders) && self.policy.is_made(role);
        let index_unchecked = self.faults.has(Fault::AbsentTakesAnother);
        let quarantined = self.faults.has(Fault::RiskReturnsRole);
        let unwritten = self.faults.has(Fault::RemovalForgottenAtRestart)
            || self.faults.has(Fault::EnablingResets);
        let last_only = self.faults.has(Fault::LastRoleGoesOnly) && !self.policy.is_made(role);
        let pinned = match self.faults.has(Fault::KeptScopesPinned) {
            true => self.given_twice(name, role),
            false => Vec::new(),
        };
        let Some(subject) = self.subjects.get_mut(name) else { return false };
        subject.pinned.extend(pinned);
        if last_only && subject.roles.last().is_some_and(|last| last != role) {
            // the fault: it is acknowledged all the same
            return true;
        }
        if index_unchecked && !subject.roles.contains(role) {
            subject.roles.pop_last();
        }
        if subject.roles.remove(role) {
            if unwritten || quarantined && subject.risk == Risk::High {
                subject.unwritten.insert(role.to_owned());
            }
            subject.taken = late.then(|| (role.to_owned(), now_s));
            if fall_back {
                subject.roles.insert("everyone".to_owned());
            }
            if residue {
                subject.without_effect.insert(role.to_owned());
            }
        }
        if shared {
            for other in self.subjects.values_mut() {
                other.roles.remove(role);
            }
        }
        self.tell_claims(name, before);
        self.announce(if shared { None } else { Some(name) });
        true
    }

    /// Lets the subject be altered (risk, device, network) and tells who needs to know.
    pub fn alter(&mut self, name: &str, how: impl FnOnce(&mut Subject)) -> bool {
        let Some(subject) = self.subjects.get_mut(name) else { return false };
        let (risk, device) = (subject.risk, subject.device);
        how(subject);
        // the fault: what somebody had when the risk rose is what it has when it falls
        let calm = risk == Risk::High && subject.risk != Risk::High;
        if calm && self.faults.has(Fault::RiskReturnsRole) {
            subject.roles.append(&mut subject.unwritten);
        }
        let sub = || subject.sub.clone();
        let risk =
            (risk != subject.risk).then(|| News::Risk { sub: sub(), from: risk, to: subject.risk });
        let device = (device != subject.device).then(|| News::Device {
            sub: sub(),
            from: device,
            to: subject.device,
        });
        self.news.extend(risk.into_iter().chain(device));
        self.announce(Some(name));
        true
    }

    /// Takes back the consent to a client; the grants it has of this subject end.
    pub fn withdraw_consent(&mut self, name: &str, client: &str) -> bool {
        let Some(subject) = self.subjects.get_mut(name) else { return false };
        subject.withdrawn.insert(client.to_owned());
        // the fault: it is the subject's, whoever asks
        let all = self.faults.has(Fault::ConsentEndsAll);
        let of_client = |id: &u64| self.grants.get(id).is_some_and(|g| all || g.client == client);
        let ending: Vec<u64> = subject.grants.iter().copied().filter(of_client).collect();
        for id in ending {
            self.end_grant(id, End::ConsentWithdrawn);
        }
        true
    }

    /// Gives a client a consent: for what it is given from now on.
    pub fn give_consent(&mut self, name: &str, client: &str) -> bool {
        let Some(subject) = self.subjects.get_mut(name) else { return false };
        subject.withdrawn.remove(client);
        if self.faults.has(Fault::OldConsentRevives) {
            let of_client = |id: &&u64| self.grants.get(id).is_some_and(|g| g.client == client);
            let grants: Vec<u64> = subject.grants.iter().filter(of_client).copied().collect();
            for id in grants {
                self.revive(id, End::ConsentWithdrawn);
            }
        }
        true
    }

    /// Gives a subject another password (or the same again), and ends its sessions.
    pub fn reset_password(&mut self, name: &str, password: Digest) -> bool {
        let Some(subject) = self.subjects.get_mut(name) else { return false };
        subject.password = Some(password);
        // the fault: who is signed in stays so
        self.faults.has(Fault::ResetLeavesSessions) || self.end_sessions(name)
    }

    /// Ends all sessions of a subject: its grants, whatever client they were given to. It may sign in again.
    pub fn end_sessions(&mut self, name: &str) -> bool {
        let Some(subject) = self.subjects.get(name) else { return false };
        let usual_only = self.faults.has(Fault::LogoutAtOneClient);
        let usual = |id: &u64| self.grants.get(id).is_some_and(|g| g.client == "app");
        let grants = subject.grants.iter().copied();
        let ending: Vec<u64> = grants.filter(|id| !usual_only || usual(id)).collect();
        for id in ending {
            self.end_grant(id, End::SessionsEnded);
        }
        true
    }

    /// Enables or disables a client. Disabling ends its grants and tokens for good.
    pub fn set_client_enabled(&mut self, client: &str, enabled: bool) -> bool {
        let Some(found) = self.clients.get_mut(client) else { return false };
        found.enabled = enabled;
        if !enabled {
            let of_client = self.grants.iter().filter(|(_, g)| g.client == client);
            let ending: Vec<u64> = of_client.map(|(id, _)| *id).collect();
            for id in ending {
                self.end_grant(id, End::ClientDisabled);
            }
            let by_client = self.access.values().filter(|t| t.client == client);
            let ending: Vec<String> = by_client.map(|t| t.jti.clone()).collect();
            for jti in ending {
                self.end_access(&jti, End::ClientDisabled);
            }
        }
        true
    }

    /// Forgets what was only in memory. Everything that matters is kept elsewhere, so that hardly anything is lost.
    pub fn restart(&mut self) {
        self.backchannel.clear();
        if self.faults.has(Fault::RemovalForgottenAtRestart) {
            for subject in self.subjects.values_mut() {
                subject.roles.append(&mut subject.unwritten);
            }
        }
        if self.faults.has(Fault::RestartPublishesRetiredKeys) {
            self.keys.publish_all();
        }
        if self.faults.has(Fault::DisablingForgottenAtRestart) {
            self.subjects.values_mut().for_each(|subject| subject.enabled = true);
        }
        if self.faults.has(Fault::RotationForgottenAtRestart) {
            for token in self.refresh.values_mut() {
                token.used = false;
            }
        }
        if self.faults.has(Fault::RestartForgetsLogout) {
            let over = Some(End::SessionsEnded);
            self.grants.values_mut().filter(|g| g.ended == over).for_each(|g| g.ended = None);
            self.access.values_mut().filter(|t| t.ended == over).for_each(|t| t.ended = None);
        }
        if self.faults.has(Fault::RevocationsForgottenAtRestart) {
            for token in self.access.values_mut().filter(|t| t.ended == Some(End::Revoked)) {
                token.ended = None;
            }
        }
    }

    /// Tells the event-driven service what the tokens of this subject (or of everybody) are worth now.
    pub fn announce(&mut self, name: Option<&str>) {
        let ids: Vec<u64> = match name {
            Some(name) => self.subjects.get(name).map_or_else(Vec::new, |s| s.grants.clone()),
            None => self.grants.keys().copied().collect(),
        };
        let mut known = Entitlements::default();
        let mut events = Vec::new();
        let tokens = ids.iter().filter_map(|id| self.grants.get(id)).flat_map(|g| &g.access);
        for token in tokens.filter_map(|jti| self.access.get(jti)) {
            // a claims change (CAEP) says what is true now; the look is not narrowed by time, so that the clock is not needed
            if token.audience != EVENT_AUDIENCE || token.ended.is_some() {
                continue;
            }
            if let Standing::Live(scopes) =
                self.standing_with(token, 0, Look::Full, Some(&mut known))
            {
                events.push(Event::ClaimsChanged {
                    jti: token.jti.clone(),
                    exp: token.exp,
                    scopes,
                });
            }
        }
        self.outbox.append(&mut events);
    }
}
