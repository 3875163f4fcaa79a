//! One command of the user's, bounded in time and output. It is killed when its time is over or nobody waits for it.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::Command;

/// No more output is read than this.
pub const MOST_BYTES: u64 = 1 << 20;

/// What a command printed and how it ended.
pub struct Ended {
    /// Exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: Vec<u8>,
    /// Standard error, its first kilobytes.
    pub err: Vec<u8>,
}

/// Runs a command in a folder, without a terminal to read from.
///
/// # Errors
/// One sentence: it could not be started, took too long, or printed too much.
pub async fn run(words: &[String], folder: &Path, time: Duration) -> Result<Ended, String> {
    let (program, arguments) =
        words.split_first().ok_or_else(|| "the command is empty".to_owned())?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.kill_on_drop(true);
    if !folder.as_os_str().is_empty() {
        command.current_dir(folder);
    }
    let mut child = command.spawn().map_err(|e| format!("{program}: {e}"))?;
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(format!("{program}: its output can't be read"));
    };
    let work = async {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let (mut stdout, mut first_err) = (stdout.take(MOST_BYTES + 1), stderr.take(4096));
        let (a, _) = tokio::join!(stdout.read_to_end(&mut out), async {
            let read = first_err.read_to_end(&mut err).await;
            // The rest is read and thrown away: a full pipe would stop the command.
            let _ = tokio::io::copy(&mut first_err.into_inner(), &mut tokio::io::sink()).await;
            read
        });
        a.map_err(|e| format!("{program}: {e}"))?;
        if out.len() as u64 > MOST_BYTES {
            return Err(format!("{program} printed more than {MOST_BYTES} bytes"));
        }
        let status = child.wait().await.map_err(|e| format!("{program}: {e}"))?;
        Ok(Ended { code: status.code(), out, err })
    };
    match tokio::time::timeout(time, work).await {
        Ok(ended) => ended,
        Err(_) => Err(format!("{program} did not end within {} s", time.as_secs_f64())),
    }
}
