//! `recant completions`: what a shell needs to complete recant's commands and options.

use clap::CommandFactory;
use clap_complete::Shell;

use super::Cli;
use super::output::say;
use crate::error::Error;
use crate::exit::Exit;

/// Arguments.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Which shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the completions.
///
/// # Errors
/// Where standard output is gone.
pub fn execute(args: &Args) -> Result<Exit, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "recant", &mut script);
    say(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Conformant)
}
