//! Probes of what an issuer gives, refuses and logs, and of what services keep.

use recant::reference::Fault;
use reqwest::Method;
use serde_json::{Value, json};

use super::super::hands::{
    asserted, assertion, delete, is_active, post, reads, retire_key, signed_with_the_public_key,
};
use super::super::lab::Op;
use super::{Probe, WIDE, WRITER, probes};

/// Faults with their probes.
pub const PROBES: &[(Fault, Probe)] = probes! {
    RefreshCopiesClaims: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.refresh();
        delete(lab, WRITER).await;
        lab.refresh(&token, None).await.scope().contains("items:write")
    }
    RefreshIgnoresDisabledSubject: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.refresh();
        post(lab, "/subjects/ada/disable").await;
        lab.refresh(&token, None).await.status == 200
    }
    RefreshIgnoresDisabledClient: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.refresh();
        post(lab, "/clients/app/disable").await;
        lab.refresh(&token, None).await.status == 200
    }
    RefreshIgnoresWithdrawnConsent: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.refresh();
        delete(lab, "/subjects/ada/consents/app").await;
        lab.refresh(&token, None).await.status == 200
    }
    RefreshWidensScope: |lab| {
        let token = lab.sign_in("ada", "orders", Some("items:read")).await.refresh();
        lab.refresh(&token, Some(WIDE)).await.scope() == WIDE
    }
    ReplayAccepted: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.refresh();
        lab.refresh(&token, None).await;
        lab.refresh(&token, None).await.status == 200
    }
    AssertionsReplayed: |lab| {
        let once = assertion(lab, "ada", json!({})).await;
        asserted(lab, &once).await.status == 200 && asserted(lab, &once).await.status == 200
    }
    OtherDoorOpen: |lab| {
        post(lab, "/subjects/ada/disable").await;
        let usual = lab.sign_in("ada", "orders", None).await.status;
        usual == 400 && lab.sign_in_by("app2", "ada", "orders", None).await.status == 200
    }
    RiskLengthensLife: |lab| {
        let low = lab.sign_in("ada", "orders", None).await.body["expires_in"].as_i64();
        lab.change(Method::PUT, "/subjects/ada/risk", json!({ "level": "high" })).await;
        lab.sign_in("ada", "orders", None).await.body["expires_in"].as_i64() > low
    }
    EnablingRevives: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.access();
        post(lab, "/subjects/ada/disable").await;
        let dead = !reads(lab, "orders", &token).await;
        post(lab, "/subjects/ada/enable").await;
        dead && reads(lab, "orders", &token).await
    }
    TakenFromAllHolders: |lab| {
        let made = "/roles/auditor/permissions/items:audit";
        lab.change(Method::PUT, made, Value::Null).await;
        lab.subject("bea", &["auditor"]).await;
        lab.change(Method::PUT, "/subjects/ada/roles/auditor", Value::Null).await;
        delete(lab, "/subjects/ada/roles/auditor").await;
        lab.sign_in("bea", "orders", None).await.status == 400
    }
    AbsentTakesAnother: |lab| {
        delete(lab, WRITER).await;
        let kept = lab.sign_in("ada", "orders", None).await.scope();
        delete(lab, WRITER).await;
        kept == "items:read" && lab.sign_in("ada", "orders", None).await.status == 400
    }
    OneRefusalForAll: |lab| {
        let token = lab.sign_in("ada", "orders", Some("items:read")).await.access();
        reads(lab, "orders", &token).await && lab.status("orders", Op::Write, &token).await == 401
    }
    TokenInLog: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.refresh();
        let token = lab.refresh(&token, None).await.access();
        lab.decisions("ada").await[1]["reason"].as_str().unwrap_or_default().contains(&token)
    }
    TokenEncodedInLog: |lab| {
        use base64::Engine as _;
        let token = lab.sign_in("ada", "orders", None).await.access();
        let token = lab.exchange(&token, "catalog", None).await.access();
        let encoded = base64::engine::general_purpose::STANDARD.encode(token);
        lab.decisions("ada").await[1]["reason"].as_str().unwrap_or_default().contains(&encoded)
    }
    LastRoleGoesOnly: |lab| {
        delete(lab, "/subjects/ada/roles/reader").await;
        let kept = lab.sign_in("ada", "orders", None).await.scope() == WIDE;
        delete(lab, WRITER).await;
        kept && lab.sign_in("ada", "orders", None).await.scope() == "items:read"
    }
    RefreshByNameCopies: |lab| {
        let plain = lab.sign_in("ada", "orders", None).await.refresh();
        let named = lab.sign_in("ada", "orders", None).await.refresh();
        delete(lab, WRITER).await;
        let reduced = lab.refresh(&plain, None).await.scope() == "items:read";
        reduced && lab.refresh(&named, Some(WIDE)).await.scope() == WIDE
    }
    OtherClientRefreshes: |lab| {
        let mine = lab.sign_in("ada", "orders", None).await.refresh();
        let other = lab.sign_in_by("app2", "ada", "orders", None).await.refresh();
        post(lab, "/subjects/ada/disable").await;
        let given = lab.refresh_by("app2", &other).await.status == 200;
        given && lab.refresh(&mine, None).await.status == 400
    }
    RefreshedNotRevoked: |lab| {
        let first = lab.sign_in("ada", "payments", None).await;
        let renewed = lab.refresh(&first.refresh(), None).await.access();
        lab.revoke(&first.access()).await;
        lab.revoke(&renewed).await;
        !reads(lab, "payments", &first.access()).await && reads(lab, "payments", &renewed).await
    }
    RemovalForgottenAtRestart: |lab| {
        delete(lab, WRITER).await;
        let gone = lab.sign_in("ada", "orders", None).await.scope() == "items:read";
        post(lab, "/restart").await;
        gone && lab.sign_in("ada", "orders", None).await.scope() == WIDE
    }
    HintObeyed: |lab| {
        let tokens = lab.sign_in("ada", "payments", None).await;
        let form = [("token", &*tokens.access()), ("token_type_hint", "refresh_token")];
        let answered = lab.form("/revoke", "app", &form).await.status == 200;
        let kept = reads(lab, "payments", &tokens.access()).await;
        lab.revoke(&tokens.access()).await;
        answered && kept && !reads(lab, "payments", &tokens.access()).await
    }
    EnablingResets: |lab| {
        delete(lab, WRITER).await;
        let gone = lab.sign_in("ada", "orders", None).await.scope() == "items:read";
        post(lab, "/subjects/ada/disable").await;
        post(lab, "/subjects/ada/enable").await;
        gone && lab.sign_in("ada", "orders", None).await.scope() == WIDE
    }
    RiskUnseenAtExchange: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.access();
        lab.change(Method::PUT, "/subjects/ada/risk", json!({ "level": "high" })).await;
        let plain = lab.sign_in("ada", "catalog", None).await.scope() == "items:read";
        plain && lab.exchange(&token, "catalog", None).await.scope() == WIDE
    }
    LaterRefreshesCopy: |lab| {
        let first = lab.sign_in("ada", "orders", None).await.refresh();
        let token = lab.sign_in("ada", "orders", None).await.refresh();
        let later = lab.refresh(&token, None).await.refresh();
        delete(lab, WRITER).await;
        let reduced = !lab.refresh(&first, None).await.scope().contains("items:write");
        reduced && lab.refresh(&later, None).await.scope().contains("items:write")
    }
    ExchangeBringsBack: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.access();
        delete(lab, WRITER).await;
        lab.exchange(&token, "catalog", None).await.scope().contains("items:write")
    }
    RememberedByAsker: |lab| {
        lab.sign_in("ada", "orders", None).await;
        delete(lab, WRITER).await;
        let usual = lab.sign_in("ada", "orders", None).await.scope();
        let named = lab.sign_in("ada", "orders", Some(WIDE)).await.scope();
        let other = lab.sign_in_by("app2", "ada", "orders", None).await.scope();
        !usual.contains("items:write") && [named, other].iter().all(|s| s.contains("items:write"))
    }
    DisabledExchanged: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.access();
        post(lab, "/subjects/ada/disable").await;
        lab.exchange(&token, "catalog", None).await.status == 200
    }
    OnlyTheLastIsRemembered: |lab| {
        let oldest = lab.sign_in("ada", "orders", None).await.refresh();
        let older = lab.refresh(&oldest, None).await.refresh();
        let latest = lab.refresh(&older, None).await.refresh();
        let replayed = lab.refresh(&oldest, None).await.status == 200;
        !replayed && lab.refresh(&latest, None).await.status == 200
    }
    FamilySurvivesReplay: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.refresh();
        let next = lab.refresh(&token, None).await.refresh();
        let replayed = lab.refresh(&token, None).await.status == 200;
        !replayed && lab.refresh(&next, None).await.status == 200
    }
    KeptWhenUnreachable: |lab| {
        let token = lab.sign_in("ada", "reports", None).await.access();
        let fresh = reads(lab, "reports", &token).await;
        post(lab, "/decision-source/stop").await;
        lab.pass(70).await;
        fresh && reads(lab, "reports", &token).await
    }
    RotationForgottenAtRestart: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.refresh();
        lab.refresh(&token, None).await;
        post(lab, "/restart").await;
        lab.refresh(&token, None).await.status == 200
    }
    RevocationsForgottenAtRestart: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.access();
        lab.revoke(&token).await;
        let dead = !reads(lab, "orders", &token).await;
        post(lab, "/restart").await;
        dead && reads(lab, "orders", &token).await
    }
    RolesHardCoded: |lab| {
        delete(lab, "/roles/writer/permissions/items:write").await;
        lab.sign_in("ada", "orders", None).await.scope() == WIDE
    }
    UnknownRoleReads: |lab| {
        lab.subject("eve", &["never-heard-of"]).await;
        lab.sign_in("eve", "orders", None).await.scope() == "items:read"
    }
    RiskIgnored: |lab| {
        lab.change(Method::PUT, "/subjects/ada/risk", json!({ "level": "high" })).await;
        lab.sign_in("ada", "orders", None).await.scope() == WIDE
    }
    DeviceIgnored: |lab| {
        let state = json!({ "state": "not-compliant" });
        lab.change(Method::PUT, "/subjects/ada/device", state).await;
        lab.sign_in("ada", "orders", None).await.scope() == WIDE
    }
    NetworkDecorative: |lab| {
        let network = json!({ "network": "untrusted" });
        lab.change(Method::PUT, "/subjects/ada/network", network).await;
        lab.sign_in("ada", "orders", None).await.scope() == WIDE
    }
    ExchangeAmplifies: |lab| {
        let token = lab.sign_in("ada", "orders", Some("items:read")).await.access();
        lab.exchange(&token, "catalog", None).await.scope() == WIDE
    }
    ExchangeOfTheDead: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.access();
        lab.revoke(&token).await;
        lab.exchange(&token, "catalog", None).await.status == 200
    }
    AudienceWildcard: |lab| {
        let token = lab.sign_in("ada", "catalog", None).await.access();
        lab.introspect(&token).await["aud"] == json!("*") && reads(lab, "catalog", &token).await
    }
    NarrowRequestIgnored: |lab| {
        lab.sign_in("ada", "orders", Some("items:read")).await.scope() == WIDE
    }
    RevocationDoesNothing: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.access();
        lab.revoke(&token).await;
        reads(lab, "orders", &token).await
    }
    RevocationLeavesAccessTokens: |lab| {
        let tokens = lab.sign_in("ada", "orders", None).await;
        lab.revoke(&tokens.refresh()).await;
        let refreshed = lab.refresh(&tokens.refresh(), None).await.status == 200;
        !refreshed && reads(lab, "orders", &tokens.access()).await
    }
    IntrospectionIgnoresState: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.access();
        post(lab, "/subjects/ada/disable").await;
        is_active(lab, &token).await
    }
    RecreationResurrects: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.access();
        delete(lab, "/subjects/ada").await;
        let dead = !reads(lab, "orders", &token).await;
        post(lab, "/subjects/ada/recreate").await;
        dead && reads(lab, "orders", &token).await
    }
    RefreshRenewsAuthentication: |lab| {
        let first = lab.sign_in("ada", "orders", None).await;
        lab.pass(3).await;
        let second = lab.refresh(&first.refresh(), None).await;
        let (first, second) = (lab.introspect(&first.access()).await, lab.introspect(&second.access()).await);
        first["auth_time"] != second["auth_time"]
    }
    RefreshNotLogged: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.refresh();
        lab.refresh(&token, None).await;
        lab.decisions("ada").await.len() == 1
    }
    AccessesJoinNothing: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.access();
        reads(lab, "orders", &token).await;
        let records = lab.accesses("ada").await;
        records[0]["decision"] == json!("allow") && records[0].get("token").is_none()
    }
    DecisionCitesOldRevision: |lab| {
        lab.sign_in("ada", "orders", None).await;
        delete(lab, WRITER).await;
        lab.sign_in("ada", "orders", None).await;
        let records = lab.decisions("ada").await;
        records[0]["entitlement_revision"] == records[1]["entitlement_revision"]
    }
    LogNamesAnotherClient: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.refresh();
        lab.refresh(&token, None).await;
        lab.decisions("ada").await[1]["client"] == json!("issuer")
    }
    ClaimsNotExplained: |lab| {
        lab.sign_in("ada", "orders", None).await;
        lab.decisions("ada").await[0]["claims"][0].get("because").is_none()
    }
    OwnerNotNamed: |lab| {
        lab.sign_in("ada", "orders", None).await;
        lab.decisions("ada").await[0]["policies"][0].get("owner").is_none()
    }
    AudienceNotChecked: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.access();
        reads(lab, "reports", &token).await
    }
    GenerousLeeway: |lab| {
        let token = lab.sign_in("ada", "catalog", None).await.access();
        lab.pass(1100).await;
        reads(lab, "catalog", &token).await
    }
    CachedUntilExpiry: |lab| {
        let token = lab.sign_in("ada", "reports", None).await.access();
        let before = reads(lab, "reports", &token).await;
        lab.revoke(&token).await;
        lab.pass(300).await;
        before && reads(lab, "reports", &token).await
    }
    RetiredKeyAccepted: |lab| {
        let token = lab.sign_in("ada", "catalog", None).await.access();
        let before = reads(lab, "catalog", &token).await;
        retire_key(lab).await;
        let new = lab.sign_in("ada", "catalog", None).await.access();
        lab.pass(60).await;
        before && reads(lab, "catalog", &new).await && reads(lab, "catalog", &token).await
    }
    TokenKindsConfused: |lab| {
        let token = lab.sign_in("ada", "catalog", None).await.access();
        let keys = lab.send(lab.request(Method::GET, "/jwks")).await.body;
        let forged = signed_with_the_public_key(&token, &keys["keys"][0]);
        reads(lab, "catalog", &token).await && reads(lab, "catalog", &forged).await
    }
    AliasUnchecked: |lab| {
        let token = lab.sign_in("ada", "ledger", Some("items:read")).await.access();
        let main = lab.status("ledger", Op::Write, &token).await;
        main == 403 && lab.status("ledger/v1", Op::Write, &token).await == 200
    }
};
