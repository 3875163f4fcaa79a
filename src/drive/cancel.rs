//! Interrupting a run: every wait of a scenario is raced with this. Undoing is not.

use tokio_util::sync::CancellationToken;

use super::Halt;

/// Says that a run is to stop. Clones say the same.
#[derive(Debug, Clone, Default)]
pub struct Cancel(CancellationToken);

impl Cancel {
    /// From here on every race is lost.
    pub fn interrupt(&self) {
        self.0.cancel();
    }

    /// True after `interrupt`.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits for `interrupt`.
    pub async fn interrupted(&self) {
        self.0.cancelled().await;
    }

    /// The work's result, unless the run is interrupted first.
    ///
    /// # Errors
    /// `Halt::Interrupted`.
    pub async fn race<T>(&self, work: impl Future<Output = T>) -> Result<T, Halt> {
        tokio::select! {
            biased;
            () = self.0.cancelled() => Err(Halt::Interrupted),
            done = work => Ok(done),
        }
    }
}
