//! The matrix as it is committed: made from a round, written, and compared with what was written before. Says when and of which
//! sources it was measured, so that a build made from these knows that it was tested.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use super::crew::Round;
use super::matrix;
use super::trial::{Came, Done};
use crate::calibration::{
    Column, FaultRow, Healthy, MATRIX_FORMAT, Matrix, STAMP_FORMAT, Stamp, sha256, sources,
};
use crate::error::Error;
use crate::report::{atomic, read_json};
use crate::requirements::Catalog;

/// For programs, for people, and when it was measured.
const FILES: [&str; 3] = ["selftest.json", "selftest.txt", "calibration.json"];

/// How the files are made.
pub const AGAIN: &str = "recant selftest --write reports";

/// The matrix of a round.
#[must_use]
pub fn of(round: &Round) -> Matrix {
    let columns = || Catalog::shipped().all();
    let faults: Vec<FaultRow> = round.runs.iter().filter_map(row).collect();
    let noticing: BTreeSet<_> = faults.iter().flat_map(|f| f.noticed.iter().cloned()).collect();
    let never = columns().filter(|r| !noticing.contains(&r.id)).map(|r| r.id.clone());
    Matrix {
        format: MATRIX_FORMAT.to_owned(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        healthy: round
            .runs
            .iter()
            .find(|d| d.trial.faults.is_empty())
            .map(healthy)
            .unwrap_or_default(),
        faults,
        never_red: never.collect(),
        requirements: columns()
            .map(|r| Column { id: r.id.clone(), alias: r.alias.clone() })
            .collect(),
    }
}

fn healthy(done: &Done) -> Healthy {
    match &done.came {
        Came::Judged(seen) => Healthy {
            classes: seen.classes.clone(),
            red: seen.unlisted.clone(),
            inconclusive: seen.inconclusive.clone(),
            wrong: seen.elsewise.clone(),
        },
        Came::Broken(_) | Came::Interrupted => {
            Healthy { wrong: vec!["the run could not be made".to_owned()], ..Healthy::default() }
        }
    }
}

fn row(done: &Done) -> Option<FaultRow> {
    let entry = *done.trial.entries().first()?;
    let row = FaultRow {
        id: entry.id.clone(),
        name: entry.name.clone(),
        must: entry.must.iter().cloned().collect(),
        ..FaultRow::default()
    };
    Some(match &done.came {
        Came::Judged(seen) => FaultRow {
            noticed: seen.noticed.clone(),
            also_red: seen.also.clone(),
            unlisted: seen.unlisted.clone(),
            broken: !seen.elsewise.is_empty(),
            ..row
        },
        Came::Broken(_) | Came::Interrupted => FaultRow { broken: true, ..row },
    })
}

/// Writes the matrix and its date. The date stays where nothing else changed: it is the first day on which these sources had this
/// matrix.
///
/// # Errors
/// Where the files can't be written.
pub fn write(folder: &Path, matrix: &Matrix) -> Result<(), Error> {
    let broken = |e: std::io::Error| {
        Error::Broken(format!("{}: the matrix can't be written: {e}", folder.display()))
    };
    let json = json(matrix)?;
    let mut stamp = Stamp {
        format: STAMP_FORMAT.to_owned(),
        tool: matrix.tool.clone(),
        date: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
        sources: sources().to_owned(),
        matrix: sha256(&json),
    };
    if let Ok(before) = read_json::<Stamp>(&folder.join(FILES[2])) {
        let dated = Stamp { date: before.date.clone(), ..stamp.clone() };
        if dated == before {
            stamp = before;
        }
    }
    std::fs::create_dir_all(folder).map_err(broken)?;
    atomic::write(&folder.join(FILES[0]), json.as_bytes()).map_err(broken)?;
    atomic::write(&folder.join(FILES[1]), text(matrix).as_bytes()).map_err(broken)?;
    let stamp = format!("{:#}\n", serde_json::json!(stamp));
    atomic::write(&folder.join(FILES[2]), stamp.as_bytes()).map_err(broken)
}

fn json(matrix: &Matrix) -> Result<String, Error> {
    let text = serde_json::to_string_pretty(matrix);
    Ok(text.map_err(|e| Error::Broken(format!("the matrix is no JSON: {e}")))? + "\n")
}

/// Where a matrix differs from what is committed. `whole`: not only some faults were tried, so that the files must be the very same.
#[must_use]
pub fn differences(folder: &Path, now: &Matrix, whole: bool) -> Vec<String> {
    let before: Matrix = match read_json(&folder.join(FILES[0])) {
        Ok(before) => before,
        Err(why) => return vec![why],
    };
    let mut wrong = Vec::new();
    if before.healthy != now.healthy {
        wrong.push(format!("healthy: was {:?}, is {:?}", before.healthy, now.healthy));
    }
    for row in &now.faults {
        match before.faults.iter().find(|f| f.id == row.id) {
            Some(same) if same == row => {}
            Some(other) => wrong.push(format!("{}: was {}, is {}", row.id, reds(other), reds(row))),
            None => wrong.push(format!("{} is not in the committed matrix", row.id)),
        }
    }
    if whole {
        wrong.extend(stale(folder, &before, now));
    }
    wrong
}

/// What the rows do not tell: faults and requirements that are gone or new, and files that other sources made.
fn stale(folder: &Path, before: &Matrix, now: &Matrix) -> Vec<String> {
    let gone = before.faults.iter().filter(|f| now.faults.iter().all(|n| n.id != f.id));
    let mut wrong: Vec<_> = gone.map(|f| format!("{} is there no more", f.id)).collect();
    let same = |name: &str, text: String| {
        std::fs::read_to_string(folder.join(name)).is_ok_and(|stored| stored == text)
    };
    let json = json(now).unwrap_or_default();
    let stamp = read_json::<Stamp>(&folder.join(FILES[2])).ok();
    for (name, whole) in [
        (FILES[0], same(FILES[0], json.clone())),
        (FILES[1], same(FILES[1], text(now))),
        (FILES[2], stamp.is_some_and(|s| s.sources == sources() && s.matrix == sha256(&json))),
    ] {
        if !whole {
            let name = folder.join(name);
            wrong.push(format!("{} is not of this build: {AGAIN}", name.display()));
        }
    }
    wrong
}

/// `noticed by a, b; also red c`.
fn reds(row: &FaultRow) -> String {
    let all = |ids: &BTreeSet<String>| ids.iter().cloned().collect::<Vec<_>>().join(", ");
    let mut said = match row.noticed.len() {
        0 => "missed".to_owned(),
        _ => format!("noticed by {}", all(&row.noticed)),
    };
    for (what, ids) in [("also red", &row.also_red), ("unlisted", &row.unlisted)] {
        if !ids.is_empty() {
            let _ = write!(said, "; {what} {}", all(ids));
        }
    }
    if row.broken { said + "; broken" } else { said }
}

/// The matrix for people.
#[must_use]
pub fn text(of: &Matrix) -> String {
    let cell = |row: &FaultRow, id: &str| {
        let kinds = [(&row.unlisted, "!"), (&row.noticed, "N"), (&row.also_red, "+")];
        kinds.iter().find(|(set, _)| set.contains(id)).map_or(".", |(_, cell)| cell)
    };
    let healthy = FaultRow { unlisted: of.healthy.red.clone(), ..FaultRow::default() };
    let rows = std::iter::once(("healthy".to_owned(), &healthy))
        .chain(of.faults.iter().map(|f| (format!("{} {}", f.id, f.name), f)));
    let aliases: Vec<_> = of.requirements.iter().map(|c| c.alias.as_str()).collect();
    let mut out = format!(
        "What the selftest of recant {} shows. Written by `{AGAIN}`, never by hand.\n\n{}",
        of.tool,
        matrix::head(&aliases)
    );
    for (name, row) in rows {
        let cells: Vec<_> = of.requirements.iter().map(|c| cell(row, &c.id)).collect();
        let _ = writeln!(out, "{name:width$}{}", cells.join(" "), width = matrix::NAME);
    }
    let few = of.faults.iter().filter(|f| {
        !f.noticed.is_empty()
            && f.noticed.len() + f.also_red.len() + f.unlisted.len() <= matrix::FEW
    });
    let _ =
        writeln!(out, "\nN noticed   + red too, as listed   ! red, but not listed   . neither\n");
    let _ = writeln!(
        out,
        "{} of {} faults noticed, {} with {} reds or fewer; {} false alarms; healthy clean in {} of {} service classes",
        of.noticed(),
        of.faults.len(),
        few.count(),
        matrix::FEW,
        of.false_alarms(),
        of.clean_classes(),
        of.healthy.classes.len(),
    );
    let class = |(name, clean): (&String, &bool)| {
        format!("{name} {}", if *clean { "clean" } else { "NOT CLEAN" })
    };
    let classes: Vec<_> = of.healthy.classes.iter().map(class).collect();
    let _ = writeln!(out, "service classes of the healthy system: {}", classes.join(", "));
    for (what, ids) in [
        ("open in the healthy system", of.healthy.inconclusive.iter().collect::<Vec<_>>()),
        ("wrong with the healthy system", of.healthy.wrong.iter().collect()),
        ("noticed nothing that must be noticed by it", of.never_red.iter().collect()),
    ] {
        if !ids.is_empty() {
            let ids: Vec<_> = ids.into_iter().map(String::as_str).collect();
            let _ = writeln!(out, "{what}: {}", ids.join(", "));
        }
    }
    out
}
