//! The second place: what requests from there look like.

use super::Rules;
use super::requests::headers;
use crate::plan::check::document::Node;

/// What must not be said of a place: it is what a request asks for and shows.
const OURS: [&str; 4] = ["authorization", "dpop", "content-length", "host"];

pub(super) fn check(rules: &mut Rules<'_>) {
    let target = rules.target;
    let Some(place) = target.root.entry("elsewhere") else { return };
    let Some(told) = place.node.get("headers") else { return };
    if told.entries().is_empty() {
        let what = "nothing tells this place from the usual one";
        rules.wrong(&place.key_span, what, "such as `headers = { user-agent = \"curl/8.5.0\" }`");
    }
    headers(rules, target, told);
    let all = told.entries().iter();
    for entry in all.filter(|e| OURS.contains(&e.key.to_ascii_lowercase().as_str())) {
        let what = format!("`{}` does not say where a request comes from", entry.key);
        rules.wrong(&entry.key_span, what, "such as `user-agent` or `x-forwarded-for`");
    }
    if Node::get(&target.root, "signals").is_none_or(|s| s.get("transmitter").is_none()) {
        let what =
            "nobody can be heard to notice a second place: there is no `[signals.transmitter]`";
        rules.note(
            &place.key_span,
            what,
            "declare `signal-transmitter` absent, or say where events are read",
        );
    }
}
