#[path = "it/catalog.rs"]
mod catalog;
