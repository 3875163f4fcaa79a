//! The issuer that a scenario plays: services are told to trust it beside their own, and its key goes by the same name as the key of
//! theirs.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::bait::Bait;
use super::craft::Crafted;
use super::key::OwnKey;
use crate::drive::{Given, Halt, Stage};

/// Names of its keys of its own begin with this.
const OWN: &str = "recant-further-";

/// An issuer with a key for each algorithm that tokens of the target were signed with.
pub struct FurtherIssuer {
    keys: Vec<(String, Arc<OwnKey>)>,
    published: Vec<Value>,
    serving: Bait,
}

impl FurtherIssuer {
    /// An issuer that nobody knows yet. Its keys go by the names that stand in these headers, and by names of their own.
    async fn open(headers: &[Map<String, Value>]) -> Result<Self, Halt> {
        let mut keys: Vec<(String, Arc<OwnKey>)> = Vec::new();
        let mut published: Vec<Value> = Vec::new();
        for header in headers {
            let algorithm = super::show::algorithm_of(header);
            let known = keys.iter().find(|(a, _)| *a == algorithm).map(|(_, key)| key.clone());
            let key = match known {
                Some(key) => key,
                None => {
                    let key = Arc::new(super::show::fresh(&algorithm).await?);
                    published.push(key.published_as(&format!("{OWN}{algorithm}")));
                    keys.push((algorithm, key.clone()));
                    key
                }
            };
            let jwk = header.get("kid").and_then(Value::as_str).map(|kid| key.published_as(kid));
            published.extend(jwk.filter(|jwk| !published.contains(jwk)));
        }
        let serving = Bait::lay(published.clone(), None).await.map_err(Halt::Broken)?;
        Ok(Self { keys, published, serving })
    }

    /// What a recipe is given to make it known.
    pub fn put_into(&self, given: &mut Given) {
        given.set("further-issuer", self.serving.base.as_str());
        given.set("further-issuer.keys", json!({ "keys": self.published }));
        given.set("further-issuer.jwks", format!("{}/jwks", self.serving.base));
    }

    /// Tokens that it signs, made of one of the target's issuer: its own, which are good where it is trusted, and others, which
    /// nobody should take.
    pub fn tokens(
        &self,
        header: &Map<String, Value>,
        claims: &Map<String, Value>,
        jti: &str,
    ) -> Vec<Crafted> {
        let algorithm = super::show::algorithm_of(header);
        let Some((_, key)) = self.keys.iter().find(|(a, _)| *a == algorithm) else {
            return Vec::new();
        };
        let own = format!("{OWN}{algorithm}");
        let theirs = header.get("kid").and_then(Value::as_str);
        let mut all = Vec::new();
        let mut add = |how: &str, issuer: Option<Value>, kid: Option<&str>| {
            let Some(kid) = kid else { return };
            let (mut header, mut claims) = (header.clone(), claims.clone());
            header.insert("kid".into(), kid.into());
            claims.insert("jti".into(), jti.into());
            match issuer {
                Some(issuer) => claims.insert("iss".into(), issuer),
                None => claims.remove("iss"),
            };
            let token = key.sign(&header, &claims);
            all.extend(token.map(|token| Crafted { how: how.to_owned(), token }));
        };
        let base = self.serving.base.as_str();
        let shorter = base.get(..base.len().saturating_sub(1)).unwrap_or_default();
        add("second-issuer", Some(base.into()), Some(&own));
        add("second-issuer-same-kid", Some(base.into()), theirs);
        add("issuer-left-out", None, Some(&own));
        add("issuer-left-out-same-kid", None, theirs);
        add("issuer-second-extended", Some(format!("{base}/elsewhere").into()), Some(&own));
        add("issuer-second-shortened", Some(shorter.into()), Some(&own));
        let Some(issuer) = claims.get("iss").and_then(Value::as_str) else { return all };
        add("issuer-of-another", Some(issuer.into()), Some(&own));
        add("issuer-of-another-same-kid", Some(issuer.into()), theirs);
        add("issuer-of-both", Some(json!([issuer, base])), Some(&own));
        add("issuer-of-both-same-kid", Some(json!([base, issuer])), theirs);
        add("issuer-extended", Some(format!("{issuer}/elsewhere").into()), Some(&own));
        all
    }
}

impl Stage {
    /// The issuer that a change is about to make known. It comes after tokens that tell by which name the target's own key goes.
    pub(in crate::drive) async fn further_issuer(&mut self) -> Result<&FurtherIssuer, Halt> {
        let made = match self.further.take() {
            Some(made) => made,
            None => {
                let held = self.labels.values().flat_map(|label| label.values());
                let headers: Vec<_> = held.filter_map(|held| held.access.header.clone()).collect();
                Arc::new(FurtherIssuer::open(&headers).await?)
            }
        };
        Ok(self.further.insert(made))
    }
}
