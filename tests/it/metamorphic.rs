//! Metamorphic properties on literal histories, the scripts that states are generated as, and the command.

use std::path::Path;
use std::process::{Command, Output};

use recant::cli::selftest::{Pieces, generated};
use recant::history::View;
use recant::judge::metamorphic::{NOT_IMPLEMENTED, PROPERTIES, Tally, properties};
use recant::model::Verdict;
use recant::plan::Scripts;
use recant::requirements::{Catalog, Example, ExampleOp};
use serde_json::{Map, Value};

const WRITER: &str = r#"{ do = "subject", subject = "s", roles = ["reader", "writer"] }"#;
const OTHER: &str = r#"{ do = "subject", subject = "b", roles = ["reader", "writer"] }"#;
const REMOVE: &str = r#"{ do = "change", name = "remove role", subject = "s", arguments = { role = "writer" }, loses = { roles = ["writer"], scopes = ["orders:write"] } }"#;
const RISK: &str = r#"{ do = "change", name = "raise risk", subject = "s", arguments = { level = "high" }, loses = { scopes = ["orders:write"] } }"#;
const DISABLE: &str =
    r#"{ do = "change", name = "disable subject", subject = "s", loses = { everything = true } }"#;
const OUTAGE: &str = r#"{ do = "change", name = "stop decision source" }"#;
const INVALID: &str = r#"outcome = { refused = { status = 400, error = "invalid_grant" } }"#;
const READ: &str = "orders:read";
const BOTH: &str = "orders:read orders:write";
const ADMIN: &str = "orders:read orders:admin";

fn issue(of: &str, id: &str, scope: &str) -> String {
    format!(
        r#"{{ do = "issue", subject = "{of}", grant = "g", service = "orders", gives = [{{ id = "{id}", scope = "{scope}", refresh = "r{id}" }}] }}"#
    )
}

