//! What answers of services come to.

use recant::drive::{Answer, Fault, Pages, Vault, classify};
use recant::model::{Outcome, Refusal};
use recant::plan::{Operation, RefusalSigns};

fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Result<Answer, Fault> {
    let mut map = reqwest::header::HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, value.parse().unwrap());
    }
    Ok(Answer { status, headers: map, body: body.as_bytes().to_vec() })
}

fn seen(answer: Result<Answer, Fault>, accepted: &[u16], signs: RefusalSigns) -> String {
    let operation: Operation =
        toml::from_str(&format!("request = \"GET /\"\naccepted = {accepted:?}")).unwrap();
    match classify(&answer, &operation, &signs, &Vault::default()) {
        Outcome::Accepted => "accepted".to_owned(),
        Outcome::Refused(Refusal { status, error, challenged }) => {
            let error = error.unwrap_or_else(|| "-".to_owned());
            format!("refused {status} {error}{}", if challenged { " challenged" } else { "" })
        }
        Outcome::Failed(why) => format!("failed: {why}"),
        Outcome::Unknown(why) => format!("unknown: {why}"),
    }
}

#[test]
fn a_page_where_there_was_none_before_is_no_acceptance() {
    let html = [("content-type", "Text/HTML; charset=utf-8")];
    let json = [("content-type", "application/json")];
    let pages = Pages::default();
    let told = |name, accepted: &[u16], answer| {
        let operation: Operation =
            toml::from_str(&format!("request = \"GET /\"\naccepted = {accepted:?}")).unwrap();
        pages.told(("orders", name), &operation, &answer, Outcome::Accepted)
    };
    assert_eq!(told("read", &[], answer(200, &json, "{}")), Outcome::Accepted);
    let Outcome::Unknown(why) = told("read", &[], answer(200, &html, "<form>")) else { panic!() };
    insta::assert_snapshot!(why, @"status 200 with an HTML page, where it answered without one before: this may be a login page (`accepted` of the operation says which statuses are acceptance)");
    // An operation that always answers with pages, and one whose statuses were declared.
    assert_eq!(told("page", &[], answer(200, &html, "<h1>")), Outcome::Accepted);
    assert_eq!(told("page", &[], answer(200, &html, "<h1>")), Outcome::Accepted);
    assert_eq!(told("said", &[200], answer(200, &json, "{}")), Outcome::Accepted);
    assert_eq!(told("said", &[200], answer(200, &html, "<h1>")), Outcome::Accepted);
}

#[test]
fn statuses_signs_and_error_codes() {
    let none = RefusalSigns::default;
    let signs = || RefusalSigns { statuses: vec![404], redirect_to: Some("/login".to_owned()) };
    let bearer = r#"Bearer realm="a, error=no", error="invalid_token", error_description="x""#;
    let two = [("www-authenticate", "Basic realm=x"), ("www-authenticate", "Bearer error=a")];
    let rows = [
        (seen(answer(200, &[], ""), &[], none()), "accepted"),
        (seen(answer(200, &[], ""), &[201], none()), "unknown: status 200"),
        (seen(answer(404, &[], ""), &[404], none()), "accepted"),
        (seen(answer(403, &[], ""), &[], none()), "refused 403 -"),
        (seen(answer(403, &[], r#"{"error":"nope"}"#), &[], none()), "refused 403 nope"),
        (
            seen(answer(401, &[("www-authenticate", bearer)], ""), &[], none()),
            "refused 401 invalid_token challenged",
        ),
        (seen(answer(401, &two, ""), &[], none()), "refused 401 a challenged"),
        (seen(answer(404, &[], ""), &[], none()), "failed: status 404"),
        (seen(answer(404, &[], ""), &[], signs()), "refused 404 -"),
        (seen(answer(302, &[("location", "/login?x")], ""), &[], signs()), "refused 302 -"),
        (seen(answer(302, &[("location", "/else")], ""), &[], signs()), "unknown: status 302"),
        (seen(answer(302, &[("location", "/login")], ""), &[], none()), "unknown: status 302"),
        (seen(answer(503, &[], r#"{"error":"nope"}"#), &[], none()), "unknown: status 503"),
        (seen(Err(Fault::NotSent("no route".into())), &[], none()), "failed: no route"),
        (seen(Err(Fault::Unknown("reset".into())), &[], none()), "unknown: reset"),
        (
            seen(answer(403, &[], "{\"error\":\"a\\u001b[31m\"}"), &[], none()),
            "refused 403 (not an error code)",
        ),
    ];
    for (is, should) in rows {
        assert_eq!(is, should);
    }
}
