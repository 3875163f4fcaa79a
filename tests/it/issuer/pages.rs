//! A log that answers in pages (RFC 8288): they are followed within bounds, and what is not read makes the log unknown.

use recant::model::Outcome;
use serde_json::{Value, json};

use super::decisions::{ids, log, record, subject};
use super::server::{Got, Reply, Server, json_reply, reply};

/// Reads a log once: ids of alice's records, and what became of it.
async fn read(server: &Server) -> (Vec<String>, Outcome) {
    let header = "headers = { authorization = \"Bearer {secret.admin}\" }";
    let log = log(&server.base, &format!("url = \"{{base}}/log\"\n{header}")).await;
    let mut cursor = log.decisions.begin(&log.values).await;
    let alice = [subject("alice", &log.values)];
    let read = log.decisions.read(&mut cursor, &alice, &log.values).await;
    let again = log.decisions.read(&mut cursor, &alice, &log.values).await;
    assert!(again.records.is_empty(), "nothing is new");
    (ids(&read).into_iter().map(str::to_owned).collect(), read.outcome)
}

fn page(records: &[Value], links: &[&str]) -> Reply {
    let links: Vec<_> = links.iter().map(|l| ("link", *l)).collect();
    reply(200, &links, json!(records).to_string())
}

fn number(got: &Got) -> u32 {
    got.query().get("page").map_or(1, |p| p.parse().expect("a number"))
}

fn unknown(outcome: &Outcome, about: &str) {
    let Outcome::Unknown(why) = outcome else { panic!("{outcome:?}, not unknown: {about}") };
    assert!(why.contains(about), "{why}");
}

#[tokio::test]
async fn pages_are_followed_and_what_moved_to_the_next_page_counts_once() {
    let server = Server::start(|base, got| match number(got) {
        1 => page(&[record("3", "alice"), record("2", "alice")], &["</log?page=2>; rel=\"next\""]),
        2 => {
            let next = format!("<{base}/log?page=3>; title=\"a, <b>\"; rel=\"last next\"");
            let other =
                "<https://elsewhere.example/>; rel=preconnect; crossorigin, </log>; rel=first";
            page(&[record("2", "alice"), record("1", "bob")], &[other, &next])
        }
        _ => page(&[record("0", "alice"), record("0", "alice")], &["</log?page=2>; rel=prev"]),
    })
    .await;
    let (ids, outcome) = read(&server).await;
    assert_eq!((ids.join(" "), outcome), ("3 2 0 0".to_owned(), Outcome::Accepted));
    let asked = server.to("/log");
    assert!(asked.iter().all(|got| got.header("authorization") == "Bearer admin-secret-5512"));
}

#[tokio::test]
async fn a_page_that_is_not_read_leaves_the_log_unknown() {
    for (status, body) in [(404, "{}"), (503, ""), (200, "{"), (302, "")] {
        let server = Server::start(move |_, got| match number(got) {
            1 => page(&[record("1", "alice")], &["<?page=2>; rel=next"]),
            _ => reply(status, &[], body),
        })
        .await;
        let (ids, outcome) = read(&server).await;
        assert!(ids.is_empty() && matches!(outcome, Outcome::Unknown(_)), "{status}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_next_page_elsewhere_is_not_asked() {
    let other = Server::start(|_, _| json_reply(200, &json!([record("2", "alice")]))).await;
    let there = format!("<{}/log?page=2>; rel=next", other.base);
    for link in
        [there.as_str(), "<https://127.0.0.1/log>; rel=next", "<file:///etc/passwd>; rel=next"]
    {
        let link = link.to_owned();
        let server = Server::start(move |_, _| page(&[record("1", "alice")], &[&link])).await;
        unknown(&read(&server).await.1, "another origin");
    }
    assert!(other.to("/log").is_empty());
}

#[tokio::test]
async fn endless_and_circular_pages_end() {
    let server =
        Server::start(|_, got| page(&[], &[&format!("</log?page={}>; rel=next", number(got) + 1)]))
            .await;
    unknown(&read(&server).await.1, "200 pages");
    let server = Server::start(|_, got| {
        page(&[], &[if number(got) == 1 { "</log?page=2>; rel=next" } else { "</log>; rel=next" }])
    })
    .await;
    unknown(&read(&server).await.1, "lead back");
}

#[tokio::test]
async fn a_link_header_that_cannot_be_read_is_no_last_page() {
    let long = format!("<{}>", "x".repeat(20 << 10));
    for link in [
        "/log?page=2; rel=next",
        "</log?page=2; rel=next",
        "</log?page=2>; rel=\"next",
        "</log?page=2> rel=next",
        "</a>; rel=",
        "</a>; rel=next, </b>; rel=next",
        &long,
    ] {
        let link = link.to_owned();
        let server = Server::start(move |_, _| page(&[record("1", "alice")], &[&link])).await;
        unknown(&read(&server).await.1, "goes on");
    }
    for link in [
        "</log?page=2>; rel=nextish",
        "</log?page=2>",
        "</log?page=2>; rel=next; anchor=\"#other\"",
        "</log?page=2>; rel=prev; rel=next",
        "</log>; ; rel=self,",
    ] {
        let link = link.to_owned();
        let server = Server::start(move |_, _| page(&[record("1", "alice")], &[&link])).await;
        assert_eq!(read(&server).await, (vec!["1".to_owned()], Outcome::Accepted));
    }
}
