//! `recant sign --oscal PATH`: assessment results beside a signature that compliance-trestle verifies, which knows nothing of us.

use std::path::{Path, PathBuf};

use super::reports::Reports;
use super::{sign, undo};
use crate::attest::{Envelope, Signer};
use crate::error::Error;
use crate::report::oscal::signing::Signing;
use crate::report::statement::PAYLOAD_TYPE;
use crate::report::{Record, read_json};

/// Writes the assessment results of a record to `path`, and an envelope over them to `path` with `.dsse.json` behind it.
/// Says what it did.
///
/// # Errors
/// Where one of both can't be written there. An envelope of before is removed first: it signs something else.
pub fn write(folder: &Path, path: &Path, signer: &Signer) -> Result<String, Error> {
    let broken = |why: String| Error::Broken(format!("no assessment results are signed: {why}"));
    let reports = Reports::oscal(path);
    reports.ready(folder, true)?;
    let envelope = beside(path);
    if envelope.exists() {
        std::fs::remove_file(&envelope)
            .map_err(|e| broken(format!("{}: {e}", envelope.display())))?;
    }
    let record = Record::open(folder).map_err(broken)?;
    let report = record.report(&record.judge(), &undo(folder, &record)?);
    reports.write(folder, &report, &record.views())?;
    let document = read_json(path).map_err(broken)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let statement = Signing::of(&name, &document).map_err(broken)?;
    let payload = serde_json::to_vec(&statement).map_err(|e| broken(e.to_string()))?;
    let signed = Envelope::sign(PAYLOAD_TYPE, &payload, signer).map_err(broken)?;
    sign::write(&envelope, &signed).map_err(broken)?;
    Ok(format!("written       {}, signed in {}", path.display(), envelope.display()))
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".dsse.json");
    PathBuf::from(name)
}
