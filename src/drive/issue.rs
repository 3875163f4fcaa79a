//! Tokens for services, asked for by the grants of the target file; a sign-in before an exchange is an op of its own. Services are
//! served beside each other; nothing here is judged.

use futures::future::try_join_all;

use super::entitlement;
use super::grants_for::Way;
use super::stage::{Held, Label, Member};
use super::{Ask, Halt, Obtained, Stage};
use crate::history::{Action, Seen};
use crate::model::{Moment, Outcome, TokenId};
use crate::plan::{ScopeChoice, Service, Verb, Via};

/// What a request for a token came to, and the token of the sign-in before it.
pub(super) struct Got {
    pub obtained: Obtained,
    pub received: Moment,
    /// What was exchanged, where the grant is an exchange.
    pub signed_in: Option<TokenId>,
}

/// What comes before a request for a token.
enum Before {
    Nothing,
    SignedIn(TokenId),
    /// There is nothing to exchange.
    Refused(Box<Obtained>, Moment),
}

impl Stage {
    pub(super) async fn tokens(&mut self, verb: &Verb) -> Result<(), Halt> {
        let Verb::Tokens { of, label, via, may_be_refused, service: only, apart, .. } = verb else {
            return Ok(());
        };
        let run = self.run.clone();
        let target = &run.declared.target;
        let none = match via {
            Via::OtherClient => target.subject.other_grant.is_none(),
            Via::Upstream => target.subject.upstream_grant.is_none(),
            _ => false,
        };
        if none && *may_be_refused {
            // Nothing is lost where there is no such way to ask: later verbs find no token under the label.
            self.labels.entry(label.clone()).or_default();
            return Ok(());
        }
        let asks = self.asks_of(self.member(of)?, verb)?;
        let signed_in = asks.iter().map(|(way, ask)| self.sign_in(way, ask));
        let before = run.cancel.race(try_join_all(signed_in)).await??;
        if let Some(seconds) = apart
            && before.iter().any(|before| matches!(before, Before::SignedIn(_)))
        {
            self.wait_until(run.now().plus_ms(seconds.saturating_mul(1000))).await?;
        }
        let each = asks.iter().zip(before);
        let issued = each.map(|((way, ask), before)| self.issue_after(way, ask, before));
        let issued = run.cancel.race(try_join_all(issued)).await??;
        // What several grants give for one service goes into sets of its own.
        let mut sets = vec![Label::new()];
        for ((way, ask), got) in asks.iter().zip(issued) {
            match got.held(&way.grant) {
                Some(held) => {
                    let free = sets.iter_mut().find(|set| !set.contains_key(&ask.service));
                    match free {
                        Some(set) => drop(set.insert(ask.service.clone(), held)),
                        None => sets.push(Label::from([(ask.service.clone(), held)])),
                    }
                }
                None if *may_be_refused => {}
                None => {
                    let Obtained { outcome, request, .. } = &got.obtained;
                    let (why, service) = (why_not(outcome), &ask.service);
                    return Err(Halt::Unmet(format!("no token for `{service}`: {request}: {why}")));
                }
            }
        }
        match only {
            // Service by service: they join the set.
            Some(_) => {
                // The first grant's last, so that it is the one that stays.
                let given = sets.into_iter().rev().flatten();
                self.labels.entry(label.clone()).or_default().extend(given);
            }
            None => self.keep_sets(label, sets),
        }
        Ok(())
    }

    /// What is asked for by which grant, for each service that is meant.
    fn asks_of(&self, member: &Member, verb: &Verb) -> Result<Vec<(Way, Ask)>, Halt> {
        let Verb::Tokens { scope, service: only, via, may_be_refused, class, .. } = verb else {
            return Ok(Vec::new());
        };
        let target = &self.run.declared.target;
        let known = |name: &String| target.service.contains_key(name);
        if let Some(name) = only.as_ref().filter(|n| !known(n)) {
            return Err(Halt::Unmet(format!("the target has no service `{name}`")));
        }
        let mut asks = Vec::new();
        for (name, service) in &target.service {
            let meant = class.is_none_or(|class| class == service.class);
            if meant && only.as_ref().is_none_or(|o| o == name) {
                let ways = self.grants_for(name, service, *via)?;
                let may_be_none = matches!(via, Via::Bound | Via::Certificate | Via::Others);
                if ways.is_empty() && !may_be_refused && !may_be_none {
                    let why = format!("the target names no `other-grant` for `{name}`");
                    return Err(Halt::Unmet(why));
                }
                let each = ways.into_iter();
                asks.extend(each.map(|way| (way, self.ask(member, name, service, *scope))));
            }
        }
        Ok(asks)
    }

    pub(super) fn ask(
        &self,
        member: &Member,
        name: &str,
        service: &Service,
        choice: ScopeChoice,
    ) -> Ask {
        let target = &self.run.declared.target;
        let mut values = self.run.issuers.values().layer();
        member.given.put_into(&mut values);
        let scope = |c| entitlement::scope(c, target, service, &member.roles);
        Ask {
            subject: member.name.clone(),
            service: name.to_owned(),
            audience: service.audience.clone(),
            elsewhere: None,
            scope: scope(choice),
            declared: entitlement::declared(target, service, &member.roles, &self.ever_given),
            values,
        }
    }

