//! The report on a terminal: failures whole, what stays open whole, bounded passes a line each, the rest counted, and a
//! summary whose numbers reconcile. Styles are always written; the stream strips them where nobody sees them.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

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
    for wanted in ["fail", "inconclusive", "warning"] {
        let of: Vec<_> = report.findings.iter().filter(|f| words::word(f) == wanted).collect();
        for finding in of.iter().take(MOST) {
            writeln!(out, "{}\n", terminal_finding::render(report, finding, look.folder))?;
        }
        left_out(out, of.len().saturating_sub(MOST), wanted, look)?;
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
        "pass" | "conformant" => AnsiColor::Green,
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
