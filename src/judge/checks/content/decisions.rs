//! The decision log's records beside the requests that they are about. Matching only; what a record must say is for the
//! checks that use it.

use std::collections::{BTreeMap, BTreeSet};

use super::asked::{Asked, Way, outcome_words};
use super::remarks::Remarks;
use crate::history::{Action, DecisionSeen, Op};
use crate::judge::{Case, Ruling};
use crate::model::{Moment, Outcome, TokenSeen};

/// A request for a token that was granted or refused, with its records.
#[derive(Debug)]
pub struct Decided<'a> {
    /// The request.
    pub asked: Asked<'a>,
    /// The token, where one was given.
    pub token: Option<&'a TokenSeen>,
    /// Its records: one where all is well.
    pub records: Vec<&'a DecisionSeen>,
}

/// The log as far as it is about this scenario's subjects.
#[derive(Debug)]
pub struct Log<'a> {
    /// The last reading.
    pub read: &'a Op,
    /// Requests that were granted or refused.
    pub decided: Vec<Decided<'a>>,
    /// Requests that nobody knows the outcome of, with the records that they may have left.
    pub unclear: Vec<Decided<'a>>,
    /// Requests that were not carried out, as the answer says, with the records that they may have left all the same.
    pub failed: Vec<Decided<'a>>,
    /// Records about these subjects that fit no request.
    pub extra: Vec<&'a DecisionSeen>,
    /// Credentials that stand in the log.
    pub leaked: Vec<&'a str>,
    /// The target's wall time of moment zero, seconds.
    zero: f64,
    /// What subjects and services are called in tokens.
    names: BTreeMap<&'a str, BTreeSet<String>>,
}

impl<'a> Log<'a> {
    /// Reads the log out of a case.
    ///
    /// # Errors
    /// In words: why there is no log to judge by.
    pub fn of(case: &Case<'a>) -> Result<Self, (String, Vec<u64>)> {
        let readings: Vec<&Op> =
            case.view.ops.iter().filter(|op| matches!(op.action, Action::ReadDecisions)).collect();
        let Some(read) = readings.iter().rev().find(|op| op.outcome.is_allow()).copied() else {
            return Err(match readings.last() {
                None => ("the decision log was not read in this scenario".into(), Vec::new()),
                Some(op) => {
                    let outcome = outcome_words(&op.outcome);
                    (format!("reading the decision log was {outcome}"), vec![op.index])
                }
            });
        };
        let read_ok = || readings.iter().filter(|op| op.outcome.is_allow());
        let records: Vec<&DecisionSeen> = read_ok().flat_map(|op| &op.seen.decisions).collect();
        let mut log = Self {
            read,
            decided: Vec::new(),
            unclear: Vec::new(),
            failed: Vec::new(),
            extra: Vec::new(),
            leaked: readings.iter().flat_map(|op| &op.seen.leaked).map(String::as_str).collect(),
            zero: case.timeline.zero.unwrap_or_default(),
            names: names(case),
        };
        log.matched(case, &records);
        Ok(log)
    }

    /// Judges a log that could be read by a rule. What is not known and could matter is left open first.
    pub fn judged(case: &Case, rule: fn(&Case, &Log, &mut Remarks)) -> Vec<Ruling> {
        let mut remarks = Remarks::new();
        match Log::of(case) {
            Err((why, ops)) => remarks.open(why, ops),
            Ok(log) => {
                for (doubt, op) in log.doubts(case) {
                    remarks.open(doubt, [op]);
                }
                rule(case, &log, &mut remarks);
            }
        }
        remarks.ruling().into_iter().collect()
    }

    /// A moment as the target's wall time, seconds.
    #[must_use]
    pub fn wall(&self, moment: Moment) -> f64 {
        self.zero + moment.seconds()
    }

