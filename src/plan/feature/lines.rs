//! One line of a feature file: what kind of line it is by itself. English keywords only, because the steps are
//! English sentences.

use gherkin::StepType;

/// What a keyword with a colon starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// `Feature:`
    Feature,
    /// `Rule:`
    Rule,
    /// `Background:`
    Background,
    /// `Scenario:`
    Scenario,
    /// `Scenario Outline:`
    Outline,
    /// `Examples:`
    Examples,
}

/// Keywords with a colon. Longer ones first where one starts another.
pub const BLOCKS: [(&str, Block); 11] = [
    ("Feature", Block::Feature),
    ("Business Need", Block::Feature),
    ("Ability", Block::Feature),
    ("Rule", Block::Rule),
    ("Background", Block::Background),
    ("Scenario Outline", Block::Outline),
    ("Scenario Template", Block::Outline),
    ("Scenarios", Block::Examples),
    ("Scenario", Block::Scenario),
    ("Examples", Block::Examples),
    ("Example", Block::Scenario),
];

/// Keywords of steps, with the space that ends them. `And` and `But` go on with what stood before.
pub const STEPS: [(&str, Option<StepType>); 6] = [
    ("Given ", Some(StepType::Given)),
    ("When ", Some(StepType::When)),
    ("Then ", Some(StepType::Then)),
    ("And ", None),
    ("But ", None),
    ("* ", Some(StepType::Given)),
];

/// A line by itself.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'t> {
    Blank,
    Comment,
    Tags,
    Row,
    /// The fence (`"""` or three backticks) and what follows it.
    Fence(&'static str, &'t str),
    Block(&'static str, Block, &'t str),
    Step(&'static str, Option<StepType>, &'t str),
    Other,
}

/// Classifies a line without its surrounding white space.
pub fn classify(trimmed: &str) -> Line<'_> {
    match trimmed.chars().next() {
        None => return Line::Blank,
        Some('#') => return Line::Comment,
        Some('@') => return Line::Tags,
        Some('|') => return Line::Row,
        Some(_) => {}
    }
    for fence in ["\"\"\"", "```"] {
        if let Some(after) = trimmed.strip_prefix(fence) {
            return Line::Fence(fence, after.trim());
        }
    }
    for (word, block) in BLOCKS {
        if let Some(name) = trimmed.strip_prefix(word).and_then(|rest| rest.strip_prefix(':')) {
            return Line::Block(word, block, name.trim());
        }
    }
    for (word, ty) in STEPS {
        if let Some(text) = trimmed.strip_prefix(word).map(str::trim)
            && !text.is_empty()
        {
            return Line::Step(word, ty, text);
        }
    }
    Line::Other
}

/// A table row: its cells, each with the column (characters, from 0) that it starts at in `line`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Cells {
    /// Cells, unescaped, without surrounding blanks.
    pub cells: Vec<(String, usize)>,
    /// Column of text after the last bar; a row must end with a bar.
    pub rest: Option<usize>,
}

/// Splits a row. `\|`, `\\` and `\n` stand for a bar, a backslash and a line break.
pub fn cells(line: &str) -> Cells {
    let mut found = Cells::default();
    let mut cell: Option<(String, usize)> = None;
    let mut characters = line.chars().enumerate().peekable();
    while let Some((column, c)) = characters.next() {
        let Some((text, start)) = &mut cell else {
            if c == '|' {
                cell = Some((String::new(), column + 1));
            }
            continue;
        };
        match c {
            '|' => {
                let blanks = text.chars().take_while(|c| c.is_whitespace()).count();
                found.cells.push((text.trim().to_owned(), *start + blanks));
                cell = Some((String::new(), column + 1));
            }
            '\\' => match characters.next_if(|(_, next)| matches!(next, '|' | '\\' | 'n')) {
                Some((_, 'n')) => text.push('\n'),
                Some((_, other)) => text.push(other),
                None => text.push('\\'),
            },
            other => text.push(other),
        }
    }
    if let Some((text, start)) = cell.filter(|(text, _)| !text.trim().is_empty()) {
        found.rest = Some(start + text.chars().take_while(|c| c.is_whitespace()).count());
    }
    found
}
