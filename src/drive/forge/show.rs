//! Forged tokens on stage: made, kept in the record as what they are, and shown to the service of the token that they are
//! made of.

use futures::future::try_join_all;
use serde_json::{Map, Value};

use super::bait::Bait;
use super::craft::{Crafted, Material, by_a_stranger};
use super::further::FurtherIssuer;
use super::key::OwnKey;
use crate::drive::calls::Call;
use crate::drive::stage::Held;
use crate::drive::tokens::{self, Live};
use crate::drive::{Halt, Stage, entitlement};
use crate::history::{Action, Seen};
use crate::model::{Outcome, Signature, TokenForm, TokenId, TokenKind, TokenSeen};
use crate::plan::{Forger, Operations, Service};

/// What is no token at all, and how it is called: nothing, and the words that programs make of nothing.
const NOTHING: [(&str, &str); 3] =
    [("no-token", ""), ("the-word-null", "null"), ("the-word-undefined", "undefined")];

fn is_nothing(how: &str) -> bool {
    NOTHING.iter().any(|(name, _)| *name == how)
}

/// The forger's keys: one for each algorithm that tokens were signed with, and where they are published.
struct Keys(Vec<(String, OwnKey, Bait)>);

impl Stage {
    /// Forges tokens out of those of a label and shows them to their services.
    pub(in crate::drive) async fn forge(
        &mut self,
        of: &str,
        label: &str,
        by: Forger,
    ) -> Result<(), Halt> {
        let run = self.run.clone();
        let roles = self.member(of)?.roles.clone();
        let held: Vec<(String, Held)> =
            self.label(label)?.iter().map(|(name, held)| (name.clone(), held.clone())).collect();
        let keys = Keys::for_tokens(held.iter().map(|(_, held)| &held.access)).await?;
        let this = &*self;
        let shown = held.iter().map(|(name, held)| {
            let (roles, keys) = (&roles, &keys);
            async move {
                let Some(service) = this.run.declared.target.service.get(name) else {
                    return Ok(());
                };
                let operations = this.good_for(service, held, roles);
                let Some(operation) = operations.first() else { return Ok(()) };
                let made = match (by, &this.further) {
                    (Forger::Stranger, _) => this.by_a_stranger(held, keys).await,
                    (Forger::FurtherIssuer, Some(issuer)) => this.by_an_issuer(held, issuer),
                    (Forger::FurtherIssuer, None) => {
                        let why = "no change made an issuer of recant's own known";
                        return Err(Halt::Unmet(why.to_owned()));
                    }
                };
                let seen = this.keep(name, held, made)?;
                this.show(name, service, operation, seen.iter()).await?;
                // one operation may ask for a token where another does not
                let nothing = |token: &&TokenSeen| token.crafted.as_deref().is_some_and(is_nothing);
                for operation in operations.iter().skip(1) {
                    this.show(name, service, operation, seen.iter().filter(nothing)).await?;
                }
                seen.iter().for_each(|token| this.run.wallet.forget(&token.id));
                Ok(())
            }
        });
        run.cancel.race(try_join_all(shown)).await??;
        Ok(())
    }

    /// The operation that forged tokens are tried at: one that the real token gives, which reads rather than writes, and
    /// which takes something.
    pub(in crate::drive) fn to_try(
        &self,
        service: &Service,
        held: &Held,
        roles: &[String],
    ) -> Option<String> {
        self.good_for(service, held, roles).into_iter().next()
    }

    /// Operations that the real token gives, first of all those that read and take something.
    fn good_for(&self, service: &Service, held: &Held, roles: &[String]) -> Vec<String> {
        let target = &self.run.declared.target;
        let (which, token) = (Operations::Kept, &held.access);
        let mut all = entitlement::operations(which, target, service, roles, &self.in_force, token);
        let cost = |name: &String| {
            let operation = service.operation.get(name);
            let writes = operation.is_none_or(|o| !o.request.trim().starts_with("GET"));
            let open = operation.is_none_or(|o| o.needs.scope.is_none() && o.needs.role.is_none());
            (open, writes)
        };
        all.sort_by_key(cost);
        all
    }

    async fn by_a_stranger(&self, held: &Held, keys: &Keys) -> Vec<Crafted> {
        let run = &self.run;
        let Some(live) = run.wallet.live(&held.access.id) else { return Vec::new() };
        let content = tokens::read(&live.token);
        let is_jwt = content.form == TokenForm::Jwt;
        let header = content.header.unwrap_or_else(typed);
        let told = || held.access.claims.clone().unwrap_or_default();
        let claims = content.claims.unwrap_or_else(told);
        let kid = header.get("kid").and_then(Value::as_str);
        let public = run.issuers.public_keys(&live.issuer, kid).await;
        let mut all = Vec::new();
        if let Some((own, bait)) = keys.like(&header) {
            all = by_a_stranger(&Material {
                token: &live.token,
                header: &header,
                claims: &claims,
                is_jwt,
                public: &public,
                own,
                address: &bait.base,
            });
        }
        // No forgeries, but tokens for another use.
        let mut add = |how: &str, token: String| all.push(Crafted { how: how.to_owned(), token });
        if let Some(token) = live.id_token {
            add("id-token", token.to_string());
        }
        if let Some(token) = held.refresh.as_ref().and_then(|id| run.wallet.bearer(id)) {
            add("refresh-token", token.to_string());
        }
        // What clients send that have none.
        for (how, token) in NOTHING {
            add(how, token.to_owned());
        }
        all
    }

