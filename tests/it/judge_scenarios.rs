//! The shipped scenarios as a system would answer that does everything right, with a service of each class: no
//! enforcement requirement may fail on it or stay open. The model below is a driver and a system in one, and shares
//! nothing with the real ones.

use std::collections::BTreeMap;

use recant::history::{
    Action, Arm, Begin, Completion, Invocation, Line, Loss, Obligation, Seen, View,
};
use recant::judge::judge;
use recant::model::{
    Facts, Moment, Needs, OperationFacts, Outcome, Refusal, RoleFacts, ServiceClass, ServiceFacts,
    Signature, TokenForm, TokenKind, TokenSeen, Verdict,
};
use recant::plan::{Operations, Scenario, ScopeChoice, Verb};
use recant::requirements::{Catalog, Point, world};
use serde_json::json;

const CLASSES: [(&str, ServiceClass, Option<u64>, u32); 6] = [
    ("asks", ServiceClass::Introspect, Some(0), 1),
    ("caches", ServiceClass::IntrospectCache, Some(10_000), 2),
    ("decides", ServiceClass::DecisionPerRequest, Some(0), 1),
    ("hears", ServiceClass::EventDriven, Some(30_000), 1),
    ("lists", ServiceClass::StatusList, Some(30_000), 1),
    ("trusts", ServiceClass::SelfContained, None, 1),
];
const LIVES: f64 = 3000.0;

fn facts() -> Facts {
    let role = |right: &str| RoleFacts {
        scopes: CLASSES.iter().map(|(name, ..)| format!("{name}:{right}")).collect(),
    };
    let operations = |name: &str| {
        ["read", "write", "admin"].map(|right| {
            let needs = Needs { scope: Some(format!("{name}:{right}")), role: None };
            (right.to_owned(), OperationFacts { needs, routes: 2 })
        })
    };
    let service = |(name, class, bound, replicas): (&str, ServiceClass, Option<u64>, u32)| {
        let operations = operations(name).into();
        let facts = ServiceFacts { class, audience: name.into(), bound, replicas, operations };
        (name.to_owned(), facts)
    };
    Facts {
        services: CLASSES.into_iter().map(service).collect(),
        roles: [("reader".to_owned(), role("read")), ("writer".to_owned(), role("write"))].into(),
        ..world::facts()
    }
}

#[derive(Clone)]
struct Token {
    subject: String,
    service: String,
    scopes: Vec<String>,
    refresh: Option<String>,
    issued: f64,
    kid: &'static str,
    access: bool,
    dead: bool,
}

/// A driver and a system that does everything right.
struct World {
    now: f64,
    lines: Vec<Line>,
    ops: u64,
    roles: BTreeMap<String, Vec<String>>,
    disabled: Vec<String>,
    lost: Vec<(Option<String>, Vec<String>)>,
    tokens: BTreeMap<String, Token>,
    labels: BTreeMap<String, Vec<String>>,
    cache: BTreeMap<(String, u32), (f64, bool, Vec<String>)>,
    changes: Vec<(u64, String, Option<String>, Loss)>,
    kid: &'static str,
    down: bool,
    rotated: f64,
}

impl World {
    fn op(&mut self, at: f64, action: Action, outcome: Outcome, seen: Seen) -> u64 {
        let moment = |s: f64| Moment((s * 1e9) as u64);
        let op = self.ops;
        self.ops += 1;
        let instance = "scenario".into();
        self.lines.push(Line::Invoke(Invocation { op, instance, at: moment(at), action }));
        let at = moment(at + 0.002);
        self.lines.push(Line::Complete(Box::new(Completion { op, at, outcome, seen })));
        op
    }

    fn next(&mut self) -> f64 {
        self.now += 0.003;
        self.now
    }

    fn entitled(&self, subject: &str, scope: &str) -> bool {
        let right = scope.split(':').next_back().unwrap_or_default();
        let role = match right {
            "read" => "reader",
            "write" => "writer",
            _ => return false,
        };
        self.roles[subject].iter().any(|r| r == role)
            && !self.lost.iter().any(|(who, scopes)| {
                who.as_deref().is_none_or(|who| who == subject)
                    && scopes.contains(&scope.to_owned())
            })
    }

    fn alive(&self, token: &Token, at: f64) -> bool {
        !token.dead && !self.disabled.contains(&token.subject) && at < token.issued + LIVES
    }

