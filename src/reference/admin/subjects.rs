//! Subjects: make, change, delete.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{DONE, Trouble, found};
use super::names::plain;
use crate::reference::faults::Fault;
use crate::reference::policy::{Device, Network, Risk};
use crate::reference::store::{Store, Subject, digest_of};
use crate::reference::world::World;

/// No list is longer than this.
const MOST_LISTED: usize = 1000;

/// What a new subject is made of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSubject {
    password: Option<String>,
    #[serde(default)]
    roles: BTreeSet<String>,
}

/// Which subjects are listed.
#[derive(Deserialize)]
pub struct Which {
    name: Option<String>,
}

/// A level of risk.
#[derive(Deserialize)]
pub struct Level {
    level: String,
}

/// A network.
#[derive(Deserialize)]
pub struct ReachedFrom {
    network: String,
}

/// A state of a device.
#[derive(Deserialize)]
pub struct DeviceState {
    state: String,
}

/// Makes a change of a subject, and writes it down where there was one to make.
pub(super) fn changed(
    world: &World,
    name: &str,
    what: &'static str,
    change: impl FnOnce(&mut Store) -> bool,
) -> bool {
    world.with(|store| {
        let made = change(store);
        if made {
            store.changes.write(world.clock.rfc3339(), name, what);
        }
        made
    })
}

fn shown(subject: &Subject) -> Value {
    json!({
        "name": subject.name,
        "sub": subject.sub,
        "roles": subject.roles,
        "status": if subject.enabled { "enabled" } else { "disabled" },
        "risk": subject.risk.word(),
        "device": subject.device.word(),
        "network": subject.network.word(),
        "consents_withdrawn": subject.withdrawn,
    })
}

/// `GET /admin/subjects?name=NAME`.
pub async fn list(State(world): State<Arc<World>>, Query(which): Query<Which>) -> Json<Value> {
    world.with(|store| {
        let listed: Vec<_> = match which.name {
            Some(name) => store.subjects.get(&name).map(shown).into_iter().collect(),
            None => store.subjects.values().take(MOST_LISTED).map(shown).collect(),
        };
        Json(json!({ "subjects": listed }))
    })
}

