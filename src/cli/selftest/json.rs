//! The matrix for programs, format `recant-selftest/v1`: members are added, never renamed.

use std::time::Duration;

use serde_json::{Value, json};

use super::crew::Round;
use super::matrix::{Sum, word};
use super::trial::{Came, Done};

/// All rounds.
#[must_use]
pub fn of(rounds: &[Round], took: Duration) -> Value {
    let all = rounds.iter().flat_map(|r| &r.runs);
    json!({
        "format": "recant-selftest/v1",
        "tool": env!("CARGO_PKG_VERSION"),
        "as_it_should_be": all.clone().all(|d| word(&d.came) == "ok"),
        "runs": all.count(),
        "seconds": took.as_secs_f64(),
        "rounds": rounds.iter().map(round).collect::<Vec<_>>(),
    })
}

fn round(round: &Round) -> Value {
    let sum = Sum::of(round);
    json!({
        "round": round.number,
        "seconds": round.took.as_secs_f64(),
        "faults": sum.faults,
        "noticed": sum.noticed,
        "with_few_reds": sum.few,
        "unlisted_reds": sum.unlisted,
        "healthy_clean": sum.clean,
        "runs": round.runs.iter().map(run).collect::<Vec<_>>(),
    })
}

fn run(done: &Done) -> Value {
    let mut run = json!({
        "fault": done.trial.entry().map(|e| json!({ "id": e.id, "name": e.name })),
        "came": word(&done.came).to_lowercase(),
        "seconds": done.took.as_secs_f64(),
    });
    match &done.came {
        Came::Judged(seen) => {
            run["noticed"] = json!(seen.noticed);
            run["also_red"] = json!(seen.also);
            run["unlisted"] = json!(seen.unlisted);
            run["inconclusive"] = json!(seen.inconclusive);
            run["wrong"] = json!(seen.wrong);
            run["findings"] = json!(seen.findings);
        }
        Came::Broken(why) => run["wrong"] = json!([why]),
        Came::Interrupted => {}
    }
    if let Some(folder) = &done.folder {
        run["folder"] = json!(folder);
    }
    run
}