    /// What the issuer says of a token now.
    fn state(&self, id: &str, at: f64) -> (bool, Vec<String>) {
        let token = &self.tokens[id];
        let scopes = token.scopes.iter().filter(|s| self.entitled(&token.subject, s)).cloned();
        (self.alive(token, at), scopes.collect())
    }

    fn answer(
        &mut self,
        service: &str,
        operation: &str,
        id: &str,
        replica: u32,
        at: f64,
    ) -> (Outcome, Seen) {
        let class = CLASSES.iter().find(|c| c.0 == service).expect("a service").1;
        let token = self.tokens[id].clone();
        let dead = || (refused(401, "invalid_token"), Seen::default());
        if class == ServiceClass::DecisionPerRequest && self.down {
            let seen = Seen { status: Some(503), ..Seen::default() };
            return (Outcome::Unknown("503".into()), seen);
        }
        let expired = at >= token.issued + LIVES;
        let forged = token.kid != self.kid && at > self.rotated + 60.0;
        if token.service != service || expired || forged {
            return dead();
        }
        let (alive, scopes) = match class {
            ServiceClass::SelfContained => (true, token.scopes.clone()),
            ServiceClass::IntrospectCache => {
                let fresh = self.state(id, at);
                let key = (id.to_owned(), replica);
                let kept = self.cache.get(&key).filter(|kept| at < kept.0 + 9.0).cloned();
                let entry = kept.unwrap_or((at, fresh.0, fresh.1));
                self.cache.insert(key, entry.clone());
                (entry.1, entry.2)
            }
            _ => self.state(id, at),
        };
        if !alive {
            return dead();
        }
        if scopes.contains(&format!("{service}:{operation}")) {
            (Outcome::Accepted, Seen::default())
        } else {
            (refused(403, "insufficient_scope"), Seen::default())
        }
    }

    fn call(
        &mut self,
        id: &str,
        service: &str,
        operation: &str,
        place: (u32, u32),
        arm: Arm,
        at: f64,
    ) -> bool {
        let (route, replica) = place;
        let (outcome, seen) = self.answer(service, operation, id, replica, at);
        let accepted = outcome.is_allow();
        let action = Action::Call {
            subject: self.tokens[id].subject.clone(),
            service: service.into(),
            operation: operation.into(),
            token: id.into(),
            route,
            replica,
            arm,
        };
        self.op(at, action, outcome, seen);
        accepted
    }

    fn give(
        &mut self,
        subject: &str,
        service: &str,
        scopes: Vec<String>,
        from: Option<String>,
    ) -> Vec<TokenSeen> {
        let n = self.tokens.len();
        let (access, refresh) = (format!("t{n}"), format!("r{n}"));
        let at = self.now;
        let token = Token {
            subject: subject.into(),
            service: service.into(),
            scopes: scopes.clone(),
            refresh: Some(refresh.clone()),
            issued: at,
            kid: self.kid,
            access: true,
            dead: false,
        };
        let claims = json!({
            "aud": service, "scope": scopes.join(" "), "exp": world::STARTED_SECONDS + at + LIVES,
        });
        let seen = TokenSeen {
            id: access.clone(),
            kind: TokenKind::Access,
            form: TokenForm::Jwt,
            fingerprint: access.clone(),
            subject: Some(subject.into()),
            service: Some(service.into()),
            from,
            refresh: Some(refresh.clone()),
            header: json!({ "kid": self.kid }).as_object().cloned(),
            claims: claims.as_object().cloned(),
            requested_scope: None,
            response_scope: None,
            expires_in: None,
            signature: Signature::Valid,
        };
        let refresh_seen = TokenSeen {
            id: refresh.clone(),
            kind: TokenKind::Refresh,
            form: TokenForm::Opaque,
            refresh: None,
            header: None,
            claims: None,
            ..seen.clone()
        };
        self.tokens.insert(refresh, Token { access: false, refresh: None, ..token.clone() });
        self.tokens.insert(access, token);
        vec![refresh_seen, seen]
    }

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

