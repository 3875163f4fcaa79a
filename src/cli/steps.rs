//! `recant steps`: the sentences that features are written in.

use clap::ValueEnum;

use super::output::say;
use crate::error::Error;
use crate::exit::Exit;
use crate::steps::{self, Book};

/// Options of `recant steps`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// How the list is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How the list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For editors and programs.
    Json,
    /// For documentation.
    Md,
}

/// Prints the list.
///
/// # Errors
/// Where it can't be written.
pub fn execute(args: &Args) -> Result<Exit, Error> {
    let book = Book::shipped();
    match args.format {
        Format::Text => say(&steps::text(book))?,
        Format::Md => say(&steps::markdown(book))?,
        Format::Json => {
            let list = steps::json(book).map_err(|e| Error::Broken(e.to_string()))?;
            say(&format!("{list}\n"))?;
        }
    }
    Ok(Exit::Conformant)
}
