//! The report on a terminal: failures whole, what stays open whole, bounded passes a line each, the rest counted, and a
//! summary whose numbers reconcile. Styles are always written; the stream strips them where nobody sees them.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::waiver_words::shown;
use super::{Report, terminal_finding, terminal_summary, words};
use crate::judge::Finding;
use crate::model::Verdict;

/// Most findings of a kind that are printed whole; `findings.json` has all.
const MOST: usize = 100;

/// How a report is printed.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The run folder, as people are to be told of it.
    pub folder: &'a str,
    /// Only what needs attention, and the result.
    pub quiet: bool,
}

/// Prints a report, with ANSI styles.
///
/// # Errors
/// Where the stream can't be written.
pub fn print(out: &mut dyn Write, report: &Report, look: Look<'_>) -> io::Result<()> {
    for wanted in ["fail", "fail, waived", "inconclusive", "warning", "warning, waived"] {
        let of = alike(report.findings.iter().filter(|f| shown(f) == wanted));
        for findings in of.iter().take(MOST) {
            writeln!(out, "{}\n", terminal_finding::render(report, findings, look.folder))?;
        }
        let more = of.iter().skip(MOST).map(Vec::len).sum();
        left_out(out, more, wanted, look)?;
    }
    if !look.quiet {
        lines(out, report, look)?;
        terminal_summary::overview(out, report)?;
    }
    terminal_summary::not_run(out, report)?;
    terminal_summary::unrestored(out, report, look.folder)?;
    terminal_summary::summary(out, report, look)
}

/// The style of a verdict's word.
#[must_use]
pub fn style(word: &str) -> Style {
    let colour = match word {
        "fail" | "nonconformant" | "not restored" | "could not run" => AnsiColor::BrightRed,
        "pass" | "conformant" | "clean shard" => AnsiColor::Green,
        "bounded" => AnsiColor::Cyan,
        "not applicable" => return Style::new().dimmed(),
        _ => AnsiColor::Yellow,
    };
    colour.on_default().bold()
}

/// A word in its style, padded to a width.
#[must_use]
pub fn styled(word: &str, width: usize) -> String {
    let style = style(word);
    format!("{style}{word}{style:#}{:pad$}", "", pad = width.saturating_sub(word.chars().count()))
}

/// Findings that only differ in their service, together: six services that say the same are one block to read.
fn alike<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<Vec<&'a Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        match groups.last_mut() {
            Some(group) if group.first().is_some_and(|first| is_alike(first, finding)) => {
                group.push(finding);
            }
            _ => groups.push(vec![finding]),
        }
    }
    groups
}

fn is_alike(a: &Finding, b: &Finding) -> bool {
    a.service.is_some()
        && b.service.is_some()
        && (&a.requirement, &a.scenario, &a.place, &a.obligation, &a.because)
            == (&b.requirement, &b.scenario, &b.place, &b.obligation, &b.because)
        && (a.lag, a.residual_seconds, &a.waiver, a.shard)
            == (b.lag, b.residual_seconds, &b.waiver, b.shard)
}

/// Says something on standard error while a command works. `eprintln!` would panic where nobody reads it any more
/// (`recant run 2>&1 | head`), in the middle of a change; whether somebody reads it must not matter.
pub fn aside(text: &str) {
    let mut err = anstream::stderr();
    let _ = writeln!(err, "{text}").and_then(|()| err.flush());
}

fn left_out(out: &mut dyn Write, n: usize, word: &str, look: Look<'_>) -> io::Result<()> {
    if n == 0 {
        return Ok(());
    }
    writeln!(out, "... and {n} more {word}: {}/findings.json has all\n", look.folder)
}

// Bounded and not applicable are neither counted away as passes nor worth a block each.
fn lines(out: &mut dyn Write, report: &Report, look: Look<'_>) -> io::Result<()> {
    for verdict in [Verdict::Bounded, Verdict::NotApplicable] {
        let mut all: Vec<String> =
            report.findings.iter().filter(|f| f.verdict == verdict).map(line).collect();
        all.dedup();
        for line in all.iter().take(MOST) {
            writeln!(out, "{line}")?;
        }
        left_out(out, all.len().saturating_sub(MOST), verdict.word(), look)?;
        if !all.is_empty() {
            writeln!(out)?;
        }
    }
    Ok(())
}

fn line(finding: &Finding) -> String {
    let word = words::word(finding);
    let style = style(word);
    let measured = words::measured(finding).map(|m| format!("; {m}")).unwrap_or_default();
    format!(
        "{style}{word}{style:#}[{}] {}: {}{measured}",
        super::visible::line(&finding.requirement),
        super::visible::line(&words::whereabouts(finding)),
        super::visible::line(&finding.because),
    )
}
