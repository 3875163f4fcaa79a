//! Looks at open streams: alive, cut, silent, and with an event under way.

use std::time::{Duration, Instant};

use recant::drive::{Run, Stage};
use recant::history::{Action, Line};
use recant::model::Outcome;

use super::follow::Stream;
use super::toy::{Toy, streaming, verb, verbs};

const OPEN: &str = r#"
    do = "subject", name = "subject"
    do = "tokens", of = "subject", label = "hot"
    do = "derive", of = "subject", label = "hot"
"#;

async fn opened(toy: &Toy, run: &std::sync::Arc<Run>) -> Stage {
    let mut stage = run.stage("a");
    for verb in verbs(OPEN) {
        stage.perform(&verb).await.unwrap();
    }
    assert_eq!(toy.world().tokens.len(), 1);
    stage
}

async fn look(stage: &mut Stage, times: u32) {
    let line = format!(r#"do = "use-derived", of = "subject", label = "hot", times = {times}"#);
    stage.perform(&verb(&line)).await.unwrap();
}

fn looks(run: &Run) -> Vec<Outcome> {
    let lines = run.lines_of("a");
    let ops: Vec<u64> = lines
        .iter()
        .filter_map(|line| match line {
            Line::Invoke(i) if matches!(i.action, Action::UseDerived { .. }) => Some(i.op),
            _ => None,
        })
        .collect();
    let done = lines.iter().filter_map(|line| match line {
        Line::Complete(c) if ops.contains(&c.op) => Some(c.outcome.clone()),
        _ => None,
    });
    done.collect()
}

#[tokio::test]
async fn a_stream_that_goes_on_is_alive_at_each_look() {
    let toy = streaming().await;
    let run = toy.run().await;
    let mut stage = opened(&toy, &run).await;
    look(&mut stage, 3).await;
    assert_eq!(looks(&run), [Outcome::Accepted, Outcome::Accepted, Outcome::Accepted]);
    stage.finish().await.unwrap();
}

#[tokio::test]
async fn an_event_that_was_under_way_does_not_keep_a_stream_alive() {
    let toy = streaming().await;
    let run = toy.run().await;
    let mut stage = opened(&toy, &run).await;
    look(&mut stage, 1).await;
    toy.world().stream = Stream::Last;
    let take = r#"do = "change", name = "remove role", of = "subject", with = { role = "writer" }"#;
    stage.perform(&verb(take)).await.unwrap();
    look(&mut stage, 2).await;
    let seen = looks(&run);
    assert!(seen[0].is_allow() && seen[1].is_deny() && seen[2].is_deny(), "{seen:?}");
    stage.finish().await.unwrap();
}

#[tokio::test]
async fn a_cut_is_known_without_waiting() {
    let toy = streaming().await;
    let run = toy.run().await;
    let mut stage = opened(&toy, &run).await;
    toy.world().stream = Stream::Ended;
    look(&mut stage, 1).await;
    let began = Instant::now();
    look(&mut stage, 50).await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(looks(&run).iter().all(Outcome::is_deny));
    stage.finish().await.unwrap();
}

#[tokio::test]
async fn silence_is_neither_alive_nor_cut() {
    let toy = streaming().await;
    let run = toy.run().await;
    let mut stage = opened(&toy, &run).await;
    toy.world().stream = Stream::Silent;
    // What came before it fell silent has arrived by the second look.
    look(&mut stage, 2).await;
    assert!(matches!(looks(&run)[1], Outcome::Unknown(_)), "{:?}", looks(&run));
    stage.finish().await.unwrap();
}
