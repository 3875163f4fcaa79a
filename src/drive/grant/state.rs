//! What an issuer says about a token (introspection, RFC 7662), and taking one back (revocation, RFC 7009).

use std::time::Instant;

use serde_json::{Map, Value};

use super::answer::{Denied, refusal};
use super::client::Form;
use super::issuers::Issuers;
use super::{Introspected, Revoked};
use crate::drive::tokens::{self, Wallet};
use crate::drive::{Answer, excerpt};
use crate::model::{Outcome, Refusal, TokenId, TokenKind, Unproven, holds};
use crate::plan::RefusalSigns;

/// Members of an introspection answer with a meaning (RFC 7662 section 2.2, RFC 8693 section 4, RFC 9396 section 9.2, RFC
/// 9449 section 6.2, RFC 9470 section 6.2).
const MEMBERS: [&str; 22] = [
    "active",
    "scope",
    "client_id",
    "username",
    "token_type",
    "exp",
    "iat",
    "nbf",
    "sub",
    "aud",
    "iss",
    "jti",
    "act",
    "may_act",
    "authorization_details",
    "cnf",
    "acr",
    "amr",
    "auth_time",
    "azp",
    "sid",
    "txn",
];

impl Issuers {
    /// True where tokens of this issuer can be introspected.
    #[must_use]
    pub fn introspects(&self, issuer: &str) -> bool {
        self.known(issuer).is_ok_and(|(declared, known)| {
            declared.introspect_as.is_some() && known.endpoints.introspection.is_some()
        })
    }

    /// True where the client that introspects at this issuer says in the request who it is.
    #[must_use]
    pub fn introspects_by_request(&self, issuer: &str) -> bool {
        let target = &self.declared.target;
        let client = target.issuer.get(issuer).and_then(|i| i.introspect_as.as_ref());
        let client = client.and_then(|name| target.client.get(name));
        self.introspects(issuer) && client.is_some_and(|client| client.auth.is_by_request())
    }

    /// Introspects a token of the wallet. `hint` is what the request says that it is, where that is not what it is; `how` what is wrong
    /// with the credential of the client that asks.
    pub async fn introspect(
        &self,
        token: &TokenId,
        (hint, how): (Option<TokenKind>, Option<Unproven>),
        wallet: &Wallet,
    ) -> Introspected {
        let asked = match wallet.live(token) {
            Some(live) => {
                let form = about(&live.token, hint.unwrap_or(live.kind));
                let form = match how {
                    Some(how) => form.lacking(how),
                    None => form,
                };
                self.ask_about(&live.issuer, form).await
            }
            None => Err(Denied::failed(format!("token {token} is not at hand"))),
        };
        let answered = Instant::now();
        match asked {
            Ok((outcome, members)) => {
                Introspected { outcome, status: Some(200), members, answered }
            }
            Err(Denied { outcome, status }) => {
                Introspected { outcome, status, members: None, answered }
            }
        }
    }

    /// Revokes a token of the wallet, as the issuer's `revoke-as` client or the client that the token was
    /// given to. `hint` is what the request says that it is, where that is not what it is.
    pub async fn revoke(
        &self,
        token: &TokenId,
        hint: Option<TokenKind>,
        wallet: &Wallet,
    ) -> Revoked {
        let done = self.take_back(token, hint, wallet).await;
        let answered = Instant::now();
        let (outcome, status) = match done {
            Ok(status) => (Outcome::Accepted, Some(status)),
            Err(Denied { outcome, status }) => (outcome, status),
        };
        Revoked { outcome, status, answered }
    }

    /// The claims of a token as its issuer tells them right after issue; `None` where it does not.
    pub(super) async fn claims_of(&self, issuer: &str, token: &str) -> Option<Map<String, Value>> {
        match self.ask_about(issuer, about(token, TokenKind::Access)).await {
            Ok((Outcome::Accepted, Some(mut members))) => {
                members.remove("active");
                Some(members)
            }
            Ok(_) => {
                self.note(format!(
                    "issuer `{issuer}`: introspection calls a token inactive that was just issued"
                ));
                None
            }
            Err(denied) => {
                let why = denied.why();
                self.note(format!("issuer `{issuer}`: a new token can't be introspected: {why}"));
                None
            }
        }
    }

