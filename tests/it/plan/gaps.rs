//! What stops nothing, but would leave requirements inconclusive.

use recant::error::render_problems;
use recant::plan::{Scripts, Suite, load_target};

use super::with_secrets;

const TARGET: &str = include_str!("../../../targets/reference.toml");
const RECIPE: &str = include_str!("../../../recipes/reference.toml");

/// Warnings about the reference target with replacements in its file and in its recipe.
fn warnings(target: &[(&str, &str)], recipe: &[(&str, &str)], tags: Option<&str>) -> String {
    let edited = |text: &str, edits: &[(&str, &str)]| {
        edits.iter().fold(text.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        })
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("target.toml");
    let text = edited(TARGET, target).replace("recipe = \"reference\"", "recipe = \"./r.toml\"");
    std::fs::write(&path, text).unwrap();
    std::fs::write(folder.path().join("r.toml"), edited(RECIPE, recipe)).unwrap();
    let declared = load_target(&path, &with_secrets())
        .unwrap_or_else(|p| panic!("{}", render_problems(&p, false)));
    let suite = Suite::shipped();
    let suite = tags.map_or(suite.clone(), |tags| suite.with_tags(tags).unwrap());
    // What requirements are judged by, beside what scripts do.
    let asked = ["replicas".to_owned()].into();
    let mut all = declared.warnings.clone();
    all.extend(declared.gaps(&suite, &Scripts::shipped().unwrap(), &asked));
    assert!(all.iter().all(|p| p.warning));
    render_problems(&all, false).replace(&folder.path().display().to_string(), "FOLDER")
}

/// The same without the number of the line that a warning is about: it changes with every line of the reference target.
fn without_line(said: &str) -> String {
    let said = said.replace("FOLDER/", "");
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    match said.split_once("--> target.toml:").map(|(_, rest)| digits(rest)) {
        Some(line) if !line.is_empty() => said.replace(&line, "LINE"),
        _ => said,
    }
}

#[test]
fn the_reference_target_has_none() {
    assert_eq!(warnings(&[], &[], None), "");
}

