//! `recant keygen --out FILE`: a key to sign records with.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Shared, stdout};
use crate::attest::Signer;
use crate::error::{Error, Problem};
use crate::exit::Exit;

/// Options of `recant keygen`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The private key (Ed25519, PKCS#8 in PEM), readable by its owner only. The public key goes to FILE.pub.pem.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Makes a key. What is there already is never overwritten: what it signed could not be checked any more.
///
/// # Errors
/// Where a file is there already, or can't be written.
pub fn execute(args: &Args, shared: &Shared) -> Result<Exit, Error> {
    let signer = Signer::generate().map_err(Error::Broken)?;
    let (public, private) =
        (signer.public().map_err(Error::Broken)?, signer.to_pem().map_err(Error::Broken)?);
    let mut beside = args.out.clone().into_os_string();
    beside.push(".pub.pem");
    let beside = PathBuf::from(beside);
    if beside.exists() {
        return Err(there(&beside));
    }
    write(&args.out, &private, 0o600)?;
    write(&beside, &public.to_pem(), 0o644)?;
    if !shared.quiet {
        let mut out = stdout();
        writeln!(out, "private key   {} (keep it)", args.out.display())?;
        writeln!(out, "public key    {} (hand it to whoever verifies)", beside.display())?;
        writeln!(out, "key id        {}", public.id())?;
    }
    Ok(Exit::Conformant)
}

fn there(path: &Path) -> Error {
    let problem = Problem::new(format!("{} is there already", path.display()));
    Error::Problems(vec![problem.help("recant keygen overwrites no key")])
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    restrict(&mut options, mode);
    let broken = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::AlreadyExists => there(path),
        _ => Error::Broken(format!("{} can't be written: {e}", path.display())),
    };
    let mut file = options.open(path).map_err(broken)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(broken)
}

#[cfg(unix)]
fn restrict(options: &mut OpenOptions, mode: u32) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(mode);
}

#[cfg(not(unix))]
fn restrict(_: &mut OpenOptions, _: u32) {}
