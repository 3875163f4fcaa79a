//! Reads new records of the decision log, bounded, for the subjects of one scenario instance.

use std::collections::{BTreeSet, HashMap};
use std::io::SeekFrom;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::{record, records};
use crate::drive::template::names_in;
use crate::drive::{Answer, HttpClient, Request, Values, Vault, excerpt};
use crate::history::DecisionSeen;
use crate::model::Outcome;
use crate::plan::{DecisionLog, Declared};

/// A line of a log file is skipped where it is longer.
const MOST_LINE: usize = 1 << 20;

/// One reading takes no more than this from a file; what is left waits for the next one.
const MOST_FILE: usize = 64 << 20;

/// One answer of a log endpoint is no larger.
const MOST_ANSWER: usize = 8 << 20;

/// More records are not kept of one reading.
const MOST_RECORDS: usize = 10_000;

/// The decision log of a target.
pub struct Decisions {
    log: DecisionLog,
    folder: PathBuf,
    http: HttpClient,
    vault: Arc<Vault>,
}

/// How far somebody has read. Each scenario instance has its own, so that none takes another's records.
#[derive(Debug, Clone, Default)]
pub struct Cursor {
    offset: u64,
    counted: HashMap<u64, u32>,
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
    /// Values for templates of the log's URL.
    pub values: Values,
}

/// What was read.
#[derive(Debug, Clone)]
pub struct DecisionsRead {
    /// Accepted where the log could be read, whether or not there was anything new.
    pub outcome: Outcome,
    /// HTTP status, where the log is an endpoint.
    pub status: Option<u16>,
    /// New records of the wanted subjects, in order.
    pub decisions: Vec<DecisionSeen>,
    /// Names of credentials that stand verbatim in what was read, whoever's record it is.
    pub leaked: Vec<String>,
    /// Lines and records that are no JSON objects.
    pub bad: u64,
    /// What was left out, if anything, for people.
    pub notes: Vec<String>,
}

impl Decisions {
    /// The decision log of a target; `None` where it declares none.
    #[must_use]
    pub fn of(declared: &Declared, vault: Arc<Vault>, http: HttpClient) -> Option<Self> {
        let log = declared.target.decision_log.clone()?;
        Some(Self { log, folder: declared.folder.clone(), http, vault })
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
        if self.log.url.is_some() {
            self.reading(cursor, subjects, values, true).await;
        }
    }

    /// Reads what is new since the cursor was last used.
    pub async fn read(
        &self,
        cursor: &mut Cursor,
        subjects: &[LogSubject],
        values: &Values,
    ) -> DecisionsRead {
        self.reading(cursor, subjects, values, false).await
    }

    async fn reading(
        &self,
        cursor: &mut Cursor,
        subjects: &[LogSubject],
        values: &Values,
        everybody: bool,
    ) -> DecisionsRead {
        let leaked = BTreeSet::new();
        let mut reading = Reading { of: self, subjects, everybody, leaked, read: nothing() };
        let result = match (self.path(values), &self.log.url) {
            (Some(Ok(path)), _) => reading.file(cursor, &path).await,
            (Some(Err(why)), _) => Err(Outcome::Failed(why)),
            (None, Some(url)) => reading.endpoint(cursor, url, values).await,
            (None, None) => Err(Outcome::Failed("the decision log has no `file` or `url`".into())),
        };
        let mut read = reading.read;
        read.leaked = reading.leaked.into_iter().collect();
        if let Err(outcome) = result {
            // The cursor has not moved, so that what was read before the error comes again.
            if self.log.file.is_none() {
                read.decisions.clear();
            }
            read.outcome = outcome;
        }
        read
    }

    fn path(&self, values: &Values) -> Option<Result<PathBuf, String>> {
        let file = self.log.file.as_ref()?;
        Some(values.text(file).map(|f| self.folder.join(f)))
    }
}

struct Reading<'a> {
    of: &'a Decisions,
    subjects: &'a [LogSubject],
    /// Records about others count too (and are not kept).
    everybody: bool,
    leaked: BTreeSet<String>,
    read: DecisionsRead,
}