#[test]
fn what_is_neither_there_nor_declared_absent() {
    let target = [
        ("other-grant = \"user-elsewhere\"\n", ""),
        ("[bounds]", "[[absent]]\ncapability = \"change:retire key\"\nreason = \"r\"\n\n[bounds]"),
    ];
    let recipe = [
        ("[change.\"give role\"]", "[change.\"remove permission again\"]"),
        ("[change.\"retire key\"]", "[change.\"add permission again\"]"),
    ];
    let said = warnings(&target, &recipe, None);
    assert!(!said.contains("retire key"), "{said}");
    insta::assert_snapshot!(without_line(&said), @r#"
    warning: target.toml: selected scenarios need what is neither provided nor declared absent: `change:give role`, `other-client`
      = help: provide it, or declare that this system can't do it and why; requirements that need it stay inconclusive until then
              [[absent]]
              capability = "change:give role"
              reason = "..."
              [[absent]]
              capability = "other-client"
              reason = "..."

    warning: nothing says what these changes take away: `add permission again`, `remove permission again`
       --> target.toml:LINE:2
        |
    LINE | [subject]
        |  ^^^^^^^
        |
        = help: add `[effect."NAME"]` with `scopes`, `roles` or `everything = true`
    "#);
    // Nobody is bothered with what no selected scenario needs.
    let said = warnings(&target, &recipe, Some("@E-04"));
    assert!(!said.contains("[[absent]]"), "{said}");
}

#[test]
fn a_change_without_an_inverse() {
    let undo = "undo = [{ request = \"POST {base}/admin/clients/{client}/enable\" }]\n";
    let said = warnings(&[], &[(undo, "")], None);
    insta::assert_snapshot!(said.replace("FOLDER/", ""), @r#"
    warning: ./r.toml: the change `disable client` has no `undo`, so that it is not made in `client-disabled`, `restart-after-client-disabled`
      = help: add the requests that take it back: `undo = [{ request = "..." }]`
    "#);
}

#[test]
fn a_scope_that_nobody_has_and_somebody_nearly() {
    let target = [(
        "[service.catalog.operation.\"list products\"]\nrequest = \"GET /items\"\nroutes = [\"GET /v1/items\"]\nneeds = { scope = \"items:read\" }",
        "[service.catalog.operation.\"list products\"]\nrequest = \"GET /items\"\nneeds = { scope = \"item:read\" }",
    )];
    insta::assert_snapshot!(without_line(&warnings(&target, &[], None)), @r#"
    warning: no role gives the scope `item:read`, but one gives `items:read`
       --> target.toml:LINE:19
        |
    LINE | needs = { scope = "item:read" }
        |                   ^^^^^^^^^^^
        |
        = help: a scope that nobody has is fine (scenarios try it), a misspelt one is not
    "#);
}

#[test]
fn a_removal_that_only_the_creation_makes_possible() {
    let create = "roles = \"{roles}\" } }]";
    let capture = "roles = \"{roles}\" }, capture = { id = \"json:/id\" } }]";
    let by_name = "remove = [{ request = \"DELETE {base}/admin/subjects/{subject}\"";
    let by_id = "remove = [{ request = \"DELETE {base}/admin/subjects/{id}\"";
    let looked_up = "remove = [{ request = \"GET {base}/admin/subjects/{subject}\", capture = { id = \"json:/id\" } }, { request = \"DELETE {base}/admin/subjects/{id}\"";
    assert_eq!(warnings(&[], &[(create, capture)], None), "");
    assert_eq!(warnings(&[], &[(create, capture), (by_name, looked_up)], None), "");
    let said = warnings(&[], &[(create, capture), (by_name, by_id)], None);
    insta::assert_snapshot!(said.replace("FOLDER/", ""), @r#"
    warning: only the answer to its creation tells `{id}`, by which a subject is removed
      --> ./r.toml:17:23
       |
    17 | remove = [{ request = "DELETE {base}/admin/subjects/{id}", accept = [204, 404] }]
       |                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: after a kill in the middle of that nobody can: remove it by its name where the product can (`{subject}`), or look it up in a step before (with `capture`)
    "#);
}

#[test]
fn a_bound_that_nobody_waits_for_where_time_is_real() {
    let bounds = [("[bounds]", "[bounds]\ndecision = \"2h\"\nrevocation = \"5s\"")];
    assert_eq!(warnings(&bounds, &[], None), "", "its clock can be moved");
    let clock = [
        (
            "[clock]\nadvance = { request = \"POST {base}/admin/clock/advance\", json = { ms = \"{ms}\" } }\n",
            "",
        ),
        ("read = { request = \"GET {base}/admin/clock\", at = \"/now\" }\nsettles = \"0ms\"\n", ""),
    ];
    let said = warnings(&bounds, &clock, None);
    insta::assert_snapshot!(without_line(&said), @r#"
    warning: no scenario waits longer than 1200 s for the bound `decision`, so that what is judged after it stays inconclusive
      --> target.toml:LINE:12
       |
    LINE | decision = "2h"
       |            ^^^^
       |
       = help: promise less, or say in the recipe how the clock is moved (`[clock]`)
    "#);
}

#[test]
fn an_undo_of_what_all_share_that_nothing_reads() {
    let client = "confirm = { request = \"GET {base}/admin/clients/{client}\", at = \"/status\", has = \"disabled\" }\n";
    let permission = "confirm = { request = \"GET {base}/admin/roles/{role}\", at = \"/permissions/*\", lacks = \"{permission}\" }\n";
    let risk = "confirm = { request = \"GET {base}/admin/subjects/{subject}\", at = \"/risk\", has = \"{level}\" }\n";
    let said = warnings(&[], &[(client, ""), (permission, ""), (risk, "")], None);
    assert!(said.contains("were undone: `disable client`, `remove permission`\n"), "{said}");
    assert!(said.contains("an undo that is acknowledged and not made goes unnoticed"), "{said}");
}
