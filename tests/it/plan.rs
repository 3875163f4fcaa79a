//! Target files, recipes, scripts and features: what is read, and what is said about mistakes.

use recant::plan::Overlay;
use recant::reference::{ADMIN_SECRET, client_secrets};

mod exceptions;
mod features;
mod gaps;
mod hostile;
mod loaded;
mod preflight;
mod pushes;
mod reuse;
mod schemas;
mod targets;
mod waivers;
mod walk;

/// What the target file of the reference system needs from the environment.
fn with_secrets() -> Overlay {
    let names = client_secrets().into_iter().map(|(name, _)| name);
    let env = names.chain([ADMIN_SECRET.to_owned()]);
    let env = env.map(|name| (name.clone(), format!("secret of {name}"))).collect();
    Overlay { env, ..Overlay::default() }
}
