//! Findings that say the same, as one block: what was seen, the line of the feature that asks for it with a caret, evidence, controls, help.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::waiver_words::{shown, waiver_of};
use super::{Report, visible, words};
use crate::judge::Finding;
use crate::model::Verdict;

/// A feature's indentation is shown up to here; more is not what a person wrote.
const DEEPEST_COLUMN: usize = 40;
/// Line numbers are shown up to here, for the same reason.
const LAST_LINE: usize = 10_000_000;

/// The block, with ANSI styles and without a line end. The findings differ in their service at most.
pub fn render(report: &Report, findings: &[&Finding], folder: &str) -> String {
    let Some(finding) = findings.first() else { return String::new() };
    let word = shown(finding);
    let level = match word {
        "fail" => Level::ERROR,
        "bounded" | "pass" => Level::INFO,
        _ => Level::WARNING,
    };
    let indent = finding.place.column.clamp(1, DEEPEST_COLUMN) - 1;
    let asked = visible::line(&finding.obligation);
    let source = format!("{}{asked}", " ".repeat(indent));
    let id = visible::line(&finding.requirement);
    let because = visible::line(&finding.because);
    let file = visible::line(&finding.place.file);
    let snippet = Snippet::source(source.as_str())
        .line_start(finding.place.line.clamp(1, LAST_LINE))
        .path(file.as_ref())
        .annotation(
            AnnotationKind::Primary.span(indent..source.len()).label(label(finding, findings)),
        );
    let title = level.with_name(word).primary_title(because.as_ref()).id(id.as_ref());
    let notes = notes(report, finding, findings, folder);
    let block =
        notes.iter().fold(Group::with_title(title).element(snippet), |block, (name, text)| {
            block.element(Level::NOTE.with_name(*name).message(text.as_str()))
        });
    // Wider than any terminal: a line that is cut in the middle tells less than one that wraps.
    Renderer::styled().term_width(8 * visible::LONGEST).render(&[block])
}

fn label(finding: &Finding, findings: &[&Finding]) -> String {
    let services = findings.iter().filter_map(|f| f.service.as_ref());
    let services: Vec<_> = services.map(|s| format!("\"{}\"", visible::line(s))).collect();
    let scenario = visible::line(&finding.scenario);
    let whereabouts = match services.is_empty() {
        true => scenario.into_owned(),
        false => format!("{} in {scenario}", services.join(", ")),
    };
    let known = match finding.verdict {
        Verdict::Inconclusive => "not known of",
        Verdict::Fail => "not so for",
        _ => "at",
    };
    match words::measured(finding) {
        Some(measured) => format!("{known} {whereabouts}; {measured}"),
        None => format!("{known} {whereabouts}"),
    }
}

fn notes(
    report: &Report,
    finding: &Finding,
    findings: &[&Finding],
    folder: &str,
) -> Vec<(&'static str, String)> {
    let mut notes = Vec::new();
    notes.extend(waiver_of(finding).map(|w| ("waiver", visible::line(&w).into_owned())));
    let mut evidence: Vec<u64> = findings.iter().flat_map(|f| &f.evidence).copied().collect();
    evidence.sort_unstable();
    evidence.dedup();
    if let Some(ops) = words::ops(&evidence) {
        notes.push(("evidence", format!("{ops} in {folder}/{}", words::history(finding))));
    }
    let of = report.controls.iter().filter(|c| c.requirements.contains(&finding.requirement));
    let labels: Vec<_> = of.map(|c| visible::line(&c.label()).into_owned()).collect();
    if !labels.is_empty() {
        notes.push(("controls", labels.join(", ")));
    }
    let id = visible::line(&finding.requirement);
    notes.push(("help", format!("recant explain {id}")));
    notes
}
