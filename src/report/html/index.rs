//! What the page looks up again and again: ops by index and by scenario, obligations by finding, decisions by token.

use std::collections::BTreeMap;

use super::said;
use crate::history::{Action, Begin, DecisionSeen, Obligation, Op, Parts, View};
use crate::judge::Finding;
use crate::model::{Facts, Moment, Place, TokenSeen};
use crate::report::Views;

type Asked<'a> = (&'a str, &'a str, &'a Place, &'a str);

/// The records that a page is about, looked up: one, or that of each shard.
#[derive(Debug)]
pub struct Indices<'a>(BTreeMap<Option<u32>, Index<'a>>);

/// A record, looked up.
#[derive(Debug)]
pub struct Index<'a> {
    view: &'a View,
    /// The run's name.
    pub run: &'a str,
    started: Option<jiff::Timestamp>,
    ops: BTreeMap<u64, &'a Op>,
    parts: Parts<'a>,
    obligations: BTreeMap<Asked<'a>, &'a Obligation>,
    decisions: BTreeMap<&'a str, Cited<'a>>,
}

/// A record of the decision log, with the op that read it.
#[derive(Debug, Clone, Copy)]
pub struct Cited<'a> {
    /// The record.
    pub record: &'a DecisionSeen,
    /// The op.
    pub op: u64,
}

impl<'a> Indices<'a> {
    /// Reads each record once.
    #[must_use]
    pub fn of(views: &Views<'a>) -> Self {
        Self(views.each().map(|(shard, view)| (shard, Index::of(view))).collect())
    }

    /// The record of a shard.
    #[must_use]
    pub fn at(&self, shard: Option<u32>) -> Option<&Index<'a>> {
        self.0.get(&shard)
    }

    /// The record that a finding was judged over.
    #[must_use]
    pub fn behind(&self, finding: &Finding) -> Option<&Index<'a>> {
        self.at(finding.shard)
    }

    /// By how much the target's clock was moved, milliseconds; of shards, each with a system of its own, the most.
    #[must_use]
    pub fn moved_ms(&self) -> u64 {
        let moved = |index: &Index| {
            let jumps = index.view.ops.iter().filter_map(|op| match op.action {
                Action::AdvanceClock { ms } if op.outcome.is_allow() => Some(ms),
                _ => None,
            });
            jumps.fold(0, u64::saturating_add)
        };
        self.0.values().map(moved).max().unwrap_or_default()
    }

    /// The declared facts: all shards of a run have the same.
    #[must_use]
    pub fn facts(&self) -> Option<&'a Facts> {
        self.0.values().find_map(|index| index.view.facts())
    }
}

impl<'a> Index<'a> {
    /// Reads the record once.
    #[must_use]
    pub fn of(view: &'a View) -> Self {
        let mut index = Self {
            view,
            run: view.begin.as_ref().map_or("", |b| b.run.as_str()),
            started: view.begin.as_deref().and_then(by_its_clock),
            ops: BTreeMap::new(),
            parts: view.parts(),
            obligations: BTreeMap::new(),
            decisions: BTreeMap::new(),
        };
        for op in &view.ops {
            index.ops.insert(op.index, op);
            for record in &op.seen.decisions {
                if let Some(token) = &record.token {
                    index.decisions.entry(token).or_insert(Cited { record, op: op.index });
                }
            }
        }
        for o in &view.obligations {
            let key = (&*o.requirement, &*o.instance, &o.place, &*o.text);
            let kept = index.obligations.entry(key).or_insert(o);
            if o.upto > kept.upto {
                *kept = o;
            }
        }
        index
    }

    /// An op.
    #[must_use]
    pub fn op(&self, index: u64) -> Option<&'a Op> {
        self.ops.get(&index).copied()
    }

    /// The ops of a scenario, in order.
    #[must_use]
    pub fn of_instance(&self, instance: &str) -> &[&'a Op] {
        self.parts.ops(instance)
    }

    /// The obligation that a finding answers.
    #[must_use]
    pub fn obligation(&self, finding: &Finding) -> Option<&'a Obligation> {
        let key = (&*finding.requirement, &*finding.scenario, &finding.place, &*finding.obligation);
        self.obligations.get(&key).copied()
    }

    /// The last op that a finding's obligation was judged over.
    #[must_use]
    pub fn obligation_upto(&self, finding: &Finding) -> u64 {
        self.obligation(finding).map_or(u64::MAX, |o| o.upto)
    }

    /// What an obligation was judged over.
    #[must_use]
    pub fn part(&self, obligation: &Obligation) -> View {
        self.parts.of_instance(&obligation.instance, obligation.upto)
    }

    /// A token as it was first seen.
    #[must_use]
    pub fn token(&self, id: &str) -> Option<&'a TokenSeen> {
        self.view.tokens.get(id)
    }

    /// The decision that gave a token, where the log names the token by its `jti`.
    #[must_use]
    pub fn decision(&self, token: &TokenSeen) -> Option<Cited<'a>> {
        let jti = token.jti()?;
        self.decisions.get(jti).copied()
    }

    /// Wall time of a moment, as the target lives it: `12:31:22.673`.
    #[must_use]
    pub fn clock(&self, at: Moment) -> String {
        let span = std::time::Duration::from_nanos(at.0);
        let time = self.started.and_then(|start| start.checked_add(span).ok());
        time.map_or_else(
            || format!("{:.3} s", at.seconds()),
            |time| time.strftime("%H:%M:%S%.3f").to_string(),
        )
    }

    /// A subject's short name.
    #[must_use]
    pub fn who(&self, subject: &str) -> String {
        said::short(subject, self.run)
    }
}

/// Moment zero by the target's clock.
fn by_its_clock(begin: &Begin) -> Option<jiff::Timestamp> {
    let started: jiff::Timestamp = begin.started.parse().ok()?;
    let ahead = jiff::SignedDuration::from_millis(begin.ahead.unwrap_or_default());
    started.checked_add(ahead).ok()
}
