//! Reading a log for one scenario instance: until everything that it caused is there, or the log's bound has passed.

use super::logs::{Cursor, LogKind, LogReader, LogSubject};
use super::{Given, Halt, Stage, Values};
use crate::history::{Action, Line, Seen, request_id};
use crate::model::{Outcome, TokenSeen};

/// Target time before the first reading, milliseconds.
const FIRST: u64 = 250;

/// Readings at most.
const READINGS: u64 = 12;

/// Where a scenario instance stands in each log.
#[derive(Debug, Default)]
pub(super) struct Cursors {
    decisions: Option<Cursor>,
    accesses: Option<Cursor>,
    changes: Option<Cursor>,
}

/// What is new in a log.
struct News<S> {
    outcome: Outcome,
    status: Option<u16>,
    records: Vec<S>,
    leaked: Vec<String>,
}

impl Stage {
    /// Remembers where the logs stand, before the scenario's first subject is there.
    pub(super) async fn open_logs(&mut self) {
        let run = self.run.clone();
        let cursors = &mut self.cursors;
        if let (None, Some(log)) = (&cursors.decisions, &run.logs.decisions) {
            cursors.decisions = Some(log.begin(&run.base).await);
        }
        if let (None, Some(log)) = (&cursors.accesses, &run.logs.accesses) {
            cursors.accesses = Some(log.begin(&run.base).await);
        }
        if let (None, Some(log)) = (&cursors.changes, &run.logs.changes) {
            cursors.changes = Some(log.begin(&run.base).await);
        }
    }

    /// Remembers where the logs stand now that the subjects are ours: what others did with them is not about us.
    pub(super) async fn pass_over_logs(&mut self) -> Result<(), Halt> {
        let run = self.run.clone();
        if let Some(log) = &run.logs.decisions {
            self.cursors.decisions = Some(self.passed_over(log).await?);
        }
        if let Some(log) = &run.logs.accesses {
            self.cursors.accesses = Some(self.passed_over(log).await?);
        }
        if let Some(log) = &run.logs.changes {
            self.cursors.changes = Some(self.passed_over(log).await?);
        }
        Ok(())
    }

    async fn passed_over<K: LogKind>(&self, log: &LogReader<K>) -> Result<Cursor, Halt> {
        let run = &self.run;
        let mut cursor = log.begin(&run.base).await;
        let borrowed: Vec<LogSubject> = self
            .leases
            .iter()
            .map(|lease| {
                let mut values: Values = run.base.layer();
                let mut given = Given::default();
                given.set("subject", lease.subject.as_str());
                given.put_into(&mut values);
                LogSubject { name: lease.subject.clone(), values, ..LogSubject::default() }
            })
            .collect();
        run.cancel.race(log.pass_over(&mut cursor, &borrowed, &run.base)).await?;
        Ok(cursor)
    }

    /// Reads what is new in the decision log about the scenario's subjects, as one op. A target without a log is not asked.
    pub(super) async fn read_decisions(&mut self) -> Result<(), Halt> {
        let run = self.run.clone();
        let Some(log) = &run.logs.decisions else { return Ok(()) };
        let is_logged = |action: &Action| {
            matches!(
                action,
                Action::Issue { .. }
                    | Action::Refresh { .. }
                    | Action::RefreshByAnother { .. }
                    | Action::Exchange { .. }
            )
        };
        let mut cursor = self.cursors.decisions.take().unwrap_or_default();
        let (op, news) = self.read(log, &mut cursor, Action::ReadDecisions, is_logged).await?;
        self.cursors.decisions = Some(cursor);
        let News { outcome, status, records, leaked } = news;
        let seen = Seen { status, decisions: records, leaked, ..Seen::default() };
        run.recorder.complete(op, run.now(), outcome, seen)
    }

    /// Reads what is new in the access log about the scenario's subjects, as one op. A target without a log is not asked.
    pub(super) async fn read_accesses(&mut self) -> Result<(), Halt> {
        let run = self.run.clone();
        let Some(log) = &run.logs.accesses else { return Ok(()) };
        let logged = run.facts().access_logged.clone();
        let is_logged = |action: &Action| matches!(action, Action::Call { service, .. } if logged.contains(service));
        let mut cursor = self.cursors.accesses.take().unwrap_or_default();
        let (op, news) = self.read(log, &mut cursor, Action::ReadAccesses, is_logged).await?;
        self.cursors.accesses = Some(cursor);
        let News { outcome, status, records, leaked } = news;
        let seen = Seen { status, accesses: records, leaked, ..Seen::default() };
        run.recorder.complete(op, run.now(), outcome, seen)
    }

