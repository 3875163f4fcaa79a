//! The target that literal examples play on: three services, two roles. Chosen so that an example needs few words.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::{
    Bounds, ChangeLogFacts, DerivedFacts, Facts, Needs, OperationFacts, Owner, Profile, RoleFacts,
    ServiceClass, ServiceFacts,
};

/// Wall time of moment zero.
pub const STARTED: &str = "2026-01-01T00:00:00Z";
/// The same as a NumericDate (RFC 7519).
pub const STARTED_SECONDS: f64 = 1_767_225_600.0;

/// What the example target provides.
const PROVIDED: [&str; 46] = [
    "context-inputs",
    "refresh",
    "exchange",
    "introspection",
    "revocation",
    "decision-log",
    "access-log",
    "change-log",
    "movable-clock",
    "other-client",
    "upstream",
    "legacy-service",
    "services-alike",
    "fewer-roles",
    "graded-operations",
    "dpop",
    "bound-refresh",
    "client-authentication",
    "mtls",
    "one-time-grant",
    "elsewhere",
    "other-issuer",
    "replicas",
    "expiry",
    "status-list",
    "derived-authority",
    "change:spoil status list",
    "change:remove role",
    "change:raise risk",
    "change:change device",
    "change:remove permission",
    "change:create role",
    "change:give role",
    "change:disable subject",
    "change:delete subject",
    "change:recreate subject",
    "change:disable client",
    "change:withdraw consent",
    "change:retire key",
    "change:restart issuer",
    "change:stop decision source",
    "change:slow decision source",
    "change:garble decision source",
    "change:trust transmitter",
    "signal-receiver",
    "signal-transmitter",
];

/// The example target's facts: `orders` introspects, `ledger` introspects and keeps the answer for 10 s on two replicas,
/// `reports` is self-contained. The role `reader` gives `orders:read`, `ledger:read` and `reports:read`; `writer` the same
/// with `write`. No role gives `orders:admin`.
#[must_use]
pub fn facts() -> Facts {
    let services = [
        ("orders", ServiceClass::Introspect, Some(0), 1),
        ("ledger", ServiceClass::IntrospectCache, Some(10_000), 2),
        ("reports", ServiceClass::SelfContained, None, 1),
    ];
    let role = |right: &str| {
        let scopes = services.iter().map(|(service, ..)| format!("{service}:{right}"));
        RoleFacts { scopes: scopes.collect() }
    };
    let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    Facts {
        target: "example".into(),
        version: None,
        environment: "example".into(),
        profile: Profile::Standard,
        bounds: Bounds::of(Profile::Standard),
        owners: vec![Owner {
            area: "orders".into(),
            name: "Orders access team".into(),
            contact: "orders-access@example.org".into(),
            policies: Vec::new(),
        }],
        bounds_owner: None,
        exceptions: Vec::new(),
        inputs: Vec::new(),
        services: services
            .iter()
            .map(|&(name, ..)| name.to_owned())
            .zip(services.iter().map(|&(name, class, bound, replicas)| ServiceFacts {
                class,
                audience: name.into(),
                bound,
                replicas,
                operations: operations(name),
                further_issuers: name == "reports",
                foreign: BTreeMap::new(),
                issuers_said: true,
                unsaid_issuers: Vec::new(),
                key_stays: (name == "reports").then(|| "another issuer's key".to_owned()),
                derived: derived(name),
            }))
            .collect(),
        roles: BTreeMap::from([("reader".into(), role("read")), ("writer".into(), role("write"))]),
        authority_claims: words(&["scope", "scp", "roles", "groups"]),
        claims_read: None,
        absent: Vec::new(),
        provides: words(&PROVIDED),
        advertised: words(&["refresh", "introspection", "revocation"]),
        unchangeable: false,
        other_grants: words(&["elsewhere"]),
        clients: BTreeMap::from([
            ("password".to_owned(), "app".to_owned()),
            ("elsewhere".to_owned(), "app-2".to_owned()),
        ]),
        access_logged: words(&["orders", "ledger", "reports"]),
        change_log: Some(ChangeLogFacts::default()),
        exchange: None,
        grants: BTreeMap::new(),
    }
}

/// The example target's facts with `patch` merged in (objects member by member, anything else replaced), and with the
/// services that are `named` only, where any is.
///
/// # Errors
/// Where the merged facts are none.
pub fn facts_with(patch: &Map<String, Value>, named: &[&str]) -> Result<Facts, String> {
    let mut facts = serde_json::to_value(facts()).map_err(|e| e.to_string())?;
    for (name, value) in patch {
        merge(&mut facts[name.as_str()], value);
    }
    let mut facts: Facts = serde_json::from_value(facts).map_err(|e| format!("facts: {e}"))?;
    if !named.is_empty() {
        facts.services.retain(|name, _| named.contains(&name.as_str()));
    }
    Ok(facts)
}

fn operations(service: &str) -> BTreeMap<String, OperationFacts> {
    let thing = service.trim_end_matches('s');
    let mut all = BTreeMap::from([
        (format!("read {thing}"), operation(service, "read")),
        (format!("write {thing}"), operation(service, "write")),
    ]);
    if service == "orders" {
        all.insert("purge orders".into(), operation(service, "admin"));
    }
    all
}

/// A stream and a key at `orders`, both with the right to write.
fn derived(service: &str) -> BTreeMap<String, DerivedFacts> {
    let needs = || operation(service, "write").needs;
    let all = [("follow orders", true), ("api key", false)];
    let here = all.into_iter().filter(|_| service == "orders");
    here.map(|(name, stream)| (name.to_owned(), DerivedFacts { needs: needs(), stream })).collect()
}

fn operation(service: &str, right: &str) -> OperationFacts {
    let scope = Some(format!("{service}:{right}"));
    OperationFacts { needs: Needs { scope, role: None }, routes: 1 }
}

fn merge(into: &mut Value, patch: &Value) {
    match (into, patch) {
        (Value::Object(into), Value::Object(patch)) => {
            for (name, value) in patch {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, patch) => *into = patch.clone(),
    }
}
