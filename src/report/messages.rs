//! Cucumber Messages (NDJSON), which Cucumber's own formatters render. What the record knows of the features is shown: for
//! each scenario the obligations that were judged, with their lines; a feature's other steps are in its file. In this
//! format `UNKNOWN` is better than `PASSED` when results are summed up, so that what stays open is `PENDING`: worse.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::waiver_words::{asked, result as comes_to, shown, waiver, waiver_of};
use super::{Ending, Report, visible, words};
use crate::judge::Finding;
use crate::model::Verdict;

/// The version of the messages that are written.
const PROTOCOL: &str = "34.2.1";
/// Name of the run within the stream.
const RUN: &str = "run";

/// Findings about one obligation.
type Asked<'a> = BTreeMap<(usize, usize, &'a str), Vec<&'a Finding>>;
/// Obligations by file and scenario.
type Features<'a> = BTreeMap<&'a str, BTreeMap<&'a str, Asked<'a>>>;

/// The report as a stream of messages, one a line.
#[must_use]
pub fn render(report: &Report) -> String {
    let mut features = Features::new();
    for f in &report.findings {
        let scenarios = features.entry(&f.place.file).or_default();
        let asked = scenarios.entry(&f.scenario).or_default();
        asked.entry((f.place.line, f.place.column, &f.obligation)).or_default().push(f);
    }
    let started = timestamp(&report.run.started);
    let ended = timestamp(&report.run.ended);
    let mut all = vec![meta(report)];
    let (mut cases, mut played) = (Vec::new(), Vec::new());
    for (f, (file, scenarios)) in features.iter().enumerate() {
        all.push(document(f, file, scenarios));
        for (s, (scenario, asked)) in scenarios.iter().enumerate() {
            let id = format!("{f}.{s}");
            all.push(pickle(&id, file, scenario, asked));
            cases.push(case(&id, asked.len()));
            play(&id, asked, &started, &ended, &mut played);
        }
    }
    all.push(json!({"testRunStarted": {"id": RUN, "timestamp": started}}));
    all.extend(cases);
    all.extend(played);
    all.push(json!({"testRunFinished": {
        "testRunStartedId": RUN,
        "success": report.exit_code == 0,
        "message": conclusion(report),
        "timestamp": ended,
    }}));
    all.iter().map(|message| format!("{message}\n")).collect()
}

fn meta(report: &Report) -> Value {
    let named = |name: &str| json!({"name": name});
    json!({"meta": {
        "protocolVersion": PROTOCOL,
        "implementation": {"name": "recant", "version": text(&report.run.tool)},
        "runtime": named("recant"),
        // Where it ran is no part of the record.
        "os": named("not recorded"),
        "cpu": named("not recorded"),
    }})
}

fn document(f: usize, file: &str, scenarios: &BTreeMap<&str, Asked<'_>>) -> Value {
    let children = scenarios.iter().enumerate().map(|(s, (scenario, asked))| {
        let steps = asked.iter().enumerate().map(|(n, ((line, column, obligation), found))| {
            json!({
                "id": format!("ast.{f}.{s}.{n}"),
                "location": location(*line, *column),
                "keyword": "Then ",
                "keywordType": "Outcome",
                "text": step_text(obligation, found),
            })
        });
        let first = asked.keys().next();
        json!({"scenario": {
            "id": format!("ast.{f}.{s}"),
            "location": location(first.map_or(1, |k| k.0.saturating_sub(1)), 1),
            "tags": [],
            "keyword": "Scenario",
            "name": text(scenario),
            "description": "",
            "steps": steps.collect::<Vec<_>>(),
            "examples": [],
        }})
    });
    json!({"gherkinDocument": {
        "uri": text(file),
        "comments": [],
        "feature": {
            "location": location(1, 1),
            "tags": [],
            "language": "en",
            "keyword": "Feature",
            "name": text(file.strip_prefix("shipped:").unwrap_or(file)),
            "description": "Obligations as the run recorded them. The feature file has all steps.",
            "children": children.collect::<Vec<_>>(),
        },
    }})
}

fn pickle(id: &str, file: &str, scenario: &str, asked: &Asked<'_>) -> Value {
    let steps = asked.iter().enumerate().map(|(n, ((_, _, obligation), found))| {
        json!({
            "id": format!("pickle.{id}.{n}"),
            "type": "Outcome",
            "text": step_text(obligation, found),
            "astNodeIds": [format!("ast.{id}.{n}")],
        })
    });
    json!({"pickle": {
        "id": format!("pickle.{id}"),
        "uri": text(file),
        "name": text(scenario),
        "language": "en",
        "steps": steps.collect::<Vec<_>>(),
        "tags": [],
        "astNodeIds": [format!("ast.{id}")],
    }})
}

