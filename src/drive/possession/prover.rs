//! Requests with a proof of possession, and the nonces that servers ask for in it (RFC 9449 sections 8 and 9).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{About, Wrong, proof};
use crate::drive::forge::OwnKey;
use crate::drive::grant::Now;
use crate::drive::http::Chunks;
use crate::drive::{Answer, Fault, HttpClient, Request, Vault, excerpt};

/// A longer nonce is not repeated.
const LONGEST_NONCE: usize = 1024;
/// Nonces of so many servers are kept at most.
const MOST_SERVERS: usize = 1_000;
/// Keys of so many subjects are kept at most: whoever comes later gets fresh ones.
const MOST_KEYS: usize = 10_000;

/// Who can use a token. No `Debug`, on purpose.
#[derive(Clone)]
pub(crate) struct Holder {
    /// The key that was proven when the token was asked for.
    pub key: Arc<OwnKey>,
    /// The issuer called the token bound to it (`token_type` DPoP); else it is a bearer token in spite of the proof (section 5).
    pub bound: bool,
}

/// A request as the prover sees it.
pub(crate) struct Towards<'a> {
    /// The server, as nonces go: a service by its name, an issuer by its token endpoint.
    pub server: &'a str,
    /// The access token that is shown; `None` at a token endpoint.
    pub token: Option<&'a str>,
}

/// Keeps keys by subject, makes proofs, and remembers nonces by server. No `Debug`, on purpose.
pub(crate) struct Prover {
    vault: Arc<Vault>,
    now: Now,
    keys: Mutex<HashMap<String, Arc<OwnKey>>>,
    nonces: Mutex<HashMap<String, String>>,
}

impl Prover {
    /// One that dates proofs by this clock. Proofs are credentials: the vault learns each.
    pub fn new(vault: Arc<Vault>, now: Now) -> Self {
        Self { vault, now, keys: Mutex::default(), nonces: Mutex::default() }
    }

    /// The key of a subject: the same at each of its sign-ins, as one device would have it.
    ///
    /// # Errors
    /// Where none could be made.
    pub fn key_of(&self, subject: &str) -> Result<Arc<OwnKey>, String> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = keys.get(subject) {
            return Ok(key.clone());
        }
        if keys.len() >= MOST_KEYS {
            keys.clear();
        }
        let key = Arc::new(OwnKey::like("ES256")?);
        keys.insert(subject.to_owned(), key.clone());
        Ok(key)
    }

    /// Adds a proof to a request.
    ///
    /// # Errors
    /// Where none could be made.
    pub fn prove(
        &self,
        request: &mut Request,
        key: &OwnKey,
        towards: &Towards<'_>,
        wrong: Option<&Wrong<'_>>,
    ) -> Result<(), Fault> {
        let nonce = self.nonce(towards.server);
        let (token, nonce) = (towards.token, nonce.as_deref());
        let about = About { request, token, nonce, now: (self.now)() };
        let made = proof(key, &about, wrong)?;
        self.vault.learn("a DPoP proof", &made);
        request.headers.insert("dpop".into(), made);
        Ok(())
    }

    /// Keeps the nonce of an answer, if it has one. True where the answer asks for another try with it.
    pub fn challenged(&self, server: &str, answer: &Answer) -> bool {
        let Some(nonce) = answer.header("dpop-nonce").filter(|nonce| is_nonce(nonce)) else {
            return false;
        };
        let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        if nonces.len() < MOST_SERVERS || nonces.contains_key(server) {
            nonces.insert(server.to_owned(), nonce.to_owned());
        }
        let asks = |code: &str| code == "use_dpop_nonce";
        matches!(answer.status, 400 | 401)
            && (excerpt::error_code(answer, &self.vault).as_deref().is_some_and(asks)
                || answer.header("www-authenticate").is_some_and(|c| c.contains("use_dpop_nonce")))
    }

    /// The nonce that a server told last.
    pub fn nonce(&self, server: &str) -> Option<String> {
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner).get(server).cloned()
    }

    /// Sends a request with a proof: once more where the server asks for a nonce.
    ///
    /// # Errors
    /// As `HttpClient::send`.
    pub async fn send(
        &self,
        http: &HttpClient,
        request: &mut Request,
        key: &OwnKey,
        towards: &Towards<'_>,
        wrong: Option<&Wrong<'_>>,
    ) -> Result<Answer, Fault> {
        self.prove(request, key, towards, wrong)?;
        let answer = http.send(request).await?;
        if !self.challenged(towards.server, &answer) {
            return Ok(answer);
        }
        self.prove(request, key, towards, wrong)?;
        let answer = http.send(request).await?;
        self.challenged(towards.server, &answer);
        Ok(answer)
    }

    /// The same for an answer that goes on.
    ///
    /// # Errors
    /// As `HttpClient::open`.
    pub async fn open(
        &self,
        http: &HttpClient,
        request: &mut Request,
        key: &OwnKey,
        towards: &Towards<'_>,
    ) -> Result<(Answer, Chunks), Fault> {
        self.prove(request, key, towards, None)?;
        let (answer, chunks) = http.open(request).await?;
        if !self.challenged(towards.server, &answer) {
            return Ok((answer, chunks));
        }
        self.prove(request, key, towards, None)?;
        http.open(request).await
    }
}

/// A nonce is the server's (section 8.1: `NQCHAR`).
fn is_nonce(text: &str) -> bool {
    let allowed = |b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    (1..=LONGEST_NONCE).contains(&text.len()) && text.bytes().all(allowed)
}
