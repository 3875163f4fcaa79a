//! What is taken away was accepted shortly before, however slow the scenario was until then.

use recant::drive::Stage;
use recant::judge::REACH_MS;

use super::toy::{toy, verb};

const MAKE: &str =
    r#"do = "change", name = "remove role", of = "subject", with = { role = "{role.last}" }"#;

/// A scenario whose controls are so many seconds old when it makes its change; the service's requests until then.
async fn requests_until_the_change(seconds: u64) -> Vec<String> {
    let toy = toy(true).await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    for step in [
        r#"do = "subject", name = "subject""#,
        r#"do = "subject", name = "bystander""#,
        r#"do = "tokens", of = "subject", label = "hot""#,
        r#"do = "tokens", of = "bystander", label = "bystander""#,
        r#"do = "call", of = "bystander", label = "bystander", operations = "entitled""#,
        r#"do = "call", of = "subject", label = "hot", operations = "entitled""#,
        r#"do = "call", of = "subject", label = "hot", operations = "entitled", times = 2"#,
    ] {
        act(&mut stage, step).await;
    }
    act(&mut stage, &format!("do = \"wait\", seconds = {seconds}")).await;
    toy.world().requests.clear();
    act(&mut stage, MAKE).await;
    stage.finish().await.unwrap();
    run.finish(false).await.unwrap();
    let requests = toy.world().requests.clone();
    requests.into_iter().take_while(|r| !r.starts_with("DELETE")).collect()
}

async fn act(stage: &mut Stage, step: &str) {
    stage.perform(&verb(step)).await.unwrap();
}

#[tokio::test]
async fn controls_that_became_too_old_are_made_again() {
    let mut again = requests_until_the_change(REACH_MS / 1_000).await;
    again.retain(|r| !r.contains("/clock"));
    // Once each, whatever the script repeated, and nothing for the bystander, whom the change is not about.
    assert_eq!(again, ["GET /0/read", "POST /0/write"]);
}

#[tokio::test]
async fn fresh_controls_are_enough() {
    let mut again = requests_until_the_change(1).await;
    again.retain(|r| !r.contains("/clock"));
    assert_eq!(again, Vec::<String>::new());
}
