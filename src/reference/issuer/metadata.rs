//! What the issuer says of itself (RFC 8414, OpenID Connect Discovery) and its keys (RFC 7517).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::reference::jose;
use crate::reference::world::World;

/// `GET /.well-known/openid-configuration`.
pub async fn openid(State(world): State<Arc<World>>) -> Json<Value> {
    let mut about = about(&world);
    about["backchannel_logout_supported"] = json!(true);
    about["backchannel_logout_session_supported"] = json!(false);
    about["subject_types_supported"] = json!(["public"]);
    about["id_token_signing_alg_values_supported"] = json!(["ES256"]);
    Json(about)
}

/// `GET /.well-known/oauth-authorization-server`.
pub async fn oauth(State(world): State<Arc<World>>) -> Json<Value> {
    Json(about(&world))
}

fn about(world: &World) -> Value {
    let base = &world.base;
    let methods = json!(["client_secret_basic", "client_secret_post"]);
    json!({
        "issuer": base,
        "token_endpoint": format!("{base}/token"),
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic", "client_secret_post", "self_signed_tls_client_auth",
            "none",
        ],
        // RFC 8705 sections 3.3 and 5
        "mtls_endpoint_aliases": { "token_endpoint": format!("{}/token", world.tls) },
        "tls_client_certificate_bound_access_tokens": true,
        "jwks_uri": format!("{base}/jwks"),
        "introspection_endpoint": format!("{base}/introspect"),
        "introspection_endpoint_auth_methods_supported": methods,
        "revocation_endpoint": format!("{base}/revoke"),
        "revocation_endpoint_auth_methods_supported": methods,
        "backchannel_authentication_endpoint": format!("{base}/bc-authorize"),
        "backchannel_token_delivery_modes_supported": ["poll"],
        "grant_types_supported": [
            "password", "client_credentials", "refresh_token", "urn:openid:params:grant-type:ciba",
            "urn:ietf:params:oauth:grant-type:token-exchange",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ],
        "dpop_signing_alg_values_supported": ["ES256"],
        "response_types_supported": [],
        "scopes_supported": ["items:read", "items:write", "items:audit"],
    })
}

/// `GET /jwks`.
pub async fn jwks(State(world): State<Arc<World>>) -> Json<Value> {
    let keys = world.published_keys();
    let keys: Vec<_> = keys.iter().map(|(kid, point)| jose::jwk(kid, point)).collect();
    Json(json!({ "keys": keys }))
}