    /// Reads what is new in the log of changes about the scenario's subjects, as one op. A target without a log is not asked.
    pub(super) async fn read_changes(&mut self) -> Result<(), Halt> {
        let run = self.run.clone();
        let Some(log) = &run.logs.changes else { return Ok(()) };
        let recorded = run.facts().change_log.clone().unwrap_or_default().changes;
        let is_logged = |action: &Action| match action {
            Action::Change { name, subject: Some(_), .. } | Action::Undo { name, .. } => {
                recorded.is_empty() || recorded.contains_key(name)
            }
            // Where making a subject is logged too, its record must not pass for that of a change.
            Action::Subject { .. } => true,
            _ => false,
        };
        let mut cursor = self.cursors.changes.take().unwrap_or_default();
        let (op, news) = self.read(log, &mut cursor, Action::ReadChanges, is_logged).await?;
        self.cursors.changes = Some(cursor);
        let News { outcome, status, records, leaked } = news;
        let seen = Seen { status, changes: records, leaked, ..Seen::default() };
        run.recorder.complete(op, run.now(), outcome, seen)
    }

    /// Begins an op, and reads for it what is new in a log.
    async fn read<K: LogKind>(
        &mut self,
        log: &LogReader<K>,
        cursor: &mut Cursor,
        reading: Action,
        is_logged: impl Fn(&Action) -> bool,
    ) -> Result<(u64, News<K::Seen>), Halt> {
        let expected = self.expected(&reading, is_logged);
        let op = self.run.recorder.invoke(&self.instance, self.run.now(), reading)?;
        Ok((op, self.news(log, cursor, expected).await?))
    }

    /// Reads again and again until so many records are there and no more come, or the bound has passed.
    async fn news<K: LogKind>(
        &mut self,
        log: &LogReader<K>,
        cursor: &mut Cursor,
        expected: u64,
    ) -> Result<News<K::Seen>, Halt> {
        let run = self.run.clone();
        let subjects = self.log_subjects();
        let bound = run.facts().bounds.log;
        let (began, deadline) = (run.now(), run.now().plus_ms(bound));
        let pause = (bound / READINGS).clamp(FIRST, 5_000);
        let (mut records, mut leaked) = (Vec::new(), Vec::new());
        let mut next = began.plus_ms(FIRST);
        let (outcome, status) = loop {
            self.wait_until(next).await?;
            let read = run.cancel.race(log.read(cursor, &subjects, &run.base)).await?;
            let grew = !read.records.is_empty();
            records.extend(read.records);
            leaked.extend(read.leaked);
            let now = run.now();
            let all = records.len() as u64 >= expected;
            if (all && !grew) || now >= deadline {
                break (read.outcome, read.status);
            }
            // What is all there is looked at once more shortly after, for records that come twice.
            next = if all { now.plus_ms(FIRST) } else { now.plus_ms(pause).min(deadline) };
        };
        leaked.sort();
        leaked.dedup();
        let outcome = match outcome {
            // A reading that failed matters where something is missing: it might have been in there.
            Outcome::Failed(_) | Outcome::Unknown(_) if records.len() as u64 >= expected.max(1) => {
                Outcome::Accepted
            }
            other => other,
        };
        Ok(News { outcome, status, records, leaked })
    }

    /// How many records the scenario caused at least since the log was last read: one for each answer to a request that is
    /// logged.
    fn expected(&self, reading: &Action, is_logged: impl Fn(&Action) -> bool) -> u64 {
        let lines = self.run.recorder.lines_of(&self.instance);
        let mut expected = 0;
        let mut open = std::collections::BTreeSet::new();
        for line in &lines {
            match line {
                Line::Invoke(i) if i.action == *reading => expected = 0,
                Line::Invoke(i) if is_logged(&i.action) => {
                    open.insert(i.op);
                }
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
        let run = &self.run.name;
        let calls: Vec<(&str, String)> = lines
            .iter()
            .filter_map(|line| match line {
                Line::Invoke(i) => match &i.action {
                    Action::Call { subject, .. } => Some((&**subject, request_id(run, i.op))),
                    _ => None,
                },
                _ => None,
            })
            .collect();
        let each = self.cast.values().map(|member| {
            let own = || given.iter().filter(|t| t.subject.as_deref() == Some(&member.name));
            let mut values: Values = self.run.base.layer();
            member.given.put_into(&mut values);
            let mut ids: Vec<_> = own().filter_map(|t| claim(t, "sub")).collect();
            ids.extend(values.text_of("subject.id"));
            ids.sort();
            ids.dedup();
            let tokens = own().filter_map(|t| claim(t, "jti")).collect();
            let own = calls.iter().filter(|(subject, _)| *subject == member.name);
            let requests = own.map(|(_, id)| id.clone()).collect();
            LogSubject { name: member.name.clone(), ids, tokens, requests, values }
        });
        each.collect()
    }
}
