//! What a target file says of things that count once and of a second place.

use recant::error::render_problems;
use recant::plan::load_target;

use super::with_secrets;

const TARGET: &str = include_str!("../../../targets/reference.toml");

/// What is said of the reference target with this replacement in it.
fn said(from: &str, to: &str) -> String {
    assert!(TARGET.contains(from), "{from}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("target.toml");
    std::fs::write(&path, TARGET.replace(from, to)).unwrap();
    match load_target(&path, &with_secrets()) {
        Ok(declared) => render_problems(&declared.warnings, false),
        Err(problems) => render_problems(&problems, false),
    }
}

const ONE: &str = "one-time-grant = \"user-by-assertion\"";
const PLACE: &str =
    "headers = { user-agent = \"somebody-else/1.0\", x-forwarded-for = \"203.0.113.9\" }";

#[test]
fn a_grant_of_which_nothing_counts_once() {
    let one = said(ONE, "one-time-grant = \"user\"");
    assert!(one.contains("grant `user` is `password`: nothing of it counts once"), "{one}");
    let listed = said(ONE, "one-time-grant = [\"user-by-assertion\", \"exchange\"]");
    assert!(listed.contains("grant `exchange` is `token-exchange`"), "{listed}");
    let unknown = said(ONE, "one-time-grant = [\"user-by-asertion\"]");
    assert!(unknown.contains("did you mean `user-by-assertion`?"), "{unknown}");
    assert_eq!(said(ONE, "one-time-grant = [\"user-by-assertion\"]"), "");
}

#[test]
fn a_place_that_is_no_other_one() {
    let none = said(PLACE, "headers = {}");
    assert!(none.contains("nothing tells this place from the usual one"), "{none}");
    let ours = said(PLACE, "headers = { Authorization = \"Bearer x\" }");
    assert!(ours.contains("`Authorization` does not say where a request comes from"), "{ours}");
    let name = said(PLACE, "headers = { \"user agent\" = \"x\" }");
    assert!(name.contains("`user agent` is no name of a header"), "{name}");
    let template = said(PLACE, "headers = { user-agent = \"{plcae}\" }");
    assert!(template.contains("nothing defines `{plcae}` here"), "{template}");
    assert!(said(PLACE, "header = {}").contains("did you mean `headers`?"));
}

#[test]
fn what_is_there_and_declared_absent() {
    let absent = "[[absent]]\ncapability = \"elsewhere\"\nreason = \"r\"\n\n[bounds]";
    let said = said("[bounds]", absent);
    assert!(said.contains("`elsewhere` is declared absent, but it is there"), "{said}");
}
