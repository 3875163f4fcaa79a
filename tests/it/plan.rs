//! Target files, recipes, scripts and features: what is read, and what is said about mistakes.

mod features;
mod targets;
