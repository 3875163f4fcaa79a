//! Probes of doors that nobody declared or guards, and of events that are taken in for nothing.

use recant::reference::Fault;
use reqwest::Method;
use serde_json::json;

use super::super::hands::delete;
use super::super::lab::Op;
use super::super::signals::Teller;
use super::{Probe, WRITER, probes};

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
    WritesUnguarded: |lab| {
        let request = lab.request(Method::PUT, "/services/payments/items/1");
        let read = lab.request(Method::GET, "/services/payments/items");
        lab.send(request).await.status == 200 && lab.send(read).await.status == 401
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
};
