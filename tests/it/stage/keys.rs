//! Which of several keys is retired.

use recant::drive::{SignedBy, key_to_retire};
use recant::model::Moment;

fn by(service: &str, issuer: Option<&str>, received: u64, kid: &str) -> SignedBy {
    SignedBy {
        service: service.to_owned(),
        issuer: issuer.map(str::to_owned),
        received: Moment(received),
        kid: kid.to_owned(),
    }
}

fn key(tokens: &[SignedBy], usual: Option<&str>) -> Option<String> {
    // In whatever order they came.
    let mut turned = tokens.to_vec();
    turned.reverse();
    let found = key_to_retire(tokens.to_vec(), usual);
    assert_eq!(found, key_to_retire(turned, usual));
    found
}

#[test]
fn it_is_that_of_the_usual_issuer_however_late_the_others_answered() {
    let tokens = [
        by("a", Some("https://broker"), 9, "broker-1"),
        by("b", Some("https://main"), 3, "main-1"),
        by("c", Some("https://main"), 5, "main-2"),
        by("d", None, 8, "unnamed"),
    ];
    assert_eq!(key(&tokens, Some("https://main")).as_deref(), Some("main-2"));
    // Where it signed none, the first service's.
    assert_eq!(key(&tokens, Some("https://else")).as_deref(), Some("broker-1"));
    assert_eq!(key(&tokens, None).as_deref(), Some("broker-1"));
    assert_eq!(key(&[], None), None);
}