    fn matched(&mut self, case: &Case<'a>, records: &[&'a DecisionSeen]) {
        let names = self.names.clone();
        let asked = Asked::of_case(case).into_iter().filter(|a| a.op.start < self.read.start);
        for asked in asked {
            let one = Decided { asked, token: asked.given(), records: Vec::new() };
            match asked.op.outcome {
                Outcome::Accepted | Outcome::Refused(_) => self.decided.push(one),
                Outcome::Unknown(_) => self.unclear.push(one),
                Outcome::Failed(_) => self.failed.push(one),
            }
        }
        let mut left: Vec<&DecisionSeen> = Vec::new();
        for record in records.iter().filter(|r| kind(r).is_some()) {
            let owner = record.token.as_deref().and_then(|key| {
                self.decided.iter_mut().find(|d| d.token.is_some_and(|t| keys(t).contains(key)))
            });
            match owner {
                Some(owner) => owner.records.push(record),
                None => left.push(record),
            }
        }
        let left = self.nearest(&names, left);
        for record in left {
            let may = |u: &&mut Decided| u.records.is_empty() && fits(u, record, &names);
            let mut perhaps = self.unclear.iter_mut().chain(&mut self.failed);
            if let Some(one) = perhaps.find(may) {
                one.records.push(record);
            } else if self.decided.iter().any(|d| {
                whose(record, d.asked.subject, &names) && !self.older(case, record, d.asked.subject)
            }) {
                self.extra.push(record);
            }
        }
    }

    /// True where a record is about a request for certain: it names its token, or they are the only ones of their kind that
    /// could be about each other, whatever else the record says.
    pub fn is_certain(&self, decided: &Decided, record: &DecisionSeen) -> bool {
        if decided.token.zip(record.token.as_deref()).is_some_and(|(t, key)| keys(t).contains(key))
        {
            return true;
        }
        if record.token.is_some() || record.subject.is_none() {
            return false;
        }
        let requests = self.decided.iter().chain(&self.unclear);
        let others = self.recorded().map(|(_, r)| r).chain(self.extra.iter().copied());
        requests.filter(|d| could_be(d, record, &self.names)).take(2).count() == 1
            && others.filter(|r| could_be(decided, r, &self.names)).take(2).count() == 1
    }

    /// True for a word that a subject is known by in its tokens.
    #[must_use]
    pub fn is_name_of(&self, word: &str, subject: &str) -> bool {
        word == subject || self.names.get(subject).is_some_and(|known| known.contains(word))
    }

    /// True for a record that names another subject of this scenario, and not this one.
    pub fn is_of_another(&self, record: &DecisionSeen, subject: &str) -> bool {
        let mut others = self.decided.iter().map(|d| d.asked.subject).filter(|s| *s != subject);
        !whose(record, subject, &self.names) && others.any(|s| whose(record, s, &self.names))
    }

    /// True for a record that a request may have left of which nobody knows what was done about it: it was not answered, or
    /// with an error that is no decision. What it is about, it says itself, and that may be little.
    #[must_use]
    pub fn may_be_left(&self, record: &DecisionSeen) -> bool {
        let mut all = self.unclear.iter().chain(&self.failed);
        all.any(|d| whose(record, d.asked.subject, &self.names))
    }

    /// True for a record from before the subject came into this scenario: one of a pool did other things earlier.
    fn older(&self, case: &Case, record: &DecisionSeen, subject: &str) -> bool {
        let came = case.view.ops.iter().find(
            |op| matches!(&op.action, Action::Subject { subject: name, .. } if name == subject),
        );
        let time = seconds(record);
        came.zip(time).is_some_and(|(op, time)| time < self.wall(op.start))
    }

    /// What is not known and could matter, with the op: a request may have left records that now stand beside others, and
    /// a reading that failed may have shown more. With these nothing is fine, whatever else the log says.
    pub fn doubts(&self, case: &Case) -> Vec<(String, u64)> {
        let asked = self.unclear.iter().map(|d| d.asked.op);
        let unread = case
            .view
            .ops
            .iter()
            .filter(|op| matches!(op.action, Action::ReadDecisions) && !op.outcome.is_allow());
        let doubt = |op: &Op| (format!("what op {} came to is not known", op.index), op.index);
        asked.chain(unread).map(doubt).collect()
    }

    /// Every request with a record, whatever it came to.
    pub fn recorded(&self) -> impl Iterator<Item = (&Decided<'a>, &'a DecisionSeen)> {
        let all = self.decided.iter().chain(&self.unclear);
        all.flat_map(|d| d.records.iter().map(move |r| (d, *r)))
    }

    /// Gives each request without a record the one that fits and is nearest in time, nearest pairs first; where several
    /// fit equally, in their order. Returns the records that are left.
    fn nearest(
        &mut self,
        names: &BTreeMap<&str, BTreeSet<String>>,
        records: Vec<&'a DecisionSeen>,
    ) -> Vec<&'a DecisionSeen> {
        let mut pairs = Vec::new();
        for (d, decided) in self.decided.iter().enumerate() {
            if !decided.records.is_empty() {
                continue;
            }
            for (r, record) in records.iter().enumerate() {
                // A record that names a token is about that token; where it is none of ours, about none of ours.
                let other_token =
                    record.token.is_some() && decided.token.is_some_and(|t| !keys(t).is_empty());
                if other_token || !fits(decided, record, names) {
                    continue;
                }
                // Requests follow each other faster than clocks of logs tick: what was asked for by name tells them apart.
                let unlike = decided.asked.scope.is_some() != record.requested.is_some();
                pairs.push((unlike, self.apart(decided, record), d, r));
            }
        }
        let place = |pair: &(bool, f64, usize, usize)| (pair.2, pair.3);
        pairs.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(place(a).cmp(&place(b))));
        let mut used = BTreeSet::new();
        let mut given = Vec::new();
        for (_, _, d, r) in pairs {
            if self.decided[d].records.is_empty() && used.insert(r) {
                self.decided[d].records.push(records[r]);
                given.push(d);
            }
        }
        self.in_order(&given);
        records.into_iter().enumerate().filter(|(r, _)| !used.contains(r)).map(|(_, x)| x).collect()
    }

    /// How far a record's time is from its request being under way, seconds.
    fn apart(&self, decided: &Decided, record: &DecisionSeen) -> f64 {
        let op = decided.asked.op;
        let (start, end) = (self.wall(op.start), self.wall(op.end.unwrap_or(op.start)));
        seconds(record).map_or(f64::MAX, |t| (start - t).max(t - end).max(0.0))
    }

    /// Requests that no record tells apart take theirs in order: nothing shows that they were written in another one.
    fn in_order(&mut self, given: &[usize]) {
        let mut alike: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for &d in given {
            let Decided { asked, token, .. } = &self.decided[d];
            let named = token.is_some_and(|t| !keys(t).is_empty());
            let came = (asked.op.outcome.is_allow(), named, asked.scope.is_some());
            let what = (asked.subject, asked.service, asked.way, came);
            alike.entry(what).or_default().push(d);
        }
        for mut requests in alike.into_values() {
            requests.sort_by_key(|&d| (self.decided[d].asked.op.start, d));
            let mut records: Vec<_> = requests
                .iter()
                .flat_map(|&d| std::mem::take(&mut self.decided[d].records))
                .collect();
            let time = |r: &&DecisionSeen| seconds(r).unwrap_or(f64::MAX);
            records.sort_by(|a, b| time(a).total_cmp(&time(b)));
            for (d, record) in requests.into_iter().zip(records) {
                self.decided[d].records.push(record);
            }
        }
    }
}

