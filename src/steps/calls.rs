//! Using tokens at services, and letting time pass.

use super::scene::{Who, call};
use super::sentence::{
    Keyword::{Given, When},
    Sentence,
};
use super::{Deed, Said, Scene};
use crate::plan::{CallWith, Later, Operations, Verb};

pub const SENTENCES: &[Sentence] = &[
    Sentence {
        keyword: Given,
        expression: "{who} can {operation}",
        doc: "The operation is called with the latest tokens, at every service that has it and that they are for. Where it is not accepted the scenario stops and stays inconclusive: a refusal later would prove nothing.",
        example: r#"the subject can "create order""#,
        needs: &[],
        means: |said, scene| can(said, scene, None),
    },
    Sentence {
        keyword: Given,
        expression: "{who} can {operation} at {service}",
        doc: "The same, at one service.",
        example: r#"both can "create order" at "orders""#,
        needs: &[],
        means: |said, scene| can(said, scene, Some(said.word(2)?.to_owned())),
    },
    Sentence {
        keyword: When,
        expression: "{token} is/are used for {operations}",
        doc: "One round of calls at each service, on the main route.",
        example: "the subject's token is used for everything",
        needs: &[],
        means: |said, scene| used(said, scene, |_| Ok(())),
    },
    Sentence {
        keyword: When,
        expression: "{token} is/are used for {operations} on every route",
        doc: "One round of calls on every route (aliases, versions) and every replica.",
        example: r#"the tokens "narrow" are used for everything on every route"#,
        needs: &[],
        means: |said, scene| {
            used(said, scene, |c| {
                c.every_route = true;
                Ok(())
            })
        },
    },
    Sentence {
        keyword: When,
        expression: "{token} is/are used for {operations} past the enforcement point",
        doc: "One round of calls at the `direct` address of each service that has one: with the token, and with only the headers that it believes.",
        example: "the subject's token is used for what is allowed past the enforcement point",
        needs: &["legacy-service"],
        means: past,
    },
    Sentence {
        keyword: When,
        expression: "{token} is/are used for {operations} {int} times",
        doc: "Several rounds of calls.",
        example: "the subject's token is used for what is allowed 5 times",
        needs: &[],
        means: |said, scene| {
            used(said, scene, |c| {
                c.times = Some(said.count(2)?);
                Ok(())
            })
        },
    },
    Sentence {
        keyword: When,
        expression: "{token} is/are used for {operations} half-way to its/their end",
        doc: "The same on every route and every replica, in the middle of what is left of their life: a denial may be forgotten with time. Only where the target's clock can be moved; where time is real nothing is waited for, and nothing is called.",
        example: "the earlier token is used for what was lost half-way to its end",
        needs: &[],
        means: |said, scene| later(said, scene, Later::HalfWay),
    },
    Sentence {
        keyword: When,
        expression: "{token} is/are used for {operations} just before its/their end",
        doc: "The same, a few seconds before they expire.",
        example: "the earlier token is used for what was lost just before its end",
        needs: &[],
        means: |said, scene| later(said, scene, Later::AtLast),
    },
    Sentence {
        keyword: When,
        expression: "{token} is/are used for {operation}",
        doc: "One operation is called, at every service that has it and that they are for.",
        example: r#"the earlier token is used for "create order""#,
        needs: &[],
        means: |said, scene| {
            let mut round = call(scene.tokens(said.raw(0)?)?, Operations::All);
            round.operation = Some(said.word(1)?.to_owned());
            Ok(Deed::Perform(vec![Verb::Call(round)]))
        },
    },
    Sentence {
        keyword: When,
        expression: "{token} is/are shown at every other service",
        doc: "Each token is used at all services but the one that it is for.",
        example: "the subject's token is shown at every other service",
        needs: &[],
        means: |said, scene| {
            let mut round = call(scene.tokens(said.raw(0)?)?, Operations::Entitled);
            round.elsewhere = true;
            Ok(Deed::Perform(vec![Verb::Call(round)]))
        },
    },
    Sentence {
        keyword: When,
        expression: "{token} is/are watched",
        doc: "What the latest change took away is called again and again with them, until the service's bound has passed and answers had time to settle. This measures the enforcement lag.",
        example: "the earlier token is watched",
        needs: &[],
        means: |said, scene| watched(said, scene, None),
    },
    Sentence {
        keyword: When,
        expression: "{token} is/are watched while {token} is/are left alone",
        doc: "The same; the second set is used only once, after the bound: a cache that is never asked may answer otherwise.",
        example: r#"the tokens "busy" are watched while the tokens "idle" are left alone"#,
        needs: &[],
        means: |said, scene| {
            let cold = scene.tokens(said.raw(1)?)?.label.clone();
            watched(said, scene, Some(cold))
        },
    },
    Sentence {
        keyword: When,
        expression: "{duration} has/have passed",
        doc: "Waits, in whole seconds of target time. Where the target's clock can be moved, this costs no time.",
        example: "30s have passed",
        needs: &[],
        means: |said, _| {
            let ms = said.duration(0)?;
            if ms % 1000 != 0 {
                return Err("recant waits in whole seconds; for shorter times watch a token".into());
            }
            Ok(Deed::Perform(vec![Verb::Wait { seconds: ms / 1000, moved: false }]))
        },
    },
    Sentence {
        keyword: When,
        expression: "the decision log is read",
        doc: "The records since the scenario began are taken into the history.",
        example: "the decision log is read",
        needs: &["decision-log"],
        means: |_, scene| {
            scene.look("log");
            Ok(Deed::Perform(vec![Verb::ReadDecisions {}]))
        },
    },
    Sentence {
        keyword: When,
        expression: "the access log is read",
        doc: "What services logged of the requests since the scenario began is taken into the history.",
        example: "the access log is read",
        needs: &["access-log"],
        means: |_, scene| {
            scene.look("accesses");
            Ok(Deed::Perform(vec![Verb::ReadAccesses {}]))
        },
    },
    Sentence {
        keyword: When,
        expression: "the change log is read",
        doc: "What was logged of changes to the subjects' entitlements since the scenario began is taken into the history.",
        example: "the change log is read",
        needs: &["change-log"],
        means: |_, scene| {
            scene.look("changes");
            Ok(Deed::Perform(vec![Verb::ReadChanges {}]))
        },
    },
];

