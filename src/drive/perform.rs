//! The verbs that talk to issuers about tokens that there are: refresh, exchange, introspect, revoke. Services are served
//! beside each other; nothing here is judged.

use futures::future::{join_all, try_join_all};

use super::entitlement::InForce;
use super::issue::held;
use super::stage::{Held, Label, Member};
use super::{Ask, Halt, Obtained, Stage};
use crate::history::{Action, Loss, Seen};
use crate::model::{Moment, Outcome, TokenId, TokenKind, Unproven};
use crate::plan::{ScopeChoice, Service, Verb};

/// Uses of a refresh token at once, at most.
const MOST_AT_ONCE: u32 = 64;

/// A use of a refresh token.
struct Use<'a> {
    token: &'a TokenId,
    ask: Ask,
    /// Number of the group of uses at once.
    at_once: Option<u32>,
    /// The service that `ask.elsewhere` is the audience of.
    elsewhere: Option<String>,
}

/// A token that is exchanged.
struct Swap {
    by: String,
    token: TokenId,
    ask: Ask,
    /// It is the token of a sign-in, which was exchanged before.
    again: bool,
}

impl Stage {
    pub(super) async fn refresh(&mut self, verb: &Verb) -> Result<(), Halt> {
        let Verb::Refresh { of, label, to, scope, parallel, service: only, elsewhere } = verb
        else {
            return Ok(());
        };
        let run = self.run.clone();
        let member = self.member(of)?;
        let at_once = parallel.map(|n| n.clamp(1, MOST_AT_ONCE));
        let mut uses = Vec::new();
        for (name, held) in self.label(label)? {
            let Some(service) = run.declared.target.service.get(name) else { continue };
            let Some(token) = &held.refresh else { continue };
            let next = if *elsewhere { self.next_to(name, service, &held.grant) } else { None };
            if only.as_ref().is_none_or(|o| o == name) && (next.is_some() || !elsewhere) {
                let (elsewhere, audience) = next.unzip();
                let ask = self.ask(member, name, service, *scope);
                let ask = Ask { elsewhere: audience, ..ask };
                uses.push((held.grant.clone(), Use { token, ask, at_once, elsewhere }));
            }
        }
        let this = &*self;
        let refreshed = uses.iter().map(|(grant, wanted)| async move {
            let each = (0..at_once.unwrap_or(1)).map(|_| this.use_once(wanted));
            let all = join_all(each).await.into_iter().collect::<Result<Vec<_>, Halt>>()?;
            let mut given = all.iter().filter_map(|(o, at)| held(grant, o, *at));
            Ok::<_, Halt>((wanted.ask.service.clone(), given.next()))
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

    async fn use_once(&self, wanted: &Use<'_>) -> Result<(Obtained, Moment), Halt> {
        let run = &self.run;
        let Use { token, ask, at_once, elsewhere } = wanted;
        let action = Action::Refresh {
            subject: ask.subject.clone(),
            token: (*token).clone(),
            service: ask.service.clone(),
            scope: ask.scope.clone(),
            parallel: *at_once,
            elsewhere: elsewhere.clone(),
        };
        let op = run.recorder.invoke(&self.instance, run.now(), action)?;
        let names = || run.recorder.token_name();
        let obtained = run.issuers.refresh(token, ask, &run.wallet, &names).await;
        self.obtained(op, obtained)
    }

    /// The next service after this one that takes what a grant gives, by name, and its audience.
    fn next_to(&self, name: &str, service: &Service, grant: &str) -> Option<(String, String)> {
        let declared = &self.run.declared;
        let services = &declared.target.service;
        let own = services.keys().position(|n| n == name)?;
        let mut others = services.iter().cycle().skip(own + 1).take(services.len());
        let fits =
            |other: &Service| declared.takes(other, grant) && other.audience != service.audience;
        let (next, other) = others.find(|(_, other)| fits(other))?;
        Some((next.clone(), other.audience.clone()))
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
        let swaps = self.swaps(self.member(of)?, self.label(label)?, grant, *scope);
        let exchanged =
            swaps.iter().map(|swap| self.exchange_one(&swap.by, &swap.token, &swap.ask));
        let exchanged = run.cancel.race(try_join_all(exchanged)).await??;
        let given = swaps.into_iter().zip(&exchanged).map(|(swap, (obtained, at))| {
            let signed_in = swap.again.then_some(swap.token);
            let held = held(&swap.by, obtained, *at).map(|held| Held { signed_in, ..held });
            (swap.ask.service, held)
        });
        let given = given.collect();
        self.keep_as(to, given);
        Ok(())
    }

    /// What is exchanged for what: each token of a label for one at the next service that takes tokens of the issuer which
    /// exchanges. Where a token came of an exchange itself, it is the sign-in's that is exchanged, for the same service and by the same
    /// grant as before.
    fn swaps(&self, member: &Member, label: &Label, grant: &str, scope: ScopeChoice) -> Vec<Swap> {
        let declared = &self.run.declared;
        let services = &declared.target.service;
        let names: Vec<_> = services.keys().collect();
        let swap = |(name, held): (&String, &Held)| {
            if let Some(token) = held.signed_in.clone() {
                let ask = self.ask(member, name, services.get(name)?, scope);
                return Some(Swap { by: held.grant.clone(), token, ask, again: true });
            }
            let own = names.iter().position(|n| *n == name).unwrap_or_default();
            let others = names.iter().cycle().skip(own + 1).take(names.len());
            let others: Vec<_> = others
                .filter_map(|next| Some((next, services.get(*next)?)))
                .filter(|(_, service)| {
                    declared.takes(service, grant) && !declared.exchanges_by_itself(service)
                })
                .collect();
            // An exchange for a service that knows none of the token's scopes gives nothing, or is refused.
            let scopes = services.get(name).map(Service::scopes).unwrap_or_default();
            let shares = |service: &Service| !service.scopes().is_disjoint(&scopes);
            let (next, service) =
                others.iter().find(|(_, service)| shares(service)).or(others.first()).copied()?;
            let ask = self.ask(member, next, service, scope);
            Some(Swap { by: grant.to_owned(), token: held.access.id.clone(), ask, again: false })
        };
        label.iter().filter_map(swap).collect()
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

    /// Introspects the access or refresh tokens of a label. Where their issuer offers no introspection nothing is asked.
    pub(super) async fn introspect(&self, verb: &Verb) -> Result<(), Halt> {
        let Verb::Introspect { of, label, refresh, wrong_hint, unproven } = verb else {
            return Ok(());
        };
        let other = if *refresh { TokenKind::Access } else { TokenKind::Refresh };
        let hint = wrong_hint.then_some(other);
        let run = &self.run;
        self.member(of)?;
        let token = |held: &Held| {
            let token = if *refresh { held.refresh.clone()? } else { held.access.id.clone() };
            let live = run.wallet.live(&token)?;
            let subject = held.access.subject.clone().unwrap_or_default();
            let can = match unproven {
                true => run.issuers.introspects_by_request(&live.issuer),
                false => run.issuers.introspects(&live.issuer),
            };
            can.then_some((subject, token))
        };
        let ways = match unproven {
            true => Unproven::CLIENTS.map(Some).to_vec(),
            false => vec![None],
        };
        let each = self.label(label)?.values().filter_map(token);
        let each = each.flat_map(|(subject, token)| {
            ways.iter().map(move |how| (subject.clone(), token.clone(), *how))
        });
        let asked = each.map(|(subject, token, how)| async move {
            let action = Action::Introspect { subject, token: token.clone(), how, hint };
            let op = run.recorder.invoke(&self.instance, run.now(), action)?;
            let told = run.issuers.introspect(&token, (hint, how), &run.wallet).await;
            let seen = Seen { status: told.status, introspection: told.members, ..Seen::default() };
            run.recorder.complete(op, run.clock.at(told.answered), told.outcome, seen)
        });
        run.cancel.race(try_join_all(asked)).await??;
        Ok(())
    }

    /// Revokes the access or refresh tokens of a label, or what was exchanged for them.
    pub(super) async fn revoke(&mut self, verb: &Verb) -> Result<(), Halt> {
        let Verb::Revoke { of, label, refresh, exchanged, wrong_hint } = verb else {
            return Ok(());
        };
        let other = if *refresh { TokenKind::Access } else { TokenKind::Refresh };
        let hint = wrong_hint.then_some(other);
        let run = self.run.clone();
        self.member(of)?;
        self.let_a_second_pass().await?;
        self.renew_controls(Some(of), Some(label)).await?;
        let mut revoked = Vec::new();
        for held in self.label(label)?.values() {
            let dragged = [held.refresh.clone(), Some(held.access.id.clone())];
            let shown = held.signed_in.as_ref().filter(|_| *exchanged).unwrap_or(&held.access.id);
            let issuer = run.wallet.live(shown).map(|live| live.issuer);
            if issuer.is_some_and(|issuer| !run.declared.takes_back(&issuer)) {
                continue;
            }
            let tokens: Vec<_> = match (refresh, &held.refresh) {
                (false, _) => vec![shown.clone()],
                (true, Some(_)) => dragged.into_iter().flatten().collect(),
                (true, None) => continue,
            };
            revoked.push((held.access.subject.clone(), tokens));
        }
        let sent = revoked.iter().map(|(subject, tokens)| {
            self.revoke_one(subject.clone().unwrap_or_default(), &tokens[0], hint)
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
                        gains: Vec::new(),
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
        hint: Option<TokenKind>,
    ) -> Result<(u64, Outcome, Moment), Halt> {
        let run = &self.run;
        let action = Action::Revoke { subject, token: token.clone(), hint };
        let op = run.recorder.invoke(&self.instance, run.now(), action)?;
        let done = run.issuers.revoke(token, hint, &run.wallet).await;
        run.clock.stirred();
        let at = run.clock.at(done.answered);
        let seen = Seen { status: done.status, ..Seen::default() };
        run.recorder.complete(op, at, done.outcome.clone(), seen)?;
        Ok((op, done.outcome, at))
    }
}
