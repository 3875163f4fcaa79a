//! Probes of what comes again: a sign-in after a logout, a consent after another one, a second revocation; and of tokens that came of
//! a refresh or an exchange.

use recant::reference::Fault;
use reqwest::Method;
use serde_json::json;

use super::super::hands::{delete, post, put, reads};
use super::super::holder::Holder;
use super::super::lab::{Answer, Lab, PASSWORD};
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
        let active = async |token: &str| lab.introspect(token).await["active"] == json!(true);
        !active(&first.access()).await && active(&renewed).await
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
        !reads(lab, "payments", &held).await
            && lab.introspect(&held).await["active"] == json!(true)
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
        let form = [("grant_type", "refresh_token"), ("refresh_token", &*first.refresh())];
        let second = lab.form("/token", "app2", &form).await;
        let (first, second) = (lab.introspect(&first.access()).await, lab.introspect(&second.access()).await);
        first["auth_time"] != second["auth_time"]
    }
    BrokeredOutlivesAccount: |lab| {
        let form = [
            ("grant_type", "password"), ("username", "ada"), ("password", PASSWORD),
            ("resource", "payments"), ("idp", "upstream"),
        ];
        let brokered = lab.form("/token", "app", &form).await.access();
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
        let form = [("grant_type", "refresh_token"), ("refresh_token", &*first.refresh())];
        let renewed = lab.form("/token", "app2", &form).await.access();
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
        let active = async |token: &str| lab.introspect(token).await["active"] == json!(true);
        active(&held).await && !active(&idle).await
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
        let by = async |client: &str| {
            let first = lab.sign_in_by(client, "ada", "orders", None).await.refresh();
            (client.to_owned(), first)
        };
        let held = [by("app").await, by("app2").await];
        lab.change(Method::PUT, "/subjects/ada/device", json!({ "state": "not-compliant" })).await;
        let mut scopes = Vec::new();
        for (client, token) in held {
            let form = [("grant_type", "refresh_token"), ("refresh_token", &*token)];
            scopes.push(lab.form("/token", &client, &form).await.scope());
        }
        scopes[0] != WIDE && scopes[1] == WIDE
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
};

/// True where of two tokens the second alone is of use once the subject is disabled.
async fn outlives_disabling(lab: &Lab, near: &str, far: &str) -> bool {
    let both = reads(lab, "payments", near).await && reads(lab, "payments", far).await;
    post(lab, "/subjects/ada/disable").await;
    both && !reads(lab, "payments", near).await && reads(lab, "payments", far).await
}
