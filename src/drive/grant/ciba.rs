//! OpenID Connect CIBA in poll mode: the user's device approves, the client polls, bounded.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::answer::{Denied, Granted, refusal};
use super::client::Form;
use super::issuers::Issuers;
use super::obtain::user;
use crate::drive::Values;
use crate::drive::forge::OwnKey;
use crate::model::Outcome;
use crate::plan::Grant;

/// `grant_type` of CIBA (section 10.1).
const GRANT_TYPE: &str = "urn:openid:params:grant-type:ciba";

/// Polling ends after this long, however long the issuer would wait.
const LONGEST: Duration = Duration::from_mins(1);

/// Polling interval where the issuer names none (section 7.3), and what `slow_down` adds (section 11).
const INTERVAL: Duration = Duration::from_secs(5);

impl Issuers {
    pub(super) async fn by_backchannel(
        &self,
        grant: &Grant,
        values: &Values,
        scope: Option<Vec<String>>,
        key: Option<&Arc<OwnKey>>,
    ) -> Result<Granted, Denied> {
        let issuer = self.issuer_of(grant)?;
        let (_, known) = self.known(issuer)?;
        let url = known.endpoints.backchannel.as_ref().ok_or_else(|| {
            Denied::failed(format!("issuer `{issuer}` has no backchannel endpoint"))
        })?;
        let mut form = Form::default();
        form.set("scope", scope.unwrap_or_default().join(" "));
        form.set("login_hint", user(grant, values)?);
        for (name, template) in &grant.parameters {
            form.set(name, values.text(template).map_err(Denied::failed)?);
        }
        let request = self.post(url, issuer, grant.client.as_deref(), form)?;
        let answer = self.http.send(&request).await?;
        let json = answer.json().filter(|_| answer.is_success());
        let Some(id) = json.as_ref().and_then(|j| j.get("auth_req_id")?.as_str()) else {
            return Err(refusal(&answer, &grant.refusal, &self.vault));
        };
        self.vault.learn("an auth_req_id", id);
        let interval = json.as_ref().and_then(|j| j.get("interval")).and_then(Value::as_f64);
        let interval = interval.and_then(|s| Duration::try_from_secs_f64(s).ok());
        let poll = self.poll(grant, id, interval.unwrap_or(INTERVAL), key);
        match tokio::time::timeout(LONGEST, poll).await {
            Ok(done) => done,
            Err(_) => Err(Denied {
                outcome: Outcome::Unknown(format!(
                    "the user's device did not answer within {} s",
                    LONGEST.as_secs()
                )),
                status: None,
            }),
        }
    }

    /// Polls at once, then in the issuer's interval. The first poll needs no wait: the client has not polled
    /// before.
    async fn poll(
        &self,
        grant: &Grant,
        id: &str,
        interval: Duration,
        key: Option<&Arc<OwnKey>>,
    ) -> Result<Granted, Denied> {
        let mut interval = interval.clamp(Duration::from_millis(50), LONGEST);
        loop {
            let form = Form::of(GRANT_TYPE).with("auth_req_id", id).proven_by(key);
            match self.token_answer(grant, form).await {
                Err(Denied { outcome: Outcome::Failed(code), .. })
                    if code == "authorization_pending" => {}
                Err(Denied { outcome: Outcome::Failed(code), .. }) if code == "slow_down" => {
                    interval += INTERVAL;
                }
                done => return done,
            }
            tokio::time::sleep(interval).await;
        }
    }
}
