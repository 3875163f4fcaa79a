//! What stops nothing but leaves less to be judged than its owner may think.

use std::collections::BTreeSet;

use super::Rules;
use crate::plan::check::document::{Entry, Node, Value};
use crate::plan::{LONGEST_WAIT, milliseconds};

/// Changes that are known to take something away (or nothing) without an `[effect]`.
const KNOWN_EFFECTS: [&str; 22] = [
    "remove role",
    "remove upstream group",
    "give role",
    "create role",
    "add permission",
    "remove permission",
    "disable subject",
    "delete subject",
    "end sessions",
    "reset password",
    "recreate subject",
    "disable client",
    "withdraw consent",
    "retire key",
    "restart issuer",
    "stop decision source",
    "slow decision source",
    "garble decision source",
    "spoil status list",
    "trust transmitter",
    "register logout address",
    "trust issuer",
];

pub(super) fn check(rules: &mut Rules<'_>) {
    let target = rules.target;
    let changes = rules.changes();
    if let Some(head) = target.root.entry("target") {
        let says = head.node.get("allow-changes").map(|n| &n.value);
        let forbidden = says.is_none_or(|value| *value == Value::Truth(false));
        if forbidden && !changes.is_empty() {
            let what = "this target must not be changed, so that no scenario with a change can run";
            rules.note(&head.key_span, what, "its owner may say `allow-changes = true`");
        }
    }
    if let Some(node) = target.at(&["http", "verify-tls"])
        && node.value == Value::Truth(false)
    {
        rules.note(
            &node.span,
            "certificates are not verified",
            "reports will say so; `ca` trusts a root of your own",
        );
    }
    let owned = target.root.get("owner").is_some_and(|o| !o.items().is_empty());
    if let Some(head) = target.root.entry("target").filter(|_| !owned) {
        let help = "add `[[owner]]` with `area`, `name` and `contact`";
        rules.note(&head.key_span, "nobody answers for the policy of this target", help);
    }
    silent_changes(rules, &changes);
    unawaited_bounds(rules);
    unreachable_services(rules);
    misspelt_scopes(rules);
    removal_by_capture(rules);
    unread_undos(rules);
}

/// Changes of what subjects share that nothing reads: their undoing is believed.
fn unread_undos(rules: &mut Rules<'_>) {
    let Some(recipe) = rules.recipe else { return };
    let shared = |change: &&Entry| {
        let takes = change.node.get("takes").map_or(&[] as &[_], Node::items);
        let of_a_subject = takes.iter().any(|t| t.text() == Some("subject"));
        // Whoever is trusted only for a scenario has no key any more when it is over.
        !change.key.starts_with("trust ") && (!of_a_subject || change.key == "disable client")
    };
    let unread = |change: &&Entry| {
        change.node.get("undo").is_some_and(|undo| !undo.items().is_empty())
            && change.node.get("confirm").is_none()
            && change.node.get("undo-confirm").is_none()
    };
    let all = recipe.root.get("change").map_or(&[] as &[_], Node::entries);
    let all: Vec<_> = all.iter().filter(shared).filter(unread).collect();
    if let Some(first) = all.first() {
        let names: Vec<_> = all.iter().map(|change| format!("`{}`", change.key)).collect();
        let what = format!(
            "nothing shows whether these changes, of what all share, were undone: {}",
            names.join(", ")
        );
        let help = "add `confirm` (a read that shows the change): without it an undo that is acknowledged and not made goes unnoticed";
        rules.note_in(recipe, &first.key_span, what, help);
    }
}

/// Bounds after which the issuer is asked, and that no scenario waits for where time is real.
fn unawaited_bounds(rules: &mut Rules<'_>) {
    if rules.recipe.is_none_or(|recipe| recipe.root.get("clock").is_some()) {
        return;
    }
    let target = rules.target;
    let longest = LONGEST_WAIT.as_secs();
    for name in ["decision", "revocation"] {
        let Some(node) = target.at(&["bounds", name]) else { continue };
        let ms = node.text().and_then(milliseconds).unwrap_or_default();
        if u128::from(ms) > LONGEST_WAIT.as_millis() {
            let what = format!(
                "no scenario waits longer than {longest} s for the bound `{name}`, so that what is judged after it stays inconclusive"
            );
            let help = "promise less, or say in the recipe how the clock is moved (`[clock]`)";
            rules.note(&node.span, what, help);
        }
    }
}

