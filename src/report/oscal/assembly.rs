//! The document around observations and findings: who, what, when, with which tool, and on which files it rests.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::model::{
    AssessmentAssets, AssessmentLog, AssessmentResults, BackMatter, Component, ComponentStatus,
    Document, Hash, ImportAp, LocalDefinitions, LogEntry, Metadata, Party, Platform, Resource,
    ResponsibleParty, ResultPart, Rlink, Role, UsesComponent,
};
use super::names::{plain, prop, title, uuid};
use super::observed::{Known, observations, risks};
use super::{OSCAL_VERSION, control};
use crate::report::kinds::Source;
use crate::report::visible::{code, line, percent, prose};
use crate::report::waiver_words::{asked, result as comes_to, waiver};
use crate::report::{Report, words};

const OWNER: &str = "policy-owner";

/// The whole document.
#[must_use]
pub fn document(source: Source<'_>) -> Document {
    let Source { report, .. } = source;
    let resources = resources(source);
    let at = |name: &str| resources.iter().find(|r| r.title == name).map(|r| r.uuid);
    let histories = resources.iter().filter(|r| r.title.ends_with("history.jsonl"));
    let known = known(report, histories.map(|r| (r.title.clone(), r.uuid)).collect());
    let plan = at("plan.json").map_or_else(|| "plan.json".into(), |name| format!("#{name}"));
    Document {
        assessment_results: AssessmentResults {
            uuid: of_run(report, "document"),
            metadata: metadata(report),
            import_ap: ImportAp {
                href: plan,
                remarks: "the plan of the run: every scenario that was discovered, and which were selected",
            },
            results: vec![result(report, &known)],
            back_matter: BackMatter { resources },
        },
    }
}

fn of_run(report: &Report, what: &str) -> Uuid {
    uuid(&[what, &report.run.name, &report.history.head])
}

fn known(report: &Report, histories: BTreeMap<String, Uuid>) -> Known {
    let target = &report.target.name;
    let services: BTreeSet<_> = report.findings.iter().filter_map(|f| f.service.clone()).collect();
    let named: BTreeMap<_, _> =
        services.into_iter().map(|s| (s.clone(), uuid(&["service", target, &s]))).collect();
    Known {
        tool: uuid(&["tool", &report.run.tool]),
        system: uuid(&["system", target]),
        services: named,
        histories,
    }
}

fn metadata(report: &Report) -> Metadata {
    let owners = &report.target.owners;
    let parties: Vec<_> = owners
        .iter()
        .enumerate()
        .map(|(i, owner)| Party {
            uuid: uuid(&["owner", &report.target.name, &i.to_string(), &owner.name, &owner.area]),
            kind: "organization",
            name: plain(&owner.name),
            remarks: format!("answers for {}; contact {}", code(&owner.area), code(&owner.contact)),
        })
        .collect();
    let named = !parties.is_empty();
    let responsible =
        ResponsibleParty { role_id: OWNER, party_uuids: parties.iter().map(|p| p.uuid).collect() };
    let role = Role { id: OWNER, title: "Policy owner" };
    Metadata {
        title: title(&format!("Continuous authorization of {}", report.target.name)),
        last_modified: report.run.ended.clone(),
        version: plain(&report.run.name),
        oscal_version: OSCAL_VERSION,
        props: vec![
            prop("result", &comes_to(report)),
            prop("exit-code", &report.exit_code.to_string()),
            prop("target-version", report.target.version.as_deref().unwrap_or("not told")),
            prop("environment", &report.target.environment),
            prop("run-by", &words::ran_by(&report.run)),
            prop("profile", words::profile(report.target.profile)),
            prop("calibration", &report.calibration.line()),
        ],
        roles: if named { vec![role] } else { Vec::new() },
        responsible_parties: if named { vec![responsible] } else { Vec::new() },
        parties,
        remarks: "Written by recant. Evidence for controls, never a statement of compliance."
            .into(),
    }
}

