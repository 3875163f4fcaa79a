//! Moving a target's clock: by its administration, recorded, and believed only as far as the clock can be read.

use std::sync::{Arc, OnceLock};

use tokio::time::Instant;

use super::clock::Advance;
use super::{Admin, Given, Halt, Recorder};
use crate::history::{Action, Seen};
use crate::model::{Moment, Outcome};
use crate::plan::{ClockMove, ClockRead, Declared};

/// The instance that moves of the clock are recorded under: they belong to all.
const CLOCK: &str = "clock";

/// By how much a clock may seem to have moved too little, milliseconds: many tell whole seconds only.
const TICK: f64 = 1_000.0;

/// Moves the target's clock and records that.
pub(super) fn advance(
    clock: ClockMove,
    admin: Arc<Admin>,
    recorder: Arc<OnceLock<Arc<Recorder>>>,
) -> Advance {
    Box::new(move |ms, now| {
        let (clock, admin, recorder) = (clock.clone(), admin.clone(), recorder.clone());
        Box::pin(async move {
            let Some(recorder) = recorder.get() else { return Ok(()) };
            // A reading tells nothing of a move that is smaller than what it may be wrong by.
            #[expect(clippy::cast_precision_loss, reason = "no wait is that long")]
            let read_from = clock.read.as_ref().filter(|_| ms as f64 > TICK);
            let before = read(&admin, read_from).await;
            let op = recorder.invoke(CLOCK, now, Action::AdvanceClock { ms })?;
            let sent = Instant::now();
            let mut given = Given::default();
            given.set("ms", ms);
            let done = admin.perform(std::slice::from_ref(&clock.advance), &mut given).await;
            let took = u64::try_from(sent.elapsed().as_nanos()).unwrap_or(u64::MAX);
            let at = Moment(now.0.saturating_add(took));
            let after = read(&admin, read_from).await;
            let (at, outcome, status) = match (&done, moved(ms, before, after)) {
                (Ok(status), Ok(())) => (at.plus_ms(ms), Outcome::Accepted, *status),
                (Ok(status), Err(why)) => (at, Outcome::Unknown(why), *status),
                (Err(s), _) => (at, s.stopped.outcome.clone(), s.stopped.status),
            };
            let why = match (&done, &outcome) {
                (Err(s), _) => Some(s.stopped.why.clone()),
                (Ok(_), Outcome::Unknown(why)) => Some(why.clone()),
                _ => None,
            };
            recorder.complete(op, at, outcome, Seen { status, ..Seen::default() })?;
            recorder.forget(CLOCK);
            let halt = |why| Halt::Unmet(format!("the target's clock could not be moved: {why}"));
            why.map_or(Ok(()), |why| Err(halt(why)))
        })
    })
}

/// By how much the target's clock is ahead of recant's, milliseconds; `None` where it can't be read. What a reading may be
/// wrong by (it took its time, and many tell whole seconds only) is no difference.
pub(super) async fn ahead(
    declared: &Declared,
    admin: &Admin,
    started: jiff::Timestamp,
    origin: Instant,
) -> Option<i64> {
    let request = declared.recipe.clock.as_ref()?.read.as_ref()?;
    let sent = origin.elapsed();
    let told = read(admin, Some(request)).await?;
    let took = origin.elapsed() - sent;
    let told = told.inspect_err(|why| tracing::warn!("the target's clock can't be read: {why}"));
    #[expect(clippy::cast_precision_loss, reason = "a microsecond more or less is nothing")]
    let started = started.as_nanosecond() as f64 / 1e6;
    let took = took.as_secs_f64() * 1e3;
    Some(apart(told.ok()?, started + sent.as_secs_f64() * 1e3, took))
}

/// By how much a clock is ahead that told this within so many milliseconds after `sent`.
fn apart(told: f64, sent: f64, took: f64) -> i64 {
    let whole_seconds = told.rem_euclid(TICK) == 0.0;
    let (least, most) = if whole_seconds { (told, told + TICK) } else { (told, told) };
    if least <= sent + took && most >= sent {
        return 0;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a conversion saturates")]
    let ahead = (f64::midpoint(least, most) - (sent + took / 2.0)).round() as i64;
    ahead
}

/// What the target's clock says, milliseconds since 1970; `None` where nobody said how to read it.
async fn read(admin: &Admin, read: Option<&ClockRead>) -> Option<Result<f64, String>> {
    let read = read?;
    let told = admin.read(&read.request, &read.at, &Given::default()).await;
    Some(told.and_then(|(found, _)| {
        let first = found.first().ok_or_else(|| format!("`{}` reaches nothing", read.at))?;
        milliseconds(first).ok_or_else(|| "what it tells is no time".to_owned())
    }))
}

type Told = Option<Result<f64, String>>;

fn moved(ms: u64, before: Told, after: Told) -> Result<(), String> {
    let (Some(before), Some(after)) = (before, after) else { return Ok(()) };
    let unread = |why| format!("it can't be read: {why}");
    let went = after.map_err(unread)? - before.map_err(unread)?;
    #[expect(clippy::cast_precision_loss, reason = "no wait is that long")]
    let wanted = ms as f64;
    if went + TICK >= wanted {
        return Ok(());
    }
    let (wanted, went) = (wanted / 1e3, went / 1e3);
    Err(format!("it was told to go on by {wanted:.1} s, said so, and went on by {went:.1} s"))
}

/// RFC 3339, or a number since 1970 whose size tells the unit.
fn milliseconds(text: &str) -> Option<f64> {
    if let Ok(stamp) = text.trim().parse::<jiff::Timestamp>() {
        #[expect(clippy::cast_precision_loss, reason = "a microsecond more or less is nothing")]
        return Some(stamp.as_nanosecond() as f64 / 1e6);
    }
    let number: f64 = text.trim().parse().ok().filter(|n: &f64| n.is_finite())?;
    let unit = [(1e17, 1e-6), (1e14, 1e-3), (1e11, 1.0)];
    let unit = unit.into_iter().find(|(least, _)| number > *least);
    Some(number * unit.map_or(1e3, |(_, unit)| unit))
}
