//! One integration binary; a file for each area under `tests/it/`.

#[path = "it/steps.rs"]
mod steps;
