//! Which services there are, by the audiences of their tokens.

/// Audiences of all services.
pub const AUDIENCES: [&str; 6] = ["catalog", "ledger", "messages", "orders", "payments", "reports"];
/// The service that hears of changes as events.
pub const EVENT_AUDIENCE: &str = "messages";
/// The service that reads the status list.
pub const STATUS_AUDIENCE: &str = "ledger";
/// Services whose tokens are opaque.
pub const OPAQUE_AUDIENCES: [&str; 2] = ["orders", "reports"];
