//! What happened, as reports look it up: one history, or that of each shard of a merged run.

use crate::history::View;

/// The histories that a report is made from.
#[derive(Debug, Clone)]
pub struct Views<'a> {
    all: Vec<(Option<u32>, &'a View)>,
}

impl<'a> Views<'a> {
    /// Those of shards, each with its number.
    #[must_use]
    pub fn of_shards(shards: impl IntoIterator<Item = (u32, &'a View)>) -> Self {
        Self { all: shards.into_iter().map(|(shard, view)| (Some(shard), view)).collect() }
    }

    /// All of them, each with the number of its shard where it is that of one.
    pub fn each(&self) -> impl Iterator<Item = (Option<u32>, &'a View)> + '_ {
        self.all.iter().copied()
    }
}

impl<'a> From<&'a View> for Views<'a> {
    fn from(view: &'a View) -> Self {
        Self { all: vec![(None, view)] }
    }
}
