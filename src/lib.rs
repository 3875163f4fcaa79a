//! recant: when a right is taken away, does the token really lose it, everywhere, and how fast?
//!
//! Plan, drive, record, judge, report: see ARCHITECTURE.md. This file only names the modules.

#![warn(missing_docs)]
#![forbid(unsafe_code)]
// `println!` panics where nobody reads any more; `cli::stdout` and `report::terminal::aside` do not.
#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod attest;
pub mod calibration;
pub mod cli;
pub mod controls;
pub mod drive;
pub mod error;
pub mod exit;
pub mod history;
pub mod judge;
pub mod model;
pub mod plan;
pub mod reference;
pub mod report;
pub mod requirements;
pub mod steps;
pub mod suite;
