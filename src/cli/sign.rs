//! `recant sign RUN --key FILE`: an attestation over a record that verifies, for whoever has the public key.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::run_lock::RunLock;
use super::verify::{self, Evidence, Word};
use super::{Shared, keys, run_folder, sign_oscal, stdout};
use crate::attest::{Envelope, Signer};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::statement::{PAYLOAD_TYPE, Statement};
use crate::report::{self, ATTESTATION, MANIFEST, TIMESTAMP, atomic};

/// Options of `recant sign`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The run folder.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// The private key (Ed25519, PKCS#8 in PEM), such as `recant keygen` makes.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Write the OSCAL assessment results to this path as well, and to PATH.dsse.json a signature of them that
    /// `trestle verify` accepts.
    #[arg(long, value_name = "PATH")]
    pub oscal: Option<PathBuf>,
}

/// Signs a run folder.
///
/// # Errors
/// Where the key can't be read, the record does not verify, or the attestation can't be written.
pub fn execute(args: &Args, shared: &Shared) -> Result<Exit, Error> {
    let signer = keys::private(&args.key)?;
    run_folder::is_there(&args.folder)?;
    let _lock = RunLock::take(&args.folder)?;
    let mut said = vec![sign(&args.folder, &signer)?];
    if let Some(path) = &args.oscal {
        said.push(sign_oscal::write(&args.folder, path, &signer)?);
    }
    if !shared.quiet {
        writeln!(stdout(), "{}", said.join("\n"))?;
    }
    Ok(Exit::Conformant)
}

/// Signs what lies in a run folder, once it verifies: a signature under what was altered would be a lie of the signer's. A further
/// key adds its signature; where something else was signed before, that is replaced. Says what it did.
///
/// # Errors
/// Where the record does not verify, or the attestation can't be written.
pub fn sign(folder: &Path, signer: &Signer) -> Result<String, Error> {
    let broken = |why: String| Error::Broken(format!("nothing is signed: {why}"));
    let verified = verify::verify(folder, &[], false);
    // What stands in the way of all others is an earlier attestation of something else: it is replaced.
    let mut failed = verified.checks.iter().filter(|c| c.word == Word::Failed);
    let of_the_signature = [verify::Name::Signature, verify::Name::Timestamp];
    if let Some(check) = failed.find(|c| !of_the_signature.contains(&c.check)) {
        return Err(broken(format!("{}: {}", check.check.word(), check.says)));
    }
    if verified.checks.iter().any(|c| c.check == verify::Name::Files && c.word == Word::Open) {
        return Err(broken(Evidence::Open.words().to_owned()));
    }
    let manifest = report::manifest_of(folder).map_err(broken)?;
    let manifest = manifest.ok_or_else(|| broken(format!("there is no {MANIFEST}")))?;
    let (_, sha256) =
        report::digest(&folder.join(MANIFEST)).map_err(|e| broken(format!("{MANIFEST}: {e}")))?;
    let report = report::read(folder).map_err(broken)?;
    let statement = Statement::of(&report, &manifest, &sha256);
    let payload = serde_json::to_vec(&statement).map_err(|e| broken(e.to_string()))?;
    let path = folder.join(ATTESTATION);
    let earlier = match path.exists() {
        true => report::read_json::<Envelope>(&path).ok(),
        false => None,
    };
    let same =
        |e: &Envelope| e.payload_type == PAYLOAD_TYPE && e.unverified() == Some(payload.clone());
    let envelope = match earlier.filter(same) {
        Some(mut earlier) => earlier.add(signer).map(|()| earlier),
        None => Envelope::sign(PAYLOAD_TYPE, &payload, signer),
    }
    .map_err(broken)?;
    let before = std::fs::read(&path).ok();
    write(&path, &envelope).map_err(broken)?;
    let id = signer.public().map_err(broken)?.id();
    let said = format!("signed        {} with the key {id}", path.display());
    let stamp = folder.join(TIMESTAMP);
    if before == std::fs::read(&path).ok() || !stamp.exists() {
        return Ok(said);
    }
    // It is over another signature than the one that lies there now, and says nothing any more.
    std::fs::remove_file(&stamp).map_err(|e| broken(format!("{TIMESTAMP}: {e}")))?;
    Ok(format!("{said}\nremoved       {TIMESTAMP}, which was over the earlier signature"))
}

/// Writes an envelope, wholly or not at all.
pub(super) fn write(path: &Path, envelope: &Envelope) -> Result<(), String> {
    let mut bytes = serde_json::to_vec_pretty(envelope).map_err(|e| e.to_string())?;
    bytes.push(b'\n');
    atomic::write(path, &bytes).map_err(|e| format!("{}: {e}", path.display()))
}
