//! From options to driven states, what the properties say of them, and an exit code.

use std::time::Instant;

use super::{drive, told};
use crate::cli::output::{Format, say};
use crate::cli::selftest::execute::{Args, NONE};
use crate::cli::selftest::place::{self, Place};
use crate::cli::{Shared, reference};
use crate::error::Error;
use crate::exit::Exit;
use crate::judge::metamorphic::properties;
use crate::report::terminal::aside;

/// Drives the states, looks at the properties, and says what came of it.
///
/// # Errors
/// For each fault that does not exist; what kept recant from doing its job.
pub fn execute(args: &Args, states: usize, shared: &Shared) -> Result<Exit, Error> {
    let named: Vec<_> = args.fault.iter().filter(|n| *n != NONE).cloned().collect();
    let mut faults = reference::named(&named).map_err(Error::Problems)?;
    faults.sort();
    faults.dedup();
    let place = Place::make()?;
    let began = Instant::now();
    if !shared.quiet {
        aside(&format!("{states} states, seed {}", args.seed));
    }
    let folder = place.folder.path().join("run");
    let driven =
        place.runtime.block_on(drive::drive(&faults, states, args.seed, &folder, &place.stop));
    let interrupted = place.stop.is_cancelled();
    place.runtime.shutdown_background();
    let view = match driven {
        _ if interrupted => return Ok(Exit::Interrupted),
        driven => driven?,
    };
    let of = told::Of { faults: &faults, states, seed: args.seed, took: began.elapsed() };
    let mut told = told::told(&of, &properties(&view), &view);
    if told.properties.iter().any(|p| !p.broken.is_empty()) {
        told.recorded = Some(place::keep(place.folder).join("run").display().to_string());
    }
    match args.format {
        Format::Text => say(&told::text(&told))?,
        Format::Json => say(&format!("{:#}\n", serde_json::json!(told)))?,
    }
    Ok(if told.all_hold { Exit::Conformant } else { Exit::Nonconformant })
}