/// Changes of the recipe of which nothing says what they take away.
fn silent_changes(rules: &mut Rules<'_>, changes: &[&str]) {
    let effects = rules.names("effect");
    let silent: Vec<_> = changes
        .iter()
        .filter(|name| !KNOWN_EFFECTS.contains(name) && !effects.contains(name))
        .map(|name| format!("`{name}`"))
        .collect();
    if let (false, Some(subject)) = (silent.is_empty(), rules.target.root.entry("subject")) {
        let what = format!("nothing says what these changes take away: {}", silent.join(", "));
        rules.note(
            &subject.key_span,
            what,
            "add `[effect.\"NAME\"]` with `scopes`, `roles` or `everything = true`",
        );
    }
}

/// Services at which a full subject may do nothing: no positive control is possible there.
fn unreachable_services(rules: &mut Rules<'_>) {
    let target = rules.target;
    let roles: BTreeSet<&str> =
        target.select("subject.roles.*").into_iter().filter_map(|(_, n)| n.text()).collect();
    let scopes: BTreeSet<&str> = target
        .select("role.*.scopes.*")
        .into_iter()
        .filter(|(keys, _)| keys.first().is_some_and(|role| roles.contains(role)))
        .filter_map(|(_, node)| node.text())
        .collect();
    let may = |operation: &Node| {
        let needs = |what: &str| operation.get("needs").and_then(|n| n.text_of(what));
        needs("scope").is_none_or(|s| scopes.contains(s))
            && needs("role").is_none_or(|r| roles.contains(r))
    };
    for service in target.root.get("service").map_or(&[] as &[_], Node::entries) {
        let operations = service.node.get("operation").map_or(&[] as &[_], Node::entries);
        if !operations.is_empty() && !operations.iter().any(|o| may(&o.node)) {
            let what =
                format!("a subject with all roles may do nothing at service `{}`", service.key);
            let help = "nothing can be proved there: compare `needs` with the scopes of `[role]`";
            rules.note(&service.key_span, what, help);
        }
    }
}

/// Scopes that an operation needs, that no role gives, and that look like one that a role gives. A scope that nobody has
/// is a canary, and wanted.
fn misspelt_scopes(rules: &mut Rules<'_>) {
    let target = rules.target;
    let given: BTreeSet<&str> =
        target.select("role.*.scopes.*").into_iter().filter_map(|(_, n)| n.text()).collect();
    let mut said = BTreeSet::new();
    for (_, node) in target.select("service.*.operation.*.needs.scope") {
        let Some(scope) = node.text().filter(|s| !given.contains(s)) else { continue };
        if !said.insert(scope) {
            continue;
        }
        if let Some(near) = given.iter().find(|g| confusable(scope, g)) {
            let what = format!("no role gives the scope `{scope}`, but one gives `{near}`");
            let help = "a scope that nobody has is fine (scenarios try it), a misspelt one is not";
            rules.note(&node.span, what, help);
        }
    }
}

/// True for names that a slip of the finger turns into each other. Numbers at the end are meant.
fn confusable(one: &str, other: &str) -> bool {
    let words = |s: &str| s.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let most = if one.len() < 6 { 1 } else { 2 };
    words(one) != words(other)
        && one.len().max(other.len()) < 100
        && strsim::osa_distance(one, other) <= most
}

/// Removals that need what only the creation told: after a kill in the middle of it nobody knows that.
fn removal_by_capture(rules: &mut Rules<'_>) {
    let Some(recipe) = rules.recipe else { return };
    let captures = |pattern: &str| -> BTreeSet<&str> {
        let all = recipe.select(pattern).into_iter().filter_map(|(_, n)| n.get("capture"));
        all.flat_map(Node::entries).map(|e| e.key.as_str()).collect()
    };
    let looked_up = captures("subject.remove.*");
    let told: Vec<_> = captures("subject.create.*")
        .union(&captures("subject.give-role.*"))
        .filter(|name| !looked_up.contains(*name))
        .map(|name| format!("{{{name}}}"))
        .collect();
    for (_, step) in recipe.select("subject.remove.*") {
        let mut texts = Vec::new();
        strings(step, &mut texts);
        let uses = |name: &&String| texts.iter().any(|text| text.contains(name.as_str()));
        if let (Some(name), Some(request)) = (told.iter().find(uses), step.get("request")) {
            let what = format!(
                "only the answer to its creation tells `{name}`, by which a subject is removed"
            );
            let help = "after a kill in the middle of that nobody can: remove it by its name where the product can \
                        (`{subject}`), or look it up in a step before (with `capture`)";
            rules.note_in(recipe, &request.span, what, help);
        }
    }
}

fn strings<'n>(node: &'n Node, texts: &mut Vec<&'n str>) {
    texts.extend(node.text());
    node.items().iter().for_each(|item| strings(item, texts));
    node.entries().iter().for_each(|entry| strings(&entry.node, texts));
}
