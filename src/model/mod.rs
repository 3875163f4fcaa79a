//! The nouns that plan, drive, history, judge and report share. Plain data: depends on nothing, does nothing.

mod facts;
mod moment;
mod order;
mod outcome;
mod place;
mod placeholder;
mod signal;
mod token;
mod verdict;

pub use facts::{
    Absent, Bounds, DerivedFacts, Facts, NO_CHANGES, Needs, OperationFacts, Owner, Profile,
    RoleFacts, ServiceClass, ServiceFacts,
};
pub use moment::Moment;
pub use order::Seeded;
pub use outcome::{Outcome, Refusal};
pub use place::Place;
pub use placeholder::is_placeholder;
pub use signal::{Flaw, SignalEvent};
pub use token::{Authority, Signature, TokenForm, TokenId, TokenKind, TokenSeen};
pub use verdict::Verdict;
