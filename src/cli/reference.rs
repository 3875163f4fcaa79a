//! `recant reference`: the built-in reference system alone, for people who want to try their own client or scenario on it.
//! For laboratories only.

use std::io::Write;
use std::net::SocketAddr;

use super::unknown::unknown;
use super::{Shared, stdout};
use crate::error::{Error, Problem};
use crate::exit::Exit;
use crate::reference::{ADMIN_SECRET, Fault, Reference, client_secrets, faults, start};

/// Options of `recant reference`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Where it listens; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7800")]
    pub listen: SocketAddr,
    /// A fault to switch on, by name or number; may be given several times.
    #[arg(long = "fault", value_name = "NAME")]
    pub faults: Vec<String>,
}

/// Serves until it is interrupted.
///
/// # Errors
/// For each fault that does not exist; where the address can't be listened on.
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
        writeln!(out, "\nto drive it from another shell, with a copy of targets/reference.toml:")?;
        writeln!(out, "  base = \"{}\"", system.base)?;
        match made_here {
            Some(secret) => writeln!(out, "  export {ADMIN_SECRET}={secret}")?,
            None => writeln!(out, "  export {ADMIN_SECRET}=... (as here)")?,
        }
        for (name, secret) in client_secrets() {
            writeln!(out, "  export {name}={secret}")?;
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
