//! What is wrong with steps where they stand: tokens that no step before them obtained, somebody who takes no part,
//! changes without their arguments. Nothing is sent.

use std::collections::BTreeSet;

use gherkin::Step;

use crate::error::Problem;
use crate::plan::{Verb, suggestion};

use super::preflight::{Check, Told};
use super::reader::Sheet;
use super::rows::Row;

/// Rows of a file that are walked through: a mistake in a step shows in the first that has it.
const MOST_ROWS: usize = 2_000;

/// Walks through the scenarios of a well-formed sheet.
pub(super) fn check(check: &mut Check<'_>, sheet: &Sheet) {
    for row in Sheet::rows(sheet).take(MOST_ROWS) {
        scenario(check, sheet, &row);
    }
}

fn scenario(check: &mut Check<'_>, sheet: &Sheet, row: &Row) {
    let steps: Vec<&Step> = sheet.background(row.rule).chain(&row.scenario.steps).collect();
    let told: Vec<Told> = steps.iter().map(|s| told(s)).collect();
    let mut said = BTreeSet::new();
    for (step, came) in steps.into_iter().zip(check.with.book.walk(&told)) {
        match came {
            Err(why) => {
                // One missing thing makes many steps senseless: the first of them says it.
                if said.insert(why.clone()) {
                    wrong(check, step, &why);
                }
            }
            Ok(verbs) => verbs.iter().for_each(|verb| arguments(check, step, verb)),
        }
    }
}

fn told(step: &Step) -> Told {
    (step.value.clone(), step.table.as_ref().map(|t| t.rows.clone()).unwrap_or_default())
}

/// Notes it, unless something is said about this line already.
fn wrong(check: &mut Check<'_>, step: &Step, why: &str) {
    let line = step.position.line;
    if check.problems.iter().any(|p| p.place.as_ref().is_some_and(|p| p.line == line)) {
        return;
    }
    let (what, help) = why.split_once("; ").unwrap_or((why, "`recant steps` says what it means"));
    let at = check.in_step(step, 0);
    check.whole_line(at, Problem::new(what).help(help));
}

/// What a change of the recipe takes is given, and nothing else.
fn arguments(check: &mut Check<'_>, step: &Step, verb: &Verb) {
    let Verb::Change { name, of, with, .. } = verb else { return };
    let Some(change) = check.with.declared.and_then(|d| d.recipe.change.get(name)) else { return };
    let takes: Vec<&str> = change.takes.iter().map(String::as_str).collect();
    let missing: Vec<&str> =
        takes.iter().copied().filter(|t| *t != "subject" && !with.contains_key(*t)).collect();
    if takes.contains(&"subject") && of.is_none() {
        let help = "say whom: `the change \"...\" is made to the subject`";
        wrong(check, step, &format!("the change `{name}` is about a subject; {help}"));
    } else if let Some(first) = missing.first() {
        let help = format!("add a table below the step, such as `| {first} | ... |`");
        let missing = missing.join("`, `");
        wrong(check, step, &format!("the change `{name}` is given no `{missing}`; {help}"));
    } else if let Some(odd) = with.keys().find(|k| !takes.contains(&k.as_str())) {
        let help = suggestion(odd, takes, "what it takes");
        wrong(check, step, &format!("the change `{name}` takes no `{odd}`; {help}"));
    }
}
