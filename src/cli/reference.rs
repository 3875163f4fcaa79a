//! `recant reference`: the built-in reference system alone, for people who want to try their own client or scenario on it.
//! For laboratories only.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::unknown::unknown;
use super::{Shared, stdout};
use crate::error::{Error, Problem};
use crate::exit::Exit;
use crate::plan::shipped;
use crate::reference::{ADMIN_SECRET, Fault, Reference, client_secrets, faults, start};

/// Options of `recant reference`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Where it listens; the next port is taken for TLS with client certificates. Port 0 takes free ones.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7800")]
    pub listen: SocketAddr,
    /// Writes a target file for it, with its address; the file must not exist.
    #[arg(long, value_name = "FILE")]
    pub write_target: Option<PathBuf>,
    /// A fault to switch on, by name or number; may be given several times.
    #[arg(long = "fault", value_name = "NAME")]
    pub faults: Vec<String>,
}

/// Serves until it is interrupted.
///
/// # Errors
/// For each fault that does not exist; where the address can't be listened on, or the target file can't be written.
pub fn execute(args: &Args, shared: &Shared) -> Result<Exit, Error> {
    let faults = named(&args.faults).map_err(Error::Problems)?;
    let given = std::env::var(ADMIN_SECRET).ok().filter(|s| !s.is_empty());
    let secret = given.clone().unwrap_or_else(fresh_secret);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|e| Error::Broken(format!("no threads can be started: {e}")))?;
    runtime.block_on(async {
        let system = start(args.listen, &faults, secret.clone())
            .await
            .map_err(|e| Error::Broken(format!("{} can't be listened on: {e}", args.listen)))?;
        // Listening before the address is printed: whoever reads it may send at once, and stop at once.
        let stopped = stopped()?;
        if let Some(file) = &args.write_target {
            write_target(file, &system)?;
        }
        tell(&system, args, given.is_none().then_some(&secret), shared)?;
        stopped.await;
        system.stop().await;
        Ok(Exit::Conformant)
    })
}

/// Faults by name or number; a problem for each that does not exist.
pub(super) fn named(names: &[String]) -> Result<Vec<Fault>, Vec<Problem>> {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for name in names {
        match Fault::named(name) {
            Some(fault) => found.push(fault),
            None => {
                let known = faults().iter().flat_map(|e| [e.name.as_str(), e.id.as_str()]);
                wrong.push(unknown("fault", name, known, "recant faults"));
            }
        }
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}

/// The shipped target file, with the addresses of this system in it.
fn write_target(file: &Path, system: &Reference) -> Result<(), Error> {
    let shown = file.display();
    let broken = |e| Error::Broken(format!("{shown} can't be written: {e}"));
    let (_, text) = shipped::target("reference")
        .ok_or_else(|| Error::Broken("this build has no target file for it".to_owned()))?;
    let text = text.replace("http://127.0.0.1:7800", &system.base);
    let text = text.replace("https://127.0.0.1:7801", &system.tls);
    let mut new = std::fs::File::create_new(file).map_err(broken)?;
    new.write_all(text.as_bytes()).map_err(broken)
}

/// A secret that was made here is told, because nobody could use the system otherwise; one that was given is not.
fn tell(
    system: &Reference,
    args: &Args,
    made_here: Option<&String>,
    shared: &Shared,
) -> Result<(), Error> {
    let mut out = stdout();
    writeln!(out, "listening on {}", system.base)?;
    if !system.addr.ip().is_loopback() {
        writeln!(out, "warning: others can reach it there, and its secrets are well known")?;
    }
    if !shared.quiet {
        for fault in &args.faults {
            writeln!(out, "fault {}", crate::report::visible::line(fault))?;
        }
        writeln!(out, "\nto drive it from another shell:")?;
        match made_here {
            Some(secret) => writeln!(out, "  export {ADMIN_SECRET}={secret}")?,
            None => writeln!(out, "  export {ADMIN_SECRET}=... (as here)")?,
        }
        for (name, secret) in client_secrets() {
            let quote = if secret.contains('\n') { "'" } else { "" };
            writeln!(out, "  export {name}={quote}{}{quote}", secret.trim_end())?;
        }
        let file = args.write_target.as_ref().map(|file| file.display().to_string());
        let name = file.as_deref().unwrap_or("reference.toml");
        writeln!(out, "  recant run --target {}", crate::report::visible::line(name))?;
        if file.is_none() {
            writeln!(
                out,
                "`--write-target reference.toml` writes that file, with the address of here"
            )?;
        }
        writeln!(out, "\nCtrl-C stops it")?;
    }
    out.flush()?;
    Ok(())
}

/// A secret that nobody else has.
pub(super) fn fresh_secret() -> String {
    rand::random::<[u64; 4]>().map(|n| format!("{n:016x}")).concat()
}

#[cfg(unix)]
fn stopped() -> Result<impl Future<Output = ()>, Error> {
    use tokio::signal::unix::{SignalKind, signal};
    let broken = |e| Error::Broken(format!("signals can't be listened to: {e}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(broken)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(broken)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stopped() -> Result<impl Future<Output = ()>, Error> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
