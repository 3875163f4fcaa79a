//! Control frameworks that findings are evidence for: one TOML each, embedded in the binary. Data and lookup only; says
//! "evidence for", never "compliant".

mod framework;
mod frameworks;

pub use framework::{Control, Crosswalk, Framework, Text};
pub use frameworks::{Citation, Frameworks, Published};
