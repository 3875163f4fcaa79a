//! Uses of refresh tokens that no honest client makes: by a client that they were not given to, without the key that they are
//! bound to or the credential of their client, and for longer than they may be used. Nothing here is judged.

use futures::future::try_join_all;

use super::issue::held;
use super::stage::Held;
use super::{Halt, Stage};
use crate::history::Action;
use crate::model::{TokenId, Unproven};
use crate::plan::{Another, ClientAuth, ScopeChoice, Verb, Via};

/// Uses until the end, at most.
const MOST_TIMES: u32 = 1_000;

impl Stage {
    /// Uses the refresh tokens of a label as the client of the other grant.
    pub(super) async fn refresh_by_another(
        &mut self,
        of: &str,
        label: &str,
        to: &str,
    ) -> Result<(), Halt> {
        let run = self.run.clone();
        let target = &run.declared.target;
        let member = self.member(of)?;
        let mut uses = Vec::new();
        for (name, held) in self.label(label)? {
            let (Some(service), Some(token)) = (target.service.get(name), &held.refresh) else {
                continue;
            };
            let grants = self.grants_for(name, service, Via::OtherClient)?;
            let Some(way) = grants.into_iter().next() else { continue };
            // The client that signs in, also where an exchange comes after it.
            let grant = way.sign_in.unwrap_or(way.grant);
            let client = |grant: &String| target.grant.get(grant).and_then(|g| g.client.as_ref());
            if client(&grant) == client(&held.grant) {
                let why = format!("the tokens `{label}` were given to that client");
                return Err(Halt::Unmet(why));
            }
            uses.push((grant, token, self.ask(member, name, service, ScopeChoice::Same)));
        }
        let this = &*self;
        let used = uses.iter().map(|(grant, token, ask)| async move {
            let action = Action::RefreshByAnother {
                subject: ask.subject.clone(),
                token: (*token).clone(),
                service: ask.service.clone(),
                grant: grant.clone(),
                how: None,
            };
            let run = &this.run;
            let op = run.recorder.invoke(&this.instance, run.now(), action)?;
            let names = || run.recorder.token_name();
            let obtained = run.issuers.refresh_as(grant, token, ask, &run.wallet, &names).await;
            let (obtained, at) = this.obtained(op, obtained)?;
            Ok::<_, Halt>((ask.service.clone(), held(grant, &obtained, at)))
        });
        let used = run.cancel.race(try_join_all(used)).await??;
        self.keep_as(to, used);
        Ok(())
    }

    /// Uses the refresh tokens of a label without what they are bound to, and with something else in its place: the key, of those that
    /// public clients were given, or the credential of their client.
    pub(super) async fn refresh_unproven(
        &mut self,
        of: &str,
        label: &str,
        to: &str,
        by: Another,
    ) -> Result<(), Halt> {
        let run = self.run.clone();
        let member = self.member(of)?;
        let mut uses = Vec::new();
        for (name, held) in self.label(label)? {
            let service = run.declared.target.service.get(name);
            let (Some(service), Some(token)) = (service, &held.refresh) else { continue };
            if self.is_bound_to(by, held, token) {
                let ask = self.ask(member, name, service, ScopeChoice::Same);
                uses.push((held.grant.clone(), token, ask));
            }
        }
        let ways = match by {
            Another::Credential => Unproven::CLIENTS.to_vec(),
            _ => vec![Unproven::NoProof, Unproven::OtherKey],
        };
        let (this, ways) = (&*self, &ways);
        let used = uses.iter().map(|(grant, token, ask)| async move {
            let mut got = None;
            for how in ways.iter().copied() {
                let action = Action::RefreshByAnother {
                    subject: ask.subject.clone(),
                    token: (*token).clone(),
                    service: ask.service.clone(),
                    grant: grant.clone(),
                    how: Some(how),
                };
                let run = &this.run;
                let op = run.recorder.invoke(&this.instance, run.now(), action)?;
                let names = || run.recorder.token_name();
                let wallet = &run.wallet;
                let obtained = run.issuers.refresh_unproven(token, how, ask, wallet, &names).await;
                let (obtained, at) = this.obtained(op, obtained)?;
                got = held(grant, &obtained, at).or(got);
            }
            Ok::<_, Halt>((ask.service.clone(), got))
        });
        let used = run.cancel.race(try_join_all(used)).await??;
        self.keep_as(to, used);
        Ok(())
    }

    /// True where a refresh token is good only with a key of its own, or only from a client that says who it is in the request.
    fn is_bound_to(&self, by: Another, held: &Held, token: &TokenId) -> bool {
        let run = &self.run;
        let Some(client) = run.declared.target.client_of(&held.grant) else { return false };
        match by {
            Another::Credential => client.auth.is_by_request(),
            // Of other clients the proof of who they are binds it (RFC 9449 section 5).
            _ => {
                let bound = run.wallet.live(token).is_some_and(|live| live.holder.is_some());
                client.auth == ClientAuth::None && bound
            }
        }
    }

    /// Uses the refresh tokens of a label until the declared end of their family, and once after it.
    pub(super) async fn refresh_until_end(
        &mut self,
        of: &str,
        label: &str,
        to: &str,
        times: u32,
    ) -> Result<(), Halt> {
        let bounds = self.run.facts().bounds.clone();
        let Some(end) = bounds.refresh_end else {
            return Err(Halt::Unmet("the target does not provide `refresh-end`".to_owned()));
        };
        let Some(begun) = self.label(label)?.values().map(|h| h.received).max() else {
            return Err(Halt::Unmet(format!("there are no tokens `{label}`")));
        };
        let longest = self.run.longest_wait.as_millis();
        if !self.run.clock.movable() && u128::from(end) > longest {
            return Err(Halt::Unmet(format!(
                "refresh tokens end after {} s, and no scenario waits longer than {} s",
                end / 1000,
                longest / 1000
            )));
        }
        let times = u64::from(times.clamp(1, MOST_TIMES));
        let late = end.saturating_add(bounds.skew).saturating_add(1_000);
        let uses = (1..times).map(|n| end / times * n).chain([late]);
        let mut from = label;
        for after in uses {
            self.wait_until(begun.plus_ms(after)).await?;
            self.refresh(&Verb::Refresh {
                of: of.to_owned(),
                label: from.to_owned(),
                to: to.to_owned(),
                scope: ScopeChoice::Same,
                parallel: None,
                service: None,
                elsewhere: false,
            })
            .await?;
            from = to;
        }
        Ok(())
    }
}
