//! A linear axis of time around a change: where a moment stands, and which ticks to draw.

use crate::model::Moment;
use crate::report::words;

/// Where the plot begins and ends, in units of the drawing.
pub const LEFT: u64 = 116;
/// Its right edge.
pub const RIGHT: u64 = 744;

/// The axis. Times are counted from the acknowledgement.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    from: Moment,
    to: Moment,
    zero: Moment,
}

/// A tick of the axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// Where.
    pub x: u64,
    /// `+10 s`.
    pub label: String,
}

impl Scale {
    /// An axis that holds all of these moments.
    #[must_use]
    pub fn of(zero: Moment, moments: impl Iterator<Item = Moment>) -> Self {
        let (from, to) = moments.fold((zero, zero), |(a, b), m| (a.min(m), b.max(m)));
        let span = to.0.saturating_sub(from.0).max(1_000_000);
        // A little air, so that no mark stands on the edge.
        let air = span / 40;
        Self {
            from: Moment(from.0.saturating_sub(air)),
            to: Moment(to.0.saturating_add(air)),
            zero,
        }
    }

    /// Where a moment stands.
    #[must_use]
    pub fn x(&self, at: Moment) -> u64 {
        let span = u128::from(self.to.0.saturating_sub(self.from.0).max(1));
        let past = u128::from(at.0.saturating_sub(self.from.0));
        let wide = u128::from(RIGHT - LEFT);
        let x = (past * wide / span).min(wide);
        LEFT + u64::try_from(x).unwrap_or(RIGHT - LEFT)
    }

    /// Ticks at round distances from the acknowledgement.
    #[must_use]
    pub fn ticks(&self) -> Vec<Tick> {
        let span_ms = self.to.ms_since(self.from).max(1);
        let step = step(span_ms);
        let back = self.zero.ms_since(self.from) / step;
        let mut ticks = Vec::new();
        for n in (1..=back).rev() {
            let at = Moment(self.zero.0.saturating_sub(n * step * 1_000_000));
            ticks
                .push(Tick {
                    x: self.x(at), label: format!("−{}", words::exact_tenths(n * step))
                });
        }
        let ahead = self.to.ms_since(self.zero) / step;
        for n in 0..=ahead {
            let at = self.zero.plus_ms(n * step);
            let sign = if n == 0 { "" } else { "+" };
            let label = format!("{sign}{}", words::exact_tenths(n * step));
            ticks.push(Tick { x: self.x(at), label });
        }
        ticks
    }
}

/// 1, 2 or 5 times a power of ten, so that there are between four and ten ticks.
fn step(span_ms: u64) -> u64 {
    let mut ten = 1;
    loop {
        for unit in [1, 2, 5] {
            if span_ms / (unit * ten) <= 8 {
                return unit * ten;
            }
        }
        ten *= 10;
    }
}
