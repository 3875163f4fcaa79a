//! The stage half of drive: undoing, waiting, probing. Targets are literal and small.

mod anew;
mod classify;
mod controls;
mod detours;
mod due;
mod follow;
mod keys;
mod labels;
mod lag;
mod late;
pub(super) mod pool;
mod recipes;
mod reference;
mod schedule;
mod streams;
pub(super) mod toy;
mod undo;
mod waiting;
