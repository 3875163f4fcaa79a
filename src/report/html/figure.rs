//! The picture of a change at one service: where its marks, lines and labels stand, and the table with the same numbers.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::scale::{LEFT, RIGHT, Scale, Tick};
use super::shown::text;
use crate::judge::{Look, Part, Picture};
use crate::model::{Moment, Outcome, ServiceClass};
use crate::report::words;

/// Height of a lane.
const LANE: u64 = 26;
/// Where the first lane begins: below the labels.
const TOP: u64 = 70;
/// Marks closer together than this are one.
const GRID: u64 = 3;

/// A picture, ready for its template.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Anchor.
    pub id: String,
    /// What it shows, in one sentence.
    pub title: String,
    /// How the service learns of changes, when the change was made, and the bound.
    pub told: String,
    /// The same as a description for those who don't see it.
    pub described: String,
    /// Height of the drawing.
    pub height: u64,
    /// Bottom of the lanes.
    pub floor: u64,
    /// From sending to acknowledgement.
    pub event: Span,
    /// From the acknowledgement to the end of the bound, where there is one above zero.
    pub allowed: Option<Span>,
    /// Lines with their labels.
    pub lines: Vec<Marker>,
    /// A row for each arm.
    pub lanes: Vec<Lane>,
    /// Ticks of the axis.
    pub ticks: Vec<Tick>,
}

/// A stretch of time.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// Where it begins.
    pub x: u64,
    /// How wide it is.
    pub width: u64,
}

/// A vertical line with a label.
#[derive(Debug, Clone)]
pub struct Marker {
    /// Class of the style sheet.
    pub class: &'static str,
    /// Where.
    pub x: u64,
    /// Where its line begins.
    pub y: u64,
    /// Base line of the label.
    pub base: u64,
    /// Where the label begins or ends.
    pub at: u64,
    /// `start` or `end`.
    pub anchor: &'static str,
    /// The label.
    pub label: String,
}

/// One arm: a row of the picture and of the table.
#[derive(Debug, Clone)]
pub struct Lane {
    /// Whose calls.
    pub name: &'static str,
    /// Middle of the row.
    pub y: u64,
    /// Base line of the name.
    pub base: u64,
    /// Marks as paths, each with its class.
    pub marks: Vec<(&'static str, String)>,
    /// Accepted before the change was sent.
    pub before: u64,
    /// Refused before it.
    pub refused_before: u64,
    /// Accepted since.
    pub accepted: u64,
    /// Of these, after the bound.
    pub late: u64,
    /// Refused since.
    pub refused: u64,
    /// Nobody knows.
    pub unknown: u64,
    /// When the last one was accepted.
    pub last: String,
    /// When the first one was refused.
    pub first: String,
}

impl Figure {
    /// Draws a picture. `clock` gives the wall time of a moment, `who` the short name of a subject.
    #[must_use]
    pub fn of(
        picture: &Picture,
        id: String,
        clock: impl Fn(Moment) -> String,
        who: impl Fn(&str) -> String,
    ) -> Self {
        let deadline = picture.deadline();
        let ends = picture.calls.iter().flat_map(|c| [Some(c.start), c.end]).flatten();
        let scale = Scale::of(picture.acknowledged, ends.chain([picture.sent]).chain(deadline));
        let lanes = lanes(picture, &scale);
        let floor = TOP + LANE * lanes.len() as u64;
        let x = scale.x(picture.sent);
        let event = Span { x, width: scale.x(picture.acknowledged).saturating_sub(x).max(2) };
        let allowed = deadline.filter(|_| picture.bound_ms != Some(0)).map(|end| {
            let x = scale.x(picture.acknowledged);
            Span { x, width: scale.x(end).saturating_sub(x) }
        });
        let about = picture.subject.as_ref().map(|s| format!(" for {}", who(s)));
        let about = about.unwrap_or_default();
        let (service, name) = (text(&picture.service), text(&picture.name));
        let took = words::seconds(picture.acknowledged.ms_since(picture.sent), true);
        Self {
            id,
            title: format!("\"{service}\" after \"{name}\"{about}"),
            told: format!(
                "\"{name}\" was sent at {} (op {}) and acknowledged {took} later. {}",
                clock(picture.sent),
                picture.op,
                bound(picture),
            ),
            described: described(&lanes),
            height: floor + 30,
            floor,
            event,
            allowed,
            lines: lines(picture, &scale),
            lanes,
            ticks: scale.ticks(),
        }
    }
}

/// The bound in a sentence.
fn bound(picture: &Picture) -> String {
    let learns = class(picture.class);
    match picture.bound_ms {
        None => format!("The service {learns}: its tokens may be used until they expire."),
        Some(0) => format!("The service {learns}: nothing may be accepted after that (bound 0 s)."),
        Some(ms) => {
            let ms = words::exact(ms);
            format!("The service {learns}: nothing may be accepted later than {ms} after that.")
        }
    }
}

/// How a service learns of changes.
#[must_use]
pub fn class(class: ServiceClass) -> &'static str {
    match class {
        ServiceClass::SelfContained => "reads the token itself",
        ServiceClass::Introspect => "asks the issuer at each request",
        ServiceClass::IntrospectCache => "asks the issuer and keeps the answer",
        ServiceClass::EventDriven => "is told by events",
        ServiceClass::DecisionPerRequest => "asks for a decision at each request",
        ServiceClass::StatusList => "reads a status list",
    }
}

