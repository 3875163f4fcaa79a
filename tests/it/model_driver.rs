//! A driver for the model: plays the shipped scenarios on it and writes the history. Shares nothing with the real one.

use std::collections::BTreeMap;

use recant::history::{Action, Arm, Begin, Line, Loss, Obligation, Seen, View};
use recant::model::{Outcome, Refusal, Waivers};
use recant::plan::{Operations, Scenario, ScopeChoice, Verb};
use recant::requirements::{Catalog, world};
use serde_json::json;

use super::model_system::{CLASSES, Called, LIVES, World, facts, refused};

/// The history of a scenario with an obligation for each requirement of `aliases`. `fault` names what the system does
/// wrong (FAULTS section 6), if anything.
pub fn history(name: &str, aliases: &[&str], fault: &'static str) -> View {
    let text = std::fs::read_to_string(format!("scenarios/{name}.toml")).expect("the scenario");
    let scenario: Scenario = toml::from_str(&text).expect("the scenario parses");
    let begin = Begin {
        version: recant::history::VERSION,
        run: "model".into(),
        tool: "model".into(),
        started: world::STARTED.into(),
        ahead: None,
        by: None,
        facts: facts(),
        waivers: Waivers::default(),
        controls: Vec::new(),
        shard: None,
    };
    let mut world = World {
        now: 1.0,
        lines: vec![Line::Begin(Box::new(begin))],
        ops: 0,
        roles: BTreeMap::new(),
        disabled: Vec::new(),
        lost: Vec::new(),
        tokens: BTreeMap::new(),
        labels: BTreeMap::new(),
        cache: BTreeMap::new(),
        changes: Vec::new(),
        kid: "k1",
        down: false,
        rotated: 0.0,
        fault,
    };
    for verb in &scenario.step {
        world.perform(verb);
    }
    let lines = world.lines.len() as u64 - 1;
    for alias in aliases {
        let requirement = Catalog::shipped().find(alias).expect("a requirement");
        world.lines.push(Line::Obligation(Box::new(Obligation {
            requirement: requirement.id.clone(),
            check: requirement.check.clone(),
            instance: "scenario".into(),
            upto: world.ops,
            lines,
            ..Obligation::default()
        })));
    }
    View::of(world.lines)
}

impl World {
    fn label(&self, label: &str) -> Vec<String> {
        self.labels.get(label).cloned().unwrap_or_default()
    }

    fn hit(&self, scope: &str) -> bool {
        let Some((.., loses)) = self.changes.last() else { return false };
        loses.everything
            || !loses.tokens.is_empty()
            || loses.key.is_some()
            || loses.scopes.contains(&scope.to_owned())
    }

