//! The vocabulary: every example is read as its own sentence, and says what its doc says.

use recant::plan::{Later, Operations, Verb};
use recant::steps::{Ask, Book, Deed, Scene};

/// The example of DESIGN section 9, step by step.
const DESIGN: &[&str] = &[
    r#"a subject with the roles "reader" and "writer""#,
    "a bystander with the same roles",
    r#"both hold tokens for "orders""#,
    r#"the subject can "create order""#,
    r#"the role "writer" is removed from the subject"#,
    "the subject's token is refreshed",
    "the token is reduced",
    r#"it no longer grants "create order""#,
    "a decision says why, and its owner is named",
];

fn tell(steps: &[&str]) -> Vec<Deed> {
    let mut scene = Scene::default();
    steps
        .iter()
        .map(|s| Book::shipped().deed(s, Vec::new(), &mut scene).unwrap_or_else(|e| panic!("{e}")))
        .collect()
}

fn wrong(steps: &[&str]) -> String {
    let mut scene = Scene::default();
    let all: Result<Vec<_>, _> =
        steps.iter().map(|s| Book::shipped().deed(s, Vec::new(), &mut scene)).collect();
    all.expect_err("the steps make sense")
}

fn verbs(deeds: &[Deed]) -> Vec<&Verb> {
    deeds
        .iter()
        .flat_map(|d| match d {
            Deed::Perform(v) | Deed::Require(v) | Deed::Oblige { look: v, .. } => v.as_slice(),
            Deed::Script(_) => &[],
        })
        .collect()
}

#[test]
fn every_example_is_its_own_sentence_and_no_other() {
    let book = Book::shipped();
    for (index, definition) in book.definitions().iter().enumerate() {
        let matching = book.matching(definition.example());
        assert_eq!(matching, [index], "{}", definition.example());
        assert_eq!(book.nearest(definition.example(), 1), [definition.expression()]);
    }
}

#[test]
fn no_two_sentences_have_one_expression_and_each_has_a_doc() {
    let mut seen = std::collections::BTreeSet::new();
    for d in Book::shipped().definitions() {
        assert!(seen.insert(d.expression()), "{} is there twice", d.expression());
        assert!(d.doc().ends_with(['.', ')', 's']) || d.doc().len() > 20, "{}", d.expression());
    }
}

#[test]
fn the_design_example_is_told_as_verbs_and_obligations() {
    let deeds = tell(DESIGN);
    let told: Vec<String> =
        verbs(&deeds).iter().map(|v| serde_json::to_string(v).unwrap()).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    {"do":"subject","name":"subject","roles":["reader","writer"]}
    {"do":"subject","name":"bystander","roles":["reader","writer"]}
    {"do":"tokens","of":"subject","label":"subject 1","scope":"same","service":"orders","via":"usual","may-be-refused":false}
    {"do":"tokens","of":"bystander","label":"bystander 2","scope":"same","service":"orders","via":"usual","may-be-refused":false}
    {"do":"call","of":"subject","label":"subject 1","operations":"all","service":null,"operation":"create order","elsewhere":false,"every-route":false,"times":null}
    {"do":"call","of":"bystander","label":"bystander 2","operations":"entitled","service":null,"operation":null,"elsewhere":false,"every-route":false,"times":null}
    {"do":"call","of":"subject","label":"subject 1","operations":"entitled","service":null,"operation":null,"elsewhere":false,"every-route":false,"times":null}
    {"do":"change","name":"remove role","of":"subject","with":{"role":"writer"},"final-for-subject":false}
    {"do":"refresh","of":"subject","label":"subject 1","to":"subject 3","scope":"same","parallel":null,"service":null}
    {"do":"call","of":"subject","label":"subject 3","operations":"all","service":null,"operation":"create order","elsewhere":false,"every-route":false,"times":null}
    {"do":"read-decisions"}
    "#);
    let asks: Vec<&Ask> = deeds
        .iter()
        .flat_map(|d| match d {
            Deed::Oblige { asks, .. } => asks.as_slice(),
            _ => &[],
        })
        .collect();
    let asked: Vec<_> = asks.iter().map(|a| (&*a.requirement, a.operation.as_deref())).collect();
    assert_eq!(
        asked,
        [
            ("token/refresh-follows-entitlement", None),
            ("token/refresh-follows-entitlement", Some("create order")),
            ("governance/claims-explained", None),
            ("governance/owner-named", None),
        ]
    );
}

