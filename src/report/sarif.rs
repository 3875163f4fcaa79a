//! SARIF 2.1.0 for code scanning: what does not hold, at the step that asks for it. What stays open is told as a `note` with
//! the fingerprint that its failure would have: a forge closes an alert that is no longer in the upload, and evidence that
//! was lost must not look like a repair. (SARIF's `kind: open` would be the word, but it forbids a level, and code scanning
//! shows results by their level only.) What holds is not told.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::fingerprint::Fingerprints;
use super::waiver_words::{asked, result as comes_to, shown, waiver, waiver_of};
use super::{Report, RequirementJudged, visible, words};
use crate::judge::Finding;
use crate::model::{Place, Verdict};
use crate::requirements::Level;

/// More results in one run are refused by code scanning, all of them.
const MOST: usize = 25_000;
/// Most tags of a rule that code scanning takes.
const MOST_TAGS: usize = 20;
/// Where features lie that are built into recant.
const SHIPPED: &str = "RECANT";
/// The schema that the log follows.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The report as a SARIF log.
#[must_use]
pub fn render(report: &Report) -> Value {
    let mut told: Vec<_> = report.findings.iter().filter_map(|f| Some((level(f)?, f))).collect();
    // The worst first, so that what is cut is what matters least.
    told.sort_by_key(|(level, _)| ["error", "warning", "note"].iter().position(|l| l == level));
    let cut = told.len().saturating_sub(MOST);
    told.truncate(MOST);
    let rules: Vec<_> = report
        .requirements
        .iter()
        .filter(|r| told.iter().any(|(_, f)| f.requirement == r.id))
        .collect();
    let index: BTreeMap<_, _> = rules.iter().enumerate().map(|(i, r)| (r.id.as_str(), i)).collect();
    let mut names = Fingerprints::default();
    let results: Vec<_> = told
        .into_iter()
        .map(|(level, f)| result(report, f, level, index.get(f.requirement.as_str()), &mut names))
        .collect();
    let rules: Vec<_> = rules.into_iter().map(|r| rule(report, r)).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "recant",
                "semanticVersion": text(&report.run.tool),
                "rules": rules,
            }},
            "automationDetails": {"id": format!("recant/{}/", segment(&report.target.name))},
            "originalUriBaseIds": {SHIPPED: {"description": {
                "text": "features that are built into recant",
            }}},
            "invocations": [invocation(report, cut)],
            "columnKind": "unicodeCodePoints",
            "properties": {
                "run": text(&report.run.name),
                "result": comes_to(report),
                "targetVersion": report.target.version.as_deref().map(text),
                "environment": text(&report.target.environment),
                "runBy": text(&words::ran_by(&report.run)),
                "historyHead": text(&report.history.head),
                "calibration": text(&report.calibration.line()),
            },
            "results": results,
        }],
    })
}

fn level(finding: &Finding) -> Option<&'static str> {
    match finding.verdict {
        Verdict::Fail if finding.advisory => Some("warning"),
        Verdict::Fail => Some("error"),
        Verdict::Inconclusive => Some("note"),
        Verdict::Pass | Verdict::Bounded | Verdict::NotApplicable => None,
    }
}

fn result(
    report: &Report,
    finding: &Finding,
    level: &str,
    rule: Option<&usize>,
    names: &mut Fingerprints,
) -> Value {
    let mut said =
        format!("{}: {}: {}", shown(finding), words::whereabouts(finding), finding.because);
    if let Some(measured) = words::measured(finding) {
        said += &format!("; {measured}");
    }
    let mut result = json!({
        "ruleId": text(&finding.requirement),
        "level": level,
        "message": {"text": message(&said)},
        "locations": [location(&finding.place, &finding.obligation)],
        "partialFingerprints": {"recantFinding/v1": names.of(report, finding)},
        "properties": {
            "verdict": words::word(finding),
            "scenario": text(&finding.scenario),
            "service": finding.service.as_deref().map(text),
            "evidence": words::cited(finding),
        },
    });
    if finding.is_waived() {
        // An alert that somebody has dismissed, by the waiver and not by hand (section 3.35).
        let justification = waiver_of(finding).unwrap_or_default();
        result["suppressions"] = json!([{
            "kind": "external",
            "status": "accepted",
            "justification": text(&justification),
        }]);
    }
    if let Some(rule) = rule {
        result["ruleIndex"] = json!(rule);
    }
    result
}

