//! A model of a system with a service of each class, that does everything right, or all but one thing. Shares nothing
//! with the reference system.

use std::collections::BTreeMap;

use recant::history::{Action, Arm, Completion, Invocation, Line, Loss, Seen};
use recant::model::{
    Facts, Moment, Needs, OperationFacts, Outcome, Refusal, RoleFacts, ServiceClass, ServiceFacts,
    Signature, TokenForm, TokenKind, TokenSeen,
};
use recant::requirements::world;
use serde_json::json;

pub const CLASSES: [(&str, ServiceClass, Option<u64>, u32); 6] = [
    ("asks", ServiceClass::Introspect, Some(0), 1),
    ("caches", ServiceClass::IntrospectCache, Some(10_000), 2),
    ("decides", ServiceClass::DecisionPerRequest, Some(0), 1),
    ("hears", ServiceClass::EventDriven, Some(30_000), 1),
    ("lists", ServiceClass::StatusList, Some(30_000), 1),
    ("trusts", ServiceClass::SelfContained, None, 1),
];
pub const LIVES: f64 = 3000.0;

pub fn facts() -> Facts {
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
        let facts = ServiceFacts {
            class,
            audience: name.into(),
            bound,
            replicas,
            operations,
            further_issuers: false,
            foreign: BTreeMap::new(),
            key_stays: None,
            issuers_said: true,
            unsaid_issuers: Vec::new(),
            derived: BTreeMap::new(),
        };
        (name.to_owned(), facts)
    };
    Facts {
        services: CLASSES.into_iter().map(service).collect(),
        roles: [("reader".to_owned(), role("read")), ("writer".to_owned(), role("write"))].into(),
        ..world::facts()
    }
}

#[derive(Clone)]
pub struct Token {
    pub subject: String,
    pub service: String,
    pub scopes: Vec<String>,
    pub refresh: Option<String>,
    pub issued: f64,
    pub kid: &'static str,
    pub dead: bool,
    pub revoked: bool,
}

/// One call; `place` is route and replica.
pub struct Called<'a> {
    pub service: &'a str,
    pub operation: &'a str,
    pub id: &'a str,
    pub place: (u32, u32),
}

/// A driver and a system that does everything right, but for its fault.
pub struct World {
    pub now: f64,
    pub lines: Vec<Line>,
    pub ops: u64,
    pub roles: BTreeMap<String, Vec<String>>,
    pub disabled: Vec<String>,
    pub lost: Vec<(Option<String>, Vec<String>)>,
    pub tokens: BTreeMap<String, Token>,
    pub labels: BTreeMap<String, Vec<String>>,
    pub cache: BTreeMap<(String, u32), (f64, bool, Vec<String>)>,
    pub changes: Vec<(u64, String, Option<String>, Loss)>,
    pub kid: &'static str,
    pub down: bool,
    pub rotated: f64,
    pub fault: &'static str,
}

impl World {
    pub fn op(&mut self, at: f64, action: Action, outcome: Outcome, seen: Seen) -> u64 {
        let moment = |s: f64| Moment((s * 1e9) as u64);
        let op = self.ops;
        self.ops += 1;
        let instance = "scenario".into();
        self.lines.push(Line::Invoke(Invocation { op, instance, at: moment(at), action }));
        let at = moment(at + 0.002);
        self.lines.push(Line::Complete(Box::new(Completion { op, at, outcome, seen })));
        op
    }

    pub fn next(&mut self) -> f64 {
        self.now += 0.003;
        self.now
    }

    pub fn entitled(&self, subject: &str, scope: &str) -> bool {
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

    pub fn alive(&self, token: &Token, at: f64) -> bool {
        !token.dead && !self.disabled.contains(&token.subject) && at < token.issued + LIVES
    }

    /// What the issuer says of a token now.
    pub fn state(&self, id: &str, at: f64) -> (bool, Vec<String>) {
        let token = &self.tokens[id];
        if self.fault == "mu-19" {
            return (!token.revoked && at < token.issued + LIVES, token.scopes.clone());
        }
        let scopes = token.scopes.iter().filter(|s| self.entitled(&token.subject, s)).cloned();
        (self.alive(token, at), scopes.collect())
    }

    pub fn answer(&mut self, called: &Called, at: f64) -> (Outcome, Seen) {
        let Called { service, operation, id, place: (route, replica) } = *called;
        let class = CLASSES.iter().find(|c| c.0 == service).expect("a service").1;
        let token = self.tokens[id].clone();
        let dead = || (refused(401, "invalid_token"), Seen::default());
        let accepted = (Outcome::Accepted, Seen::default());
        if class == ServiceClass::DecisionPerRequest && self.down {
            let seen = Seen { status: Some(503), ..Seen::default() };
            let closed = (Outcome::Unknown("503".into()), seen);
            return if self.fault == "mu-34" { accepted } else { closed };
        }
        let leeway = if self.fault == "mu-26" { 300.0 } else { 0.0 };
        let expired = at >= token.issued + LIVES + leeway;
        let stale = at > self.rotated + 60.0 && self.fault != "mu-28";
        let foreign = token.service != service && self.fault != "mu-25";
        if foreign || expired || (token.kid != self.kid && stale) {
            return dead();
        }
        if route == 1 && self.fault == "mu-31" {
            return accepted;
        }
        let (alive, scopes) = match class {
            ServiceClass::SelfContained => (true, token.scopes.clone()),
            ServiceClass::IntrospectCache => self.kept(id, replica, at),
            _ => self.state(id, at - leeway),
        };
        if !alive {
            return dead();
        }
        // With mu-25 the scope must not hide that the audience is not looked at.
        if scopes
            .iter()
            .any(|s| s.ends_with(operation) && (self.fault == "mu-25" || s.starts_with(service)))
        {
            accepted
        } else {
            (refused(403, "insufficient_scope"), Seen::default())
        }
    }

    /// What a service with a cache knows of a token.
    pub fn kept(&mut self, id: &str, replica: u32, at: f64) -> (bool, Vec<String>) {
        let leeway = if self.fault == "mu-26" { 300.0 } else { 0.0 };
        let fresh = self.state(id, at - leeway);
        let key = (id.to_owned(), replica);
        if self.fault == "mu-33" && replica == 1 {
            return (at < self.tokens[id].issued + LIVES, self.tokens[id].scopes.clone());
        }
        let keeps = if self.fault == "mu-27" { LIVES } else { 9.0 };
        let kept = self.cache.get(&key).filter(|kept| at < kept.0 + keeps).cloned();
        let mut entry = kept.unwrap_or((at, fresh.0, fresh.1));
        if self.fault == "mu-36" {
            entry.0 = at;
        }
        self.cache.insert(key, entry.clone());
        (entry.1, entry.2)
    }

    pub fn call(&mut self, called: &Called, arm: Arm, at: f64) {
        let (outcome, seen) = self.answer(called, at);
        let action = Action::Call {
            subject: self.tokens[called.id].subject.clone(),
            service: called.service.into(),
            operation: called.operation.into(),
            token: called.id.into(),
            route: called.place.0,
            replica: called.place.1,
            arm,
            detour: None,
        };
        self.op(at, action, outcome, seen);
    }

    pub fn give(
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
            dead: false,
            revoked: false,
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
            crafted: None,
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
        self.tokens.insert(refresh, Token { refresh: None, ..token.clone() });
        self.tokens.insert(access, token);
        vec![refresh_seen, seen]
    }
}

pub fn refused(status: u16, error: &str) -> Outcome {
    Outcome::Refused(Refusal { status, error: Some(error.into()), challenged: true })
}
