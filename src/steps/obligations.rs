//! What must hold. A sentence names a requirement of the catalogue and narrows it; what the check needs and nothing
//! showed yet is looked at first.

use super::cut::Cut;
use super::scene::{Origin, Who, call};
use super::sentence::{Keyword::Then, Sentence};
use super::tokens::{asked, refreshed, tokens};
use super::{Ask, Deed, Said, Scene};
use crate::plan::{CallWith, Forger, Operations, ScopeChoice, Verb, Via};

/// Something to look at before an obligation is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// The earlier token, at what it lost.
    Watch,
    /// The earlier token, at what the change leaves.
    Kept,
    /// The bystander, still at work.
    Bystander,
    /// New tokens of both.
    New,
    /// The refresh tokens of before, used now.
    Refresh,
    /// What introspection says.
    Introspect,
    /// Tokens forged out of the subject's own, between two uses of it.
    Forged,
    /// The subject's tokens without proof of their key, between two uses with one.
    Unproven,
    /// The decision log.
    Log,
    /// The access log of services.
    Accesses,
    /// The log of entitlement changes.
    Changes,
}

pub const SENTENCES: &[Sentence] = &[
    Sentence {
        keyword: Then,
        expression: "{where} refuses the earlier token within {bound}",
        doc: "What the change took away is refused with the token of before: requirement `enforcement/old-token-refused`, or the one about disabled subjects, revoked tokens or retired keys, by what the latest change was. Where nobody watched the token yet, it is watched now, and the bystander is called after it.",
        example: r#""orders" refuses the earlier token within 5s"#,
        needs: &[],
        means: |said, scene| {
            shown(scene, Scene::earlier, Who::Subject)?;
            let ask =
                Ask { service: said.service(0)?, within: said.bound(1)?, ..Ask::of(loss(scene)) };
            Ok(oblige(scene, &[Look::Watch, Look::Bystander], vec![ask]))
        },
    },
    Sentence {
        keyword: Then,
        expression: "{where} refuses the earlier token for {operation} within {bound}",
        doc: "The same, for one operation.",
        example: r#""orders" refuses the earlier token for "create order" within its bound"#,
        needs: &[],
        means: |said, scene| {
            shown(scene, Scene::earlier, Who::Subject)?;
            let ask = Ask {
                service: said.service(0)?,
                operation: Some(said.word(1)?.to_owned()),
                within: said.bound(2)?,
                ..Ask::of(loss(scene))
            };
            Ok(oblige(scene, &[Look::Watch, Look::Bystander], vec![ask]))
        },
    },
    Sentence {
        keyword: Then,
        expression: "{service} refuses the revoked token within {bound}",
        doc: "Requirement `enforcement/revoked-token-refused`, at one service.",
        example: r#""orders" refuses the revoked token within its bound"#,
        needs: &["revocation"],
        means: |said, scene| at_service(said, scene, "enforcement/revoked-token-refused"),
    },
    Sentence {
        keyword: Then,
        expression: "{service} refuses all tokens of the subject within {bound}",
        doc: "Requirement `enforcement/disabled-subject-refused`, at one service.",
        example: r#""orders" refuses all tokens of the subject within 1m"#,
        needs: &[],
        means: |said, scene| at_service(said, scene, "enforcement/disabled-subject-refused"),
    },
    Sentence {
        keyword: Then,
        expression: "{where} still accepts the bystander",
        doc: "Requirement `enforcement/refusals-fit`: what the bystander may do, and what the subject kept, is accepted after the change. What of that nobody called since the change is called first.",
        example: r#""orders" still accepts the bystander"#,
        needs: &[],
        means: |said, scene| {
            let service = said.service(0)?;
            shown(scene, Scene::latest, Who::Bystander)?;
            let asks = vec![Ask { service, ..Ask::of("enforcement/refusals-fit") }];
            Ok(oblige(scene, looks_of("refusals-fit"), asks))
        },
    },
    Sentence {
        keyword: Then,
        expression: "the token is reduced",
        doc: "The subject's latest token carries no more than its holder may do now: requirement `token/refresh-follows-entitlement` where it came from a refresh, `token/exchange-never-amplifies` from an exchange, else `token/new-token-follows-entitlement`.",
        example: "the token is reduced",
        needs: &[],
        means: |_, scene| {
            let asks = vec![Ask::of(content(scene))];
            Ok(oblige(scene, &[], asks))
        },
    },
    Sentence {
        keyword: Then,
        expression: "it no longer grants {operation}",
        doc: "The same, for what one operation needs; the operation is called with the latest token first.",
        example: r#"it no longer grants "create order""#,
        needs: &[],
        means: |said, scene| {
            let operation = said.word(0)?.to_owned();
            let mut look = Vec::new();
            if scene.script().is_none() {
                let mut round = call(scene.latest(Who::Subject)?, Operations::All);
                round.operation = Some(operation.clone());
                look.push(Verb::Call(round));
            }
            let ask = Ask { operation: Some(operation), ..Ask::of(content(scene)) };
            Ok(Deed::Oblige { look, asks: vec![ask] })
        },
    },
    Sentence {
        keyword: Then,
        expression: "a decision says why",
        doc: "Requirement `governance/claims-explained`. The decision log is read first, if it was not since the latest change.",
        example: "a decision says why",
        needs: &["decision-log"],
        means: |_, scene| {
            let asks = vec![Ask::of("governance/claims-explained")];
            Ok(oblige(scene, &[Look::Log], asks))
        },
    },
    Sentence {
        keyword: Then,
        expression: "a decision says why, and its owner is named",
        doc: "Requirements `governance/claims-explained` and `governance/owner-named`.",
        example: "a decision says why, and its owner is named",
        needs: &["decision-log"],
        means: |_, scene| {
            let asks =
                vec![Ask::of("governance/claims-explained"), Ask::of("governance/owner-named")];
            Ok(oblige(scene, &[Look::Log], asks))
        },
    },
    Sentence {
        keyword: Then,
        expression: "the requirement {requirement} holds",
        doc: "Any requirement of the catalogue, by id or short id (`recant requirements`). Its own sentence says the same in words.",
        example: r#"the requirement "E-05" holds"#,
        needs: &[],
        means: |said, scene| by_name(said, scene, None, None),
    },
    Sentence {
        keyword: Then,
        expression: "the requirement {requirement} holds at {service}",
        doc: "The same, at one service.",
        example: r#"the requirement "enforcement/old-token-refused" holds at "orders""#,
        needs: &[],
        means: |said, scene| by_name(said, scene, Some(said.word(1)?.to_owned()), None),
    },
    Sentence {
        keyword: Then,
        expression: "the requirement {requirement} holds at {service} within {duration}",
        doc: "The same, with a bound instead of the profile's.",
        example: r#"the requirement "E-01" holds at "orders" within 30s"#,
        needs: &[],
        means: |said, scene| {
            by_name(said, scene, Some(said.word(1)?.to_owned()), Some(said.duration(2)?))
        },
    },
];

