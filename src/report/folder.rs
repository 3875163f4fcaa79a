//! The report's files in a run folder: written so that each is wholly there or not at all, and read back with suspicion.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rayon::prelude::*;

use super::manifest::{self, Entry, Manifest};
use super::merged::SHARDS;
use super::{Report, Views, atomic, html, junit, markdown};

/// Files larger than this are not read back: no report of ours gets there.
const LARGEST: u64 = 512 * 1024 * 1024;

/// Makes a file's content.
type Content<'a> = &'a (dyn Fn() -> io::Result<Vec<u8>> + Sync);

/// Writes `findings.json`, `report.json`, `report.md`, `report.html`, `junit.xml`, and last `manifest.json`. `views` are the
/// histories that the report was made from: the page draws what happened.
///
/// # Errors
/// Where one can't be written. Files that were written before it stay.
pub fn write<'a>(folder: &Path, report: &Report, views: impl Into<Views<'a>>) -> io::Result<()> {
    let views = views.into();
    let files: [(&str, Content<'_>); 5] = [
        ("report.html", &|| Ok(html::render(report, views.clone())?.into_bytes())),
        ("junit.xml", &|| Ok(junit::render(report)?.into_bytes())),
        ("findings.json", &|| json(&report.findings)),
        ("report.json", &|| json(report)),
        ("report.md", &|| Ok(markdown::render(report).into_bytes())),
    ];
    files.par_iter().try_for_each(|(name, file)| atomic::write(&folder.join(name), &file()?))?;
    let manifest = Manifest::of(folder, &report.run.name, &report.history.head)?;
    atomic::write(&folder.join(manifest::FILE), &json(&manifest)?)
}

/// Reads `report.json` and makes sure that it is whole, agrees with itself, and is the file that the manifest names.
///
/// # Errors
/// One sentence that says what is wrong. Nothing of a damaged report is to be believed.
pub fn read(folder: &Path) -> Result<Report, String> {
    let path = folder.join("report.json");
    let report: Report = read_json(&path)?;
    if let Some(wrong) = report.contradictions().first() {
        return Err(format!("{} contradicts itself: {wrong}", path.display()));
    }
    if let Some(manifest) = manifest_of(folder)? {
        if manifest.files.iter().all(|e| e.path != "report.json") {
            return Err(format!("{} is not in the manifest", path.display()));
        }
        if (&manifest.run, &manifest.history_head) != (&report.run.name, &report.history.head) {
            return Err(format!("{} is of another run than the manifest", path.display()));
        }
        let changed = manifest.differences(folder).map_err(|e| format!("the run folder: {e}"))?;
        if let Some(first) = changed.first() {
            return Err(format!("the run folder is not as the manifest says: {first}"));
        }
    }
    Ok(report)
}

/// The manifest of a run folder, where there is one.
///
/// # Errors
/// Where it is there, but can't be read.
pub fn manifest_of(folder: &Path) -> Result<Option<Manifest>, String> {
    let path = folder.join(manifest::FILE);
    if !path.exists() {
        return Ok(None);
    }
    let manifest: Manifest = read_json(&path)?;
    if manifest.format != manifest::FORMAT {
        return Err(format!("{}: its format is {:?}", path.display(), manifest.format));
    }
    Ok(Some(manifest))
}

/// Reads a JSON file of a run folder, with bounded size.
///
/// # Errors
/// One sentence that says what is wrong.
pub fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, String> {
    let name = path.display();
    let file = File::open(path).map_err(|e| format!("{name} can't be read: {e}"))?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|e| format!("{name}: {e}"))?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("{name} is larger than any file of a run"));
    }
    serde_json::from_slice(&bytes).map_err(|e| format!("{name} is damaged: {e}"))
}

/// The files of a run folder that every report rests on, as they are now: those that are there of plan and history, its own and
/// those of its shards.
///
/// # Errors
/// Where one can't be read.
pub fn evidence(folder: &Path) -> io::Result<Vec<Entry>> {
    let mut all = Vec::new();
    let mut of = |below: &str| -> io::Result<bool> {
        let before = all.len();
        for name in ["history.jsonl", "plan.json"] {
            let path = format!("{below}{name}");
            if folder.join(&path).is_file() {
                let (size, sha256) = manifest::digest(&folder.join(&path))?;
                all.push(Entry { path, size, sha256 });
            }
        }
        Ok(all.len() > before)
    };
    of("")?;
    let mut shard = 1_u32;
    while of(&format!("{SHARDS}/{shard}/"))? {
        shard += 1;
    }
    Ok(all)
}

/// JSON as it lies in files: for people to read as well, and a line feed at its end.
pub(super) fn json(value: &impl serde::Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}
