//! A subject that is made anew is removed by its own number, not by the first one's.

use recant::drive::{Halt, Stage, restore};
use recant::plan::Overlay;

use super::toy::{journal, numbered, verbs};

const ANEW: &str = r#"
    do = "subject", name = "subject"
    do = "change", name = "delete subject", of = "subject", final-for-subject = true
    do = "change", name = "recreate subject", of = "subject", final-for-subject = true
"#;

async fn act(stage: &mut Stage, lines: &str) -> Result<(), Halt> {
    for verb in verbs(lines) {
        stage.perform(&verb).await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_end_of_a_scenario_removes_the_second_subject() {
    let toy = numbered().await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    act(&mut stage, ANEW).await.unwrap();
    assert_eq!(toy.world().people.keys().collect::<Vec<_>>(), [&2]);
    stage.finish().await.unwrap();
    assert_eq!(run.finish(false).await.unwrap().unrestored, Vec::<String>::new());
    assert!(toy.world().people.is_empty());
}

#[tokio::test]
async fn later_changes_are_about_the_second_subject() {
    let toy = numbered().await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    act(&mut stage, ANEW).await.unwrap();
    let again =
        r#"do = "change", name = "delete subject", of = "subject", final-for-subject = true"#;
    act(&mut stage, again).await.unwrap();
    assert!(toy.world().people.is_empty());
    stage.finish().await.unwrap();
}

#[tokio::test]
async fn a_killed_run_leaves_nobody_behind() {
    let toy = numbered().await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    act(&mut stage, ANEW).await.unwrap();
    std::mem::forget(stage);
    let folder = toy.run_folder();
    let restored = restore(&folder, toy.declared.clone(), &Overlay::default()).await.unwrap();
    assert_eq!(restored.undone, ["the subject recant-r-s1, made anew", "the subject recant-r-s1"]);
    assert_eq!(restored.unrestored, Vec::<String>::new());
    assert!(toy.world().people.is_empty());
}

#[tokio::test]
async fn whom_nobody_can_tell_is_not_passed_over() {
    let toy = numbered().await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    let (first, last) = ANEW.trim_end().rsplit_once('\n').unwrap();
    act(&mut stage, first).await.unwrap();
    // Made, but the number never arrives.
    toy.world().answer = Some(("POST /admin/people", 502));
    assert!(matches!(act(&mut stage, last).await, Err(Halt::Unmet(_))));
    stage.finish().await.unwrap();
    let unrestored = run.finish(false).await.unwrap().unrestored;
    assert_eq!(unrestored.len(), 1, "{unrestored:?}");
    assert!(unrestored[0].starts_with("the subject recant-r-s1, made anew"), "{unrestored:?}");
    assert_eq!(journal(&toy.run_folder()).matches("\"closed\"").count(), 2);
}

#[tokio::test]
async fn who_was_certainly_not_made_anew_needs_no_removing() {
    let toy = numbered().await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    let (first, last) = ANEW.trim_end().rsplit_once('\n').unwrap();
    act(&mut stage, first).await.unwrap();
    toy.world().refuse = Some(("POST /admin/people", 403));
    assert!(matches!(act(&mut stage, last).await, Err(Halt::Unmet(_))));
    stage.finish().await.unwrap();
    assert_eq!(run.finish(false).await.unwrap().unrestored, Vec::<String>::new());
}
