//! Ctrl-C and SIGTERM while many runs are under way. The first one ends them all, the second one leaves at once: the
//! systems that they changed are parts of this process and go with it.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use crate::cli::signals::{all, next};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::terminal::aside;

/// Starts to listen; the token is cancelled by the first signal. `folder` goes away with the process.
///
/// # Errors
/// Where signals can't be listened to.
pub fn listen(folder: PathBuf) -> Result<CancellationToken, Error> {
    let mut signals = all()?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        next(&mut signals).await;
        aside("interrupted: waiting for the runs to end; once more to leave at once");
        told.cancel();
        next(&mut signals).await;
        let _ = std::fs::remove_dir_all(folder);
        std::process::exit(i32::from(Exit::Interrupted.code()));
    });
    Ok(stop)
}
