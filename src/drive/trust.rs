//! What a journal may ask for. A run folder travels, and whoever can write to it must not be able to send an
//! administrator's credential somewhere: the requests come from the recipe, and the addresses from the target file.

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;

use super::confirm::UndoneWhen;
use crate::plan::{Change, Declared, HttpStep};

/// Makes sure that an inverse is one of the recipe's, with values that lead nowhere else.
///
/// # Errors
/// Why it is not carried out.
pub(super) fn own(
    declared: &Declared,
    steps: &[HttpStep],
    undone: Option<&UndoneWhen>,
    values: &BTreeMap<String, Value>,
) -> Result<(), String> {
    let (known, reads) = recipe(declared);
    let origins = origins(declared);
    let own = |s: &HttpStep| {
        known.iter().any(|k| sends_the_same(k, s)) || removes_stream(declared, s, &origins)
    };
    let other = steps.iter().find(|s| !own(s)).map(|s| s.request.as_str());
    let read = undone.map(UndoneWhen::request);
    if let Some(request) = other.or(read.filter(|r| !reads.contains(r))) {
        return Err(format!(
            "`{request}` is no request of the recipe; was the recipe changed, or undo.jsonl?"
        ));
    }
    if let Some(name) = values.keys().find(|n| reserved(declared, n)) {
        return Err(format!("undo.jsonl gives `{name}` a value that is the target file's to give"));
    }
    let texts = values.values().filter_map(Value::as_str);
    // A captured address (the location of what was made) is fine where it is the target's.
    match texts.filter_map(origin).find(|o| !origins.contains(o)) {
        Some(other) => {
            Err(format!("undo.jsonl leads to {other}, which the target file does not name"))
        }
        None => Ok(()),
    }
}

/// The one inverse that is not the recipe's: where a stream is removed the transmitter's metadata say, which must be at
/// an address that the target file names.
fn removes_stream(declared: &Declared, step: &HttpStep, origins: &[String]) -> bool {
    let Some(at) = &declared.target.signals.transmitter else { return false };
    let shown = at.authorization.iter().map(|a| ("authorization".to_owned(), a.clone()));
    let bare = HttpStep { headers: shown.collect(), ..HttpStep::of(&step.request) };
    let url = step.request.strip_prefix("DELETE ").and_then(|r| r.strip_suffix("{stream}"));
    sends_the_same(&bare, step)
        // Nothing else may stand in it for a value, such as a secret.
        && url.is_some_and(|url| !url.replace("{{", "").contains('{'))
        && url.and_then(origin).is_some_and(|origin| origins.contains(&origin))
}

/// Where the target is, as its file says.
fn origins(declared: &Declared) -> Vec<String> {
    let target = &declared.target;
    let transmitter = target.signals.transmitter.iter();
    let urls = target.values.values().chain(target.issuer.values().map(|i| &i.url));
    let urls = urls.chain(target.service.values().map(|s| &s.url));
    let urls = urls.chain(transmitter.flat_map(|t| t.metadata.iter().chain([&t.issuer])));
    urls.filter_map(|u| origin(u)).collect()
}

/// What is taken for success is left to the journal: a removal is noted with more of it than the recipe has.
fn sends_the_same(a: &HttpStep, b: &HttpStep) -> bool {
    (&a.request, &a.headers, &a.json, &a.form, a.follow_redirects)
        == (&b.request, &b.headers, &b.json, &b.form, b.follow_redirects)
}

/// Names that a journal must not define.
fn reserved(declared: &Declared, name: &str) -> bool {
    declared.target.values.contains_key(name) || name.starts_with("secret.")
}

/// Every request that the recipe changes something with, and the reads that confirm changes.
fn recipe(declared: &Declared) -> (Vec<&HttpStep>, Vec<&str>) {
    let recipe = &declared.recipe;
    let subject = recipe.subject.iter().flat_map(|s| [&s.create, &s.give_role, &s.remove]);
    let changes = || recipe.change.values();
    let steps = subject.chain(changes().flat_map(|c: &Change| [&c.steps, &c.undo])).flatten();
    let reads = changes().flat_map(|c| c.confirm.iter().chain(&c.undo_confirm));
    (steps.collect(), reads.map(|c| c.request.as_str()).collect())
}

fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text.trim()).ok().filter(Url::has_host)?;
    Some(url.origin().ascii_serialization())
}
