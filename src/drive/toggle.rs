//! Toggling what the target declares to matter for decisions, one at a time: what tokens say and services do before, while and
//! after one thing is different.

use std::collections::BTreeMap;

use super::entitlement::{self, About};
use super::{Halt, Stage};
use crate::model::ServiceClass;
use crate::plan::{CallWith, Operations, ScopeChoice, Verb, Via};

/// Label of the tokens of before, which one service may look at anew at each request.
const BEFORE: &str = "input as it was";

impl Stage {
    /// Toggles each declared input that the recipe has a change for, and undoes it. Those that it has none for are left out: the
    /// record then has no change of theirs.
    pub(super) async fn toggle_inputs(&mut self, of: &str) -> Result<(), Halt> {
        let declared = self.run.declared.clone();
        for input in &declared.target.input {
            let Some(name) = &input.change else { continue };
            let Some(change) = declared.recipe.change.get(name) else { continue };
            let subject = change.takes.iter().any(|t| t == "subject").then_some(of);
            // Twice: what differs without any change says nothing later.
            self.look(of, BEFORE).await?;
            self.look(of, "input as it was, again").await?;
            self.everywhere(of, BEFORE).await?;
            self.change(name, subject, &input.with, false).await?;
            self.decided().await?;
            self.look(of, "input toggled").await?;
            self.look_anew(of).await?;
            if self.matters(of, name, &input.with)? {
                self.late(of, BEFORE).await?;
                self.renew(of, BEFORE, "refreshed with input toggled").await?;
            }
            self.undo(Some(name)).await?;
            self.decided().await?;
            self.look(of, "input as it was before").await?;
        }
        Ok(())
    }

    /// Takes each role away by itself, and gives it back: a target may know how to take some and not others.
    pub(super) async fn toggle_roles(&mut self, of: &str) -> Result<(), Halt> {
        for role in self.member(of)?.roles.clone() {
            let with = BTreeMap::from([("role".to_owned(), role)]);
            self.toggle(of, "remove role", Some(of), &with).await?;
        }
        Ok(())
    }

    /// Takes each permission that only one of the subject's roles gives out of that role, and puts it back: some may be known by heart.
    pub(super) async fn toggle_permissions(&mut self, of: &str) -> Result<(), Halt> {
        let roles = self.member(of)?.roles.clone();
        let declared = self.run.declared.clone();
        let given = |roles: &[String]| entitlement::scopes_of(&declared.target, roles);
        for role in &roles {
            let others: Vec<_> = roles.iter().filter(|other| *other != role).cloned().collect();
            for permission in given(std::slice::from_ref(role)).difference(&given(&others)) {
                let with = [("role", role.as_str()), ("permission", permission)];
                let with = with.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
                self.toggle(of, "remove permission", None, &with).await?;
            }
        }
        Ok(())
    }

    /// Makes a change that takes something of the subject and undoes it, with a look before, between and after.
    async fn toggle(
        &mut self,
        of: &str,
        change: &str,
        subject: Option<&str>,
        with: &BTreeMap<String, String>,
    ) -> Result<(), Halt> {
        if !self.matters(of, change, with)? {
            return Ok(());
        }
        self.look(of, "with it").await?;
        self.change(change, subject, with, false).await?;
        self.decided().await?;
        self.look(of, "without it").await?;
        self.renew(of, "with it", "refreshed without it").await?;
        self.undo(Some(change)).await?;
        self.decided().await?;
        self.look(of, "with it again").await
    }

    /// Uses the refresh tokens of before.
    async fn renew(&mut self, of: &str, label: &str, to: &str) -> Result<(), Halt> {
        self.refresh(&Verb::Refresh {
            of: of.to_owned(),
            label: label.to_owned(),
            to: to.to_owned(),
            scope: ScopeChoice::Same,
            parallel: None,
            service: None,
            elsewhere: false,
        })
        .await
    }

    /// What the tokens of before are still good for, once whatever services may keep is over. Services whose bound is longer than any
    /// scenario waits are left out.
    async fn late(&mut self, of: &str, label: &str) -> Result<(), Halt> {
        let (now, facts) = (self.run.now(), self.run.facts());
        let due = |bound: u64| now.plus_ms(bound).plus_ms(1_000);
        let all = facts.services.iter().map(|(name, s)| (name.clone(), s.bound.unwrap_or(0)));
        let (names, bounds): (Vec<String>, Vec<u64>) =
            all.filter(|(_, bound)| !self.is_too_long(due(*bound))).unzip();
        let probes = facts.bounds.probes.max(1);
        let Some(longest) = bounds.into_iter().max() else { return Ok(()) };
        self.wait_until(due(longest)).await?;
        for name in names {
            let lost = CallWith {
                operations: Operations::Lost,
                every_route: true,
                times: Some(probes),
                ..everything(of, label, Some(name))
            };
            self.call_round(&lost).await?;
        }
        Ok(())
    }

    /// That every route and replica takes the tokens of before: a refusal later means something then.
    async fn everywhere(&mut self, of: &str, label: &str) -> Result<(), Halt> {
        let entitled = CallWith {
            operations: Operations::Entitled,
            every_route: true,
            ..everything(of, label, None)
        };
        self.call_round(&entitled).await
    }

    /// True where an operation that the subject's roles are enough for needs what a change takes.
    fn matters(
        &self,
        of: &str,
        change: &str,
        with: &BTreeMap<String, String>,
    ) -> Result<bool, Halt> {
        let target = &self.run.declared.target;
        let roles = &self.member(of)?.roles;
        let (fresh, key) = (&BTreeMap::new(), None);
        let about = About { change, arguments: with, roles, fresh, key };
        let loses = entitlement::effects(target, about).loses;
        let mut needs =
            target.service.values().flat_map(|s| s.operation.values()).map(|o| &o.needs);
        Ok(needs.any(|needs| loses.takes(needs) && entitlement::entitled(target, needs, roles)))
    }

    /// Gets fresh tokens and calls everything with them.
    async fn look(&mut self, of: &str, label: &str) -> Result<(), Halt> {
        let tokens = Verb::Tokens {
            of: of.to_owned(),
            label: label.to_owned(),
            scope: ScopeChoice::Same,
            service: None,
            via: Via::Usual,
            may_be_refused: true,
            class: None,
            apart: None,
        };
        self.tokens(&tokens).await?;
        self.call_round(&everything(of, label, None)).await
    }

    /// The tokens of before, where a decision is made at each request.
    async fn look_anew(&mut self, of: &str) -> Result<(), Halt> {
        let services = &self.run.facts().services;
        let deciding = |c: ServiceClass| c == ServiceClass::DecisionPerRequest;
        let names: Vec<String> =
            services.iter().filter(|(_, s)| deciding(s.class)).map(|(n, _)| n.clone()).collect();
        for name in names {
            self.call_round(&everything(of, BEFORE, Some(name))).await?;
        }
        Ok(())
    }

    /// Waits until decisions follow what was changed.
    async fn decided(&mut self) -> Result<(), Halt> {
        let ms = self.run.facts().bounds.decision;
        if ms > 0 {
            self.wait_until(self.run.now().plus_ms(ms).plus_ms(1_000)).await?;
        }
        self.look_again().await
    }
}

fn everything(of: &str, label: &str, service: Option<String>) -> CallWith {
    CallWith {
        of: of.to_owned(),
        label: label.to_owned(),
        or: Vec::new(),
        operations: Operations::All,
        service,
        operation: None,
        elsewhere: false,
        every_route: false,
        times: None,
    }
}
