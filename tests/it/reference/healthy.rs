//! What the reference system does right: without this, nothing that a fault breaks would mean anything.

use reqwest::Method;
use serde_json::{Value, json};

use super::lab::{Lab, Op, SERVICES, audience};

const FULL: &[&str] = &["reader", "writer"];

#[tokio::test]
async fn says_what_it_is() {
    let lab = Lab::with(&[]).await;
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
        let about = lab.send(lab.request(Method::GET, path)).await.body;
        assert_eq!(about["issuer"], json!(lab.reference.base));
        assert_eq!(about["token_endpoint"], json!(format!("{}/token", lab.reference.base)));
    }
    let keys = lab.send(lab.request(Method::GET, "/jwks")).await.body;
    assert_eq!(keys["keys"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn tokens_are_checked_everywhere() {
    let lab = Lab::with(&[]).await;
    lab.subject("ada", FULL).await;
    for (service, _) in SERVICES {
        let token = lab.sign_in("ada", audience(service), None).await;
        assert_eq!(token.scope(), "items:read items:write", "{service}");
        let token = token.access();
        assert_eq!(lab.status(service, Op::Read, &token).await, 200, "{service}");
        assert_eq!(lab.status(service, Op::Write, &token).await, 200, "{service}");
        let canary = lab.call(service, Op::Audit, &token).await;
        assert_eq!(canary.status, 403, "{service}");
        assert!(canary.challenge.contains("insufficient_scope"), "{}", canary.challenge);
        for (elsewhere, _) in SERVICES.into_iter().filter(|(s, _)| audience(s) != audience(service))
        {
            let refused = lab.call(elsewhere, Op::Read, &token).await;
            assert_eq!(refused.status, 401, "{service} at {elsewhere}");
            assert!(refused.challenge.contains("invalid_token"));
        }
        let cut = &token[..token.len() - 2];
        assert_eq!(lab.status(service, Op::Read, cut).await, 401, "{service}");
        let narrow = lab.sign_in("ada", audience(service), Some("items:read")).await.access();
        for route in [service.to_owned(), format!("{service}/v1")] {
            assert_eq!(lab.status(&route, Op::Read, &narrow).await, 200, "{route}");
            assert_eq!(lab.status(&route, Op::Write, &narrow).await, 403, "{route}");
            assert_eq!(lab.status(&route, Op::Audit, &narrow).await, 403, "{route}");
        }
    }
    let none = lab.send(lab.request(Method::GET, "/services/catalog/items")).await;
    assert_eq!(none.status, 401);
    assert!(!none.challenge.contains("error"), "without a token there is no error code");
}

/// A change, what undoes it, and whether everything is lost or only writing.
struct Case {
    name: &'static str,
    change: (Method, &'static str, Value),
    undo: (Method, &'static str, Value),
    all: bool,
    /// Old tokens work again after the undo.
    comes_back: bool,
}

fn cases() -> Vec<Case> {
    let case = |name, change, undo, all, comes_back| Case { name, change, undo, all, comes_back };
    vec![
        case(
            "remove role",
            (Method::DELETE, "/subjects/ada/roles/writer", Value::Null),
            (Method::PUT, "/subjects/ada/roles/writer", Value::Null),
            false,
            true,
        ),
        case(
            "raise risk",
            (Method::PUT, "/subjects/ada/risk", json!({ "level": "HIGH" })),
            (Method::PUT, "/subjects/ada/risk", json!({ "level": "low" })),
            false,
            true,
        ),
        case(
            "change device",
            (Method::PUT, "/subjects/ada/device", json!({ "state": "not-compliant" })),
            (Method::PUT, "/subjects/ada/device", json!({ "state": "compliant" })),
            false,
            true,
        ),
        case(
            "change network",
            (Method::PUT, "/subjects/ada/network", json!({ "network": "untrusted" })),
            (Method::PUT, "/subjects/ada/network", json!({ "network": "trusted" })),
            false,
            true,
        ),
        case(
            "remove permission",
            (Method::DELETE, "/roles/writer/permissions/items:write", Value::Null),
            (Method::PUT, "/roles/writer/permissions/items:write", Value::Null),
            false,
            true,
        ),
        case(
            "disable subject",
            (Method::POST, "/subjects/ada/disable", Value::Null),
            (Method::POST, "/subjects/ada/enable", Value::Null),
            true,
            false,
        ),
        case(
            "withdraw consent",
            (Method::DELETE, "/subjects/ada/consents/app", Value::Null),
            (Method::PUT, "/subjects/ada/consents/app", Value::Null),
            true,
            false,
        ),
        case(
            "disable client",
            (Method::POST, "/clients/app/disable", Value::Null),
            (Method::POST, "/clients/app/enable", Value::Null),
            true,
            false,
        ),
        case(
            "delete subject",
            (Method::DELETE, "/subjects/ada", Value::Null),
            (Method::POST, "/subjects/ada/recreate", Value::Null),
            true,
            false,
        ),
    ]
}

#[tokio::test]
async fn every_change_is_followed_within_its_bound() {
    for case in cases() {
        let lab = Lab::with(&[]).await;
        lab.subject("ada", FULL).await;
        lab.subject("bob", FULL).await;
        let mut tokens = Vec::new();
        for (service, bound) in SERVICES {
            let ada = lab.sign_in("ada", audience(service), None).await;
            let bob = lab.sign_in_by("app2", "bob", audience(service), None).await.access();
            assert_eq!(lab.status(service, Op::Write, &ada.access()).await, 200);
            tokens.push((service, bound, ada, bob));
        }
        let (method, path, body) = case.change.clone();
        lab.change(method, path, body).await;
        // services that keep nothing follow at once, the others when what they keep is over
        for (service, bound, ada, _) in &tokens {
            let write = lab.status(service, Op::Write, &ada.access()).await;
            let lost = if case.all { 401 } else { 403 };
            let expected = if *bound == Some(0) { lost } else { 200 };
            assert_eq!(write, expected, "{} at {service}", case.name);
        }
        lab.pass(61).await;
        for (service, bound, ada, bob) in &tokens {
            let read = lab.call(service, Op::Read, &ada.access()).await;
            let write = lab.call(service, Op::Write, &ada.access()).await;
            let expected = match (bound, case.all) {
                (None, _) => (200, 200),
                (Some(_), true) => (401, 401),
                (Some(_), false) => (200, 403),
            };
            assert_eq!((read.status, write.status), expected, "{} at {service}", case.name);
            let bob = lab.status(service, Op::Read, bob).await;
            assert_eq!(bob, 200, "the bystander, {} at {service}", case.name);
            let seen = lab.introspect(&ada.access()).await;
            assert_eq!(seen["active"], json!(!case.all), "{}", case.name);
        }
        let (service, _, first, _) = &tokens[0];
        let refreshed = lab.refresh(&first.refresh(), None).await;
        let new = lab.sign_in("ada", audience(service), None).await;
        if case.all {
            assert_ne!(refreshed.status, 200, "{}", case.name);
            assert_ne!(new.status, 200, "{}", case.name);
        } else {
            assert_eq!(refreshed.scope(), "items:read", "{}", case.name);
            assert_eq!(new.scope(), "items:read", "{}", case.name);
        }
        let (method, path, body) = case.undo.clone();
        lab.change(method, path, body).await;
        let new = lab.sign_in("ada", "orders", None).await;
        assert_eq!(new.scope(), "items:read items:write", "{}", case.name);
        lab.pass(61).await;
        for (service, bound, ada, _) in tokens.iter().filter(|(_, bound, ..)| bound.is_some()) {
            let write = lab.status(service, Op::Write, &ada.access()).await;
            let expected = if case.comes_back { 200 } else { 401 };
            assert_eq!(write, expected, "{} undone at {service} ({bound:?})", case.name);
        }
        lab.reference.stop().await;
    }
}

#[tokio::test]
async fn revocation_reaches_every_service_and_takes_access_tokens_along() {
    let lab = Lab::with(&[]).await;
    lab.subject("ada", FULL).await;
    for (service, bound) in SERVICES.into_iter().filter(|(_, bound)| bound.is_some()) {
        for by_refresh_token in [false, true] {
            let tokens = lab.sign_in("ada", audience(service), None).await;
            assert_eq!(lab.status(service, Op::Read, &tokens.access()).await, 200);
            lab.revoke(&if by_refresh_token { tokens.refresh() } else { tokens.access() }).await;
            assert_eq!(lab.introspect(&tokens.access()).await, json!({ "active": false }));
            lab.pass(bound.unwrap_or_default()).await;
            assert_eq!(lab.status(service, Op::Read, &tokens.access()).await, 401, "{service}");
            let refreshed = lab.refresh(&tokens.refresh(), None).await;
            assert_eq!(refreshed.status == 200, !by_refresh_token, "{service}");
        }
    }
}

#[tokio::test]
async fn expiry_and_retired_keys_end_tokens_at_every_service() {
    let lab = Lab::with(&[]).await;
    lab.subject("ada", FULL).await;
    let kid = lab.read("/keys").await["signing"].as_str().unwrap_or_default().to_owned();
    for (service, _) in SERVICES {
        let token = lab.sign_in("ada", audience(service), None).await.access();
        assert_eq!(lab.status(service, Op::Read, &token).await, 200);
        lab.pass(903).await;
        assert_eq!(lab.status(service, Op::Read, &token).await, 401, "{service}");
        assert_eq!(lab.introspect(&token).await, json!({ "active": false }));
    }
    let mut old = Vec::new();
    for service in ["catalog", "ledger", "messages", "payments"] {
        old.push((service, lab.sign_in("ada", service, None).await.access()));
    }
    for (service, token) in &old {
        assert_eq!(lab.status(service, Op::Read, token).await, 200);
    }
    lab.change(Method::POST, &format!("/keys/{kid}/retire"), Value::Null).await;
    lab.pass(6).await;
    for (service, token) in &old {
        assert_eq!(lab.status(service, Op::Read, token).await, 401, "{service}");
        let new = lab.sign_in("ada", service, None).await.access();
        assert_eq!(lab.status(service, Op::Read, &new).await, 200, "{service}");
    }
    lab.change(Method::POST, &format!("/keys/{kid}/reinstate"), Value::Null).await;
    assert_eq!(lab.read("/keys").await["signing"], json!(kid));
    for (service, token) in &old {
        assert_eq!(lab.status(service, Op::Read, token).await, 200, "{service}");
    }
}

/// A place in the status list is given again long after its token's end; a list that was read before must not hurt whoever
/// gets it.
#[tokio::test]
async fn a_place_in_the_status_list_is_given_again_without_harm() {
    let lab = Lab::with(&[]).await;
    lab.subject("ada", FULL).await;
    let first = lab.sign_in("ada", "ledger", None).await.access();
    assert_eq!(lab.status("ledger", Op::Read, &first).await, 200);
    lab.pass(1440).await;
    let second = lab.sign_in("ada", "ledger", None).await.access();
    lab.pass(50).await;
    assert_eq!(lab.status("ledger", Op::Read, &second).await, 200, "the list is read");
    lab.pass(20).await;
    let third = lab.sign_in("ada", "ledger", None).await.access();
    assert_eq!(lab.status("ledger", Op::Read, &third).await, 200, "the place of the first");
}

#[tokio::test]
async fn refresh_rotates_narrows_and_notices_reuse() {
    let lab = Lab::with(&[]).await;
    lab.subject("ada", FULL).await;
    let narrow = lab.sign_in("ada", "orders", Some("items:read")).await;
    let same = lab.refresh(&narrow.refresh(), None).await;
    assert_eq!(same.scope(), "items:read");
    let wider = lab.refresh(&same.refresh(), Some("items:read items:write")).await;
    assert_eq!((wider.status, wider.text("error").as_str()), (400, "invalid_scope"));

    let first = lab.sign_in("ada", "orders", None).await;
    let second = lab.refresh(&first.refresh(), None).await;
    let replayed = lab.refresh(&first.refresh(), None).await;
    assert_eq!((replayed.status, replayed.text("error").as_str()), (400, "invalid_grant"));
    assert_eq!(lab.refresh(&second.refresh(), None).await.status, 400);
    assert_eq!(lab.status("orders", Op::Read, &second.access()).await, 401);

    let raced = lab.sign_in("ada", "orders", None).await.refresh();
    let race = futures::future::join_all((0..8).map(|_| lab.refresh(&raced, None))).await;
    assert_eq!(race.iter().filter(|answer| answer.status == 200).count(), 1);

    let other = lab.sign_in("ada", "orders", None).await.refresh();
    assert_eq!(lab.refresh_by("app2", &other).await.status, 400, "another client's token");
}

#[tokio::test]
async fn exchange_carries_no_more_and_ends_with_its_token() {
    let lab = Lab::with(&[]).await;
    lab.subject("ada", FULL).await;
    let wide = lab.sign_in("ada", "catalog", None).await.access();
    let narrow = lab.sign_in("ada", "catalog", Some("items:read")).await.access();
    let from_wide = lab.exchange(&wide, "orders", None).await;
    assert_eq!(from_wide.scope(), "items:read items:write");
    assert_eq!(from_wide.body.get("refresh_token"), None);
    assert_eq!(lab.status("orders", Op::Write, &from_wide.access()).await, 200);
    assert_eq!(lab.exchange(&narrow, "orders", None).await.scope(), "items:read");
    let wider = lab.exchange(&narrow, "orders", Some("items:read items:write")).await;
    assert_eq!(wider.scope(), "items:read");
    lab.revoke(&wide).await;
    assert_eq!(lab.status("orders", Op::Read, &from_wide.access()).await, 401);
    let dead = lab.exchange(&wide, "orders", None).await;
    assert_eq!((dead.status, dead.text("error").as_str()), (400, "invalid_grant"));
    let nowhere = lab.exchange(&narrow, "nowhere", None).await;
    assert_eq!(nowhere.text("error"), "invalid_target");
}

#[tokio::test]
async fn policy_decides_what_roles_give() {
    let lab = Lab::with(&[]).await;
    lab.subject("eve", &[]).await;
    assert_eq!(lab.sign_in("eve", "orders", None).await.text("error"), "invalid_scope");
    lab.change(Method::PUT, "/roles/fresh-1/permissions/items:audit", Value::Null).await;
    lab.change(Method::PUT, "/subjects/eve/roles/fresh-1", Value::Null).await;
    let token = lab.sign_in("eve", "orders", None).await;
    assert_eq!(token.scope(), "items:audit");
    assert_eq!(lab.status("orders", Op::Audit, &token.access()).await, 200);
    assert_eq!(lab.status("orders", Op::Read, &token.access()).await, 403);
    lab.change(Method::DELETE, "/roles/fresh-1/permissions/items:audit", Value::Null).await;
    assert_eq!(lab.sign_in("eve", "orders", None).await.status, 400);
    lab.change(Method::DELETE, "/roles/fresh-1", Value::Null).await;
    let policies = lab.read("/policies").await;
    let cedar = policies["cedar"].as_str().unwrap_or_default();
    assert!(cedar.contains("@owner(\"Risk desk\")") && !cedar.contains("fresh-1"), "{cedar}");
}

#[tokio::test]
async fn other_grants_work_too() {
    let lab = Lab::with(&[]).await;
    lab.subject("ada", FULL).await;
    let form = [("grant_type", "client_credentials"), ("resource", "payments")];
    let own = lab.form("/token", "services", &form).await;
    assert_eq!(own.scope(), "items:read");
    assert_eq!(lab.status("payments", Op::Read, &own.access()).await, 200);
    assert_eq!(lab.form("/token", "app", &form).await.text("error"), "unauthorized_client");

    let ask = [("login_hint", "ada"), ("scope", "openid items:read"), ("resource", "orders")];
    let request = lab.form("/bc-authorize", "app", &ask).await.text("auth_req_id");
    let form =
        [("grant_type", "urn:openid:params:grant-type:ciba"), ("auth_req_id", request.as_str())];
    let token = lab.form("/token", "app", &form).await;
    assert_eq!(token.scope(), "items:read");
    assert_eq!(lab.form("/token", "app", &form).await.status, 400, "once only");
    let request = lab.form("/bc-authorize", "app", &ask).await.text("auth_req_id");
    lab.change(Method::POST, "/subjects/ada/disable", Value::Null).await;
    let form = [form[0], ("auth_req_id", request.as_str())];
    assert_eq!(lab.form("/token", "app", &form).await.text("error"), "access_denied");
}

#[tokio::test]
async fn bad_requests_are_answered() {
    let lab = Lab::with(&[]).await;
    let twice = [("grant_type", "password"), ("grant_type", "password")];
    assert_eq!(lab.form("/token", "app", &twice).await.text("error"), "invalid_request");
    assert_eq!(lab.form("/token", "app", &[]).await.text("error"), "invalid_request");
    let unknown = [("grant_type", "magic")];
    assert_eq!(lab.form("/token", "app", &unknown).await.text("error"), "unsupported_grant_type");
    let nobody = lab.request(Method::POST, "/token").form(&unknown);
    let nobody = lab.send(nobody).await;
    assert_eq!((nobody.status, nobody.text("error").as_str()), (401, "invalid_client"));
    let admin = lab.request(Method::GET, "/admin/subjects").bearer_auth("guess");
    assert_eq!(lab.send(admin).await.status, 401);
    let long = "x".repeat(100_000);
    let long = lab.form("/token", "app", &[("grant_type", long.as_str())]).await;
    assert_eq!(long.status, 413);
}
