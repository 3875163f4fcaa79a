//! Files of waivers: everything that is wrong with one is said at its place, and what deserves a word.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use recant::error::render_problems;
use recant::model::Waiver;
use recant::plan::{WaiverTerms, load_target, shipped};

use super::with_secrets;

fn read(text: &str) -> Result<(Vec<Waiver>, String), String> {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let (_, target) = shipped::target("reference").expect("it is built in");
    std::fs::write(at("t.toml"), target).expect("written");
    std::fs::write(at("w.toml"), text).expect("written");
    let declared = load_target(Path::new(&at("t.toml")), &with_secrets()).expect("the target");
    let named = ["E-01", "enforcement/old-token-refused"];
    let requirements = named.map(|n| (n.to_owned(), named[1].to_owned())).into();
    let ids = BTreeSet::from([named[1].to_owned()]);
    let terms = WaiverTerms {
        requirements: &requirements,
        controls: &BTreeMap::from([("AC-3(8)".to_owned(), ids)]),
        scenarios: &["role-removal".to_owned()].into(),
        declared: &declared,
        days: ("2026-11-27", "2026-12-04"),
    };
    let place = format!("{}/", folder.path().display());
    let said = |problems: &[_]| render_problems(problems, false).replace(&place, "");
    match terms.read(&at("w.toml")) {
        Ok(read) => Ok((read.waivers, said(&read.warnings))),
        Err(problems) => Err(said(&problems)),
    }
}

const GOOD: &str = "[[waiver]]
requirement = \"E-01\"
target = \"reference\"
reason = \"a new gateway comes\"
owner = \"Reports team\"
created = \"2026-11-20\"
expires = \"2027-02-18\"
ticket = \"REP-17\"
";

#[test]
fn a_waiver_may_last_ninety_days_and_is_known_by_the_requirements_id() {
    let (waivers, said) = read(GOOD).expect("nothing is wrong");
    assert_eq!(said, "");
    assert_eq!(waivers[0].name(), "enforcement/old-token-refused");
    assert!(read(&GOOD.replace("2027-02-18", "2027-02-19")).is_err());
    assert_eq!(read("").expect("no waiver is no mistake").0, []);
}

#[test]
fn what_is_wrong_is_said_at_its_place_all_at_once() {
    let wrong = "[[waiver]]
requirement = \"E-011\"
target = \"refrence\"
reason = \"todo\"
owner = \"Reports team\"
created = \"2026-11-31\"
expires = \"2026-12-31\"
ticket = \"-\"

[[waiver]]
control = \"AC-3(9)\"
target = \"reference\"
service = \"report\"
scenario = \"role-removel\"
reason = \"r\"
owner = \"Reports team\"
created = \"2026-12-20\"
expires = \"2027-12-31\"
ticket = \"T\"

[[waiver]]
target = \"reference\"
reason = \"r\"
owner = \"Reports team\"
created = \"2026-11-20\"
expires = \"2026-11-19\"
ticket = \"T\"
";
    insta::assert_snapshot!(read(wrong).expect_err("all of it is wrong"));
    let shape = "[[wiaver]]\nx = 1\n";
    insta::assert_snapshot!(read(&format!("{GOOD}until = \"never\"\n{shape}")).expect_err("both"));
}

#[test]
fn what_is_over_or_nearly_so_or_waives_everything_is_worth_a_word() {
    let over = GOOD.replace("2027-02-18", "2026-11-26");
    let nearly =
        over.replace("2026-11-26", "2026-12-01").replace("target", "service = \"reports\"\ntarget");
    let all = GOOD.replace("requirement = \"E-01\"", "control = \"AC-3(8)\"");
    let (waivers, said) = read(&format!("{over}\n{nearly}\n{all}")).expect("it stops nothing");
    assert_eq!(waivers.len(), 3);
    insta::assert_snapshot!(said);
}