    /// Asks for a token. Where the grant is an exchange a sign-in comes before it.
    pub(super) async fn issue(&self, way: &Way, ask: &Ask) -> Result<Got, Halt> {
        let before = self.sign_in(way, ask).await?;
        self.issue_after(way, ask, before).await
    }

    /// Signs in where the grant exchanges what a sign-in gives.
    async fn sign_in(&self, way: &Way, ask: &Ask) -> Result<Before, Halt> {
        let usual = self.run.issuers.login_before(&way.grant);
        let Some(first) = way.sign_in.as_deref().or(usual) else { return Ok(Before::Nothing) };
        let unscoped = Ask { scope: None, ..ask.clone() };
        let (signed_in, at) = self.issue_one(first, &unscoped, None, Some(&way.grant)).await?;
        Ok(match signed_in.access().map(|t| t.id.clone()) {
            Some(token) => {
                let others = signed_in.tokens.iter().filter(|other| other.id != token);
                others.for_each(|other| self.run.wallet.forget(&other.id));
                Before::SignedIn(token)
            }
            None => {
                let request = format!("the login before the exchange, {}", signed_in.request);
                Before::Refused(Box::new(Obtained { request, ..signed_in }), at)
            }
        })
    }

    async fn issue_after(&self, way: &Way, ask: &Ask, before: Before) -> Result<Got, Halt> {
        let token = match before {
            Before::Nothing => None,
            Before::SignedIn(token) => Some(token),
            Before::Refused(obtained, received) => {
                return Ok(Got { obtained: *obtained, received, signed_in: None });
            }
        };
        let (mut obtained, received) =
            self.issue_one(&way.grant, ask, token.as_ref(), None).await?;
        if token.is_some() {
            obtained.request = format!("the exchange after the login, {}", obtained.request);
        }
        Ok(Got { obtained, received, signed_in: token })
    }

    async fn issue_one(
        &self,
        grant: &str,
        ask: &Ask,
        token: Option<&TokenId>,
        exchange: Option<&str>,
    ) -> Result<(Obtained, Moment), Halt> {
        let run = &self.run;
        let op = self.asks(grant, ask, token, exchange)?;
        let names = || run.recorder.token_name();
        let obtained = match token {
            Some(token) => run.issuers.exchange(grant, token, ask, &run.wallet, &names).await,
            None => run.issuers.obtain(grant, ask, &run.wallet, &names).await,
        };
        self.obtained(op, obtained)
    }

    /// Records that a token is about to be asked for.
    pub(super) fn asks(
        &self,
        grant: &str,
        ask: &Ask,
        token: Option<&TokenId>,
        exchange: Option<&str>,
    ) -> Result<u64, Halt> {
        let action = Action::Issue {
            subject: ask.subject.clone(),
            grant: grant.to_owned(),
            service: ask.service.clone(),
            scope: self.run.issuers.asked(grant, ask),
            token: token.cloned(),
            exchange: exchange.map(str::to_owned),
        };
        self.run.recorder.invoke(&self.instance, self.run.now(), action)
    }

    /// Forgets tokens that nothing else is done with.
    pub(super) fn let_go(&self, got: &Obtained) {
        got.tokens.iter().for_each(|token| self.run.wallet.forget(&token.id));
    }

    /// Records what a request for a token came to.
    pub(super) fn obtained(&self, op: u64, obtained: Obtained) -> Result<(Obtained, Moment), Halt> {
        let at = self.run.clock.at(obtained.answered);
        let (status, tokens) = (obtained.status, obtained.tokens.clone());
        let seen = Seen { status, tokens, ..Seen::default() };
        self.run.recorder.complete(op, at, obtained.outcome.clone(), seen)?;
        Ok((obtained, at))
    }
}

impl Got {
    /// The token, where one was given.
    pub(super) fn held(&self, grant: &str) -> Option<Held> {
        let held = held(grant, &self.obtained, self.received)?;
        Some(Held { signed_in: self.signed_in.clone(), ..held })
    }
}

/// The token that was given, if one was. `grant` gave it, or what it came from.
pub(super) fn held(grant: &str, obtained: &Obtained, received: Moment) -> Option<Held> {
    let access = obtained.access()?.clone();
    let (refresh, grant) = (obtained.refresh.clone(), grant.to_owned());
    Some(Held { access, refresh, signed_in: None, grant, received })
}

fn why_not(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted => "the answer has none".to_owned(),
        Outcome::Refused(refusal) => match &refusal.error {
            Some(error) => format!("refused with status {} ({error})", refusal.status),
            None => format!("refused with status {}", refusal.status),
        },
        Outcome::Failed(why) | Outcome::Unknown(why) => why.clone(),
    }
}
