//! What people see while a run works: a line for each scenario, or a bar where there is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::tally::{Came, Tally};
use crate::report::terminal::aside;
use crate::report::visible;

/// Shows a run while it works.
pub trait Progress {
    /// A scenario is over.
    fn came(&mut self, came: Came, title: &str, why: Option<&str>);

    /// Something else that is worth a line.
    fn note(&mut self, line: &str);

    /// All is over.
    fn over(&mut self, tally: &Tally);
}

/// The progress for a run of so many scenarios: nothing where `quiet`, a bar where standard error is a terminal, else
/// plain lines on standard error.
#[must_use]
pub fn progress(total: u64, quiet: bool, terminal: bool) -> Box<dyn Progress> {
    match (quiet, terminal) {
        (true, _) => Box::new(Silent),
        (false, true) => Box::new(Bar::new(total)),
        (false, false) => Box::new(Lines { total, ended: 0 }),
    }
}

/// Shows nothing.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn came(&mut self, _: Came, _: &str, _: Option<&str>) {}

    fn note(&mut self, _: &str) {}

    fn over(&mut self, _: &Tally) {}
}

/// A line for each scenario.
struct Lines {
    total: u64,
    ended: u64,
}

impl Progress for Lines {
    fn came(&mut self, came: Came, title: &str, why: Option<&str>) {
        self.ended += 1;
        aside(&format!("[{}/{}] {}", self.ended, self.total, line(came, title, why)));
    }

    fn note(&mut self, line: &str) {
        aside(&visible::line(line));
    }

    fn over(&mut self, tally: &Tally) {
        aside(&tally.line());
    }
}

/// A bar, and a line above it for each scenario that did not pass.
struct Bar {
    bar: ProgressBar,
}

impl Bar {
    fn new(total: u64) -> Self {
        let bar =
            ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(10));
        if let Ok(style) =
            ProgressStyle::with_template("{spinner} {pos}/{len} {bar:30} {elapsed} {wide_msg}")
        {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar }
    }
}

impl Progress for Bar {
    fn came(&mut self, came: Came, title: &str, why: Option<&str>) {
        if !matches!(came, Came::Passed | Came::NotApplicable | Came::Absent) {
            self.bar.println(line(came, title, why));
        }
        self.bar.set_message(visible::line(title).into_owned());
        self.bar.inc(1);
    }

    fn note(&mut self, line: &str) {
        self.bar.println(visible::line(line));
    }

    fn over(&mut self, tally: &Tally) {
        self.bar.finish_and_clear();
        aside(&tally.line());
    }
}

fn line(came: Came, title: &str, why: Option<&str>) -> String {
    let why = why.map(|w| format!(": {w}")).unwrap_or_default();
    visible::line(&format!("{:<7} {title}{why}", came.word())).into_owned()
}

/// `Feature / rule / scenario`, as in the plan.
pub fn title(
    feature: &gherkin::Feature,
    rule: Option<&gherkin::Rule>,
    scenario: &gherkin::Scenario,
) -> String {
    let parts = [&*feature.name, rule.map_or("", |r| &r.name), &*scenario.name];
    parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" / ")
}

/// An error and what caused it.
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut at = error.source();
    while let Some(cause) = at {
        line = format!("{line}: {cause}");
        at = cause.source();
    }
    line
}