    async fn ask_about(
        &self,
        issuer: &str,
        form: Form,
    ) -> Result<(Outcome, Option<Map<String, Value>>), Denied> {
        let (declared, known) = self.known(issuer)?;
        let (Some(url), Some(client)) = (&known.endpoints.introspection, &declared.introspect_as)
        else {
            return Err(Denied::failed(format!("issuer `{issuer}` offers no introspection")));
        };
        let request = self.post(url, issuer, Some(client), form)?;
        let answer = self.sender(Some(client)).send(&request).await?;
        let json = match answer.json() {
            Some(Value::Object(json)) if answer.status == 200 => json,
            _ => return Err(self.not_told(&answer)),
        };
        let outcome = match json.get("active") {
            Some(Value::Bool(true)) => Outcome::Accepted,
            Some(Value::Bool(false)) => {
                Outcome::Refused(Refusal { status: 200, error: None, challenged: false })
            }
            _ => return Err(Denied::unknown("the answer does not say `active`", Some(200))),
        };
        let told = self.known_members(json);
        Ok((outcome, Some(tokens::for_record(told, &self.vault))))
    }

    /// The members that something is known of. What else an issuer may say (an echo of the request, a note of its own)
    /// need not be on record, and may hold a credential in a form that nobody would recognise; numbers and truths don't.
    fn known_members(&self, mut members: Map<String, Value>) -> Map<String, Value> {
        let authority = &self.declared.target.authority_claims;
        let of_authority = |name: &str| authority.iter().any(|path| holds(name, path));
        for (name, value) in &mut members {
            if !MEMBERS.contains(&name.as_str()) && !of_authority(name) && !is_plain(value) {
                *value = "(not recorded)".into();
            }
        }
        members
    }

    /// An answer that says nothing about the token. A refusal is one of the client that asks, so it is no
    /// refusal here.
    fn not_told(&self, answer: &Answer) -> Denied {
        let mut denied = refusal(answer, &RefusalSigns::default(), &self.vault);
        if let Outcome::Refused(refused) = &denied.outcome {
            let said = match &refused.error {
                Some(error) => error.clone(),
                None => excerpt::of_body(&answer.body, &self.vault),
            };
            denied.outcome = Outcome::Failed(format!(
                "the client that introspects was refused: status {}, {said}",
                answer.status
            ));
        }
        denied
    }

    async fn take_back(
        &self,
        token: &TokenId,
        hint: Option<TokenKind>,
        wallet: &Wallet,
    ) -> Result<u16, Denied> {
        let live = wallet
            .live(token)
            .ok_or_else(|| Denied::failed(format!("token {token} is not at hand")))?;
        let (declared, known) = self.known(&live.issuer)?;
        let url = known.endpoints.revocation.as_ref().ok_or_else(|| {
            Denied::failed(format!("issuer `{}` offers no revocation", live.issuer))
        })?;
        let client = match &declared.revoke_as {
            Some(client) => Some(client),
            None => self.grant(&live.grant)?.client.as_ref(),
        };
        let form = about(&live.token, hint.unwrap_or(live.kind));
        let request = self.post(url, &live.issuer, client.map(String::as_str), form)?;
        let answer = self.sender(client.map(String::as_str)).send(&request).await?;
        // RFC 7009 section 2.2: 200 for success, and for a token that is unknown already.
        if answer.is_success() && !has_error(&answer) {
            return Ok(answer.status);
        }
        Err(refusal(&answer, &RefusalSigns::default(), &self.vault))
    }
}

fn is_plain(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Bool(_) | Value::Number(_))
}

fn about(token: &str, kind: TokenKind) -> Form {
    let hint = match kind {
        TokenKind::Access => "access_token",
        TokenKind::Refresh => "refresh_token",
    };
    let mut form = Form::default();
    form.set("token", token);
    form.set("token_type_hint", hint);
    form
}

fn has_error(answer: &Answer) -> bool {
    answer.json().is_some_and(|j| j.get("error").is_some())
}
