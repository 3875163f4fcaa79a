//! The catalogue and the control frameworks hold together, and every requirement's examples get their verdicts.

use std::collections::BTreeSet;

use recant::controls::Frameworks;
use recant::history::{Line, Seen, View};
use recant::judge::{checks, judge};
use recant::model::{Outcome, Verdict};
use recant::requirements::{Catalog, Example, Requirement};
use serde_json::json;

fn catalog() -> Catalog {
    Catalog::of(Catalog::files().iter().copied()).unwrap_or_else(|wrong| panic!("{wrong:#?}"))
}

#[test]
fn every_file_is_in_order() {
    assert!(!catalog().is_empty());
    for requirement in catalog().all() {
        for (member, text) in [
            ("title", &requirement.title),
            ("obligation", &requirement.obligation),
            ("why", &requirement.why),
            ("judged", &requirement.judged),
            ("help", &requirement.help),
        ] {
            assert!(!text.trim().is_empty(), "{}: {member} is empty", requirement.id);
        }
        assert!(!requirement.source.is_empty(), "{}: no source", requirement.id);
    }
}

#[test]
fn broken_files_are_refused_all_at_once() {
    let (path, text) = Catalog::files()[0];
    let files = [(path, text), (path, text), ("token/elsewhere.toml", text), ("token/x.toml", "=")];
    let wrong = Catalog::of(files).expect_err("two files with one id");
    assert!(wrong.iter().any(|w| w.contains("another file has the id")), "{wrong:#?}");
    assert!(wrong.iter().any(|w| w.contains("the file's path says")), "{wrong:#?}");
    assert!(wrong.iter().any(|w| w.starts_with("token/x.toml:")), "{wrong:#?}");
}

#[test]
fn every_cited_control_is_in_a_framework() {
    let frameworks = Frameworks::shipped();
    for requirement in catalog().all() {
        for id in &requirement.controls {
            assert!(frameworks.citation(id).is_some(), "{}: no control {id:?}", requirement.id);
        }
    }
}

/// What readers of each kind look for: OWASP, NIST, and those of auditors who work by SOC 2, PCI DSS or ISO/IEC 27001.
#[test]
fn what_readers_look_for_is_evidenced() {
    let wanted =
        "NHI-03 PR.AC-4 AC-2(3) AC-2(6) AC-2(13) AC-3(8) AC-12 IA-13(3) SC-23(1) CC6.1 CC6.2 CC6.3";
    let spaced =
        ["ASVS v5.0.0-8.3.2", "ASVS v5.0.0-7.4.1", "PCI DSS 7.2.5", "PCI DSS 8.2.5", "ISO A.5.18"];
    let nhi = ["NHI1:2025", "NHI5:2025", "NHI7:2025", "NHI8:2025", "NHI9:2025"];
    let catalog = catalog();
    for id in wanted.split(' ').chain(spaced).chain(nhi) {
        let evidence = catalog.all().any(|r| r.controls.iter().any(|c| c == id));
        assert!(evidence, "no requirement is evidence for {id}");
    }
}

#[test]
fn labels_that_people_cite_are_shown_with_what_is_published() {
    let label = |id| Frameworks::shipped().citation(id).expect("it is there").label();
    insta::assert_snapshot!(label("NHI-03"), @"NHI-03 (as cited) / NHI7:2025");
    insta::assert_snapshot!(label("PR.AC-4"), @"PR.AC-4 / PR.AA-05");
    insta::assert_snapshot!(label("AC-3(8)"), @"AC-3(8)");
    let cited = Frameworks::shipped().citation("NHI-03").expect("it is there");
    assert!(cited.note.contains("Vulnerable Third-Party NHI"), "{}", cited.note);
}

#[test]
fn every_check_is_used_and_every_requirement_has_one() {
    let used: BTreeSet<String> = catalog().all().map(|r| r.check.clone()).collect();
    let known: BTreeSet<String> = checks::all().map(|(name, _)| name.to_owned()).collect();
    // For the sentences of teams, on requirements whose own check asks for more.
    let for_sentences = ["bystander-accepted", "earlier-token-refused"].map(str::to_owned);
    assert_eq!(used.union(&for_sentences.into()).cloned().collect::<BTreeSet<_>>(), known);
}

