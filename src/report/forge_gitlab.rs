//! GitLab code quality: an array that the merge request's widget reads. Failures, warnings, and what stays open: a finding
//! that left the list would be shown as fixed.

use serde::Serialize;

use super::fingerprint::Fingerprints;
use super::waiver_words::{shown, waiver_of};
use super::{Report, visible, words};
use crate::judge::Finding;
use crate::model::{Place, Verdict};

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Lines {
    begin: usize,
}

/// The list.
#[must_use]
pub fn render(report: &Report) -> Vec<Issue> {
    let mut names = Fingerprints::default();
    let told = report.findings.iter().filter_map(|f| Some((f, severity(f)?)));
    told.map(|(finding, severity)| Issue {
        description: visible::line(&format!(
            "{}: {}: {}",
            shown(finding),
            words::whereabouts(finding),
            waiver_of(finding).map_or_else(
                || finding.because.clone(),
                |waiver| format!("{}; {waiver}", finding.because)
            )
        ))
        .into_owned(),
        check_name: name(&finding.requirement),
        fingerprint: names.of(report, finding),
        severity,
        location: location(&finding.place),
    })
    .collect()
}

/// GitLab takes no empty name; an obligation that names nothing has one all the same.
fn name(requirement: &str) -> String {
    let shown = visible::line(requirement);
    if shown.is_empty() { "unnamed".to_owned() } else { shown.into_owned() }
}

fn severity(finding: &Finding) -> Option<&'static str> {
    match finding.verdict {
        Verdict::Fail if finding.is_waived() => Some("info"),
        Verdict::Fail if finding.advisory => Some("minor"),
        Verdict::Fail => Some("critical"),
        Verdict::Inconclusive => Some("info"),
        Verdict::Pass | Verdict::Bounded | Verdict::NotApplicable => None,
    }
}

fn location(place: &Place) -> Location {
    let path = place.file.strip_prefix("shipped:").unwrap_or(&place.file);
    let path = path.strip_prefix("./").unwrap_or(path);
    Location { path: visible::line(path).into_owned(), lines: Lines { begin: place.line.max(1) } }
}
