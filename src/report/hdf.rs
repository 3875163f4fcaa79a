//! HDF, the format of MITRE's Heimdall (InSpec `exec-json`): a control for each requirement, a result for each finding. Its
//! readers take the worst of `error`, `failed` and `passed` but overlook what is skipped beside a pass, so that what stays
//! open is an `error`: it is never hidden.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::waiver_words::{asked, result as comes_to, shown, waiver, waiver_of};
use super::{Report, RequirementJudged, visible, words};
use crate::judge::Finding;
use crate::model::{Verdict, hex};
use crate::requirements::Level;

/// The report as exec-json.
#[must_use]
pub fn render(report: &Report) -> Value {
    let controls: Vec<_> = report.requirements.iter().map(|r| control(report, r)).collect();
    let attributes: Vec<_> = [
        ("target", report.target.name.as_str()),
        ("target version", report.target.version.as_deref().unwrap_or("not told")),
        ("environment", &report.target.environment),
        ("run by", &words::ran_by(&report.run)),
        ("profile", words::profile(report.target.profile)),
        ("result", &comes_to(report)),
        ("history head", &report.history.head),
        ("calibration", &report.calibration.line()),
    ]
    .into_iter()
    .map(|(name, value)| json!({"name": name, "options": {"value": text(value)}}))
    .collect();
    json!({
        "platform": {
            "name": "recant",
            "release": text(&report.run.tool),
            "target_id": text(&report.target.name),
        },
        "version": text(&report.run.tool),
        "statistics": {"duration": duration(report)},
        "profiles": [{
            "name": "recant",
            "title": text(&format!("Continuous authorization of {}", report.target.name)),
            "version": text(&report.run.tool),
            "summary": summary(report),
            "sha256": digest(report),
            "status": "loaded",
            "supports": [],
            "attributes": attributes,
            "groups": [],
            "controls": controls,
        }],
    })
}

fn control(report: &Report, requirement: &RequirementJudged) -> Value {
    let r = requirement;
    let of: Vec<_> = report.findings.iter().filter(|f| f.requirement == r.id).collect();
    let cited: Vec<_> = report.controls.iter().filter(|c| c.requirements.contains(&r.id)).collect();
    let nist = cited.iter().flat_map(|c| {
        std::iter::once((&c.cited, &c.catalogue))
            .chain(c.published.iter().map(|p| (&p.id, &p.catalogue)))
    });
    let mut nist: Vec<_> = nist
        .filter(|(_, catalogue)| catalogue.starts_with("NIST SP 800-53"))
        .map(|(id, _)| enhancement(id))
        .collect();
    nist.sort();
    nist.dedup();
    let labels: Vec<_> = cited.iter().map(|c| text(&c.label())).collect();
    let place = of.first().map(|f| json!({"ref": text(&f.place.file), "line": f.place.line}));
    let results = of.iter().map(|f| result(report, f)).chain(unfinished(report));
    let results: Vec<_> = results.collect();
    let mut control = json!({
        "id": text(&r.id),
        "title": text(&format!("{} {}", r.alias, r.title)),
        "desc": text(&r.title),
        "descriptions": [
            {"label": "fix", "data": text(&r.help)},
            {"label": "controls", "data": format!("Evidence for: {}", labels.join(", "))},
        ],
        "impact": impact(r),
        "refs": r.standards.iter().map(|s| json!({"ref": text(s)})).collect::<Vec<_>>(),
        "tags": {"nist": nist, "controls": labels, "verdict": words::worst(r.verdict, &r.findings)},
        "code": "",
        "source_location": place.unwrap_or_else(|| json!({})),
        "results": results,
    });
    if let Some(waiver) = of_waivers(&of) {
        control["waiver_data"] = waiver;
    }
    control
}

