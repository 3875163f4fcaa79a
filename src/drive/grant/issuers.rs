//! The issuers of a run: their endpoints and keys, and who we are to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use super::Ask;
use super::answer::Denied;
use crate::drive::endpoints::Endpoints;
use crate::drive::keys::Keys;
use crate::drive::possession::{Certificates, Prover};
use crate::drive::{HttpClient, Values, Vault};
use crate::model::{Signature, TokenForm, TokenSeen};
use crate::plan::{Declared, Grant, Issuer, REVOCATION_OF};

/// Different notes that are kept at most.
const MOST_NOTES: usize = 100;

/// The target's wall time, Unix seconds: assertions are dated by it, because its clock may have been moved.
pub type Now = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The issuers of a run. Built once; all functions may be used from many tasks at once.
pub struct Issuers {
    pub(super) declared: Arc<Declared>,
    pub(super) vault: Arc<Vault>,
    pub(super) http: HttpClient,
    pub(super) now: Now,
    prover: Prover,
    certificates: Certificates,
    values: Values,
    known: BTreeMap<String, Known>,
    notes: Mutex<BTreeSet<String>>,
}

/// An issuer whose endpoints are known.
pub(super) struct Known {
    pub(super) endpoints: Endpoints,
    pub(super) keys: Keys,
}

impl Issuers {
    /// Finds the endpoints of all issuers of a target.
    ///
    /// # Errors
    /// One sentence: an issuer can't be reached, or its metadata is not its own. The run can't start then.
    pub async fn start(
        declared: Arc<Declared>,
        vault: Arc<Vault>,
        http: HttpClient,
        now: Now,
    ) -> Result<Self, String> {
        let values = Values::of_target(&declared.target.values, &vault);
        let mut known = BTreeMap::new();
        for (name, issuer) in &declared.target.issuer {
            let endpoints = Endpoints::discover(&http, &vault, name, issuer, &values).await?;
            let keys = Keys::new(endpoints.jwks.clone());
            known.insert(name.clone(), Known { endpoints, keys });
        }
        let prover = Prover::new(vault.clone(), now.clone());
        let (certificates, notes) = (Certificates::default(), Mutex::default());
        Ok(Self { declared, vault, http, now, prover, certificates, values, known, notes })
    }

    /// The same with certificates of clients.
    pub(crate) fn with_certificates(self, certificates: Certificates) -> Self {
        Self { certificates, ..self }
    }

    /// The certificates of clients.
    pub(crate) fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    /// What sends requests of a client: with its certificate where it has one.
    pub(super) fn sender(&self, client: Option<&str>) -> &HttpClient {
        client.and_then(|name| self.certificates.of(name)).unwrap_or(&self.http)
    }

    /// The values of the target file and its secrets, for templates.
    #[must_use]
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// What proves possession of keys.
    pub(crate) fn prover(&self) -> &Prover {
        &self.prover
    }

    /// Capabilities that the issuers' own metadata advertises, sorted; revocation for each issuer, too.
    #[must_use]
    pub fn advertised(&self) -> Vec<String> {
        let mut all = BTreeSet::new();
        for (name, known) in &self.known {
            let told = &known.endpoints.advertised;
            all.extend(told.iter().cloned());
            let revokes = told.iter().any(|capability| capability == "revocation");
            all.extend(revokes.then(|| format!("{REVOCATION_OF}{name}")));
        }
        all.into_iter().collect()
    }

    /// The endpoints of an issuer.
    #[must_use]
    pub fn endpoints(&self, issuer: &str) -> Option<&Endpoints> {
        self.known.get(issuer).map(|k| &k.endpoints)
    }

    /// Reads published keys again when they are next needed. To be called after a change that may touch keys.
    pub async fn forget_keys(&self) {
        for known in self.known.values() {
            known.keys.forget().await;
        }
    }

    /// The public keys of an issuer that may have signed a token with this key id, as JWKs.
    pub(crate) async fn public_keys(
        &self,
        issuer: &str,
        kid: Option<&str>,
    ) -> Vec<serde_json::Value> {
        match self.known.get(issuer) {
            Some(known) => known.keys.published(&self.http, kid).await,
            None => Vec::new(),
        }
    }

    /// What was noticed besides outcomes, such as a key set that can't be read; each once.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.lock().iter().cloned().collect()
    }

    /// The words of the scope parameter that `obtain` or `exchange` sends for a grant; `None` where it sends
    /// none.
    #[must_use]
    pub fn asked(&self, grant: &str, ask: &Ask) -> Option<Vec<String>> {
        let grant = self.declared.target.grant.get(grant)?;
        scope_words(grant, ask, &ask.values).ok().flatten()
    }

    pub(super) fn note(&self, note: String) {
        let mut notes = self.lock();
        if notes.len() < MOST_NOTES && notes.insert(note.clone()) {
            tracing::warn!("{note}");
        }
    }

    pub(super) fn grant(&self, name: &str) -> Result<&Grant, Denied> {
        self.declared
            .target
            .grant
            .get(name)
            .ok_or_else(|| Denied::failed(format!("the target has no grant `{name}`")))
    }

    /// The issuer that a grant names, or the only one there is.
    pub(super) fn issuer_of<'a>(&'a self, grant: &'a Grant) -> Result<&'a str, Denied> {
        if let Some(name) = &grant.issuer {
            return Ok(name);
        }
        let mut all = self.declared.target.issuer.keys();
        match (all.next(), all.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(Denied::failed("the grant names no issuer, and there are several".into())),
        }
    }

    /// What the issuer of a grant calls itself (`iss`).
    pub(crate) fn identifier_of(&self, grant: &Grant) -> Option<&str> {
        let known = self.known.get(self.issuer_of(grant).ok()?)?;
        Some(known.endpoints.issuer.as_str())
    }

    pub(super) fn known(&self, issuer: &str) -> Result<(&Issuer, &Known), Denied> {
        self.declared
            .target
            .issuer
            .get(issuer)
            .zip(self.known.get(issuer))
            .ok_or_else(|| Denied::failed(format!("the target has no issuer `{issuer}`")))
    }

    pub(super) async fn check_signature(&self, issuer: &str, token: &str, seen: &mut TokenSeen) {
        let (Ok((_, known)), TokenForm::Jwt, Some(header)) =
            (self.known(issuer), seen.form, seen.header.as_ref())
        else {
            seen.signature = Signature::Unchecked;
            return;
        };
        let (signature, why) = known.keys.check(&self.http, token, header).await;
        seen.signature = signature;
        if let Some(why) = why {
            self.note(format!("issuer `{issuer}`: signatures are not checked: {why}"));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.notes.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The scope parameter of a grant, in words; `None` where it would be empty.
pub(super) fn scope_words(
    grant: &Grant,
    ask: &Ask,
    values: &Values,
) -> Result<Option<Vec<String>>, String> {
    let words = match (&ask.scope, &grant.scope) {
        (Some(words), _) => words.clone(),
        (None, Some(_)) => ask.declared.clone(),
        (None, None) => Vec::new(),
    };
    let mut values = values.layer();
    values.set("scope", words.join(" "));
    values.set("audience", ask.audience.as_str());
    values.set("service", ask.service.as_str());
    let text = values.text(grant.scope.as_deref().unwrap_or("{scope}"))?;
    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    Ok((!words.is_empty()).then_some(words))
}
