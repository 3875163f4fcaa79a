//! Probes of doors that nobody declared or guards, of events that are taken in for nothing, and of what is dead and works.

use recant::reference::Fault;
use reqwest::Method;
use serde_json::{Value, json};

use super::super::hands::{
    asserted, assertion, delete, is_active, is_hours_ahead, post, put, retire_key,
};
use super::super::lab::{Lab, Op};
use super::super::logout::Told;
use super::super::signals::Teller;
use super::{Probe, WIDE, WRITER, probes};

/// Faults with their probes.
pub const PROBES: &[(Fault, Probe)] = probes! {
    SlashOpens: |lab| {
        let token = lab.sign_in("ada", "payments", None).await.access();
        delete(lab, WRITER).await;
        let without = lab.status("payments", Op::Write, &token).await;
        let request = lab.request(Method::PUT, "/services/payments/items/1/").bearer_auth(&token);
        without == 403 && lab.send(request).await.status == 200
    }
    SuffixOpens: |lab| {
        let request = lab.request(Method::GET, "/services/reports/items.json");
        let declared = lab.request(Method::GET, "/services/reports/items");
        lab.send(request).await.status == 200 && lab.send(declared).await.status == 401
    }
    QueryTokenUnasked: |lab| {
        let token = lab.sign_in("ada", "payments", None).await.access();
        delete(lab, WRITER).await;
        let without = lab.status("payments", Op::Write, &token).await;
        let path = format!("/services/payments/items/1?access_token={token}");
        without == 403 && lab.send(lab.request(Method::PUT, &path)).await.status == 200
    }
    OverrideUnasked: |lab| {
        let token = lab.sign_in("ada", "payments", None).await.access();
        delete(lab, WRITER).await;
        let without = lab.status("payments", Op::Write, &token).await;
        let request = lab.request(Method::POST, "/services/payments/items/1").bearer_auth(&token);
        let request = request.header("x-http-method-override", "PUT");
        without == 403 && lab.send(request).await.status == 200
    }
    WritesUnguarded: |lab| {
        let request = lab.request(Method::PUT, "/services/payments/items/1");
        let read = lab.request(Method::GET, "/services/payments/items");
        lab.send(request).await.status == 200 && lab.send(read).await.status == 401
    }
    ImpostorRefreshes: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.refresh();
        let form = [("grant_type", "refresh_token"), ("refresh_token", &*token)];
        let by = |secret| lab.request(Method::POST, "/token").basic_auth("app", Some(secret));
        lab.send(by("wrong").form(&form)).await.status == 200
    }
    PostedSecretUnchecked: |lab| {
        let token = lab.sign_in_by("app2", "ada", "orders", None).await.refresh();
        let form = [("grant_type", "refresh_token"), ("refresh_token", &*token)];
        let wrong = [("client_id", "app2"), ("client_secret", "wrong")];
        let form = [form, wrong].concat();
        lab.send(lab.request(Method::POST, "/token").form(&form)).await.status == 200
    }
    ExpiredExchanged: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.access();
        let revoked = lab.sign_in("ada", "orders", None).await.access();
        lab.revoke(&revoked).await;
        let dead = lab.exchange(&revoked, "catalog", None).await.status == 400;
        lab.pass(1100).await;
        dead && lab.exchange(&token, "catalog", None).await.status == 200
    }
    RevokedGrantExchanged: |lab| {
        let tokens = lab.sign_in("ada", "orders", None).await;
        lab.revoke(&tokens.refresh()).await;
        let other = lab.sign_in("ada", "orders", None).await.access();
        lab.revoke(&other).await;
        lab.exchange(&tokens.access(), "catalog", None).await.status == 200
            && lab.exchange(&other, "catalog", None).await.status == 400
    }
    EndedSessionExchanged: |lab| {
        let held = lab.sign_in("ada", "orders", None).await.access();
        post(lab, "/subjects/ada/logout").await;
        is_dead_and_exchanged(lab, &held).await
    }
    WithdrawnConsentExchanged: |lab| {
        let held = lab.sign_in("ada", "orders", None).await.access();
        delete(lab, "/subjects/ada/consents/app").await;
        is_dead_and_exchanged(lab, &held).await
    }
    RetiredKeyExchanged: |lab| {
        let held = lab.sign_in("ada", "catalog", None).await.access();
        retire_key(lab).await;
        lab.exchange(&held, "ledger", None).await.status == 200
    }
    UsedForgotten: |lab| {
        let first = lab.sign_in("ada", "orders", None).await.refresh();
        lab.refresh(&first, None).await;
        lab.pass(400).await;
        lab.refresh(&first, None).await.status == 200
    }
    PermissionByHeart: |lab| {
        delete(lab, "/roles/reader/permissions/items:read").await;
        let reads = lab.sign_in("ada", "orders", None).await.scope();
        delete(lab, "/roles/writer/permissions/items:write").await;
        reads == WIDE && lab.sign_in("ada", "orders", None).await.scope() == "items:read"
    }
    RefreshIntrospectsActive: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.refresh();
        lab.revoke(&token).await;
        is_active(lab, &token).await
    }
    IntrospectionHintBelieved: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.access();
        lab.revoke(&token).await;
        let form = [("token", &*token), ("token_type_hint", "refresh_token")];
        let hinted = lab.form("/introspect", "services", &form).await.body["active"] == true;
        hinted && lab.introspect(&token).await["active"] == false
    }
    RefreshForAnybody: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.refresh();
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &*token),
            ("resource", "payments"),
        ];
        let token = lab.form("/token", "app", &form).await.access();
        lab.introspect(&token).await["aud"] == "payments"
    }
    RestoringUntraced: |lab| {
        delete(lab, WRITER).await;
        lab.change(Method::PUT, WRITER, json!({})).await;
        let told = lab.change(Method::GET, "/changes?subject=ada", Value::Null).await.body;
        let told = told.to_string();
        told.contains("role.removed") && !told.contains("role.given")
    }
    IntrospectionOpen: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.access();
        let request = lab.request(Method::POST, "/introspect").basic_auth("services", Some("no"));
        lab.send(request.form(&[("token", &*token)])).await.body["active"] == true
    }
    IntrospectionLivesLonger: |lab| {
        let token = lab.sign_in("ada", "orders", None).await;
        let told = lab.introspect(&token.access()).await;
        told["exp"].as_i64() > told["iat"].as_i64().map(|iat| iat + 1000)
    }
    UnknownScopeGivesAll: |lab| {
        lab.sign_in("ada", "orders", Some("no-such-scope")).await.scope() == WIDE
    }
    DisabledByPrefix: |lab| {
        lab.subject("adam", &["reader"]).await;
        let token = lab.sign_in("adam", "orders", None).await.access();
        let before = lab.status("orders", Op::Read, &token).await;
        post(lab, "/subjects/ada/disable").await;
        before == 200 && lab.status("orders", Op::Read, &token).await == 401
    }
    AccountEventsIgnored: |lab| {
        let token = lab.sign_in("ada", "messages", None).await.access();
        let mut teller = Teller::known_to(lab).await;
        let status = teller.tell(lab, "ada", "account-disabled", json!({}), false).await;
        status == 202 && lab.status("messages", Op::Read, &token).await == 200
    }
    ClaimsEventsIgnored: |lab| {
        let token = lab.sign_in("ada", "messages", None).await.access();
        let mut teller = Teller::known_to(lab).await;
        let fewer = json!({ "claims": { "scope": "items:read" } });
        let status = teller.tell(lab, "ada", "token-claims-change", fewer, false).await;
        status == 202 && lab.status("messages", Op::Write, &token).await == 200
    }
    InputsByHeart: |lab| {
        lab.sign_in("ada", "orders", None).await;
        lab.change(Method::PUT, "/subjects/ada/risk", json!({ "level": "high" })).await;
        lab.sign_in("ada", "orders", None).await;
        let log = lab.decisions("ada").await;
        log[0]["inputs"] == log[1]["inputs"] && log[0]["granted"] != log[1]["granted"]
    }
    AccessesInLocalTime: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.access();
        lab.status("orders", Op::Read, &token).await;
        is_hours_ahead(lab, &lab.accesses("ada").await[0]["time"]).await
    }
    AccessesOfNobody: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.access();
        lab.status("orders", Op::Read, &token).await;
        lab.accesses("ada").await[0]["subject"] == "anonymous"
    }
    GivenTwiceIsGone: |lab| {
        let before = lab.sign_in("ada", "orders", None).await.scope();
        lab.change(Method::PUT, "/roles/scribe/permissions/items:write", Value::Null).await;
        lab.change(Method::PUT, "/subjects/ada/roles/scribe", Value::Null).await;
        before == WIDE && lab.sign_in("ada", "orders", None).await.scope() == "items:read"
    }
    KeptScopesPinned: |lab| {
        lab.change(Method::PUT, "/roles/scribe/permissions/items:write", Value::Null).await;
        lab.change(Method::PUT, "/subjects/ada/roles/scribe", Value::Null).await;
        delete(lab, WRITER).await;
        delete(lab, "/subjects/ada/roles/scribe").await;
        lab.sign_in("ada", "orders", None).await.scope() == WIDE
    }
    LogoutAtOneClient: |lab| {
        let held = held_by_both(lab).await;
        post(lab, "/subjects/ada/logout").await;
        answers(lab, &held).await == [401, 200]
    }
    LogoutNotTold: |lab| {
        let (told, held) = logged_out(lab).await;
        lab.status("messages", Op::Read, &held).await == 401 && told.tokens().is_empty()
    }
    LogoutTokenIgnored: |lab| {
        let (told, held) = logged_out(lab).await;
        lab.status("messages", Op::Read, &held).await == 200 && told.tokens().len() == 1
    }
    IdTokenForLogout: |lab| {
        let tokens = logged_out(lab).await.0.tokens();
        tokens.iter().any(|(_, c)| c.get("events").is_none() && c.get("nonce").is_some())
    }
    LogoutTokenLivesLong: |lab| {
        let life = |c: &Value| c["exp"].as_i64().zip(c["iat"].as_i64()).map(|(e, i)| e - i);
        let tokens = logged_out(lab).await.0.tokens();
        tokens.iter().any(|(_, claims)| life(claims) > Some(120))
    }
    ResetLeavesSessions: |lab| {
        let held = lab.sign_in("ada", "orders", None).await.access();
        let reset = json!({ "password": "another" });
        lab.change(Method::PUT, "/subjects/ada/password", reset).await;
        let before = lab.sign_in("ada", "orders", None).await.status;
        before == 400 && lab.status("orders", Op::Read, &held).await == 200
    }
    ConsentEndsAll: |lab| {
        let held = held_by_both(lab).await;
        delete(lab, "/subjects/ada/consents/app").await;
        answers(lab, &held).await == [401, 401]
    }
    RestartForgetsLogout: |lab| {
        let held = lab.sign_in("ada", "orders", None).await.access();
        post(lab, "/subjects/ada/logout").await;
        let ended = lab.status("orders", Op::Read, &held).await;
        post(lab, "/restart").await;
        ended == 401 && lab.status("orders", Op::Read, &held).await == 200
    }
    ReplicaTakesAnyAudience: |lab| {
        let token = lab.sign_in("ada", "reports", None).await.access();
        let first = lab.status("orders/replica-0", Op::Read, &token).await;
        first == 401 && lab.status("orders/replica-1", Op::Read, &token).await == 200
    }
    ConsentSparesExchanged: |lab| {
        let own = lab.sign_in("ada", "payments", None).await.access();
        let exchanged = lab.exchange(&own, "orders", None).await.access();
        delete(lab, "/subjects/ada/consents/app").await;
        let own = lab.status("payments", Op::Read, &own).await;
        own == 401 && lab.status("orders", Op::Read, &exchanged).await == 200
    }
    AliasIgnoresExpiry: |lab| {
        let token = lab.sign_in("ada", "catalog", None).await.access();
        lab.pass(1000).await;
        let main = lab.status("catalog", Op::Read, &token).await;
        main == 401 && lab.status("catalog/v1", Op::Read, &token).await == 200
    }
    DraftRoleCounts: |lab| {
        delete(lab, WRITER).await;
        put(lab, "/roles/writer-draft/permissions/items:audit").await;
        put(lab, "/subjects/ada/roles/writer-draft").await;
        lab.sign_in("ada", "orders", None).await.scope().contains("items:write")
    }
    AssertedOutlivesAccount: |lab| {
        let own = lab.sign_in("ada", "orders", None).await.access();
        let once = assertion(lab, "ada", json!({})).await;
        let given = asserted(lab, &once).await.access();
        post(lab, "/subjects/ada/disable").await;
        answers(lab, &[own, given]).await == [401, 200]
    }
    TokenInPieces: |lab| {
        let first = lab.sign_in("ada", "catalog", None).await.refresh();
        let pieces = lab.refresh(&first, None).await.access().replace('.', " ");
        lab.decisions("ada").await[1]["reason"].as_str().unwrap_or_default().contains(&pieces)
    }
};

/// True where `orders` refuses a token that an exchange still takes.
async fn is_dead_and_exchanged(lab: &Lab, held: &str) -> bool {
    let seen = lab.status("orders", Op::Read, held).await;
    seen == 401 && lab.exchange(held, "catalog", None).await.status == 200
}

/// Tokens of one subject for one service, through the usual client and another one.
async fn held_by_both(lab: &Lab) -> [String; 2] {
    let usual = lab.sign_in("ada", "orders", None).await.access();
    [usual, lab.sign_in_by("app2", "ada", "orders", None).await.access()]
}

/// What that service answers to them.
async fn answers(lab: &Lab, [usual, other]: &[String; 2]) -> [u16; 2] {
    let usual = lab.status("orders", Op::Read, usual).await;
    [usual, lab.status("orders", Op::Read, other).await]
}

/// All sessions end while the client is told of logouts. Returns what it was told, and what was held.
async fn logged_out(lab: &Lab) -> (Told, String) {
    let told = Told::at(lab).await;
    let held = lab.sign_in("ada", "messages", None).await.access();
    post(lab, "/subjects/ada/logout").await;
    (told, held)
}
