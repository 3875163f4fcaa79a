//! Reads a feature file line by line into gherkin's types, with the line and column of everything. Linear in the size
//! of the file, and says all that is wrong with its form at once.
//!
//! gherkin's own parser is not used for this: it cuts table cells, swallows misspelt keywords as descriptions, has wrong
//! lines for rows and errors, and takes quadratic time. A test compares both on files that are right.

use std::collections::BTreeMap;

use gherkin::{Feature, LineCol, Scenario, Span, Step, StepType, Table};

use crate::error::Problem;
use crate::model::Place;
use crate::plan::Source;

use super::blocks::Open;
use super::lines::{Line, cells, classify};
use super::spelling;

/// A feature file as read.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The file's name.
    pub file: String,
    /// The feature. Outlines stand as they are written; [`Sheet::rows`] expands them.
    pub feature: Feature,
    /// All tags with their places, in the order of the file.
    pub tags: Vec<Tag>,
    /// Places of the rows of an examples table (without its header), by the line of its `Examples`.
    pub(super) examples: BTreeMap<usize, Vec<LineCol>>,
    /// Lines of descriptions.
    pub(super) prose: Vec<Prose>,
}

/// A line of a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prose {
    pub at: LineCol,
    pub text: String,
    /// True where steps are expected to follow.
    pub before_steps: bool,
}

/// One tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Without `@`.
    pub name: String,
    /// Where its `@` stands.
    pub place: Place,
}

/// Problems that are listed of one file; whoever reads a hundred has enough to do.
pub(super) const MOST_PROBLEMS: usize = 100;

impl Sheet {
    /// Reads a feature file.
    ///
    /// # Errors
    /// All that is wrong with its form.
    pub fn read(source: &Source) -> Result<Self, Vec<Problem>> {
        match Self::read_anyway(source) {
            (Some(sheet), problems) if problems.is_empty() => Ok(sheet),
            (_, problems) => Err(problems),
        }
    }

    /// What can be read of a feature file, and all that is wrong with its form.
    pub(super) fn read_anyway(source: &Source) -> (Option<Self>, Vec<Problem>) {
        let mut reader = Reader::new(source);
        for (index, line) in source.text.lines().enumerate() {
            reader.line(index + 1, line);
        }
        reader.end()
    }
}

/// What is known in the middle of a file.
pub(super) struct Reader<'s> {
    pub source: &'s Source,
    pub problems: Vec<Problem>,
    pub feature: Option<Feature>,
    pub open: Open,
    /// Tags that wait for the block they belong to.
    pub waiting: Vec<Tag>,
    pub tags: Vec<Tag>,
    pub examples: BTreeMap<usize, Vec<LineCol>>,
    pub prose: Vec<Prose>,
    pub last_step: Option<StepType>,
    pub fence: Option<Fence>,
    /// True once the block has a step or a row, so that no description may follow.
    pub begun: bool,
    /// True where the line before was a table row.
    pub in_table: bool,
}

/// A doc string that is not closed yet.
pub(super) struct Fence {
    fence: &'static str,
    indent: usize,
    line: usize,
    text: Vec<String>,
}

impl<'s> Reader<'s> {
    fn new(source: &'s Source) -> Self {
        Self {
            source,
            problems: Vec::new(),
            feature: None,
            open: Open::Nothing,
            waiting: Vec::new(),
            tags: Vec::new(),
            examples: BTreeMap::new(),
            prose: Vec::new(),
            last_step: None,
            fence: None,
            begun: false,
            in_table: false,
        }
    }

    /// Notes a problem at a line, from a column (characters, from 0) over a width.
    pub fn wrong(&mut self, number: usize, column: usize, width: usize, what: Problem) {
        if self.problems.len() < MOST_PROBLEMS {
            let line = self.source.line(number).unwrap_or_default();
            let place = Place { file: self.source.file.clone(), line: number, column: column + 1 };
            self.problems.push(what.at(place, width).excerpt(line));
        }
    }

    fn line(&mut self, number: usize, line: &str) {
        if self.fence.is_some() {
            return self.inside_fence(line);
        }
        let trimmed = line.trim();
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
        let width = trimmed.chars().count();
        let at = LineCol { line: number, col: indent + 1 };
        let was_in_table = std::mem::replace(&mut self.in_table, false);
        match classify(trimmed) {
            Line::Blank => self.in_table = was_in_table,
            Line::Comment => {
                self.in_table = was_in_table;
                self.language(trimmed, at, width);
            }
            Line::Tags => self.tag_line(at, trimmed),
            Line::Row => self.row(at, line, was_in_table),
            Line::Fence(fence, media) => self.open_fence(at, fence, media, width),
            Line::Block(word, block, name) => self.block(at, word, block, name),
            Line::Step(word, ty, text) => self.step(at, word, ty, text, width),
            Line::Other => self.other(at, trimmed, width),
        }
    }

