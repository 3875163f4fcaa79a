//! A token as the record may keep it, and the live tokens, which never leave memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::possession::Holder;
use super::{Vault, excerpt};
use crate::model::{TokenForm, TokenId, TokenKind, hex};

/// A longer token is not worked with: no service would take it in a header.
pub const MOST_BYTES: usize = 64 << 10;

/// A longer string in claims is cut in the record.
const MOST_STRING: usize = 8 << 10;

/// More than this of one JSON object is not kept in the record.
const MOST_KEPT: usize = 64 << 10;

/// A live token: what the record must not have. No `Debug`, on purpose.
#[derive(Clone)]
pub struct Live {
    /// The token.
    pub(crate) token: Arc<str>,
    /// Access or refresh.
    pub kind: TokenKind,
    /// The ID token that came in the same answer, if any.
    pub(crate) id_token: Option<Arc<str>>,
    /// The key that was proven when it was asked for, if one was.
    pub(crate) holder: Option<Holder>,
    /// The client whose certificate was shown when it was asked for, if one was.
    pub(crate) certificate: Option<String>,
    /// The issuer's name in the target file.
    pub issuer: String,
    /// The grant that it came from in the first place, by name.
    pub grant: String,
}

impl Live {
    /// Where whoever shows it must prove possession of a key: that key's holder, and the token.
    pub(crate) fn bound(&self) -> Option<(&Holder, &str)> {
        Some((self.holder.as_ref().filter(|holder| holder.bound)?, &self.token))
    }
}

/// Live tokens by the record's name. In memory only; no `Debug`, on purpose.
#[derive(Default)]
pub struct Wallet {
    tokens: Mutex<HashMap<TokenId, Live>>,
}

impl Wallet {
    /// An empty wallet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The token itself, for a request.
    #[must_use]
    pub fn bearer(&self, id: &str) -> Option<Arc<str>> {
        self.lock().get(id).map(|l| l.token.clone())
    }

    /// What is known of a live token.
    #[must_use]
    pub fn live(&self, id: &str) -> Option<Live> {
        self.lock().get(id).cloned()
    }

    /// Keeps a token.
    pub(crate) fn keep(&self, id: &str, live: Live) {
        self.lock().insert(id.to_owned(), live);
    }

    /// Lets go of a token that nobody will use again.
    pub(crate) fn forget(&self, id: &str) {
        self.lock().remove(id);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<TokenId, Live>> {
        self.tokens.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// What can be read of a token.
pub(crate) struct Content {
    pub(crate) form: TokenForm,
    pub(crate) header: Option<Map<String, Value>>,
    pub(crate) claims: Option<Map<String, Value>>,
}

/// Reads a token. Everything that is not three base64url parts, of which the first two are JSON objects and
/// the first names an `alg`, is opaque.
pub(crate) fn read(token: &str) -> Content {
    let opaque = Content { form: TokenForm::Opaque, header: None, claims: None };
    let parts: Vec<&str> = token.splitn(4, '.').collect();
    let [header, claims, _] = parts[..] else { return opaque };
    match (object(header), object(claims)) {
        (Some(header), Some(claims)) if header.get("alg").is_some_and(Value::is_string) => {
            Content { form: TokenForm::Jwt, header: Some(header), claims: Some(claims) }
        }
        _ => opaque,
    }
}

/// SHA-256 of a token, hex.
pub(crate) fn fingerprint(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// Why a string can't be used as a token, if it can't (RFC 6749 appendix A.12: visible ASCII).
pub(crate) fn unusable(token: &str) -> Option<String> {
    if token.is_empty() {
        return Some("the token is empty".to_owned());
    }
    if token.len() > MOST_BYTES {
        return Some(format!(
            "the token has {} bytes; recant works with up to {MOST_BYTES}",
            token.len()
        ));
    }
    (!token.bytes().all(|b| (0x20..=0x7e).contains(&b)))
        .then(|| "the token has characters that no header can carry".to_owned())
}

/// An object of the target's, fit for the record: no known credential in it, and no more than the record
/// keeps; what is cut says so.
pub(crate) fn for_record(object: Map<String, Value>, vault: &Vault) -> Map<String, Value> {
    let mut kept: Map<String, Value> =
        object.into_iter().map(|(k, v)| (strike(&k, vault), clean(v, vault))).collect();
    let size = |v: &Value| v.to_string().len();
    let mut sizes: Vec<(usize, String)> =
        kept.iter().map(|(k, v)| (k.len() + size(v), k.clone())).collect();
    let mut total: usize = sizes.iter().map(|(n, _)| n).sum();
    sizes.sort();
    while total > MOST_KEPT
        && let Some((bytes, name)) = sizes.pop()
    {
        if name.len() > 256 {
            kept.remove(&name);
        } else {
            kept.insert(name, format!("(left out of the record: {bytes} bytes)").into());
        }
        total = total.saturating_sub(bytes);
    }
    kept
}

/// A text of the target's, fit for the record.
pub(crate) fn text_for_record(text: &str, vault: &Vault) -> String {
    // Struck out first: a credential across the cut would show its beginning.
    cut(strike(text, vault))
}

fn clean(value: Value, vault: &Vault) -> Value {
    match value {
        Value::String(s) => Value::String(text_for_record(&s, vault)),
        Value::Array(a) => Value::Array(a.into_iter().map(|v| clean(v, vault)).collect()),
        Value::Object(o) => Value::Object(
            o.into_iter().map(|(k, v)| (text_for_record(&k, vault), clean(v, vault))).collect(),
        ),
        other => other,
    }
}

fn strike(text: &str, vault: &Vault) -> String {
    vault.strike(text)
}

fn cut(text: String) -> String {
    if text.len() <= MOST_STRING {
        return text;
    }
    let end = text.floor_char_boundary(MOST_STRING);
    format!("{}… (cut: {} bytes)", &text[..end], text.len())
}

fn object(part: &str) -> Option<Map<String, Value>> {
    let bytes = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// An error code of the target's, for an outcome: short and in one line.
pub(crate) fn code(text: &str) -> String {
    excerpt::line(text)
}
