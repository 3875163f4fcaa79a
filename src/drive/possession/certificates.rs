//! Certificates of clients (RFC 8705): connections that show one, and connections of somebody who has another.

use std::collections::BTreeMap;

use crate::drive::forge::OwnKey;
use crate::drive::{HttpClient, Vault};
use crate::plan::{Declared, Http};

/// What sends requests with a certificate, by the client that has it. Private keys are in these connections only.
#[derive(Default)]
pub(crate) struct Certificates {
    by_client: BTreeMap<String, HttpClient>,
    http: Http,
    ca: Option<Vec<u8>>,
}

impl Certificates {
    /// Those of a target's clients.
    ///
    /// # Errors
    /// Where one is no certificate with its private key.
    pub fn open(declared: &Declared, vault: &Vault, ca: Option<Vec<u8>>) -> Result<Self, String> {
        let http = declared.target.http.clone();
        let mut by_client = BTreeMap::new();
        for name in declared.target.client.keys() {
            let Some([certificate, key]) = vault.client(name).certificate else { continue };
            let sender =
                HttpClient::new(&http, ca.as_deref(), Some(&format!("{certificate}\n{key}")));
            let why = |why| format!("certificate of client `{name}`: {why}");
            by_client.insert(name.clone(), sender.map_err(why)?);
        }
        Ok(Self { by_client, http, ca })
    }

    /// What sends requests with the certificate of this client, where it has one.
    pub fn of(&self, client: &str) -> Option<&HttpClient> {
        self.by_client.get(client)
    }

    /// What sends requests with another certificate than this client's: that of another client, which services may well trust, else
    /// one that recant makes and signs itself.
    ///
    /// # Errors
    /// Where none could be made.
    pub fn other_than(&self, client: &str) -> Result<HttpClient, String> {
        let mut others = self.by_client.iter().filter(|(name, _)| *name != client);
        if let Some((_, other)) = others.next() {
            return Ok(other.clone());
        }
        let identity = OwnKey::like("ES256")?.identity();
        let identity = identity.ok_or("no certificate could be made")?;
        HttpClient::new(&self.http, self.ca.as_deref(), Some(&identity))
    }
}
