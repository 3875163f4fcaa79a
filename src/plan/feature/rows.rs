//! The scenarios of a feature one by one: outlines are expanded row by row, only when the row is asked for.

use std::ops::Deref;

use gherkin::{Examples, LineCol, Rule, Scenario, Step};

use crate::model::Place;

use super::reader::Sheet;

/// One scenario to be run: as written, or one row of an outline with its placeholders filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The scenario; its own tags only.
    pub scenario: Scenario,
    /// Index of the rule that it belongs to.
    pub rule: Option<usize>,
    /// `Feature / scenario`, for an outline with the row's values.
    pub title: String,
    /// Where it stands: the row, for an outline.
    pub place: Place,
    /// Tags of feature, rule, scenario and examples, without `@`.
    pub tags: Vec<String>,
}

impl Row {
    /// The instance name of a scenario with steps of its own: `file.feature:LINE`.
    #[must_use]
    pub fn instance(&self) -> String {
        format!("{}:{}", self.place.file, self.place.line)
    }

    /// Its `Then` steps.
    #[must_use]
    pub fn obligations(&self) -> u64 {
        let then = |s: &&gherkin::Step| s.ty == gherkin::StepType::Then;
        self.scenario.steps.iter().filter(then).count() as u64
    }
}

impl Sheet {
    /// Scenarios in the order of the file, one after the other. Works on a reference and on an `Arc`.
    pub fn rows<S: Deref<Target = Self>>(this: S) -> Rows<S> {
        Rows { sheet: this, rule: None, scenario: 0, examples: 0, row: 0 }
    }

    /// The steps that run before those of each scenario (of a rule): the feature's background, then the rule's.
    pub fn background(&self, rule: Option<usize>) -> impl Iterator<Item = &Step> {
        let rule = rule.and_then(|index| self.feature.rules.get(index));
        let outer = self.feature.background.iter().flat_map(|b| &b.steps);
        outer.chain(rule.and_then(|r| r.background.as_ref()).into_iter().flat_map(|b| &b.steps))
    }
}

/// See [`Sheet::rows`].
#[derive(Debug, Clone)]
pub struct Rows<S> {
    sheet: S,
    rule: Option<usize>,
    scenario: usize,
    examples: usize,
    row: usize,
}

impl<S: Deref<Target = Sheet>> Iterator for Rows<S> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        loop {
            let sheet = &*self.sheet;
            let rule = match self.rule {
                None => None,
                Some(index) => Some(sheet.feature.rules.get(index)?),
            };
            let scenarios = rule.map_or(&sheet.feature.scenarios, |rule| &rule.scenarios);
            let Some(scenario) = scenarios.get(self.scenario) else {
                self.rule = Some(self.rule.map_or(0, |index| index + 1));
                self.scenario = 0;
                continue;
            };
            if scenario.examples.is_empty() {
                self.scenario += 1;
                return Some(sheet.whole(rule, self.rule, scenario));
            }
            let Some(examples) = scenario.examples.get(self.examples) else {
                (self.scenario, self.examples) = (self.scenario + 1, 0);
                continue;
            };
            let row = self.row;
            if examples.table.as_ref().is_none_or(|t| row + 1 >= t.rows.len()) {
                (self.examples, self.row) = (self.examples + 1, 0);
                continue;
            }
            self.row += 1;
            return Some(sheet.filled(rule, self.rule, scenario, examples, row));
        }
    }
}

impl Sheet {
    /// The rows of one scenario, without its rule's tags: for checks.
    pub(super) fn rows_of<'t>(&'t self, scenario: &'t Scenario) -> impl Iterator<Item = Row> + 't {
        scenario.examples.iter().flat_map(move |examples| {
            let rows = examples.table.as_ref().map_or(0, |t| t.rows.len().saturating_sub(1));
            (0..rows).map(move |row| self.filled(None, None, scenario, examples, row))
        })
    }

    fn place(&self, at: LineCol) -> Place {
        Place { file: self.file.clone(), line: at.line, column: at.col }
    }

    fn tags_of(&self, rule: Option<&Rule>, more: [&[String]; 2]) -> Vec<String> {
        let mut all = self.feature.tags.clone();
        all.extend(rule.into_iter().flat_map(|r| r.tags.iter().cloned()));
        all.extend(more.into_iter().flatten().cloned());
        all
    }

    fn title(&self, rule: Option<&Rule>, name: &str) -> String {
        let parts = [self.feature.name.as_str(), rule.map_or("", |r| &r.name), name];
        parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" / ")
    }

    fn whole(&self, rule: Option<&Rule>, index: Option<usize>, scenario: &Scenario) -> Row {
        Row {
            title: self.title(rule, &scenario.name),
            place: self.place(scenario.position),
            tags: self.tags_of(rule, [&scenario.tags, &[]]),
            rule: index,
            scenario: scenario.clone(),
        }
    }

    fn filled(
        &self,
        rule: Option<&Rule>,
        index: Option<usize>,
        scenario: &Scenario,
        examples: &Examples,
        row: usize,
    ) -> Row {
        let rows = examples.table.as_ref().map_or(&[] as &[_], |t| &t.rows);
        let at = self
            .examples
            .get(&examples.position.line)
            .and_then(|places| places.get(row))
            .copied()
            .unwrap_or(examples.position);
        let values = Values {
            names: rows.first().map_or(&[], Vec::as_slice),
            values: rows.get(row + 1).map_or(&[], Vec::as_slice),
        };
        let mut name = values.fill(&scenario.name);
        if name == scenario.name {
            name = format!("{name} ({})", values.shown()).trim_start().to_owned();
        }
        let mut tags = scenario.tags.clone();
        tags.extend(examples.tags.iter().cloned());
        let filled = Scenario {
            keyword: scenario.keyword.clone(),
            description: scenario.description.clone(),
            steps: scenario.steps.iter().map(|step| values.fill_step(step)).collect(),
            examples: Vec::new(),
            span: scenario.span,
            position: at,
            name,
            tags,
        };
        Row {
            title: self.title(rule, &filled.name),
            place: self.place(at),
            tags: self.tags_of(rule, [&scenario.tags, &examples.tags]),
            rule: index,
            scenario: filled,
        }
    }
}

/// Values of one row by the names of the header.
struct Values<'t> {
    names: &'t [String],
    values: &'t [String],
}

impl Values<'_> {
    /// Puts values in place of `<name>`; once, so that a value that looks like a placeholder stays.
    fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find('<') {
            filled.push_str(&rest[..start]);
            rest = &rest[start..];
            let hit = self.names.iter().zip(self.values).find(|(name, _)| {
                rest[1..].strip_prefix(name.as_str()).is_some_and(|r| r.starts_with('>'))
            });
            match hit {
                Some((name, value)) => {
                    filled.push_str(value);
                    rest = &rest[name.len() + 2..];
                }
                None => {
                    filled.push('<');
                    rest = &rest[1..];
                }
            }
        }
        filled.push_str(rest);
        filled
    }

    fn fill_step(&self, step: &Step) -> Step {
        let mut filled = step.clone();
        filled.value = self.fill(&step.value);
        filled.docstring = step.docstring.as_deref().map(|text| self.fill(text));
        if let Some(table) = &mut filled.table {
            for cell in table.rows.iter_mut().flatten() {
                *cell = self.fill(cell);
            }
        }
        filled
    }

    fn shown(&self) -> String {
        let pairs = self.names.iter().zip(self.values);
        pairs.map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ")
    }
}
