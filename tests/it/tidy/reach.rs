//! What each module may reach outside of the crate: sockets, clocks, files, chance, and libraries with opinions.

use super::source::Source;
use super::wall::{Breach, Wall};

/// Something outside, and who may reach it.
struct Outside {
    /// What it is.
    what: &'static str,
    /// Paths that lead to it: any part of a path in the source.
    paths: &'static [&'static str],
    /// Modules that may.
    by: &'static [&'static str],
    /// Why nobody else: goes on after "because".
    because: &'static str,
}

const OUTSIDE: [Outside; 13] = [
    Outside {
        what: "a socket",
        paths: &["reqwest", "axum", "hyper", "tokio::net", "TcpStream", "TcpListener", "UdpSocket"],
        by: &["drive", "reference"],
        because: "what is sent to a target goes through the driver, which records it",
    },
    Outside {
        what: "a clock",
        paths: &[
            "Instant",
            "SystemTime",
            "Timestamp::now",
            "Zoned::now",
            "tokio::time",
            "thread::sleep",
        ],
        by: &["drive", "reference", "suite", "cli"],
        because: "a verdict must not depend on when it is reached (the suite gives up what hangs, commands name runs)",
    },
    Outside {
        what: "files",
        paths: &["std::fs", "tokio::fs", "fs::File"],
        by: &["plan", "history", "drive", "report", "cli"],
        because: "what judges or lists gets everything as values (the history and reports are files)",
    },
    Outside {
        what: "the environment",
        paths: &["std::env", "env::var", "env::args"],
        by: &["plan", "drive", "cli", "main"],
        because: "only declared names are read, and only where the target file is",
    },
    Outside {
        what: "a process",
        paths: &["process::Command", "tokio::process"],
        by: &["drive"],
        because: "what a recipe runs is bounded and recorded by the driver",
    },
    Outside {
        what: "the end of the process",
        paths: &["process::exit", "process::abort"],
        by: &["cli"],
        because: "whoever else leaves at once leaves changes behind",
    },
    Outside {
        what: "chance",
        paths: &["rand", "SystemRandom"],
        by: &["drive", "reference", "cli"],
        because: "the same record gives the same verdicts and the same report",
    },
    Outside {
        what: "a runtime or a thread",
        paths: &["tokio", "futures", "thread::spawn", "thread::scope"],
        by: &["drive", "reference", "suite", "cli"],
        because: "plan, judge and report are functions",
    },
    Outside {
        what: "jsonwebtoken",
        paths: &["jsonwebtoken"],
        by: &["drive"],
        because: "the reference system has a JOSE of its own, so that no misunderstanding is shared",
    },
    Outside {
        what: "signature primitives",
        paths: &["aws_lc_rs"],
        by: &["drive", "reference", "attest"],
        because: "keys are made by who forges or issues tokens or signs records; the harness verifies tokens with jsonwebtoken",
    },
    Outside {
        what: "the libraries of the reference system",
        paths: &["cedar_policy", "flate2"],
        by: &["reference"],
        because: "the harness must not decide with what it tests",
    },
    Outside {
        what: "cucumber",
        paths: &["cucumber"],
        by: &["suite"],
        because: "its types are a frame for the suite and nobody else's words",
    },
    Outside {
        what: "the command line and the terminal",
        paths: &["clap", "anstream", "std::io::stdout", "std::io::stderr", "io::stdin"],
        by: &["cli", "report"],
        because: "what people see passes through one place, which strips what could move a cursor",
    },
];

pub const WALLS: &[Wall] = &[Wall {
    name: "only the modules in `OUTSIDE` reach sockets, clocks, files, chance and certain libraries",
    because: "a run is judged again from its record alone, without its target",
    breaches: reached,
    broken: &[
        ("src/judge/core.rs", "use std::time::{Duration, Instant};"),
        ("src/judge/core.rs", "fn f() { std::time::SystemTime::now(); }"),
        ("src/judge/core.rs", "fn f() { jiff::Timestamp::now(); }"),
        ("src/judge/core.rs", "use jiff::Timestamp; fn f() { g!(Timestamp::now()); }"),
        ("src/judge/core.rs", "use std::fs;"),
        ("src/judge/core.rs", "use std::{io, fs::File};"),
        ("src/judge/core.rs", "use std::net::TcpStream;"),
        ("src/judge/core.rs", "use tokio::sync::Mutex;"),
        ("src/judge/core.rs", "fn f() { ::reqwest::get(\"x\"); }"),
        ("src/judge/core.rs", "fn f() -> u8 { rand::random() }"),
        ("src/judge/core.rs", "fn f() { std::env::var(\"HOME\"); }"),
        ("src/report/build.rs", "fn f() { jiff::Zoned::now(); }"),
        ("src/plan/load.rs", "fn f() { std::process::Command::new(\"x\"); }"),
        ("src/suite/play.rs", "use std::fs::write;"),
        ("src/drive/run.rs", "fn f() { std::process::exit(1); }"),
        ("src/reference/jose.rs", "use jsonwebtoken::decode;"),
        ("src/judge/core.rs", "use aws_lc_rs::digest;"),
        ("src/steps/book.rs", "use cucumber::step;"),
    ],
    kept: &[
        (
            "src/judge/core.rs",
            "use std::time::Duration; fn f() { \"x\".parse::<jiff::Timestamp>(); }",
        ),
        ("src/judge/core.rs", "/// std::fs, Instant\nfn instant() { \"tokio::net\"; }"),
        ("src/drive/http.rs", "use reqwest::Client; use std::time::Instant;"),
        ("src/cli/run.rs", "fn f() { std::process::exit(6); }"),
        ("tests/it/x.rs", "use std::fs;"),
    ],
}];

fn reached(source: &Source) -> Vec<Breach> {
    let Some(module) = source.module() else { return Vec::new() };
    let mut breaches = Vec::new();
    for path in source.paths() {
        for outside in OUTSIDE.iter().filter(|o| !o.by.contains(&module)) {
            if outside.paths.iter().any(|wanted| leads(&path.words, wanted)) {
                let Outside { what, because, .. } = outside;
                let written = path.words.join("::");
                breaches.push(Breach::new(
                    path.line,
                    format!(
                        "`{module}` reaches {what} (`{written}`); it does not, because {because}"
                    ),
                ));
            }
        }
    }
    breaches
}

/// True where a path has these words one after another; a single small word only counts at its beginning.
fn leads(words: &[String], wanted: &str) -> bool {
    let wanted: Vec<&str> = wanted.split("::").collect();
    let library = wanted.len() == 1 && wanted[0].starts_with(char::is_lowercase);
    if library {
        // A local name such as `rand` is no library; a path into it is.
        return words.len() > 1 && words[0] == wanted[0];
    }
    words.windows(wanted.len()).any(|w| w == wanted)
}

#[test]
fn the_judge_reaches_nothing_outside() {
    for pure in ["model", "controls", "requirements", "judge", "steps", "error", "exit"] {
        let reaches: Vec<_> = OUTSIDE.iter().filter(|o| o.by.contains(&pure)).collect();
        assert!(reaches.is_empty(), "{pure} may reach {}", reaches[0].what);
    }
}
