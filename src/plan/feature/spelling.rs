//! Lines that look like a keyword but are none: gherkin takes them for prose, and a whole scenario is lost without a word.

use crate::error::Problem;

use super::lines::{BLOCKS, Block, STEPS};

/// Words that prose may start with although they are near to `Given`, `When`, `Then`, `And` or `But`.
const PROSE: [&str; 28] = [
    "a", "an", "any", "all", "add", "ant", "bit", "bot", "buy", "by", "cut", "end", "even", "go",
    "hen", "not", "out", "put", "the", "them", "they", "these", "this", "thin", "to", "us", "well",
    "where",
];

/// A line that was meant to be `Feature:`, `Scenario:`, ...: the problem (its width is that of the word), and the keyword,
/// block and name that were meant.
pub fn keyword(line: &str) -> Option<(Problem, (&'static str, Block, &str))> {
    if let Some((before, name)) = line.split_once(':') {
        let word = before.trim();
        let near = BLOCKS.iter().filter(|(known, _)| means(word, known));
        let (near, block) = near.min_by_key(|(known, _)| distance(word, known))?;
        return Some((problem(before, &format!("{near}:")), (*near, *block, name.trim())));
    }
    let (near, block) = BLOCKS.iter().find(|(known, block)| {
        let rest = line.strip_prefix(known);
        let named = !matches!(block, Block::Rule | Block::Examples)
            && !matches!(*known, "Example" | "Ability");
        rest.is_some_and(|rest| rest.is_empty() || named && rest.starts_with(' '))
    })?;
    let mut problem = Problem::new(format!("the colon is missing after `{near}`"))
        .help(format!("write `{near}:`; if this is prose, let the line start with another word"));
    problem.width = near.chars().count();
    Some((problem, (near, *block, line[near.len()..].trim())))
}

/// A problem for a line that was meant to be a step. Its width is that of the word.
pub fn step(line: &str) -> Option<Problem> {
    let word = line.split_whitespace().next()?;
    near_step(word).map(|near| problem(word, near))
}

/// The keyword of a step that a word was meant to be, if it is near to one and no common word.
pub fn near_step(word: &str) -> Option<&'static str> {
    if word.chars().count() > 8 || PROSE.contains(&word.to_lowercase().as_str()) {
        return None;
    }
    let keywords = STEPS.iter().map(|(known, _)| known.trim()).filter(|known| *known != "*");
    keywords
        .map(|known| (strsim::osa_distance(&word.to_lowercase(), &known.to_lowercase()), known))
        .filter(|(distance, known)| {
            *distance <= if known.len() > 3 { 2 } else { 1 } && word != *known
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

fn problem(word: &str, near: &str) -> Problem {
    let mut problem = Problem::new(format!("`{}` is no keyword", word.trim())).help(format!(
        "did you mean `{near}`? If this is prose, let the line start with another word"
    ));
    problem.width = word.trim_end().chars().count();
    problem
}

/// True where a word before a colon was meant to be a keyword.
fn means(word: &str, known: &str) -> bool {
    let (word_length, known_length) = (word.chars().count(), known.chars().count());
    if word_length > known_length + 3 {
        return false;
    }
    let distance = distance(word, known);
    let (word, known) = (word.to_lowercase(), known.to_lowercase());
    if known_length > 4 {
        return distance <= 2;
    }
    // "Role:" is prose, "Rlue:" and "Ruel:" are not
    let sorted = |text: &str| {
        let mut all: Vec<_> = text.chars().collect();
        all.sort_unstable();
        all
    };
    distance == 0
        || (distance == 1 && (word_length != known_length || sorted(&word) == sorted(&known)))
}

fn distance(word: &str, known: &str) -> usize {
    strsim::osa_distance(&word.to_lowercase(), &known.to_lowercase())
}