/// The waiver of a control, where everything of it that fails is waived. The format has one a control, and turns one that is
/// "skipped due to waiver" into "not applicable", which it is not: it was run, and its results stand.
fn of_waivers(of: &[&Finding]) -> Option<Value> {
    let mut failed = of.iter().filter(|f| f.verdict == Verdict::Fail);
    let waiver = failed.clone().find_map(|f| f.waiver.as_ref())?;
    if !failed.all(|f| f.is_waived()) {
        return None;
    }
    Some(json!({
        "expiration_date": text(&waiver.expires),
        "justification": text(&format!("{} ({}, {})", waiver.reason, waiver.owner, waiver.ticket)),
        "run": true,
        "skipped_due_to_waiver": false,
        "message": "",
    }))
}

// An impact of 0 is how this format says that a control does not apply.
fn impact(r: &RequirementJudged) -> f64 {
    match (r.verdict, r.level) {
        (Verdict::NotApplicable, _) => 0.0,
        (_, Some(Level::Should)) => 0.3,
        _ => 0.7,
    }
}

fn result(report: &Report, finding: &Finding) -> Value {
    let said = visible::line(&finding.because).into_owned();
    let word = shown(finding);
    let waiver = waiver_of(finding).map(|w| format!("; {}", text(&w))).unwrap_or_default();
    let mut result = json!({
        "code_desc": text(&format!("{}: {}", words::whereabouts(finding), finding.obligation)),
        "start_time": report.run.started,
    });
    let (status, member) = match finding.verdict {
        Verdict::Pass => ("passed", None),
        Verdict::Bounded => ("passed", Some(("message", format!("{word}: {said}")))),
        Verdict::Fail => ("failed", Some(("message", format!("{word}: {said}{waiver}")))),
        Verdict::Inconclusive => ("error", Some(("message", format!("{word}: {said}")))),
        Verdict::NotApplicable => ("skipped", Some(("skip_message", format!("{word}: {said}")))),
    };
    result["status"] = json!(status);
    if let Some((name, text)) = member {
        result[name] = json!(text);
    }
    result
}

/// Where a run did not come to its end, nobody knows what the rest would have shown of a requirement.
fn unfinished(report: &Report) -> Option<Value> {
    let n = words::count(report.not_run.len() as u64, "scenario");
    (!report.is_whole()).then(|| {
        json!({
            "code_desc": "the run came to its end",
            "start_time": report.run.started,
            "status": "error",
            "message": format!("inconclusive: the run did not come to its end, {n} not run"),
        })
    })
}

/// `AC-3(8)` as this format's readers know it: `AC-3 (8)`.
fn enhancement(id: &str) -> String {
    id.replace('(', " (")
}

fn summary(report: &Report) -> String {
    let rows = words::summary(report).into_iter();
    let mut all: Vec<_> = rows.map(|(what, sum)| format!("{what}: {}", text(&sum))).collect();
    let not_run = report.not_run.iter();
    all.extend(not_run.map(|n| text(&format!("not run: {}: {}", n.scenario, n.because))));
    all.extend(report.unrestored.iter().map(|u| text(&format!("still changed: {u}"))));
    all.extend(report.waivers.iter().map(|w| text(&format!("waiver: {}", waiver(w)))));
    let controls = report.selection.controls.iter();
    all.extend(controls.map(|c| text(&format!("control asked for: {}", asked(report, c)))));
    all.push("Evidence for controls, never a statement of compliance.".into());
    all.join("\n")
}

/// Seconds between the first line of the record and the last.
fn duration(report: &Report) -> f64 {
    let at = |text: &str| text.parse::<jiff::Timestamp>().ok();
    let span = at(&report.run.started).zip(at(&report.run.ended)).map(|(a, b)| b.duration_since(a));
    span.map_or(0.0, |s| s.as_secs_f64())
}

/// SHA-256 over the digests of all files that say what was meant, in order of their names.
fn digest(report: &Report) -> String {
    let mut hash = Sha256::new();
    for (file, sha256) in &report.digests {
        hash.update(format!("{sha256}  {file}\n").as_bytes());
    }
    hex(&hash.finalize())
}

fn text(foreign: &str) -> String {
    visible::line(foreign).into_owned()
}
