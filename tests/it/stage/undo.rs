//! Every change is undone, however its scenario ends; after a kill, from the journal.

use std::io::Write;

use recant::drive::{Halt, Journal, Run, Stage, restore};
use recant::history::{Action, Line, View};
use recant::model::Outcome;
use recant::plan::Overlay;

use super::toy::{START, Toy, confirming, journal, toy, verb, verbs};

pub(super) const TICKET: &str = r#"
    do = "subject", name = "subject"
    do = "change", name = "make ticket", of = "subject"
"#;

pub(super) async fn act(stage: &mut Stage, lines: &str) -> Result<(), Halt> {
    for verb in verbs(lines) {
        stage.perform(&verb).await?;
    }
    Ok(())
}

fn undone(run: &Run, instance: &str) -> usize {
    let is_undo =
        |l: &Line| matches!(l, Line::Invoke(i) if matches!(i.action, Action::Undo { .. }));
    run.lines_of(instance).iter().filter(|l| is_undo(l)).count()
}

#[tokio::test]
async fn the_end_of_a_scenario_undoes_latest_first() {
    let toy = toy(false).await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    act(&mut stage, START).await.unwrap();
    assert_eq!(toy.subjects(), "recant-r-s1: reader");
    stage.finish().await.unwrap();
    assert_eq!(run.finish(false).await.unwrap().unrestored, Vec::<String>::new());
    assert_eq!(
        toy.admin_requests(),
        [
            "PUT /admin/subjects/recant-r-s1",
            "DELETE /admin/subjects/recant-r-s1/roles/writer",
            "PUT /admin/subjects/recant-r-s1/roles/writer",
            "DELETE /admin/subjects/recant-r-s1",
        ]
    );
    assert_eq!(undone(&run, "a"), 1);
    assert_eq!(journal(&toy.run_folder()).matches("\"closed\"").count(), 2);
}

