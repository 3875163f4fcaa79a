//! The nouns that plan, drive, history, judge and report share. Plain data: depends on nothing, does nothing.

mod asked;
mod detour;
mod exception;
mod facts;
mod hex;
mod input;
mod moment;
mod once;
mod order;
mod outcome;
mod place;
mod placeholder;
mod proof;
mod ran_by;
mod shard;
mod signal;
mod token;
mod verdict;
mod waiver;

pub use asked::AskedControl;
pub use detour::Detour;
pub use exception::{Exception, ExceptionKind, Standing, is_owner};
pub use facts::{
    Absent, Bounds, ChangeLogFacts, DOORS, DerivedFacts, Facts, NO_CHANGES, Needs, OperationFacts,
    Owner, Profile, RoleFacts, ServiceClass, ServiceFacts,
};
pub use hex::hex;
pub use input::Input;
pub use moment::Moment;
pub use once::OneTime;
pub use order::Seeded;
pub use outcome::{Outcome, Refusal};
pub use place::Place;
pub use placeholder::is_placeholder;
pub use proof::Unproven;
pub use ran_by::{RanBy, ToldBy};
pub use shard::{Cut, MOST_SHARDS, MergedShard, Shard};
pub use signal::{Flaw, LOGOUT_EVENT, SignalEvent, event_uri};
pub use token::{
    Authority, NO_SUCH_SCOPE, Signature, TokenForm, TokenId, TokenKind, TokenSeen, holds,
    scopes_only,
};
pub use verdict::Verdict;
pub use waiver::{
    About, MOST_WAIVED_DAYS, WAIVED_DAYS, Waived, Waiver, WaiverStanding, Waivers, date, lasts,
};
