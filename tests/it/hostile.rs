//! The binary against systems that are well-behaved but for one thing, which is meant to hurt: bounded time and memory,
//! never green and never red where nothing can be judged, nothing secret and nothing that a terminal obeys in what is
//! written.

mod bodies;
mod exchanges;
mod lies;
mod ran;
mod system;
mod texts;
mod tokens;
mod undo;
mod wires;

pub use ran::{Bench, said};
pub use system::{System, Wrong, good};

use futures::future::join_all;
use ran::wrong_with;

/// One way to be hostile and what it may come to.
pub struct Case {
    pub what: &'static str,
    pub wrong: Wrong,
    /// Replacements in the target file.
    pub edits: Vec<(&'static str, String)>,
    /// Exit codes that are right.
    pub codes: &'static [i32],
    /// Words that must be said, in the terminal or the record.
    pub says: &'static str,
}

/// Runs all cases and says everything that is wrong with any.
pub async fn all(cases: Vec<Case>) {
    let wrong: Vec<String> = join_all(cases.iter().map(one)).await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn one(case: &Case) -> Vec<String> {
    let system = System::start(case.wrong.clone()).await;
    let edits: Vec<_> = case.edits.iter().map(|(from, to)| (*from, to.as_str())).collect();
    let bench = Bench::new(&system.base, &edits);
    let ran = bench.ran().await;
    let mut wrong = wrong_with(&ran, &bench, &system);
    if !ran.code.is_some_and(|code| case.codes.contains(&code)) {
        wrong.push(format!("exit {:?}, not one of {:?}", ran.code, case.codes));
    }
    let history = bench.wrote().into_iter().map(|(_, text)| text).collect::<String>();
    if !ran.said.contains(case.says) && !history.contains(case.says) {
        wrong.push(format!("does not say {:?}", case.says));
    }
    println!("{:<60} exit {:?} {:>4} MiB {:.1?}", case.what, ran.code, ran.peak, ran.took);
    if !wrong.is_empty() {
        wrong.push(format!("it said:\n{}", ran.said));
    }
    wrong.into_iter().map(|w| format!("{}: {w}", case.what)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_without_a_twist_is_conformant() {
    let case = Case {
        what: "nothing wrong",
        wrong: Wrong::default(),
        edits: vec![],
        codes: &[0],
        says: "conformant",
    };
    all(vec![case]).await;
}
