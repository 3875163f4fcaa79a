//! Services, one of each class. They ask the issuer in process for what it publishes over HTTP too (keys, status list,
//! introspection, decisions), and keep it for as long as their class says. They know nothing of grants or policy text.

mod audiences;
mod decision;
mod denial;
mod derived;
mod doors;
mod event_driven;
mod forgetful;
mod further;
mod guard;
mod introspect;
mod keys;
mod legacy;
mod logout;
mod presented;
mod push;
mod receiver;
mod routes;
mod self_contained;
mod status_list;

pub use audiences::{AUDIENCES, EVENT_AUDIENCE, OPAQUE_AUDIENCES, STATUS_AUDIENCE};
pub use event_driven::{Event, Inbox};
pub use further::FurtherIssuers;
pub use push::PUSH_SECRET;
pub use receiver::{Receiver, Transmitter};
pub use routes::routes;