fn lanes(picture: &Picture, scale: &Scale) -> Vec<Lane> {
    let mut lanes = Vec::new();
    for (part, name) in
        [(Part::Hot, "in use"), (Part::Cold, "left idle"), (Part::Bystander, "somebody else")]
    {
        let calls: Vec<&Look> = picture.calls.iter().filter(|c| c.part == part).collect();
        if calls.is_empty() {
            continue;
        }
        let y = TOP + LANE * lanes.len() as u64 + LANE / 2;
        let since = |c: &&&Look| c.start >= picture.sent;
        let earlier = || calls.iter().filter(|c| !since(c));
        let accepted = || calls.iter().filter(since).filter(|c| c.outcome.is_allow());
        let refused = || calls.iter().filter(since).filter(|c| c.outcome.is_deny());
        let count = |n: usize| n as u64;
        lanes.push(Lane {
            name,
            y,
            base: y + 4,
            marks: marks(&calls, y, scale),
            before: count(earlier().filter(|c| c.outcome.is_allow()).count()),
            refused_before: count(earlier().filter(|c| c.outcome.is_deny()).count()),
            accepted: count(accepted().count()),
            late: count(calls.iter().filter(|c| c.late).count()),
            refused: count(refused().count()),
            unknown: count(calls.iter().filter(since).filter(|c| dark(c)).count()),
            last: accepted()
                .max_by_key(|c| c.start)
                .map_or_else(|| "never".into(), |c| moment(picture, c.start, c.op)),
            first: refused()
                .filter_map(|c| Some((c.end?, c.op)))
                .min()
                .map_or_else(|| "never".into(), |(end, op)| moment(picture, end, op)),
        });
    }
    lanes
}

fn dark(call: &Look) -> bool {
    matches!(call.outcome, Outcome::Unknown(_) | Outcome::Failed(_))
}

/// `+63.7 s (op 2263)`: counted from the acknowledgement.
fn moment(picture: &Picture, at: Moment, op: u64) -> String {
    format!("{} (op {op})", since(picture, at))
}

fn since(picture: &Picture, at: Moment) -> String {
    let zero = picture.acknowledged;
    if at < zero {
        format!("−{}", words::seconds(zero.ms_since(at), false))
    } else {
        format!("+{}", words::seconds(at.ms_since(zero), false))
    }
}

/// Which calls a mark stands for.
type Kind = fn(&Look) -> bool;

/// One path for each kind of mark. A shape for each kind: a dot was accepted, a ring was accepted too late, a cross was
/// refused, a square is not known.
fn marks(calls: &[&Look], y: u64, scale: &Scale) -> Vec<(&'static str, String)> {
    let kinds: [(&str, Kind); 4] = [
        ("dark", dark),
        ("refused", |c| c.outcome.is_deny()),
        ("accepted", |c| c.outcome.is_allow() && !c.late),
        ("late", |c| c.late),
    ];
    let mut all = Vec::new();
    for (class, of) in kinds {
        let at: BTreeSet<u64> =
            calls.iter().filter(|c| of(c)).map(|c| scale.x(c.start) / GRID * GRID).collect();
        let mut path = String::new();
        for x in at {
            let _ = match class {
                "refused" => write!(path, "M{} {}l8 8m0-8l-8 8", x.saturating_sub(4), y - 4),
                "dark" => write!(path, "M{} {}h8v8h-8z", x.saturating_sub(4), y - 4),
                "late" => write!(path, "M{x} {}l6 6-6 6-6-6z", y - 6),
                _ => write!(path, "M{} {y}a3 3 0 1 0 6 0a3 3 0 1 0-6 0", x.saturating_sub(3)),
            };
        }
        if !path.is_empty() {
            all.push((class, path));
        }
    }
    all
}

fn lines(picture: &Picture, scale: &Scale) -> Vec<Marker> {
    let own = || {
        let since = |c: &&Look| c.part != Part::Bystander && c.start >= picture.sent;
        picture.calls.iter().filter(since)
    };
    let last = own().filter(|c| c.outcome.is_allow()).max_by_key(|c| c.start);
    let first = own().filter(|c| c.outcome.is_deny()).filter_map(|c| c.end).min();
    let mut lines = vec![marker("sent", scale.x(picture.sent), 0, &text(&picture.name), true)];
    if let Some(end) = picture.deadline() {
        let label = format!("bound {}", words::exact(picture.bound_ms.unwrap_or_default()));
        lines.push(marker("bound", scale.x(end), 1, &label, true));
    }
    if let Some(last) = last {
        let label = format!("last accepted {}", since(picture, last.start));
        let class = if last.late { "last-late" } else { "last" };
        lines.push(marker(class, scale.x(last.start), 2, &label, false));
    }
    if let Some(first) = first {
        let label = format!("first refused {}", since(picture, first));
        lines.push(marker("first", scale.x(first), 3, &label, true));
    }
    lines
}

/// A line whose label stands in one of four rows above the lanes, on the side where there is room.
fn marker(class: &'static str, x: u64, row: u64, label: &str, after: bool) -> Marker {
    let wide = 7 * label.chars().count() as u64;
    let right = if after { x + wide < RIGHT } else { x < LEFT + wide };
    let (anchor, at) = if right { ("start", x + 4) } else { ("end", x.saturating_sub(4)) };
    let base = 12 + 15 * row;
    Marker { class, x, y: base - 10, base, at, anchor, label: label.to_owned() }
}

fn described(lanes: &[Lane]) -> String {
    let each = lanes.iter().map(|lane| {
        let late = if lane.late > 0 {
            format!(", {} of them after the bound", lane.late)
        } else {
            String::new()
        };
        format!(
            "{}: accepted {} times since the change{late}, last {}; refused {} times, first {}",
            lane.name, lane.accepted, lane.last, lane.refused, lane.first
        )
    });
    each.collect::<Vec<_>>().join(". ")
}
