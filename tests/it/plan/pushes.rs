//! What a target file says of where recant is pushed to.

use recant::error::render_problems;
use recant::plan::load_target;

use super::with_secrets;

const TARGET: &str = include_str!("../../../targets/reference.toml");
const PUSH: &str = "push = { listen = \"127.0.0.1:0\" }";

/// What is said of the reference target with this instead of its address.
fn said(push: &str) -> String {
    assert!(TARGET.contains(PUSH));
    loaded(&TARGET.replace(PUSH, push))
}

fn loaded(target: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("target.toml");
    std::fs::write(&path, target).unwrap();
    match load_target(&path, &with_secrets()) {
        Ok(declared) => render_problems(&declared.warnings, false),
        Err(problems) => render_problems(&problems, false),
    }
}

#[test]
fn mistakes_about_pushes() {
    let table = [
        ("delivery = \"push\"", "nothing says where events are pushed to"),
        ("delivery = \"pull\"", "pull"),
        ("delivery = \"back-channel-logout\"", "no stream delivers in this way"),
        ("push = {}", "listen"),
        ("push = { listen = \"localhost\" }", "this is no address with a port"),
        ("push = { listen = \"127.0.0.1:99999\" }", "this is no address with a port"),
        ("push = { listen = \"0.0.0.0:7900\" }", "is not told how to reach this address"),
        (
            "push = { listen = \"0.0.0.0:7900\", url = \"http://recant.example/events\" }",
            "in the clear from another machine",
        ),
        (
            "push = { listen = \"127.0.0.1:0\", url = \"https://recant.example/events\" }",
            "port 0 is another one in every run",
        ),
        (
            "push = { listen = \"127.0.0.1:7900\", url = \"https://recant.example/?a=b\" }",
            "a URL has no query",
        ),
        ("push = { listen = \"127.0.0.1:7900\", url = \"recant.example\" }", "this is no URL"),
        (
            "push = { listen = \"127.0.0.1:7900\", url = \"https://{plcae}/\" }",
            "nothing defines `{plcae}` here",
        ),
        ("push = { listen = \"127.0.0.1:7900\", path = \"/x\" }", "path"),
    ];
    for (push, wanted) in table {
        let said = said(push);
        assert!(said.contains("error") && said.contains(wanted), "{push}: {said}");
    }
}

#[test]
fn mistakes_about_where_logouts_are_told() {
    const LOGOUT: &str = "[signals.logout]\nlisten = \"127.0.0.1:0\"";
    assert!(TARGET.contains(LOGOUT));
    for (listen, wanted) in [
        ("", "`listen` is missing in `signals.logout`"),
        ("listen = \"nowhere\"", "this is no address with a port"),
        ("listen = \"0.0.0.0:7901\"", "the issuer is not told how to reach this address"),
        (
            "listen = \"127.0.0.1:0\"\nurl = \"https://recant.example/\"",
            "port 0 is another one in every run",
        ),
    ] {
        let said = loaded(&TARGET.replace(LOGOUT, &format!("[signals.logout]\n{listen}")));
        assert!(said.contains("error") && said.contains(wanted), "{listen}: {said}");
    }
}

#[test]
fn what_is_right_about_pushes() {
    for push in [
        PUSH,
        "push = { listen = \"[::1]:0\" }",
        "delivery = \"push\"\npush = { listen = \"127.0.0.1:7900\" }",
        "push = { listen = \"0.0.0.0:7900\", url = \"https://recant.example/events\" }",
        "push = { listen = \"127.0.0.1:7900\", url = \"http://localhost:7900\" }",
    ] {
        assert_eq!(said(push), "", "{push}");
    }
}
