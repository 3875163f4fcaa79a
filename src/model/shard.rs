//! A shard: one of several runs that together are the run of one plan.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// More shards than a run is worth cutting into.
pub const MOST_SHARDS: u32 = 1000;

/// Which part of a run: `2/4` is the second of four.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Which, from 1.
    pub number: u32,
    /// Of how many.
    pub of: u32,
}

/// The part that a run was of the run of one plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shard {
    /// Which, from 1.
    pub number: u32,
    /// Of how many.
    pub of: u32,
    /// SHA-256 (hex) over all scenarios that were discovered, each with whether it is selected and which shard runs it: the
    /// same in all shards of one plan.
    pub selection: String,
}

/// A shard that is part of a merged run: `shards/<number>` of the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MergedShard {
    /// Which, from 1.
    pub number: u32,
    /// Name of its run.
    pub run: String,
    /// SHA-256 (hex) of the last line of its history.
    pub history_head: String,
    /// SHA-256 (hex) of its `manifest.json`, which fixes every file of it.
    pub manifest: String,
}

impl std::str::FromStr for Cut {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let whole = |part: &str| part.parse::<u32>().ok().filter(|_| !part.starts_with('+'));
        let parts = text.split_once('/').and_then(|(k, n)| Some((whole(k)?, whole(n)?)));
        let Some((number, of)) = parts else {
            return Err("a shard is told as K/N, such as 2/4: the second of four".into());
        };
        if of == 0 || of > MOST_SHARDS {
            return Err(format!("a run is cut into 1 to {MOST_SHARDS} shards, not into {of}"));
        }
        if number == 0 || number > of {
            return Err(format!(
                "of {of} shards there is none with the number {number}: they are 1 to {of}"
            ));
        }
        Ok(Self { number, of })
    }
}

impl Shard {
    /// `2 of 4`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} of {}", self.number, self.of)
    }

    /// True where it is one of its plan's shards, and tells them as a digest does.
    #[must_use]
    pub fn holds(&self) -> bool {
        let digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        (1..=MOST_SHARDS).contains(&self.of)
            && (1..=self.of).contains(&self.number)
            && self.selection.len() == 64
            && self.selection.bytes().all(digit)
    }
}
