//! The recorder: every op goes to disk here, chained by hash, before anybody judges it.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use sha2::{Digest, Sha256};

use super::Halt;
use crate::history::{Action, Begin, Completion, Invocation, Line, Obligation, Sealing, Seen};
use crate::model::{Moment, Outcome, Place, hex};

/// Writes a history and keeps the lines of scenario instances that are still being judged.
pub struct Recorder {
    inner: Mutex<Inner>,
}

struct Inner {
    file: std::fs::File,
    prev: String,
    seq: u64,
    next_op: u64,
    next_token: u64,
    open: HashMap<String, Vec<Line>>,
    instance_of: HashMap<u64, String>,
    lines_of: HashMap<String, u64>,
    unmet: HashMap<String, String>,
    failed: Option<String>,
}

impl Recorder {
    /// Creates `history.jsonl` with its first line.
    ///
    /// # Errors
    /// Where the file can't be created or written.
    pub fn create(path: &Path, begin: Begin) -> std::io::Result<Self> {
        let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path)?;
        let mut inner = Inner {
            file,
            prev: "0".repeat(64),
            seq: 0,
            next_op: 0,
            next_token: 0,
            open: HashMap::new(),
            instance_of: HashMap::new(),
            lines_of: HashMap::new(),
            unmet: HashMap::new(),
            failed: None,
        };
        inner.write(&Line::Begin(Box::new(begin)))?;
        Ok(Self { inner: Mutex::new(inner) })
    }

    /// Records that something is about to be sent; returns the op's index.
    ///
    /// # Errors
    /// `Halt::Broken` where the record can't be written: nothing may then be sent.
    pub fn invoke(&self, instance: &str, at: Moment, action: Action) -> Result<u64, Halt> {
        let mut inner = self.lock();
        let op = inner.next_op;
        inner.next_op += 1;
        inner.instance_of.insert(op, instance.to_owned());
        inner.keep(
            instance,
            Line::Invoke(Invocation { op, instance: instance.to_owned(), at, action }),
        )?;
        *inner.lines_of.entry(instance.to_owned()).or_default() += 1;
        Ok(op)
    }

    /// Records what an op came to.
    ///
    /// # Errors
    /// `Halt::Broken` where the record can't be written.
    pub fn complete(&self, op: u64, at: Moment, outcome: Outcome, seen: Seen) -> Result<(), Halt> {
        let mut inner = self.lock();
        let instance = inner.instance_of.remove(&op).unwrap_or_default();
        inner.keep(&instance, Line::Complete(Box::new(Completion { op, at, outcome, seen })))?;
        *inner.lines_of.entry(instance).or_default() += 1;
        Ok(())
    }

    /// Records an obligation, with the evidence limited to the ops so far: `upto`, `lines` and `unmet` are filled in.
    ///
    /// # Errors
    /// `Halt::Broken` where the record can't be written.
    pub fn obligation(&self, mut obligation: Obligation) -> Result<Obligation, Halt> {
        let mut inner = self.lock();
        obligation.upto = inner.next_op.saturating_sub(1);
        obligation.lines = inner.lines_of.get(&obligation.instance).copied().unwrap_or_default();
        obligation.unmet = inner.unmet.get(&obligation.instance).cloned();
        inner.write(&Line::Obligation(Box::new(obligation.clone()))).map_err(broken)?;
        Ok(obligation)
    }

    /// Records that a scenario instance could not be carried out.
    ///
    /// # Errors
    /// `Halt::Broken` where the record can't be written.
    pub fn unmet(&self, instance: &str, because: &str) -> Result<(), Halt> {
        let line = Line::Unmet { instance: instance.to_owned(), because: because.to_owned() };
        let mut inner = self.lock();
        inner.keep(instance, line)?;
        inner.unmet.insert(instance.to_owned(), because.to_owned());
        Ok(())
    }

    /// Records that a scenario of a feature came to its end.
    ///
    /// # Errors
    /// `Halt::Broken` where the record can't be written.
    pub fn ran(&self, scenario: &str, place: Place, halted: Option<String>) -> Result<(), Halt> {
        let line = Line::Ran { scenario: scenario.to_owned(), place, halted };
        self.lock().write(&line).map_err(broken)
    }

    /// Writes the last line and makes sure that all is on disk.
    ///
    /// # Errors
    /// `Halt::Broken` where the record can't be written.
    pub fn end(&self, interrupted: bool, unrestored: u32) -> Result<(), Halt> {
        let mut inner = self.lock();
        inner.write(&Line::End { interrupted, unrestored }).map_err(broken)?;
        inner.file.sync_all().map_err(broken)
    }

    /// The lines of a scenario instance so far.
    #[must_use]
    pub fn lines_of(&self, instance: &str) -> Vec<Line> {
        self.lock().open.get(instance).cloned().unwrap_or_default()
    }

    /// Lets go of the lines of an instance that nobody will judge again in this run. They stay on disk.
    pub fn forget(&self, instance: &str) {
        let mut inner = self.lock();
        inner.open.remove(instance);
        inner.lines_of.remove(instance);
        inner.unmet.remove(instance);
    }

    /// A fresh name for a token: `t1`, `t2`, ...
    pub fn token_name(&self) -> String {
        let mut inner = self.lock();
        inner.next_token += 1;
        format!("t{}", inner.next_token)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Inner {
    fn keep(&mut self, instance: &str, line: Line) -> Result<(), Halt> {
        self.write(&line).map_err(broken)?;
        self.open.entry(instance.to_owned()).or_default().push(line);
        Ok(())
    }

    fn write(&mut self, line: &Line) -> std::io::Result<()> {
        if let Some(why) = &self.failed {
            return Err(std::io::Error::other(why.clone()));
        }
        let sealed = Sealing { seq: self.seq, prev: &self.prev, line };
        let mut bytes = serde_json::to_vec(&sealed)?;
        self.prev = hex(&Sha256::digest(&bytes));
        bytes.push(b'\n');
        // After a torn write the chain can't be continued honestly, so the recorder refuses from then on.
        if let Err(e) = self.file.write_all(&bytes) {
            self.failed = Some(e.to_string());
            return Err(e);
        }
        self.seq += 1;
        Ok(())
    }
}

fn broken(e: impl std::fmt::Display) -> Halt {
    Halt::Broken(format!("the history can't be written: {e}"))
}