    fn chosen(&self, subject: &str, service: &str, which: Operations) -> Vec<&'static str> {
        ["read", "write", "admin"]
            .into_iter()
            .filter(|right| {
                let scope = format!("{service}:{right}");
                let full = *right != "admin";
                let _ = subject;
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
            Verb::Subject { name, roles } => {
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
            Verb::Undo { name } => self.undo(name.as_deref()),
            Verb::Refresh { label, to, .. } => self.refresh(label, to),
            Verb::Introspect { label, .. } => {
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
                    self.op(at, Action::Introspect { subject, token: id }, outcome, seen);
                }
            }
            Verb::Revoke { label, refresh, .. } => {
                for id in self.label(label) {
                    let at = self.next();
                    let token = self.tokens[&id].clone();
                    let shown =
                        if *refresh { token.refresh.clone().expect("one") } else { id.clone() };
                    self.tokens.get_mut(&id).expect("one").dead = true;
                    self.tokens.get_mut(&shown).expect("one").dead = true;
                    let loses = Loss { tokens: vec![shown.clone()], ..Loss::default() };
                    let action = Action::Revoke { subject: token.subject, token: shown };
                    let op = self.op(at, action, Outcome::Accepted, Seen::default());
                    self.changes.push((op, "revoke".into(), None, loses));
                }
            }
            Verb::AwaitExpiry { label, .. } => {
                let ends = self
                    .label(label)
                    .iter()
                    .map(|id| self.tokens[id].issued + LIVES)
                    .fold(0.0, f64::max);
                self.now = self.now.max(ends + 61.0);
            }
            Verb::Wait { seconds } => self.now += *seconds as f64,
            _ => {}
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
                for operation in self.chosen(&token.subject, service, call.operations) {
                    let routes = if call.every_route { 2 } else { 1 };
                    let replicas = if call.every_route { replicas } else { 1 };
                    for place in (0..routes).flat_map(|r| (0..replicas).map(move |p| (r, p))) {
                        let at = self.next();
                        self.call(&id, service, operation, place, Arm::None, at);
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
            let operations = self.chosen(&token.subject, service, Operations::Lost);
            if operations.is_empty() {
                continue;
            }
            let mut at = began;
            while at < began + bound + 6.0 {
                for operation in &operations {
                    for replica in 0..replicas {
                        at += 0.25;
                        self.call(&id, service, operation, (0, replica), Arm::Hot, at);
                    }
                }
            }
            let idle = cold.map(|label| self.label(label)).unwrap_or_default();
            let idle = idle.into_iter().find(|id| self.tokens[id].service == service);
            for id in idle {
                for operation in &operations {
                    for replica in 0..replicas {
                        at += 0.01;
                        self.call(&id, service, operation, (0, replica), Arm::Cold, at);
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
            "stop decision source" => self.down = true,
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
            "stop decision source" => self.down = false,
            _ => self.lost.clear(),
        }
        self.op(at, Action::Undo { change, name }, Outcome::Accepted, Seen::default());
    }
}

fn refused(status: u16, error: &str) -> Outcome {
    Outcome::Refused(Refusal { status, error: Some(error.into()), challenged: true })
}

/// The history of a scenario with an obligation for each enforcement requirement of `aliases`.
fn history(name: &str, aliases: &[&str]) -> View {
    let text = std::fs::read_to_string(format!("scenarios/{name}.toml")).expect("the scenario");
    let scenario: Scenario = toml::from_str(&text).expect("the scenario parses");
    let begin = Begin {
        version: recant::history::VERSION,
        run: "model".into(),
        tool: "model".into(),
        started: world::STARTED.into(),
        facts: facts(),
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

#[test]
fn a_system_that_does_everything_right_neither_fails_nor_leaves_open() {
    let scenarios = [
        ("role-removal", &["E-01", "E-10", "E-12", "E-20"][..]),
        ("risk-elevation", &["E-01"]),
        ("device-change", &["E-01"]),
        ("policy-edit", &["E-01"]),
        ("token-revoked", &["E-02", "E-10", "E-12", "E-19", "E-20"]),
        ("subject-disabled", &["E-03", "E-12", "E-19", "E-20"]),
        ("subject-deleted", &["E-03"]),
        ("wrong-audience", &["E-04"]),
        ("narrow-scope", &["E-05"]),
        ("expiry", &["E-06", "E-12"]),
        ("key-retired", &["E-09"]),
        ("decision-source-down", &["E-16"]),
    ];
    let mut said = String::new();
    let mut wrong = Vec::new();
    for (name, aliases) in scenarios {
        for f in judge(Catalog::shipped(), &history(name, aliases)) {
            let service = f.service.unwrap_or_else(|| "the issuer".into());
            let line = format!("{} after {name}: {} at {service}", f.alias, f.verdict.word());
            if !matches!(f.verdict, Verdict::Pass | Verdict::Bounded) {
                wrong.push(format!("{line}: {} {:?}", f.because, f.evidence));
            }
            said += &line;
            said.push('\n');
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    insta::assert_snapshot!(said);
    assert_eq!(Catalog::shipped().find("E-01").map(|r| r.point), Some(Point::Enforcement));
}