/// What a requirement's own sentence comes to.
pub fn by_sentence(
    requirement: &'static crate::requirements::Requirement,
    scene: &mut Scene,
) -> Deed {
    oblige(scene, looks_of(&requirement.check), vec![Ask::of(&*requirement.id)])
}

fn by_name(
    said: &Said,
    scene: &mut Scene,
    service: Option<String>,
    within: Option<u64>,
) -> Result<Deed, String> {
    let name = said.word(0)?;
    let Some(requirement) = crate::requirements::Catalog::shipped().find(name) else {
        return Err(format!("no requirement is called {name:?}; `recant requirements` lists them"));
    };
    let ask = Ask { service, within, ..Ask::of(&*requirement.id) };
    Ok(oblige(scene, looks_of(&requirement.check), vec![ask]))
}

fn at_service(said: &Said, scene: &mut Scene, requirement: &str) -> Result<Deed, String> {
    let ask = Ask {
        service: Some(said.word(0)?.to_owned()),
        within: said.bound(1)?,
        ..Ask::of(requirement)
    };
    Ok(oblige(scene, &[Look::Watch, Look::Bystander], vec![ask]))
}

/// What a sentence speaks of is there. A script has its own.
fn shown<'s>(
    scene: &'s Scene,
    held: impl FnOnce(&'s Scene, Who) -> Result<&'s super::scene::Held, String>,
    who: Who,
) -> Result<(), String> {
    if scene.script().is_some() {
        return Ok(());
    }
    scene.roles(who)?;
    held(scene, who).map(drop)
}

