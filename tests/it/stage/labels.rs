//! Which tokens a verb takes: those of other clients where there are any, set by set, and of several labels the first that has one.

use recant::drive::{Halt, Run, Stage};
use recant::history::{Action, Line};

use super::toy::{elsewhere, toy, verbs};

async fn act(stage: &mut Stage, lines: &str) -> Result<(), Halt> {
    for verb in verbs(lines) {
        stage.perform(&verb).await?;
    }
    Ok(())
}

fn actions(run: &Run, which: fn(&Action) -> bool) -> usize {
    let is = |l: &Line| matches!(l, Line::Invoke(i) if which(&i.action));
    run.lines_of("a").iter().filter(|l| is(l)).count()
}

#[tokio::test]
async fn another_client_is_left_out_where_there_is_none_and_a_refusal_would_do() {
    let toy = toy(false).await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    let lines = r#"
        do = "subject", name = "subject"
        do = "tokens", of = "subject", label = "elsewhere", via = "other-client", may-be-refused = true
        do = "call", of = "subject", label = "elsewhere", operations = "entitled"
    "#;
    act(&mut stage, lines).await.unwrap();
    assert_eq!(actions(&run, |a| matches!(a, Action::Issue { .. } | Action::Call { .. })), 0);
    let must = r#"do = "tokens", of = "subject", label = "must", via = "other-client""#;
    assert!(matches!(act(&mut stage, must).await, Err(Halt::Unmet(_))));
    stage.finish().await.unwrap();
}

#[tokio::test]
async fn every_other_grant_of_a_service_is_tried_and_what_it_gave_is_used() {
    for (other, tried) in [
        ("\"phone\"", &["phone"][..]),
        ("[\"phone\", \"tv\"]", &["phone", "tv"]),
        ("{ orders = [\"tv\"] }", &["tv"]),
        ("{ orders = \"tv\" }", &["tv"]),
    ] {
        let toy = elsewhere(other).await;
        let run = toy.run().await;
        let mut stage = run.stage("a");
        let lines = r#"
            do = "subject", name = "subject"
            do = "tokens", of = "subject", label = "elsewhere", via = "other-client"
            do = "call", of = "subject", label = "elsewhere", operations = "entitled"
        "#;
        act(&mut stage, lines).await.unwrap();
        let lines = run.lines_of("a");
        let grants: Vec<_> = lines
            .iter()
            .filter_map(|l| match l {
                Line::Invoke(i) => match &i.action {
                    Action::Issue { grant, .. } => Some(grant.as_str()),
                    _ => None,
                },
                _ => None,
            })
            .collect();
        assert_eq!(grants, tried, "{other}");
        // the tokens of each are called with, until the label is given anew
        let calls = |a: &Action| matches!(a, Action::Call { .. });
        assert_eq!(actions(&run, calls), 2 * tried.len(), "{other}");
        let anew = r#"
            do = "tokens", of = "subject", label = "elsewhere"
            do = "call", of = "subject", label = "elsewhere", operations = "entitled"
        "#;
        act(&mut stage, anew).await.unwrap();
        assert_eq!(actions(&run, calls), 2 * tried.len() + 2, "{other}");
        stage.finish().await.unwrap();
    }
}

#[tokio::test]
async fn a_service_that_gave_no_refresh_token_is_called_with_the_login_token() {
    let toy = toy(false).await;
    let run = toy.run().await;
    let mut stage = run.stage("a");
    let lines = r#"
        do = "subject", name = "subject"
        do = "tokens", of = "subject", label = "hot"
        do = "refresh", of = "subject", label = "hot", to = "refreshed"
        do = "call", of = "subject", label = "refreshed", operations = "entitled"
    "#;
    act(&mut stage, lines).await.unwrap();
    let calls = |a: &Action| matches!(a, Action::Call { .. });
    assert_eq!(actions(&run, calls), 0);
    let call = r#"do = "call", of = "subject", label = "refreshed", or = ["hot"], operations = "entitled""#;
    act(&mut stage, call).await.unwrap();
    assert_eq!(actions(&run, calls), 2);
    stage.finish().await.unwrap();
}
