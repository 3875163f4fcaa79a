//! What is wrong with exceptions and bounds on a day, although nothing is wrong with how they are written: a run would fail for
//! it. Has no clock: the day is given.

use crate::error::Problem;
use crate::model::{Bounds, ExceptionKind, Standing, is_owner};

use super::{Declared, DeclaredException};

impl Declared {
    /// Warnings about exceptions that nobody can rely on on this day, that end before `soon`, and about bounds that nobody answers
    /// for. Days as `2026-11-27`, UTC.
    #[must_use]
    pub fn lapsing(&self, day: &str, soon: &str) -> Vec<Problem> {
        let owners = &self.target.owner;
        let mut problems = Vec::new();
        for exception in self.target.exception.iter().map(DeclaredException::fact) {
            let name = exception.name();
            let (what, help) = match exception.standing(owners, day) {
                Standing::InForce => {
                    let last = exception.expires.unwrap_or_default();
                    if last.as_str() > soon {
                        continue;
                    }
                    let what = format!("the exception {name} ends with {last}");
                    (what, "end what it excuses until then, or have its owner renew it")
                }
                standing => {
                    let flaw = standing.flaw().unwrap_or_default();
                    let what = format!("the exception {name} {flaw}: a run fails for it (G-07)");
                    (
                        what,
                        "`owner` is an `[[owner]]` or has a `contact`; `expires` is its last day",
                    )
                }
            };
            let what = format!("{}: {what}", self.file);
            problems.push(Problem::new(what).help(help).as_warning());
        }
        problems.extend(self.unowned_bounds());
        problems.extend(self.loose_bounds());
        problems
    }

    /// Bounds that are looser than the profile's, and of which no exception says so.
    fn loose_bounds(&self) -> Vec<Problem> {
        let (ours, usual) = (self.bounds().named(), Bounds::of(self.target.target.profile).named());
        let said = |name: &str| {
            let exceptions = &self.target.exception;
            exceptions.iter().any(|e| e.kind == ExceptionKind::Bound && e.of == name)
        };
        let loose = ours.into_iter().zip(usual).filter(|((_, ours), (_, usual))| ours > usual);
        let problem = |name: &str| {
            let what = format!(
                "{}: the bound `{name}` is looser than the profile's, and no exception says so: a run fails for it (G-07)",
                self.file
            );
            let help = format!(
                "add `[[exception]]` with `kind = \"bound\"`, `of = \"{name}\"`, a reason, an owner and its last day"
            );
            Problem::new(what).help(help).as_warning()
        };
        let unsaid = loose.map(|((name, _), _)| name).filter(|name| !said(name));
        unsaid.map(problem).collect()
    }

    fn unowned_bounds(&self) -> Option<Problem> {
        let bounds = self.bounds();
        let promised = bounds != Bounds::of(self.target.target.profile);
        let owner = self.target.bounds.get("owner").and_then(|o| o.as_str()).unwrap_or_default();
        let owned = is_owner(&self.target.owner, owner);
        (promised && !owned).then(|| {
            let what = "nobody answers for `[bounds]`: a run fails for it (G-07)";
            Problem::new(format!("{}: {what}", self.file))
                .help("add `owner = \"...\"` there, the name of an `[[owner]]`")
                .as_warning()
        })
    }
}
