//! The admin interface: JSON over HTTP with a bearer secret. Every change is in force when it is answered. It changes the
//! issuer's memory and nothing else.

mod answer;
mod clients;
mod decisions;
mod issuers;
mod keys;
mod names;
mod roles;
mod routes;
mod sessions;
mod subjects;
mod system;
mod transmitters;
mod upstream;

pub use names::is_plain;
pub use routes::routes;
