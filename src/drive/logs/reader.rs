//! Reads new records of a log, bounded, for the subjects of one scenario instance.

use std::collections::{BTreeSet, HashMap};
use std::io::SeekFrom;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::{LogKind, LogPlace};
use crate::drive::{HttpClient, Values, Vault};
use crate::model::Outcome;
use crate::plan::Declared;

/// A line of a log file is skipped where it is longer.
const MOST_LINE: usize = 1 << 20;

/// One reading takes no more than this from a file; what is left waits for the next one.
const MOST_FILE: usize = 64 << 20;

/// More records are not kept of one reading.
const MOST_RECORDS: usize = 10_000;

/// A log of a target.
pub struct LogReader<K> {
    pub(super) log: K,
    pub(super) place: LogPlace,
    pub(super) http: HttpClient,
    pub(super) vault: Arc<Vault>,
    folder: PathBuf,
}

/// How far somebody has read. Each scenario instance has its own, so that none takes another's records.
#[derive(Debug, Clone, Default)]
pub struct Cursor {
    offset: u64,
    pub(super) counted: HashMap<u64, u32>,
}

/// A subject whose records are wanted.
#[derive(Debug, Clone, Default)]
pub struct LogSubject {
    /// The name that the target knows it by.
    pub name: String,
    /// Other identifiers: its `sub`, its id.
    pub ids: Vec<String>,
    /// `jti` of its tokens, for records that name a token but no subject.
    pub tokens: Vec<String>,
    /// Identifiers that its requests to services carried.
    pub requests: BTreeSet<String>,
    /// Values for templates of the log's URL.
    pub values: Values,
}

impl LogSubject {
    /// True where one of these is what the target knows it by.
    pub(super) fn is_named(&self, named: &[String]) -> bool {
        named.contains(&self.name) || self.ids.iter().any(|id| named.contains(id))
    }
}

/// What was read.
#[derive(Debug, Clone)]
pub struct LogRead<S> {
    /// Accepted where the log could be read, whether or not there was anything new.
    pub outcome: Outcome,
    /// HTTP status, where the log is an endpoint.
    pub status: Option<u16>,
    /// New records of the wanted subjects, in order.
    pub records: Vec<S>,
    /// Names of credentials that stand in what was read, whoever's record it is.
    pub leaked: Vec<String>,
    /// Lines and records that are no JSON objects.
    pub bad: u64,
    /// What was left out, if anything, for people.
    pub notes: Vec<String>,
}

impl<K: LogKind> LogReader<K> {
    /// A log of a target file.
    #[must_use]
    pub fn of(log: K, declared: &Declared, vault: Arc<Vault>, http: HttpClient) -> Self {
        let place = log.place();
        Self { log, place, folder: declared.folder.clone(), http, vault }
    }

    /// A cursor at the present end of a log file. (An endpoint has no end: see `pass_over`.)
    pub async fn begin(&self, values: &Values) -> Cursor {
        let mut cursor = Cursor::default();
        if let Some(Ok(path)) = self.path(values) {
            cursor.offset = tokio::fs::metadata(path).await.map_or(0, |m| m.len());
        }
        cursor
    }

    /// Reads past records that are there already, whomever they are about: for subjects that existed before the scenario,
    /// of which the log may use names that nobody knows yet.
    pub async fn pass_over(&self, cursor: &mut Cursor, subjects: &[LogSubject], values: &Values) {
        if self.place.url.is_some() {
            self.reading(cursor, subjects, values, true).await;
        }
    }

    /// Reads what is new since the cursor was last used.
    pub async fn read(
        &self,
        cursor: &mut Cursor,
        subjects: &[LogSubject],
        values: &Values,
    ) -> LogRead<K::Seen> {
        self.reading(cursor, subjects, values, false).await
    }

    async fn reading(
        &self,
        cursor: &mut Cursor,
        subjects: &[LogSubject],
        values: &Values,
        everybody: bool,
    ) -> LogRead<K::Seen> {
        let leaked = BTreeSet::new();
        let mut reading =
            Reading { of: self, subjects, everybody, leaked, read: nothing(), left_out: 0 };
        let result = match (self.path(values), &self.place.url) {
            (Some(Ok(path)), _) => reading.file(cursor, &path).await,
            (Some(Err(why)), _) => Err(Outcome::Failed(why)),
            (None, Some(url)) => reading.endpoint(cursor, url, values).await,
            (None, None) => Err(Outcome::Failed(format!("the {} is nowhere", K::NAME))),
        };
        let result = result.and(reading.whole());
        let mut read = reading.read;
        read.leaked = reading.leaked.into_iter().collect();
        if let Err(outcome) = result {
            // The cursor has not moved, so that what was read before the error comes again.
            if self.place.file.is_none() {
                read.records.clear();
            }
            read.outcome = outcome;
        }
        read
    }

