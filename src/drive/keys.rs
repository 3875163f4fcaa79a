//! recant's own signature check, against the keys that an issuer publishes. Only the signature: expiry,
//! audience and the rest are facts for the judge.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value};

use super::{HttpClient, Request};
use crate::model::Signature;

/// No more keys of a set are looked at.
const MOST_KEYS: usize = 1000;

/// A token without `kid` is tried with at most this many keys.
const MOST_TRIED: usize = 32;

/// So many further fetches at once for key ids that are not in the set; one more each second after that.
const REFETCHES: u32 = 10;

/// Uses `aws_lc_rs` for signatures. With two backends compiled in, jsonwebtoken panics unless one is chosen.
pub(crate) fn choose_backend() {
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
}

/// The published keys of one issuer, read when they are first needed.
pub(crate) struct Keys {
    url: Option<String>,
    cached: tokio::sync::Mutex<Option<Cached>>,
    allowance: Mutex<(u32, Instant)>,
}

struct Cached {
    keys: Result<Arc<Vec<Jwk>>, String>,
    at: Instant,
}

impl Keys {
    pub(crate) fn new(url: Option<String>) -> Self {
        choose_backend();
        let allowance = Mutex::new((REFETCHES, Instant::now()));
        Self { url, cached: tokio::sync::Mutex::default(), allowance }
    }

    /// Forgets what was read: keys may have changed.
    pub(crate) async fn forget(&self) {
        *self.cached.lock().await = None;
    }

    /// The published keys that may have signed a token with this key id, as they were published but for members that no
    /// key needs.
    pub(crate) async fn published(&self, http: &HttpClient, kid: Option<&str>) -> Vec<Value> {
        let keys = self.keys_for(http, kid, Instant::now()).await.unwrap_or_default();
        let fits = |key: &&Jwk| kid.is_none() || id(key) == kid;
        let named = keys.iter().filter(fits).take(MOST_TRIED);
        named.filter_map(|key| serde_json::to_value(key).ok()).collect()
    }

    /// Checks the signature of a JWT. The second value says why it could not be checked.
    pub(crate) async fn check(
        &self,
        http: &HttpClient,
        token: &str,
        header: &Map<String, Value>,
    ) -> (Signature, Option<String>) {
        let alg = header.get("alg").and_then(Value::as_str).unwrap_or_default();
        if alg.eq_ignore_ascii_case("none") {
            return (Signature::Invalid, None);
        }
        let Ok(algorithm) = alg.parse::<Algorithm>() else {
            let alg = super::excerpt::line(alg);
            return unchecked(format!("recant can't check signatures made with `{alg}`"));
        };
        if matches!(algorithm, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512) {
            return unchecked(format!("`{alg}` has no published key to check against"));
        }
        let kid = header.get("kid").and_then(Value::as_str);
        let asked = Instant::now();
        match self.keys_for(http, kid, asked).await {
            Err(why) => unchecked(why),
            Ok(keys) if verified(&keys, token, algorithm, kid) => (Signature::Valid, None),
            Ok(_) => (Signature::Invalid, None),
        }
    }

    /// The keys; read again where the key id is not among them and they were read before it was asked for.
    async fn keys_for(
        &self,
        http: &HttpClient,
        kid: Option<&str>,
        asked: Instant,
    ) -> Result<Arc<Vec<Jwk>>, String> {
        let Some(url) = &self.url else { return Err("the issuer publishes no keys".to_owned()) };
        let mut cached = self.cached.lock().await;
        let unknown = match cached.as_ref() {
            None => true,
            Some(Cached { keys: Ok(keys), at }) => {
                *at < asked && kid.is_some() && !keys.iter().any(|k| id(k) == kid)
            }
            Some(Cached { keys: Err(_), at }) => *at < asked,
        };
        if unknown {
            let first = cached.is_none();
            if !first && !self.may_fetch() {
                return match cached.as_ref().map(|c| &c.keys) {
                    Some(Err(why)) => Err(why.clone()),
                    _ => Err("the key is unknown, and the key set was read often enough".into()),
                };
            }
            let keys = fetch(http, url).await.map(Arc::new);
            *cached = Some(Cached { keys, at: Instant::now() });
        }
        cached.as_ref().map_or_else(|| Ok(Arc::default()), |c| c.keys.clone())
    }

    fn may_fetch(&self) -> bool {
        let mut a = self.allowance.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let more = u32::try_from(a.1.elapsed().as_secs()).unwrap_or(REFETCHES);
        if more > 0 {
            *a = ((a.0 + more).min(REFETCHES), a.1 + Duration::from_secs(more.into()));
        }
        let allowed = a.0 > 0;
        a.0 = a.0.saturating_sub(1);
        allowed
    }
}

fn unchecked(why: String) -> (Signature, Option<String>) {
    (Signature::Unchecked, Some(why))
}

async fn fetch(http: &HttpClient, url: &str) -> Result<Vec<Jwk>, String> {
    let request = Request { method: "GET".into(), url: url.to_owned(), ..Request::default() };
    let answer =
        http.send(&request).await.map_err(|f| format!("the key set can't be read: {}", f.why()))?;
    if answer.status != 200 {
        return Err(format!("the key set can't be read: status {}", answer.status));
    }
    let set = answer.json().ok_or("the key set is no JSON".to_owned())?;
    let Some(keys) = set.get("keys").and_then(Value::as_array) else {
        return Err("the key set has no `keys`".to_owned());
    };
    if keys.len() > MOST_KEYS {
        return Err(format!("the key set has {} keys; recant reads up to {MOST_KEYS}", keys.len()));
    }
    // A key that is not understood is left out: sets may hold keys for other purposes.
    Ok(keys.iter().filter_map(|k| serde_json::from_value(k.clone()).ok()).collect())
}

fn verified(keys: &[Jwk], token: &str, algorithm: Algorithm, kid: Option<&str>) -> bool {
    let Some((message, signature)) = token.rsplit_once('.') else { return false };
    keys.iter()
        .filter(|k| kid.is_none() || id(k) == kid)
        .filter(|k| !matches!(k.common.public_key_use, Some(PublicKeyUse::Encryption)))
        .filter(|k| !matches!(k.algorithm, AlgorithmParameters::OctetKey(_)))
        .take(MOST_TRIED)
        .filter_map(|k| DecodingKey::from_jwk(k).ok())
        .any(|key| {
            key.family() == algorithm.family()
                && jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, algorithm)
                    .unwrap_or(false)
        })
}

fn id(key: &Jwk) -> Option<&str> {
    key.common.key_id.as_deref()
}
