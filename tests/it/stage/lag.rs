//! Probing until a service stops accepting, and what is recorded of it.

use recant::drive::Run;
use recant::history::{Action, Arm, Op, View};

use super::toy::{START, Toy, at_once, replicated, toy, verbs};

async fn drive(toy: &Toy, run: &std::sync::Arc<Run>, lines: &str) -> View {
    let mut stage = run.stage("a");
    for verb in verbs(lines) {
        stage.perform(&verb).await.unwrap();
    }
    let view = View::of(run.lines_of("a"));
    stage.finish().await.unwrap();
    assert_eq!(toy.subjects(), "");
    view
}

fn calls(view: &View, wanted: Arm) -> Vec<(&Op, &str, u32)> {
    view.ops
        .iter()
        .filter_map(|op| match &op.action {
            Action::Call { arm, operation, replica, .. } if *arm == wanted => {
                Some((op, operation.as_str(), *replica))
            }
            _ => None,
        })
        .collect()
}

fn change(view: &View) -> &Op {
    view.ops.iter().find(|o| matches!(o.action, Action::Change { .. })).unwrap()
}

const WATCHED: &str = r#"
    do = "subject", name = "subject"
    do = "tokens", of = "subject", label = "hot"
    do = "tokens", of = "subject", label = "cold"
    do = "call", of = "subject", label = "cold", operations = "entitled"
    do = "call", of = "subject", label = "hot", operations = "entitled"
    do = "change", name = "remove role", of = "subject", with = { role = "{role.last}" }
    do = "watch", of = "subject", hot = "hot", cold = "cold"
"#;

#[tokio::test]
async fn the_lag_is_an_interval_around_the_truth() {
    let toy = toy(true).await;
    toy.world().grace_ms = 7_000;
    let run = toy.run().await;
    let view = drive(&toy, &run, WATCHED).await;
    let (sent, acknowledged) = (change(&view).start, change(&view).end.unwrap());
    let hot = calls(&view, Arm::Hot);
    assert!(hot.iter().all(|(_, operation, _)| *operation == "write order"));
    let accepted = hot.iter().filter(|(o, ..)| o.outcome.is_allow()).map(|(o, ..)| o.start).max();
    let refused = hot.iter().filter(|(o, ..)| o.outcome.is_deny());
    let refused = refused.map(|(o, ..)| o.end.unwrap()).min();
    let at_least = accepted.unwrap().ms_since(acknowledged);
    let at_most = refused.unwrap().ms_since(sent);
    assert!(at_least <= 7_000 && 7_000 <= at_most + 1, "{at_least} to {at_most}");
    assert!(at_most - at_least < 800, "{at_least} to {at_most}");

    let bound = acknowledged.plus_ms(10_000);
    let late: Vec<_> = hot.iter().filter(|(o, ..)| o.start > bound).collect();
    assert!(late.len() >= 5 && late.iter().all(|(o, ..)| o.outcome.is_deny()), "{}", late.len());
    let cold = calls(&view, Arm::Cold);
    assert_eq!(cold.len(), 1);
    assert!(cold[0].0.start > bound && cold[0].0.outcome.is_deny());
    assert_eq!(toy.world().in_flight_at_move, 0);
}

/// The one test that probes in real time: it takes as long as a real system is probed at least, 2.5 s.
#[tokio::test]
async fn on_a_real_clock_probes_go_on_after_the_first_refusal() {
    let toy = at_once().await;
    toy.world().grace_requests = 4;
    let run = toy.run().await;
    let view = drive(&toy, &run, WATCHED).await;
    let hot = calls(&view, Arm::Hot);
    let accepted = hot.iter().filter(|(o, ..)| o.outcome.is_allow()).count();
    let refused = hot.iter().filter(|(o, ..)| o.outcome.is_deny()).count();
    assert_eq!(accepted, 4);
    assert!((10..30).contains(&refused), "{refused}");
    let first = hot.first().unwrap().0.start;
    assert!(hot.last().unwrap().0.start.ms_since(first) >= 2_300);
    let gaps = hot.windows(2).map(|w| w[1].0.start.ms_since(w[0].0.start));
    assert!(gaps.min().unwrap() >= 90);
    assert_eq!(calls(&view, Arm::Cold).len(), 1);
}

#[tokio::test]
async fn replicas_are_probed_one_by_one() {
    let toy = replicated().await;
    {
        let mut world = toy.world();
        world.grace_ms = 60_000;
        world.stale_replica = Some(1);
    }
    let run = toy.run().await;
    let view = drive(&toy, &run, WATCHED).await;
    let bound = change(&view).end.unwrap().plus_ms(10_000);
    let hot = calls(&view, Arm::Hot);
    let late = |n| hot.iter().filter(move |(o, _, r)| *r == n && o.start > bound);
    assert!(late(0).count() >= 5 && late(0).all(|(o, ..)| o.outcome.is_deny()));
    assert!(late(1).count() >= 5 && late(1).all(|(o, ..)| o.outcome.is_allow()));
    assert_eq!(calls(&view, Arm::Cold).len(), 2);
}

/// What stands before the service sends each connection to one of two sides, and one of them has heard nothing.
#[tokio::test]
async fn a_side_that_only_another_connection_reaches_is_seen() {
    let toy = toy(true).await;
    toy.world().stale_side = true;
    let run = toy.run().await;
    let view = drive(&toy, &run, WATCHED).await;
    let bound = change(&view).end.unwrap().plus_ms(10_000);
    let hot = calls(&view, Arm::Hot);
    let late: Vec<_> = hot.iter().filter(|(o, ..)| o.start > bound).collect();
    assert!(late.iter().any(|(o, ..)| o.outcome.is_allow()), "{}", late.len());
    assert!(late.iter().any(|(o, ..)| o.outcome.is_deny()), "{}", late.len());
}

#[tokio::test]
async fn many_scenarios_wait_together() {
    let toy = toy(true).await;
    toy.world().grace_ms = 3_000;
    let run = toy.run_with(2).await;
    let each = (0..12).map(|n| {
        let run = run.clone();
        tokio::spawn(async move {
            let mut stage = run.stage(&format!("s{n}"));
            for verb in verbs(WATCHED) {
                stage.perform(&verb).await.unwrap();
            }
            stage.finish().await.unwrap();
        })
    });
    for scenario in each.collect::<Vec<_>>() {
        scenario.await.unwrap();
    }
    run.finish(false).await.unwrap();
    assert_eq!(toy.subjects(), "");
    assert_eq!(toy.world().in_flight_at_move, 0);
}

#[tokio::test]
async fn scenarios_that_touch_the_issuer_run_alone_beside_waiting_ones() {
    let toy = toy(true).await;
    let run = toy.run_with(1).await;
    let scenario = |alone: bool, n: usize| {
        let run = run.clone();
        tokio::spawn(async move {
            let name = format!("s{n}");
            let mut stage = if alone { run.stage_alone(&name) } else { run.stage(&name) };
            let wait = "\n do = \"wait\", seconds = 30";
            for verb in verbs(&format!("{START}{wait}")) {
                stage.perform(&verb).await.unwrap();
            }
            stage.finish().await.unwrap();
        })
    };
    let all: Vec<_> = (0..9).map(|n| scenario(n % 3 == 0, n)).collect();
    for one in all {
        one.await.unwrap();
    }
    assert_eq!(toy.subjects(), "");
    assert_eq!(toy.world().in_flight_at_move, 0);
}
