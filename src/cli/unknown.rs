//! A name that nobody knows, and the nearest ones that somebody does.

use crate::error::Problem;
use crate::report::visible;

/// Names that are suggested.
const MOST: usize = 3;
/// Comparing is quadratic in length, and a longer name is no typing mistake.
const LONGEST: usize = 100;

/// Says that there is no such thing, with the three nearest names.
pub fn unknown<'k>(
    what: &str,
    name: &str,
    known: impl IntoIterator<Item = &'k str>,
    list: &str,
) -> Problem {
    let shown = visible::line_upto(name, LONGEST);
    let plain: String = name.chars().take(LONGEST).flat_map(char::to_lowercase).collect();
    let mut near: Vec<_> =
        known.into_iter().map(|k| (strsim::osa_distance(&plain, &k.to_lowercase()), k)).collect();
    near.sort();
    let near: Vec<_> = near.iter().take(MOST).map(|(_, k)| format!("`{k}`")).collect();
    Problem::new(format!("there is no {what} `{shown}`"))
        .help(format!("the nearest are {}; `{list}` lists all", near.join(", ")))
}
