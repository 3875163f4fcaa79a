//! `recant timestamp RUN`: an RFC 3161 time-stamp of the signature. recant sends nothing: it writes the request, and takes the answer.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::run_lock::RunLock;
use super::{Shared, stdout};
use crate::attest::timestamp::{LONGEST, Token, request};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::{ATTESTATION, TIMESTAMP, atomic};

/// Options of `recant timestamp`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The run folder, signed.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Write the request (`TimeStampReq`, DER) for a token over the signature to this file; whoever may reach an authority sends it.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "attach",
        conflicts_with = "attach"
    )]
    pub request: Option<PathBuf>,
    /// Attach an authority's answer (`TimeStampResp`, or the token alone; DER) that is over the signature. What was attached is replaced.
    #[arg(long, value_name = "FILE")]
    pub attach: Option<PathBuf>,
}

/// Writes a request, or attaches an answer.
///
/// # Errors
/// Where the folder is not signed, the answer is not over its signature, or something can't be read or written.
pub fn execute(args: &Args, shared: &Shared) -> Result<Exit, Error> {
    let signed = args.folder.join(ATTESTATION);
    let bytes = std::fs::read(&signed).map_err(|e| {
        let help = "a time-stamp is over the signature: sign the run first (recant sign)";
        Error::Broken(format!("{}: {e}; {help}", signed.display()))
    })?;
    let said = match (&args.request, &args.attach) {
        (Some(to), _) => {
            put(to, &request(&bytes))?;
            format!("request       {} (over {})", to.display(), signed.display())
        }
        (None, Some(from)) => attach(&args.folder, from, &bytes)?,
        (None, None) => return Ok(Exit::Usage),
    };
    if !shared.quiet {
        writeln!(stdout(), "{said}")?;
    }
    Ok(Exit::Conformant)
}

fn attach(folder: &Path, from: &Path, signed: &[u8]) -> Result<String, Error> {
    let _lock = RunLock::take(folder)?;
    let wrong =
        |why: String| Error::Broken(format!("nothing is attached: {}: {why}", from.display()));
    let answer = read(from).map_err(wrong)?;
    let token = Token::read(&answer).map_err(wrong)?;
    if !token.is_of(signed) {
        return Err(wrong(format!("it is not over {ATTESTATION} as it lies in the folder")));
    }
    put(&folder.join(TIMESTAMP), &answer)?;
    Ok(format!(
        "attached      {} of {}, not checked (recant verify --timestamp-ca)",
        TIMESTAMP, token.at
    ))
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    atomic::write(path, bytes).map_err(|e| Error::Broken(format!("{}: {e}", path.display())))
}

/// Reads an answer; of a longer file no more than shows that it is too long.
///
/// # Errors
/// Where it can't be read.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|e| e.to_string())?;
    file.take(LONGEST as u64 + 1).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    Ok(bytes)
}
