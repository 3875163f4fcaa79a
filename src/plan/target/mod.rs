//! The target file: what exists and what was promised. One strict TOML file; secrets by reference only. Only the shape
//! stands here: what is wrong with a file is said by `rules`.

mod accesses;
mod changes;
mod decisions;
mod elsewhere;
mod exception;
mod grant;
mod head;
mod issuer;
mod service;
mod signals;
mod waivers;

pub use accesses::{AccessFields, AccessLog};
pub use changes::{ChangeFields, ChangeLog};
pub use decisions::{DecisionLog, LogFields};
pub use elsewhere::Elsewhere;
pub use exception::DeclaredException;
pub use grant::{Grant, GrantKind, Subjects};
pub use head::{Http, Roots, Secret, Target, TargetHead};
pub use issuer::{Client, ClientAuth, Discovery, Issuer, REVOCATION_OF};
pub use service::{Derived, Direct, Effect, Operation, RefusalSigns, Service, UsedCredential};
pub use signals::{PushAt, Receiver, SignalAlgorithm, Signals, TELLS, TransmitterAt, is_one_of};
pub use waivers::WaiversAt;
