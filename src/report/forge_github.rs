//! Annotations of GitHub Actions: workflow commands on standard output, one line each. The worst first, and no more than
//! GitHub shows; foreign text is escaped as GitHub asks (`actions/toolkit`, command.ts), so that it can't form a command.

use std::fmt::Write;

use super::waiver_words::{asked, shown, waiver, waiver_of};
use super::{Report, visible, words};
use crate::judge::Finding;
use crate::model::Verdict;

/// GitHub shows so many annotations of each level for a step and drops the others silently.
const MOST: usize = 10;
/// Longest message, characters: longer ones are cut by GitHub without a word.
const LONGEST: usize = 1000;

/// The annotations, a line each; nothing where there is nothing to say.
#[must_use]
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    let of = |wanted: fn(&Finding) -> bool| report.findings.iter().filter(move |f| wanted(f));
    let failed = of(Finding::fails_the_run);
    let mut errors: Vec<_> = report
        .unrestored
        .iter()
        .map(|change| Note::plain("still changed on the target", change))
        .collect();
    errors.extend(failed.map(Note::of));
    let uncovered = report.uncovered().map(|c| asked(report, c));
    errors.extend(uncovered.map(|c| Note::plain("no evidence for a control asked for", &c)));
    let should = |f: &Finding| f.verdict == Verdict::Fail && f.advisory && !f.is_waived();
    let open = report.findings.iter();
    let open = open.filter(|f| f.verdict == Verdict::Inconclusive || should(f));
    let mut warnings: Vec<_> =
        report.loud_waivers().map(|w| Note::plain("waiver", &waiver(w))).collect();
    warnings.extend(open.map(Note::of));
    let not_run = report.not_run.iter().filter(|n| !n.judged);
    warnings.extend(not_run.map(|n| Note::plain(&format!("not run: {}", n.scenario), &n.because)));
    level(&mut out, "error", errors);
    level(&mut out, "warning", warnings);
    level(&mut out, "notice", of(Finding::is_waived).map(Note::of).collect());
    out
}

/// One annotation before it is escaped.
struct Note {
    at: Option<(String, usize, usize)>,
    title: String,
    message: String,
}

impl Note {
    fn of(finding: &Finding) -> Self {
        let place = &finding.place;
        // Features that are built into recant are no files of the repository that is looked at.
        let shipped = place.file.starts_with("shipped:");
        let at = (!shipped).then(|| (place.file.clone(), place.line, place.column));
        let title = format!("{} {} {}", shown(finding), finding.alias, finding.requirement);
        let mut message = format!("{}: {}", words::whereabouts(finding), finding.because);
        message.extend(waiver_of(finding).map(|w| format!("\n{w}")));
        message += &format!("\nasked at {place}: {}", finding.obligation);
        message += &format!("\nrecant explain {}", finding.requirement);
        Self { at, title, message }
    }

    fn plain(title: &str, message: &str) -> Self {
        Self { at: None, title: title.to_owned(), message: message.to_owned() }
    }
}

fn level(out: &mut String, level: &str, notes: Vec<Note>) {
    let cut = notes.len() > MOST;
    let shown = if cut { MOST - 1 } else { notes.len() };
    for note in &notes[..shown] {
        command(out, level, note);
    }
    if cut {
        let left = notes.len() - shown;
        let more = format!("{left} more of this level are not annotated: GitHub shows {MOST}");
        command(out, level, &Note::plain("recant", &more));
    }
}

fn command(out: &mut String, level: &str, note: &Note) {
    let mut properties = Vec::new();
    if let Some((file, line, column)) = &note.at {
        properties.push(format!("file={}", property(file)));
        properties.push(format!("line={line},col={column}"));
    }
    properties.push(format!("title={}", property(&note.title)));
    let lines: Vec<_> = note.message.split('\n').collect();
    let message: Vec<_> = lines.iter().map(|l| visible::line_upto(l, LONGEST)).collect();
    let _ = writeln!(out, "::{level} {}::{}", properties.join(","), escaped(&message.join("\n")));
}

/// The text of a command.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property: a colon or a comma would end it.
fn property(text: &str) -> String {
    escaped(&visible::line_upto(text, LONGEST)).replace(':', "%3A").replace(',', "%2C")
}