    fn language(&mut self, trimmed: &str, at: LineCol, width: usize) {
        let Some(language) = trimmed
            .trim_start_matches('#')
            .trim()
            .strip_prefix("language")
            .and_then(|rest| rest.trim().strip_prefix(':'))
        else {
            return;
        };
        if self.feature.is_none() && !language.trim().starts_with("en") {
            let what = Problem::new(format!(
                "features are written with English keywords here, not in `{}`",
                language.trim()
            ))
            .help("the steps are English sentences too: `recant steps` lists them");
            self.wrong(at.line, at.col - 1, width, what);
        }
    }

    fn tag_line(&mut self, at: LineCol, trimmed: &str) {
        let mut column = at.col - 1;
        for piece in trimmed.split(char::is_whitespace) {
            let width = piece.chars().count();
            if piece.starts_with('#') {
                break;
            }
            match piece.strip_prefix('@') {
                Some(name) if !name.is_empty() && !name.contains('@') => {
                    let place =
                        Place { file: self.source.file.clone(), line: at.line, column: column + 1 };
                    self.waiting.push(Tag { name: name.to_owned(), place });
                }
                _ if piece.is_empty() => {}
                _ => self.wrong(
                    at.line,
                    column,
                    width,
                    Problem::new(format!("`{piece}` is no tag"))
                        .help("a tag is one `@` and a name without blanks"),
                ),
            }
            column += width + 1;
        }
    }

    fn step(&mut self, at: LineCol, word: &str, ty: Option<StepType>, text: &str, width: usize) {
        self.forgotten_tags();
        let ty = ty.or(self.last_step).unwrap_or(StepType::Given);
        let step = Step {
            keyword: word.to_owned(),
            ty,
            value: text.to_owned(),
            docstring: None,
            table: None,
            span: Span::default(),
            position: at,
        };
        if self.open.takes_steps() {
            self.last_step = Some(ty);
            self.begun = true;
            if let Some(steps) = self.steps() {
                steps.push(step);
            }
        } else if !self.open.takes_prose() || self.begun {
            let what = Problem::new("a step stands outside a scenario")
                .help("steps follow `Background:`, `Scenario:` or `Scenario Outline:`");
            self.wrong(at.line, at.col - 1, width, what);
        } else {
            // prose may begin with "When"; preflight looks at it again, with the steps at hand
            self.describe(at, &format!("{word}{text}"));
        }
    }

    fn row(&mut self, at: LineCol, line: &str, goes_on: bool) {
        self.forgotten_tags();
        let width = line.trim().chars().count();
        let row = cells(line);
        if let Some(column) = row.rest {
            let width = line.trim_end().chars().count().saturating_sub(column);
            let what = Problem::new("this row is cut: its last cell is not closed")
                .help("end the row with `|`");
            self.wrong(at.line, column, width, what);
        }
        let texts: Vec<_> = row.cells.iter().map(|(text, _)| text.clone()).collect();
        let Some(table) = self.table() else {
            let what = Problem::new("a table stands where none belongs")
                .help("tables follow a step or `Examples:`");
            return self.wrong(at.line, at.col - 1, width, what);
        };
        let wanted = table.as_ref().and_then(|t| t.rows.first()).map(Vec::len);
        match table {
            Some(table) if goes_on => table.rows.push(texts),
            Some(_) => {
                let what = Problem::new("a second table stands here")
                    .help("a step and an `Examples` have one table each");
                self.wrong(at.line, at.col - 1, width, what);
            }
            None => {
                *table = Some(Table { rows: vec![texts], span: Span::default(), position: at });
            }
        }
        if let Some(wanted) =
            wanted.filter(|n| goes_on && row.rest.is_none() && row.cells.len() != *n)
        {
            self.wrong_width(at, &row.cells, wanted, width);
        }
        self.in_table = true;
        self.begun = true;
        self.note_example_row(at, goes_on);
    }

