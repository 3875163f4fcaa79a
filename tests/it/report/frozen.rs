//! A version of the report format, once given, stays: what recant writes today fits the copy that was frozen, and what was written
//! then is read today.

use std::path::PathBuf;

use recant::model::hex;
use recant::report::{self, Report};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::literal;

/// The formats that were given, each with the SHA-256 of its frozen schema and of a report of its first day. Rows are added with a new
/// format, and never altered: what doesn't fit any more needs a new version.
const FROZEN: &[(&str, &str, &str)] = &[(
    "recant-report/v1",
    "1cabb4ea13556d2588eee28eb66b8bf4d26909e5340522628f4a22cf208a6127",
    "d6c7847fe0557aa3bed71bb648fe5f816e9723b647ff6d089ced93a2b5cf7a49",
)];

/// Does something to a report.
type Alter = fn(&mut Value);

fn frozen(format: &str, ending: &str) -> (String, Value) {
    let name = format!("{}{ending}", format.replace('/', "-"));
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "schemas", "frozen", &name].iter().collect();
    let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    (hex(&Sha256::digest(&bytes)), serde_json::from_slice(&bytes).expect("JSON"))
}

fn misfits(schema: &Value, report: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(schema).expect("the schema is a schema");
    validator.iter_errors(report).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

#[test]
fn frozen_copies_are_as_they_were() {
    for (format, schema, first) in FROZEN {
        assert_eq!(
            frozen(format, ".schema.json").0,
            *schema,
            "the frozen schema of {format} was altered"
        );
        assert_eq!(frozen(format, ".json").0, *first, "the first report of {format} was altered");
    }
}

#[test]
fn what_is_written_today_fits_the_frozen_copy_of_its_format() {
    assert!(
        FROZEN.iter().any(|(format, ..)| *format == report::FORMAT),
        "{} is not frozen",
        report::FORMAT
    );
    let schema = frozen(report::FORMAT, ".schema.json").1;
    let today = serde_json::to_value(literal()).expect("a report is JSON");
    assert_eq!(misfits(&schema, &today), Vec::<String>::new());
}

#[test]
fn the_frozen_copy_notices_what_a_reader_would_stumble_over() {
    let schema = frozen(report::FORMAT, ".schema.json").1;
    let today = serde_json::to_value(literal()).expect("a report is JSON");
    let alter: [(&str, Alter); 4] = [
        ("a member removed", |r| drop(r["run"].as_object_mut().expect("an object").remove("name"))),
        ("a verdict of another name", |r| r["findings"][0]["verdict"] = "passed".into()),
        ("a number become text", |r| r["counts"]["findings"]["total"] = "4".into()),
        ("a list become an object", |r| r["findings"] = serde_json::json!({})),
    ];
    for (what, alter) in alter {
        let mut other = today.clone();
        alter(&mut other);
        assert_ne!(misfits(&schema, &other), Vec::<String>::new(), "{what}");
    }
}

#[test]
fn what_was_written_then_is_read_today() {
    for (format, ..) in FROZEN {
        let first = frozen(format, ".json").1;
        assert_eq!(misfits(&frozen(format, ".schema.json").1, &first), Vec::<String>::new());
        let read: Report = serde_json::from_value(first.clone()).expect("it is read");
        // Nothing of it is lost, or comes out as something else.
        let again = serde_json::to_value(&read).expect("a report is JSON");
        let lost = lost(&first, &again, "");
        assert_eq!(lost, Vec::<String>::new(), "{format}");
        assert_eq!(misfits(&report::report_schema().to_value(), &first), Vec::<String>::new());
    }
}

/// Members of one value that another one has not, or has otherwise.
fn lost(then: &Value, now: &Value, at: &str) -> Vec<String> {
    match (then, now) {
        (Value::Object(then), Value::Object(now)) => then
            .iter()
            .flat_map(|(name, value)| match now.get(name) {
                Some(now) => lost(value, now, &format!("{at}/{name}")),
                None => vec![format!("{at}/{name}")],
            })
            .collect(),
        (Value::Array(then), Value::Array(now)) if then.len() == now.len() => then
            .iter()
            .zip(now)
            .enumerate()
            .flat_map(|(n, (then, now))| lost(then, now, &format!("{at}/{n}")))
            .collect(),
        _ if then == now => Vec::new(),
        _ => vec![at.to_owned()],
    }
}