#[test]
fn a_change_has_its_controls_just_before_it_and_a_refusal_is_watched_for_once() {
    let deeds = tell(&[
        "a subject",
        "a bystander",
        "both hold tokens for every service",
        "the subject is disabled",
        r#""orders" refuses the earlier token within 5s"#,
        r#""orders" refuses the earlier token for "create order" within its bound"#,
    ]);
    let kinds: Vec<String> = verbs(&deeds)
        .iter()
        .map(|v| match v {
            Verb::Call(c) => format!("call of {}", c.of),
            Verb::Watch { of, .. } => format!("watch of {of}"),
            Verb::Change { name, .. } => name.clone(),
            Verb::Subject { name, .. } => name.clone(),
            Verb::Tokens { of, .. } => format!("tokens of {of}"),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "subject",
            "bystander",
            "tokens of subject",
            "tokens of bystander",
            "call of bystander",
            "call of subject",
            "disable subject",
            "watch of subject",
            "call of bystander",
        ]
    );
}

#[test]
fn control_and_watch_use_the_latest_tokens_of_before_the_change() {
    let deeds = tell(&[
        "a subject",
        "a bystander",
        "both hold tokens for every service",
        "the subject's token is refreshed",
        "the subject is disabled",
        "the subject asks for new tokens",
        "the earlier token is watched",
    ]);
    let told: Vec<String> = verbs(&deeds)
        .iter()
        .filter(|v| match v {
            Verb::Call(with) => with.of == "subject",
            other => matches!(other, Verb::Watch { .. }),
        })
        .map(|v| serde_json::to_string(v).unwrap())
        .collect();
    // Where a service gave no refresh token, the one of the login is still the latest.
    insta::assert_snapshot!(told.join("\n"), @r#"
    {"do":"call","of":"subject","label":"subject 3","or":["subject 1"],"operations":"entitled","service":null,"operation":null,"elsewhere":false,"every-route":false,"times":null}
    {"do":"watch","of":"subject","hot":"subject 3","or":["subject 1"],"cold":null}
    "#);
}

#[test]
fn the_bystander_is_asked_for_with_all_the_calls_that_it_takes() {
    let deeds = tell(&[
        "a subject",
        "a bystander",
        "both hold tokens for every service",
        r#"the role "writer" is removed from the subject"#,
        r#""orders" still accepts the bystander"#,
        r#""billing" still accepts the bystander"#,
    ]);
    let looked: Vec<Vec<String>> = deeds[4..]
        .iter()
        .map(|d| verbs(std::slice::from_ref(d)).iter().map(|v| short(v)).collect())
        .collect();
    let all = ["watch subject 1", "call subject 1 Kept", "call bystander 2 Entitled"];
    assert_eq!(looked, [all.map(str::to_owned).to_vec(), Vec::new()]);
}

fn short(verb: &Verb) -> String {
    match verb {
        Verb::Watch { hot, .. } => format!("watch {hot}"),
        Verb::Call(with) => format!("call {} {:?}", with.label, with.operations),
        other => format!("{other:?}"),
    }
}

#[test]
fn after_a_script_nothing_is_looked_at_again() {
    let deeds = tell(&[
        r#"the scenario "role-removal" has happened"#,
        r#""orders" refuses the earlier token for "create order" within its bound"#,
        r#""orders" still accepts the bystander"#,
    ]);
    assert_eq!(deeds[0], Deed::Script("role-removal".into()));
    assert!(verbs(&deeds).is_empty());
}

#[test]
fn services_that_are_named_one_after_the_other_make_one_set() {
    let deeds = tell(&[
        "a subject",
        r#"the subject holds tokens for "orders""#,
        r#"the subject holds tokens for "reports" and "billing""#,
    ]);
    let labels: std::collections::BTreeSet<_> = verbs(&deeds)
        .iter()
        .filter_map(|v| match v {
            Verb::Tokens { label, .. } => Some(label),
            _ => None,
        })
        .collect();
    assert_eq!(labels.len(), 1);
}

#[test]
fn arguments_of_a_change_stand_in_a_table() {
    let mut scene = Scene::default();
    Book::shipped().deed("a subject", Vec::new(), &mut scene).unwrap();
    let row = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
    let deed = Book::shipped().deed(
        r#"the change "raise risk" is made to the subject"#,
        vec![row("level", "high"), row("why", "stolen | lost")],
        &mut scene,
    );
    let Ok(Deed::Perform(verbs)) = deed else { panic!("{deed:?}") };
    let [Verb::Change { name, of, with, .. }] = verbs.as_slice() else { panic!("{verbs:?}") };
    assert_eq!((name.as_str(), of.as_deref()), ("raise risk", Some("subject")));
    assert_eq!(with.get("why").map(String::as_str), Some("stolen | lost"));
}

#[test]
fn what_makes_no_sense_is_said_in_a_sentence() {
    insta::assert_snapshot!(wrong(&["the subject's token is refreshed"]), @"the subject holds no token yet; say `the subject holds tokens for every service` first");
    insta::assert_snapshot!(wrong(&["a bystander with the same roles"]), @"there is no subject yet; say `Given a subject` first");
    insta::assert_snapshot!(wrong(&["a subject", "the subject holds tokens for every service", "the subject's token is watched"]), @"nothing has changed yet, so there is nothing to watch for");
    insta::assert_snapshot!(wrong(&["250ms have passed"]), @"recant waits in whole seconds; for shorter times watch a token");
    insta::assert_snapshot!(wrong(&["99999999999999999999s have passed"]), @"`99999999999999999999s` is no duration up to a year, such as `5s` or `250ms`");
    insta::assert_snapshot!(wrong(&[r#"the requirement "E-99" holds"#]), @r#"no requirement is called "E-99"; `recant requirements` lists them"#);
    insta::assert_snapshot!(wrong(&["a subject", "a bystander", r#"both hold tokens for every service as "x""#]), @r#""x" would name tokens of two subjects; say one step for each"#);
}

#[test]
fn a_misspelt_step_has_near_ones() {
    let near = Book::shipped().nearest(r#"the rol "writer" is remove from the subject"#, 3);
    assert_eq!(near[0], "the role {role} is removed from {one}");
    assert_eq!(near.len(), 3);
}

#[test]
fn every_verb_and_choice_of_the_shipped_scripts_can_be_said() {
    // The scripts use these; a sentence for each keeps teams from needing TOML.
    let deeds = tell(&[
        "a subject without any role",
        "a bystander",
        "the bystander holds tokens of another client",
        "the bystander holds tokens by way of the upstream issuer",
        r#"the subject holds tokens that are bound to a key as "bound""#,
        r#"the subject holds the narrowest tokens as "narrow""#,
        r#"the subject holds the widest tokens as "wide""#,
        r#"the tokens "wide" are used for what is allowed on every route"#,
        r#"the tokens "wide" are used for what is allowed past the enforcement point"#,
        r#"the tokens "narrow" are used for what nobody may do 5 times"#,
        r#"the tokens "narrow" are refreshed for every scope as "widened""#,
        r#"the tokens "wide" are refreshed 8 times at once"#,
        r#"the tokens "narrow" are refreshed by another client as "stolen""#,
        r#"the tokens "wide" are refreshed 24 times until their declared end"#,
        r#"the tokens "narrow" are exchanged for every scope"#,
        r#"the tokens "wide" are introspected"#,
        r#"the tokens "wide" are shown at every other service"#,
        r#"the refresh tokens that came with the tokens "wide" are revoked"#,
        r#"the tokens "wide" are watched while the tokens "narrow" are left alone"#,
        r#"the tokens "wide" are used for what was lost half-way to their end"#,
        r#"the tokens "wide" are used for everything just before their end"#,
        "the subject asks for new tokens",
        "the subject's token has expired",
        "30s have passed",
        "the decision log is read",
        r#"the role "writer" is removed from the subject"#,
        "the latest change is undone",
    ]);
    let all = verbs(&deeds);
    assert!(all.iter().any(|v| matches!(v, Verb::Call(c) if c.operations == Operations::Canary)));
    assert!(all.iter().any(|v| matches!(v, Verb::Refresh { parallel: Some(8), .. })));
    assert!(all.iter().any(|v| matches!(v, Verb::Revoke { refresh: true, .. })));
    let later = |wanted: Later, what: Operations| {
        all.iter().any(|v| {
            matches!(v, Verb::LookLater { label, when, operations, .. }
                if label == "wide" && *when == wanted && *operations == what)
        })
    };
    assert!(later(Later::HalfWay, Operations::Lost) && later(Later::AtLast, Operations::All));
}

#[test]
fn names_that_must_exist_are_found_in_a_step() {
    use recant::plan::feature::{ParameterKind as Kind, StepBook};
    let names = |text: &str| -> Vec<(Kind, String)> {
        let found = StepBook::parameters(Book::shipped(), text);
        found.into_iter().map(|p| (p.kind, p.value)).collect()
    };
    assert_eq!(
        names(r#"a subject with the roles "reader" and "writer""#),
        [(Kind::Role, "reader".into()), (Kind::Role, "writer".into())]
    );
    assert_eq!(
        names(r#""orders" refuses the earlier token for "create order" within its bound"#),
        [(Kind::Service, "orders".into()), (Kind::Operation, "create order".into())]
    );
    assert_eq!(names("every service still accepts the bystander"), []);
    // A role that is made for the scenario is in no file.
    assert_eq!(names(r#"the role "night-shift" is given to the subject"#), []);
    assert_eq!(
        names(r#"the requirement "E-05" holds at "orders""#),
        [(Kind::Requirement, "E-05".into()), (Kind::Service, "orders".into())]
    );
}

#[test]
fn the_list_is_complete_in_every_format() {
    let book = Book::shipped();
    let json: serde_json::Value =
        serde_json::from_str(&recant::steps::json(book).unwrap()).unwrap();
    assert_eq!(json["steps"].as_array().unwrap().len(), book.definitions().len());
    for d in book.definitions() {
        assert!(recant::steps::text(book).contains(d.expression()));
    }
    assert!(recant::steps::markdown(book).lines().count() > book.definitions().len());
}
