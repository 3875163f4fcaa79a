//! Whether an acknowledged change shows at the target. Reads only.

use super::{Admin, Given, Halt};
use crate::plan::Confirm;

/// Reads that look for an acknowledged change before it counts as not made.
const CONFIRMING_READS: u32 = 5;

/// Real time between two of them, milliseconds.
const BETWEEN_READS: u64 = 200;

/// Waits a little until a change shows.
pub(super) async fn confirmed(
    admin: &Admin,
    name: &str,
    confirm: &Confirm,
    given: &Given,
) -> Result<(), Halt> {
    let mut why = String::new();
    for attempt in 0..CONFIRMING_READS {
        if attempt > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(BETWEEN_READS)).await;
        }
        why = match admin.shows(confirm, given).await {
            Ok(true) => return Ok(()),
            Ok(false) => "the target acknowledged it, but does not show it".to_owned(),
            Err(why) => why,
        };
    }
    Err(Halt::Unmet(format!("`{name}` could not be confirmed: {why}")))
}