fn case(id: &str, steps: usize) -> Value {
    let steps = (0..steps).map(|n| {
        json!({
            "id": format!("step.{id}.{n}"),
            "pickleStepId": format!("pickle.{id}.{n}"),
        })
    });
    json!({"testCase": {
        "id": format!("case.{id}"),
        "pickleId": format!("pickle.{id}"),
        "testRunStartedId": RUN,
        "testSteps": steps.collect::<Vec<_>>(),
    }})
}

fn play(id: &str, asked: &Asked<'_>, started: &Value, ended: &Value, out: &mut Vec<Value>) {
    let attempt = format!("attempt.{id}");
    out.push(json!({"testCaseStarted": {
        "id": attempt, "testCaseId": format!("case.{id}"), "attempt": 0, "timestamp": started,
    }}));
    for (n, found) in asked.values().enumerate() {
        let step = format!("step.{id}.{n}");
        out.push(json!({"testStepStarted": {
            "testCaseStartedId": attempt, "testStepId": step, "timestamp": started,
        }}));
        let said = said(found);
        let status = status(Verdict::worst(found.iter().map(|f| weight(f))));
        // What is waived fails nothing, and has not passed.
        let waived = found.iter().any(|f| f.is_waived() && !f.advisory);
        let status = if waived && status == "PASSED" { "SKIPPED" } else { status };
        let mut result = json!({"status": status, "duration": {"seconds": 0, "nanos": 0}});
        if matches!(status, "FAILED" | "PENDING") || waived {
            result["message"] = json!(said);
        } else if !said.is_empty() {
            out.push(json!({"attachment": {
                "testCaseStartedId": attempt, "testStepId": step, "body": said,
                "mediaType": "text/plain", "contentEncoding": "IDENTITY", "timestamp": ended,
            }}));
        }
        out.push(json!({"testStepFinished": {
            "testCaseStartedId": attempt, "testStepId": step, "testStepResult": result,
            "timestamp": ended,
        }}));
    }
    out.push(json!({"testCaseFinished": {
        "testCaseStartedId": attempt, "willBeRetried": false, "timestamp": ended,
    }}));
}

// A SHOULD that does not hold fails nothing: the attachment of its step says it.
fn weight(finding: &Finding) -> Verdict {
    match finding.verdict {
        Verdict::Fail if finding.advisory || finding.is_waived() => Verdict::Bounded,
        verdict => verdict,
    }
}

fn status(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fail => "FAILED",
        Verdict::Inconclusive => "PENDING",
        Verdict::Pass | Verdict::Bounded => "PASSED",
        Verdict::NotApplicable => "SKIPPED",
    }
}

/// What findings say beyond "pass", a line each.
fn said(found: &[&Finding]) -> String {
    let telling = found.iter().filter(|f| f.verdict != Verdict::Pass);
    let lines = telling.map(|f| {
        let measured = words::measured(f).map(|m| format!("; {m}")).unwrap_or_default();
        let waiver = waiver_of(f).map(|w| format!("; {w}")).unwrap_or_default();
        let (word, at) = (shown(f), words::whereabouts(f));
        text(&format!("{word}: {at}: {}{measured}{waiver}", f.because))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn step_text(obligation: &str, found: &[&Finding]) -> String {
    let alias = found.first().map(|f| f.alias.as_str()).unwrap_or_default();
    text(&format!("{obligation} ({alias})"))
}

fn conclusion(report: &Report) -> String {
    let mut all = vec![format!("{} (exit {})", comes_to(report), report.exit_code)];
    match report.run.ending {
        Ending::ByItself => {}
        Ending::Interrupted => all.push("the run was interrupted".into()),
        Ending::CutOff | Ending::CutOffRestored => {
            all.push("the record of the run was cut off".into());
        }
    }
    let not_run = report.not_run.iter();
    all.extend(not_run.map(|n| text(&format!("not run: {}: {}", n.scenario, n.because))));
    all.extend(report.waivers.iter().map(|w| text(&format!("waiver: {}", waiver(w)))));
    all.extend(
        report.uncovered().map(|c| text(&format!("control asked for: {}", asked(report, c)))),
    );
    all.extend(report.unrestored.iter().map(|u| text(&format!("still changed: {u}"))));
    all.join("\n")
}

fn location(line: usize, column: usize) -> Value {
    json!({"line": line.max(1), "column": column.max(1)})
}

fn timestamp(text: &str) -> Value {
    let at = text.parse::<jiff::Timestamp>().unwrap_or_default();
    json!({"seconds": at.as_second().max(0), "nanos": at.subsec_nanosecond().max(0)})
}

fn text(foreign: &str) -> String {
    visible::line(foreign).into_owned()
}