/// The requirement about refusing what was held before, by what took it away.
fn loss(scene: &Scene) -> &'static str {
    match scene.cut() {
        Some(Cut::Subject) => "enforcement/disabled-subject-refused",
        Some(Cut::Token) => "enforcement/revoked-token-refused",
        Some(Cut::Key) => "enforcement/retired-key-refused",
        Some(Cut::Rights) | None => "enforcement/old-token-refused",
    }
}

/// The requirement about the content of the subject's latest token, by where it came from.
fn content(scene: &Scene) -> &'static str {
    let origin = match scene.script() {
        Some(_) => Origin::Refresh,
        None => scene.latest(Who::Subject).map_or(Origin::Login, |h| h.origin),
    };
    match origin {
        Origin::Refresh => "token/refresh-follows-entitlement",
        Origin::Exchange => "token/exchange-never-amplifies",
        Origin::Login => "token/new-token-follows-entitlement",
    }
}

fn oblige(scene: &mut Scene, looks: &[Look], asks: Vec<Ask>) -> Deed {
    // A script has made all its observations itself, and its tokens are not this scenario's.
    let within = asks.iter().filter_map(|a| a.within).max();
    let look = match scene.script() {
        Some(_) => Vec::new(),
        None => looks.iter().flat_map(|&l| look(scene, l, within)).collect(),
    };
    Deed::Oblige { look, asks }
}

fn look(scene: &mut Scene, look: Look, within: Option<u64>) -> Vec<Verb> {
    match look {
        Look::Watch => match scene.earlier(Who::Subject).cloned() {
            Ok(held) if scene.watch(within) => {
                let (of, or) = (held.who.name().to_owned(), scene.before(&held));
                vec![Verb::Watch {
                    of,
                    hot: held.label,
                    or,
                    cold: None,
                    within_ms: within,
                    late: false,
                }]
            }
            _ => Vec::new(),
        },
        Look::Kept => match scene.earlier(Who::Subject).cloned() {
            Ok(held) if scene.look("kept") => {
                let round = call(&held, Operations::Kept);
                vec![Verb::Call(CallWith { or: scene.before(&held), ..round })]
            }
            _ => Vec::new(),
        },
        Look::Bystander => match scene.use_of(Who::Bystander) {
            Some(round) if scene.look("bystander") => vec![round],
            _ => Vec::new(),
        },
        Look::New => {
            [Who::Subject, Who::Bystander].into_iter().flat_map(|w| new(scene, w)).collect()
        }
        Look::Refresh => {
            [Who::Subject, Who::Bystander].into_iter().flat_map(|w| refresh(scene, w)).collect()
        }
        Look::Introspect => introspections(scene),
        Look::Forged if scene.look("forged") => forged(scene),
        Look::Forged => Vec::new(),
        Look::Unproven if scene.look("unproven") => unproven(scene),
        Look::Unproven => Vec::new(),
        Look::Log if scene.look("log") => vec![Verb::ReadDecisions {}],
        Look::Log => Vec::new(),
        Look::Accesses if scene.look("accesses") => vec![Verb::ReadAccesses {}],
        Look::Accesses => Vec::new(),
        Look::Changes if scene.look("changes") => vec![Verb::ReadChanges {}],
        Look::Changes => Vec::new(),
    }
}