    fn wrong_width(&mut self, at: LineCol, row: &[(String, usize)], wanted: usize, width: usize) {
        let cells = |n: usize| if n == 1 { "1 cell".to_owned() } else { format!("{n} cells") };
        let what = Problem::new(format!(
            "this row has {}, the first row {}",
            cells(row.len()),
            cells(wanted)
        ))
        .help("a `|` inside a cell is written `\\|`");
        match row.get(wanted) {
            Some((text, column)) => {
                self.wrong(at.line, *column, text.chars().count(), what);
            }
            None => self.wrong(at.line, at.col - 1, width, what),
        }
    }

    fn open_fence(&mut self, at: LineCol, fence: &'static str, media: &str, width: usize) {
        self.forgotten_tags();
        if !self.open.takes_steps() || !self.begun {
            let what = Problem::new("a doc string stands where none belongs")
                .help("doc strings follow a step");
            self.wrong(at.line, at.col - 1, width, what);
        } else if !media.is_empty() {
            let what = Problem::new(format!("a doc string has no media type here (`{media}`)"))
                .help("leave it out; the text is taken as it stands");
            self.wrong(at.line, at.col + 2, width.saturating_sub(3), what);
        }
        self.fence = Some(Fence { fence, indent: at.col - 1, line: at.line, text: Vec::new() });
    }

    fn inside_fence(&mut self, line: &str) {
        let Some(mut open) = self.fence.take() else { return };
        if line.trim() == open.fence {
            let text = open.text.join("\n");
            if let Some(step) = self.steps().and_then(|steps| steps.last_mut()) {
                step.docstring = Some(text);
            }
            return;
        }
        let blanks = line.chars().take_while(|c| c.is_whitespace()).count().min(open.indent);
        let text: String = line.chars().skip(blanks).collect();
        open.text.push(text.replace("\\\"\\\"\\\"", "\"\"\""));
        self.fence = Some(open);
    }

    fn other(&mut self, at: LineCol, trimmed: &str, width: usize) {
        // goes on as if it were right, so that what follows is read as it was meant
        if let Some((problem, (word, block, name))) = spelling::keyword(trimmed) {
            let width = problem.width;
            self.wrong(at.line, at.col - 1, width, problem);
            return self.block(at, word, block, name);
        }
        self.forgotten_tags();
        if self.open.takes_prose() && !self.begun {
            return self.describe(at, trimmed);
        }
        let what = match spelling::step(trimmed) {
            Some(problem) => problem,
            None if self.feature.is_none() => Problem::new("text stands before `Feature:`")
                .help("start the file with `Feature:` and its name; `#` starts a comment"),
            None => Problem::new("this line is neither a step nor a table row")
                .help("a step starts with Given, When, Then, And or But; `#` starts a comment"),
        };
        let width = if what.width > 1 { what.width } else { width };
        self.wrong(at.line, at.col - 1, width, what);
    }

    /// The steps of the open background or scenario.
    fn steps(&mut self) -> Option<&mut Vec<Step>> {
        self.open.steps(self.feature.as_mut()?)
    }

    /// The table of the open step or examples: `None` where no table belongs.
    fn table(&mut self) -> Option<&mut Option<Table>> {
        let feature = self.feature.as_mut()?;
        if self.open == Open::Examples {
            return Some(&mut last_scenario(feature)?.examples.last_mut()?.table);
        }
        Some(&mut self.open.steps(feature)?.last_mut()?.table)
    }

    fn end(mut self) -> (Option<Sheet>, Vec<Problem>) {
        if let Some(open) = self.fence.take() {
            let what = Problem::new("this doc string is never closed")
                .help("close it with the same three characters on a line of their own");
            self.wrong(open.line, open.indent, 3, what);
        }
        self.forgotten_tags();
        let Some(feature) = self.feature.take() else {
            if self.problems.is_empty() {
                let place = Place { file: self.source.file.clone(), line: 1, column: 1 };
                let what = Problem::new("there is no feature in this file").at(place, 1);
                self.problems.push(what.help("a feature starts with `Feature:` and its name"));
            }
            return (None, self.problems);
        };
        let Self { source, tags, examples, prose, problems, .. } = self;
        let file = source.file.clone();
        (Some(Sheet { file, feature, tags, examples, prose }), problems)
    }
}

/// The scenario that was begun last.
pub(super) fn last_scenario(feature: &mut Feature) -> Option<&mut Scenario> {
    match feature.rules.last_mut() {
        Some(rule) => rule.scenarios.last_mut(),
        None => feature.scenarios.last_mut(),
    }
}
