//! What a check notices at one service, gathered into one ruling: the worst remark decides, and speaks.

use super::asked::outcome_words;
use crate::judge::{Changed, Ruling};
use crate::model::Verdict;

/// Sentences that a ruling quotes; what is left out is counted.
const QUOTED: usize = 3;

/// What was noticed, at a service or about the whole.
#[derive(Debug, Default)]
pub struct Remarks {
    service: Option<String>,
    said: Vec<Remark>,
    notes: Vec<String>,
    residual: Option<u64>,
}

#[derive(Debug)]
struct Remark {
    verdict: Verdict,
    words: String,
    ops: Vec<u64>,
}

impl Remarks {
    /// Remarks about no single service.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Remarks about a service.
    #[must_use]
    pub fn at(service: &str) -> Self {
        Self { service: Some(service.to_owned()), ..Self::default() }
    }

    /// Something that does not conform.
    pub fn fail(&mut self, words: impl Into<String>, ops: impl IntoIterator<Item = u64>) {
        self.say(Verdict::Fail, words.into(), ops);
    }

    /// Something that can't be told.
    pub fn open(&mut self, words: impl Into<String>, ops: impl IntoIterator<Item = u64>) {
        self.say(Verdict::Inconclusive, words.into(), ops);
    }

    /// A change that was not made for certain, so that nothing can be told of it.
    pub fn not_made(&mut self, change: &Changed) {
        let outcome = outcome_words(&change.op.outcome);
        self.open(format!("the change \"{}\" was {outcome}", change.name), [change.op.index]);
    }

    /// Something that conforms.
    pub fn fine(&mut self, words: impl Into<String>, ops: impl IntoIterator<Item = u64>) {
        self.say(Verdict::Pass, words.into(), ops);
    }

    /// Something that lives on, but ends by itself after so many seconds.
    pub fn bounded(
        &mut self,
        seconds: u64,
        words: impl Into<String>,
        ops: impl IntoIterator<Item = u64>,
    ) {
        self.residual = self.residual.max(Some(seconds));
        self.say(Verdict::Bounded, words.into(), ops);
    }

    /// Something that a reader should know and that decides nothing.
    pub fn note(&mut self, words: impl Into<String>) {
        let words = words.into();
        if !self.notes.contains(&words) {
            self.notes.push(words);
        }
    }

    /// True where nothing was said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.said.is_empty()
    }

    /// True where something was said with this verdict.
    #[must_use]
    pub fn has(&self, verdict: Verdict) -> bool {
        self.said.iter().any(|r| r.verdict == verdict)
    }

    /// The ruling of the worst remarks; `None` where nothing was said.
    #[must_use]
    pub fn ruling(self) -> Option<Ruling> {
        let verdict = self.said.iter().map(|r| r.verdict).max()?;
        let worst: Vec<Remark> = self.said.into_iter().filter(|r| r.verdict == verdict).collect();
        let mut words: Vec<String> = Vec::new();
        for remark in &worst {
            if !words.contains(&remark.words) {
                words.push(remark.words.clone());
            }
        }
        let more = words.len().saturating_sub(QUOTED);
        words.truncate(QUOTED);
        if more > 0 {
            words.push(format!("and {more} more like this"));
        }
        words.extend(self.notes);
        let mut ruling =
            Ruling::new(verdict, words.join("; ")).proved_by(worst.into_iter().flat_map(|r| r.ops));
        ruling.service = self.service;
        ruling.residual_seconds = self.residual.filter(|_| verdict == Verdict::Bounded);
        Some(ruling)
    }

    fn say(&mut self, verdict: Verdict, words: String, ops: impl IntoIterator<Item = u64>) {
        self.said.push(Remark { verdict, words, ops: ops.into_iter().collect() });
    }
}
