//! Free HTTP steps: redirects, cookies, captures, forms.

use std::collections::BTreeMap;

use recant::drive::{Flow, Vault};
use recant::model::Outcome;
use recant::plan::HttpStep;

use super::server::{Got, Reply, Server, http, reply, see_other, values};

fn steps(toml: &str) -> Vec<HttpStep> {
    #[derive(serde::Deserialize)]
    struct Steps {
        step: Vec<HttpStep>,
    }
    toml::from_str::<Steps>(toml).unwrap_or_else(|e| panic!("{e}")).step
}

fn site(base: &str, got: &Got) -> Reply {
    match got.path.as_str() {
        "/login" => reply(200, &[("set-cookie", "sid=abc; Path=/; HttpOnly")], "welcome"),
        "/whoami" => reply(200, &[], got.header("cookie").to_owned()),
        "/users" => reply(
            201,
            &[("location", "/users/77?x=1#code=frag")],
            r#"{"id":77,"tags":["a","b"],"ok":true}"#,
        ),
        "/page" => reply(200, &[], "<input name=\"csrf\" value=\"tok&n-1\">"),
        "/hop" => see_other("/hop2"),
        "/hop2" => see_other("/page"),
        "/loop" => see_other("/loop"),
        "/away" => see_other(&format!("{}/headers", base.replace("127.0.0.1", "localhost"))),
        "/headers" => reply(200, &[], format!("{:?}", got.header("x-api-key"))),
        "/bad" => reply(500, &[], "line one\r\n\u{1b}[31mred\u{7} admin-secret-5512 <b>\u{202e}"),
        other => reply(404, &[], format!("nothing at {other}")),
    }
}

