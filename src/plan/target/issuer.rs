//! Issuers and clients of a target file.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Secret;

/// What the name of a capability begins with that one issuer alone lacks: `revocation:ISSUER`.
pub const REVOCATION_OF: &str = "revocation:";

/// An issuer (authorization server, OpenID provider, or something that is neither).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Issuer {
    /// Issuer identifier: the `iss` of its tokens, and where its metadata is found. Something that is no OAuth issuer: its base URL.
    pub url: String,
    /// How its endpoints are found.
    #[serde(default)]
    pub discovery: Discovery,
    /// Token endpoint, where discovery does not tell. (Endpoints given here win over discovered ones.)
    pub token_endpoint: Option<String>,
    /// Token endpoint for clients with a `certificate` (RFC 8705 section 5), where it is another one and discovery does not tell.
    pub mtls_token_endpoint: Option<String>,
    /// JWK set (RFC 7517) with its public keys, where discovery does not tell.
    pub jwks_uri: Option<String>,
    /// Introspection endpoint (RFC 7662), where discovery does not tell.
    pub introspection_endpoint: Option<String>,
    /// Revocation endpoint (RFC 7009), where discovery does not tell.
    pub revocation_endpoint: Option<String>,
    /// CIBA backchannel authentication endpoint, where discovery does not tell.
    pub backchannel_endpoint: Option<String>,
    /// Authorization endpoint, for grants of kind `authorization-code`, where discovery does not tell.
    pub authorization_endpoint: Option<String>,
    /// Name of the client that introspects; without it introspection is not used (then declare `introspection` absent).
    pub introspect_as: Option<String>,
    /// Name of the client that revokes; where not given, the client that the token was obtained through.
    pub revoke_as: Option<String>,
}

/// Where endpoints come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Discovery {
    /// `/.well-known/openid-configuration` under the issuer.
    #[default]
    Oidc,
    /// RFC 8414: `/.well-known/oauth-authorization-server` before the issuer's path.
    Rfc8414,
    /// By hand only.
    None,
}

/// A client.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Client {
    /// `client_id`; may use values: `"{tenant}-app"`.
    pub id: String,
    /// How it authenticates.
    pub auth: ClientAuth,
    /// Its secret, for `client_secret_basic` and `client_secret_post`.
    pub secret: Option<Secret>,
    /// PEM private key, for `private_key_jwt` and grants of kind `jwt-bearer`: `{ file = "app.pem" }`.
    pub key: Option<Secret>,
    /// `kid` of that key, where the issuer asks for one.
    pub key_id: Option<String>,
    /// Signature algorithm of that key: `ES256`, `RS256`, `EdDSA`, ...
    pub algorithm: Option<String>,
    /// Its certificate for mutual TLS (RFC 8705), PEM, the chain after it: `{ file = "app-certificate.pem" }`. It is shown at the token
    /// endpoint, and at services with the tokens that come of it.
    pub certificate: Option<Secret>,
    /// PEM private key of that certificate: `{ file = "app-certificate.key.pem" }`.
    pub certificate_key: Option<Secret>,
}

/// Client authentication (OpenID Connect Core section 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// HTTP Basic.
    ClientSecretBasic,
    /// In the form.
    ClientSecretPost,
    /// A signed assertion (RFC 7523).
    PrivateKeyJwt,
    /// By its `certificate`, which an authority of the issuer's signed (RFC 8705 section 2.1).
    TlsClientAuth,
    /// By its `certificate`, which the issuer knows (RFC 8705 section 2.2).
    SelfSignedTlsClientAuth,
    /// A public client.
    None,
}

impl ClientAuth {
    /// True where a request itself shows who sends it: by a secret, or by an assertion.
    #[must_use]
    pub fn is_by_request(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost | Self::PrivateKeyJwt)
    }
}