    /// Of a token that nobody can read no issuer is known, and none could have another one's key.
    fn by_an_issuer(&self, held: &Held, issuer: &FurtherIssuer) -> Vec<Crafted> {
        let live = self.run.wallet.live(&held.access.id);
        let content = live.map(|live| tokens::read(&live.token));
        match content.map(|content| (content.header, content.claims)) {
            Some((Some(header), Some(claims))) => {
                issuer.tokens(&header, &claims, &self.run.fresh("token"))
            }
            _ => Vec::new(),
        }
    }

    /// Puts crafted tokens into the wallet and, as what they are, into the record.
    fn keep(&self, service: &str, held: &Held, made: Vec<Crafted>) -> Result<Vec<TokenSeen>, Halt> {
        let run = &self.run;
        let action = Action::Craft {
            subject: held.access.subject.clone().unwrap_or_default(),
            service: service.to_owned(),
            token: held.access.id.clone(),
        };
        let op = run.recorder.invoke(&self.instance, run.now(), action)?;
        let live = run.wallet.live(&held.access.id);
        let holder = live.as_ref().and_then(|live| live.holder.clone());
        let certificate = live.as_ref().and_then(|live| live.certificate.clone());
        let issuer = live.map(|l| l.issuer).unwrap_or_default();
        let mut seen = Vec::new();
        for Crafted { how, token } in made {
            let id = run.recorder.token_name();
            // A service that takes it makes it as good as a real one.
            if !is_nothing(&how) {
                run.vault.learn(&format!("token {id}"), &token);
            }
            seen.push(self.crafted(service, held, id.clone(), how, &token));
            let (issuer, grant) = (issuer.clone(), held.grant.clone());
            let (kind, id_token) = (TokenKind::Access, None);
            let (token, holder, certificate) = (token.into(), holder.clone(), certificate.clone());
            let live = Live { token, kind, id_token, holder, certificate, issuer, grant };
            run.wallet.keep(&id, live);
        }
        let tokens = seen.clone();
        let known = Seen { tokens, ..Seen::default() };
        run.recorder.complete(op, run.now(), Outcome::Accepted, known)?;
        Ok(seen)
    }

    fn crafted(
        &self,
        service: &str,
        held: &Held,
        id: TokenId,
        how: String,
        token: &str,
    ) -> TokenSeen {
        let content = tokens::read(token);
        let fit = |o| tokens::for_record(o, &self.run.vault);
        TokenSeen {
            id,
            kind: TokenKind::Access,
            form: content.form,
            fingerprint: tokens::fingerprint(token),
            subject: held.access.subject.clone(),
            service: Some(service.to_owned()),
            from: Some(held.access.id.clone()),
            refresh: None,
            header: content.header.map(fit),
            claims: content.claims.map(fit),
            requested_scope: None,
            response_scope: None,
            expires_in: None,
            signature: Signature::Unchecked,
            crafted: Some(how),
        }
    }

    async fn show(
        &self,
        name: &str,
        service: &Service,
        operation: &str,
        tokens: impl Iterator<Item = &TokenSeen>,
    ) -> Result<(), Halt> {
        for token in tokens {
            for call in Call::with(token, name, operation).everywhere(service) {
                self.run.call(&self.instance, &call).await?;
            }
        }
        Ok(())
    }
}

impl Keys {
    async fn for_tokens(held: impl Iterator<Item = &TokenSeen>) -> Result<Self, Halt> {
        let headers: Vec<_> = held.map(|t| t.header.clone().unwrap_or_else(typed)).collect();
        let mut keys = Self(Vec::new());
        for header in &headers {
            let algorithm = algorithm_of(header);
            if keys.like(header).is_some() {
                continue;
            }
            let of_that_kind = |h: &&Map<String, Value>| algorithm_of(h) == algorithm;
            let kids: Vec<String> = headers.iter().filter(of_that_kind).map(kid_of).collect();
            let key = fresh(&algorithm).await?;
            let published = kids.iter().map(|kid| key.published_as(kid)).collect();
            let bait = Bait::lay(published, Some(&key)).await.map_err(Halt::Broken)?;
            keys.0.push((algorithm, key, bait));
        }
        Ok(keys)
    }

    fn like(&self, header: &Map<String, Value>) -> Option<(&OwnKey, &Bait)> {
        let algorithm = algorithm_of(header);
        self.0.iter().find(|(a, ..)| *a == algorithm).map(|(_, key, bait)| (key, bait))
    }
}

/// A key of the kind that signs with this algorithm. Making one takes a while.
pub(super) async fn fresh(algorithm: &str) -> Result<OwnKey, Halt> {
    let algorithm = algorithm.to_owned();
    let made = tokio::task::spawn_blocking(move || OwnKey::like(&algorithm));
    made.await.map_err(|e| Halt::Broken(e.to_string()))?.map_err(Halt::Broken)
}

/// The header that a JWT access token would have (RFC 9068 section 2.1).
fn typed() -> Map<String, Value> {
    [("typ".to_owned(), Value::from("at+jwt"))].into_iter().collect()
}

pub(super) fn algorithm_of(header: &Map<String, Value>) -> String {
    header.get("alg").and_then(Value::as_str).unwrap_or("ES256").to_owned()
}

fn kid_of(header: &Map<String, Value>) -> String {
    header.get("kid").and_then(Value::as_str).unwrap_or("recant").to_owned()
}
