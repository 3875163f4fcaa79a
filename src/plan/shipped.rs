//! What is built into the binary. The tables are written by `build.rs` from the folders of the repository.

/// Feature files: path from the repository's root, and text.
pub static FEATURES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/embedded_features.rs"));

/// Scenario scripts.
pub static SCENARIOS: &[(&str, &str)] =
    include!(concat!(env!("OUT_DIR"), "/embedded_scenarios.rs"));

/// Recipes.
pub static RECIPES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/embedded_recipes.rs"));

/// Target files.
pub static TARGETS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/embedded_targets.rs"));

/// The text of a shipped target file, by its name (`reference` for `targets/reference.toml`).
#[must_use]
pub fn target(name: &str) -> Option<(&'static str, &'static str)> {
    named(TARGETS, "targets/", name)
}

/// The text of a shipped recipe, by its name.
#[must_use]
pub fn recipe(name: &str) -> Option<(&'static str, &'static str)> {
    named(RECIPES, "recipes/", name)
}

/// Names in a table: `reference` for `targets/reference.toml`.
pub fn names<'a>(
    table: &'a [(&'static str, &'static str)],
    folder: &'a str,
) -> impl Iterator<Item = &'static str> + 'a {
    table.iter().filter_map(move |(path, _)| path.strip_prefix(folder)?.strip_suffix(".toml"))
}

fn named(
    table: &'static [(&'static str, &'static str)],
    folder: &str,
    name: &str,
) -> Option<(&'static str, &'static str)> {
    table
        .iter()
        .find(|(path, _)| {
            path.strip_prefix(folder).and_then(|p| p.strip_suffix(".toml")) == Some(name)
        })
        .copied()
}
