//! Filters of the templates.

use askama::filters::{Escaper as _, Html, Safe};
use askama::{Result, Values};

/// Text whose words between backticks are code. All of it is escaped, so that text from outside gets nothing but another typeface.
#[askama::filter_fn]
pub fn code(text: impl AsRef<str>, _: &dyn Values) -> Result<Safe<String>> {
    let mut all = String::new();
    let pieces: Vec<&str> = text.as_ref().split('`').collect();
    for (n, piece) in pieces.iter().enumerate() {
        let (before, after) = match n % 2 {
            0 => ("", ""),
            _ if n + 1 == pieces.len() => ("`", ""),
            _ => ("<code>", "</code>"),
        };
        all.push_str(before);
        Html.write_escaped_str(&mut all, piece)?;
        all.push_str(after);
    }
    Ok(Safe(all))
}
