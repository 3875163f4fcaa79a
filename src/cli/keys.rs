//! Keys in files. What is wrong with one is told without a byte of it.

use std::path::{Path, PathBuf};

use crate::attest::{Authorities, PublicKey, Signer};
use crate::error::{Error, Problem};

/// Longest file that is read as a key, bytes.
const LONGEST: u64 = 64 * 1024;

/// Reads public keys; the same one twice is one key.
///
/// # Errors
/// Every file that is no public key.
pub fn public(files: &[PathBuf]) -> Result<Vec<PublicKey>, Error> {
    let (mut keys, mut wrong) = (Vec::new(), Vec::new());
    for file in files {
        match text(file).and_then(|text| PublicKey::from_pem(&text)) {
            Ok(key) => keys.push(key),
            Err(why) => wrong.push(problem(file, &why).help(
                "a public key in PEM (SPKI), such as `recant keygen` writes beside the private one",
            )),
        }
    }
    keys.sort();
    keys.dedup();
    if wrong.is_empty() { Ok(keys) } else { Err(Error::Problems(wrong)) }
}

/// Reads certificates of authorities.
///
/// # Errors
/// Where there is none in the file, or anything else.
pub fn authorities(file: &Path) -> Result<Authorities, Error> {
    text(file).and_then(|text| Authorities::from_pem(&text)).map_err(|why| {
        let problem = Problem::new(format!("the certificates {}: {why}", file.display()));
        Error::Problems(vec![problem.help("one or more certificates in PEM, and nothing else")])
    })
}

/// Reads a private key.
///
/// # Errors
/// Where it is none, or where others than its owner may read it.
pub fn private(file: &Path) -> Result<Signer, Error> {
    let wrong = |why: &str| {
        Error::Problems(vec![
            problem(file, why)
                .help("an Ed25519 key in PEM (PKCS#8), such as `recant keygen` writes"),
        ])
    };
    let signer = text(file).and_then(|text| Signer::from_pem(&text)).map_err(|why| wrong(&why))?;
    if shared(file) {
        let help = format!("chmod 600 {}", file.display());
        return Err(Error::Problems(vec![
            problem(file, "others than its owner may read this private key").help(help),
        ]));
    }
    Ok(signer)
}

/// The name of the public half of a private key.
///
/// # Errors
/// Where it can't be encoded.
pub fn id(signer: &Signer) -> Result<String, Error> {
    signer.public().map(|key| key.id()).map_err(Error::Broken)
}

fn problem(file: &Path, why: &str) -> Problem {
    Problem::new(format!("the key {}: {why}", file.display()))
}

fn text(file: &Path) -> Result<String, String> {
    let size = std::fs::metadata(file).map_err(|e| e.to_string())?.len();
    if size > LONGEST {
        return Err("it is too long for a key".into());
    }
    std::fs::read_to_string(file).map_err(|e| e.to_string())
}

#[cfg(unix)]
fn shared(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn shared(_: &Path) -> bool {
    false
}
