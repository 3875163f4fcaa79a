//! What a subject may do at a moment, as the target declares it: its roles then, what they give then, less what risk, device
//! or a kill switch took away. A replay of the changes that were in force.

use std::collections::{BTreeMap, BTreeSet};

use super::rights::{Right, Rights};
use crate::history::{Action, Op};
use crate::judge::Case;
use crate::model::{Facts, Moment, Outcome};

/// A subject's entitlement at a moment.
#[derive(Debug, Clone, Default)]
pub struct Entitled {
    /// What it may do.
    pub rights: Rights,
    /// The roles that it has.
    pub roles: BTreeSet<String>,
    /// Why this can't be told, where it can't: a change that nobody knows the outcome of.
    pub doubt: Option<String>,
    /// When the latest change that shaped it was acknowledged.
    pub since: Option<Moment>,
}

impl Entitled {
    /// The entitlement of a subject at a moment: the start of a request.
    #[must_use]
    pub fn at(case: &Case, subject: &str, moment: Moment) -> Self {
        let mut world = World::of(case.facts);
        let earlier = || case.view.ops.iter().filter(|op| op.start < moment);
        let shaping: Vec<&Op> = earlier().filter(|op| concerns(op, subject)).collect();
        let mut undone = BTreeSet::new();
        for op in earlier() {
            let Action::Undo { change, .. } = &op.action else { continue };
            if !shaping.iter().any(|c| c.index == *change) {
                continue;
            }
            if world.took_effect(op, moment) {
                undone.insert(*change);
            }
        }
        for op in shaping {
            match &op.action {
                Action::Subject { roles, .. } => world.made(roles),
                _ if undone.contains(&op.index) => {}
                _ if world.took_effect(op, moment) => world.change(op),
                _ => {}
            }
        }
        world.entitled()
    }

    /// True where a request sent at `moment` came late enough after the latest change to be judged by it.
    #[must_use]
    pub fn due(&self, moment: Moment, bound_ms: u64) -> bool {
        self.since.is_none_or(|since| moment >= since.plus_ms(bound_ms))
    }
}

/// True for an op that may shape a subject's entitlement.
fn concerns(op: &Op, subject: &str) -> bool {
    match &op.action {
        Action::Subject { subject: name, .. } => name == subject,
        Action::Change { subject: whom, .. } => {
            op.action.shapes_entitlement() && whom.as_deref().is_none_or(|whom| whom == subject)
        }
        _ => false,
    }
}

struct World {
    gives: BTreeMap<String, BTreeSet<String>>,
    taken_roles: BTreeSet<String>,
    roles: BTreeSet<String>,
    extra: BTreeSet<String>,
    withheld: BTreeSet<String>,
    nothing: bool,
    doubt: Option<String>,
    since: Option<Moment>,
}

impl World {
    fn of(facts: &Facts) -> Self {
        let gives = |scopes: &[String]| scopes.iter().cloned().collect();
        let operations = facts.services.values().flat_map(|s| s.operations.values());
        Self {
            gives: facts.roles.iter().map(|(name, r)| (name.clone(), gives(&r.scopes))).collect(),
            taken_roles: operations.filter_map(|o| o.needs.role.clone()).collect(),
            roles: BTreeSet::new(),
            extra: BTreeSet::new(),
            withheld: BTreeSet::new(),
            nothing: false,
            doubt: None,
            since: None,
        }
    }

    fn made(&mut self, roles: &[String]) {
        self.roles = roles.iter().cloned().collect();
    }

    /// True for a change that was made before `moment`; notes a doubt where nobody knows.
    fn took_effect(&mut self, op: &Op, moment: Moment) -> bool {
        let words = match &op.action {
            Action::Undo { name, .. } => format!("the undoing of \"{name}\""),
            Action::Change { name, .. } => format!("the change \"{name}\""),
            _ => "a change".into(),
        };
        match (&op.outcome, op.end) {
            (Outcome::Accepted, Some(end)) if end <= moment => {
                self.since = self.since.max(Some(end));
                true
            }
            (Outcome::Refused(_) | Outcome::Failed(_), _) => false,
            (Outcome::Unknown(why), _) => {
                self.doubt = Some(format!("nobody knows whether {words} was made ({why})"));
                false
            }
            (Outcome::Accepted, _) => {
                self.doubt = Some(format!("{words} was still under way"));
                false
            }
        }
    }

    fn change(&mut self, op: &Op) {
        let Action::Change { name, arguments, loses, gains, .. } = &op.action else { return };
        let named = arguments.get("role").zip(arguments.get("permission"));
        match (name.as_str(), named) {
            ("create role", Some((role, permission))) => {
                self.gives.entry(role.clone()).or_default().insert(permission.clone());
                return;
            }
            ("remove permission", Some((role, permission))) => {
                // Another role may give the same scope: then its holder keeps it.
                self.gives.entry(role.clone()).or_default().remove(permission);
                return;
            }
            ("recreate subject", _) => self.nothing = false,
            ("give role", _) if gains.roles.is_empty() => {
                self.roles.extend(arguments.get("role").cloned())
            }
            _ => {}
        }
        self.nothing = (self.nothing || loses.everything) && !gains.everything;
        self.roles.retain(|r| !loses.roles.contains(r));
        self.roles.extend(gains.roles.iter().cloned());
        self.withheld.extend(loses.scopes.iter().cloned());
        self.extra.retain(|s| !loses.scopes.contains(s));
        self.withheld.retain(|s| !gains.scopes.contains(s));
        // What a role gives is gone when the role loses it: it is not the subject's own.
        let by_role = |s: &String| {
            gains.roles.iter().any(|r| self.gives.get(r).is_some_and(|given| given.contains(s)))
        };
        self.extra.extend(gains.scopes.iter().filter(|s| !by_role(s)).cloned());
    }

    fn entitled(self) -> Entitled {
        let mut rights = Rights::new();
        if !self.nothing {
            let given = self.roles.iter().filter_map(|r| self.gives.get(r)).flatten();
            let scopes = given.chain(&self.extra).filter(|s| !self.withheld.contains(*s));
            rights.extend(scopes.cloned().map(Right::Scope));
            rights.extend(self.roles.intersection(&self.taken_roles).cloned().map(Right::Role));
        }
        Entitled { rights, roles: self.roles, doubt: self.doubt, since: self.since }
    }
}
