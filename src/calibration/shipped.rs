//! What was built in: the digest of the sources, the committed matrix, and when it was measured.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::stamp::hex;
use super::{Calibration, Matrix};

/// The sources of this build that decide what it notices, by name and in the order of names (`build.rs` says which).
pub const SOURCES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/sources.rs"));

/// The committed matrix; empty where there is none.
const MATRIX: &str = include!(concat!(env!("OUT_DIR"), "/embedded_matrix.rs"));

/// When it was measured; empty where there is none.
const STAMP: &str = include!(concat!(env!("OUT_DIR"), "/embedded_stamp.rs"));

/// The digest of the sources of this build.
#[must_use]
pub fn sources() -> &'static str {
    static DIGEST: OnceLock<String> = OnceLock::new();
    DIGEST.get_or_init(|| digest(SOURCES))
}

/// SHA-256 (hex) over names and bytes.
#[must_use]
pub fn digest(sources: &[(&str, &[u8])]) -> String {
    let mut all = Sha256::new();
    for (name, bytes) in sources {
        for part in [name.as_bytes(), bytes] {
            all.update((part.len() as u64).to_be_bytes());
            all.update(part);
        }
    }
    hex(&all.finalize())
}

/// The calibration of this build, for a run that judged these requirements (ids).
#[must_use]
pub fn of_this_build(judged: &BTreeSet<&str>) -> Calibration {
    static MEASURED: OnceLock<Option<Matrix>> = OnceLock::new();
    let measured = MEASURED.get_or_init(|| serde_json::from_str(MATRIX).ok());
    let mut calibration = Calibration::of(sources(), env!("CARGO_PKG_VERSION"), MATRIX, STAMP);
    if let (true, Some(matrix)) = (calibration.calibrated, measured) {
        calibration.within_reach = matrix.noticed_by(judged);
    }
    calibration
}
