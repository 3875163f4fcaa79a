//! The property of all this: a run in parts finds what the run in one finds.

use std::collections::BTreeMap;
use std::path::Path;

use recant::judge::Finding;
use recant::report::Report;

use super::stage::{said, text};

/// Scenarios of every evidence point; several of them ask about one script, and the log is judged whole in each.
const TAGS: &str = "@E-01 or @T-01 or @T-02 or @P-01 or @G-01 or @G-06 or @S-01";

fn report(folder: &Path) -> Report {
    recant::report::read(folder).expect("a report")
}

/// Findings but for what differs from run to run: indices, times, and the words that tell them.
fn told(report: &Report) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    let told = |f: &Finding| {
        let Finding {
            requirement,
            alias,
            scenario,
            service,
            verdict,
            advisory,
            place,
            obligation,
            ..
        } = f;
        format!(
            "{requirement} {alias} {scenario} {service:?} {verdict:?} {advisory} {place} {obligation}"
        )
    };
    for finding in &report.findings {
        *all.entry(told(finding)).or_default() += 1;
    }
    all
}

fn same(shards: u32, more: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let run = |out: &str, cut: &[&str]| {
        let out = at(out);
        let run = ["run", "--quiet", "--tags", TAGS, "--out", text(&out)];
        said(&[&run[..], more, cut].concat())
    };
    let (whole, told_whole) = run("whole", &[]);
    let mut merge = vec!["merge".to_owned(), "--quiet".into()];
    for number in 1..=shards {
        let (code, told) = run(&number.to_string(), &["--shard", &format!("{number}/{shards}")]);
        assert!(code == 0 || code == whole, "shard {number}: {told}");
        merge.push(text(&at(&number.to_string())).to_owned());
    }
    merge.extend(["--out".into(), text(&at("merged")).to_owned()]);
    let (code, told_merged) = said(&merge.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(code, whole, "{told_whole}\n{told_merged}");
    let (one, joined) = (report(&at("whole")), report(&at("merged")));
    assert!(one.findings.len() > 50, "only {}", one.findings.len());
    assert_eq!(told(&one), told(&joined));
    let order = |r: &Report| -> Vec<_> {
        r.findings.iter().map(|f| (f.place.clone(), f.requirement.clone())).collect()
    };
    assert_eq!(order(&one), order(&joined), "they come in the same order");
    assert_eq!(one.counts.findings, joined.counts.findings);
    assert_eq!(one.counts.scenarios, joined.counts.scenarios);
    assert_eq!(one.result, joined.result);
    let verdicts = |r: &Report| -> Vec<_> {
        r.requirements.iter().map(|j| (j.id.clone(), j.verdict)).collect()
    };
    assert_eq!(verdicts(&one), verdicts(&joined));
    let (code, told) = said(&["verify", text(&at("merged"))]);
    assert_eq!(code, 0, "{told}");
}

#[test]
fn a_healthy_system_is_found_healthy_in_parts() {
    same(3, &[]);
}

#[test]
fn what_a_fault_breaks_is_found_in_parts_in_any_order() {
    same(2, &["--seed", "11", "--fault", "mu-19"]);
}
