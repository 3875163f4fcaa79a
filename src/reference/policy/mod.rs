//! Policy: which scopes a subject may have at which service, decided by Cedar at the moment it is asked. Knows nothing of
//! tokens, grants or HTTP.

mod engine;
mod policies;
mod principal;
mod roles;
mod rules;

pub use engine::Ruling;
pub use principal::{Device, Network, Principal, Risk};
pub use roles::Policy;
pub use rules::{CLIENT, Cited, DEFAULT_DENY, GRANT, RESOURCE, Rule, SIGN_IN, all as rules};
