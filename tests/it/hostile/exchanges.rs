//! A service whose tokens come from an exchange: the login before it is a request like any other.

use super::system::{Good, Wrong, good};
use super::{Case, all};
use crate::it::issuer::server::json_reply;

/// The service's own grant is an exchange.
fn exchanged() -> Vec<(&'static str, String)> {
    let swap = "[grant.swap]\nkind = \"token-exchange\"\nclient = \"app\"\n\n[subject]";
    let own = "class = \"introspect\"\ngrant = \"swap\"";
    vec![("[subject]", swap.to_owned()), ("class = \"introspect\"", own.to_owned())]
}

/// An issuer that refuses one kind of request for a token.
fn refusing(kind: &'static str) -> Wrong {
    let twist = move |good_one: Good<'_>| match good_one.got.form()["grant_type"].contains(kind) {
        true => json_reply(400, &serde_json::json!({ "error": "invalid_grant" })),
        false => good(good_one.status, &good_one.json),
    };
    Wrong { at: "token", answer: Some(std::sync::Arc::new(twist)), ..Wrong::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_login_is_in_the_record_and_its_decision_fits() {
    let case = |what, wrong, codes, says| Case { what, wrong, edits: exchanged(), codes, says };
    let cases = vec![
        case("both are logged", Wrong::default(), &[0], r#""exchange":"swap""#),
        case(
            "the login is refused",
            refusing("password"),
            &[3],
            "the login before the exchange, grant `user` at issuer `main`: refused with status 400",
        ),
        case(
            "the exchange is refused",
            refusing("exchange"),
            &[3],
            "the exchange after the login, grant `swap` at issuer `main`: refused with status 400",
        ),
    ];
    all(cases).await;
}
