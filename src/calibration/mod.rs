//! What the selftest said of the very sources that a build was made from. A build that was made from others knows that
//! nobody has tested it, and every report says so. Runs nothing.

mod matrix;
mod shipped;
mod stamp;

pub use matrix::{Column, FaultRow, Healthy, MATRIX_FORMAT, Matrix};
pub use shipped::{SOURCES, digest, of_this_build, sources};
pub use stamp::{Calibration, STAMP_FORMAT, Stamp, sha256};