fn can(said: &Said, scene: &mut Scene, service: Option<String>) -> Result<Deed, String> {
    let mut verbs = Vec::new();
    for &who in said.who(0)? {
        let mut round = call(scene.latest(who)?, Operations::All);
        round.operation = Some(said.word(1)?.to_owned());
        round.service.clone_from(&service);
        verbs.push(Verb::Call(round));
    }
    Ok(Deed::Require(verbs))
}

fn past(said: &Said, scene: &mut Scene) -> Result<Deed, String> {
    let held = scene.tokens(said.raw(0)?)?;
    let (of, label) = (held.who.name().to_owned(), held.label.clone());
    let operations = said.operations(1)?;
    Ok(Deed::Perform(vec![Verb::CallDirect { of, label, operations }]))
}

fn used(
    said: &Said,
    scene: &mut Scene,
    shape: impl FnOnce(&mut CallWith) -> Result<(), String>,
) -> Result<Deed, String> {
    let mut round = call(scene.tokens(said.raw(0)?)?, said.operations(1)?);
    shape(&mut round)?;
    Ok(Deed::Perform(vec![Verb::Call(round)]))
}

fn later(said: &Said, scene: &mut Scene, when: Later) -> Result<Deed, String> {
    let operations = said.operations(1)?;
    let held = scene.tokens(said.raw(0)?)?;
    let (of, label) = (held.who.name().to_owned(), held.label.clone());
    Ok(Deed::Perform(vec![Verb::LookLater { of, label, when, operations }]))
}

fn watched(said: &Said, scene: &mut Scene, cold: Option<String>) -> Result<Deed, String> {
    if scene.changes() == 0 {
        return Err("nothing has changed yet, so there is nothing to watch for".into());
    }
    let held = scene.tokens(said.raw(0)?)?.clone();
    if held.who == Who::Subject {
        scene.watch(None);
    }
    // Tokens that were named are watched as they are.
    let named = !crate::steps::parameters::names(said.raw(0)?).is_empty();
    let or = if named { Vec::new() } else { scene.before(&held) };
    let of = held.who.name().to_owned();
    Ok(Deed::Perform(vec![Verb::Watch {
        of,
        hot: held.label,
        or,
        cold,
        within_ms: None,
        late: false,
    }]))
}
