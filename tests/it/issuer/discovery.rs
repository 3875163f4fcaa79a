//! The issuer's metadata: what is found, what hands win over, what is refused.

use recant::drive::{Endpoints, Issuers, Values, Vault};
use recant::plan::Issuer;
use serde_json::json;

use super::server::{Server, declared, env, http, json_reply, reply, see_other};

async fn discover(issuer: &str) -> Result<Endpoints, String> {
    let issuer: Issuer = toml::from_str(issuer).unwrap();
    Endpoints::discover(&http(1.0), &Vault::default(), "main", &issuer, &Values::new()).await
}

#[tokio::test]
async fn metadata_is_found_and_hands_win() {
    let server = Server::start(|base, got| match got.path.as_str() {
        "/tenant/.well-known/openid-configuration"
        | "/.well-known/oauth-authorization-server/tenant" => json_reply(200, &json!({
            "issuer": format!("{base}/tenant"),
            "token_endpoint": format!("{base}/tenant/token"),
            "jwks_uri": format!("{base}/tenant/jwks"),
            "introspection_endpoint": format!("{base}/tenant/introspect"),
            "backchannel_authentication_endpoint": format!("{base}/tenant/ciba"),
            "grant_types_supported": ["refresh_token", "urn:ietf:params:oauth:grant-type:token-exchange", 7],
        })),
        _ => reply(404, &[], ""),
    })
    .await;
    let base = &server.base;
    for discovery in ["oidc", "rfc8414"] {
        let found = discover(&format!(
            "url = \"{base}/tenant\"\ndiscovery = \"{discovery}\"\nrevocation-endpoint = \"{base}/by-hand\"\ntoken-endpoint = \"{base}/mine\""
        ))
        .await
        .unwrap();
        assert_eq!(found.token.unwrap(), format!("{base}/mine"));
        assert_eq!(found.jwks.unwrap(), format!("{base}/tenant/jwks"));
        assert_eq!(found.backchannel.unwrap(), format!("{base}/tenant/ciba"));
        assert_eq!(found.revocation.unwrap(), format!("{base}/by-hand"));
        assert_eq!(found.authorization, None);
        // What stands in the target file only is not advertised by the issuer.
        assert_eq!(found.advertised, ["exchange", "introspection", "refresh"]);
    }
    assert_eq!(server.all().len(), 2);
}

#[tokio::test]
async fn without_discovery_nothing_is_asked() {
    let found =
        discover("url = \"urn:keystone\"\ndiscovery = \"none\"\ntoken-endpoint = \"http://x/t\"")
            .await
            .unwrap();
    assert_eq!(
        (found.issuer.as_str(), found.token.as_deref()),
        ("urn:keystone", Some("http://x/t"))
    );
    assert!(found.advertised.is_empty());
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let server = Server::start(|base, got| match got.path.split('/').nth(1).unwrap() {
        "other" => json_reply(200, &json!({"issuer": format!("{base}/oth\u{7}er/")})),
        "nobody" => json_reply(200, &json!({})),
        "list" => json_reply(200, &json!([])),
        "html" => reply(200, &[], "<html>"),
        "moved" => see_other("/elsewhere"),
        "ftp" => json_reply(
            200,
            &json!({"issuer": format!("{base}/ftp"), "token_endpoint": "ftp://x/y"}),
        ),
        _ => reply(503, &[], "down for\r\nmaintenance"),
    })
    .await;
    let mut said = Vec::new();
    for path in ["other", "nobody", "list", "html", "moved", "ftp", "down"] {
        let issuer = format!("url = \"{}/{path}\"", server.base);
        said.push(discover(&issuer).await.unwrap_err().replace(&server.base, "BASE"));
    }
    said.push(discover("url = \"urn:keystone\"").await.unwrap_err());
    said.push(discover("url = \"{nobody}\"").await.unwrap_err());
    insta::assert_snapshot!(said.join("\n"), @"
    issuer `main`: its metadata is that of `BASE/oth er/`, but the target file names `BASE/other` (both must be the same to the letter)
    issuer `main`: its metadata does not name an `issuer`
    issuer `main`: BASE/list/.well-known/openid-configuration: the answer is no JSON object
    issuer `main`: BASE/html/.well-known/openid-configuration: the answer is no JSON object
    issuer `main`: BASE/moved/.well-known/openid-configuration: status 302, an empty body
    issuer `main`: `ftp://x/y` is no http(s) URL
    issuer `main`: BASE/down/.well-known/openid-configuration: status 503, `down for maintenance`
    issuer `main`: `urn:keystone` is no http(s) URL
    issuer `main`: nothing defines `{nobody}` here
    ");
}

#[tokio::test]
async fn a_target_that_is_down_does_not_start() {
    let more = "[issuer.main]\nurl = \"http://127.0.0.1:1\"\n[grant.user]\nkind = \"password\"";
    let declared = std::sync::Arc::new(declared("http://127.0.0.1:1", more));
    let vault = std::sync::Arc::new(Vault::open(&declared, &env()).await.unwrap());
    let why =
        Issuers::start(declared, vault, http(1.0), std::sync::Arc::new(|| 0)).await.err().unwrap();
    assert!(
        why.starts_with(
            "issuer `main`: http://127.0.0.1:1/.well-known/openid-configuration: could not connect"
        ),
        "{why}"
    );
}
