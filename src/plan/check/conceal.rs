//! Keeps secrets that people wrote where none belongs out of what is shown.

use std::ops::Range;

/// Keys whose strings are struck out: the whole key, or what it ends in.
const SECRET_KEYS: [&str; 11] = [
    "secret",
    "password",
    "passwd",
    "passphrase",
    "token",
    "apikey",
    "api-key",
    "key",
    "authorization",
    "credentials",
    "cookie",
];

/// A line of TOML with the strings struck out that stand behind keys such as `secret` or `password`. Templates stay.
#[must_use]
pub fn line(line: &str) -> String {
    let mut shown = line.to_owned();
    let mut from = 0;
    while let Some(sign) = line[from..].find('=').map(|n| from + n) {
        from = sign + 1;
        let key = line[..sign].trim_end().trim_end_matches(['"', '\'']);
        let key = key.rsplit(['.', ' ', '{', ',', '"', '\'', '\t']).next().unwrap_or_default();
        let after = &line[from..];
        let start = from + (after.len() - after.trim_start().len());
        let Some(quote) = line[start..].chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            continue;
        };
        let inner = start + line[start..].chars().take_while(|c| *c == quote).count().min(3);
        let end = line[inner..].find(quote).map_or(line.len(), |n| inner + n);
        if inner < end && is_secret(key) && !line[inner..end].contains('{') {
            shown.replace_range(inner..end, &stars(&line[inner..end]));
            // as many bytes as before, so that the offsets still hold
            debug_assert_eq!(shown.len(), line.len());
        }
        from = end.max(from);
    }
    userinfo(&shown)
}

/// The line without users and passwords of URLs: `https://user:password@host`.
fn userinfo(line: &str) -> String {
    let mut shown = line.to_owned();
    for (at, mark) in line.match_indices("://") {
        let start = at + mark.len();
        let end =
            line[start..].find(['/', '"', '\'', ' ', '?', '#']).map_or(line.len(), |n| start + n);
        if let Some(sign) = line[start..end].rfind('@') {
            shown.replace_range(start..start + sign, &stars(&line[start..start + sign]));
        }
    }
    shown
}

/// A line with some of its characters struck out.
#[must_use]
pub fn part(line: &str, characters: Range<usize>) -> String {
    line.chars()
        .enumerate()
        .map(|(index, c)| if characters.contains(&index) { '*' } else { c })
        .collect()
}

fn is_secret(key: &str) -> bool {
    let key = key.to_lowercase().replace('_', "-");
    SECRET_KEYS.iter().any(|s| key == *s || key.strip_suffix(s).is_some_and(|k| k.ends_with('-')))
}

/// As many bytes of stars; one star a byte, so that a character of several bytes moves nothing behind it.
fn stars(text: &str) -> String {
    "*".repeat(text.len())
}
