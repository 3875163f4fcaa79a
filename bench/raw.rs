//! The limit: the requests of the benchmark's scenario in a plain reqwest loop that verifies its tokens, and nothing else.
//! `raw-loop PORT SCENARIOS CONCURRENCY PROBES`: two subjects are made, two tokens, two accepted calls, a change, PROBES
//! refused calls, an accepted call of the bystander, the undo, and two subjects are removed.

use futures::{StreamExt, stream};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;

struct Loop {
    http: reqwest::Client,
    base: String,
    key: DecodingKey,
    validation: Validation,
    probes: usize,
}

#[tokio::main]
async fn main() {
    let mut words = std::env::args().skip(1);
    let mut word = || words.next().expect("raw-loop PORT SCENARIOS CONCURRENCY PROBES");
    let base = format!("http://127.0.0.1:{}", word());
    let number = |w: String| w.parse::<usize>().expect("a number");
    let (scenarios, concurrency, probes) = (number(word()), number(word()), number(word()));
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
    let http = reqwest::Client::builder().no_proxy().tcp_nodelay(true).build().expect("client");
    let keys: Value =
        http.get(format!("{base}/jwks")).send().await.expect("jwks").json().await.expect("jwks");
    let part = |name: &str| keys["keys"][0][name].as_str().expect("key").to_owned();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&["orders"]);
    validation.set_issuer(&["http://127.0.0.1"]);
    let key = DecodingKey::from_ec_components(&part("x"), &part("y")).expect("key");
    let run = std::sync::Arc::new(Loop { http, base, key, validation, probes });
    let good = stream::iter(0..scenarios)
        .map(|n| {
            let run = run.clone();
            async move { tokio::spawn(async move { run.scenario(n).await }).await.expect("task") }
        })
        .buffer_unordered(concurrency)
        .filter(|good| std::future::ready(*good))
        .count()
        .await;
    println!("{good} of {scenarios} as expected");
    assert_eq!(good, scenarios);
}

impl Loop {
    async fn scenario(&self, n: usize) -> bool {
        let (subject, bystander) = (format!("raw-{n}"), format!("raw-{n}-bystander"));
        let mut good = self.role(&subject).await == 204 && self.role(&bystander).await == 204;
        let token = self.token(&subject).await;
        let other = self.token(&bystander).await;
        good &= self.order(&token).await == 200 && self.order(&other).await == 200;
        let writer = format!("{}/admin/{subject}/writer", self.base);
        good &= self.http.delete(&writer).send().await.expect("change").status() == 204;
        for _ in 0..self.probes {
            good &= self.order(&token).await == 403;
        }
        good &= self.order(&other).await == 200;
        good &= self.role(&subject).await == 204;
        good & (self.role(&subject).await == 204 && self.role(&bystander).await == 204)
    }

    /// What makes a subject, undoes the change and removes a subject here: see recipe.toml.
    async fn role(&self, subject: &str) -> u16 {
        let writer = format!("{}/admin/{subject}/writer", self.base);
        self.http.put(writer).send().await.expect("role").status().as_u16()
    }

    async fn token(&self, subject: &str) -> String {
        let form = [("grant_type", "client_credentials"), ("client_id", subject)];
        let answer = self.http.post(format!("{}/token", self.base)).form(&form).send().await;
        let answer: Value = answer.expect("token").json().await.expect("token");
        let token = answer["access_token"].as_str().expect("token").to_owned();
        jsonwebtoken::decode::<Value>(&token, &self.key, &self.validation).expect("valid");
        token
    }

    async fn order(&self, token: &str) -> u16 {
        let sent = self.http.post(format!("{}/orders", self.base)).bearer_auth(token).send().await;
        sent.expect("call").status().as_u16()
    }
}
