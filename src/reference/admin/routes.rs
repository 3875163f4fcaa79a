//! The admin interface's addresses, all behind one secret.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};

use super::{
    clients, decisions, issuers, keys, roles, sessions, subjects, system, transmitters, upstream,
};
use crate::reference::store::digest_of;
use crate::reference::world::World;

/// All of it.
pub fn routes(world: &Arc<World>) -> Router<Arc<World>> {
    let subject = Router::new()
        .route("/", get(subjects::one).put(subjects::create).delete(subjects::delete))
        .route("/roles/{role}", put(subjects::give_role).delete(subjects::remove_role))
        .route("/risk", put(subjects::risk))
        .route("/device", put(subjects::device))
        .route("/network", put(subjects::network))
        .route("/disable", post(subjects::disable))
        .route("/enable", post(subjects::enable))
        .route("/recreate", post(subjects::recreate))
        .route("/logout", post(sessions::logout))
        .route("/password", put(sessions::reset_password))
        .route(
            "/consents/{client}",
            put(subjects::give_consent).delete(subjects::withdraw_consent),
        );
    Router::new()
        .route("/admin/subjects", get(subjects::list))
        .nest("/admin/subjects/{name}", subject)
        .route("/admin/roles", get(roles::list))
        .route("/admin/roles/{role}", get(roles::one).delete(roles::delete))
        .route(
            "/admin/roles/{role}/permissions/{permission}",
            put(roles::add_permission).delete(roles::remove_permission),
        )
        .route("/admin/policies", get(roles::policies))
        .route("/admin/clients/{client}", get(clients::one))
        .route("/admin/clients/{client}/disable", post(clients::disable))
        .route("/admin/clients/{client}/enable", post(clients::enable))
        .route(
            "/admin/clients/{client}/logout-address",
            put(clients::tell_logouts).delete(clients::tell_no_logouts),
        )
        .route("/admin/keys", get(keys::list))
        .route("/admin/keys/{kid}/retire", post(keys::retire))
        .route("/admin/keys/{kid}/reinstate", post(keys::reinstate))
        .route(
            "/admin/transmitters/{issuer}",
            put(transmitters::trust).delete(transmitters::distrust),
        )
        .route("/admin/issuers/{issuer}", put(issuers::trust).delete(issuers::distrust))
        .route("/admin/restart", post(system::restart))
        .route("/admin/reset", post(system::reset))
        .route("/admin/decision-source", get(system::source))
        .route("/admin/decision-source/stop", post(system::stop_source))
        .route("/admin/decision-source/slow", post(system::slow_source))
        .route("/admin/decision-source/garble", post(system::garble_source))
        .route("/admin/decision-source/start", post(system::start_source))
        .route(
            "/admin/status-list",
            get(system::list).put(system::spoil_list).delete(system::mend_list),
        )
        .route("/admin/clock", get(system::clock))
        .route("/admin/clock/advance", post(system::advance_clock))
        .route("/admin/upstream/{name}", get(upstream::one))
        .route(
            "/admin/upstream/{name}/groups/{group}",
            put(upstream::give_group).delete(upstream::remove_group),
        )
        .route("/admin/decisions", get(decisions::read))
        .route("/admin/accesses", get(decisions::accesses))
        .route("/admin/changes", get(decisions::changes))
        .layer(middleware::from_fn_with_state(Arc::clone(world), known))
}

async fn known(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let shown = request.headers().get(AUTHORIZATION).and_then(|h| h.to_str().ok());
    let secret = shown.and_then(|text| text.strip_prefix("Bearer ")).unwrap_or_default();
    let same = aws_lc_rs::constant_time::verify_slices_are_equal(&digest_of(secret), &world.admin);
    if same.is_ok() {
        next.run(request).await
    } else {
        (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer realm=\"admin\"")]).into_response()
    }
}
