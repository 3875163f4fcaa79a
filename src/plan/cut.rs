//! Cutting a selection into shards, always in the same way: neither the seed nor the order of a command line plays a part.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::{PlanRecord, Planned};
use crate::model::{Cut, Place, Shard, hex};

impl Planned {
    /// True where a run that is this shard (or no shard) is to run it.
    #[must_use]
    pub fn is_of(&self, shard: Option<&Shard>) -> bool {
        self.selected && shard.is_none_or(|shard| self.shard == Some(shard.number))
    }
}

/// Deals the selected scenarios out to shards, one after the other in the order of where they stand, and says which shard
/// this is.
pub fn cut(planned: &mut [Planned], cut: Cut) -> Shard {
    for (index, shard) in dealt(planned, cut.of) {
        if let Some(scenario) = planned.get_mut(index) {
            scenario.shard = shard;
        }
    }
    Shard { number: cut.number, of: cut.of, selection: selection(planned) }
}

/// The places of the scenarios that a shard is to run.
#[must_use]
pub fn places(planned: &[Planned], shard: &Shard) -> BTreeSet<Place> {
    planned.iter().filter(|p| p.is_of(Some(shard))).map(|p| p.place.clone()).collect()
}

impl PlanRecord {
    /// What is wrong with its shard, where it is the plan of one: each scenario falls to the shard that it is dealt to, and the
    /// digest is that of the whole selection.
    #[must_use]
    pub fn miscut(&self) -> Option<&'static str> {
        let (shard, planned) = (self.shard.as_ref()?, &self.scenarios);
        if !shard.holds() {
            return Some("it says that it is a shard that there can't be");
        }
        let as_dealt = dealt(planned, shard.of);
        if as_dealt.iter().any(|(index, is)| planned.get(*index).is_none_or(|p| p.shard != *is)) {
            return Some("its scenarios are not dealt out to shards as recant does it");
        }
        (selection(planned) != shard.selection)
            .then_some("the digest of its whole selection is not that of its scenarios")
    }
}

/// To which shard each scenario falls, by its index.
fn dealt(planned: &[Planned], of: u32) -> Vec<(usize, Option<u32>)> {
    let mut turn = 0;
    let deal = |index: usize| {
        let selected = planned.get(index).is_some_and(|p| p.selected);
        let shard = selected.then(|| turn % of.max(1) + 1);
        turn += u32::from(selected);
        (index, shard)
    };
    in_place(planned).into_iter().map(deal).collect()
}

/// Indices in the order of where scenarios stand.
fn in_place(planned: &[Planned]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..planned.len()).collect();
    order.sort_by_key(|index| planned.get(*index).map(|p| (&p.place, &p.scenario)));
    order
}

/// SHA-256 (hex) over all scenarios in the order of where they stand.
fn selection(planned: &[Planned]) -> String {
    let mut hash = Sha256::new();
    for p in in_place(planned).into_iter().filter_map(|index| planned.get(index)) {
        let Place { file, line, column } = &p.place;
        let shard = p.shard.unwrap_or_default();
        for text in [&p.scenario, file] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        hash.update(format!("{line}:{column} {} {shard} {}\n", p.selected, p.obligations));
    }
    hex(&hash.finalize())
}
