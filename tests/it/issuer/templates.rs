//! Templates: where they are filled and how values are escaped.

use recant::drive::Values;
use serde_json::json;

fn values() -> Values {
    let mut target = Values::new();
    target.set_url("base", "http://127.0.0.1:7001/tenant");
    target.set_secret("secret.admin", "s3cret-s3cret");
    let mut values = target.layer();
    values.set("subject", "a/b ?é");
    values.set("dots", "..");
    values.set("quote", "\"},{\"x\":1");
    values.set_list("roles", &["reader".into(), "writer".into()]);
    values.set_json("ms", json!(1500));
    values
}

#[test]
fn text_and_urls() {
    let v = values();
    for (template, text, url) in [
        ("plain", "plain", "plain"),
        (
            "{base}/u/{subject}",
            "http://127.0.0.1:7001/tenant/u/a/b ?é",
            "http://127.0.0.1:7001/tenant/u/a%2Fb%20%3F%C3%A9",
        ),
        ("{subject}", "a/b ?é", "a/b ?é"),
        ("x{{y}z{ms}", "x{y}z1500", "x{y}z1500"),
        ("{{{ms}}", "{1500}", "{1500}"),
        ("r={roles}", "r=reader writer", "r=reader%20writer"),
        ("Bearer {secret.admin}", "Bearer s3cret-s3cret", "Bearer s3cret-s3cret"),
        ("", "", ""),
    ] {
        assert_eq!(v.text(template).as_deref(), Ok(text), "{template}");
        assert_eq!(v.url(template).as_deref(), Ok(url), "{template}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    let v = values();
    let wrong: Vec<String> = ["{nobody}", "{", "{a b}", "{}", "{subject", "a{{b{nobody}"]
        .iter()
        .map(|t| v.text(t).unwrap_err())
        .chain([v.url("{base}/{dots}").unwrap_err()])
        .collect();
    insta::assert_snapshot!(wrong.join("\n"), @"
    nothing defines `{nobody}` here
    `{` without `}` in `{` (write `{{` for a brace)
    `{a b}` is no name of a value (write `{{` for a brace)
    `{}` is no name of a value (write `{{` for a brace)
    `{` without `}` in `{subject` (write `{{` for a brace)
    nothing defines `{nobody}` here
    the value `..` can't be a part of a URL
    ");
}

#[test]
fn json_keeps_types_and_escapes() {
    let template = json!({
        "roles": "{roles}", "in text": "{roles}!", "ms": "{ms}", "{subject}": ["{quote}", 1, null, "{{ms}"],
    });
    assert_eq!(
        values().json(&template).unwrap(),
        json!({
            "roles": ["reader", "writer"], "in text": "reader writer!", "ms": 1500,
            "a/b ?é": ["\"},{\"x\":1", 1, null, "{ms}"],
        })
    );
}

#[test]
fn secrets_are_in_no_journal_and_no_debug() {
    let mut v = values().layer();
    v.set_secret("admin_token", "tok-tok-tok-tok");
    let plain = v.to_plain();
    assert!(!plain.contains_key("secret.admin") && !plain.contains_key("admin_token"));
    assert_eq!(plain["roles"], json!(["reader", "writer"]));
    assert!(!format!("{v:?}").contains("s3cret") && !format!("{v:?}").contains("tok-tok"));
    let mut target = Values::new();
    target.set_url("base", "http://elsewhere");
    let back = target.with_plain(&plain);
    assert_eq!(back.json(&json!("{roles}")).unwrap(), json!(["reader", "writer"]));
    assert_eq!(
        back.text("{base}").unwrap(),
        "http://elsewhere",
        "what the target defines now counts"
    );
}

#[test]
fn layers_leave_what_is_under_them_alone() {
    let base = values();
    let mut over = base.layer();
    over.set("subject", "bob");
    assert_eq!(over.text("{subject}").unwrap(), "bob");
    assert_eq!(base.text("{subject}").unwrap(), "a/b ?é");
}

proptest::proptest! {
    #[test]
    fn no_template_panics_and_no_value_leaves_its_part_of_a_url(template in ".{0,40}", value in ".{0,40}") {
        let mut v = Values::new();
        v.set("a", value.as_str());
        let _ = (v.text(&template), v.url(&template), v.json(&json!([template])));
        if let Ok(url) = v.url("http://h/x/{a}/y?z={a}") {
            let url = url::Url::parse(&url).unwrap();
            let query = url.query_pairs().collect::<Vec<_>>();
            proptest::prop_assert_eq!(query, [("z".into(), value.as_str().into())]);
            proptest::prop_assert!(url.path().starts_with("/x/") && url.path().ends_with("/y"));
        }
    }

    #[test]
    fn what_is_known_is_struck_out_of_any_text(before in ".{0,20}", secret in "[ -~é]{8,30}", after in ".{0,20}") {
        let vault = recant::drive::Vault::default();
        vault.learn("it", &secret);
        vault.learn("other", "another credential");
        let text = format!("{before}{secret}{after}");
        proptest::prop_assert_eq!(vault.found_in(&text), ["it"]);
        let struck = vault.strike(&text);
        proptest::prop_assert!(!struck.contains(&secret) && struck.contains("<it>"), "{}", struck);
    }
}
