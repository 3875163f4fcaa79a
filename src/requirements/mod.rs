//! The catalogue: one TOML per requirement under `<point>/<id>.toml`, embedded in the binary. Data only; the judging of
//! a check is in `judge`.

mod catalog;
mod requirement;

pub use catalog::Catalog;
pub use requirement::{Example, ExampleOp, Level, Point, Requirement, Source, SourceKind};
