//! Credentials that stand in a text in another form than their own.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use recant::drive::Vault;

const TOKEN: &str = "ot_Ab3/dEf+GhIj-kLmN_oPqRsTuVwXyZ0123";
const PASSWORD: &str = "pa ss&word=1";

fn vault() -> Vault {
    let vault = Vault::default();
    vault.learn("token t1", TOKEN);
    vault.learn("password", PASSWORD);
    vault
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn in_form(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[test]
fn what_anybody_turns_back_is_found_and_struck_out() {
    let form = format!("grant=password&password={}&x=y", in_form(PASSWORD));
    for (about, text, name) in [
        ("as it is", format!("token {TOKEN} here"), "token t1"),
        ("Base64", format!("{{\"t\":\"{}\"}}", STANDARD.encode(TOKEN)), "token t1"),
        ("Base64 for URLs", format!("t={}", URL_SAFE_NO_PAD.encode(TOKEN)), "token t1"),
        ("in a longer text", STANDARD.encode(format!("Bearer {TOKEN}, 200")), "token t1"),
        ("after letters of Base64", format!("tok-{}", STANDARD.encode(TOKEN)), "token t1"),
        ("hexadecimal", format!("0x{}", hex(TOKEN)), "token t1"),
        ("hexadecimal, large", hex(TOKEN).to_uppercase(), "token t1"),
        ("percent-encoded", format!("GET /x?access_token={}&a=b", in_form(TOKEN)), "token t1"),
        ("a form in Base64", STANDARD.encode(form), "password"),
        ("its end masked", format!("{}****", &TOKEN[..TOKEN.len() - 4]), "token t1"),
        ("its beginning masked", format!("****{}", &TOKEN[4..]), "token t1"),
    ] {
        let vault = vault();
        assert_eq!(vault.found_in(&text), [name], "{about}: {text}");
        let struck = vault.strike(&text);
        assert!(vault.found_in(&struck).is_empty(), "{about}: {struck}");
        assert!(struck.contains(&format!("<{name}>")), "{about}: {struck}");
    }
}

#[test]
fn what_can_not_be_used_is_left_alone() {
    let masked = format!("{}...{}", &TOKEN[..8], &TOKEN[TOKEN.len() - 8..]);
    let short = vault();
    short.learn("pin", "12345-67890");
    for text in [
        masked.as_str(),
        &TOKEN[..TOKEN.len() - 5],
        &STANDARD.encode(&TOKEN[..20]),
        "12345-6****",
        "a%2Gb%",
        "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJzIiwic2NvcGUiOiJvcmRlcnM6cmVhZCJ9",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ] {
        assert!(short.found_in(text).is_empty(), "{text}");
        assert_eq!(short.strike(text), text);
    }
}
