//! Loading a target file and its recipe, whole and right, or not at all. Reads files, never sockets.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::Problem;

use super::check::{Document, rules, shape};
use super::source::Source;
use super::{Declared, Recipe, Target, schemas, shipped, suggestion};

/// What `run` adds to a target file: values for its templates, and variables that stand in for environment
/// variables. The embedded reference system uses both.
#[derive(Clone, Default)]
pub struct Overlay {
    /// Values for templates; they win over `[values]` of the file.
    pub values: BTreeMap<String, String>,
    /// Stands in for environment variables of these names. May hold secrets: never printed.
    pub env: BTreeMap<String, String>,
    /// The version of the system, where it was told; it wins over that of the file.
    pub version: Option<String>,
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
    let (document, mut problems) = Document::parse(source);
    let broken = !problems.is_empty();
    problems.extend(shape::check(&document, &schemas::target(), broken));
    let recipe = recipe_source(&document, folder, &mut problems).map(|source| {
        let (recipe, more) = Document::parse(source);
        problems.extend(shape::check(&recipe, &schemas::recipe(), !more.is_empty()));
        let readable = more.is_empty();
        problems.extend(more);
        (recipe, readable)
    });
    let whole = recipe.as_ref().filter(|(_, readable)| *readable).map(|(recipe, _)| recipe);
    // what a broken file means can't be told; its syntax comes first
    if !broken {
        problems.extend(rules::check(&document, whole, folder, overlay));
    }
    problems.sort_by(|a, b| (&a.place, &a.what).cmp(&(&b.place, &b.what)));
    problems.dedup();
    if problems.iter().any(|p| !p.warning) {
        return Err(problems);
    }
    let Some((recipe, _)) = recipe else { return Err(problems) };
    let mut target: Target = typed(&document).map_err(|p| vec![p])?;
    let typed_recipe: Recipe = typed(&recipe).map_err(|p| vec![p])?;
    target.values.extend(overlay.values.clone());
    let head = &mut target.target;
    head.version = overlay.version.clone().or(head.version.take()).filter(|v| !v.is_empty());
    fill_urls(&mut target);
    Ok(Declared {
        target,
        recipe: typed_recipe,
        file: document.source.file,
        digest: document.source.digest,
        recipe_file: recipe.source.file,
        recipe_digest: recipe.source.digest,
        folder: folder.to_owned(),
        warnings: problems,
    })
}

/// The typed content of a document that has been checked; what the check overlooks is said by serde.
pub(super) fn typed<T: serde::de::DeserializeOwned>(document: &Document) -> Result<T, Problem> {
    toml::from_str(&document.source.text)
        .map_err(|e| document.problem(e.span().unwrap_or(0..0), e.message().to_owned()))
}

/// A recipe is a shipped one's name, or a path relative to the target file.
fn recipe_source(target: &Document, folder: &Path, problems: &mut Vec<Problem>) -> Option<Source> {
    let node = target.at(&["target", "recipe"])?;
    let name = node.text()?;
    if let Some((path, text)) = shipped::recipe(name) {
        return Some(Source::shipped(path, text));
    }
    let names: Vec<_> = shipped::names(shipped::RECIPES, "recipes/").collect();
    if !name.contains(['/', '.']) {
        let help = suggestion(name, names, "built-in recipes");
        let what = format!("no recipe named `{name}` is built in");
        let help = format!("{help}; a recipe of your own is named by its path: `./{name}.toml`");
        problems.push(target.problem(node.span.clone(), what).help(help));
        return None;
    }
    match Source::read(&folder.join(name)) {
        Ok(source) => Some(source),
        Err(problem) if problem.place.is_some() => {
            problems.push(problem);
            None
        }
        Err(problem) => {
            let help = "relative paths start at the folder of the target file";
            problems.push(target.problem(node.span.clone(), problem.what).help(help));
            None
        }
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
    if let Some(transmitter) = &mut target.signals.transmitter {
        transmitter.issuer = fill(&transmitter.issuer, values);
        transmitter.metadata = transmitter.metadata.as_ref().map(|url| fill(url, values));
    }
    for receiver in target.signals.receiver.values_mut() {
        receiver.endpoint = fill(&receiver.endpoint, values);
        receiver.audience = receiver.audience.as_ref().map(|audience| fill(audience, values));
    }
    for service in target.service.values_mut() {
        service.url = fill(&service.url, values);
        service.audience = fill(&service.audience, values);
        if let Some(direct) = &mut service.direct {
            direct.url = fill(&direct.url, values);
        }
        for replica in &mut service.replicas {
            *replica = fill(replica, values);
        }
    }
}

/// The text with `{name}` replaced by the value of that name; other templates stay.
pub(super) fn fill(text: &str, values: &BTreeMap<String, String>) -> String {
    values
        .iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}
