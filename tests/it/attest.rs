//! Signatures: what a permissive verifier wrongly accepts is refused, and others can verify ours.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use recant::attest::{Envelope, PublicKey, Signer, pae};
use recant::model::hex;
use recant::report::merkle;

const TYPE: &str = "application/vnd.in-toto+json";
const PAYLOAD: &[u8] = b"{\"a\":\"\xc3\xa4??>>\"}";

fn signer() -> (Signer, PublicKey) {
    let signer = Signer::generate().expect("a key");
    let public = signer.public().expect("its public part");
    (signer, public)
}

fn signed(signer: &Signer) -> Envelope {
    Envelope::sign(TYPE, PAYLOAD, signer).expect("signed")
}

#[test]
fn the_encoding_is_the_one_of_the_specification() {
    let example = pae("http://example.com/HelloWorld", b"hello world");
    assert_eq!(example, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    // Lengths are in bytes: the letter has two.
    assert_eq!(pae("ä", "ö".as_bytes()), "DSSEv1 2 ä 2 ö".as_bytes());
    assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
}

#[test]
fn what_is_signed_is_given_back_and_nothing_else() {
    let (signer, public) = signer();
    let envelope = signed(&signer);
    assert_eq!(envelope.verified(TYPE, &[public]).expect("verified"), PAYLOAD);
    assert_eq!(STANDARD.decode(&envelope.payload).expect("base64"), PAYLOAD);
}

#[test]
fn a_length_in_characters_is_another_message() {
    let (signer, public) = signer();
    let mut envelope = signed(&signer);
    let text = std::str::from_utf8(PAYLOAD).expect("UTF-8");
    let wrong = format!("DSSEv1 {} {TYPE} {} {text}", TYPE.len(), text.chars().count());
    envelope.signatures[0].sig = STANDARD.encode(signer.sign(wrong.as_bytes()));
    assert!(envelope.verified(TYPE, &[public]).is_err());
}

#[test]
fn what_a_permissive_verifier_accepts_is_refused() {
    let (signer, public) = signer();
    let (other, other_public) = self::signer();
    let good = signed(&signer);
    let refused = |what: &str, envelope: &Envelope, keys: &[PublicKey], said: &str| {
        let why = envelope.verified(TYPE, keys).expect_err(what);
        assert!(why.contains(said), "{what}: {why}");
    };
    let with = |edit: &dyn Fn(&mut Envelope)| {
        let mut envelope = good.clone();
        edit(&mut envelope);
        envelope
    };
    let key = std::slice::from_ref(&public);
    refused("no key at all", &good, &[], "no key");
    refused("no signature", &with(&|e| e.signatures.clear()), key, "no signature");
    refused("another key", &good, std::slice::from_ref(&other_public), "is one of the key");
    refused("another type", &with(&|e| e.payload_type = "text/plain".into()), key, "of the type");
    // The type is signed with the payload.
    let relabelled = Envelope::sign("text/plain", PAYLOAD, &signer).expect("signed");
    let relabelled = Envelope { payload_type: TYPE.into(), ..relabelled };
    refused("a type put on later", &relabelled, key, "is one of the key");
    let payload = STANDARD.encode(b"{\"a\":2}");
    refused("another payload", &with(&|e| e.payload = payload.clone()), key, "is one of the key");
    refused("a signature cut short", &with(&|e| e.signatures[0].sig.truncate(84)), key, "key");
    refused(
        "both of two keys",
        &good,
        &[public.clone(), other_public.clone()],
        "is one of the key",
    );
    // Copies of one signature are one key's, whatever they are called.
    let copies = with(&|e| {
        let mut copy = e.signatures[0].clone();
        copy.keyid = other_public.id();
        e.signatures.push(copy);
    });
    refused("copies", &copies, &[public.clone(), other_public.clone()], "is one of the key");
    assert!(copies.verified(TYPE, key).is_ok(), "copies take nothing away either");
    let mut both = good.clone();
    both.add(&other).expect("added");
    both.add(&other).expect("added");
    assert_eq!(both.signatures.len(), 2, "a key signs once");
    assert!(both.verified(TYPE, &[other_public, public]).is_ok());
}

#[test]
fn a_key_id_is_a_hint() {
    let (signer, public) = signer();
    for keyid in ["", "somebody else's", &"0".repeat(64)] {
        let mut envelope = signed(&signer);
        envelope.signatures[0].keyid = keyid.into();
        assert!(envelope.verified(TYPE, std::slice::from_ref(&public)).is_ok(), "{keyid:?}");
    }
    // The right name under a wrong signature is worth nothing.
    let (other, _) = self::signer();
    let mut envelope = signed(&other);
    envelope.signatures[0].keyid = public.id();
    assert!(envelope.verified(TYPE, &[public]).is_err());
    let without: Envelope = serde_json::from_value(serde_json::json!({
        "payload": "", "payloadType": "", "signatures": [{"sig": ""}],
    }))
    .expect("a key id may be missing");
    assert_eq!(without.signatures[0].keyid, "");
}

#[test]
fn base64_is_canonical_in_either_alphabet() {
    let (signer, public) = signer();
    let keys = [public];
    let good = signed(&signer);
    let with = |payload: String| Envelope { payload, ..good.clone() };
    assert!(with(URL_SAFE.encode(PAYLOAD)).verified(TYPE, &keys).is_ok());
    let text = &good.payload;
    assert!(text.contains('/') || text.contains('+'), "{text} tells the alphabets apart");
    // The last digit before the padding holds bits that nobody reads.
    let spare = Envelope::sign(TYPE, b"ab", &signer).expect("signed");
    assert_eq!(spare.payload, "YWI=");
    for odd in ["YWJ=", "YWI", "YWI==", "YWI=\n", " YWI=", "YW\nI=", "YWI=YWI="] {
        let envelope = Envelope { payload: odd.into(), ..spare.clone() };
        assert!(envelope.verified(TYPE, &keys).is_err(), "{odd:?}");
    }
    let mut envelope = good.clone();
    envelope.signatures[0].sig.push('\n');
    assert!(envelope.verified(TYPE, &keys).is_err());
}

#[test]
fn a_key_is_one_block_of_its_kind() {
    let (signer, public) = signer();
    let private = signer.to_pem().expect("PEM");
    let again = Signer::from_pem(&private).expect("its own PEM");
    assert_eq!(again.public().expect("public"), public);
    assert_eq!(PublicKey::from_pem(&public.to_pem()).expect("its own PEM"), public);
    let twice = private.clone() + &private;
    let ec = STANDARD.encode([0x30, 0x03, 0x02, 0x01, 0x00]);
    let other = format!("-----BEGIN PRIVATE KEY-----\n{ec}\n-----END PRIVATE KEY-----\n");
    for wrong in ["", "x", &public.to_pem(), &twice, &other] {
        let why = Signer::from_pem(wrong).map(|_| ()).expect_err(wrong);
        assert!(!why.contains(&ec), "{why}");
    }
    let why = PublicKey::from_pem(&private).expect_err("a private key is no public one");
    assert!(!why.contains(private.lines().nth(1).expect("a line")), "{why}");
}

#[test]
fn openssl_verifies_what_recant_signs_and_reads_its_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let openssl = |args: &[&str]| {
        let output = Command::new("openssl").args(args).output().expect("openssl is installed");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    // A key of openssl's own, read by recant.
    let made = openssl(&["genpkey", "-algorithm", "ed25519", "-out", &at("key.pem")]);
    assert!(made.0, "openssl 3 makes Ed25519 keys");
    let pem = std::fs::read_to_string(at("key.pem")).expect("the key");
    let signer = Signer::from_pem(&pem).expect("what openssl writes is read");
    let public = openssl(&["pkey", "-in", &at("key.pem"), "-pubout"]).1;
    assert_eq!(public, signer.public().expect("public").to_pem(), "openssl has the same");
    // And the other way round.
    std::fs::write(at("own.pem"), self::signer().0.to_pem().expect("PEM")).expect("written");
    assert!(openssl(&["pkey", "-in", &at("own.pem"), "-noout"]).0, "openssl reads ours");
    let envelope = signed(&signer);
    std::fs::write(at("pub.pem"), &public).expect("written");
    std::fs::write(at("pae"), pae(TYPE, PAYLOAD)).expect("written");
    let signature = STANDARD.decode(&envelope.signatures[0].sig).expect("base64");
    std::fs::write(at("sig"), signature).expect("written");
    let verify = |message: &str| {
        let (key, sig) = (at("pub.pem"), at("sig"));
        let args = ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", &key, "-sigfile", &sig];
        openssl(&[&args[..], &["-in", &at(message)]].concat()).0
    };
    assert!(verify("pae"), "openssl verifies");
    std::fs::write(at("other"), pae(TYPE, b"{}")).expect("written");
    assert!(!verify("other"), "and refuses another payload");
}

#[test]
fn the_tree_hash_is_the_one_of_rfc_6962() {
    // Inputs and roots of the reference implementation's own tests (certificate-transparency).
    let leaves: Vec<Vec<u8>> = vec![
        vec![],
        vec![0x00],
        vec![0x10],
        vec![0x20, 0x21],
        vec![0x30, 0x31],
        (0x40..=0x43).collect(),
        (0x50..=0x57).collect(),
        (0x60..=0x6f).collect(),
    ];
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    for (n, root) in roots.iter().enumerate() {
        assert_eq!(hex(&merkle::root(&leaves[..n])), *root, "{n} leaves");
    }
}