/// What a record's kind says: a request for a token of this way, of any way, or nothing of the sort (`None`).
fn kind(record: &DecisionSeen) -> Option<Option<Way>> {
    let Some(kind) = &record.kind else { return Some(None) };
    let kind = kind.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| kind.contains(w));
    if has(&["refresh"]) {
        Some(Some(Way::Refresh))
    } else if has(&["exchange"]) {
        Some(Some(Way::Exchange))
    } else if kind == "access" || has(&["admin", "introspect", "revo", "enforce", "logout"]) {
        None
    } else if has(&["refus", "deny", "denied", "reject"]) {
        Some(None)
    } else {
        has(&["issu", "token", "grant", "login", "mint", "authoriz"]).then_some(Some(Way::Issue))
    }
}

/// What a log calls a request: a login before an exchange is a login, a grant that exchanges is an exchange.
fn logged_as(asked: &Asked) -> Way {
    match asked.way {
        Way::Login | Way::Again => Way::Issue,
        Way::ByAnother => Way::Refresh,
        Way::Issue if asked.shown.is_some() => Way::Exchange,
        way => way,
    }
}

/// True where a record may be about a request: subject, kind, audience and decision agree as far as they are told.
fn fits(
    decided: &Decided,
    record: &DecisionSeen,
    names: &BTreeMap<&str, BTreeSet<String>>,
) -> bool {
    let asked = &decided.asked;
    let audience = record.audience.as_deref().is_none_or(|audience| {
        let of = |service: &str| names.get(service).is_some_and(|n| n.contains(audience));
        audience.is_empty()
            || audience == asked.service
            || of(asked.service)
            // The token of a login before an exchange may be for nobody in particular.
            || (asked.login && !names.values().any(|n| n.contains(audience)))
    });
    audience && could_be(decided, record, names)
}

