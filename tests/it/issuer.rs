//! The issuer half of `drive` against small servers that say what a test wants them to say.

mod accesses;
mod decisions;
mod discovery;
mod disguised;
mod flows;
mod grants;
mod hostile;
mod keys;
mod logins;
mod outcomes;
mod pages;
mod proofs;
pub(super) mod server;
mod templates;
mod tokens;
