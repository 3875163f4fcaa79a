//! What is wrong with a feature file beyond its form, before anything is sent: undefined and ambiguous steps, names
//! that don't exist, outlines that run nothing.

use std::collections::{BTreeMap, BTreeSet};

use gherkin::{LineCol, Scenario, Step};

use crate::error::Problem;
use crate::plan::{Declared, Scripts, Source, Verb, suggestion};

use super::outlines;
use super::reader::{MOST_PROBLEMS, Prose, Sheet, Tag};
use super::{spelling, walk};
use crate::model::Place;

/// The step table, as preflight needs it. Implemented by `steps`.
pub trait StepBook {
    /// Definitions that match a step's text (without its keyword). More than one is an ambiguity.
    fn matching(&self, text: &str) -> Vec<usize>;

    /// The definitions nearest to a text, as people write them, nearest first.
    fn nearest(&self, text: &str, n: usize) -> Vec<String>;

    /// How a definition is written.
    fn expression(&self, definition: usize) -> String {
        format!("definition {definition}")
    }

    /// What the steps of one scenario come to, each after the ones before it.
    ///
    /// # Errors
    /// Of each that makes no sense where it stands: why, and after a `; ` what to do.
    fn walk(&self, steps: &[Told]) -> Vec<Result<Vec<Verb>, String>> {
        steps.iter().map(|_| Ok(Vec::new())).collect()
    }

    /// Names of things in a step's text that must exist.
    fn parameters(&self, _text: &str) -> Vec<Parameter> {
        Vec::new()
    }
}

/// A step as its scenario tells it: its text without the keyword, and the rows of its table.
pub type Told = (String, Vec<Vec<String>>);

/// A name in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// What it names.
    pub kind: ParameterKind,
    /// The name, without quotes.
    pub value: String,
}

/// What a name in a step may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// A scenario script.
    Script,
    /// A requirement by its id or alias.
    Requirement,
    /// A service of the target.
    Service,
    /// An operation of the service named before it in the step, else of any service.
    Operation,
    /// A role of the target.
    Role,
    /// A change of the recipe.
    Change,
}

/// What feature files are checked against.
#[derive(Clone, Copy)]
pub struct Preflight<'a> {
    /// The steps that exist.
    pub book: &'a dyn StepBook,
    /// The scripts that exist; `None` where one of them could not be read, so that nobody knows whether a name that is missing is its.
    pub scripts: Option<&'a Scripts>,
    /// Ids and aliases of requirements.
    pub requirements: &'a BTreeSet<String>,
    /// The target, where there is one: without it services, operations, roles and changes are not looked at.
    pub declared: Option<&'a Declared>,
}

impl Preflight<'_> {
    /// All that is wrong with a feature file, sorted by place.
    #[must_use]
    pub fn check(&self, source: &Source) -> Vec<Problem> {
        let (sheet, problems) = Sheet::read_anyway(source);
        let well_formed = problems.is_empty();
        let lines = source.text.lines().collect();
        let mut check = Check { with: *self, file: &source.file, lines, well_formed, problems };
        if let Some(sheet) = &sheet {
            check.sheet(sheet);
        }
        let mut problems = check.problems;
        problems.sort_by(|a, b| (&a.place, &a.what).cmp(&(&b.place, &b.what)));
        problems.dedup();
        problems
    }
}

/// A check under way.
pub(super) struct Check<'a> {
    pub with: Preflight<'a>,
    pub file: &'a str,
    pub lines: Vec<&'a str>,
    /// False where lines were misread, so that what seems to be missing may only be misspelt.
    pub well_formed: bool,
    pub problems: Vec<Problem>,
}

