//! Durations as people write them, and overrides of the bounds.

use std::time::Duration;

use serde_json::Value;

use crate::model::Bounds;

/// Names of the bounds that `[bounds]` may override; all but `probes` are durations.
pub const BOUND_NAMES: [&str; 13] = [
    "decision",
    "revocation",
    "event",
    "cache",
    "self-contained",
    "skew",
    "keys",
    "status-list",
    "connection",
    "log",
    "settling",
    "refresh-end",
    "probes",
];

/// How long a scenario waits at most for one bound or expiry, in real time, where nobody says otherwise.
pub const LONGEST_WAIT: Duration = Duration::from_mins(20);

/// Longest duration that is understood: a year.
const LONGEST: u64 = 366 * 24 * 3600 * 1000;

/// Milliseconds of `500ms`, `10s`, `2m`, `1h`, `1d`; `None` for anything else, and for more than a year. A fraction is
/// allowed (`1.5s`).
#[must_use]
pub fn milliseconds(text: &str) -> Option<u64> {
    duration(text).ok()
}

/// The same.
///
/// # Errors
/// What would be right instead, as a piece of a sentence.
pub fn duration(text: &str) -> Result<u64, &'static str> {
    let ms = written(text).ok_or("a duration such as \"500ms\", \"10s\", \"2m\" or \"1h\"")?;
    if ms > LONGEST as f64 {
        return Err("no longer than a year (\"366d\")");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked here")]
    Ok(ms as u64)
}

/// Milliseconds of a duration, however long.
fn written(text: &str) -> Option<f64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(digits);
    let unit: u32 = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let number: f64 = number.parse().ok()?;
    Some((number * f64::from(unit)).round())
}

/// Overrides one bound.
///
/// # Errors
/// What would be right instead, as a piece of a sentence.
pub fn put(bounds: &mut Bounds, name: &str, value: &Value) -> Result<(), &'static str> {
    if name == "probes" {
        let count = value.as_u64().and_then(|n| u32::try_from(n).ok());
        bounds.probes =
            count.filter(|n| (1..=1000).contains(n)).ok_or("a number from 1 to 1000")?;
        return Ok(());
    }
    let ms = duration(value.as_str().unwrap_or_default())?;
    let place = match name {
        "refresh-end" => bounds.refresh_end.insert(0),
        "decision" => &mut bounds.decision,
        "revocation" => &mut bounds.revocation,
        "event" => &mut bounds.event,
        "cache" => &mut bounds.cache,
        "self-contained" => &mut bounds.self_contained,
        "skew" => &mut bounds.skew,
        "keys" => &mut bounds.keys,
        "status-list" => &mut bounds.status_list,
        "connection" => &mut bounds.connection,
        "log" => &mut bounds.log,
        "settling" => &mut bounds.settling,
        _ => return Err("one of the bounds' names"),
    };
    *place = ms;
    Ok(())
}