fn rule(report: &Report, requirement: &RequirementJudged) -> Value {
    let r = requirement;
    let title = if r.title.is_empty() { &r.id } else { &r.title };
    let controls: Vec<_> =
        report.controls.iter().filter(|c| c.requirements.contains(&r.id)).collect();
    let tags: Vec<_> = controls.iter().map(|c| text(&c.label())).take(MOST_TAGS).collect();
    let mut help = vec![if r.help.is_empty() { title.clone() } else { r.help.clone() }];
    if !controls.is_empty() {
        let all: Vec<_> = controls.iter().map(|c| c.label()).collect();
        help.push(format!("Evidence for: {}.", all.join(", ")));
    }
    if !r.standards.is_empty() {
        help.push(format!("Asked by: {}.", r.standards.join("; ")));
    }
    let after = words::inspired_by(r);
    if !after.is_empty() {
        help.push(format!("Of recant's own profile, after: {}.", after.join("; ")));
    }
    help.push(format!("More: recant explain {}", r.id));
    let plain: Vec<_> = help.iter().map(|h| message(h)).collect();
    let marked: Vec<_> = help.iter().map(|h| visible::prose(h)).collect();
    let severity = if r.level == Some(Level::Should) { "warning" } else { "error" };
    json!({
        "id": text(&r.id),
        "name": pascal(&r.id),
        "shortDescription": {"text": description(&format!("{} {title}", r.alias))},
        "fullDescription": {"text": description(title)},
        "help": {"text": plain.join("\n"), "markdown": marked.join("\n\n")},
        "defaultConfiguration": {"level": severity},
        "properties": {
            "tags": tags,
            "precision": "very-high",
            "problem.severity": severity,
        },
    })
}

fn location(place: &Place, obligation: &str) -> Value {
    let artifact = match place.file.strip_prefix("shipped:") {
        Some(path) => json!({"uri": path_uri(path), "uriBaseId": SHIPPED}),
        None => json!({"uri": path_uri(&place.file)}),
    };
    json!({
        "physicalLocation": {
            "artifactLocation": artifact,
            "region": {
                "startLine": place.line.max(1),
                "startColumn": place.column.max(1),
                "snippet": {"text": text(obligation)},
            },
        },
    })
}

/// How the run went: what no result says, and what was cut.
fn invocation(report: &Report, cut: usize) -> Value {
    let mut said = Vec::new();
    let ended = words::cut_short(report.run.ending);
    said.extend(ended.map(|e| ("error", e.to_owned())));
    said.extend(report.unrestored.iter().map(|u| ("error", format!("still in force: {u}"))));
    let not_run = report.not_run.iter();
    said.extend(not_run.map(|n| ("warning", format!("not run: {}: {}", n.scenario, n.because))));
    let whole = said.is_empty() && cut == 0;
    let uncovered = report.uncovered();
    said.extend(uncovered.map(|c| ("error", format!("control asked for: {}", asked(report, c)))));
    said.extend(report.loud_waivers().map(|w| ("warning", format!("waiver: {}", waiver(w)))));
    if cut > 0 {
        said.push(("error", format!("{cut} results are left out: code scanning takes {MOST}")));
    }
    let notes: Vec<_> = said
        .into_iter()
        .map(|(level, said)| json!({"level": level, "message": {"text": message(&said)}}))
        .collect();
    json!({
        "executionSuccessful": whole,
        "exitCode": report.exit_code,
        "startTimeUtc": report.run.started,
        "endTimeUtc": report.run.ended,
        "toolExecutionNotifications": notes,
    })
}

/// `enforcement/old-token-refused` is `OldTokenRefused`: the form that readers of SARIF expect of a rule's name.
fn pascal(id: &str) -> String {
    let tail = id.rsplit('/').next().unwrap_or_default();
    let words = tail.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty());
    let capital = |w: &str| w[..1].to_ascii_uppercase() + &w[1..];
    visible::line_upto(&words.map(capital).collect::<String>(), 100).into_owned()
}

fn text(foreign: &str) -> String {
    visible::line(foreign).into_owned()
}

/// A message of SARIF: `[text](1)` in it would be a link (section 3.11.6), `{0}` a place for an argument (3.11.5).
fn message(foreign: &str) -> String {
    let mut out = String::new();
    for c in visible::line(foreign).chars() {
        match c {
            '\\' | '[' | ']' => out.extend(['\\', c]),
            '{' | '}' => out.extend([c, c]),
            c => out.push(c),
        }
    }
    out
}

/// A message that is not blank: no reader takes a blank description, and a requirement that this build doesn't know may
/// have neither a title nor an id that shows.
fn description(foreign: &str) -> String {
    let said = message(foreign);
    if said.trim().is_empty() { "(nothing is said of it)".to_owned() } else { said }
}

/// A path as a URI reference: what a URI would read as something else is percent-encoded.
fn path_uri(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    let path = if path.is_empty() { "unnamed" } else { path };
    visible::percent(&visible::line(path), "/")
}

// The id of automation details is hierarchical: a slash in a name would start another level.
fn segment(name: &str) -> String {
    visible::percent(&visible::line(name), "")
}
