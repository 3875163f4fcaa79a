//! The shipped scenarios against a model of a system (`model_system.rs`, `model_driver.rs`): nothing fails or stays open where it does
//! everything right, and each thing that it does wrong is noticed where it must be.

use recant::judge::{Finding, judge};
use recant::model::Verdict;
use recant::requirements::Catalog;

use super::model_driver::history;

/// Which enforcement requirements are judged after which scenario: as in `features/enforcement`.
const JUDGED: [(&str, &[&str]); 12] = [
    ("role-removal", &["E-01", "E-10", "E-12", "E-20"]),
    ("risk-elevation", &["E-01"]),
    ("device-change", &["E-01"]),
    ("policy-edit", &["E-01"]),
    ("token-revoked", &["E-02", "E-10", "E-12", "E-19", "E-20"]),
    ("subject-disabled", &["E-03", "E-12", "E-19", "E-20"]),
    ("subject-deleted", &["E-03"]),
    ("wrong-audience", &["E-04"]),
    ("narrow-scope", &["E-05"]),
    ("expiry", &["E-06", "E-12"]),
    ("key-retired", &["E-09"]),
    ("decision-source-down", &["E-16"]),
];

/// Faults of services and introspection, and who must notice each (FAULTS section 6).
const FAULTS: [(&str, &str); 11] = [
    ("mu-17", "E-02"),
    ("mu-18", "E-02"),
    ("mu-19", "E-12"),
    ("mu-25", "E-04"),
    ("mu-26", "E-06"),
    ("mu-27", "E-10"),
    ("mu-28", "E-09"),
    ("mu-31", "E-05"),
    ("mu-33", "E-02"),
    ("mu-34", "E-16"),
    ("mu-36", "E-10"),
];

fn findings(fault: &'static str) -> impl Iterator<Item = (&'static str, Finding)> {
    JUDGED.into_iter().flat_map(move |(scenario, aliases)| {
        let found = judge(Catalog::shipped(), &history(scenario, aliases, fault));
        found.into_iter().map(move |finding| (scenario, finding))
    })
}

fn place(finding: &Finding) -> &str {
    finding.service.as_deref().unwrap_or("the issuer")
}

#[test]
fn a_system_that_does_everything_right_neither_fails_nor_leaves_open() {
    let mut said = String::new();
    let mut wrong = Vec::new();
    for (scenario, f) in findings("") {
        let line = format!("{} after {scenario}: {} at {}", f.alias, f.verdict.word(), place(&f));
        if !matches!(f.verdict, Verdict::Pass | Verdict::Bounded) {
            wrong.push(format!("{line}: {} {:?}", f.because, f.evidence));
        }
        said += &line;
        said.push('\n');
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    insta::assert_snapshot!(said);
}

#[test]
fn each_fault_is_noticed_where_it_must_be() {
    let mut said = String::new();
    for (fault, must) in FAULTS {
        said += &format!("{fault}\n");
        let failed: Vec<_> = findings(fault).filter(|(_, f)| f.verdict == Verdict::Fail).collect();
        for (scenario, f) in &failed {
            said += &format!("  {} after {scenario} at {}: {}\n", f.alias, place(f), f.because);
        }
        assert!(failed.iter().any(|(_, f)| f.alias == must), "{fault} is not noticed:\n{said}");
    }
    insta::assert_snapshot!(said);
}
