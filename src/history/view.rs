//! A history joined for reading: ops with both their lines, tokens by name.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{Action, Begin, Line, Obligation, Seen};
use crate::model::{Facts, Moment, Outcome, Place, TokenId, TokenSeen};

/// One op: what was done and what it came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Op {
    /// Index within the run.
    pub index: u64,
    /// Scenario instance.
    pub instance: String,
    /// What was done.
    pub action: Action,
    /// When it was sent.
    pub start: Moment,
    /// When the answer was read; `None` where none ever was.
    pub end: Option<Moment>,
    /// What it came to; `Unknown` where no completion was recorded.
    pub outcome: Outcome,
    /// What was seen.
    pub seen: Seen,
}

/// The lines of a run (or of one scenario instance of it), joined.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// The first line, if it was there.
    pub begin: Option<Arc<Begin>>,
    /// Ops in order of their index.
    pub ops: Vec<Op>,
    /// Tokens by the record's name.
    pub tokens: BTreeMap<TokenId, TokenSeen>,
    /// Obligations in order.
    pub obligations: Vec<Obligation>,
    /// Scenario instances that could not be carried out, with the reason.
    pub unmet: BTreeMap<String, String>,
    /// Scenarios of features that came to an end: name, place, and why one was not carried out.
    pub ran: Vec<(String, Place, Option<String>)>,
    /// `Some((interrupted, unrestored))` where the last line is there.
    pub end: Option<(bool, u32)>,
}

impl View {
    /// Joins lines. Order of lines does not matter; a completion without an invocation is dropped, an invocation
    /// without a completion is an op of unknown outcome.
    pub fn of(lines: impl IntoIterator<Item = Line>) -> Self {
        let mut view = Self::default();
        let mut open: BTreeMap<u64, Op> = BTreeMap::new();
        let mut done = Vec::new();
        for line in lines {
            match line {
                Line::Begin(b) => view.begin = Some(Arc::new(*b)),
                Line::Invoke(i) => {
                    open.insert(
                        i.op,
                        Op {
                            index: i.op,
                            instance: i.instance,
                            action: i.action,
                            start: i.at,
                            end: None,
                            outcome: Outcome::Unknown("no answer was recorded".into()),
                            seen: Seen::default(),
                        },
                    );
                }
                Line::Complete(c) => done.push(*c),
                Line::Obligation(o) => view.obligations.push(*o),
                Line::Unmet { instance, because } => {
                    view.unmet.insert(instance, because);
                }
                Line::Ran { scenario, place, halted } => {
                    view.ran.push((scenario, place, halted));
                }
                Line::End { interrupted, unrestored } => view.end = Some((interrupted, unrestored)),
            }
        }
        for c in done {
            if let Some(op) = open.get_mut(&c.op) {
                op.end = Some(c.at);
                op.outcome = c.outcome;
                op.seen = c.seen;
            }
        }
        view.ops = open.into_values().collect();
        for t in view.ops.iter().flat_map(|o| &o.seen.tokens) {
            view.tokens.insert(t.id.clone(), t.clone());
        }
        view
    }

    /// The part of one scenario instance, up to an op index: what an obligation is judged over.
    #[must_use]
    pub fn of_instance(&self, instance: &str, upto: u64) -> Self {
        self.part(self.ops.iter().filter(|o| o.instance == instance), upto)
    }

    /// The same view, to take many parts of.
    #[must_use]
    pub fn parts(&self) -> Parts<'_> {
        let mut ops: HashMap<&str, Vec<&Op>> = HashMap::new();
        for op in &self.ops {
            ops.entry(&op.instance).or_default().push(op);
        }
        Parts { whole: self, ops }
    }

    fn part<'a>(&'a self, ops: impl Iterator<Item = &'a Op>, upto: u64) -> Self {
        let mut part = Self { begin: self.begin.clone(), end: self.end, ..Self::default() };
        part.ops = ops.filter(|o| o.index <= upto).cloned().collect();
        for t in part.ops.iter().flat_map(|o| &o.seen.tokens) {
            part.tokens.insert(t.id.clone(), t.clone());
        }
        part
    }

    /// The declared facts, where the first line is there.
    #[must_use]
    pub fn facts(&self) -> Option<&Facts> {
        self.begin.as_ref().map(|b| &b.facts)
    }
}

/// A view whose scenario instances are looked up, not searched for: a run may have thousands.
#[derive(Debug, Clone)]
pub struct Parts<'a> {
    whole: &'a View,
    ops: HashMap<&'a str, Vec<&'a Op>>,
}

impl<'a> Parts<'a> {
    /// The ops of an instance, in order of their index.
    #[must_use]
    pub fn ops(&self, instance: &str) -> &[&'a Op] {
        self.ops.get(instance).map(Vec::as_slice).unwrap_or_default()
    }

    /// What [`View::of_instance`] of the whole gives.
    #[must_use]
    pub fn of_instance(&self, instance: &str, upto: u64) -> View {
        self.whole.part(self.ops(instance).iter().copied(), upto)
    }
}
