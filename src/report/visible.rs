//! Text that came from outside, made safe for each medium. A target, a feature file or a token may hold control
//! characters, ANSI sequences, bidirectional overrides, markup and commands of CI systems: they are shown, never obeyed.

use std::borrow::Cow;

/// Longest piece of foreign text in a terminal or a Markdown report, characters.
pub const LONGEST: usize = 2000;

/// One line for a terminal or a log: control, format and bidi characters are shown as symbols or code points, line ends
/// as `⏎`, and what CI systems would take for a command is broken up. Cut at [`LONGEST`] characters.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    line_upto(text, LONGEST)
}

/// The same with a limit of one's own, in characters.
#[must_use]
pub fn line_upto(text: &str, limit: usize) -> Cow<'_, str> {
    let harmless = text.chars().take(limit + 1).all(|c| !is_odd(c));
    if harmless && text.len() <= limit && !commands(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len().min(limit * 2));
    let mut rest = text.chars();
    for c in rest.by_ref().take(limit) {
        show(c, &mut out);
    }
    let left = rest.count();
    let mut out = disarm(out);
    if left > 0 {
        out += &format!("… ({left} more characters)");
    }
    Cow::Owned(out)
}

/// Only what XML 1.0 allows (section 2.2, production 2): everything else becomes U+FFFD.
#[must_use]
pub fn xml(text: &str) -> String {
    text.chars().map(|c| if is_xml(c) { c } else { '\u{fffd}' }).collect()
}

/// True for the characters of XML 1.0.
#[must_use]
pub fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Text as a Markdown code span: nothing in it is markup, a link, a mention or a command, and it stays on its line.
#[must_use]
pub fn code(text: &str) -> String {
    // A bar would end a table cell even within a code span, and escaping it is read differently by different readers.
    let text = line(text).replace('|', "¦");
    if text.trim().is_empty() {
        return "`(empty)`".into();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let edge = |c: Option<char>| c.is_some_and(|c| c == '`' || c == ' ');
    let pad = if edge(text.chars().next()) || edge(text.chars().next_back()) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Text of the catalogue as Markdown prose: its punctuation stands for itself. For text that came from outside use [`code`].
#[must_use]
pub fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in line(text).chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '&' | '!' | '~' | '@'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Text as part of a URI (RFC 3986): everything but unreserved characters and those of `also` is percent-encoded.
#[must_use]
pub fn percent(text: &str, also: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || "-._~".contains(c) || also.contains(c) {
            out.push(c);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn show(c: char, out: &mut String) {
    match c {
        '\n' => out.push('⏎'),
        '\r' => out.push('␍'),
        '\t' => out.push(' '),
        '\0'..='\u{1f}' => out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
        '\u{7f}' => out.push('␡'),
        c if is_odd(c) => out.push_str(&format!("<U+{:04X}>", u32::from(c))),
        c => out.push(c),
    }
}

/// Characters that have no shape of their own or change the shape of others.
fn is_odd(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
        || u32::from(c) & 0xfffe == 0xfffe
}

/// What CI systems read from a log: `::name::` at the start of a line (GitHub), `##[name]` and `##vso[` anywhere (GitHub of
/// before, Azure), `##teamcity[`; and `[[ATTACHMENT|` that report readers follow.
const COMMANDS: [(&str, &str); 4] = [
    ("##[", "# #["),
    ("##vso[", "# #vso["),
    ("##teamcity[", "# #teamcity["),
    ("[[ATTACHMENT|", "[ [ATTACHMENT|"),
];

fn commands(text: &str) -> bool {
    text.trim_start().starts_with("::") || text.contains("##") || text.contains("[[")
}

fn disarm(text: String) -> String {
    if !commands(&text) {
        return text;
    }
    let mut out = text;
    for (from, to) in COMMANDS {
        out = out.replace(from, to);
    }
    let start = out.len() - out.trim_start().len();
    if out[start..].starts_with("::") {
        out.insert(start + 1, ' ');
    }
    out
}
