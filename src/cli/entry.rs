//! From arguments to an exit code.

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::prelude::*;

use super::{Cli, Color, Command, Shared, complain};
use super::{
    check, completions, diff, explain, faults, judge, keygen, merge, reference, requirements,
    restore, run, schema, selftest, sign, steps, timestamp, verdict, verify,
};
use crate::error::{Error, Problem};
use crate::exit::Exit;

// Many small answers are read, kept and judged. With the system's allocator a run took a fifth longer (bench/run).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs a command line and returns the exit code (`exit.rs`).
#[must_use]
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut args: Vec<OsString> = args.into_iter().collect();
    let mut parsed = Cli::try_parse_from(&args);
    if matches!(&parsed, Ok(cli) if cli.command.is_none()) {
        args.push("run".into());
        parsed = Cli::try_parse_from(&args);
    }
    let exit = match parsed {
        Ok(Cli { shared, command: Some(command) }) => begin(&shared, command),
        Ok(_) => Exit::Usage,
        Err(e) => {
            // Help and version are no mistakes. A reader that is gone is none either.
            let _ = e.print();
            if of_run(&args, e.kind()) {
                let _ = writeln!(anstream::stderr(), "Options of `run` need the word `run`.");
            }
            if e.use_stderr() { Exit::Usage } else { Exit::Conformant }
        }
    };
    exit.into()
}

/// True where the command line would be right with the word `run`.
fn of_run(args: &[OsString], mistake: ErrorKind) -> bool {
    let mut with = args.to_vec();
    with.insert(1.min(args.len()), "run".into());
    mistake == ErrorKind::UnknownArgument && Cli::try_parse_from(with).is_ok()
}

fn begin(shared: &Shared, command: Command) -> Exit {
    match shared.color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    let done = start_log(shared).and_then(|()| execute(shared, command));
    done.unwrap_or_else(|error| complain(&error))
}

fn execute(shared: &Shared, command: Command) -> Result<Exit, Error> {
    match command {
        Command::Run(args) => run::execute(&args, shared),
        Command::Restore(args) => restore::execute(&args, shared),
        Command::Check(args) => check::execute(&args, shared),
        Command::Steps(args) => steps::execute(&args),
        Command::Requirements(args) => requirements::execute(&args),
        Command::Explain(args) => explain::execute(&args),
        Command::Faults(args) => faults::execute(&args),
        Command::Selftest(args) => selftest::execute(&args, shared),
        Command::Merge(args) => merge::execute(&args, shared),
        Command::Judge(args) => judge::execute(&args, shared),
        Command::Verdict(args) => verdict::execute(&args, shared),
        Command::Verify(args) => verify::execute(&args, shared),
        Command::Keygen(args) => keygen::execute(&args, shared),
        Command::Sign(args) => sign::execute(&args, shared),
        Command::Timestamp(args) => timestamp::execute(&args, shared),
        Command::Diff(args) => diff::execute(&args),
        Command::Reference(args) => reference::execute(&args, shared),
        Command::Schema(args) => schema::execute(&args),
        Command::Completions(args) => completions::execute(&args),
    }
}

fn start_log(shared: &Shared) -> Result<(), Error> {
    let Some(filter) = &shared.log else { return Ok(()) };
    let filter = EnvFilter::try_new(filter).map_err(|e| {
        let problem = Problem::new(format!("`--log {filter}` is no filter: {e}"));
        Error::Problems(vec![
            problem.help("such as: --log info, --log recant=debug, --log recant::drive=trace"),
        ])
    })?;
    let ansi = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    // Only recant's own words: what libraries log of requests may hold cookies and other credentials.
    let own = filter_fn(|m| m.target() == "recant" || m.target().starts_with("recant::"));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(ansi);
    // A second log in one process (in tests) is no reason to stop.
    let _ = tracing_subscriber::registry().with(filter).with(lines.with_filter(own)).try_init();
    Ok(())
}