impl Check<'_> {
    /// Notes a problem at a line and column, both from 1.
    pub fn wrong(&mut self, at: LineCol, width: usize, problem: Problem) {
        if self.problems.len() < MOST_PROBLEMS {
            let line = self.line(at.line).to_owned();
            let place = Place { file: self.file.to_owned(), line: at.line, column: at.col };
            self.problems.push(problem.at(place, width).excerpt(line));
        }
    }

    /// A line by its number.
    pub fn line(&self, number: usize) -> &str {
        number.checked_sub(1).and_then(|n| self.lines.get(n)).copied().unwrap_or_default()
    }

    /// Width of a line from a column to its end.
    fn width(&self, at: LineCol) -> usize {
        self.line(at.line).trim_end().chars().count().saturating_sub(at.col - 1)
    }

    fn sheet(&mut self, sheet: &Sheet) {
        let feature = &sheet.feature;
        if feature.name.is_empty() {
            self.whole_line(
                feature.position,
                Problem::new("this feature has no name").help("reports call it by its name"),
            );
        }
        if feature.scenarios.is_empty() && feature.rules.iter().all(|r| r.scenarios.is_empty()) {
            let what = Problem::new("this feature has no scenario, so it would test nothing");
            self.whole_line(feature.position, what.help("add a `Scenario:` with steps"));
        }
        for rule in feature.rules.iter().filter(|r| r.scenarios.is_empty()) {
            let what = Problem::new("this rule has no scenario, so it would test nothing");
            self.whole_line(rule.position, what.help("add a `Scenario:` with steps"));
        }
        sheet.prose.iter().for_each(|prose| self.prose(prose));
        sheet.tags.iter().for_each(|tag| self.tag(tag));
        let backgrounds = feature
            .background
            .iter()
            .chain(feature.rules.iter().filter_map(|r| r.background.as_ref()));
        for background in backgrounds {
            if background.steps.is_empty() {
                let what = Problem::new("this background has no step");
                self.whole_line(background.position, what.help("remove it, or add steps"));
            }
            background.steps.iter().for_each(|step| self.fixed_step(step, "a background"));
        }
        self.names(&feature.scenarios);
        feature.rules.iter().for_each(|rule| self.names(&rule.scenarios));
        for scenario in
            feature.scenarios.iter().chain(feature.rules.iter().flat_map(|r| &r.scenarios))
        {
            self.scenario(sheet, scenario);
        }
        if self.well_formed {
            walk::check(self, sheet);
        }
    }

    /// Notes a problem from a place to the end of its line.
    pub fn whole_line(&mut self, at: LineCol, problem: Problem) {
        let width = self.width(at);
        self.wrong(at, width, problem);
    }

    fn names(&mut self, scenarios: &[Scenario]) {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for scenario in scenarios {
            if scenario.name.is_empty() {
                let what = Problem::new("this scenario has no name");
                self.whole_line(scenario.position, what.help("reports call it by its name"));
            } else if let Some(line) = seen.insert(&scenario.name, scenario.position.line) {
                let what =
                    Problem::new(format!("a scenario of this name stands in line {line} already"));
                self.whole_line(
                    scenario.position,
                    what.help("give each its own name; reports tell them apart by it"),
                );
            }
        }
    }

    fn scenario(&mut self, sheet: &Sheet, scenario: &Scenario) {
        if scenario.steps.is_empty() && !self.well_formed {
            // what is missing here may be what was misread
        } else if scenario.steps.is_empty() {
            let what = Problem::new("this scenario has no step, so it would test nothing");
            self.whole_line(scenario.position, what.help("add steps: `recant steps` lists them"));
        } else if !scenario.steps.iter().any(|s| s.ty == gherkin::StepType::Then) {
            let what =
                Problem::new("nothing is asserted here: this scenario has no `Then`").as_warning();
            self.whole_line(scenario.position, what.help("say what must hold in a `Then` step"));
        }
        let outline = scenario.keyword.starts_with("Scenario Outline")
            || scenario.keyword.starts_with("Scenario Template")
            || !scenario.examples.is_empty();
        if outline {
            outlines::check(self, sheet, scenario);
        } else {
            scenario
                .steps
                .iter()
                .for_each(|step| self.fixed_step(step, "a scenario without examples"));
        }
    }

    /// A step whose text is final.
    fn fixed_step(&mut self, step: &Step, whose: &str) {
        if let Some((start, name)) = outlines::placeholders(&step.value).into_iter().next()
            && self.with.book.matching(&step.value).is_empty()
        {
            let at = self.in_step(step, start);
            let what =
                Problem::new(format!("`<{name}>` is never filled in: {whose} has no columns"));
            let help = "write `Scenario Outline:` with `Examples:`, or the value itself";
            return self.wrong(at, name.chars().count() + 2, what.help(help));
        }
        self.step_text(step, &step.value, None);
    }

    /// The place of a byte offset in a step's text.
    pub fn in_step(&self, step: &Step, offset: usize) -> LineCol {
        let line = self.line(step.position.line);
        let start = line.find(&step.value).unwrap_or_default() + offset;
        let column = line.get(..start).map_or(0, |before| before.chars().count());
        LineCol { line: step.position.line, col: column + 1 }
    }

    /// Checks the text that is looked up; for a row of an outline, with the row's place. False where it was undefined
    /// or ambiguous.
    pub fn step_text(&mut self, step: &Step, text: &str, row: Option<LineCol>) -> bool {
        let matching = self.with.book.matching(text);
        let at = self.in_step(step, 0);
        let filled = if text == step.value { String::new() } else { format!(" (here: `{text}`)") };
        match matching.as_slice() {
            [_] => {
                self.parameters(step, text, row);
                true
            }
            [] => {
                let nearest = self.with.book.nearest(text, 3);
                let help = match nearest.as_slice() {
                    [] => "`recant steps` lists all steps".to_owned(),
                    some => format!("the nearest steps are:\n  {}", some.join("\n  ")),
                };
                self.whole_line(
                    at,
                    Problem::new(format!("no step is defined for this{filled}")).help(help),
                );
                false
            }
            several => {
                let all: Vec<_> = several.iter().map(|d| self.with.book.expression(*d)).collect();
                let what =
                    Problem::new(format!("{} steps are defined for this{filled}", several.len()));
                self.whole_line(at, what.help(format!("they are:\n  {}", all.join("\n  "))));
                false
            }
        }
    }

    fn prose(&mut self, prose: &Prose) {
        let Some((word, rest)) = prose.text.split_once(char::is_whitespace) else { return };
        let is_step = !self.with.book.matching(rest.trim()).is_empty();
        let near = spelling::near_step(word);
        let looks_like_one = prose.before_steps && near.is_some();
        if !is_step && !looks_like_one {
            return;
        }
        let what = if is_step && !prose.before_steps {
            Problem::new("this is a step, but it stands where only a description belongs")
                .help("steps follow `Scenario:`; is that line missing or misspelt?")
        } else {
            let near = near
                .map_or_else(|| "Given, When, Then, And or But".to_owned(), |n| format!("`{n}`"));
            Problem::new(format!("`{word}` is no keyword, so this line is taken for a description"))
                .help(format!("did you mean {near}?"))
        };
        self.wrong(prose.at, word.chars().count(), what);
    }

    fn tag(&mut self, tag: &Tag) {
        let Some(id) = tag.name.strip_prefix("requirement:") else { return };
        if !self.with.requirements.contains(id) {
            let known = self.with.requirements.iter().map(String::as_str);
            let help = match crate::plan::nearest(id, known) {
                Some(near) => format!("did you mean `@requirement:{near}`?"),
                None => "`recant requirements` lists them".to_owned(),
            };
            let at = LineCol { line: tag.place.line, col: tag.place.column };
            let width = tag.name.chars().count() + 1;
            self.wrong(
                at,
                width,
                Problem::new(format!("there is no requirement `{id}`")).help(help),
            );
        }
    }

    fn parameters(&mut self, step: &Step, text: &str, row: Option<LineCol>) {
        let mut service: Option<String> = None;
        let mut parameters = self.with.book.parameters(text);
        if let Some(script) = named_script(text)
            && !parameters.iter().any(|p| p.kind == ParameterKind::Script)
        {
            parameters.push(Parameter { kind: ParameterKind::Script, value: script.to_owned() });
        }
        for parameter in parameters {
            let (word, known) = self.known(parameter.kind, service.as_deref());
            if known.contains(&parameter.value) {
                if parameter.kind == ParameterKind::Service {
                    service = Some(parameter.value);
                }
                continue;
            }
            // without a target there is nothing to compare with
            if word.is_empty() {
                continue;
            }
            let help =
                suggestion(&parameter.value, known.iter().map(String::as_str), &format!("{word}s"));
            let at = self.value_at(step, &parameter.value, row);
            let width = parameter.value.chars().count();
            let what = Problem::new(format!("there is no {word} `{}`", parameter.value));
            self.wrong(at, width, what.help(help));
        }
    }

    /// Where a value stands: in the step, else in a cell of the row, else at the step.
    fn value_at(&self, step: &Step, value: &str, row: Option<LineCol>) -> LineCol {
        if let Some(offset) = step.value.find(&format!("\"{value}\"")) {
            return self.in_step(step, offset + 1);
        }
        let Some(row) = row else { return self.in_step(step, 0) };
        let cells = super::lines::cells(self.line(row.line)).cells;
        let column = cells.iter().find(|(text, _)| text == value).map(|(_, column)| *column);
        column.map_or(row, |column| LineCol { line: row.line, col: column + 1 })
    }

    /// What a kind of name is called, and the names of that kind; no word where they can't be known.
    fn known(&self, kind: ParameterKind, service: Option<&str>) -> (&'static str, Vec<String>) {
        let owned = |keys: &mut dyn Iterator<Item = &String>| keys.cloned().collect::<Vec<_>>();
        match (kind, self.with.declared) {
            (ParameterKind::Script, _) => match self.with.scripts {
                Some(scripts) => ("scenario", scripts.names().map(str::to_owned).collect()),
                None => ("", Vec::new()),
            },
            (ParameterKind::Requirement, _) => {
                ("requirement", owned(&mut self.with.requirements.iter()))
            }
            (_, None) => ("", Vec::new()),
            (ParameterKind::Service, Some(d)) => ("service", owned(&mut d.target.service.keys())),
            (ParameterKind::Role, Some(d)) => {
                ("role", owned(&mut d.target.role.keys().chain(&d.target.subject.roles)))
            }
            (ParameterKind::Change, Some(d)) => ("change", owned(&mut d.recipe.change.keys())),
            (ParameterKind::Operation, Some(d)) => {
                let services = d.target.service.iter();
                let named = services.filter(|(name, _)| service.is_none_or(|s| s == *name));
                ("operation", owned(&mut named.flat_map(|(_, s)| s.operation.keys())))
            }
        }
    }
}

/// The script that `the scenario "X" has happened` names.
pub(in crate::plan) fn named_script(text: &str) -> Option<&str> {
    text.strip_prefix("the scenario \"")?.strip_suffix("\" has happened")
}
