//! An administration that answers before it acts, and services that follow later.

use recant::drive::Run;
use recant::history::{Action, View};

use super::recipes::{CLOCK, RECIPE, confirming_recipe};
use super::toy::{START, TARGET, Toy, confirming, start, toy};
use super::undo::{TICKET, act};

/// The target with an issuer that may take some seconds to follow a change.
async fn slow(recipe: &str) -> Toy {
    start(&format!("{TARGET}[bounds]\ndecision = \"5s\"\n"), recipe).await
}

/// The target with a read that shows no subject that is made.
async fn unseen() -> Toy {
    let read = "confirm = { request = \"GET {base}/admin/subjects/{subject}\", at = \"/roles/*\", has = \"nobody\" }\n";
    start(TARGET, &RECIPE.replace("remove = [", &format!("{read}remove = ["))).await
}

#[tokio::test]
async fn an_undo_may_show_as_late_as_a_decision() {
    // More reads than are made where decisions follow at once.
    let reads = Some(9);
    let (quick, slow) = (toy(false).await, slow(RECIPE).await);
    for (toy, left) in [(quick, 1), (slow, 0)] {
        let run = toy.run().await;
        let mut stage = run.stage("a");
        act(&mut stage, TICKET).await.unwrap();
        toy.world().ticket_shown = reads;
        stage.finish().await.unwrap();
        assert_eq!(run.finish(false).await.unwrap().unrestored.len(), left);
    }
}

#[tokio::test]
async fn a_change_that_shows_later_is_looked_for_again() {
    let shows = |run: &Run| {
        let view = View::of(run.lines_of("a"));
        let reads = view.ops.into_iter().filter(|op| matches!(op.action, Action::Confirm { .. }));
        reads.map(|op| op.outcome.is_allow()).collect::<Vec<_>>()
    };
    // By the next verb, at the latest before it is undone; and never where nothing was promised.
    let verb = r#"do = "call", of = "subject", label = "hot", operations = "kept""#;
    let undo = r#"do = "undo", name = "remove role""#;
    let end = "the end of the scenario";
    let rows = [
        (6, verb, true, vec![false, true]),
        (9, undo, true, vec![false, true]),
        (9, end, true, vec![false, true]),
        (6, verb, false, vec![false]),
    ];
    for (reads, then, late, seen) in rows {
        let toy = if late { slow(&confirming_recipe()).await } else { confirming().await };
        let run = toy.run().await;
        let mut stage = run.stage("a");
        toy.world().late_reads = reads + 1;
        act(&mut stage, START).await.unwrap();
        if then == end {
            stage.finish().await.unwrap();
        } else {
            act(&mut stage, then).await.unwrap();
        }
        assert_eq!(shows(&run), seen, "{then}");
    }
}

#[tokio::test]
async fn whoever_comes_next_does_not_feel_what_was_undone() {
    // A ticket is about more than its subject; a role goes with it.
    for (script, waits) in [(TICKET, true), (START, false)] {
        let toy = slow(&format!("{RECIPE}{CLOCK}")).await;
        let run = toy.run().await;
        let mut stage = run.stage("a");
        act(&mut stage, script).await.unwrap();
        let before = toy.world().advanced;
        stage.finish().await.unwrap();
        // Some of the time is real: the clock stands still for a moment after a change.
        assert_eq!(toy.world().advanced >= before + 4_000, waits, "{script}");
    }
}

#[tokio::test]
async fn a_subject_that_does_not_show_is_not_there() {
    let toy = unseen().await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    let halt = act(&mut stage, START).await.unwrap_err();
    assert!(halt.to_string().contains("could not be confirmed"), "{halt}");
    stage.finish().await.unwrap();
    assert_eq!(toy.subjects(), "");
}