fn result(report: &Report, known: &Known) -> ResultPart {
    let target = &report.target;
    let mut props = vec![
        prop("history-head-sha256", &report.history.head),
        prop("history-lines", &report.history.lines.to_string()),
        prop("bounds", &words::bounds(&target.bounds)),
        prop("tls-verified", if target.tls_verified { "yes" } else { "no" }),
    ];
    props.extend(target.faults.iter().map(|f| prop("fault-switched-on", f)));
    ResultPart {
        uuid: of_run(report, "result"),
        title: title(&format!("Run {}", report.run.name)),
        description: format!(
            "recant drove {} through changes of authority and judged its own record: {} (exit {}), {}.",
            code(&target.name),
            comes_to(report),
            report.exit_code,
            report.result.means()
        ),
        start: report.run.started.clone(),
        end: report.run.ended.clone(),
        props,
        local_definitions: definitions(report, known),
        reviewed_controls: control::reviewed(report),
        assessment_log: AssessmentLog {
            entries: vec![LogEntry {
                uuid: of_run(report, "log"),
                title: "The run".into(),
                start: report.run.started.clone(),
                end: report.run.ended.clone(),
                remarks: format!("command: {}", code(&report.run.command.join(" "))),
            }],
        },
        observations: observations(report, known),
        risks: risks(report, known),
        findings: control::findings(report, known),
        remarks: remarks(report),
    }
}

/// Numbers that reconcile, and everything that no finding says.
fn remarks(report: &Report) -> String {
    let mut all: Vec<_> = words::summary(report)
        .into_iter()
        .map(|(what, sum)| format!("- {what}: {}", prose(&sum)))
        .collect();
    let exceptions = report.target.exceptions.iter();
    all.extend(exceptions.map(|e| format!("- exception: {}", code(&words::exception(e)))));
    all.extend(report.waivers.iter().map(|w| format!("- waiver: {}", code(&waiver(w)))));
    let controls = report.selection.controls.iter();
    all.extend(controls.map(|c| format!("- control asked for: {}", code(&asked(report, c)))));
    let absent = report.target.absent.iter();
    all.extend(
        absent.map(|a| format!("- declared absent: {}: {}", code(&a.capability), code(&a.reason))),
    );
    let not_run = report.not_run.iter();
    all.extend(not_run.map(|n| format!("- not run: {}: {}", code(&n.scenario), code(&n.because))));
    all.extend(report.unrestored.iter().map(|u| format!("- still changed: {}", code(u))));
    all.join("\n")
}

fn definitions(report: &Report, known: &Known) -> LocalDefinitions {
    let component = |uuid, kind, name: &str, description: String| Component {
        uuid,
        kind,
        title: title(name),
        description,
        status: ComponentStatus { state: "operational" },
    };
    let target = &report.target;
    let mut components = vec![component(
        known.system,
        "this-system",
        &target.name,
        format!("the system under test, environment {}", code(&target.environment)),
    )];
    components.extend(known.services.iter().map(|(name, uuid)| {
        component(*uuid, "service", name, "a service that enforces decisions".into())
    }));
    let tool = format!("recant {}", report.run.tool);
    LocalDefinitions {
        components,
        assessment_assets: AssessmentAssets {
            components: vec![component(
                known.tool,
                "software",
                &tool,
                "drives a system through changes of authority and judges its own record".into(),
            )],
            assessment_platforms: vec![Platform {
                uuid: of_run(report, "platform"),
                title: title(&tool),
                uses_components: vec![UsesComponent { component_uuid: known.tool }],
            }],
        },
    }
}

/// Every file that the verdicts rest on, with its SHA-256: the record in the run folder, and what said what was meant.
fn resources(source: Source<'_>) -> Vec<Resource> {
    let Source { report, evidence, .. } = source;
    let resource = |kind: &str, path: &str, sha256: &str, description: &str, media| Resource {
        uuid: uuid(&["resource", &report.run.name, &report.history.head, kind, path]),
        title: title(path),
        description: description.into(),
        rlinks: vec![Rlink {
            href: percent(&line(path), "/:"),
            media_type: media,
            hashes: vec![Hash { algorithm: "SHA-256", value: sha256.into() }],
        }],
    };
    let record = evidence.iter().map(|entry| {
        let name = entry.path.rsplit('/').next().unwrap_or_default();
        let (description, media) = match name {
            "plan.json" => ("what was intended, in the run folder", "application/json"),
            _ => ("what happened, in the run folder: a chain of lines", "application/jsonl"),
        };
        resource("record", &entry.path, &entry.sha256, description, Some(media))
    });
    let meant = report.digests.iter().map(|(file, sha256)| {
        resource("input", file, sha256, "a file that says what was meant", None)
    });
    record.chain(meant).collect()
}
