//! What verifying came to, for people.

use std::fmt::Write;

use super::outcome::{Evidence, Verified, Word};
use crate::report::terminal::style;
use crate::report::visible::line;

/// A line a check; where `quiet`, only those that need attention.
pub fn render(verified: &Verified, quiet: bool) -> String {
    let mut out = String::new();
    for check in &verified.checks {
        if quiet && check.word == Word::Ok {
            continue;
        }
        let word = coloured(check.word.word(), check.word, 7);
        let _ = writeln!(out, "{:<12} {word} {}", check.check.word(), line(&check.says));
    }
    if !quiet {
        out.push('\n');
        for what in &verified.not_proven {
            let _ = writeln!(out, "not proven   {}", line(what));
        }
        out.push('\n');
    }
    let n = |word| verified.checks.iter().filter(|c| c.word == word).count();
    let (failed, open, beware) = (n(Word::Failed), n(Word::Open), n(Word::Beware));
    let counted = [(failed, "failed"), (open, "open"), (beware, "to beware of")];
    let counted: Vec<_> =
        counted.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let counted =
        if counted.is_empty() { String::new() } else { format!(" ({})", counted.join(", ")) };
    let of = match (&verified.run, verified.result) {
        _ if verified.evidence == Evidence::NotToBeTrusted => String::new(),
        (Some(run), Some(result)) => {
            format!("; run {} came out as {} (exit {})", line(run), result.word(), result.code())
        }
        _ => String::new(),
    };
    let words = verified.evidence.words();
    let worst = match verified.evidence {
        Evidence::Intact => Word::Ok,
        Evidence::Open => Word::Open,
        Evidence::NotToBeTrusted => Word::Failed,
    };
    let _ = writeln!(
        out,
        "evidence     {}{counted} (exit {}){of}",
        coloured(words, worst, 0),
        verified.exit_code
    );
    out
}

/// Words in the colours that verdicts have, padded to a width.
fn coloured(words: &str, of: Word, width: usize) -> String {
    let style = style(match of {
        Word::Ok => "pass",
        Word::Beware | Word::Open => "inconclusive",
        Word::Failed => "fail",
    });
    format!("{style}{words}{style:#}{:pad$}", "", pad = width.saturating_sub(words.len()))
}
