//! Probes of what comes again: a sign-in after a logout, a consent after another one, a second revocation; and of tokens that came of
//! a refresh or an exchange.

use recant::reference::Fault;
use reqwest::Method;
use serde_json::json;

use super::super::hands::{delete, is_active, post, put, reads, retire_key, sign_in_upstream};
use super::super::holder::Holder;
use super::super::lab::{Answer, Lab};
use super::{Probe, WIDE, WRITER, probes};

/// Faults with their probes.
pub const PROBES: &[(Fault, Probe)] = probes! {
    LogoutLocksOut: |lab| {
        lab.sign_in("ada", "orders", None).await.access();
        post(lab, "/subjects/ada/logout").await;
        lab.sign_in("ada", "orders", None).await.status == 400
    }
    OldConsentRevives: |lab| {
        let held = lab.sign_in("ada", "payments", None).await.access();
        delete(lab, "/subjects/ada/consents/app").await;
        let ended = !reads(lab, "payments", &held).await;
        put(lab, "/subjects/ada/consents/app").await;
        ended && reads(lab, "payments", &held).await
    }
    SecondRevocationRevives: |lab| {
        let held = lab.sign_in("ada", "payments", None).await.access();
        lab.revoke(&held).await;
        let ended = !reads(lab, "payments", &held).await;
        lab.revoke(&held).await;
        ended && reads(lab, "payments", &held).await
    }
    RefreshedForEverybody: |lab| {
        let first = lab.sign_in("ada", "catalog", None).await;
        let renewed = lab.refresh(&first.refresh(), None).await.access();
        !reads(lab, "messages", &first.access()).await && reads(lab, "messages", &renewed).await
    }
    RefreshedNeverEnds: |lab| {
        let first = lab.sign_in("ada", "orders", None).await;
        let renewed = lab.refresh(&first.refresh(), None).await.access();
        lab.pass(1100).await;
        !is_active(lab, &first.access()).await && is_active(lab, &renewed).await
    }
    ExchangedNotRevoked: |lab| {
        let held = lab.sign_in("ada", "orders", None).await.access();
        let exchanged = lab.exchange(&held, "payments", None).await.access();
        let revoked = lab.form("/revoke", "gateway", &[("token", &*exchanged)]).await;
        revoked.status == 200 && reads(lab, "payments", &exchanged).await
    }
    DeletedIntrospectsActive: |lab| {
        let held = lab.sign_in("ada", "payments", None).await.access();
        delete(lab, "/subjects/ada").await;
        !reads(lab, "payments", &held).await && is_active(lab, &held).await
    }
    SecondExchangeLivesLong: |lab| {
        let held = lab.sign_in("ada", "orders", None).await.access();
        let once = lab.exchange(&held, "ledger", None).await;
        let twice = lab.exchange(&once.access(), "payments", None).await;
        let lives = |answer: &Answer| answer.body["expires_in"].as_i64().unwrap_or_default();
        lives(&once) <= 900 && lives(&twice) > 3600
    }
    SecondClientGetsAll: |lab| {
        let narrow = Some("items:read");
        lab.sign_in("ada", "orders", narrow).await.scope() == "items:read"
            && lab.sign_in_by("app2", "ada", "orders", narrow).await.scope() == WIDE
    }
    RefreshedUnbound: |lab| {
        let own = Holder::fresh();
        let first = own.sign_in(lab, "catalog").await;
        let refresh = first.refresh();
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
        let renewed = own.ask(lab, &form).await.access();
        !reads(lab, "catalog", &first.access()).await && reads(lab, "catalog", &renewed).await
    }
    DisablingForgottenAtRestart: |lab| {
        post(lab, "/subjects/ada/disable").await;
        let kept_out = lab.sign_in("ada", "orders", None).await.status == 400;
        post(lab, "/restart").await;
        kept_out && lab.sign_in("ada", "orders", None).await.status == 200
    }
    ExchangedAccessJoinsNothing: |lab| {
        let held = lab.sign_in("ada", "orders", None).await.access();
        let exchanged = lab.exchange(&held, "payments", None).await.access();
        reads(lab, "orders", &held).await;
        reads(lab, "payments", &exchanged).await;
        let records = lab.accesses("ada").await;
        records[0].get("token").is_some() && records[1].get("token").is_none()
    }
    BadDevicesUnlogged: |lab| {
        lab.sign_in("ada", "orders", None).await;
        lab.change(Method::PUT, "/subjects/ada/device", json!({ "state": "not-compliant" })).await;
        lab.sign_in("ada", "orders", None).await;
        lab.decisions("ada").await.len() == 1
    }
    SecondClientSignsInAnew: |lab| {
        let first = lab.sign_in_by("app2", "ada", "orders", None).await;
        lab.pass(3).await;
        let second = lab.refresh_by("app2", &first.refresh()).await;
        let (first, second) = (lab.introspect(&first.access()).await, lab.introspect(&second.access()).await);
        first["auth_time"] != second["auth_time"]
    }
    BrokeredOutlivesAccount: |lab| {
        let brokered = sign_in_upstream(lab, "payments").await.access();
        let own = lab.sign_in("ada", "payments", None).await.access();
        delete(lab, "/subjects/ada").await;
        !reads(lab, "payments", &own).await && reads(lab, "payments", &brokered).await
    }
    GrandchildrenOutlive: |lab| {
        let held = lab.sign_in("ada", "orders", None).await.access();
        let once = lab.exchange(&held, "payments", None).await.access();
        let twice = lab.exchange(&once, "payments", None).await.access();
        outlives_disabling(lab, &once, &twice).await
    }
    ExchangedOfRefreshedOutlives: |lab| {
        let first = lab.sign_in("ada", "orders", None).await;
        let once = lab.exchange(&first.access(), "payments", None).await.access();
        let renewed = lab.refresh(&first.refresh(), None).await.access();
        let later = lab.exchange(&renewed, "payments", None).await.access();
        outlives_disabling(lab, &once, &later).await
    }
    RefreshedElsewhereOutlives: |lab| {
        let first = lab.sign_in_by("app2", "ada", "payments", None).await;
        let renewed = lab.refresh_by("app2", &first.refresh()).await.access();
        outlives_disabling(lab, &first.access(), &renewed).await
    }
    SecondExchangeAmplifies: |lab| {
        let held = lab.sign_in("ada", "orders", Some("items:read")).await.access();
        let once = lab.exchange(&held, "ledger", Some(WIDE)).await;
        let twice = lab.exchange(&once.access(), "payments", Some(WIDE)).await;
        once.scope() == "items:read" && twice.scope() == WIDE
    }
    ExchangedSignsInAnew: |lab| {
        let first = lab.sign_in("ada", "orders", None).await;
        lab.pass(3).await;
        let renewed = lab.refresh(&first.refresh(), None).await.access();
        let exchanged = lab.exchange(&renewed, "payments", None).await.access();
        let (renewed, exchanged) = (lab.introspect(&renewed).await, lab.introspect(&exchanged).await);
        renewed["auth_time"] != exchanged["auth_time"]
    }
    ExpiredExchangedExchanged: |lab| {
        let held = lab.sign_in("ada", "orders", None).await.access();
        let once = lab.exchange(&held, "ledger", None).await.access();
        lab.pass(1100).await;
        lab.exchange(&held, "ledger", None).await.status == 400
            && lab.exchange(&once, "payments", None).await.status == 200
    }
    UseProlongs: |lab| {
        let held = lab.sign_in("ada", "orders", None).await.access();
        let idle = lab.sign_in("ada", "orders", None).await.access();
        lab.pass(800).await;
        reads(lab, "orders", &held).await;
        lab.pass(300).await;
        is_active(lab, &held).await && !is_active(lab, &idle).await
    }
    RoleRevives: |lab| {
        let held = lab.sign_in("ada", "payments", None).await;
        lab.revoke(&held.refresh()).await;
        let ended = !reads(lab, "payments", &held.access()).await;
        delete(lab, WRITER).await;
        put(lab, WRITER).await;
        ended && reads(lab, "payments", &held.access()).await
    }
    SecondClientBlindToDevice: |lab| {
        let own = lab.sign_in("ada", "orders", None).await.refresh();
        let other = lab.sign_in_by("app2", "ada", "orders", None).await.refresh();
        lab.change(Method::PUT, "/subjects/ada/device", json!({ "state": "not-compliant" })).await;
        lab.refresh(&own, None).await.scope() != WIDE
            && lab.refresh_by("app2", &other).await.scope() == WIDE
    }
    DisablingEndsNamesakes: |lab| {
        lab.subject("adam", &["reader"]).await;
        let held = lab.sign_in_by("app2", "adam", "payments", None).await.access();
        let usual = lab.sign_in("adam", "payments", None).await.access();
        post(lab, "/subjects/ada/disable").await;
        reads(lab, "payments", &usual).await && !reads(lab, "payments", &held).await
    }
    RevocationEndsEveryClient: |lab| {
        let held = lab.sign_in("ada", "payments", None).await.refresh();
        let other = lab.sign_in_by("app2", "ada", "payments", None).await.access();
        lab.revoke(&held).await;
        !reads(lab, "payments", &other).await
    }
    RefusedIsLoggedAsLetIn: |lab| {
        let held = lab.sign_in("ada", "payments", None).await.access();
        post(lab, "/subjects/ada/disable").await;
        let refused = !reads(lab, "payments", &held).await;
        refused && lab.accesses("ada").await[0]["decision"] == json!("allow")
    }
    NamedRefreshNotSpent: |lab| {
        let named = lab.sign_in("ada", "orders", None).await.refresh();
        lab.refresh(&named, Some("items:read")).await;
        let again = lab.refresh(&named, Some("items:read")).await.status == 200;
        let plain = lab.sign_in("ada", "orders", None).await.refresh();
        lab.refresh(&plain, None).await;
        again && lab.refresh(&plain, None).await.status == 400
    }
    UsedRefreshIntrospectsActive: |lab| {
        let used = lab.sign_in("ada", "orders", None).await.refresh();
        lab.refresh(&used, None).await;
        is_active(lab, &used).await && lab.refresh(&used, None).await.status == 400
    }
    IntrospectionOpenByForm: |lab| {
        let token = lab.sign_in("ada", "orders", None).await.access();
        let by_header = lab.request(Method::POST, "/introspect").basic_auth("services", Some("no"));
        let by_header = lab.send(by_header.form(&[("token", &*token)])).await.status;
        let form = [("token", &*token), ("client_id", "services"), ("client_secret", "no")];
        let by_form = lab.send(lab.request(Method::POST, "/introspect").form(&form)).await;
        by_header == 401 && by_form.body["active"] == true
    }
    PartlyUnknownGivesAll: |lab| {
        lab.sign_in("ada", "orders", Some("items:read no-such-scope")).await.scope() == WIDE
            && lab.sign_in("ada", "orders", Some("items:read")).await.scope() != WIDE
    }
    RestartPublishesRetiredKeys: |lab| {
        let token = lab.sign_in("ada", "catalog", None).await.access();
        retire_key(lab).await;
        lab.pass(10).await;
        let dead = !reads(lab, "catalog", &token).await;
        post(lab, "/restart").await;
        lab.pass(10).await;
        dead && reads(lab, "catalog", &token).await
    }
    ReinstatingRetiresOthers: |lab| {
        let first = lab.read("/keys").await["signing"].as_str().unwrap_or_default().to_owned();
        retire_key(lab).await;
        let token = lab.sign_in("ada", "catalog", None).await.access();
        let good = reads(lab, "catalog", &token).await;
        post(lab, &format!("/keys/{first}/reinstate")).await;
        lab.pass(10).await;
        good && !reads(lab, "catalog", &token).await
    }
    RiskReturnsRole: |lab| {
        lab.change(Method::PUT, "/subjects/ada/risk", json!({ "level": "high" })).await;
        delete(lab, WRITER).await;
        lab.change(Method::PUT, "/subjects/ada/risk", json!({ "level": "low" })).await;
        lab.sign_in("ada", "orders", None).await.scope() == WIDE
    }
};

/// True where of two tokens the second alone is of use once the subject is disabled.
async fn outlives_disabling(lab: &Lab, near: &str, far: &str) -> bool {
    let both = reads(lab, "payments", near).await && reads(lab, "payments", far).await;
    post(lab, "/subjects/ada/disable").await;
    both && !reads(lab, "payments", near).await && reads(lab, "payments", far).await
}
