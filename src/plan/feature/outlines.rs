//! What is wrong with a scenario outline: examples that run nothing, placeholders that nothing fills, columns that
//! nothing uses.

use std::collections::BTreeSet;

use gherkin::{Examples, LineCol, Scenario};

use crate::error::Problem;
use crate::plan::{nearest, suggestion};

use super::lines::cells;
use super::preflight::Check;
use super::reader::Sheet;

/// Checks an outline, its examples, and its steps row by row.
pub(super) fn check(check: &mut Check<'_>, sheet: &Sheet, scenario: &Scenario) {
    if scenario.examples.is_empty() {
        let what = Problem::new("this outline has no examples, so it would run nothing");
        check.whole_line(
            scenario.position,
            what.help("add `Examples:` with a table, or write `Scenario:`"),
        );
    }
    let used = used(scenario);
    for examples in &scenario.examples {
        columns(check, scenario, examples, &used);
    }
    unfilled(check, scenario);
    steps(check, sheet, scenario);
}

/// Placeholders of a text: the offset of `<` and the name.
pub fn placeholders(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices('<') {
        let inner = text[start + 1..].split(['<', '>']).next().unwrap_or_default();
        let closed = text[start + 1 + inner.len()..].starts_with('>');
        if closed && !inner.is_empty() && inner.trim() == inner && !inner.contains('"') {
            found.push((start, inner));
        }
    }
    found
}

fn used(scenario: &Scenario) -> BTreeSet<&str> {
    let mut texts = vec![scenario.name.as_str()];
    for step in &scenario.steps {
        texts.push(&step.value);
        texts.extend(step.docstring.as_deref());
        texts.extend(step.table.iter().flat_map(|t| t.rows.iter().flatten()).map(String::as_str));
    }
    texts.into_iter().flat_map(placeholders).map(|(_, name)| name).collect()
}

fn columns(check: &mut Check<'_>, scenario: &Scenario, examples: &Examples, used: &BTreeSet<&str>) {
    let Some(table) = &examples.table else {
        let what = Problem::new("these examples have no table, so nothing would run");
        return check
            .whole_line(examples.position, what.help("add a row of names and rows of values"));
    };
    if table.rows.len() < 2 {
        let what = Problem::new("these examples have no row of values, so nothing would run");
        check.whole_line(
            table.position,
            what.help("the first row has the names; add rows below it"),
        );
    }
    let header = cells(check.line(table.position.line)).cells;
    let mut seen = BTreeSet::new();
    for (name, column) in header {
        let at = LineCol { line: table.position.line, col: column + 1 };
        let width = name.chars().count();
        if name.is_empty() {
            check.wrong(
                at,
                1,
                Problem::new("this column has no name").help("name it, and use it as `<name>`"),
            );
        } else if !used.contains(name.as_str()) {
            let what = Problem::new(format!("nothing in this outline uses `<{name}>`"));
            let help = match nearest(&name, used.iter().copied()) {
                Some(near) => format!("did you mean `{near}`, which the steps use?"),
                None => format!(
                    "remove the column, or write `<{name}>` in a step of `{}`",
                    scenario.name
                ),
            };
            check.wrong(at, width, what.help(help));
        }
        if !seen.insert(name.clone()) {
            let what = Problem::new(format!("the column `{name}` stands here twice"));
            check.wrong(at, width, what.help("give each column its own name"));
        }
    }
}

/// Placeholders in steps that the columns of some examples lack.
fn unfilled(check: &mut Check<'_>, scenario: &Scenario) {
    for step in &scenario.steps {
        for (start, name) in placeholders(&step.value) {
            let lacking = scenario
                .examples
                .iter()
                .filter_map(|e| e.table.as_ref()?.rows.first())
                .find(|h| !h.iter().any(|c| c == name));
            if let Some(header) = lacking {
                let at = check.in_step(step, start);
                let what = Problem::new(format!("no column of the examples fills `<{name}>`"));
                let help = suggestion(name, header.iter().map(String::as_str), "columns");
                check.wrong(at, name.chars().count() + 2, what.help(help));
            }
        }
    }
}

/// Looks up each step as the rows fill it; the first row that is wrong is enough for a step.
fn steps(check: &mut Check<'_>, sheet: &Sheet, scenario: &Scenario) {
    let mut done = vec![BTreeSet::new(); scenario.steps.len()];
    // a step that no column fills is not looked up: that would say the same twice
    let filled = |e: &Examples, name: &str| {
        e.table.as_ref().and_then(|t| t.rows.first()).is_none_or(|h| h.iter().any(|c| c == name))
    };
    let lacking = |text: &str| {
        placeholders(text)
            .iter()
            .any(|(_, name)| scenario.examples.iter().any(|e| !filled(e, name)))
    };
    let mut failed: Vec<_> = scenario.steps.iter().map(|s| lacking(&s.value)).collect();
    for row in sheet.rows_of(scenario) {
        let at = row.scenario.position;
        for (index, (filled, written)) in row.scenario.steps.iter().zip(&scenario.steps).enumerate()
        {
            if !failed[index] && done[index].insert(filled.value.clone()) {
                failed[index] = !check.step_text(written, &filled.value, Some(at));
            }
        }
    }
}
