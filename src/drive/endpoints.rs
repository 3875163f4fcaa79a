//! Where an issuer's endpoints are: its metadata (OpenID Connect Discovery, RFC 8414), with what the target
//! file says by hand on top.

use serde_json::{Map, Value};
use url::Url;

use super::{HttpClient, Request, Values, Vault, excerpt};
use crate::plan::{Discovery, Issuer};

/// The endpoints of one issuer. Absent ones are `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Issuer identifier.
    pub issuer: String,
    /// Token endpoint (RFC 6749 section 3.2).
    pub token: Option<String>,
    /// The same for clients with a certificate (RFC 8705 section 5), where it is another one.
    pub mtls_token: Option<String>,
    /// JWK set (RFC 7517 section 5).
    pub jwks: Option<String>,
    /// Introspection (RFC 7662).
    pub introspection: Option<String>,
    /// Revocation (RFC 7009).
    pub revocation: Option<String>,
    /// CIBA backchannel authentication.
    pub backchannel: Option<String>,
    /// Authorization endpoint (RFC 6749 section 3.1).
    pub authorization: Option<String>,
    /// Capabilities that the issuer's metadata advertises: `refresh`, `exchange`, `introspection`,
    /// `revocation`.
    pub advertised: Vec<String>,
}

impl Endpoints {
    /// Finds the endpoints of an issuer.
    ///
    /// # Errors
    /// One sentence: the metadata can't be read, or it is another issuer's. Nothing can be judged then.
    pub async fn discover(
        http: &HttpClient,
        vault: &Vault,
        name: &str,
        issuer: &Issuer,
        values: &Values,
    ) -> Result<Self, String> {
        let named = |why: String| format!("issuer `{name}`: {why}");
        let identifier = values.url(&issuer.url).map_err(named)?;
        let mut found = match location(&identifier, issuer.discovery).map_err(named)? {
            None => Self { issuer: identifier.clone(), ..Self::default() },
            Some(url) => {
                let metadata = fetch(http, vault, &url).await.map_err(named)?;
                Self::from_metadata(&identifier, &metadata).map_err(named)?
            }
        };
        for (by_hand, endpoint) in [
            (&issuer.token_endpoint, &mut found.token),
            (&issuer.mtls_token_endpoint, &mut found.mtls_token),
            (&issuer.jwks_uri, &mut found.jwks),
            (&issuer.introspection_endpoint, &mut found.introspection),
            (&issuer.revocation_endpoint, &mut found.revocation),
            (&issuer.backchannel_endpoint, &mut found.backchannel),
            (&issuer.authorization_endpoint, &mut found.authorization),
        ] {
            if let Some(template) = by_hand {
                *endpoint = Some(values.url(template).map_err(named)?);
            }
            if let Some(url) = endpoint
                && !Url::parse(url).is_ok_and(|u| matches!(u.scheme(), "http" | "https"))
            {
                return Err(named(format!("`{}` is no http(s) URL", excerpt::line(url))));
            }
        }
        Ok(found)
    }

    /// The endpoints that a metadata document names.
    ///
    /// # Errors
    /// Where its `issuer` is not exactly the one asked for (RFC 8414 section 3.3): somebody else may have
    /// written it.
    pub fn from_metadata(identifier: &str, metadata: &Map<String, Value>) -> Result<Self, String> {
        let text = |name: &str| metadata.get(name).and_then(Value::as_str).map(str::to_owned);
        match text("issuer") {
            Some(says) if says == identifier => {}
            Some(says) => {
                return Err(format!(
                    "its metadata is that of `{}`, but the target file names `{identifier}` \
                     (both must be the same to the letter)",
                    excerpt::line(&says)
                ));
            }
            None => return Err("its metadata does not name an `issuer`".to_owned()),
        }
        let grants = metadata.get("grant_types_supported").and_then(Value::as_array);
        let grants = |what: &str| grants.is_some_and(|a| a.iter().any(|v| v == what));
        let mut advertised = Vec::new();
        for (capability, there) in [
            ("exchange", grants(super::grant::EXCHANGE)),
            ("introspection", text("introspection_endpoint").is_some()),
            ("refresh", grants("refresh_token")),
            ("revocation", text("revocation_endpoint").is_some()),
        ] {
            if there {
                advertised.push(capability.to_owned());
            }
        }
        let aliases = metadata.get("mtls_endpoint_aliases");
        Ok(Self {
            issuer: identifier.to_owned(),
            token: text("token_endpoint"),
            mtls_token: aliases.and_then(|a| a.get("token_endpoint")?.as_str()).map(str::to_owned),
            jwks: text("jwks_uri"),
            introspection: text("introspection_endpoint"),
            revocation: text("revocation_endpoint"),
            backchannel: text("backchannel_authentication_endpoint"),
            authorization: text("authorization_endpoint"),
            advertised,
        })
    }
}

/// Where the metadata is: OpenID Connect appends, RFC 8414 section 3.1 inserts before the issuer's path.
fn location(identifier: &str, discovery: Discovery) -> Result<Option<String>, String> {
    let url = Url::parse(identifier).ok().filter(|u| matches!(u.scheme(), "http" | "https"));
    match discovery {
        Discovery::None => Ok(None),
        Discovery::Oidc | Discovery::Rfc8414 if url.is_none() => {
            Err(format!("`{}` is no http(s) URL", excerpt::line(identifier)))
        }
        Discovery::Oidc => {
            let base = identifier.trim_end_matches('/');
            Ok(Some(format!("{base}/.well-known/openid-configuration")))
        }
        Discovery::Rfc8414 => Ok(url.map(|mut u| {
            let path = u.path().trim_end_matches('/').to_owned();
            u.set_path(&format!("/.well-known/oauth-authorization-server{path}"));
            u.into()
        })),
    }
}

async fn fetch(http: &HttpClient, vault: &Vault, url: &str) -> Result<Map<String, Value>, String> {
    let request = Request { method: "GET".into(), url: url.to_owned(), ..Request::default() };
    let answer = http.send(&request).await.map_err(|fault| format!("{url}: {}", fault.why()))?;
    if answer.status != 200 {
        let said = excerpt::of_body(&answer.body, vault);
        return Err(format!("{url}: status {}, {said}", answer.status));
    }
    match answer.json() {
        Some(Value::Object(metadata)) => Ok(metadata),
        _ => Err(format!("{url}: the answer is no JSON object")),
    }
}
