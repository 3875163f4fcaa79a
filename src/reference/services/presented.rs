//! How a token is shown: as a bearer token (RFC 6750 section 2.1), or with a proof of possession (RFC 9449 section 7.1).

use axum::extract::{OriginalUri, Request};
use axum::http::header::AUTHORIZATION;
use serde_json::{Map, Value};

use super::denial::Denial;
use super::guard::{Ask, Service};
use crate::reference::faults::Fault;
use crate::reference::proofs::{self, About, Flawed};
use crate::reference::tls;

/// A request as far as it shows a token.
pub struct Shown {
    pub token: String,
    with_proof: bool,
    /// The proof, or why it is none.
    proof: Result<Option<String>, Flawed>,
    method: String,
    path: String,
    /// The hash of the client certificate that it came with.
    certificate: Option<String>,
}

impl Shown {
    /// The one token of a request; no other presentation is accepted.
    pub fn by(request: &Request) -> Result<Self, Denial> {
        let headers = request.headers();
        let mut all = headers.get_all(AUTHORIZATION).iter();
        let one = all.next().ok_or(Denial::NoToken)?;
        if all.next().is_some() {
            return Err(Denial::BadRequest);
        }
        let (scheme, token) =
            one.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Denial::BadRequest)?;
        let with_proof = scheme.eq_ignore_ascii_case("dpop");
        if !with_proof && !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Denial::NoToken);
        }
        let whole = request.extensions().get::<OriginalUri>();
        Ok(Self {
            token: token.trim().to_owned(),
            with_proof,
            proof: proofs::in_headers(headers).map(|proof| proof.map(str::to_owned)),
            method: request.method().to_string(),
            path: whole.map_or(request.uri(), |whole| &whole.0).path().to_owned(),
            certificate: tls::shown_with(request.extensions()).map(str::to_owned),
        })
    }
}

impl Service {
    /// Checks that whoever shows a token that is bound to a key or to a certificate has it. Services that ask about each request ask for a
    /// nonce in each proof as well.
    pub fn check_holder(&self, ask: &Ask, claims: &Map<String, Value>) -> Result<(), Denial> {
        let Some(shown) = ask.shown else { return Ok(()) };
        let faults = &self.world.faults;
        let to = |what| claims.get("cnf").and_then(|cnf| cnf.get(what)).and_then(Value::as_str);
        if let Some(hash) = to("x5t#S256")
            && shown.certificate.as_deref() != Some(hash)
            && !faults.has(Fault::CertificateNotCompared)
        {
            return Err(Denial::InvalidToken("the token is bound to another certificate"));
        }
        let bound = to("jkt");
        let key = match bound {
            None if shown.with_proof => {
                return Err(Denial::InvalidToken("the token is bound to no key"));
            }
            None => return Ok(()),
            Some(_) if !shown.with_proof && faults.has(Fault::BoundTokenAsBearer) => return Ok(()),
            Some(_) if !shown.with_proof => return Err(Denial::Bound),
            Some(key) => key,
        };
        self.proven(shown, key).map_err(Denial::Unproven)
    }

    fn proven(&self, shown: &Shown, key: &str) -> Result<(), Flawed> {
        let world = &self.world;
        let proof = shown.proof.as_ref().map_err(Clone::clone)?;
        let proof = proof.as_deref().ok_or(Flawed::Invalid("there is none"))?;
        let url = format!("{}{}", world.base, shown.path);
        let now_s = world.clock.now_s();
        let token = Some(shown.token.as_str());
        let about = About { method: &shown.method, url: &url, token, now_s };
        let (by, claims) = proofs::maker(proof, &about)?;
        if by != key && !world.faults.has(Fault::ProofOfAnyKey) {
            return Err(Flawed::Invalid("another key made it"));
        }
        if self.audience == "payments" {
            world.proofs.fresh(&claims, world.clock.now_ms())?;
        }
        if world.faults.has(Fault::ProofsReplayed) {
            return Ok(());
        }
        world.proofs.once(&by, &claims, now_s)
    }
}