    fn chosen(&self, service: &str, which: Operations) -> Vec<&'static str> {
        ["read", "write", "admin"]
            .into_iter()
            .filter(|right| {
                let scope = format!("{service}:{right}");
                let full = *right != "admin";
                match which {
                    Operations::All => true,
                    Operations::Entitled => full,
                    Operations::Lost => full && self.hit(&scope),
                    Operations::Kept => full && !self.hit(&scope),
                    Operations::Canary => !full,
                }
            })
            .collect()
    }

    fn perform(&mut self, verb: &Verb) {
        match verb {
            Verb::Subject { name, roles, .. } => {
                let roles = roles.clone().unwrap_or_else(|| vec!["reader".into(), "writer".into()]);
                self.roles.insert(name.clone(), roles.clone());
                let at = self.next();
                self.op(
                    at,
                    Action::Subject { subject: name.clone(), roles },
                    Outcome::Accepted,
                    Seen::default(),
                );
            }
            Verb::Tokens { of, label, scope, .. } => self.issue(of, label, *scope),
            Verb::Call(call) => {
                for _ in 0..call.times.unwrap_or(1) {
                    self.round(call);
                }
            }
            Verb::Watch { hot, cold, .. } => self.watch(hot, cold.as_deref()),
            Verb::Change { name, of, .. } => self.change(name, of.clone()),
            Verb::Undo { name, .. } => self.undo(name.as_deref()),
            Verb::Refresh { label, to, .. } => self.refresh(label, to),
            Verb::Introspect { label, .. } => self.introspect(label),
            Verb::Revoke { label, refresh, .. } => self.revoke(label, *refresh),
            Verb::AwaitExpiry { label, .. } => {
                let ends = self
                    .label(label)
                    .iter()
                    .map(|id| self.tokens[id].issued + LIVES)
                    .fold(0.0, f64::max);
                self.now = self.now.max(ends + 61.0);
            }
            Verb::Wait { seconds, .. } => self.now += *seconds as f64,
            _ => {}
        }
    }

    fn introspect(&mut self, label: &str) {
        for id in self.label(label) {
            let at = self.next();
            let (alive, scopes) = self.state(&id, at);
            let said = if alive {
                json!({ "active": true, "scope": scopes.join(" ") })
            } else {
                json!({ "active": false })
            };
            let seen = Seen { introspection: said.as_object().cloned(), ..Seen::default() };
            let outcome = if alive {
                Outcome::Accepted
            } else {
                Outcome::Refused(Refusal { status: 200, ..Refusal::default() })
            };
            let subject = self.tokens[&id].subject.clone();
            self.op(
                at,
                Action::Introspect { subject, token: id, how: None, hint: None },
                outcome,
                seen,
            );
        }
    }

    fn revoke(&mut self, label: &str, refresh: bool) {
        for id in self.label(label) {
            let at = self.next();
            let token = self.tokens[&id].clone();
            let shown = if refresh { token.refresh.clone().expect("one") } else { id.clone() };
            for dies in [&shown, &id] {
                let spared = self.fault == "mu-18" && refresh && *dies == id;
                let kept = self.fault == "mu-17" || spared;
                let token = self.tokens.get_mut(dies).expect("one");
                (token.dead, token.revoked) = (!kept, !kept);
            }
            let loses = Loss { tokens: vec![shown.clone()], ..Loss::default() };
            let action = Action::Revoke { subject: token.subject, token: shown, hint: None };
            let op = self.op(at, action, Outcome::Accepted, Seen::default());
            self.changes.push((op, "revoke".into(), None, loses));
        }
    }

    fn issue(&mut self, of: &str, label: &str, choice: ScopeChoice) {
        let mut given = Vec::new();
        for (service, ..) in CLASSES {
            let at = self.next();
            let rights: &[&str] =
                if choice == ScopeChoice::Narrow { &["read"] } else { &["read", "write"] };
            let asked: Vec<String> = rights.iter().map(|r| format!("{service}:{r}")).collect();
            let scopes: Vec<String> =
                asked.iter().filter(|s| self.entitled(of, s)).cloned().collect();
            let scope = (choice != ScopeChoice::Same).then_some(asked);
            let action = Action::Issue {
                token: None,
                exchange: None,
                subject: of.into(),
                grant: "password".into(),
                service: service.into(),
                scope,
            };
            if self.disabled.contains(&of.to_owned()) {
                self.op(at, action, refused(400, "invalid_grant"), Seen::default());
                continue;
            }
            let tokens = self.give(of, service, scopes, None);
            given.push(tokens[1].id.clone());
            self.op(at, action, Outcome::Accepted, Seen { tokens, ..Seen::default() });
        }
        self.labels.insert(label.into(), given);
    }

    fn refresh(&mut self, label: &str, to: &str) {
        let mut given = Vec::new();
        for id in self.label(label) {
            let at = self.next();
            let token = self.tokens[&id].clone();
            let shown = token.refresh.clone().expect("one");
            let action = Action::Refresh {
                elsewhere: None,
                subject: token.subject.clone(),
                token: shown.clone(),
                service: token.service.clone(),
                scope: None,
                parallel: None,
            };
            if self.alive(&self.tokens[&shown], 0.0) {
                let scopes = token
                    .scopes
                    .iter()
                    .filter(|s| self.entitled(&token.subject, s))
                    .cloned()
                    .collect();
                let tokens = self.give(&token.subject, &token.service, scopes, Some(shown));
                given.push(tokens[1].id.clone());
                self.op(at, action, Outcome::Accepted, Seen { tokens, ..Seen::default() });
            } else {
                self.op(at, action, refused(400, "invalid_grant"), Seen::default());
            }
        }
        self.labels.insert(to.into(), given);
    }

    fn round(&mut self, call: &recant::plan::CallWith) {
        for id in self.label(&call.label) {
            let token = self.tokens[&id].clone();
            for (service, _, _, replicas) in CLASSES {
                if (service == token.service) == call.elsewhere {
                    continue;
                }
                for operation in self.chosen(service, call.operations) {
                    let routes = if call.every_route { 2 } else { 1 };
                    let replicas = if call.every_route { replicas } else { 1 };
                    for place in (0..routes).flat_map(|r| (0..replicas).map(move |p| (r, p))) {
                        let at = self.next();
                        let called = Called { service, operation, id: &id, place };
                        self.call(&called, Arm::None, at);
                    }
                }
            }
        }
    }

    fn watch(&mut self, hot: &str, cold: Option<&str>) {
        let began = self.now;
        let mut ended = began;
        for id in self.label(hot) {
            let token = self.tokens[&id].clone();
            let (service, _, bound, replicas) =
                *CLASSES.iter().find(|c| c.0 == token.service).expect("a service");
            let key = self.changes.last().is_some_and(|c| c.3.key.is_some());
            let bound = if key { 600.0 } else { bound.unwrap_or(2_500) as f64 / 1000.0 };
            let operations = self.chosen(service, Operations::Lost);
            if operations.is_empty() {
                continue;
            }
            let mut at = began;
            while at < began + bound + 6.0 {
                for operation in &operations {
                    for replica in 0..replicas {
                        at += 0.25;
                        let called = Called { service, operation, id: &id, place: (0, replica) };
                        self.call(&called, Arm::Hot, at);
                    }
                }
            }
            let idle = cold.map(|label| self.label(label)).unwrap_or_default();
            let idle = idle.into_iter().find(|id| self.tokens[id].service == service);
            if let Some(id) = idle {
                for operation in &operations {
                    for replica in 0..replicas {
                        at += 0.01;
                        let called = Called { service, operation, id: &id, place: (0, replica) };
                        self.call(&called, Arm::Cold, at);
                    }
                }
            }
            ended = ended.max(at);
        }
        self.now = ended;
    }

    fn change(&mut self, name: &str, of: Option<String>) {
        let at = self.next();
        let write: Vec<String> = CLASSES.iter().map(|(name, ..)| format!("{name}:write")).collect();
        let loses = match name {
            "remove role" => {
                Loss { roles: vec!["writer".into()], scopes: write, ..Loss::default() }
            }
            "raise risk" | "change device" => Loss { scopes: write, ..Loss::default() },
            "remove permission" => Loss { scopes: write[..1].to_vec(), ..Loss::default() },
            "disable subject" | "delete subject" => Loss { everything: true, ..Loss::default() },
            "retire key" => Loss { key: Some(self.kid.into()), ..Loss::default() },
            _ => Loss::default(),
        };
        match name {
            "retire key" => (self.kid, self.rotated) = ("k2", at),
            "stop decision source" | "slow decision source" | "garble decision source" => {
                self.down = true;
            }
            "recreate subject" => self.disabled.clear(),
            _ if loses.everything => {
                let subject = of.clone().unwrap_or_default();
                for token in self.tokens.values_mut().filter(|t| t.subject == subject) {
                    token.dead = true;
                }
                self.disabled.push(subject);
            }
            _ => self.lost.push((of.clone(), loses.scopes.clone())),
        }
        let action = Action::Change {
            name: name.into(),
            subject: of.clone(),
            arguments: BTreeMap::new(),
            loses: loses.clone(),
            gains: Loss::default(),
            for_good: false,
        };
        let op = self.op(at, action, Outcome::Accepted, Seen::default());
        self.changes.push((op, name.into(), of, loses));
    }

    fn undo(&mut self, name: Option<&str>) {
        let at = self.next();
        let found =
            self.changes.iter().rev().find(|c| name.is_none_or(|name| name == c.1)).cloned();
        let (change, name, ..) = found.expect("a change to undo");
        match name.as_str() {
            "disable subject" => self.disabled.clear(),
            "stop decision source" | "slow decision source" | "garble decision source" => {
                self.down = false;
            }
            _ => self.lost.clear(),
        }
        self.op(at, Action::Undo { change, name }, Outcome::Accepted, Seen::default());
    }
}