/// `GET /admin/subjects/NAME`.
pub async fn one(
    State(world): State<Arc<World>>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Trouble> {
    world.with(|store| {
        store.subjects.get(&name).map(|s| Json(shown(s))).ok_or(Trouble::Unknown("subject"))
    })
}

/// `PUT /admin/subjects/NAME`.
pub async fn create(
    State(world): State<Arc<World>>,
    Path(name): Path<String>,
    Json(new): Json<NewSubject>,
) -> Result<StatusCode, Trouble> {
    plain(&name)?;
    new.roles.iter().try_for_each(|role| plain(role))?;
    let password = new.password.as_deref().map(digest_of);
    // the same people are known upstream, in groups that are called like their roles
    let (groups, secret) = (new.roles.clone(), password);
    let made = world.with(|store| {
        let made = store.create(&name, password, new.roles);
        if matches!(made, Ok(true)) {
            store.changes.write(world.clock.rfc3339(), &name, "subject.created");
        }
        made
    });
    if matches!(made, Ok(true)) {
        world.upstream.join(&name, secret, groups);
    }
    match made {
        Ok(true) => Ok(StatusCode::CREATED),
        Ok(false) => Err(Trouble::Taken),
        Err(why) => Err(Trouble::Impossible(why)),
    }
}

/// `DELETE /admin/subjects/NAME`.
pub async fn delete(
    State(world): State<Arc<World>>,
    Path(name): Path<String>,
) -> Result<StatusCode, Trouble> {
    world.upstream.leave(&name);
    found(changed(&world, &name, "subject.deleted", |store| store.delete(&name)), "subject")
}

/// `POST /admin/subjects/NAME/recreate`.
pub async fn recreate(
    State(world): State<Arc<World>>,
    Path(name): Path<String>,
) -> Result<StatusCode, Trouble> {
    let made = changed(&world, &name, "subject.created", |store| store.recreate(&name));
    found(made, "deleted subject")
}

/// `PUT /admin/subjects/NAME/roles/ROLE`.
pub async fn give_role(
    State(world): State<Arc<World>>,
    Path((name, role)): Path<(String, String)>,
) -> Result<StatusCode, Trouble> {
    plain(&role)?;
    // the fault: that is not written down
    let untraced = world.with(|store| store.faults.has(Fault::RestoringUntraced));
    let give = |store: &mut Store| store.give_role(&name, &role);
    let made = match untraced {
        true => world.with(give),
        false => changed(&world, &name, "role.given", give),
    };
    found(made, "subject")
}

/// `DELETE /admin/subjects/NAME/roles/ROLE`.
pub async fn remove_role(
    State(world): State<Arc<World>>,
    Path((name, role)): Path<(String, String)>,
) -> Result<StatusCode, Trouble> {
    let now = world.clock.now_s();
    let take = |store: &mut Store| store.remove_role(&name, &role, now);
    let made = changed(&world, &name, "role.removed", take);
    found(made, "subject")
}

/// `PUT /admin/subjects/NAME/risk`.
pub async fn risk(
    State(world): State<Arc<World>>,
    Path(name): Path<String>,
    Json(to): Json<Level>,
) -> Result<StatusCode, Trouble> {
    let risk = Risk::parse(&to.level)
        .ok_or_else(|| Trouble::Unreadable("a risk is low, medium or high".to_owned()))?;
    let set = |store: &mut Store| store.alter(&name, |subject| subject.risk = risk);
    found(changed(&world, &name, "risk.set", set), "subject")
}

/// `PUT /admin/subjects/NAME/device`.
pub async fn device(
    State(world): State<Arc<World>>,
    Path(name): Path<String>,
    Json(to): Json<DeviceState>,
) -> Result<StatusCode, Trouble> {
    let device = Device::parse(&to.state)
        .ok_or_else(|| Trouble::Unreadable("a device is compliant or not-compliant".to_owned()))?;
    let set = |store: &mut Store| store.alter(&name, |subject| subject.device = device);
    found(changed(&world, &name, "device.set", set), "subject")
}

/// `PUT /admin/subjects/NAME/network`.
pub async fn network(
    State(world): State<Arc<World>>,
    Path(name): Path<String>,
    Json(to): Json<ReachedFrom>,
) -> Result<StatusCode, Trouble> {
    let network = Network::parse(&to.network)
        .ok_or_else(|| Trouble::Unreadable("a network is trusted or untrusted".to_owned()))?;
    let set = |store: &mut Store| store.alter(&name, |subject| subject.network = network);
    found(changed(&world, &name, "network.set", set), "subject")
}

/// `POST /admin/subjects/NAME/disable`.
pub async fn disable(
    State(world): State<Arc<World>>,
    Path(name): Path<String>,
) -> Result<StatusCode, Trouble> {
    let made = changed(&world, &name, "subject.disabled", |s| {
        // the fault: whoever is called alike is meant as well
        let alike = |other: &&String| other.starts_with(&name) && **other != name;
        let others: Vec<_> = match s.faults.has(Fault::DisabledByPrefix) {
            true => s.subjects.keys().filter(alike).cloned().collect(),
            false => Vec::new(),
        };
        for other in others {
            s.set_enabled(&other, false);
        }
        s.set_enabled(&name, false)
    });
    found(made, "subject")
}

/// `POST /admin/subjects/NAME/enable`.
pub async fn enable(
    State(world): State<Arc<World>>,
    Path(name): Path<String>,
) -> Result<StatusCode, Trouble> {
    let made = changed(&world, &name, "subject.enabled", |s| s.set_enabled(&name, true));
    found(made, "subject")
}

/// `DELETE /admin/subjects/NAME/consents/CLIENT`.
pub async fn withdraw_consent(
    State(world): State<Arc<World>>,
    Path((name, client)): Path<(String, String)>,
) -> Result<StatusCode, Trouble> {
    world.with(|store| {
        if !store.clients.contains_key(&client) {
            return Err(Trouble::Unknown("client"));
        }
        found(store.withdraw_consent(&name, &client), "subject")
    })
}

/// `PUT /admin/subjects/NAME/consents/CLIENT`.
pub async fn give_consent(
    State(world): State<Arc<World>>,
    Path((name, client)): Path<(String, String)>,
) -> Result<StatusCode, Trouble> {
    world.with(|store| {
        store.give_consent(&name, &client).then_some(DONE).ok_or(Trouble::Unknown("subject"))
    })
}
