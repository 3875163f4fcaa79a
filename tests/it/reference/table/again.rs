//! Probes of what comes again: a sign-in after a logout, a consent after another one, a second revocation; and of tokens that came of
//! a refresh or an exchange.

use recant::reference::Fault;
use serde_json::json;

use super::super::hands::{delete, post, put, reads};
use super::{Probe, probes};

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
};
