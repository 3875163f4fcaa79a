//! A proof of possession (RFC 9449 section 4.2), as it should be or with one thing wrong.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::distr::{Alphanumeric, SampleString};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use crate::drive::forge::OwnKey;
use crate::drive::{Fault, Request};
use crate::model::Unproven;

/// How far back a stale proof is dated, seconds: no clock is so wrong.
const STALE: u64 = 3600;

/// What a proof is about.
pub struct About<'a> {
    /// The request that it goes with.
    pub request: &'a Request,
    /// The access token that the request shows; `None` at a token endpoint.
    pub token: Option<&'a str>,
    /// The nonce that the server asked for.
    pub nonce: Option<&'a str>,
    /// Target time, Unix seconds.
    pub now: u64,
}

/// What is wrong with a proof, and the key of somebody else.
pub struct Wrong<'a> {
    /// What.
    pub how: Unproven,
    /// A key that no token is bound to.
    pub other: &'a OwnKey,
}

/// A fresh proof by a key.
///
/// # Errors
/// Where the request's URL is none, or signing failed.
pub fn proof(key: &OwnKey, about: &About<'_>, wrong: Option<&Wrong<'_>>) -> Result<String, Fault> {
    let how = wrong.map(|w| w.how);
    let (named, signing) = match wrong {
        Some(Wrong { how: Unproven::OtherKey, other }) => (*other, *other),
        Some(Wrong { how: Unproven::OtherSignature, other }) => (key, *other),
        _ => (key, key),
    };
    let public = |member: &str| named.jwk.get(member).cloned().unwrap_or_default();
    let jwk = ["kty", "crv", "x", "y"].map(|member| (member.to_owned(), public(member)));
    let header: Map<String, Value> = [
        ("typ".to_owned(), json!("dpop+jwt")),
        ("jwk".to_owned(), Value::Object(jwk.into_iter().collect())),
    ]
    .into_iter()
    .collect();
    let claims = claims(about, how)?;
    signing.sign(&header, &claims).ok_or_else(|| Fault::NotSent("a proof could not be made".into()))
}

fn claims(about: &About<'_>, how: Option<Unproven>) -> Result<Map<String, Value>, Fault> {
    let method = match (how, about.request.method.as_str()) {
        (Some(Unproven::OtherMethod), "GET") => "POST",
        (Some(Unproven::OtherMethod), _) => "GET",
        (_, method) => method,
    };
    let iat = match how {
        Some(Unproven::Stale) => about.now.saturating_sub(STALE),
        _ => about.now,
    };
    let mut claims = Map::new();
    claims.insert("jti".into(), Alphanumeric.sample_string(&mut rand::rng(), 43).into());
    claims.insert("htm".into(), method.into());
    claims.insert("htu".into(), url(&about.request.url, how)?.into());
    claims.insert("iat".into(), iat.into());
    if let Some(token) = about.token {
        match how {
            Some(Unproven::NoTokenHash) => None,
            Some(Unproven::OtherTokenHash) => claims.insert("ath".into(), hash("another").into()),
            _ => claims.insert("ath".into(), hash(token).into()),
        };
    }
    if let Some(nonce) = about.nonce {
        claims.insert("nonce".into(), nonce.into());
    }
    Ok(claims)
}

/// `htu`: the URL without query and fragment.
fn url(url: &str, how: Option<Unproven>) -> Result<String, Fault> {
    let wrong = || Fault::NotSent("the URL is not well-formed".to_owned());
    let mut url = Url::parse(url).map_err(|_| wrong())?;
    url.set_query(None);
    url.set_fragment(None);
    match how {
        Some(Unproven::OtherPath) => {
            let path = format!("{}/elsewhere", url.path().trim_end_matches('/'));
            url.set_path(&path);
        }
        // RFC 2606: nobody is there
        Some(Unproven::OtherHost) => url.set_host(Some("other.example")).map_err(|_| wrong())?,
        _ => {}
    }
    Ok(url.into())
}

fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
}
