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
            self.change(name, subject, &input.with, false).await?;
            self.decided().await?;
            self.look(of, "input toggled").await?;
            self.look_anew(of).await?;
            self.undo(Some(name)).await?;
            self.decided().await?;
            self.look(of, "input as it was before").await?;
        }
        Ok(())
    }

    /// Takes each role away by itself, and gives it back: a target may know how to take some and not others.
    pub(super) async fn toggle_roles(&mut self, of: &str) -> Result<(), Halt> {
        let roles = self.member(of)?.roles.clone();
        for role in &roles {
            let with = BTreeMap::from([("role".to_owned(), role.clone())]);
            if !self.matters(&roles, &with) {
                continue;
            }
            self.look(of, "with the role").await?;
            self.change("remove role", Some(of), &with, false).await?;
            self.decided().await?;
            self.look(of, "without the role").await?;
            self.refresh(&Verb::Refresh {
                of: of.to_owned(),
                label: "with the role".to_owned(),
                to: "refreshed without the role".to_owned(),
                scope: ScopeChoice::Same,
                parallel: None,
                service: None,
            })
            .await?;
            self.undo(Some("remove role")).await?;
            self.decided().await?;
            self.look(of, "with the role again").await?;
        }
        Ok(())
    }

    /// True where an operation that these roles are enough for needs what the removal of one of them takes.
    fn matters(&self, roles: &[String], with: &BTreeMap<String, String>) -> bool {
        let target = &self.run.declared.target;
        let (fresh, key) = (&BTreeMap::new(), None);
        let about = About { change: "remove role", arguments: with, roles, fresh, key };
        let loses = entitlement::effects(target, about).loses;
        let mut needs =
            target.service.values().flat_map(|s| s.operation.values()).map(|o| &o.needs);
        needs.any(|needs| loses.takes(needs) && entitlement::entitled(target, needs, roles))
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
        match self.run.facts().bounds.decision {
            0 => Ok(()),
            ms => self.wait_until(self.run.now().plus_ms(ms).plus_ms(1_000)).await,
        }
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
