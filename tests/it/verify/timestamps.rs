//! Time-stamps (RFC 3161): tokens that OpenSSL made (`tsa/make`), what is wrong with others, and the commands.

use std::path::{Path, PathBuf};

use recant::attest::Authorities;
use recant::attest::timestamp::{LONGEST, Token, request};
use recant::report::{ATTESTATION, TIMESTAMP};

use super::stage::{Stage, recant, shared, stage};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/verify/tsa").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).expect("a fixture")
}

fn authorities(name: &str) -> Authorities {
    Authorities::from_pem(&String::from_utf8(bytes(name)).expect("PEM")).expect("certificates")
}

/// What is said of these bytes as a time-stamp of the fixtures' data by an authority.
fn said(stamp: &[u8], by: &str) -> Result<String, String> {
    let token = Token::read(stamp)?;
    if !token.is_of(&bytes("data")) {
        return Err("another imprint".into());
    }
    authorities(by).believe(&token).map(|()| token.at)
}

#[test]
fn tokens_of_an_authority_are_believed() {
    for name in [
        "good.tsr",
        "token.der",
        "good-as-cms.der",
        "rsa.tsr",
        "chain.tsr",
        "sha512.tsr",
        "sha1-of-certificate.tsr",
    ] {
        let at = said(&bytes(name), "authority.pem").unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(at.starts_with("2026-11-27T21:0") && at.ends_with('Z'), "{name}: {at}");
    }
    let token = Token::read(&bytes("good.tsr")).expect("a token");
    assert_eq!(token.policy, "1.3.6.1.4.1.99999.1");
}

#[test]
fn whatever_is_wrong_with_a_token_is_said() {
    let chain = "leads to no given authority";
    for (name, by, why) in [
        ("good.tsr", "other.pem", chain),
        ("chain.tsr", "other.pem", chain),
        ("expired.der", "authority.pem", chain),
        ("no-usage.der", "authority.pem", "not for time-stamping alone"),
        ("two-usages.der", "authority.pem", "not for time-stamping alone"),
        ("usage-not-critical.der", "authority.pem", "not for time-stamping alone"),
        ("no-certificate.tsr", "authority.pem", "the certificate of its signer is not in it"),
        ("two-signers.der", "authority.pem", "more than one signer"),
        ("no-time.der", "authority.pem", "no DER of the form"),
        ("data", "authority.pem", "no DER of the form"),
        ("authority.pem", "authority.pem", "no DER of the form"),
    ] {
        let said = said(&bytes(name), by).expect_err(name);
        assert!(said.contains(why), "{name}: {said}");
    }
    let nobody = Authorities::default();
    assert!(nobody.believe(&Token::read(&bytes("good.tsr")).expect("a token")).is_err());
    assert!(!Token::read(&bytes("good.tsr")).expect("a token").is_of(b"something else"));
    for none in ["", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "hello"] {
        assert!(Authorities::from_pem(none).is_err(), "{none}");
    }
    // status 2: rejection
    let refused = b"\x30\x05\x30\x03\x02\x01\x02";
    assert!(Token::read(refused).is_err_and(|e| e.contains("the authority refused it")));
}

/// No byte of a token can be another, but those that nobody signs and nobody reads.
#[test]
fn altered_cut_and_longer_tokens_are_not_believed() {
    let good = bytes("good.tsr");
    let mut left = Vec::new();
    for at in 0..good.len() {
        let mut other = good.clone();
        other[at] ^= 0x01;
        if said(&other, "authority.pem").is_ok() {
            left.push(at);
        }
        assert!(said(&good[..at], "authority.pem").is_err(), "cut at {at}");
    }
    // A status that is granted all the same, versions, and the names of algorithms that are told twice.
    assert!(left.len() < 40, "bytes that may be others: {left:?}");
    let longer = [good.as_slice(), b"\0"].concat();
    assert!(said(&longer, "authority.pem").is_err());
    let giant = vec![0x30; LONGEST + 1];
    assert!(Token::read(&giant).is_err_and(|e| e.contains("too long")));
    let deep: Vec<u8> = std::iter::repeat_n([0x30, 0x80], 20_000).flatten().collect();
    assert!(Token::read(&deep).is_err());
}

#[test]
fn a_request_is_over_the_bytes() {
    let made = request(&bytes("data"));
    assert_eq!(made.len(), 59);
    let openssl = bytes("good.tsr");
    let digest = &made[24..56];
    assert!(openssl.windows(32).any(|w| w == digest), "the digest that OpenSSL took of the same");
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn verified(stage: &Stage, more: &[&str]) -> (i32, String) {
    let key = shared().path("key.pem.pub.pem");
    let args = [&["verify", text(&stage.run), "--key", text(&key)], more].concat();
    let output = recant(&args);
    let code = output.status.code().expect("it was not killed");
    (code, String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn what_is_attached_to_a_run_must_be_over_its_signature() {
    let stage = stage();
    let ca = fixture("authority.pem");
    let ca = ["--timestamp-ca", text(&ca)];
    let (code, out) = verified(&stage, &[]);
    assert!(code == 0 && !out.contains("timestamp"), "{out}");
    let (code, out) = verified(&stage, &ca);
    assert!(code == 5 && out.contains("there is no attestation.tsr"), "{out}");

    let wanted = stage.run.with_extension("tsq");
    let made = recant(&["timestamp", text(&stage.run), "--request", text(&wanted)]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let signed = std::fs::read(stage.run.join(ATTESTATION)).expect("it is signed");
    assert_eq!(std::fs::read(&wanted).expect("written"), request(&signed));

    let of_other = fixture("good.tsr");
    let refused = recant(&["timestamp", text(&stage.run), "--attach", text(&of_other)]);
    assert_eq!(refused.status.code(), Some(5));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("it is not over attestation.dsse.json"), "{said}");
    assert!(!stage.run.join(TIMESTAMP).exists());

    for (what, bytes) in [("another's", bytes("good.tsr")), ("too long", vec![0; LONGEST * 2])] {
        std::fs::write(stage.run.join(TIMESTAMP), bytes).expect("written");
        for more in [&[][..], &ca[..]] {
            let (code, out) = verified(&stage, more);
            let failed = "timestamp    failed  attestation.tsr: it is ";
            assert!(code == 5 && out.contains(failed), "{what}: {out}");
            assert_eq!(out.matches(" failed ").count(), 1, "nothing else is wrong: {out}");
        }
    }
    let usage = recant(&["timestamp", text(&stage.run)]);
    assert_eq!(usage.status.code(), Some(2));
}
