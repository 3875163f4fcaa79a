//! Issuers and clients of a target file.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Secret;

/// An issuer (authorization server, OpenID provider, or something that is neither).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Issuer {
    /// Issuer identifier: the `iss` of its tokens.
    pub url: String,
    /// How its endpoints are found.
    #[serde(default)]
    pub discovery: Discovery,
    /// Token endpoint, where discovery does not tell.
    pub token_endpoint: Option<String>,
    /// JWK set.
    pub jwks_uri: Option<String>,
    /// Introspection endpoint (RFC 7662).
    pub introspection_endpoint: Option<String>,
    /// Revocation endpoint (RFC 7009).
    pub revocation_endpoint: Option<String>,
    /// CIBA backchannel endpoint.
    pub backchannel_endpoint: Option<String>,
    /// Authorization endpoint.
    pub authorization_endpoint: Option<String>,
    /// The client that introspects; without it introspection is not used.
    pub introspect_as: Option<String>,
    /// The client that revokes; the token's own client where not given.
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
    /// `client_id`.
    pub id: String,
    /// How it authenticates.
    pub auth: ClientAuth,
    /// Its secret, for the two secret methods.
    pub secret: Option<Secret>,
    /// PEM private key, for `private_key_jwt`.
    pub key: Option<Secret>,
    /// `kid` of that key.
    pub key_id: Option<String>,
    /// Signature algorithm of that key: `ES256`, `RS256`, `EdDSA`, ...
    pub algorithm: Option<String>,
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
    /// A public client.
    None,
}