#[tokio::test]
async fn a_failing_step_undoes() {
    let toy = toy(false).await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    act(&mut stage, START).await.unwrap();
    let exchange = verb(r#"do = "exchange", of = "subject", label = "hot", to = "x""#);
    assert!(matches!(stage.perform(&exchange).await, Err(Halt::Unmet(_))));
    stage.finish().await.unwrap();
    assert_eq!(toy.subjects(), "");
    assert_eq!(undone(&run, "a"), 1);
}

#[tokio::test]
async fn an_undo_step_undoes_once() {
    let toy = toy(false).await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    act(&mut stage, START).await.unwrap();
    act(&mut stage, r#"do = "undo", name = "remove role""#).await.unwrap();
    assert_eq!(toy.subjects(), "recant-r-s1: reader writer");
    stage.finish().await.unwrap();
    assert_eq!(undone(&run, "a"), 1);
}

#[tokio::test]
async fn a_change_of_unknown_outcome_is_undone_and_the_scenario_unmet() {
    let toy = toy(false).await;
    let run = toy.run().await;
    toy.world().answer = Some(("DELETE /admin/subjects/recant-r-s1/roles", 502));
    let mut stage = run.stage("a");
    let halt = act(&mut stage, START).await.unwrap_err();
    assert!(halt.to_string().contains("502"), "{halt}");
    assert_eq!(toy.subjects(), "recant-r-s1: reader");
    stage.finish().await.unwrap();
    assert_eq!(undone(&run, "a"), 1);
    assert_eq!(toy.subjects(), "");
}

#[tokio::test]
async fn a_change_that_was_refused_is_not_undone() {
    let toy = toy(false).await;
    let run = toy.run().await;
    toy.world().refuse = Some(("DELETE /admin/subjects/recant-r-s1/roles", 403));
    let mut stage = run.stage("a");
    assert!(matches!(act(&mut stage, START).await, Err(Halt::Unmet(_))));
    stage.finish().await.unwrap();
    assert_eq!(undone(&run, "a"), 0);
    assert_eq!(run.finish(false).await.unwrap().unrestored, Vec::<String>::new());
}

#[tokio::test]
async fn what_cannot_be_undone_is_said() {
    let toy = toy(false).await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    act(&mut stage, TICKET).await.unwrap();
    toy.world().refuse = Some(("DELETE /admin/tickets", 403));
    stage.finish().await.unwrap();
    let finish = run.finish(false).await.unwrap();
    assert_eq!(finish.unrestored.len(), 1);
    assert!(finish.unrestored[0].starts_with("`make ticket` could not be undone"));
    // The subject is removed all the same.
    assert_eq!(toy.subjects(), "");
    assert_eq!(Journal::open_entries(&toy.run_folder().join("undo.jsonl")).unwrap().len(), 1);
}

#[tokio::test]
async fn an_undo_that_is_acknowledged_and_not_done_is_said_until_it_is_done() {
    let toy = toy(false).await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    act(&mut stage, TICKET).await.unwrap();
    toy.world().sticky_ticket = true;
    stage.finish().await.unwrap();
    let [left] = run.finish(false).await.unwrap().unrestored.try_into().unwrap();
    let said =
        "`make ticket` could not be undone: the target acknowledged it, but still shows the change";
    assert_eq!(left, said);
    let folder = toy.run_folder();
    // The journal knows what to read, so that restoring does not believe the target either.
    let restored = restore(&folder, toy.declared.clone(), &Overlay::default()).await.unwrap();
    assert_eq!(restored.unrestored, [said]);
    toy.world().sticky_ticket = false;
    let restored = restore(&folder, toy.declared.clone(), &Overlay::default()).await.unwrap();
    assert_eq!(restored.undone, ["`make ticket`"]);
    assert_eq!(restored.unrestored, Vec::<String>::new());
}

#[tokio::test]
async fn an_undo_that_is_acknowledged_and_not_made_hides_nothing() {
    let toy = confirming().await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    act(&mut stage, START).await.unwrap();
    toy.world().refuse = Some(("PUT /admin/subjects/recant-r-s1/roles", 204));
    // The scenario goes on: what does not come back is for the judge.
    let on = r#"
        do = "undo", name = "remove role"
        do = "tokens", of = "subject", label = "again"
    "#;
    act(&mut stage, on).await.unwrap();
    let ops = View::of(run.lines_of("a")).ops;
    let undo = ops.iter().find(|op| matches!(op.action, Action::Undo { .. })).unwrap();
    assert_eq!(undo.outcome, Outcome::Accepted);
    let read = ops.iter().rfind(|op| matches!(op.action, Action::Confirm { .. })).unwrap();
    assert!(read.index > undo.index && matches!(read.outcome, Outcome::Failed(_)), "{read:?}");
    // It is said although the subject is gone.
    stage.finish().await.unwrap();
    assert_eq!(toy.subjects(), "");
    let [left] = run.finish(false).await.unwrap().unrestored.try_into().unwrap();
    assert!(left.ends_with("the target acknowledged it, but still shows the change"), "{left}");
    let folder = toy.run_folder();
    let path = folder.join("undo.jsonl");
    assert_eq!(Journal::open_entries(&path).unwrap().len(), 1);
    let restored = restore(&folder, toy.declared.clone(), &Overlay::default()).await.unwrap();
    assert_eq!(restored.unrestored, Vec::<String>::new());
    assert!(restored.undone[0].ends_with("it went with its subject"), "{restored:?}");
    assert!(Journal::open_entries(&path).unwrap().is_empty());
}

#[tokio::test]
async fn what_was_changed_of_a_subject_alone_goes_with_it() {
    let toy = toy(false).await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    act(&mut stage, START).await.unwrap();
    toy.world().refuse = Some(("PUT /admin/subjects/recant-r-s1/roles", 404));
    stage.finish().await.unwrap();
    assert_eq!(toy.subjects(), "");
    assert_eq!(run.finish(false).await.unwrap().unrestored, Vec::<String>::new());
    assert!(Journal::open_entries(&toy.run_folder().join("undo.jsonl")).unwrap().is_empty());
}

#[tokio::test]
async fn a_subject_that_stays_is_still_changed() {
    let toy = toy(false).await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    act(&mut stage, START).await.unwrap();
    toy.world().refuse = Some(("PUT /admin/subjects/recant-r-s1/roles", 403));
    toy.world().answer = Some(("DELETE /admin/subjects/recant-r-s1", 403));
    stage.finish().await.unwrap();
    assert_eq!(run.finish(false).await.unwrap().unrestored.len(), 2);
    let folder = toy.run_folder();
    assert_eq!(Journal::open_entries(&folder.join("undo.jsonl")).unwrap().len(), 2);
    // The role still can't be given back, but nobody is left who would need it.
    toy.world().answer = None;
    let restored = restore(&folder, toy.declared.clone(), &Overlay::default()).await.unwrap();
    assert_eq!(restored.undone, ["the subject recant-r-s1"]);
    assert_eq!(restored.unrestored, Vec::<String>::new());
}

#[tokio::test]
async fn an_interrupt_ends_the_wait_and_undoes() {
    let toy = toy(false).await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    act(&mut stage, START).await.unwrap();
    let wait = verb(r#"do = "wait", seconds = 600"#);
    let (waited, ()) = tokio::join!(stage.perform(&wait), async { run.interrupt() });
    assert_eq!(waited, Err(Halt::Interrupted));
    stage.finish().await.unwrap();
    assert_eq!(run.finish(true).await.unwrap().unrestored, Vec::<String>::new());
    assert_eq!(toy.subjects(), "");
    assert_eq!(undone(&run, "a"), 1);
}

#[tokio::test]
async fn a_panic_undoes() {
    let toy = toy(false).await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    act(&mut stage, START).await.unwrap();
    let panicking = tokio::spawn(async move {
        let _stage = stage;
        // Not `panic!`: the test's output stays clean.
        std::panic::resume_unwind(Box::new("as if a step had panicked"));
    });
    assert!(panicking.await.is_err());
    assert_eq!(run.finish(false).await.unwrap().unrestored, Vec::<String>::new());
    assert_eq!(toy.subjects(), "");
}

/// A run in the middle of a change, as `kill -9` leaves it: nothing is undone.
async fn killed() -> Toy {
    let toy = toy(false).await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    act(&mut stage, START).await.unwrap();
    std::mem::forget(stage);
    toy
}

#[tokio::test]
async fn a_killed_run_is_restored_once_from_its_journal() {
    let toy = killed().await;
    // The last line of the journal is torn.
    let folder = toy.run_folder();
    let path = folder.join("undo.jsonl");
    let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(br#"{"journal":"open","id":3,"chan"#).unwrap();

    let restored = restore(&folder, toy.declared.clone(), &Overlay::default()).await.unwrap();
    assert_eq!(restored.undone, ["`remove role` (role writer)", "the subject recant-r-s1"]);
    assert_eq!(restored.unrestored, Vec::<String>::new());
    assert_eq!(toy.subjects(), "");

    let again = restore(&folder, toy.declared.clone(), &Overlay::default()).await.unwrap();
    assert_eq!(again.undone, Vec::<String>::new());
}

/// Alters one thing of a journal, and says what a restore must complain of.
type Tampering = (&'static str, &'static str, &'static str);

#[tokio::test]
async fn a_journal_that_was_written_by_somebody_else_sends_nothing() {
    const TAMPERED: [Tampering; 4] = [
        ("PUT {base}/admin/", "PUT http://127.0.0.1:9/steal/", "is no request of the recipe"),
        ("PUT {base}/admin/", "PUT {base}/{secret.admin}/admin/", "is no request of the recipe"),
        (
            r#""values":{"#,
            r#""values":{"base":"http://127.0.0.1:9","#,
            "is the target file's to give",
        ),
        (
            r#""values":{"#,
            r#""values":{"place":"http://127.0.0.1:9/x","#,
            "leads to http://127.0.0.1:9",
        ),
    ];
    for (from, to, said) in TAMPERED {
        let toy = killed().await;
        let folder = toy.run_folder();
        let path = folder.join("undo.jsonl");
        let altered = journal(&folder).replace(from, to);
        std::fs::write(path, altered).unwrap();
        let before = toy.admin_requests().len();
        let restored = restore(&folder, toy.declared.clone(), &Overlay::default()).await.unwrap();
        // With its subject the role is gone, where that could be removed.
        let role_is_left = restored.undone == ["the subject recant-r-s1"];
        let complained = restored.unrestored.iter().any(|why| why.contains(said));
        assert!(complained || role_is_left, "{to}: {restored:?}");
        let role = |r: &&String| r.starts_with("PUT /admin/subjects/");
        assert!(!toy.admin_requests()[before..].iter().any(|r| role(&r)), "{to}");
    }
}

#[tokio::test]
async fn the_journal_is_there_before_the_change_and_has_no_secret() {
    let toy = toy(false).await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    act(&mut stage, START).await.unwrap();
    let text = journal(&toy.run_folder());
    assert!(text.contains("PUT {base}/admin/subjects/{subject}/roles/{role}"), "{text}");
    assert!(!text.contains("password"), "{text}");
    stage.finish().await.unwrap();
}

#[tokio::test]
async fn an_inverse_may_need_what_the_change_told() {
    let toy = toy(false).await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    act(&mut stage, TICKET).await.unwrap();
    let text = journal(&toy.run_folder());
    assert!(text.lines().last().unwrap().contains("\"closed\""), "{text}");
    assert!(text.contains(r#""values":{"number":7}"#), "{text}");
    stage.finish().await.unwrap();
    assert!(toy.admin_requests().contains(&"DELETE /admin/tickets/7".to_owned()));
    assert_eq!(run.finish(false).await.unwrap().unrestored, Vec::<String>::new());
}