#[tokio::test]
async fn captures() {
    let server = Server::start(site).await;
    let vault = Vault::default();
    let client = http(5.0);
    let mut flow = Flow::new(&client, &vault, values(&server.base));
    let steps = steps(
        r#"
        [[step]]
        request = "POST {base}/users"
        json = { name = "x" }
        accept = [201]
        [step.capture]
        id = "json:/id"
        tags = "json:/tags"
        second = "json:/tags/1"
        any = "json:/tags/*"
        place = "header:location"
        number = 'header:location:/users/(\d+)'
        x = "query:location:x"
        code = "query:location:code"
        [[step]]
        request = "GET {base}/page"
        capture = { csrf = 'body:name="csrf" value="([^"]*)"' }
        "#,
    );
    flow.run(&steps).await.unwrap();
    let seen: BTreeMap<_, _> =
        ["id", "tags", "second", "any", "place", "number", "x", "code", "csrf"]
            .map(|n| (n, flow.values().text_of(n).unwrap().replace(&server.base, "BASE")))
            .into();
    insta::assert_debug_snapshot!(seen, @r#"
    {
        "any": "a",
        "code": "frag",
        "csrf": "tok&n-1",
        "id": "77",
        "number": "77",
        "place": "BASE/users/77?x=1#code=frag",
        "second": "b",
        "tags": "a b",
        "x": "1",
    }
    "#);
    assert!(!flow.values().to_plain().contains_key("code"), "a code is a credential");
}

#[tokio::test]
async fn every_flow_has_cookies_of_its_own() {
    let server = Server::start(site).await;
    let (vault, client) = (Vault::default(), http(5.0));
    let login = steps("[[step]]\nrequest = \"POST {base}/login\"");
    let who = steps("[[step]]\nrequest = \"GET {base}/whoami\"");
    let mut first = Flow::new(&client, &vault, values(&server.base));
    first.run(&login).await.unwrap();
    let body =
        |r: Option<recant::drive::Reached>| String::from_utf8(r.unwrap().answer.body).unwrap();
    assert_eq!(body(first.run(&who).await.unwrap()), "sid=abc");
    let mut second = Flow::new(&client, &vault, values(&server.base));
    assert_eq!(body(second.run(&who).await.unwrap()), "");
}

#[tokio::test]
async fn redirects_are_followed_only_where_asked_and_not_for_ever() {
    let server = Server::start(site).await;
    let (vault, client) = (Vault::default(), http(5.0));
    let mut flow = Flow::new(&client, &vault, values(&server.base))
        .headers(&BTreeMap::from([("X-Api-Key".to_owned(), "k".to_owned())]));
    let go = |what: &str, follow: bool| {
        steps(&format!("[[step]]\nrequest = \"GET {{base}}/{what}\"\nfollow-redirects = {follow}"))
    };
    let ended = flow.run(&go("hop", true)).await.unwrap().unwrap();
    assert_eq!(ended.url, format!("{}/page", server.base));
    let stopped = flow.run(&go("hop", false)).await.unwrap_err();
    assert_eq!(stopped.outcome, Outcome::Unknown("status 302".into()));
    let stopped = flow.run(&go("loop", true)).await.unwrap_err();
    assert_eq!(stopped.outcome, Outcome::Unknown("more than 5 redirects".into()));
    assert_eq!(server.to("/loop").len(), 6);
    flow.run(&go("away", true)).await.unwrap();
    assert_eq!(server.to("/headers")[0].header("x-api-key"), "", "not to another origin");
}

#[tokio::test]
async fn an_error_is_one_clean_line_without_secrets() {
    let server = Server::start(site).await;
    let (vault, client) = (Vault::default(), http(5.0));
    vault.learn("secret admin", "admin-secret-5512");
    let mut flow = Flow::new(&client, &vault, values(&server.base));
    let mut why = Vec::new();
    for step in [
        "request = \"GET {base}/bad\"",
        "request = \"GET {base}/nowhere\"",
        "request = \"GET {base}/page\"\ncapture = { a = \"json:/a\" }",
        "request = \"GET {base}/users\"\ncapture = { a = \"json:/zz\" }",
        "request = \"GET {base}/page\"\ncapture = { a = \"body:((\" }",
        "request = \"GET {base}/{nobody}\"",
        "request = \"{base}/page\"",
        "request = \"GET nonsense\"",
    ] {
        let stopped = flow.run(&steps(&format!("[[step]]\n{step}"))).await.unwrap_err();
        assert!(!stopped.why.chars().any(char::is_control));
        why.push(stopped.why);
    }
    insta::assert_snapshot!(why.join("\n"), @"
    `GET {base}/bad`: status 500, `line one [31mred <secret admin> <b>`
    `GET {base}/nowhere`: status 404, `nothing at /nowhere`
    `GET {base}/page` (status 200): the answer is no JSON
    `GET {base}/users` (status 201): the answer has no `json:/zz`
    `GET {base}/page` (status 200): `((` is no regular expression
    `GET {base}/{nobody}`: nothing defines `{nobody}` here
    `{base}/page`: a request is `METHOD url`
    `GET nonsense`: the URL is not well-formed after its values are filled in
    ");
}

#[tokio::test]
async fn a_closed_port_is_certainly_without_effect() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (vault, client) = (Vault::default(), http(5.0));
    let mut flow = Flow::new(&client, &vault, values(&base));
    let stopped =
        flow.run(&steps("[[step]]\nrequest = \"GET {base}/x?k={base}\"")).await.unwrap_err();
    assert!(matches!(stopped.outcome, Outcome::Failed(_)), "{stopped:?}");
}

#[tokio::test]
async fn a_header_of_every_request_is_sent_from_when_its_session_is_known() {
    let server = Server::start(|_, got| match got.path.as_str() {
        "/session" => reply(201, &[], r#"{"sid":"abc-{1}"}"#),
        _ => reply(200, &[], format!("{:?}", got.header("x-api-key"))),
    })
    .await;
    let (vault, client) = (Vault::default(), http(5.0));
    let headers = [("x-api-key", "{sid}"), ("accept", "application/json")];
    let headers: BTreeMap<_, _> = headers.map(|(n, v)| (n.to_owned(), v.to_owned())).into();
    let start = steps(
        r#"
        [[step]]
        request = "POST {base}/session"
        [step.capture]
        sid = "json:/sid"
        [[step]]
        request = "GET {base}/shown"
        [step.capture]
        shown = "body:(.*)"
        "#,
    );
    let mut flow = Flow::new(&client, &vault, values(&server.base)).headers(&headers);
    flow.start(&start).await.unwrap();
    assert_eq!(flow.values().text("{shown}").unwrap(), "\"abc-{1}\"");
    // What nothing captures is a mistake, also there.
    let wrong = BTreeMap::from([("x-api-key".to_owned(), "{side}".to_owned())]);
    let mut flow = Flow::new(&client, &vault, values(&server.base)).headers(&wrong);
    let stopped = flow.start(&start).await.unwrap_err();
    assert!(stopped.why.contains("side"), "{stopped:?}");
}