impl Reading<'_> {
    async fn file(&mut self, cursor: &mut Cursor, path: &std::path::Path) -> Result<(), Outcome> {
        let unreadable = |e: std::io::Error| {
            Outcome::Failed(format!("the decision log {} can't be read: {e}", path.display()))
        };
        let there = tokio::fs::metadata(path).await.map_err(unreadable)?;
        // A pipe would keep us waiting, and has no place to come back to.
        if !there.is_file() {
            return Err(Outcome::Failed(format!("the decision log {} is no file", path.display())));
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

    async fn endpoint(
        &mut self,
        cursor: &mut Cursor,
        template: &str,
        values: &Values,
    ) -> Result<(), Outcome> {
        let names = names_in(template).map_err(Outcome::Failed)?;
        let each = names.iter().any(|n| *n == "subject" || n.starts_with("subject."));
        let own: Vec<&Values> = self.subjects.iter().map(|s| &s.values).collect();
        // What an answer holds for one subject is new only once, whichever request it came with.
        let mut now: HashMap<u64, u32> = HashMap::new();
        for values in if each { own } else { vec![values] } {
            let answer = self.ask(template, values).await?;
            self.read.status = Some(answer.status);
            self.leaked.extend(self.of.vault.found_in(&String::from_utf8_lossy(&answer.body)));
            let mut here: HashMap<u64, u32> = HashMap::new();
            records::each(&answer.body, self.of.log.items.as_deref(), &mut |record| {
                let Some(record) = record.filter(Value::is_object) else {
                    self.read.bad += 1;
                    return;
                };
                let ours = record::is_about(&record, &self.of.log.fields, self.subjects);
                if !ours && !self.everybody {
                    return;
                }
                let digest = digest(&record);
                let count = here.entry(digest).or_default();
                *count += 1;
                let known = cursor.counted.get(&digest).max(now.get(&digest)).copied().unwrap_or(0);
                if *count > known {
                    self.record(&record);
                }
            })
            .map_err(Outcome::Unknown)?;
            for (digest, count) in here {
                let most = now.entry(digest).or_default();
                *most = count.max(*most);
            }
        }
        for (digest, count) in now {
            let most = cursor.counted.entry(digest).or_default();
            *most = count.max(*most);
        }
        Ok(())
    }

    async fn ask(&self, template: &str, values: &Values) -> Result<Answer, Outcome> {
        let url = values.url(template).map_err(Outcome::Failed)?;
        let mut request =
            Request { method: "GET".into(), url, most: Some(MOST_ANSWER), ..Request::default() };
        for (name, value) in &self.of.log.headers {
            let value = values.text(value).map_err(Outcome::Failed)?;
            request.headers.insert(name.to_ascii_lowercase(), value);
        }
        let answer = self.of.http.send(&request).await.map_err(Outcome::from)?;
        if answer.is_success() {
            return Ok(answer);
        }
        let said = excerpt::of_body(&answer.body, &self.of.vault);
        let why = format!("the decision log can't be read: status {}, {said}", answer.status);
        let no_effect = (400..500).contains(&answer.status);
        Err(if no_effect { Outcome::Failed(why) } else { Outcome::Unknown(why) })
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

    fn record(&mut self, value: &Value) {
        if !value.is_object() {
            self.read.bad += 1;
        } else if record::is_about(value, &self.of.log.fields, self.subjects) {
            if self.read.decisions.len() < MOST_RECORDS {
                self.read.decisions.push(record::seen(value, &self.of.log, &self.of.vault));
            } else {
                self.note(format!("only the first {MOST_RECORDS} records were kept"));
            }
        }
    }

    fn note(&mut self, note: String) {
        if !self.read.notes.contains(&note) {
            self.read.notes.push(note);
        }
    }
}

fn nothing() -> DecisionsRead {
    DecisionsRead {
        outcome: Outcome::Accepted,
        status: None,
        decisions: Vec::new(),
        leaked: Vec::new(),
        bad: 0,
        notes: Vec::new(),
    }
}

fn digest(value: &Value) -> u64 {
    let digest = Sha256::digest(value.to_string().as_bytes());
    digest.first_chunk::<8>().map_or(0, |b| u64::from_le_bytes(*b))
}