    fn path(&self, values: &Values) -> Option<Result<PathBuf, String>> {
        let file = self.place.file.as_ref()?;
        Some(values.text(file).map(|f| self.folder.join(f)))
    }
}

pub(super) struct Reading<'a, K: LogKind> {
    pub(super) of: &'a LogReader<K>,
    pub(super) subjects: &'a [LogSubject],
    /// Records about others count too (and are not kept).
    pub(super) everybody: bool,
    pub(super) leaked: BTreeSet<String>,
    pub(super) read: LogRead<K::Seen>,
    /// Records that were not kept.
    left_out: u64,
}

impl<K: LogKind> Reading<'_, K> {
    async fn file(&mut self, cursor: &mut Cursor, path: &std::path::Path) -> Result<(), Outcome> {
        let unreadable = |e: std::io::Error| {
            Outcome::Failed(format!("the {} {} can't be read: {e}", K::NAME, path.display()))
        };
        let there = tokio::fs::metadata(path).await.map_err(unreadable)?;
        // A pipe would keep us waiting, and has no place to come back to.
        if !there.is_file() {
            return Err(Outcome::Failed(format!("the {} {} is no file", K::NAME, path.display())));
        }
        let mut file = tokio::fs::File::open(path).await.map_err(unreadable)?;
        // A shorter file is a new one.
        if there.len() < cursor.offset {
            cursor.offset = 0;
        }
        file.seek(SeekFrom::Start(cursor.offset)).await.map_err(unreadable)?;
        let (mut pending, mut skipping, mut taken) = (Vec::new(), false, 0);
        let mut chunk = vec![0; 256 << 10];
        loop {
            let n = file.read(&mut chunk).await.map_err(unreadable)?;
            if n == 0 {
                return Ok(());
            }
            for line in chunk[..n].split_inclusive(|b| *b == b'\n') {
                pending.extend_from_slice(line);
                if line.ends_with(b"\n") {
                    cursor.offset += pending.len() as u64;
                    if std::mem::take(&mut skipping) {
                        self.read.bad += 1;
                    } else {
                        self.line(&pending);
                    }
                    pending.clear();
                } else if pending.len() > MOST_LINE {
                    cursor.offset += pending.len() as u64;
                    pending.clear();
                    skipping = true;
                }
            }
            taken += n;
            if taken > MOST_FILE {
                self.note(format!(
                    "more than {MOST_FILE} bytes were new; the rest is left for later"
                ));
                return Ok(());
            }
        }
    }

    fn line(&mut self, line: &[u8]) {
        if line.trim_ascii().is_empty() {
            return;
        }
        self.leaked.extend(self.of.vault.found_in(&String::from_utf8_lossy(line)));
        match serde_json::from_slice(line) {
            Ok(record @ Value::Object(_)) => self.record(&record),
            _ => self.read.bad += 1,
        }
    }

    pub(super) fn record(&mut self, value: &Value) {
        if !value.is_object() {
            self.read.bad += 1;
        } else if self.of.log.is_about(value, self.subjects) {
            if self.read.records.len() < MOST_RECORDS {
                self.read.records.push(self.of.log.seen(value, &self.of.vault));
            } else {
                self.left_out += 1;
            }
        }
    }

    /// Whether all that was wanted was kept: what was left out may be what is looked for.
    fn whole(&self) -> Result<(), Outcome> {
        if self.left_out == 0 {
            return Ok(());
        }
        let name = K::NAME;
        Err(Outcome::Unknown(format!(
            "the {name} has more than {MOST_RECORDS} new records about these subjects"
        )))
    }

    fn note(&mut self, note: String) {
        if !self.read.notes.contains(&note) {
            self.read.notes.push(note);
        }
    }
}

fn nothing<S>() -> LogRead<S> {
    LogRead {
        outcome: Outcome::Accepted,
        status: None,
        records: Vec::new(),
        leaked: Vec::new(),
        bad: 0,
        notes: Vec::new(),
    }
}
