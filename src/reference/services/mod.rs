//! Services, one of each class. They ask the issuer in process for what it publishes over HTTP too (keys, status list,
//! introspection, decisions), and keep it for as long as their class says. They know nothing of grants or policy text.

mod decision;
mod denial;
mod event_driven;
mod guard;
mod introspect;
mod keys;
mod routes;
mod self_contained;
mod status_list;

pub use event_driven::{Event, Inbox};
pub use routes::routes;

/// Audiences of all services.
pub const AUDIENCES: [&str; 6] = ["catalog", "ledger", "messages", "orders", "payments", "reports"];
/// The service that hears of changes as events.
pub const EVENT_AUDIENCE: &str = "messages";
/// The service that reads the status list.
pub const STATUS_AUDIENCE: &str = "ledger";
/// Services whose tokens are opaque.
pub const OPAQUE_AUDIENCES: [&str; 2] = ["orders", "reports"];
