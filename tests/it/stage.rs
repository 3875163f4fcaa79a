//! The stage half of drive: undoing, waiting, probing. Targets are literal and small.

mod anew;
mod classify;
mod controls;
mod due;
mod labels;
mod lag;
mod reference;
mod schedule;
mod toy;
mod undo;
mod waiting;