fn refresh(token: &str, came: &str) -> String {
    format!(r#"{{ do = "refresh", subject = "s", token = "{token}", service = "orders", {came} }}"#)
}

fn gives(id: &str, scope: &str) -> String {
    format!(r#"gives = [{{ id = "{id}", scope = "{scope}", refresh = "r{id}" }}]"#)
}

fn undo(change: u32) -> String {
    format!(r#"{{ do = "undo", change = {change}, name = "it" }}"#)
}

fn call(of: &str, token: &str, operation: &str, allowed: bool, more: &str) -> String {
    let came = if allowed { "" } else { ", outcome = { refused = { status = 403 } }" };
    format!(
        r#"{{ do = "call", subject = "{of}", service = "orders", operation = "{operation} order", token = "{token}"{came}{more} }}"#
    )
}

fn tallies(ops: &[String]) -> std::collections::BTreeMap<&'static str, Tally> {
    #[derive(serde::Deserialize)]
    struct Literal {
        history: Vec<ExampleOp>,
    }
    let text = format!("history = [\n{}\n]", ops.join(",\n"));
    let literal: Literal = toml::from_str(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let example = Example {
        ahead: 0,
        clock_read: true,
        about: String::new(),
        verdict: Verdict::Pass,
        facts: Map::new(),
        history: literal.history,
    };
    let requirement = Catalog::shipped().find("E-01").expect("there is one");
    let lines = example.lines(requirement).expect("it stands for a history");
    properties(&View::of(lines))
}

/// Each property with a history that keeps it and one that breaks it.
fn literal(id: &str, keeps: bool) -> Vec<String> {
    let s = |text: &str| text.to_owned();
    let write = |token: &str, allowed| call("s", token, "write", allowed, "");
    let (reduced, started) = (if keeps { READ } else { ADMIN }, issue("s", "t1", BOTH));
    let begun = [s(WRITER), started];
    let after = |more: Vec<String>| begun.iter().cloned().chain(more).collect::<Vec<_>>();
    match id {
        "M-01" => after(vec![s(REMOVE), issue("s", "t2", reduced)]),
        "M-02" => {
            after(vec![s(REMOVE), undo(2), issue("s", "t2", if keeps { BOTH } else { READ })])
        }
        "M-03" => after(vec![
            s(OTHER),
            issue("b", "b1", BOTH),
            call("b", "b1", "write", true, ""),
            s(REMOVE),
            call("b", "b1", "write", keeps, ""),
        ]),
        "M-04" => vec![
            s(WRITER),
            s(REMOVE),
            s(RISK),
            issue("s", "t1", READ),
            undo(2),
            undo(1),
            s(RISK),
            s(REMOVE),
            issue("s", "t2", if keeps { READ } else { BOTH }),
        ],
        "M-05" => after(vec![
            s(REMOVE),
            issue("s", "t2", READ),
            refresh("rt1", &gives("t3", if keeps { READ } else { BOTH })),
        ]),
        "M-06" => vec![
            s(WRITER),
            issue("s", "t1", READ),
            format!(
                r#"{{ do = "exchange", subject = "s", token = "t1", service = "ledger", {} }}"#,
                gives("t2", if keeps { READ } else { BOTH })
            ),
        ],
        "M-07" => after(vec![
            s(REMOVE),
            issue("s", "t2", READ),
            call("s", "t2", "read", true, ""),
            call("s", "t1", "read", true, ""),
            write("t2", false),
            write("t1", !keeps),
        ]),
        "M-08" => vec![
            s(WRITER),
            format!(
                r#"{{ do = "issue", subject = "s", grant = "g", service = "orders", scope = ["{READ}"], {} }}"#,
                gives("t1", if keeps { READ } else { BOTH })
            ),
        ],
        "M-09" => {
            let foreign = call("s", "t1", "read", !keeps, "").replace("\"orders\"", "\"ledger\"");
            after(vec![foreign])
        }
        later => later_literal(later, keeps),
    }
}

/// The same for the later properties.
fn later_literal(id: &str, keeps: bool) -> Vec<String> {
    let s = |text: &str| text.to_owned();
    let write = |token: &str, allowed| call("s", token, "write", allowed, "");
    let reduced = if keeps { READ } else { ADMIN };
    let begun = [s(WRITER), issue("s", "t1", BOTH)];
    let after = |more: Vec<String>| begun.iter().cloned().chain(more).collect::<Vec<_>>();
    match id {
        "M-10" => after(vec![
            write("t1", true),
            s(REMOVE),
            call("s", "t1", "write", !keeps, ", at = 30.0"),
            write("t1", false),
            undo(3),
            issue("s", "t2", BOTH),
            write("t2", true),
        ]),
        "M-11" => after(vec![s(DISABLE), write("t1", !keeps)]),
        "M-12" => after(vec![s(REMOVE), write("t1", false), write("t1", !keeps)]),
        "M-13" => {
            let again = if keeps { s(INVALID) } else { gives("t2", READ) };
            after(vec![refresh("rt1", INVALID), refresh("rt1", &again)])
        }
        "M-14" => {
            let again = if keeps { s(INVALID) } else { gives("t3", READ) };
            after(vec![refresh("rt1", &gives("t2", READ)), refresh("rt1", &again)])
        }
        "M-15" => after(vec![write("t1", true), call("s", "t1", "write", keeps, ", route = 1")]),
        "M-16" => after(vec![s(OTHER), issue("b", "b1", if keeps { BOTH } else { READ })]),
        "M-17" => after(vec![s(RISK), issue("s", "t2", reduced)]),
        "M-18" => {
            after(vec![write("t1", true), s(REMOVE), issue("s", "t2", BOTH), write("t2", !keeps)])
        }
        "M-19" => after(vec![
            issue("s", "t2", BOTH),
            s(REMOVE),
            call("s", "t1", "write", false, ", arm = \"hot\""),
            call("s", "t2", "write", !keeps, ", arm = \"cold\""),
        ]),
        "M-20" => vec![
            s(WRITER),
            issue("s", "t1", READ),
            write("t1", false),
            s(OUTAGE),
            write("t1", !keeps),
        ],
        "M-21" => {
            let signed_in = |scope: &str, at: u32| {
                format!(r#"scope = "{scope}", claims = {{ auth_time = {at} }}"#)
            };
            let with = |text: String, at| {
                text.replace(&format!("scope = \"{BOTH}\""), &signed_in(BOTH, at))
            };
            vec![
                s(WRITER),
                with(issue("s", "t1", BOTH), 5),
                with(refresh("rt1", &gives("t2", BOTH)), if keeps { 5 } else { 9 }),
            ]
        }
        "M-22" => explanation("role writer", if keeps { READ } else { BOTH }),
        "M-23" => {
            let record = r#"{ token = "j-t1" }"#;
            let records = if keeps { s(record) } else { format!("{record}, {record}") };
            let read = r#"do = "read-decisions", seen = { decisions = "#;
            after(vec![format!("{{ {read}[{records}] }} }}")])
        }
        other => panic!("{other} has no literal history"),
    }
}

#[test]
fn each_property_can_hold_and_can_break() {
    for property in &PROPERTIES {
        for keeps in [true, false] {
            let tally =
                tallies(&literal(property.id, keeps)).remove(property.id).expect("it is there");
            let broken = format!("{} keeps: {keeps}: {:?}", property.id, tally.broken);
            assert!(tally.instances > 0, "{broken}");
            assert_eq!(tally.broken.is_empty(), keeps, "{broken}");
        }
    }
    let mut ids: Vec<_> = PROPERTIES.iter().map(|p| p.id).collect();
    ids.extend(NOT_IMPLEMENTED.iter().map(|(id, _)| *id));
    ids.sort_unstable();
    let all: Vec<_> = (1..=23).map(|n| format!("M-{n:02}")).collect();
    assert_eq!(ids, all, "each property is there, or said not to be");
}

#[test]
fn what_keeps_one_property_breaks_no_other() {
    for property in &PROPERTIES {
        for (id, tally) in tallies(&literal(property.id, true)) {
            assert!(tally.broken.is_empty(), "{}: {id}: {:?}", property.id, tally.broken);
        }
    }
}

#[test]
fn a_change_that_nobody_knows_shows_nothing() {
    let mut history = literal("M-01", false);
    assert!(!tallies(&history)["M-01"].broken.is_empty());
    history[2] =
        REMOVE.trim_end_matches('}').to_owned() + ", outcome = { unknown = \"no answer\" } }";
    assert!(tallies(&history).values().all(|t| t.instances == 0));
}

/// A log that explains the right to write like this, and what is left when the role `writer` is taken away.
fn explanation(write: &str, left: &str) -> Vec<String> {
    let claim = |value: &str, because: &str| {
        format!(r#"{{ claim = "scope", value = "{value}", because = "{because}" }}"#)
    };
    let claims = [claim("orders:read", "role reader"), claim("orders:write", write)].join(", ");
    let records = format!(r#"{{ token = "j-t1", claims = [{claims}] }}, {{ token = "j-t2" }}"#);
    let read = format!(r#"{{ do = "read-decisions", seen = {{ decisions = [{records}] }} }}"#);
    let (s, remove) = (WRITER.to_owned(), REMOVE.to_owned());
    vec![s, issue("s", "t1", BOTH), remove, issue("s", "t2", left), read]
}

#[test]
fn a_claim_goes_with_its_cause_and_with_no_other() {
    let explained =
        |write, left| tallies(&explanation(write, left)).remove("M-22").expect("it is there");
    let broken = |write, left| explained(write, left).broken.len();
    assert_eq!(broken("role writer", READ), 0, "it went with its cause");
    assert_eq!(broken("role writer", BOTH), 1, "it stayed without its cause");
    assert_eq!(broken("role reader", READ), 1, "it went without its cause");
    assert_eq!(broken("role reader", BOTH), 0, "its cause stayed, and so did it");
    let both = explained("role writer and role reader", BOTH);
    assert_eq!((both.broken.len(), both.instances), (0, 1), "two causes show nothing");
    let none = explained("it was asked for", BOTH);
    assert_eq!((none.broken.len(), none.instances), (0, 1), "no cause shows nothing");
}

fn pieces() -> Pieces {
    let role = |name: &str, scope: &str| (name.to_owned(), scope.to_owned());
    Pieces { roles: vec![role("reader", "items:read"), role("writer", "items:write")] }
}

#[test]
fn generated_scripts_are_scripts_and_follow_from_the_seed() {
    let of = |seed| (0..40).map(move |n| generated(n, seed, &pieces())).collect::<Vec<_>>();
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
    for seed in 0..5 {
        let texts = of(seed).into_iter().map(|script| (script.name, script.text));
        let scripts = Scripts::default().with_texts(texts).unwrap_or_else(|e| panic!("{e:?}"));
        assert_eq!(scripts.names().count(), 40);
    }
}

fn selftest(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recant"));
    command.arg("selftest").args(args).env_remove("RECANT_LOG");
    command.output().expect("the binary runs")
}

fn json(output: &Output, schema: &schemars::Schema) -> Value {
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let validator = jsonschema::validator_for(&schema.clone().to_value()).expect("a schema");
    let errors: Vec<_> = validator.iter_errors(&json).map(|e| e.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    json
}

#[test]
fn the_healthy_system_keeps_the_properties() {
    let output = selftest(&["--quiet", "--metamorphic", "3", "--format", "json"]);
    let told = json(&output, &recant::cli::selftest::metamorphic_schema());
    assert_eq!(output.status.code(), Some(0), "{told:#}");
    assert_eq!(told["unmet"], serde_json::json!({}));
    let looked_at = told["properties"].as_array().expect("a list");
    let looked_at = looked_at.iter().filter(|p| p["instances"].as_u64() > Some(0)).count();
    assert!(looked_at >= 14, "{told:#}");
}

#[test]
fn faults_break_properties_that_no_other_fault_breaks() {
    for (fault, states, property) in [
        ("risk-ignored", "4", "M-18"),
        ("explanations-invented", "6", "M-22"),
        ("fails-open", "9", "M-20"),
        ("taken-from-all-holders", "1", "M-03"),
        ("absent-takes-another", "9", "M-04"),
    ] {
        let output = selftest(&["--metamorphic", states, "--fault", fault, "--format", "json"]);
        let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let all = told["properties"].as_array().expect("a list");
        let found = all.iter().find(|p| p["id"] == property).expect("it is there");
        let broken = found["broken"].as_array().map_or(0, Vec::len);
        assert!(broken > 0, "{fault}: {found:#}");
        let kept = Path::new(told["recorded"].as_str().expect("a folder"));
        std::fs::remove_dir_all(kept.parent().expect("it is in a folder")).expect("it is removed");
    }
}

#[test]
fn a_fault_breaks_a_property() {
    let output = selftest(&["--metamorphic", "1", "--fault", "refresh-copies-claims"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let line = said.lines().find(|l| l.starts_with("M-05")).expect("a line of M-05");
    assert!(line.contains("BROKEN in"), "{said}");
    let kept = said.lines().find_map(|l| l.strip_prefix("recorded in ")).expect("a folder");
    std::fs::remove_dir_all(Path::new(kept).parent().expect("it is in a folder"))
        .expect("it can be removed");
}

#[test]
fn folders_of_selftests_that_were_killed_are_cleared_away() {
    let within = tempfile::tempdir().expect("a folder");
    let folder = |name: &str| within.path().join(name);
    for name in ["recant-selftest-killed", "recant-selftest-going", "recant-selftest-kept", "mine"]
    {
        std::fs::create_dir(folder(name)).expect("it is made");
        if name != "recant-selftest-kept" {
            std::fs::write(folder(name).join(".run.lock"), "").expect("it is written");
        }
    }
    let going = std::fs::File::open(folder("recant-selftest-going").join(".run.lock"));
    let going = going.expect("it is there");
    going.try_lock().expect("nobody has it");
    let mut command = Command::new(env!("CARGO_BIN_EXE_recant"));
    command.args(["selftest", "--quiet", "--metamorphic", "1"]).env("TMPDIR", within.path());
    let output = command.env_remove("RECANT_LOG").output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let mut left: Vec<_> = std::fs::read_dir(within.path())
        .expect("it can be listed")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
        .collect();
    left.sort();
    assert_eq!(left, ["mine", "recant-selftest-going", "recant-selftest-kept"]);
}
