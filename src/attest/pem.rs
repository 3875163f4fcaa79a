//! PEM (RFC 7468), strict: one block, one label, nothing around it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Characters of base64 on a line (RFC 7468 section 2).
const WIDTH: usize = 64;

/// A block with its label.
pub fn encode(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    for (at, c) in text.chars().enumerate() {
        if at > 0 && at % WIDTH == 0 {
            out.push('\n');
        }
        out.push(c);
    }
    out + &format!("\n-----END {label}-----\n")
}

/// The bytes of the one block that a text is. What is wrong is said without any of the text: it may be a private key.
///
/// # Errors
/// Where it is no PEM, has another label, or more than one block.
pub fn decode(label: &str, text: &str) -> Result<Vec<u8>, String> {
    let wrong = || format!("it is not one PEM block `{label}`");
    let text = text.trim().strip_prefix(&format!("-----BEGIN {label}-----")).ok_or_else(wrong)?;
    let text = text.strip_suffix(&format!("-----END {label}-----")).ok_or_else(wrong)?;
    let digits: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(digits).map_err(|_| wrong())
}

/// The bytes of all blocks that a text is: at least one, all with this label, nothing between them.
///
/// # Errors
/// Where it is anything else.
pub fn all(label: &str, text: &str) -> Result<Vec<Vec<u8>>, String> {
    let end = format!("-----END {label}-----");
    let blocks = text.trim().split_inclusive(&end);
    let all: Vec<_> = blocks.map(|block| decode(label, block)).collect::<Result<_, _>>()?;
    if all.is_empty() { Err(format!("there is no PEM block `{label}` in it")) } else { Ok(all) }
}
