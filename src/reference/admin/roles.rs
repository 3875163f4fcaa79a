//! Roles and policies: what roles give can be edited while the system runs.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::answer::{DONE, Trouble, found};
use super::names::plain;
use crate::reference::policy::rules;
use crate::reference::world::World;

/// `GET /admin/roles`.
pub async fn list(State(world): State<Arc<World>>) -> Json<Value> {
    world.with(|store| Json(json!({ "roles": store.policy.roles() })))
}

/// `GET /admin/roles/ROLE`.
pub async fn one(
    State(world): State<Arc<World>>,
    Path(role): Path<String>,
) -> Result<Json<Value>, Trouble> {
    world.with(|store| {
        let permissions = store.policy.role(&role).ok_or(Trouble::Unknown("role"))?;
        Ok(Json(json!({ "name": role, "permissions": permissions })))
    })
}

/// `DELETE /admin/roles/ROLE`.
pub async fn delete(
    State(world): State<Arc<World>>,
    Path(role): Path<String>,
) -> Result<StatusCode, Trouble> {
    world.with(|store| {
        let had = store.policy.remove_role(&role).map_err(Trouble::Impossible)?;
        store.announce(None);
        found(had, "role")
    })
}

/// `PUT /admin/roles/ROLE/permissions/PERMISSION`: makes the role where there is none.
pub async fn add_permission(
    State(world): State<Arc<World>>,
    Path((role, permission)): Path<(String, String)>,
) -> Result<StatusCode, Trouble> {
    plain(&role)?;
    plain(&permission)?;
    world.with(|store| {
        store.policy.add_permission(&role, &permission).map_err(Trouble::Impossible)?;
        store.announce(None);
        Ok(DONE)
    })
}

/// `DELETE /admin/roles/ROLE/permissions/PERMISSION`.
pub async fn remove_permission(
    State(world): State<Arc<World>>,
    Path((role, permission)): Path<(String, String)>,
) -> Result<StatusCode, Trouble> {
    world.with(|store| {
        let removed = store.policy.remove_permission(&role, &permission);
        let had = removed.map_err(Trouble::Impossible)?;
        store.announce(None);
        found(had, "permission of this role")
    })
}

/// `GET /admin/policies`: the policies as Cedar text, and the rules that are built in, each with its owner.
pub async fn policies(State(world): State<Arc<World>>) -> Json<Value> {
    let rules: Vec<_> = rules()
        .into_iter()
        .map(|rule| {
            json!({
                "id": rule.id, "says": rule.says,
                "owner": rule.owner.name, "contact": rule.owner.contact,
            })
        })
        .collect();
    world.with(|store| {
        Json(json!({
            "revision": store.policy.revision(), "cedar": store.policy.text(), "rules": rules,
        }))
    })
}
