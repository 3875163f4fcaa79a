//! Reading the decision log for one scenario instance: until everything that it caused is there, or the log's bound has
//! passed.

use super::{Halt, LogSubject, Stage, Values};
use crate::history::{Action, DecisionSeen, Line, Seen};
use crate::model::{Outcome, TokenSeen};

/// Target time before the first reading, milliseconds.
const FIRST: u64 = 250;

/// Readings at most.
const READINGS: u64 = 12;

impl Stage {
    /// Remembers where the log stands, before the scenario's first subject is there.
    pub(super) async fn open_log(&mut self) {
        if let (None, Some(log)) = (&self.cursor, &self.run.decisions) {
            self.cursor = Some(log.begin(&self.run.base).await);
        }
    }

    /// Reads what is new in the log about the scenario's subjects, as one op. A target without a log is not asked.
    pub(super) async fn read_decisions(&mut self) -> Result<(), Halt> {
        let run = self.run.clone();
        let Some(log) = &run.decisions else { return Ok(()) };
        let mut cursor = self.cursor.take().unwrap_or_default();
        let subjects = self.log_subjects();
        let expected = self.decisions_expected();
        let op = run.recorder.invoke(&self.instance, run.now(), Action::ReadDecisions)?;
        let bound = run.facts.bounds.log;
        let (began, deadline) = (run.now(), run.now().plus_ms(bound));
        let pause = (bound / READINGS).clamp(FIRST, 5_000);
        let mut decisions: Vec<DecisionSeen> = Vec::new();
        let mut leaked = Vec::new();
        let mut next = began.plus_ms(FIRST);
        let (outcome, status) = loop {
            self.wait_until(next).await?;
            let read = run.cancel.race(log.read(&mut cursor, &subjects, &run.base)).await?;
            let grew = !read.decisions.is_empty();
            decisions.extend(read.decisions);
            leaked.extend(read.leaked);
            let now = run.now();
            let all = decisions.len() as u64 >= expected;
            if (all && !grew) || now >= deadline {
                break (read.outcome, read.status);
            }
            // What is all there is looked at once more shortly after, for records that come twice.
            next = if all { now.plus_ms(FIRST) } else { now.plus_ms(pause).min(deadline) };
        };
        self.cursor = Some(cursor);
        leaked.sort();
        leaked.dedup();
        let outcome = match outcome {
            // A reading that failed matters where something is missing: it might have been in there.
            Outcome::Failed(_) | Outcome::Unknown(_)
                if decisions.len() as u64 >= expected.max(1) =>
            {
                Outcome::Accepted
            }
            other => other,
        };
        let seen = Seen { status, decisions, leaked, ..Seen::default() };
        run.recorder.complete(op, run.now(), outcome, seen)
    }

    /// How many decisions the scenario caused at least since the log was last read: one for each answer to a request
    /// for a token.
    fn decisions_expected(&self) -> u64 {
        let lines = self.run.recorder.lines_of(&self.instance);
        let mut expected = 0;
        let mut open = std::collections::BTreeSet::new();
        for line in &lines {
            match line {
                Line::Invoke(i) => match i.action {
                    Action::ReadDecisions => expected = 0,
                    Action::Issue { .. }
                    | Action::Refresh { .. }
                    | Action::RefreshByAnother { .. }
                    | Action::Exchange { .. } => {
                        open.insert(i.op);
                    }
                    _ => {}
                },
                Line::Complete(c) if open.contains(&c.op) => {
                    expected += u64::from(c.outcome.is_allow() || c.outcome.is_deny());
                }
                _ => {}
            }
        }
        expected
    }

    fn log_subjects(&self) -> Vec<LogSubject> {
        // Every token that was given, those that no label has any more too.
        let lines = self.run.recorder.lines_of(&self.instance);
        let answers = lines.iter().filter_map(|line| match line {
            Line::Complete(done) => Some(&done.seen.tokens),
            _ => None,
        });
        let given: Vec<&TokenSeen> = answers.flatten().collect();
        let claim = |token: &TokenSeen, name: &str| {
            token.claims.as_ref()?.get(name)?.as_str().map(str::to_owned)
        };
        let each = self.cast.values().map(|member| {
            let own = || given.iter().filter(|t| t.subject.as_deref() == Some(&member.name));
            let mut values: Values = self.run.base.layer();
            member.given.put_into(&mut values);
            let mut ids: Vec<_> = own().filter_map(|t| claim(t, "sub")).collect();
            ids.extend(values.text_of("subject.id"));
            ids.sort();
            ids.dedup();
            let tokens = own().filter_map(|t| claim(t, "jti")).collect();
            LogSubject { name: member.name.clone(), ids, tokens, values }
        });
        each.collect()
    }
}