/// The same, whatever audience the record says.
fn could_be(
    decided: &Decided,
    record: &DecisionSeen,
    names: &BTreeMap<&str, BTreeSet<String>>,
) -> bool {
    let asked = &decided.asked;
    let way = match kind(record) {
        Some(way) => way.is_none_or(|way| way == logged_as(asked)),
        None => false,
    };
    let decision = match record.decision.as_deref() {
        Some("allow") => !asked.op.outcome.is_deny(),
        Some("deny") => !asked.op.outcome.is_allow(),
        _ => true,
    };
    way && decision && (record.subject.is_none() || whose(record, asked.subject, names))
}

/// True for a record about this subject.
fn whose(record: &DecisionSeen, subject: &str, names: &BTreeMap<&str, BTreeSet<String>>) -> bool {
    let known = names.get(subject);
    record.subject.as_deref().is_some_and(|s| s == subject || known.is_some_and(|k| k.contains(s)))
}

/// By subject: the `sub` of its tokens. By service: its audience. (Names of both kinds never meet in one question.)
fn names<'a>(case: &Case<'a>) -> BTreeMap<&'a str, BTreeSet<String>> {
    let mut names: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for token in case.view.tokens.values() {
        let sub = token.claims.as_ref().and_then(|c| c.get("sub")).and_then(|s| s.as_str());
        if let (Some(subject), Some(sub)) = (token.subject.as_deref(), sub) {
            names.entry(subject).or_default().insert(sub.to_owned());
        }
    }
    for (service, declared) in &case.facts.services {
        names.entry(service).or_default().insert(declared.audience.clone());
    }
    names
}

/// What a record may call a token by.
fn keys(token: &TokenSeen) -> BTreeSet<&str> {
    token.jti().into_iter().collect()
}

/// A record's time as seconds of wall time: RFC 3339 with an offset, or a number of seconds, milliseconds, microseconds or
/// nanoseconds since 1970 (UTC by definition). `None` where it is missing or could be anywhere.
#[must_use]
pub fn seconds(record: &DecisionSeen) -> Option<f64> {
    placed(record.time.as_deref()?)
}

/// The same of a time as it is logged.
#[must_use]
pub fn placed(time: &str) -> Option<f64> {
    let time = time.trim();
    if let Ok(stamp) = time.parse::<jiff::Timestamp>() {
        return Some(stamp.as_nanosecond() as f64 / 1e9);
    }
    let number: f64 = time.parse().ok().filter(|n: &f64| n.is_finite() && *n > 1e8)?;
    let unit = [1e17, 1e14, 1e11].iter().zip([1e9, 1e6, 1e3]).find(|(least, _)| number > **least);
    Some(number / unit.map_or(1.0, |(_, unit)| unit))
}
