//! Target files, recipes, scripts and features: what is read, and what is said about mistakes.

mod exceptions;
mod features;
mod gaps;
mod hostile;
mod loaded;
mod preflight;
mod reuse;
mod schemas;
mod targets;
mod waivers;
mod walk;
