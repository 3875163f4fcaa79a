//! Answers that say that something was done or granted when it was not.

use super::bodies::case;
use super::system::{Good, Wrong, good};
use super::{Case, all};
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
