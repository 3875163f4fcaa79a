//! Who vouches for the record: the attestation against keys that came by another way.

use std::path::Path;

use super::outcome::{Check, Name, Word};
use super::tree::Tree;
use crate::attest::{Envelope, PublicKey};
use crate::report::statement::{PAYLOAD_TYPE, Statement};
use crate::report::{self, ATTESTATION, MANIFEST, Manifest, Report};

/// Checks the attestation. No key is ever taken from the folder.
pub fn signature(
    folder: &Path,
    tree: &Tree,
    manifest: Option<&Manifest>,
    stored: Option<&Report>,
    keys: &[PublicKey],
) -> Check {
    let nothing = "nothing is proven about who made this";
    if !tree.files.contains_key(ATTESTATION) {
        if let Some(signer) = stored.and_then(|report| report.run.signer.as_ref()) {
            let says =
                format!("it was to be signed by the key {signer}, and there is no {ATTESTATION}");
            return Name::Signature.is(Word::Failed, says);
        }
        return match keys {
            [] => Name::Signature.is(Word::Beware, format!("it is not signed: {nothing}")),
            _ => Name::Signature
                .is(Word::Failed, format!("a key is given, but there is no {ATTESTATION}")),
        };
    }
    match checked(folder, tree, manifest, stored, keys) {
        Err(why) => Name::Signature.is(Word::Failed, format!("{ATTESTATION}: {why}")),
        Ok(missing) => {
            let ids: Vec<_> = keys.iter().map(PublicKey::id).collect();
            let (word, says) = match ids.as_slice() {
                [] => {
                    let says = "signed, but no key was given to check it with (--key)";
                    (Word::Beware, format!("{says}: {nothing}"))
                }
                ids => {
                    let ids = ids.join(" and ");
                    (Word::Ok, format!("manifest and reports are signed by the key {ids}"))
                }
            };
            match missing {
                Some(signer) => {
                    let says =
                        format!("{says}; it was to be signed by the key {signer}, and is not");
                    Name::Signature.is(Word::Beware, says)
                }
                None => Name::Signature.is(word, says),
            }
        }
    }
}

/// The key that the run was begun with, where no signature is of that one.
fn checked(
    folder: &Path,
    tree: &Tree,
    manifest: Option<&Manifest>,
    stored: Option<&Report>,
    keys: &[PublicKey],
) -> Result<Option<String>, String> {
    let envelope: Envelope = report::read_json(&folder.join(ATTESTATION))?;
    let payload = match keys {
        // Who signed it is not known, but whether it is of this run is.
        [] => envelope.unverified().ok_or("its payload is not canonical base64")?,
        keys => envelope.verified(PAYLOAD_TYPE, keys)?,
    };
    let signed: Statement = serde_json::from_slice(&payload)
        .map_err(|e| format!("what is signed is no statement of a run: {e}"))?;
    let (Some(manifest), Some(stored)) = (manifest, stored) else {
        return Err("there is no manifest or report that it could be of".into());
    };
    let sha256 = tree.files.get(MANIFEST).map(|m| m.sha256.as_str()).unwrap_or_default();
    let wanted = Statement::of(stored, manifest, sha256);
    if signed.predicate.recant.run != wanted.predicate.recant.run {
        return Err(format!("it is of another run: {:?}", signed.predicate.recant.run));
    }
    if signed.subject != wanted.subject {
        let other = wanted.subject.iter().find(|s| !signed.subject.contains(s));
        let other = other.map_or("another set of files", |s| s.name.as_str());
        return Err(format!("what is signed is not what lies here: {other}"));
    }
    if signed != wanted {
        return Err("what it says of the result is not what the report says".into());
    }
    // A second key may sign beside the one that the run was begun with, and not in its place.
    let named = stored.run.signer.as_ref();
    let by = |signer: &&String| envelope.signatures.iter().any(|s| s.keyid == **signer);
    Ok(named.filter(|signer| !by(signer)).cloned())
}
