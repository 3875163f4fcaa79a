//! The verbs that talk to issuers about tokens: ask, refresh, exchange, introspect, revoke, wait for expiry. Services are
//! served beside each other; nothing here is judged.

use futures::future::{join_all, try_join_all};

use super::entitlement::{self, InForce};
use super::stage::{Held, Label, Member};
use super::{Ask, Halt, Obtained, Stage};
use crate::history::{Action, Loss, Seen};
use crate::model::{Moment, Outcome, TokenId};
use crate::plan::{ScopeChoice, Service, Verb, Via};

/// Uses of a refresh token at once, at most.
const MOST_AT_ONCE: u32 = 64;

impl Stage {
    pub(super) async fn tokens(&mut self, verb: &Verb) -> Result<(), Halt> {
        let Verb::Tokens { of, label, scope, service: only, via, may_be_refused, class } = verb
        else {
            return Ok(());
        };
        let run = self.run.clone();
        let target = &run.declared.target;
        if *via == Via::OtherClient && *may_be_refused && target.subject.other_grant.is_none() {
            // Nothing is lost where there is no second client to ask through: later verbs find no token under the label.
            self.labels.entry(label.clone()).or_default();
            return Ok(());
        }
        let member = self.member(of)?;
        let known = |name: &String| target.service.contains_key(name);
        if let Some(name) = only.as_ref().filter(|n| !known(n)) {
            return Err(Halt::Unmet(format!("the target has no service `{name}`")));
        }
        let mut asks = Vec::new();
        for (name, service) in &target.service {
            let meant = class.is_none_or(|class| class == service.class);
            if meant && only.as_ref().is_none_or(|o| o == name) {
                let grants = self.grants_for(name, service, *via)?;
                let may_be_none = matches!(via, Via::Bound | Via::Certificate | Via::Others);
                if grants.is_empty() && !may_be_refused && !may_be_none {
                    let why = format!("the target names no `other-grant` for `{name}`");
                    return Err(Halt::Unmet(why));
                }
                let each = grants.into_iter();
                asks.extend(each.map(|g| (g, self.ask(member, name, service, *scope))));
            }
        }
        let issued = asks.iter().map(|(grant, ask)| self.issue(grant, ask));
        let issued = run.cancel.race(try_join_all(issued)).await??;
        let mut label_of = Label::new();
        for ((grant, ask), (obtained, received)) in asks.iter().zip(issued) {
            match held(grant, &obtained, received) {
                Some(held) => {
                    // Of several grants the first that gives one: the others were tried.
                    label_of.entry(ask.service.clone()).or_insert(held);
                }
                None if *may_be_refused => {}
                None => {
                    let (why, request) = (why_not(&obtained.outcome), &obtained.request);
                    let service = &ask.service;
                    return Err(Halt::Unmet(format!("no token for `{service}`: {request}: {why}")));
                }
            }
        }
        match only {
            // Service by service: they join the set.
            Some(_) => self.labels.entry(label.clone()).or_default().extend(label_of),
            None => {
                self.labels.insert(label.clone(), label_of);
            }
        }
        Ok(())
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
            scope: scope(choice),
            declared: entitlement::declared(target, service, &member.roles, &self.ever_given),
            values,
        }
    }

    /// Asks for a token. Where the grant is an exchange a login comes before it, as an op of its own.
    pub(super) async fn issue(&self, grant: &str, ask: &Ask) -> Result<(Obtained, Moment), Halt> {
        let run = &self.run;
        let Some(first) = run.issuers.login_before(grant) else {
            return self.issue_one(grant, ask, None, None).await;
        };
        let unscoped = Ask { scope: None, ..ask.clone() };
        let (login, at) = self.issue_one(first, &unscoped, None, Some(grant)).await?;
        let Some(token) = login.access().map(|t| t.id.clone()) else {
            let request = format!("the login before the exchange, {}", login.request);
            return Ok((Obtained { request, ..login }, at));
        };
        let exchanged = self.issue_one(grant, ask, Some(&token), None).await;
        self.let_go(&login);
        let (exchanged, at) = exchanged?;
        let request = format!("the exchange after the login, {}", exchanged.request);
        Ok((Obtained { request, ..exchanged }, at))
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

    pub(super) async fn refresh(&mut self, verb: &Verb) -> Result<(), Halt> {
        let Verb::Refresh { of, label, to, scope, parallel, service: only } = verb else {
            return Ok(());
        };
        let run = self.run.clone();
        let member = self.member(of)?;
        let at_once = parallel.map(|n| n.clamp(1, MOST_AT_ONCE));
        let mut uses = Vec::new();
        for (name, held) in self.label(label)? {
            let Some(service) = run.declared.target.service.get(name) else { continue };
            let Some(token) = &held.refresh else { continue };
            if only.as_ref().is_none_or(|o| o == name) {
                uses.push((held.grant.clone(), token, self.ask(member, name, service, *scope)));
            }
        }
        let this = &*self;
        let refreshed = uses.iter().map(|(grant, token, ask)| async move {
            let each = (0..at_once.unwrap_or(1)).map(|_| this.use_once(token, ask, at_once));
            let all = join_all(each).await.into_iter().collect::<Result<Vec<_>, Halt>>()?;
            let mut given = all.iter().filter_map(|(o, at)| held(grant, o, *at));
            Ok::<_, Halt>((ask.service.clone(), given.next()))
        });
        let refreshed = run.cancel.race(try_join_all(refreshed)).await??;
        self.keep_as(to, refreshed);
        Ok(())
    }

    /// Keeps what was given under a label, by service.
    pub(super) fn keep_as(&mut self, to: &str, given: Vec<(String, Option<Held>)>) {
        let new: Label = given.into_iter().filter_map(|(name, held)| Some((name, held?))).collect();
        self.labels.insert(to.to_owned(), new);
    }

    async fn use_once(
        &self,
        token: &TokenId,
        ask: &Ask,
        at_once: Option<u32>,
    ) -> Result<(Obtained, Moment), Halt> {
        let run = &self.run;
        let action = Action::Refresh {
            subject: ask.subject.clone(),
            token: token.clone(),
            service: ask.service.clone(),
            scope: ask.scope.clone(),
            parallel: at_once,
        };
        let op = run.recorder.invoke(&self.instance, run.now(), action)?;
        let names = || run.recorder.token_name();
        let obtained = run.issuers.refresh(token, ask, &run.wallet, &names).await;
        self.obtained(op, obtained)
    }

    pub(super) async fn exchange(&mut self, verb: &Verb) -> Result<(), Halt> {
        let Verb::Exchange { of, label, to, scope, where_possible } = verb else { return Ok(()) };
        let run = self.run.clone();
        let target = &run.declared.target;
        let Some(grant) = &target.subject.exchange else {
            if *where_possible {
                self.labels.entry(to.clone()).or_default();
                return Ok(());
            }
            return Err(Halt::Unmet("the target does not provide `exchange`".to_owned()));
        };
        let member = self.member(of)?;
        let names: Vec<_> = target.service.keys().collect();
        let mut asks = Vec::new();
        for (name, held) in self.label(label)? {
            let own = names.iter().position(|n| *n == name).unwrap_or_default();
            // The next one that takes tokens of the issuer which exchanges.
            let mut others = names.iter().cycle().skip(own + 1).take(names.len());
            let takes = |next: &&&String| {
                target.service.get(**next).is_some_and(|s| run.declared.takes(s, grant))
            };
            let Some(next) = others.find(takes) else { continue };
            let Some(service) = target.service.get(*next) else { continue };
            asks.push((held.access.id.clone(), self.ask(member, next, service, *scope)));
        }
        let exchanged = asks.iter().map(|(token, ask)| self.exchange_one(grant, token, ask));
        let exchanged = run.cancel.race(try_join_all(exchanged)).await??;
        let given = asks.iter().zip(&exchanged).filter_map(|((_, ask), (obtained, at))| {
            Some((ask.service.clone(), held(grant, obtained, *at)?))
        });
        let new: Label = given.collect();
        self.labels.insert(to.clone(), new);
        Ok(())
    }

    async fn exchange_one(
        &self,
        grant: &str,
        token: &TokenId,
        ask: &Ask,
    ) -> Result<(Obtained, Moment), Halt> {
        let run = &self.run;
        let action = Action::Exchange {
            subject: ask.subject.clone(),
            token: token.clone(),
            service: ask.service.clone(),
            scope: run.issuers.asked(grant, ask),
        };
        let op = run.recorder.invoke(&self.instance, run.now(), action)?;
        let names = || run.recorder.token_name();
        let obtained = run.issuers.exchange(grant, token, ask, &run.wallet, &names).await;
        self.obtained(op, obtained)
    }

    /// Introspects the access tokens of a label. Where their issuer offers no introspection nothing is asked.
    pub(super) async fn introspect(&self, of: &str, label: &str) -> Result<(), Halt> {
        let run = &self.run;
        self.member(of)?;
        let can = |h: &&Held| {
            let live = run.wallet.live(&h.access.id);
            live.is_some_and(|l| run.issuers.introspects(&l.issuer))
        };
        let asked = self.label(label)?.values().filter(can).map(|held| async move {
            let subject = held.access.subject.clone().unwrap_or_default();
            let action = Action::Introspect { subject, token: held.access.id.clone() };
            let op = run.recorder.invoke(&self.instance, run.now(), action)?;
            let told = run.issuers.introspect(&held.access.id, &run.wallet).await;
            let seen = Seen { status: told.status, introspection: told.members, ..Seen::default() };
            run.recorder.complete(op, run.clock.at(told.answered), told.outcome, seen)
        });
        run.cancel.race(try_join_all(asked)).await??;
        Ok(())
    }

    /// Revokes the access or refresh tokens of a label.
    pub(super) async fn revoke(
        &mut self,
        of: &str,
        label: &str,
        refresh: bool,
    ) -> Result<(), Halt> {
        let run = self.run.clone();
        self.member(of)?;
        self.let_a_second_pass().await?;
        self.renew_controls(Some(of), Some(label)).await?;
        let mut revoked = Vec::new();
        for held in self.label(label)?.values() {
            let dragged = [held.refresh.clone(), Some(held.access.id.clone())];
            let tokens: Vec<_> = match (refresh, &held.refresh) {
                (false, _) => vec![held.access.id.clone()],
                (true, Some(_)) => dragged.into_iter().flatten().collect(),
                (true, None) => continue,
            };
            revoked.push((held.access.subject.clone(), tokens));
        }
        let sent = revoked.iter().map(|(subject, tokens)| {
            self.revoke_one(subject.clone().unwrap_or_default(), &tokens[0])
        });
        let sent = run.cancel.race(try_join_all(sent)).await??;
        self.controls.retain(|c| !c.with.uses(label));
        for ((subject, tokens), (op, outcome, acknowledged)) in revoked.into_iter().zip(sent) {
            match outcome {
                Outcome::Accepted => {
                    self.is_due_revoked(op, subject.as_deref(), acknowledged);
                    self.in_force.push(InForce {
                        op,
                        change: None,
                        subject,
                        loses: Loss { tokens, ..Loss::default() },
                        acknowledged,
                        service: None,
                    });
                }
                Outcome::Unknown(why) => {
                    return Err(Halt::Unmet(format!("a revocation may not have happened: {why}")));
                }
                Outcome::Refused(_) | Outcome::Failed(_) => {}
            }
        }
        Ok(())
    }

    async fn revoke_one(
        &self,
        subject: String,
        token: &TokenId,
    ) -> Result<(u64, Outcome, Moment), Halt> {
        let run = &self.run;
        let action = Action::Revoke { subject, token: token.clone() };
        let op = run.recorder.invoke(&self.instance, run.now(), action)?;
        let done = run.issuers.revoke(token, &run.wallet).await;
        let at = run.clock.at(done.answered);
        let seen = Seen { status: done.status, ..Seen::default() };
        run.recorder.complete(op, at, done.outcome.clone(), seen)?;
        Ok((op, done.outcome, at))
    }
}

pub(super) fn held(grant: &str, obtained: &Obtained, received: Moment) -> Option<Held> {
    let access = obtained.access()?.clone();
    Some(Held { access, refresh: obtained.refresh.clone(), grant: grant.to_owned(), received })
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
