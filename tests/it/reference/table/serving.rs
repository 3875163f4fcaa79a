//! Probes of events, status lists and what came later.

use recant::reference::Fault;
use reqwest::Method;
use serde_json::{Value, json};

use super::super::certificate;
use super::super::hands::{
    delete, is_hours_ahead, post, put, reads, reads_elsewhere, sign_in_upstream,
};
use super::super::holder;
use super::super::issuers::Second;
use super::super::lab::{Lab, Op, PASSWORD};
use super::super::signals::{Listener, Pushed, Teller};
use super::{Probe, WIDE, WRITER, probes};

/// Faults with their probes.
pub const PROBES: &[(Fault, Probe)] = probes! {
    EventsIgnored: |lab| {
        let token = lab.sign_in("ada", "messages", None).await.access();
        delete(lab, WRITER).await;
        lab.status("messages", Op::Write, &token).await == 200
    }
    RevocationReachesOneReplica: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.access();
        lab.revoke(&token).await;
        let first = reads(lab, "orders/replica-0", &token).await;
        !first && reads(lab, "orders/replica-1", &token).await
    }
    FailsOpen: |lab| {
        let token = lab.sign_in("ada", "payments", None).await.access();
        post(lab, "/decision-source/stop").await;
        post(lab, "/subjects/ada/disable").await;
        reads(lab, "payments", &token).await
    }
    IssuanceFailsOpen: |lab| {
        lab.sign_in("ada", "orders", None).await;
        post(lab, "/decision-source/stop").await;
        lab.sign_in("ada", "orders", None).await.status == 200
    }
    OneNodeIsBehind: |lab| {
        let mut scopes = std::collections::BTreeSet::new();
        for _ in 0..8 {
            scopes.insert(lab.sign_in("ada", "orders", None).await.scope());
        }
        scopes.len() > 1
    }
    DecisionReused: |lab| {
        lab.sign_in("ada", "orders", None).await;
        lab.sign_in("ada", "orders", None).await;
        let log = lab.decisions("ada").await;
        log.len() == 2 && log[0]["id"] == log[1]["id"]
    }
    ExplanationsInvented: |lab| {
        lab.sign_in("ada", "orders", None).await;
        let log = lab.decisions("ada").await;
        let claims = log[0]["claims"].as_array().cloned().unwrap_or_default();
        let write = claims.iter().find(|c| c["value"] == "items:write");
        write.is_some_and(|c| !c["because"].as_str().unwrap_or_default().contains("writer"))
    }
    SlidingCache: |lab| {
        let token = lab.sign_in("ada", "reports", None).await.access();
        let before = reads(lab, "reports", &token).await;
        lab.revoke(&token).await;
        lab.pass(40).await;
        let between = reads(lab, "reports", &token).await;
        lab.pass(40).await;
        before && between && reads(lab, "reports", &token).await
    }
    RevocationNotSignalled: |lab| {
        let stream = Listener::at(lab).await;
        let token = lab.sign_in("ada", "orders", None).await.refresh();
        lab.revoke(&token).await;
        stream.events(lab).await.is_empty()
    }
    SignalTellsOldValue: |lab| {
        let stream = Listener::at(lab).await;
        lab.change(Method::PUT, "/subjects/ada/risk", json!({ "level": "high" })).await;
        let events = stream.events(lab).await;
        events.iter().any(|(_, payload)| payload["current_level"] == "LOW")
    }
    RiskToldFromLow: |lab| {
        let stream = Listener::at(lab).await;
        for level in ["high", "low"] {
            lab.change(Method::PUT, "/subjects/ada/risk", json!({ "level": level })).await;
        }
        let events = stream.events(lab).await;
        let falls = |payload: &Value| payload["current_level"] == "LOW" && payload["previous_level"] == "LOW";
        events.iter().any(|(_, payload)| falls(payload))
    }
    ClaimsChangeOldValue: |lab| {
        let stream = Listener::at(lab).await;
        lab.sign_in("ada", "payments", Some(WIDE)).await;
        lab.change(Method::DELETE, WRITER, json!({})).await;
        let events = stream.events(lab).await;
        let scope = |payload: &Value| payload["claims"]["scope"].as_str().map(str::to_owned);
        events.iter().any(|(_, told)| scope(told).is_some_and(|s| s.contains("items:write")))
    }
    DisabledToldEnabled: |lab| {
        let stream = Listener::at(lab).await;
        lab.change(Method::POST, "/subjects/ada/disable", json!({})).await;
        let events = stream.events(lab).await;
        events.iter().any(|(uri, _)| uri.ends_with("/risc/event-type/account-enabled"))
    }
    PausedStreamForgets: |lab| {
        let stream = Listener::at(lab).await;
        stream.set(lab, "paused").await;
        lab.change(Method::PUT, "/subjects/ada/risk", json!({ "level": "high" })).await;
        let none = stream.events(lab).await.is_empty();
        stream.set(lab, "enabled").await;
        none && stream.events(lab).await.is_empty()
    }
    PushGivesUp: |lab| {
        let pushed = Pushed::at(lab, true).await;
        lab.change(Method::PUT, "/subjects/ada/risk", json!({ "level": "high" })).await;
        lab.pass(100).await;
        pushed.got().len() == 1
    }
    PushWithoutAuthorization: |lab| {
        let pushed = Pushed::at(lab, false).await;
        lab.change(Method::PUT, "/subjects/ada/risk", json!({ "level": "high" })).await;
        pushed.got().iter().any(|(shown, _)| shown.is_none())
    }
    SecondPlaceUnnoticed: |lab| {
        let stream = Listener::at(lab).await;
        let token = lab.sign_in("ada", "orders", None).await.access();
        let here = reads(lab, "orders", &token).await;
        let there = reads_elsewhere(lab, "orders", &token).await == 200;
        here && there && stream.events(lab).await.is_empty()
    }
    OverstuffedTokens: |lab| {
        let token = lab.sign_in("ada", "payments", None).await.access();
        lab.change(Method::PUT, "/subjects/ada/risk", json!({ "level": "high" })).await;
        lab.status("payments", Op::Write, &token).await == 200
    }
    KeysOfAnyIssuer: |lab| {
        let token = lab.sign_in("ada", "catalog", None).await.access();
        let second = Second::known_to(lab, token).await;
        second.is_trusted(lab).await && second.is_taken_for(lab, &lab.reference.base).await
    }
    IssuersComparedByPrefix: |lab| {
        let token = lab.sign_in("ada", "catalog", None).await.access();
        let second = Second::known_to(lab, token).await;
        second.is_trusted(lab).await && second.is_taken_for(lab, "second-elsewhere").await
    }
    LateSignalWins: |lab| {
        let token = lab.sign_in("ada", "messages", None).await.access();
        let mut teller = Teller::known_to(lab).await;
        let event = "device-compliance-change";
        let now = json!({ "event_timestamp": 2_000, "current_status": "not-compliant" });
        let late = json!({ "event_timestamp": 1_000, "current_status": "compliant" });
        teller.tell(lab, "ada", event, now, false).await;
        let lost = lab.status("messages", Op::Write, &token).await == 403;
        teller.tell(lab, "ada", event, late, false).await;
        lost && lab.status("messages", Op::Write, &token).await == 200
    }
    SignalsNotAuthenticated: |lab| {
        let token = lab.sign_in("ada", "messages", None).await.access();
        let mut teller = Teller::known_to(lab).await;
        let gone = json!({ "event_timestamp": 4_000_000_000_i64 });
        let status = teller.tell(lab, "ada", "session-revoked", gone, true).await;
        status == 202 && lab.status("messages", Op::Read, &token).await == 401
    }
    RemovalFallsBack: |lab| {
        delete(lab, WRITER).await;
        lab.sign_in("ada", "orders", None).await.scope().contains("items:audit")
    }
    RestoreLeavesResidue: |lab| {
        delete(lab, WRITER).await;
        put(lab, WRITER).await;
        lab.sign_in("ada", "orders", None).await.scope() == "items:read"
    }
    LegacyDirectPath: |lab| {
        let request = lab.request(Method::GET, "/legacy/reports/items").header("x-roles", "reader");
        lab.send(request).await.status == 200
    }
    ScopesReadByPart: |lab| {
        put(lab, "/roles/drafter/permissions/items:write-draft").await;
        delete(lab, WRITER).await;
        put(lab, "/subjects/ada/roles/drafter").await;
        let token = lab.sign_in("ada", "ledger", None).await.access();
        lab.status("ledger", Op::Write, &token).await == 200
    }
    BrokerFreezesGroups: |lab| {
        let token = sign_in_upstream(lab, "orders").await.refresh();
        delete(lab, "/upstream/ada/groups/writer").await;
        lab.refresh(&token, None).await.scope().contains("items:write")
    }
    BrokerOnlyTakes: |lab| {
        sign_in_upstream(lab, "orders").await.access();
        delete(lab, "/upstream/ada/groups/writer").await;
        let without = sign_in_upstream(lab, "orders").await.scope();
        put(lab, "/upstream/ada/groups/writer").await;
        let back = sign_in_upstream(lab, "orders").await.scope();
        !without.contains("items:write") && !back.contains("items:write")
    }
    StatusPlaceKept: |lab| {
        let tokens = lab.sign_in("ada", "ledger", None).await;
        let next = lab.refresh(&tokens.refresh(), None).await;
        place(&tokens.access()) == place(&next.access())
    }
    StatusListUnverified: |lab| { in_spite_of(lab, "wrong-signature").await }
    StatusListEndIsValid: |lab| { in_spite_of(lab, "too-short").await }
    StatusListKeptWhenUnreadable: |lab| { in_spite_of(lab, "unreachable").await }
    ValidStatusOutranksExpiry: |lab| {
        let token = lab.sign_in("ada", "ledger", None).await.access();
        lab.pass(1100).await;
        reads(lab, "ledger", &token).await
    }
    RefreshByAnotherClient: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.refresh();
        lab.refresh_by("app2", &token).await.status == 200
    }
    RefreshSlidesForever: |lab| {
        let mut token = lab.sign_in("ada", "orders", None).await.refresh();
        for _ in 0..25 {
            lab.pass(1800).await;
            token = lab.refresh(&token, None).await.text("refresh_token");
        }
        !token.is_empty()
    }
    DecisionLate: |lab| {
        delete(lab, WRITER).await;
        let soon = lab.sign_in("ada", "orders", None).await.scope();
        lab.pass(101).await;
        let late = lab.sign_in("ada", "orders", None).await.scope();
        soon.contains("items:write") && !late.contains("items:write")
    }
    DecisionKeyForgetsAction: |lab| {
        let token = lab.sign_in("ada", "payments", Some("items:read")).await.access();
        let cold = lab.status("payments", Op::Write, &token).await;
        for _ in 0..4 {
            reads(lab, "payments", &token).await;
        }
        cold == 403 && lab.status("payments", Op::Write, &token).await == 200
    }
    DecisionKeyForgetsToken: |lab| {
        let narrow = lab.sign_in("ada", "payments", Some("items:read")).await.access();
        let wide = lab.sign_in("ada", "payments", Some(WIDE)).await.access();
        let cold = lab.status("payments", Op::Write, &narrow).await;
        for _ in 0..4 {
            lab.status("payments", Op::Write, &wide).await;
        }
        cold == 403 && lab.status("payments", Op::Write, &narrow).await == 200
    }
    ReplicaKeepsAnswers: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.access();
        let warm = reads(lab, "orders/replica-1", &token).await;
        lab.revoke(&token).await;
        lab.pass(200).await;
        let first = reads(lab, "orders/replica-0", &token).await;
        warm && !first && reads(lab, "orders/replica-1", &token).await
    }
    AliasKeepsAnswers: |lab| {
        let token = lab.sign_in("ada", "reports", None).await.access();
        let warm = reads(lab, "reports", &token).await && reads(lab, "reports/v1", &token).await;
        lab.revoke(&token).await;
        lab.pass(70).await;
        let first = reads(lab, "reports", &token).await;
        warm && !first && reads(lab, "reports/v1", &token).await
    }
    DescendantsOutlive: |lab| {
        let first = lab.sign_in("ada", "payments", None).await;
        let renewed = lab.refresh(&first.refresh(), None).await.access();
        let other = lab.sign_in("ada", "payments", None).await.access();
        delete(lab, WRITER).await;
        let lost = lab.status("payments", Op::Write, &other).await == 403;
        lost && lab.status("payments", Op::Write, &renewed).await == 200
    }
    OtherClientNotTold: |lab| {
        let mine = lab.sign_in("ada", "messages", None).await.access();
        let other = lab.sign_in_by("app2", "ada", "messages", None).await.access();
        post(lab, "/subjects/ada/disable").await;
        !reads(lab, "messages", &mine).await && reads(lab, "messages", &other).await
    }
    RevocationForgotten: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.access();
        lab.revoke(&token).await;
        lab.pass(100).await;
        let soon = reads(lab, "orders", &token).await;
        lab.pass(100).await;
        !soon && reads(lab, "orders", &token).await
    }
    HouseClientEverywhere: |lab| {
        let mine = lab.sign_in("ada", "catalog", None).await.access();
        let other = lab.sign_in_by("app2", "ada", "catalog", None).await.access();
        !reads(lab, "payments", &mine).await && reads(lab, "payments", &other).await
    }
    WriteReads: |lab| {
        let token = lab.sign_in("ada", "payments", Some("items:write")).await.access();
        let elsewhere = lab.sign_in("ada", "catalog", Some("items:write")).await.access();
        !reads(lab, "catalog", &elsewhere).await && reads(lab, "payments", &token).await
    }
    ScopesWithoutCase: |lab| {
        lab.change(Method::PUT, "/roles/shouter/permissions/ITEMS:READ", Value::Null).await;
        lab.subject("bea", &["shouter"]).await;
        let token = lab.sign_in("bea", "payments", None).await;
        let elsewhere = lab.sign_in("bea", "catalog", None).await.access();
        token.scope() == "ITEMS:READ"
            && !reads(lab, "catalog", &elsewhere).await
            && reads(lab, "payments", &token.access()).await
    }
    OwnerUnheardOf: |lab| {
        lab.sign_in("ada", "orders", None).await;
        let log = lab.decisions("ada").await;
        log[0]["policies"][0]["owner"] == "Platform guild"
    }
    RiskUnseenInExchanged: |lab| {
        let first = lab.sign_in("ada", "orders", None).await.access();
        let exchanged = lab.exchange(&first, "payments", None).await.access();
        let own = lab.sign_in("ada", "payments", None).await.access();
        lab.change(Method::PUT, "/subjects/ada/risk", json!({ "level": "high" })).await;
        let lost = lab.status("payments", Op::Write, &own).await == 403;
        lost && lab.status("payments", Op::Write, &exchanged).await == 200
    }
    HouseTrusted: |lab| {
        let form = [
            ("grant_type", "password"),
            ("username", "ada"),
            ("password", PASSWORD),
            ("resource", "catalog"),
        ];
        let token = lab.form("/partners/token", "app", &form).await.access();
        reads(lab, "catalog", &token).await
    }
    OwnerOfAnotherPolicy: |lab| {
        lab.sign_in("ada", "orders", None).await;
        let log = lab.decisions("ada").await;
        let policies = log[0]["policies"].as_array().cloned().unwrap_or_default();
        let role = |p: &Value| p["id"].as_str().is_some_and(|id| id.starts_with("role-"));
        policies.iter().any(|p| role(p) && p["owner"] == "Identity operations")
    }
    LogInLocalTime: |lab| {
        lab.sign_in("ada", "orders", None).await;
        is_hours_ahead(lab, &lab.decisions("ada").await[0]["time"]).await
    }
    PolicyRevisionStands: |lab| {
        lab.sign_in("ada", "orders", None).await;
        delete(lab, "/roles/writer/permissions/items:write").await;
        lab.sign_in("ada", "orders", None).await;
        let log = lab.decisions("ada").await;
        log.len() == 2 && log[0]["policy_revision"] == log[1]["policy_revision"]
    }
    BoundTokenAsBearer: |lab| { holder::reads_as_bearer(lab).await }
    CertificateNotCompared: |lab| { certificate::reads_with_another(lab).await }
    RefreshByAnyKey: |lab| { holder::refreshes_with_any_key(lab).await }
    ProofOfAnyKey: |lab| { holder::reads_with_any_key(lab).await }
    ProofsReplayed: |lab| { holder::reads_twice(lab).await }
};

/// The `status` claim of a token.
fn place(token: &str) -> Value {
    use base64::Engine as _;
    let claims = token.split('.').nth(1).unwrap_or_default();
    let claims =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).unwrap_or_default();
    serde_json::from_slice::<Value>(&claims).unwrap_or_default()["status"].clone()
}

/// True where a token is accepted although the status list is spoilt and the one that was kept is too old.
async fn in_spite_of(lab: &Lab, how: &str) -> bool {
    let token = lab.sign_in("ada", "ledger", None).await.access();
    let before = reads(lab, "ledger", &token).await;
    lab.change(Method::PUT, "/status-list", json!({ "how": how })).await;
    lab.pass(40).await;
    before && reads(lab, "ledger", &token).await
}
