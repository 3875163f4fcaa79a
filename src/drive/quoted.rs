//! Quoted strings in header fields (RFC 9110 section 5.6.4).

/// The string after an opening quote, and what comes after its closing one.
///
/// # Errors
/// What there was of a string that does not end.
pub(super) fn string(after_quote: &str) -> Result<(String, &str), String> {
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in after_quote.char_indices() {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return Ok((value, &after_quote[at + 1..])),
            _ => value.push(c),
        }
    }
    Err(value)
}
