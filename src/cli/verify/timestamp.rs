//! When the record was signed at the latest: the time-stamp against authorities that came by another way.

use std::path::Path;

use super::outcome::{Check, Name, Word};
use super::tree::Tree;
use crate::attest::Authorities;
use crate::attest::timestamp::Token;
use crate::cli::timestamp::read;
use crate::report::{ATTESTATION, TIMESTAMP};

/// Who is trusted to tell the time, and by which policy.
#[derive(Debug, Clone, Default)]
pub struct Clocks {
    /// Certificates of authorities.
    pub authorities: Authorities,
    /// The policy that the token must have been given by (numbers with dots), where one is asked for.
    pub policy: Option<String>,
}

/// Checks the time-stamp; nothing where there is none and nobody asks for one. No authority is ever taken from the folder.
pub fn timestamp(folder: &Path, tree: &Tree, clocks: &Clocks) -> Option<Check> {
    let asked = !clocks.authorities.is_empty();
    if !tree.files.contains_key(TIMESTAMP) {
        let says = format!("an authority is given, but there is no {TIMESTAMP}");
        return asked.then(|| Name::Timestamp.is(Word::Failed, says));
    }
    Some(match checked(folder, clocks) {
        Err(why) => Name::Timestamp.is(Word::Failed, format!("{TIMESTAMP}: {why}")),
        Ok(token) if asked => {
            let says = format!("the signature was there at {} (policy {})", token.at, token.policy);
            Name::Timestamp.is(Word::Ok, says)
        }
        Ok(token) => {
            let says = format!(
                "attached, not checked: it says {}, and no authority was given to check it with (--timestamp-ca)",
                token.at
            );
            Name::Timestamp.is(Word::Beware, says)
        }
    })
}

fn checked(folder: &Path, clocks: &Clocks) -> Result<Token, String> {
    let token = Token::read(&read(&folder.join(TIMESTAMP))?)?;
    let signed =
        std::fs::read(folder.join(ATTESTATION)).map_err(|e| format!("{ATTESTATION}: {e}"))?;
    if !token.is_of(&signed) {
        return Err(format!("it is not over {ATTESTATION} as it lies here"));
    }
    if !clocks.authorities.is_empty() {
        clocks.authorities.believe(&token)?;
    }
    match &clocks.policy {
        Some(policy) if *policy != token.policy => {
            Err(format!("it was given by the policy {}, not {policy}", token.policy))
        }
        _ => Ok(token),
    }
}
