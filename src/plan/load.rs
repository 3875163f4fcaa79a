//! Loading a target file and its recipe, whole and right, or not at all. Reads files, never sockets.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::Problem;

use super::source::Source;
use super::{Declared, Recipe, Target, shipped};

/// What `run` adds to a target file: values for its templates, and variables that stand in for environment
/// variables. The embedded reference system uses both.
#[derive(Clone, Default)]
pub struct Overlay {
    /// Values for templates; they win over `[values]` of the file.
    pub values: BTreeMap<String, String>,
    /// Stands in for environment variables of these names. May hold secrets: never printed.
    pub env: BTreeMap<String, String>,
}

/// Loads a target file and the recipe that it names.
///
/// # Errors
/// Everything that is wrong with either, at once.
pub fn load_target(path: &Path, overlay: &Overlay) -> Result<Declared, Vec<Problem>> {
    let source = Source::read(path).map_err(|p| vec![p])?;
    let folder = path.parent().map_or_else(|| Path::new(".").to_owned(), Path::to_owned);
    load(source, &folder, overlay)
}

/// Loads a target file that is built in.
///
/// # Errors
/// There is none of that name, or something is wrong with it (such as a value that only `overlay` can give).
pub fn shipped_target(name: &str, overlay: &Overlay) -> Result<Declared, Vec<Problem>> {
    let Some((path, text)) = shipped::target(name) else {
        let names = shipped::names(shipped::TARGETS, "targets/").collect::<Vec<_>>().join(", ");
        return Err(vec![
            Problem::new(format!("no target file named `{name}` is built in"))
                .help(format!("there are: {names}")),
        ]);
    };
    load(Source::shipped(path, text), Path::new("."), overlay)
}

fn load(source: Source, folder: &Path, overlay: &Overlay) -> Result<Declared, Vec<Problem>> {
    let mut target: Target = parse(&source).map_err(|p| vec![p])?;
    let recipe_source = recipe_source(&target.target.recipe, folder).map_err(|p| vec![p])?;
    let recipe: Recipe = parse(&recipe_source).map_err(|p| vec![p])?;
    target.values.extend(overlay.values.clone());
    fill_urls(&mut target);
    Ok(Declared {
        target,
        recipe,
        file: source.file,
        digest: source.digest,
        recipe_file: recipe_source.file,
        recipe_digest: recipe_source.digest,
        folder: folder.to_owned(),
        warnings: Vec::new(),
    })
}

fn parse<T: serde::de::DeserializeOwned>(source: &Source) -> Result<T, Problem> {
    toml::from_str(&source.text)
        .map_err(|e| source.problem(e.span().unwrap_or(0..0), e.message().to_owned()))
}

/// A recipe is a shipped one's name, or a path relative to the target file.
fn recipe_source(recipe: &str, folder: &Path) -> Result<Source, Problem> {
    match shipped::recipe(recipe) {
        Some((path, text)) => Ok(Source::shipped(path, text)),
        None => Source::read(&folder.join(recipe)),
    }
}

/// Puts values into the URLs that are known before a run.
fn fill_urls(target: &mut Target) {
    let values = &target.values;
    for issuer in target.issuer.values_mut() {
        issuer.url = fill(&issuer.url, values);
        let endpoints = [
            &mut issuer.token_endpoint,
            &mut issuer.jwks_uri,
            &mut issuer.introspection_endpoint,
            &mut issuer.revocation_endpoint,
            &mut issuer.backchannel_endpoint,
            &mut issuer.authorization_endpoint,
        ];
        for endpoint in endpoints.into_iter().flatten() {
            *endpoint = fill(endpoint, values);
        }
    }
    for service in target.service.values_mut() {
        service.url = fill(&service.url, values);
        service.audience = fill(&service.audience, values);
        for replica in &mut service.replicas {
            *replica = fill(replica, values);
        }
    }
}

/// The text with `{name}` replaced by the value of that name; other templates stay.
fn fill(text: &str, values: &BTreeMap<String, String>) -> String {
    values
        .iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}
