//! What an answer of a token endpoint says: a token, an authorization answer, or nothing of use.

use serde_json::{Map, Value};

use crate::drive::{Answer, Fault, Stopped, Vault, excerpt, tokens};
use crate::model::{Outcome, Refusal};
use crate::plan::RefusalSigns;

/// Error codes that are an authorization answer: no (RFC 6749 section 5.2, RFC 8707 section 2, CIBA section
/// 13).
const REFUSALS: &[&str] = &[
    "access_denied",
    "invalid_client",
    "invalid_grant",
    "invalid_scope",
    "invalid_target",
    "unauthorized_client",
    "unknown_user_id",
];

/// More scopes of an answer are not kept.
const MOST_SCOPES: usize = 1000;

/// A token answer. No `Debug`, on purpose.
pub(super) struct Granted {
    pub(super) access: String,
    pub(super) refresh: Option<String>,
    /// The ID token that came along (OpenID Connect Core section 3.1.3.3).
    pub(super) id: Option<String>,
    pub(super) scope: Option<Vec<String>>,
    pub(super) expires_in: Option<u64>,
    pub(super) status: Option<u16>,
    /// `token_type` is DPoP (RFC 9449 section 5): the token is bound to the key that was proven.
    pub(super) bound: bool,
}

/// No token: what it came to.
#[derive(Debug, Clone)]
pub(super) struct Denied {
    pub(super) outcome: Outcome,
    pub(super) status: Option<u16>,
}

impl Denied {
    /// Nothing was sent.
    pub(super) fn failed(why: String) -> Self {
        Self { outcome: Outcome::Failed(why), status: None }
    }

    pub(super) fn unknown(why: impl Into<String>, status: Option<u16>) -> Self {
        Self { outcome: Outcome::Unknown(why.into()), status }
    }

    pub(super) fn refused(status: u16, error: Option<String>, challenged: bool) -> Self {
        let refusal = Refusal { status, error, challenged };
        Self { outcome: Outcome::Refused(refusal), status: Some(status) }
    }

    /// Steps of a grant that did not work out.
    pub(super) fn of_steps(stopped: Stopped, signs: &RefusalSigns) -> Self {
        match stopped.status.filter(|s| signs.statuses.contains(s)) {
            Some(status) => Self::refused(status, stopped.error, false),
            None => stopped.into(),
        }
    }

    pub(super) fn why(self) -> String {
        match self.outcome {
            Outcome::Failed(why) | Outcome::Unknown(why) => why,
            Outcome::Refused(refusal) => format!("refused with status {}", refusal.status),
            Outcome::Accepted => String::new(),
        }
    }
}

impl From<Fault> for Denied {
    fn from(fault: Fault) -> Self {
        Self { outcome: fault.into(), status: None }
    }
}

impl From<Stopped> for Denied {
    /// An answer with an error code of OAuth is what it is at a token endpoint, wherever steps meet it.
    fn from(stopped: Stopped) -> Self {
        if let (Some(status), Some(error)) = (stopped.status.filter(|s| *s < 500), &stopped.error)
            && is_refusal(error)
        {
            let challenged = matches!(&stopped.outcome, Outcome::Refused(r) if r.challenged);
            return Self::refused(status, stopped.error, challenged);
        }
        let outcome = match stopped.outcome {
            Outcome::Failed(_) => Outcome::Failed(stopped.why),
            Outcome::Unknown(_) => Outcome::Unknown(stopped.why),
            other => other,
        };
        Self { outcome, status: stopped.status }
    }
}

/// Reads an answer of a token endpoint (RFC 6749 section 5).
pub(super) fn granted(
    answer: &Answer,
    signs: &RefusalSigns,
    vault: &Vault,
) -> Result<Granted, Denied> {
    let status = Some(answer.status);
    let json = match answer.json() {
        Some(Value::Object(json)) => Some(json),
        _ => None,
    };
    if let Some(json) = &json {
        learn(json, vault);
    }
    match json {
        Some(json) if answer.is_success() && !json.contains_key("error") => {
            from_members(&json, vault, status)
        }
        _ => Err(refusal(answer, signs, vault)),
    }
}

