//! A log behind an HTTP endpoint: its answer, and the pages that follow it (RFC 8288). Bounded in pages and bytes. What is
//! beyond a bound, elsewhere or unreadable may hold records, so that the log is then not known, and never just short.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;

use super::reader::Reading;
use super::{Cursor, LogKind, link, records};
use crate::drive::template::names_in;
use crate::drive::{Answer, Request, Values, excerpt};
use crate::model::Outcome;

/// One answer of a log endpoint is no larger.
const MOST_ANSWER: usize = 8 << 20;

/// More pages are not read of one listing.
const MOST_PAGES: usize = 200;

/// All pages of one listing together are no larger.
const MOST_PAGED: usize = 64 << 20;

/// What was counted while an endpoint was read: how often each record is there.
type Counted = HashMap<u64, u32>;

impl<K: LogKind> Reading<'_, K> {
    pub(super) async fn endpoint(
        &mut self,
        cursor: &mut Cursor,
        template: &str,
        values: &Values,
    ) -> Result<(), Outcome> {
        let names = names_in(template).map_err(Outcome::Failed)?;
        let each = names.iter().any(|n| *n == "subject" || n.starts_with("subject."));
        let own: Vec<&Values> = self.subjects.iter().map(|s| &s.values).collect();
        // What an answer holds for one subject is new only once, whichever request it came with.
        let mut now = Counted::new();
        for values in if each { own } else { vec![values] } {
            let url = values.url(template).map_err(Outcome::Failed)?;
            self.listing(cursor, url, values, &mut now).await?;
        }
        for (digest, count) in now {
            let most = cursor.counted.entry(digest).or_default();
            *most = count.max(*most);
        }
        Ok(())
    }

    /// An answer and the pages after it. A record that stands on two pages was moved there by what was written meanwhile,
    /// and counts once.
    async fn listing(
        &mut self,
        cursor: &Cursor,
        first: String,
        values: &Values,
        now: &mut Counted,
    ) -> Result<(), Outcome> {
        let short = |why: String| {
            let name = K::NAME;
            Outcome::Unknown(format!("the {name} goes on where it was not read: {why}"))
        };
        let (mut url, mut bytes) = (first, 0);
        let mut seen = BTreeSet::new();
        loop {
            let answer = match self.ask(url.clone(), values).await {
                Err(Outcome::Failed(why)) if !seen.is_empty() => return Err(short(why)),
                other => other?,
            };
            self.read.status = Some(answer.status);
            self.page(cursor, &answer, now)?;
            let Some(next) = next(&url, &answer).map_err(short)? else { return Ok(()) };
            bytes += answer.body.len();
            seen.insert(url);
            if seen.contains(next.as_str()) {
                return Err(short("its pages lead back to one another".to_owned()));
            }
            if seen.len() >= MOST_PAGES || bytes > MOST_PAGED {
                let read = seen.len();
                return Err(short(format!("{read} pages with {bytes} bytes were read")));
            }
            url = next.into();
        }
    }

    fn page(&mut self, cursor: &Cursor, answer: &Answer, now: &mut Counted) -> Result<(), Outcome> {
        self.leaked.extend(self.of.vault.found_in(&String::from_utf8_lossy(&answer.body)));
        let mut here = Counted::new();
        records::each(&answer.body, self.of.place.items.as_deref(), &mut |record| {
            let Some(record) = record.filter(Value::is_object) else {
                self.read.bad += 1;
                return;
            };
            let ours = self.of.log.is_about(&record, self.subjects);
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
        .map_err(|why| Outcome::Unknown(format!("the answer of the {} {why}", K::NAME)))?;
        for (digest, count) in here {
            let most = now.entry(digest).or_default();
            *most = count.max(*most);
        }
        Ok(())
    }

    async fn ask(&self, url: String, values: &Values) -> Result<Answer, Outcome> {
        let mut request =
            Request { method: "GET".into(), url, most: Some(MOST_ANSWER), ..Request::default() };
        for (name, value) in &self.of.place.headers {
            let value = values.text(value).map_err(Outcome::Failed)?;
            request.headers.insert(name.to_ascii_lowercase(), value);
        }
        let answer = self.of.http.send(&request).await.map_err(Outcome::from)?;
        if answer.is_success() {
            return Ok(answer);
        }
        let said = excerpt::of_body(&answer.body, &self.of.vault);
        let why = format!("the {} can't be read: status {}, {said}", K::NAME, answer.status);
        let no_effect = (400..500).contains(&answer.status);
        Err(if no_effect { Outcome::Failed(why) } else { Outcome::Unknown(why) })
    }
}

/// The next page, which must be of the same origin (RFC 6454): the request carries a credential.
fn next(url: &str, answer: &Answer) -> Result<Option<Url>, String> {
    let headers = answer.headers.get_all("link").iter().map(|h| h.to_str());
    let headers: Vec<&str> = headers
        .collect::<Result<_, _>>()
        .map_err(|_| "its `Link` header can't be read".to_owned())?;
    let Some(reference) = link::next(&headers)? else { return Ok(None) };
    let here = Url::parse(url).map_err(|e| e.to_string())?;
    let mut next = here.join(&reference).map_err(|e| format!("its next page is at no URL: {e}"))?;
    next.set_fragment(None);
    if next.origin() != here.origin() {
        return Err("its next page is of another origin, which is not asked".to_owned());
    }
    Ok(Some(next))
}

fn digest(value: &Value) -> u64 {
    let digest = Sha256::digest(value.to_string().as_bytes());
    digest.first_chunk::<8>().map_or(0, |b| u64::from_le_bytes(*b))
}
