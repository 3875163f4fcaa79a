//! One command of the user's, bounded in time and output. It is killed when its time is over or nobody waits
//! for it.

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

/// Runs a command in a folder, with nothing to read from its standard input. It stays in our process group,
/// so that it may ask at the terminal for what unlocks a password store; what it starts itself is not killed
/// with it.
///
/// # Errors
/// One sentence: it could not be started, took too long, or printed too much.
pub async fn run(words: &[String], folder: &Path, time: Duration) -> Result<Ended, String> {
    start(words, folder, time, false).await
}

/// The same in a process group of its own, which is killed whole.
///
/// # Errors
/// As `run`.
pub async fn run_apart(words: &[String], folder: &Path, time: Duration) -> Result<Ended, String> {
    start(words, folder, time, true).await
}

async fn start(
    words: &[String],
    folder: &Path,
    time: Duration,
    apart: bool,
) -> Result<Ended, String> {
    let (program, arguments) =
        words.split_first().ok_or_else(|| "the command is empty".to_owned())?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.kill_on_drop(true);
    if !folder.as_os_str().is_empty() {
        command.current_dir(folder);
    }
    #[cfg(unix)]
    if apart {
        command.process_group(0);
    }
    let mut child = command.spawn().map_err(|e| format!("{program}: {e}"))?;
    let mut group = Group(child.id().filter(|_| apart));
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(format!("{program}: its output can't be read"));
    };
    let work = async {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let (mut stdout, mut first_err) = (stdout.take(MOST_BYTES + 1), stderr.take(4096));
        let all_out = async {
            stdout.read_to_end(&mut out).await.map_err(|e| format!("{program}: {e}"))?;
            if out.len() as u64 > MOST_BYTES {
                return Err(format!("{program} printed more than {MOST_BYTES} bytes"));
            }
            Ok(())
        };
        let all_err = async {
            first_err.read_to_end(&mut err).await.map_err(|e| format!("{program}: {e}"))?;
            // The rest is read and thrown away: a full pipe would stop the command.
            let _ = tokio::io::copy(&mut first_err.into_inner(), &mut tokio::io::sink()).await;
            Ok(())
        };
        tokio::try_join!(all_out, all_err)?;
        let status = child.wait().await.map_err(|e| format!("{program}: {e}"))?;
        group.0 = None;
        Ok(Ended { code: status.code(), out, err })
    };
    match tokio::time::timeout(time, work).await {
        Ok(ended) => ended,
        Err(_) => Err(format!("{program} did not end within {} s", time.as_secs_f64())),
    }
}

/// A process group that is killed when this is dropped, unless its leader has ended before.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(id) = self.0 {
            let mut kill = std::process::Command::new("kill");
            kill.args(["-KILL", "--", &format!("-{id}")]).stdin(Stdio::null());
            let _ = kill.stdout(Stdio::null()).stderr(Stdio::null()).status();
        }
    }
}