fn new(scene: &mut Scene, who: Who) -> Vec<Verb> {
    if !scene.has(who) || !scene.look(asked(who)) {
        return Vec::new();
    }
    match scene.obtain(who, Origin::Login, None) {
        Ok(label) => tokens(who, &label, &[], ScopeChoice::Same, Via::Usual, true),
        Err(_) => Vec::new(),
    }
}

fn refresh(scene: &mut Scene, who: Who) -> Vec<Verb> {
    let held = match who {
        Who::Subject => scene.earlier(who).cloned(),
        Who::Bystander => scene.latest(who).cloned(),
    };
    let Ok(held) = held else { return Vec::new() };
    if !scene.look(refreshed(who)) {
        return Vec::new();
    }
    let Ok(to) = scene.obtain(who, Origin::Refresh, None) else { return Vec::new() };
    vec![Verb::Refresh {
        of: who.name().to_owned(),
        label: held.label,
        to,
        scope: ScopeChoice::Same,
        parallel: None,
        service: None,
        elsewhere: false,
    }]
}

fn introspections(scene: &Scene) -> Vec<Verb> {
    let subject = scene.earlier(Who::Subject).or_else(|_| scene.latest(Who::Subject));
    [subject, scene.latest(Who::Bystander)]
        .into_iter()
        .flatten()
        .map(|h| Verb::Introspect {
            of: h.who.name().to_owned(),
            label: h.label.clone(),
            refresh: false,
            wrong_hint: false,
            unproven: false,
        })
        .collect()
}

fn forged(scene: &Scene) -> Vec<Verb> {
    let Ok(held) = scene.latest(Who::Subject) else { return Vec::new() };
    let (of, label) = (held.who.name().to_owned(), held.label.clone());
    let own = || Verb::Call(call(held, Operations::Kept));
    vec![own(), Verb::Forge { of, label, by: Forger::Stranger }, own()]
}

fn unproven(scene: &Scene) -> Vec<Verb> {
    let Ok(held) = scene.latest(Who::Subject) else { return Vec::new() };
    let (of, label) = (held.who.name().to_owned(), held.label.clone());
    let own = || Verb::Call(call(held, Operations::Kept));
    vec![own(), Verb::ShowUnproven { of, label }, own()]
}

/// What a check needs to see after the change, by the check's name. One that is not listed judges what happened anyway.
const LOOKS: &[(&str, &[Look])] = &[
    ("loss-within-bound", &[Look::Watch, Look::Bystander]),
    ("cache-bounded", &[Look::Watch, Look::Bystander]),
    ("denial-final", &[Look::Watch, Look::Bystander]),
    ("refusals-fit", &[Look::Watch, Look::Kept, Look::Bystander]),
    ("fails-closed", &[Look::Bystander]),
    ("forged-refused", &[Look::Forged]),
    ("possession-proven", &[Look::Unproven]),
    ("new-token-follows-entitlement", &[Look::New]),
    ("risk-is-reflected", &[Look::New]),
    ("live-policy-followed", &[Look::New]),
    ("unseen-roles-honoured", &[Look::New]),
    ("no-token-for-the-disabled", &[Look::New]),
    ("refresh-follows-entitlement", &[Look::Refresh]),
    ("refresh-ends-with-its-grant", &[Look::Refresh]),
    ("introspection-current", &[Look::Introspect]),
    ("claims-explained", &[Look::Log]),
    ("every-decision-logged", &[Look::Log]),
    ("owner-named", &[Look::Log]),
    ("log-safe", &[Look::Log]),
    ("evidence-joined", &[Look::Log, Look::Accesses]),
    ("changes-traceable", &[Look::New, Look::Log, Look::Changes]),
];

fn looks_of(check: &str) -> &'static [Look] {
    LOOKS.iter().find(|(name, _)| *name == check).map_or(&[], |(_, looks)| looks)
}
