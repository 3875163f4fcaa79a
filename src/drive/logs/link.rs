//! Where the next page of an answer is: the `Link` header (RFC 8288), read strictly. What can't be read might have named
//! one, so that it is an error and no end.

use crate::drive::quoted::string;

/// No header is read beyond this many characters.
const MOST: usize = 16 << 10;

/// The target of the link with the relation `next` about the answer itself, as written; `None` where there is none.
///
/// # Errors
/// One sentence: the header is no list of links, or names several next pages.
pub(super) fn next(headers: &[&str]) -> Result<Option<String>, String> {
    let mut found: Option<String> = None;
    for header in headers {
        if header.len() > MOST {
            return Err("its `Link` header is too long".to_owned());
        }
        let mut rest = header.trim();
        while !rest.is_empty() {
            let (target, is_next, after) =
                link(rest).ok_or("its `Link` header can't be read (RFC 8288)")?;
            if is_next {
                if found.as_ref().is_some_and(|known| *known != target) {
                    return Err("it names several next pages".to_owned());
                }
                found = Some(target.to_owned());
            }
            rest = after;
        }
    }
    Ok(found)
}

/// One link at the start of a text: its target, whether it is the next page, and what comes after it.
fn link(text: &str) -> Option<(&str, bool, &str)> {
    let (target, mut rest) = text.strip_prefix('<')?.split_once('>')?;
    let (mut relation, mut elsewhere) = (None, false);
    loop {
        rest = rest.trim_start();
        let Some(after) = rest.strip_prefix(';') else { break };
        rest = after.trim_start();
        let end = rest.find(|c: char| !is_token(c)).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let name = name.to_ascii_lowercase();
        rest = after.trim_start();
        let value = match rest.strip_prefix('=') {
            Some(after) => {
                let (value, after) = value(after.trim_start())?;
                rest = after;
                value
            }
            // `; ;` is allowed, `; = x` is not.
            None => String::new(),
        };
        match name.as_str() {
            // Only the first counts (RFC 8288 section 3.3).
            "rel" if relation.is_none() => relation = Some(value),
            // A link about something else.
            "anchor" => elsewhere = true,
            _ => {}
        }
    }
    let after = match rest.strip_prefix(',') {
        // Empty members of a list are allowed (RFC 9110 section 5.6.1).
        Some(after) => after.trim_start_matches([',', ' ', '\t']),
        None if rest.is_empty() => "",
        None => return None,
    };
    let relations = relation.unwrap_or_default();
    let mut relations = relations.split_ascii_whitespace();
    let is_next = !elsewhere && relations.any(|r| r.eq_ignore_ascii_case("next"));
    Some((target.trim(), is_next, after))
}

/// A token or a quoted string at the start of a text, and what comes after it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c: char| !is_token(c)).unwrap_or(text.len());
        let (token, rest) = text.split_at(end);
        return (!token.is_empty()).then(|| (token.to_owned(), rest));
    };
    string(quoted).ok()
}

/// A character of a token (RFC 9110 section 5.6.2).
fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}
