//! Answers that say that something was done or granted when it was not.

use super::bodies::case;
use super::system::{Good, System, Wrong, good};
use super::{Bench, Case, all};
use crate::it::issuer::server::reply;

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_says_it_was_moved_and_was_not() {
    let wrong = Wrong { at: "clock", ..Wrong::default() };
    let says = "said so, and went on by 0.";
    all(vec![Case { what: "a clock that lies", wrong, edits: vec![], codes: &[3], says }]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_page_with_status_200_is_no_acceptance() {
    let page = |good_one: Good<'_>| match good_one.status {
        401 | 403 => reply(200, &[("content-type", "text/html; charset=utf-8")], "<form>"),
        status => good(status, &good_one.json),
    };
    let says = "this may be a login page";
    all(vec![case("a login page instead of a refusal", "service", &[3], says, page)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_is_acknowledged_and_not_done_is_a_failure_whatever_its_own_read_shows() {
    let system = System::start(Wrong { at: "removal", ..Wrong::default() }).await;
    let bench = Bench::new(&system.base, &[]);
    let ran = bench.ran().await;
    assert_eq!(ran.code, Some(1), "{}", ran.said);
    let unconfirmed = "the target acknowledged it, but does not show it";
    for id in ["enforcement/old-token-refused", "token/new-token-follows-entitlement"] {
        let finding = ran.said.split("\n\n").find(|f| f.contains(&format!("fail[{id}]")));
        assert!(finding.is_some_and(|f| f.contains(unconfirmed)), "{}", ran.said);
    }
}