/// The same where something was wrong on purpose: an answer that says so of a proof (RFC 9449 section 5) or of the request (RFC 6749
/// section 5.2) is a refusal.
pub(super) fn refused_as_wrong(
    answer: &Answer,
    signs: &RefusalSigns,
    vault: &Vault,
) -> Result<Granted, Denied> {
    let code = excerpt::error_code(answer, vault);
    let says_so = |code: &String| matches!(&**code, "invalid_dpop_proof" | "invalid_request");
    match code.filter(|code| says_so(code) && matches!(answer.status, 400 | 401)) {
        Some(code) => Err(Denied::refused(answer.status, Some(code), false)),
        None => granted(answer, signs, vault),
    }
}

/// A token from the members of an answer, or from captures.
pub(super) fn from_members(
    json: &Map<String, Value>,
    vault: &Vault,
    status: Option<u16>,
) -> Result<Granted, Denied> {
    learn(json, vault);
    let Some(access) = json.get("access_token").and_then(Value::as_str) else {
        return Err(Denied::unknown("the answer has no `access_token`", status));
    };
    let refresh = json.get("refresh_token").and_then(Value::as_str).filter(|t| !t.is_empty());
    for token in [Some(access), refresh].into_iter().flatten() {
        if let Some(why) = tokens::unusable(token) {
            return Err(Denied::unknown(why, status));
        }
    }
    let kind = json.get("token_type").and_then(Value::as_str).unwrap_or_default();
    let id = json.get("id_token").and_then(Value::as_str).filter(|t| tokens::unusable(t).is_none());
    Ok(Granted {
        access: access.to_owned(),
        id: id.map(str::to_owned),
        refresh: refresh.map(str::to_owned),
        scope: json.get("scope").and_then(|v| scopes(v, vault)),
        expires_in: json.get("expires_in").and_then(seconds),
        status,
        bound: kind.eq_ignore_ascii_case("dpop"),
    })
}

/// Whatever they are worth, these are credentials from here on.
fn learn(json: &Map<String, Value>, vault: &Vault) {
    for (name, what) in [
        ("access_token", "an access token"),
        ("refresh_token", "a refresh token"),
        ("id_token", "an ID token"),
    ] {
        if let Some(text) = json.get(name).and_then(Value::as_str) {
            vault.learn(what, text);
        }
    }
}

/// What an answer that is no token comes to.
pub(super) fn refusal(answer: &Answer, signs: &RefusalSigns, vault: &Vault) -> Denied {
    let status = answer.status;
    let challenge = answer.header("www-authenticate");
    let error = excerpt::error_code(answer, vault);
    let redirected = signs.redirect_to.as_ref().is_some_and(|to| {
        (300..400).contains(&status) && answer.header("location").is_some_and(|l| l.contains(to))
    });
    let said_no = status < 500 && error.as_deref().is_some_and(is_refusal);
    if said_no || matches!(status, 401 | 403) || signs.statuses.contains(&status) || redirected {
        return Denied::refused(status, error, challenge.is_some());
    }
    let why = match error {
        Some(error) if status < 500 => error,
        // An answer of success may hold a token in a shape that is not understood: nothing of it is repeated.
        _ if status < 400 => format!("status {status} without anything that recant understands"),
        _ => format!("status {status}, {}", excerpt::of_body(&answer.body, vault)),
    };
    let no_effect =
        (400..500).contains(&status) && status != 408 || answer.is_success() && has_error(answer);
    let outcome = if no_effect { Outcome::Failed(why) } else { Outcome::Unknown(why) };
    Denied { outcome, status: Some(status) }
}

/// True for an error code that is an authorization answer.
pub(super) fn is_refusal(code: &str) -> bool {
    REFUSALS.contains(&code)
}

fn has_error(answer: &Answer) -> bool {
    answer.json().is_some_and(|j| j.get("error").is_some())
}

fn scopes(value: &Value, vault: &Vault) -> Option<Vec<String>> {
    let words: Vec<&str> = match value {
        Value::String(s) => s.split_whitespace().collect(),
        Value::Array(a) => a.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    Some(words.into_iter().take(MOST_SCOPES).map(|w| tokens::text_for_record(w, vault)).collect())
}

/// Some issuers send a number as text, or with a fraction.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the sign is checked, and a conversion saturates"
)]
fn seconds(value: &Value) -> Option<u64> {
    let n = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    (n.is_finite() && n >= 0.0).then_some(n as u64)
}
