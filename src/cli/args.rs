//! Commands and options as data. Each command's own options stand with the command.

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::{
    check, completions, diff, explain, faults, judge, keygen, merge, reference, requirements,
    restore, run, schema, selftest, sign, steps, timestamp, verdict, verify,
};

/// The whole command line.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "recant",
    version,
    about = "Continuous authorization conformance: when a right is taken away, does the token really lose it, everywhere, and how fast?",
    after_help = after_help(),
    arg_required_else_help = false,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub shared: Shared,
    /// The command; `run` where none is given.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options of every command.
#[derive(Debug, Clone, Default, Args)]
pub struct Shared {
    /// Print only what needs attention, and the result.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// What to log to standard error: `info`, `recant=debug`, ...
    #[arg(long, global = true, value_name = "FILTER", env = "RECANT_LOG")]
    pub log: Option<String>,
    /// Colours: by itself where there is a terminal and NO_COLOR is not set.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub color: Color,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Drive a target through the scenarios, judge what was seen, write the reports.
    Run(run::Args),
    /// Undo what a run left behind that was killed.
    Restore(restore::Args),
    /// Say everything that can be wrong with target, recipe, features and environment; send nothing.
    Check(check::Args),
    /// List the sentences that features are written in.
    Steps(steps::Args),
    /// List the requirements.
    Requirements(requirements::Args),
    /// Say what a requirement asks, why, from which source, and how it is judged.
    Explain(explain::Args),
    /// List the faults that the reference system can be given.
    Faults(faults::Args),
    /// Prove that recant notices each of these faults, and nothing where there is none.
    Selftest(selftest::Args),
    /// Join the shards of one plan to a run.
    Merge(merge::Args),
    /// Judge the record of a run again, without the target.
    Judge(judge::Args),
    /// Give the result and the exit code of a run again.
    Verdict(verdict::Args),
    /// Say whether the record of a run is what was written, and whether what is reported follows from it.
    Verify(verify::Args),
    /// Make a key to sign records with.
    Keygen(keygen::Args),
    /// Sign the record of a run.
    Sign(sign::Args),
    /// Ask for a time-stamp of the signature (RFC 3161), or attach one.
    Timestamp(timestamp::Args),
    /// Say what got worse or better between two runs.
    Diff(diff::Args),
    /// Serve the built-in reference system alone.
    Reference(reference::Args),
    /// Print the JSON Schema of a file format.
    Schema(schema::Args),
    /// Print the completions of a shell: `recant completions bash > /etc/bash_completion.d/recant`.
    Completions(completions::Args),
}

fn after_help() -> String {
    format!(
        "Without a command: run. Options of `run` need the word `run`.\n\n{}",
        crate::exit::plain()
    )
}
