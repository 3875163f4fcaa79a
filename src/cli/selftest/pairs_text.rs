//! Pairs of faults for people.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::matrix::alias;
use super::pairs::{PairTold, PairsTold};
use crate::report::{visible, words};

/// What is worth a line of each pair, and the sum.
#[must_use]
pub fn text(told: &PairsTold) -> String {
    let mut out: String = told.pairs.iter().map(pair).collect();
    for why in &told.broken {
        let _ = writeln!(out, "could not be done: {}", visible::line(why));
    }
    let of = |suits: fn(&PairTold) -> bool| told.pairs.iter().filter(|p| suits(p)).count();
    let _ = writeln!(
        out,
        "{} of {}, seed {}: {} show all that each fault shows alone, {} hide something, {} hide a fault, {} show \
         something new, {} look healthy; {:.1} s",
        words::count(told.pairs.len() as u64, "pair"),
        told.of,
        told.seed,
        of(|p| p.hidden.is_empty()),
        of(|p| !p.hidden.is_empty()),
        of(|p| p.hidden.iter().any(|h| h.unnoticed)),
        of(|p| !p.new.is_empty()),
        of(|p| p.looks_healthy),
        told.seconds,
    );
    out
}

fn pair(pair: &PairTold) -> String {
    let mut lines = Vec::new();
    for hidden in &pair.hidden {
        let by = pair.faults.iter().find(|f| **f != hidden.of).map_or("", String::as_str);
        if !hidden.requirements.is_empty() {
            lines.push(format!("{by} hides {} of {}", ids(&hidden.requirements), hidden.of));
        }
        if !hidden.open.is_empty() {
            lines.push(format!("{by} leaves {} of {} open", ids(&hidden.open), hidden.of));
        }
        if hidden.unnoticed {
            lines.push(format!("{} is not noticed any more", hidden.of));
        }
    }
    if !pair.new.is_empty() {
        lines.push(format!("red with both only: {}", ids(&pair.new)));
    }
    if pair.looks_healthy {
        lines.push("NOTHING IS RED".to_owned());
    }
    if lines.is_empty() {
        return String::new();
    }
    format!("{} + {}\n  {}\n", pair.faults[0], pair.faults[1], lines.join("\n  "))
}

fn ids(ids: &BTreeSet<String>) -> String {
    ids.iter().map(|id| alias(id)).collect::<Vec<_>>().join(" ")
}
