//! Literal histories of requirement files: a compact form for people, and the lines of a history that it stands for.
//! They document a requirement and test its check. Made of nothing that was ever seen.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Requirement, world};
use crate::history::{Action, Begin, Completion, Invocation, Line, Obligation, Seen, VERSION};
use crate::model::{
    Moment, Outcome, Place, Signature, TokenForm, TokenId, TokenKind, TokenSeen, Verdict, Waivers,
};

/// The scenario instance that examples play in.
pub const INSTANCE: &str = "example";

/// A literal history with its verdict.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Example {
    /// What it shows.
    pub about: String,
    /// The verdict it must get (the worst over services).
    pub verdict: Verdict,
    /// What differs from the example target (`world.rs`), merged into its facts: `absent`, `bounds`, `services`, ...
    #[serde(default)]
    pub facts: Map<String, Value>,
    /// By how much the target's clock was ahead of recant's when the run began, seconds.
    #[serde(default)]
    pub ahead: i64,
    /// False where the target's clock was not read.
    #[serde(default = "read")]
    pub clock_read: bool,
    /// The ops.
    pub history: Vec<ExampleOp>,
}

/// One op of a literal history. Times are seconds since the run began.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExampleOp {
    /// What is done (`do = "call"` and its members).
    #[serde(flatten)]
    pub action: Action,
    /// When it is sent; default one second after the op before.
    #[serde(default)]
    pub at: Option<f64>,
    /// How long it takes; default 10 ms.
    #[serde(default)]
    pub took: Option<f64>,
    /// Default accepted.
    #[serde(default)]
    pub outcome: Option<Outcome>,
    /// How often it is done, one after the other; default once.
    #[serde(default)]
    pub times: Option<u32>,
    /// Seconds from one of these to the next; default one.
    #[serde(default)]
    pub every: Option<f64>,
    /// Tokens that are issued, in short.
    #[serde(default)]
    pub gives: Vec<ExampleToken>,
    /// What else was seen.
    #[serde(default)]
    pub seen: Seen,
}

/// An issued access token in short: a JWT of the op's subject for the op's service, that lives for five minutes.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ExampleToken {
    /// The record's name of it.
    pub id: TokenId,
    /// Its `scope` claim; no claim where this is left out.
    pub scope: Option<String>,
    /// The refresh token that comes with it.
    pub refresh: Option<TokenId>,
    /// `kid` of its header: the key that signed it.
    pub kid: Option<String>,
    /// Claims to add or to replace.
    pub claims: Map<String, Value>,
    /// Claims to leave out.
    pub without: Vec<String>,
    /// How recant made it, where no issuer gave it.
    pub crafted: Option<String>,
    /// Nothing can be read in it.
    pub opaque: bool,
    /// How long it lives, seconds; default 300.
    pub lives: Option<u64>,
    /// `scope` of the token response.
    pub response_scope: Option<Vec<String>>,
}

impl Example {
    /// The lines of the history that this stands for, with one obligation: the requirement, over all of it.
    ///
    /// # Errors
    /// Where `facts` does not fit the facts of a target.
    pub fn lines(&self, requirement: &Requirement) -> Result<Vec<Line>, String> {
        let facts = world::facts_with(&self.facts, &self.services())?;
        let mut lines = vec![Line::Begin(Box::new(Begin {
            version: VERSION,
            run: INSTANCE.into(),
            tool: "example".into(),
            started: world::STARTED.into(),
            by: None,
            ahead: self.clock_read.then_some(self.ahead * 1000),
            facts: facts.clone(),
            waivers: Waivers::default(),
            controls: Vec::new(),
            shard: None,
        }))];
        let mut clock = 0.0;
        for (index, (op, again)) in (0_u64..).zip(self.history.iter().flat_map(ExampleOp::repeated))
        {
            let pause = if again { op.every.unwrap_or(1.0) } else { 1.0 };
            let at = op.at.filter(|_| !again).unwrap_or(clock + pause);
            let took = op.took.unwrap_or(0.01);
            clock = at;
            lines.push(Line::Invoke(Invocation {
                op: index,
                instance: INSTANCE.into(),
                at: moment(at),
                action: op.action.clone(),
            }));
            let mut seen = op.seen.clone();
            for token in &op.gives {
                token.add_to(&mut seen.tokens, &op.action, at + self.ahead as f64, &facts);
            }
            lines.push(Line::Complete(Box::new(Completion {
                op: index,
                at: moment(at + took),
                outcome: op.outcome.clone().unwrap_or(Outcome::Accepted),
                seen,
            })));
        }
        lines.push(Line::Obligation(Box::new(Obligation {
            requirement: requirement.id.clone(),
            check: requirement.check.clone(),
            instance: INSTANCE.into(),
            upto: (lines.len() as u64 / 2).saturating_sub(1),
            lines: lines.len() as u64 - 1,
            place: Place { file: format!("{}.toml", requirement.id), line: 1, column: 1 },
            text: requirement.obligation.clone(),
            scenario: self.about.clone(),
            ..Obligation::default()
        })));
        lines.push(Line::End { interrupted: false, unrestored: 0 });
        Ok(lines)
    }

