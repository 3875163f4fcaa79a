//! A pure function from a history to findings. Reaches no socket, file or clock.

mod authority;
mod calls;
mod case;
pub mod checks;
mod core;
mod finding;
mod lag;
mod lineage;
mod loss;
pub mod metamorphic;
mod origin;
mod picture;
mod record;
mod residual;
mod signals;
mod timeline;
mod waived;
mod words;
mod zero;

pub use calls::{Called, REACH_MS};
pub use case::{Case, Check, MOST_EVIDENCE, Ruling};
pub use core::{judge, judge_one};
pub use finding::{Finding, Lag};
pub use picture::{Look, Part, Picture, pictures};
pub use record::{cut_off, gap};
pub use timeline::{Cause, Changed, Issued, Timeline};
pub use waived::waived;