#[test]
fn every_requirement_shows_a_pass_a_failure_and_an_open_case() {
    for requirement in catalog().all() {
        for verdict in [Verdict::Pass, Verdict::Fail, Verdict::Inconclusive] {
            let shown = requirement.example.iter().any(|e| e.verdict == verdict);
            assert!(shown, "{}: no example that is {}", requirement.id, verdict.word());
        }
    }
}

#[test]
fn every_example_gets_its_verdict() {
    let catalog = catalog();
    let mut wrong = Vec::new();
    for requirement in catalog.all() {
        for index in 0..requirement.example.len() {
            wrong.extend(mistaken(&catalog, requirement, index));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn mistaken(catalog: &Catalog, requirement: &Requirement, index: usize) -> Option<String> {
    let example = &requirement.example[index];
    let lines = example.lines(requirement).unwrap_or_else(|e| panic!("{}: {e}", requirement.id));
    let findings = judge(catalog, &View::of(lines));
    let verdict = Verdict::worst(findings.iter().map(|f| f.verdict));
    let broke = findings.iter().any(|f| f.because.contains("broke on this record"));
    (verdict != example.verdict || broke).then(|| {
        let said: Vec<_> = findings
            .iter()
            .map(|f| format!("    {:?} {}: {}", f.service, f.verdict.word(), f.because))
            .collect();
        let wanted = example.verdict.word();
        format!("{}, {:?}: wanted {wanted}\n{}", requirement.id, example.about, said.join("\n"))
    })
}

/// The verdict of an example's lines after something was done to them.
fn verdict(catalog: &Catalog, lines: Vec<Line>) -> (Verdict, String) {
    let findings = judge(catalog, &View::of(lines));
    let words = findings.iter().map(|f| f.because.as_str()).collect::<Vec<_>>().join("; ");
    (Verdict::worst(findings.iter().map(|f| f.verdict)), words)
}

fn examples(catalog: &Catalog) -> Vec<(&Requirement, &Example, Vec<Line>)> {
    let each = catalog.all().flat_map(|r| r.example.iter().map(move |e| (r, e)));
    each.map(|(r, e)| (r, e, e.lines(r).unwrap_or_else(|why| panic!("{}: {why}", r.id)))).collect()
}

#[test]
fn an_answer_that_nobody_knows_never_decides() {
    let catalog = catalog();
    let mut wrong = Vec::new();
    for (requirement, example, lines) in examples(&catalog) {
        for at in 0..lines.len() {
            let mut lines = lines.clone();
            let Line::Complete(completion) = &mut lines[at] else { continue };
            if !completion.outcome.is_allow() && !completion.outcome.is_deny() {
                continue;
            }
            completion.outcome = Outcome::Unknown("no answer within 10 s".into());
            completion.seen = Seen::default();
            let op = completion.op;
            let (now, words) = verdict(&catalog, lines);
            let better = example.verdict == Verdict::Fail && now < Verdict::Inconclusive;
            let worse = example.verdict < Verdict::Inconclusive && now == Verdict::Fail;
            if better || worse {
                let (id, about) = (&requirement.id, &example.about);
                wrong.push(format!("{id}, {about:?}, op {op} unknown: {}: {words}", now.word()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn odd_claims_and_records_break_no_check() {
    let catalog = catalog();
    let odd = [
        json!(null),
        json!([]),
        json!({ "a": [1, null] }),
        json!(-1e308),
        json!(1e308),
        json!(""),
        json!("\u{202e} \u{0} :::"),
        json!([["deep"], 7, "orders:read"]),
    ];
    for (requirement, example, lines) in examples(&catalog) {
        for value in &odd {
            let mut lines = lines.clone();
            for line in &mut lines {
                let Line::Complete(completion) = line else { continue };
                for token in &mut completion.seen.tokens {
                    for claim in token.claims.iter_mut().flat_map(|c| c.values_mut()) {
                        *claim = value.clone();
                    }
                    token.service = None;
                }
                for record in &mut completion.seen.decisions {
                    record.time = Some(value.to_string());
                    record.kind = None;
                    record.subject = None;
                    record.owners = vec![value.to_string()];
                    record.token = Some(value.to_string());
                }
            }
            let (_, words) = verdict(&catalog, lines);
            assert!(
                !words.contains("broke on"),
                "{}, {:?}: {words}",
                requirement.id,
                example.about
            );
        }
    }
}
