//! What a keyword with a colon opens, and what may stand in it.

use gherkin::{Background, Examples, Feature, LineCol, Rule, Scenario, Span, Step};

use crate::error::Problem;

use super::lines::Block;
use super::reader::{Prose, Reader, last_scenario};

/// The block that lines belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Open {
    /// Before the feature.
    Nothing,
    Feature,
    Rule,
    Background,
    Scenario,
    Examples,
}

impl Open {
    /// True where steps may follow.
    pub fn takes_steps(self) -> bool {
        matches!(self, Self::Background | Self::Scenario)
    }

    /// True where a description may stand before steps and tables.
    pub fn takes_prose(self) -> bool {
        self != Self::Nothing
    }

    /// The steps of the open block.
    pub fn steps(self, feature: &mut Feature) -> Option<&mut Vec<Step>> {
        match self {
            Self::Background => match feature.rules.last_mut() {
                Some(rule) => Some(&mut rule.background.as_mut()?.steps),
                None => Some(&mut feature.background.as_mut()?.steps),
            },
            Self::Scenario => Some(&mut last_scenario(feature)?.steps),
            _ => None,
        }
    }

    fn description(self, feature: &mut Feature) -> Option<&mut Option<String>> {
        Some(match self {
            Self::Nothing => return None,
            Self::Feature => &mut feature.description,
            Self::Rule => &mut feature.rules.last_mut()?.description,
            Self::Background => match feature.rules.last_mut() {
                Some(rule) => &mut rule.background.as_mut()?.description,
                None => &mut feature.background.as_mut()?.description,
            },
            Self::Scenario => &mut last_scenario(feature)?.description,
            Self::Examples => &mut last_scenario(feature)?.examples.last_mut()?.description,
        })
    }
}

impl Reader<'_> {
    /// Adds a line to the description of the open block.
    pub fn describe(&mut self, at: LineCol, line: &str) {
        let before_steps = self.open.takes_steps();
        self.prose.push(Prose { at, text: line.to_owned(), before_steps });
        let Some(place) = self.feature.as_mut().and_then(|f| self.open.description(f)) else {
            return;
        };
        *place = Some(match place.take() {
            Some(before) => format!("{before}\n{line}"),
            None => line.to_owned(),
        });
    }

    /// Tags that stand before something that has none.
    pub fn forgotten_tags(&mut self) {
        for tag in std::mem::take(&mut self.waiting) {
            let what = Problem::new(format!("the tag `@{}` belongs to nothing", tag.name)).help(
                "tags stand right before `Feature:`, `Rule:`, `Scenario:`, `Scenario Outline:` or `Examples:`",
            );
            self.wrong(tag.place.line, tag.place.column - 1, tag.name.chars().count() + 1, what);
        }
    }

    /// Opens a block.
    pub fn block(&mut self, at: LineCol, word: &'static str, block: Block, name: &str) {
        if let Some(problem) = self.misplaced(block) {
            return self.wrong(at.line, at.col - 1, word.len() + 1, problem);
        }
        if block == Block::Background {
            self.forgotten_tags();
        }
        let tags: Vec<_> = self.waiting.iter().map(|tag| tag.name.clone()).collect();
        self.tags.append(&mut self.waiting);
        self.last_step = None;
        self.begun = false;
        let head = Head { at, word, name, tags };
        match (&mut self.feature, block) {
            (place @ None, Block::Feature) => {
                *place = Some(head.feature());
                self.open = Open::Feature;
            }
            (Some(feature), Block::Rule) => {
                feature.rules.push(head.rule());
                self.open = Open::Rule;
            }
            (Some(feature), Block::Background) => {
                let background = Some(head.background());
                match feature.rules.last_mut() {
                    Some(rule) => rule.background = background,
                    None => feature.background = background,
                }
                self.open = Open::Background;
            }
            (Some(feature), Block::Scenario | Block::Outline) => {
                let scenarios = match feature.rules.last_mut() {
                    Some(rule) => &mut rule.scenarios,
                    None => &mut feature.scenarios,
                };
                scenarios.push(head.scenario());
                self.open = Open::Scenario;
            }
            (Some(feature), Block::Examples) => {
                if let Some(scenario) = last_scenario(feature) {
                    scenario.examples.push(head.examples());
                }
                self.open = Open::Examples;
            }
            _ => {}
        }
    }

    /// Why a block may not stand here.
    fn misplaced(&self, block: Block) -> Option<Problem> {
        let Some(feature) = &self.feature else {
            return (block != Block::Feature).then(|| {
                Problem::new("this stands before `Feature:`")
                    .help("start the file with `Feature:` and its name")
            });
        };
        let begun = match feature.rules.last() {
            Some(rule) => !rule.scenarios.is_empty() || rule.background.is_some(),
            None => !feature.scenarios.is_empty() || feature.background.is_some(),
        };
        match block {
            Block::Feature => Some(
                Problem::new("a second feature stands in this file")
                    .help("a file has one feature; write another file"),
            ),
            Block::Background if begun => Some(
                Problem::new("this background stands too late")
                    .help("a background stands once, before the first scenario"),
            ),
            Block::Examples if !matches!(self.open, Open::Scenario | Open::Examples) => Some(
                Problem::new("these examples belong to no scenario")
                    .help("examples follow the steps of a `Scenario Outline:`"),
            ),
            _ => None,
        }
    }

    /// Remembers where a row of an examples table stands; its first row is the header.
    pub fn note_example_row(&mut self, at: LineCol, goes_on: bool) {
        if self.open == Open::Examples
            && let Some(scenario) = self.feature.as_mut().and_then(last_scenario)
            && let Some(examples) = scenario.examples.last()
        {
            let rows = self.examples.entry(examples.position.line).or_default();
            if goes_on {
                rows.push(at);
            }
        }
    }
}

/// The line that opens a block.
struct Head<'t> {
    at: LineCol,
    word: &'static str,
    name: &'t str,
    tags: Vec<String>,
}

impl Head<'_> {
    fn feature(self) -> Feature {
        Feature {
            keyword: self.word.to_owned(),
            name: self.name.to_owned(),
            description: None,
            background: None,
            scenarios: Vec::new(),
            rules: Vec::new(),
            tags: self.tags,
            span: Span::default(),
            position: self.at,
            path: None,
        }
    }

    fn rule(self) -> Rule {
        Rule {
            keyword: self.word.to_owned(),
            name: self.name.to_owned(),
            description: None,
            background: None,
            scenarios: Vec::new(),
            tags: self.tags,
            span: Span::default(),
            position: self.at,
        }
    }

    fn background(self) -> Background {
        Background {
            keyword: self.word.to_owned(),
            name: self.name.to_owned(),
            description: None,
            steps: Vec::new(),
            span: Span::default(),
            position: self.at,
        }
    }

    fn scenario(self) -> Scenario {
        Scenario {
            keyword: self.word.to_owned(),
            name: self.name.to_owned(),
            description: None,
            steps: Vec::new(),
            examples: Vec::new(),
            tags: self.tags,
            span: Span::default(),
            position: self.at,
        }
    }

    fn examples(self) -> Examples {
        Examples {
            keyword: self.word.to_owned(),
            name: (!self.name.is_empty()).then(|| self.name.to_owned()),
            description: None,
            table: None,
            tags: self.tags,
            span: Span::default(),
            position: self.at,
        }
    }
}
