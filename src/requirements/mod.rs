//! The catalogue: one TOML per requirement under `<point>/<id>.toml`, embedded in the binary. Data only; the judging of
//! a check is in `judge`.

mod catalog;
mod example;
mod requirement;
pub mod world;

pub use catalog::Catalog;
pub use example::{Example, ExampleOp, ExampleToken, INSTANCE};
pub use requirement::{Level, Point, Requirement, Source, SourceKind};