    /// Services that the history names: an example's target has these only, so that it need not speak of the others.
    fn services(&self) -> Vec<&str> {
        let named = self.history.iter().filter_map(|op| match &op.action {
            Action::Issue { service, .. }
            | Action::Refresh { service, .. }
            | Action::RefreshByAnother { service, .. }
            | Action::Exchange { service, .. }
            | Action::SendSignal { service, .. }
            | Action::CallDirect { service, .. }
            | Action::PresentAgain { service, .. }
            | Action::CallElsewhere { service, .. }
            | Action::TryDetour { service, .. }
            | Action::ShowUnproven { service, .. }
            | Action::Call { service, .. } => Some(service.as_str()),
            _ => None,
        });
        let further = self.history.iter().filter_map(|op| match &op.action {
            Action::Refresh { elsewhere, .. } => elsewhere.as_deref(),
            _ => None,
        });
        named.chain(further).collect()
    }
}

impl ExampleOp {
    /// The op as often as it is done; true for each time but the first.
    fn repeated(&self) -> impl Iterator<Item = (&Self, bool)> {
        (0..self.times.unwrap_or(1)).map(move |n| (self, n > 0))
    }
}

impl ExampleToken {
    fn add_to(
        &self,
        tokens: &mut Vec<TokenSeen>,
        action: &Action,
        by_its_clock: f64,
        facts: &crate::model::Facts,
    ) {
        let (subject, service, from, requested) = match action {
            Action::Issue { subject, service, scope, token, .. } => {
                (subject, service, token.clone(), scope)
            }
            Action::PresentAgain { subject, service, .. } => (subject, service, None, &None),
            Action::Refresh { subject, service, token, scope, .. }
            | Action::Exchange { subject, service, token, scope } => {
                (subject, service, Some(token.clone()), scope)
            }
            Action::RefreshByAnother { subject, service, token, .. }
            | Action::Craft { subject, service, token } => {
                (subject, service, Some(token.clone()), &None)
            }
            _ => return,
        };
        let audience = facts.services.get(service).map_or(service, |s| &s.audience);
        let now = world::STARTED_SECONDS + by_its_clock;
        let mut claims = Map::new();
        if let Value::Object(usual) = json!({
            "iss": "https://issuer.example", "sub": format!("sub-{subject}"), "aud": audience,
            "iat": now, "exp": now + self.lives.unwrap_or(300) as f64, "jti": format!("j-{}", self.id),
        }) {
            claims.extend(usual);
        }
        claims.extend(self.scope.iter().map(|s| ("scope".to_owned(), json!(s))));
        claims.extend(self.claims.clone());
        claims.retain(|name, _| !self.without.contains(name));
        let seen = TokenSeen {
            id: self.id.clone(),
            kind: TokenKind::Access,
            form: if self.opaque { TokenForm::Opaque } else { TokenForm::Jwt },
            fingerprint: format!("fingerprint of {}", self.id),
            subject: Some(subject.clone()),
            service: Some(service.clone()),
            from,
            refresh: self.refresh.clone(),
            header: (!self.opaque)
                .then(|| self.kid.iter().map(|kid| ("kid".to_owned(), json!(kid))).collect()),
            claims: (!self.opaque).then_some(claims),
            requested_scope: requested.clone(),
            response_scope: self.response_scope.clone(),
            expires_in: None,
            signature: if self.opaque { Signature::Unchecked } else { Signature::Valid },
            crafted: self.crafted.clone(),
        };
        if let Some(id) = &self.refresh {
            tokens.push(TokenSeen {
                id: id.clone(),
                kind: TokenKind::Refresh,
                form: TokenForm::Opaque,
                fingerprint: format!("fingerprint of {id}"),
                refresh: None,
                header: None,
                claims: None,
                response_scope: None,
                signature: Signature::Unchecked,
                ..seen.clone()
            });
        }
        tokens.push(seen);
    }
}

fn read() -> bool {
    true
}

fn moment(seconds: f64) -> Moment {
    Moment((seconds.max(0.0) * 1e9).round() as u64)
}
