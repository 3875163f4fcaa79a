//! An undo that is acknowledged and not done: said as what it is, beside what was found before it.

use super::system::{System, Wrong};
use super::{Bench, Case, all};

const SAYS: &str = "the target acknowledged it, but still shows the change";

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_that_was_not_done_leaves_the_target_changed() {
    let wrong = Wrong { at: "undo", ..Wrong::default() };
    let case = Case { what: "an undo is not done", wrong, edits: vec![], codes: &[7], says: SAYS };
    all(vec![case]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_found_before_a_failed_undo_stays_found() {
    let system = System::start(Wrong { at: "undo", lenient: true, ..Wrong::default() }).await;
    let bench = Bench::new(&system.base, &[]);
    let ran = bench.ran().await;
    assert_eq!(ran.code, Some(7), "{}", ran.said);
    assert!(ran.said.contains("fail[enforcement/old-token-refused]"), "{}", ran.said);
    assert!(ran.said.contains(SAYS), "{}", ran.said);
    let wrote = bench.wrote();
    let (_, findings) = wrote.iter().find(|(name, _)| name == "findings.json").unwrap();
    let findings: Vec<serde_json::Value> = serde_json::from_str(findings).unwrap();
    let of = |id: &str| -> Vec<&str> {
        let about = findings.iter().filter(|f| f["requirement"] == id);
        about.map(|f| f["verdict"].as_str().unwrap()).collect()
    };
    assert_eq!(of("enforcement/old-token-refused"), ["fail"]);
    // What is not failed for certain may be told otherwise by what was not carried out.
    assert_eq!(of("token/audience-is-specific"), ["inconclusive"]);
}
