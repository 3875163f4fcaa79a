//! What stands in a text, but not word for word: in an encoding that anybody turns back.

use std::ops::Range;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::credentials;

/// Shorter stretches are words and numbers, hardly ever something encoded.
const SHORTEST: usize = 16;

/// Both alphabets, with or without padding, cut off anywhere.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A stretch of a text that may be encoded.
pub(super) struct Disguised {
    pub(super) place: Range<usize>,
    /// What it says, where this is what it is encoded in. Most of what is tried makes no sense, which does no harm.
    pub(super) says: Vec<String>,
}

/// Stretches that may be Base64, hexadecimal or percent-encoded, each with what it would say. They may overlap.
pub(super) fn stretches(text: &str) -> Vec<Disguised> {
    let mut all = Vec::new();
    for place in runs(text, |b| b.is_ascii_alphanumeric() || b"+/_-".contains(&b)) {
        // What comes before may be of the same letters: it begins at any of four.
        let letters: Vec<u8> =
            text.as_bytes()[place.clone()].iter().map(|b| url_safe(*b)).collect();
        let says = (0..4).filter_map(|skip| from_base64(&letters[skip..])).collect();
        all.push(Disguised { place, says });
    }
    for place in runs(text, |b| b.is_ascii_hexdigit()) {
        let digits = &text.as_bytes()[place.clone()];
        let says = (0..2).filter_map(|skip| from_hex(&digits[skip..])).collect();
        all.push(Disguised { place, says });
    }
    for place in runs(text, |b| b.is_ascii_graphic() && !b"\"'<>\\".contains(&b)) {
        let letters = &text.as_bytes()[place.clone()];
        if letters.contains(&b'%') {
            let says = vec![from_percent(letters)];
            all.push(Disguised { place, says });
        }
    }
    all
}

fn url_safe(letter: u8) -> u8 {
    match letter {
        b'+' => b'-',
        b'/' => b'_',
        other => other,
    }
}

fn from_base64(letters: &[u8]) -> Option<String> {
    // One letter more than a whole number of bytes says nothing.
    let whole = if letters.len() % 4 == 1 { letters.len() - 1 } else { letters.len() };
    text_in(BASE64.decode(&letters[..whole]).ok()?)
}

fn from_hex(digits: &[u8]) -> Option<String> {
    text_in(digits.chunks_exact(2).filter_map(|pair| byte(pair[0], pair[1])).collect())
}

/// What bytes say, where they are text or hold some: most of what is tried is neither, and need not be looked through.
fn text_in(bytes: Vec<u8>) -> Option<String> {
    let printable = |b: &u8| matches!(b, 0x20..=0x7e);
    match String::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(e) => {
            let mut stretches = e.as_bytes().chunk_by(|a, b| printable(a) == printable(b));
            let some = stretches
                .any(|s| s.len() >= credentials::SHORTEST && s.first().is_some_and(printable));
            some.then(|| String::from_utf8_lossy(e.as_bytes()).into_owned())
        }
    }
}

fn from_percent(letters: &[u8]) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(letters.len()), letters);
    while let Some((first, after)) = rest.split_first() {
        let pair = after.first_chunk().filter(|_| *first == b'%');
        let (next, left) = match pair.and_then(|[high, low]| byte(*high, *low)) {
            Some(escaped) => (escaped, &after[2..]),
            None => (*first, after),
        };
        bytes.push(next);
        rest = left;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn byte(high: u8, low: u8) -> Option<u8> {
    let value = |digit: u8| char::from(digit).to_digit(16);
    u8::try_from(value(high)? * 16 + value(low)?).ok()
}

/// Places of the longest stretches of such bytes (ASCII only, so that they are whole characters).
fn runs(text: &str, of: impl Fn(u8) -> bool) -> Vec<Range<usize>> {
    let (mut all, mut start) = (Vec::new(), None);
    for (at, byte) in text.bytes().chain([b'\n']).enumerate() {
        match (of(byte), start) {
            (true, None) => start = Some(at),
            (false, Some(began)) => {
                if at - began >= SHORTEST {
                    all.push(began..at);
                }
                start = None;
            }
            _ => {}
        }
    }
    all
}
