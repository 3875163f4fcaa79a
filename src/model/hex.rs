//! How digests are spelled.

const DIGITS: [char; 16] =
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];

/// Lower-case hex, two digits a byte.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let halves = bytes.iter().flat_map(|b| [b >> 4, b & 15]);
    halves.filter_map(|half| DIGITS.get(usize::from(half))).collect()
}
