//! Clients. Their secrets are well-known laboratory values: this system protects nothing.

use std::collections::BTreeMap;

use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::{Digest, digest_of};
use crate::reference::delivery::Endpoint;
use crate::reference::{jose, tls};

/// Name of the account behind the client `services`.
pub const SERVICE_ACCOUNT: &str = "service-account-services";

/// Client ids with their secrets.
pub const SECRETS: [(&str, &str); 5] = [
    ("app", "lab-secret-of-app"),
    ("app2", "lab-secret-of-app2"),
    ("services", "lab-secret-of-services"),
    ("gateway", "lab-secret-of-gateway"),
    ("agent", "lab-secret-of-agent"),
];

/// The key that `agent` signs assertions with: as well known as the secrets.
pub const AGENT_KEY: &str = include_str!("agent.pem");

/// A client.
pub struct Client {
    pub id: String,
    secret: Option<Digest>,
    /// The hash of its certificate, where it proves itself with that (RFC 8705 section 2.2).
    pub certificate: Option<String>,
    /// It can keep no secret and proves itself with nothing (RFC 6749 section 2.1).
    pub public: bool,
    /// The public key of its assertions: a point.
    pub key: Option<Vec<u8>>,
    pub enabled: bool,
    /// Where it is told that sessions ended.
    pub logout: Option<Endpoint>,
    /// Grant types it may use (RFC 7591 section 2).
    pub grant_types: &'static [&'static str],
    /// May ask about any token.
    pub introspects: bool,
}

impl Client {
    /// True where this is its secret.
    pub fn has_secret(&self, secret: &str) -> bool {
        self.secret.is_some_and(|own| same(&own, &digest_of(secret)))
    }
}

/// The clients that the system starts with.
pub fn shipped() -> BTreeMap<String, Client> {
    let [certificate, _] = tls::KIOSK;
    let kiosk = ("kiosk", None, tls::hash_of(certificate));
    let others = SECRETS.into_iter().map(|(id, secret)| (id, Some(digest_of(secret)), None));
    others
        .chain([kiosk, ("handheld", None, None)])
        .map(|(id, secret, certificate)| {
            let grant_types: &[&str] = match id {
                "services" => &["client_credentials"],
                "gateway" => &["urn:ietf:params:oauth:grant-type:token-exchange"],
                "agent" => &["urn:ietf:params:oauth:grant-type:jwt-bearer"],
                _ => &["password", "refresh_token", "urn:openid:params:grant-type:ciba"],
            };
            let client = Client {
                id: id.to_owned(),
                secret,
                certificate,
                public: id == "handheld",
                key: (id == "agent").then(|| jose::public_of(AGENT_KEY)).flatten(),
                enabled: true,
                logout: None,
                grant_types,
                introspects: id == "services",
            };
            (id.to_owned(), client)
        })
        .collect()
}

/// Compares in constant time.
pub fn same(a: &Digest, b: &Digest) -> bool {
    verify_slices_are_equal(a, b).is_ok()
}
