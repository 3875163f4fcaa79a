//! Somebody with a key, who proves to have it (RFC 9449): made apart from both the system and the harness.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::lab::{Answer, Lab, PASSWORD};

/// A key and what it is called.
pub struct Holder {
    pair: EcdsaKeyPair,
    jwk: Value,
}

/// What a proof says.
pub struct Said<'a> {
    pub method: &'a str,
    pub url: String,
    pub token: Option<&'a str>,
    pub nonce: Option<&'a str>,
    pub age: i64,
}

impl Holder {
    pub fn fresh() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let point = pair.public_key().as_ref();
        let number = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
        let (x, y) = (number(&point[1..33]), number(&point[33..65]));
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y });
        Self { pair, jwk }
    }

    /// RFC 7638.
    pub fn thumbprint(&self) -> String {
        let (x, y) = (self.jwk["x"].as_str().expect("x"), self.jwk["y"].as_str().expect("y"));
        let text = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        URL_SAFE_NO_PAD.encode(Sha256::digest(text))
    }

    pub fn proof(&self, said: &Said<'_>) -> String {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now = i64::try_from(now.expect("after 1970").as_secs()).expect("seconds");
        let mut claims = json!({
            "jti": format!("{:032x}", rand::random::<u128>()), "htm": said.method, "htu": said.url,
            "iat": now - said.age,
        });
        if let Some(token) = said.token {
            claims["ath"] = json!(URL_SAFE_NO_PAD.encode(Sha256::digest(token)));
        }
        if let Some(nonce) = said.nonce {
            claims["nonce"] = json!(nonce);
        }
        let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let chance = aws_lc_rs::rand::SystemRandom::new();
        let signature = self.pair.sign(&chance, signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    /// A token request with a proof: once more with the nonce that is asked for.
    pub async fn ask(&self, lab: &Lab, form: &[(&str, &str)]) -> Answer {
        let url = format!("{}/token", lab.reference.base);
        let send = async |nonce: Option<&str>| {
            let said = Said { method: "POST", url: url.clone(), token: None, nonce, age: 0 };
            let request = lab.request(Method::POST, "/token");
            let request = request.basic_auth("app", Some("lab-secret-of-app")).form(form);
            request.header("dpop", self.proof(&said)).send().await.expect("an answer")
        };
        let mut response = send(None).await;
        let nonce =
            response.headers().get("dpop-nonce").map(|n| n.to_str().expect("text").to_owned());
        if let Some(nonce) = nonce {
            response = send(Some(&nonce)).await;
        }
        let status = response.status().as_u16();
        let body = response.json().await.expect("JSON");
        Answer { status, challenge: String::new(), body }
    }

    /// A token of ada's for a service, bound to this key.
    pub async fn sign_in(&self, lab: &Lab, service: &str) -> Answer {
        let form = [
            ("grant_type", "password"),
            ("username", "ada"),
            ("password", PASSWORD),
            ("resource", service),
        ];
        self.ask(lab, &form).await
    }

    /// Reads with a token, and with what a proof by this key says, or none.
    pub async fn read<'a>(
        &self,
        lab: &Lab,
        service: &str,
        token: &'a str,
        change: impl FnOnce(&mut Said<'a>),
    ) -> Answer {
        let path = format!("/services/{service}/items");
        let url = format!("{}{path}", lab.reference.base);
        let mut said = Said { method: "GET", url, token: Some(token), nonce: None, age: 0 };
        change(&mut said);
        show(lab, &path, token, Some(&self.proof(&said))).await
    }
}

/// Shows a token by the scheme DPoP.
pub async fn show(lab: &Lab, path: &str, token: &str, proof: Option<&str>) -> Answer {
    let request = lab.request(Method::GET, path).header("authorization", format!("DPoP {token}"));
    let request = match proof {
        Some(proof) => request.header("dpop", proof),
        None => request,
    };
    lab.send(request).await
}

/// The nonce that a service asks for, if it does.
async fn nonce(lab: &Lab, holder: &Holder, path: &str, token: &str) -> Option<String> {
    let url = format!("{}{path}", lab.reference.base);
    let said = Said { method: "GET", url, token: Some(token), nonce: None, age: 0 };
    let request = lab.request(Method::GET, path).header("authorization", format!("DPoP {token}"));
    let answer = request.header("dpop", holder.proof(&said)).send().await.expect("an answer");
    let told = answer.headers().get("dpop-nonce")?.to_str().expect("text").to_owned();
    assert_eq!(answer.status(), 401);
    Some(told)
}

#[tokio::test]
async fn a_bound_token_is_worth_nothing_without_its_key() {
    let lab = Lab::with(&[]).await;
    lab.subject("ada", &["reader", "writer"]).await;
    let (own, other) = (Holder::fresh(), Holder::fresh());
    for (service, _) in super::lab::SERVICES {
        let answer = own.sign_in(&lab, super::lab::audience(service)).await;
        assert_eq!(answer.text("token_type"), "DPoP");
        let token = answer.access();
        let told = lab.introspect(&token).await;
        assert_eq!(told["cnf"], json!({ "jkt": own.thumbprint() }));
        assert_eq!(told["token_type"], json!("DPoP"));
        let path = format!("/services/{service}/items");
        let nonce = nonce(&lab, &own, &path, &token).await;
        assert_eq!(nonce.is_some(), service == "payments");
        let nonce = nonce.as_deref();
        let good = own.read(&lab, service, &token, |p| p.nonce = nonce).await;
        assert_eq!(good.status, 200, "{service}: {good:?}");
        let refused = [
            ("a bearer", lab.call(service, super::lab::Op::Read, &token).await, "invalid_token"),
            ("no proof", show(&lab, &path, &token, None).await, "invalid_dpop_proof"),
            (
                "other key",
                other.read(&lab, service, &token, |p| p.nonce = nonce).await,
                "invalid_dpop_proof",
            ),
            (
                "method",
                own.read(&lab, service, &token, |p| p.method = "PUT").await,
                "invalid_dpop_proof",
            ),
            (
                "url",
                own.read(&lab, service, &token, |p| p.url.push('x')).await,
                "invalid_dpop_proof",
            ),
            (
                "ath",
                own.read(&lab, service, &token, |p| p.token = None).await,
                "invalid_dpop_proof",
            ),
            ("age", own.read(&lab, service, &token, |p| p.age = 300).await, "invalid_dpop_proof"),
            (
                "future",
                own.read(&lab, service, &token, |p| p.age = -300).await,
                "invalid_dpop_proof",
            ),
            ("garbage", show(&lab, &path, &token, Some("a.b.c")).await, "invalid_dpop_proof"),
        ];
        for (what, answer, code) in refused {
            assert_eq!(answer.status, 401, "{service}, {what}");
            let challenge = &answer.challenge;
            assert!(
                challenge.starts_with("DPoP ") && challenge.contains(code),
                "{what}: {challenge}"
            );
        }
        let bearer = lab.sign_in("ada", super::lab::audience(service), None).await;
        assert_eq!(bearer.text("token_type"), "Bearer");
        let unbound = own.read(&lab, service, &bearer.access(), |p| p.nonce = nonce).await;
        assert_eq!(unbound.status, 401, "{service}");
    }
}

#[tokio::test]
async fn refresh_tokens_of_a_bound_sign_in_need_the_same_key() {
    let lab = Lab::with(&[]).await;
    lab.subject("ada", &["reader", "writer"]).await;
    let (own, other) = (Holder::fresh(), Holder::fresh());
    let token = own.sign_in(&lab, "catalog").await.refresh();
    let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
    assert_eq!(lab.refresh(&token, None).await.status, 400);
    assert_eq!(other.ask(&lab, &form).await.status, 400);
    let next = own.ask(&lab, &form).await;
    assert_eq!(next.text("token_type"), "DPoP");
    let read = own.read(&lab, "catalog", &next.access(), |_| {}).await;
    assert_eq!(read.status, 200);
}

/// A read with another key's proof.
pub async fn reads_with_any_key(lab: &Lab) -> bool {
    let token = Holder::fresh().sign_in(lab, "catalog").await.access();
    Holder::fresh().read(lab, "catalog", &token, |_| {}).await.status == 200
}

/// A read as a bearer.
pub async fn reads_as_bearer(lab: &Lab) -> bool {
    let token = Holder::fresh().sign_in(lab, "catalog").await.access();
    super::hands::reads(lab, "catalog", &token).await
}

/// Two reads with one proof.
pub async fn reads_twice(lab: &Lab) -> bool {
    let own = Holder::fresh();
    let token = own.sign_in(lab, "catalog").await.access();
    let path = "/services/catalog/items";
    let url = format!("{}{path}", lab.reference.base);
    let said = Said { method: "GET", url, token: Some(&token), nonce: None, age: 0 };
    let proof = own.proof(&said);
    let first = show(lab, path, &token, Some(&proof)).await.status == 200;
    first && show(lab, path, &token, Some(&proof)).await.status == 200
}

/// A refresh with another key's proof.
pub async fn refreshes_with_any_key(lab: &Lab) -> bool {
    let token = Holder::fresh().sign_in(lab, "catalog").await.refresh();
    let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
    Holder::fresh().ask(lab, &form).await.status == 200
}
