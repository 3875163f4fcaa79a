//! The folder against its manifest.

use std::collections::BTreeSet;

use super::outcome::{Check, Name, Word};
use super::tree::{FileSeen, Tree};
use crate::report::merged::SHARDS;
use crate::report::{self, Entry, MANIFEST, Manifest};

pub use crate::cli::run_lock::FILE as LOCK;

/// Nothing leads out of the folder.
pub fn folder(tree: &Tree) -> Check {
    let says = format!("{} files, no links, none too large", tree.files.len());
    Name::Folder.holds_unless(&tree.wrong, says)
}

/// The manifest by itself: paths that stay within, each once, in order.
pub fn manifest(manifest: &Manifest) -> Check {
    let mut wrong = Vec::new();
    let mut folded = BTreeSet::new();
    for pair in manifest.files.windows(2) {
        if let [a, b] = pair
            && a.path >= b.path
        {
            wrong.push(format!("{:?} is listed after {:?}", b.path, a.path));
        }
    }
    for Entry { path, sha256, .. } in &manifest.files {
        if !stays_within(path) {
            wrong.push(format!("{path:?} is no path within a run folder"));
        }
        if !folded.insert(path.to_lowercase()) {
            wrong.push(format!("{path:?} is listed twice"));
        }
        if sha256.len() != 64 || !sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            wrong.push(format!("the digest of {path:?} is none"));
        }
    }
    let merged = manifest.files.iter().any(|e| in_a_shard(&e.path));
    for needed in ["plan.json", "history.jsonl", "findings.json", "report.json"] {
        // The histories of a merged run are those of its shards.
        if !(merged && needed == "history.jsonl") && manifest.files.iter().all(|e| e.path != needed)
        {
            wrong.push(format!("it does not list {needed}"));
        }
    }
    let says = format!("it lists {} files of run {}", manifest.files.len(), manifest.run);
    Name::Manifest.holds_unless(&wrong, says)
}

/// Every file of the manifest is there and as it says; nothing else is there but the manifest, a signature, its time-stamp and the lock.
pub fn files(manifest: &Manifest, tree: &Tree) -> Check {
    let mut wrong = Vec::new();
    for entry in &manifest.files {
        match tree.files.get(&entry.path) {
            None => wrong.push(format!("{} is gone", entry.path)),
            Some(is) if is.size != entry.size => {
                let (was, is) = (entry.size, is.size);
                wrong.push(format!("{} has {is} bytes, the manifest says {was}", entry.path));
            }
            Some(is) if is.sha256 != entry.sha256 => {
                wrong.push(format!("{} was altered: its SHA-256 is another", entry.path));
            }
            Some(_) => {}
        }
    }
    let listed: BTreeSet<_> = manifest.files.iter().map(|e| e.path.as_str()).collect();
    let beside = |path: &str, seen: &FileSeen| {
        [MANIFEST, report::ATTESTATION, report::TIMESTAMP].contains(&path)
            || (path == LOCK && seen.size == 0)
    };
    let extra = tree
        .files
        .iter()
        .filter(|(path, seen)| !listed.contains(path.as_str()) && !beside(path, seen));
    wrong.extend(extra.map(|(path, _)| format!("{path} is not in the manifest")));
    let says = "each is there with the size and SHA-256 that the manifest says, and no other is";
    Name::Files.holds_unless(&wrong, says)
}

/// The root of the tree over the manifest's entries.
pub fn root(manifest: &Manifest) -> Check {
    let fresh = report::root(&manifest.files);
    if manifest.root.is_empty() {
        return Name::Root.is(Word::Failed, "the manifest states none");
    }
    if manifest.root != fresh {
        return Name::Root.is(Word::Failed, "the root that the manifest states is of other files");
    }
    Name::Root.is(Word::Ok, format!("RFC 6962, over {} files: {fresh}", manifest.files.len()))
}

/// Nothing in any file looks like a credential.
pub fn secrets(tree: &Tree) -> Check {
    let found = tree.files.iter().flat_map(|(path, seen)| {
        seen.secrets.iter().map(move |kind| format!("{path} holds what looks like {kind}"))
    });
    let says = "no signed JWT, private key, or token or password in a header";
    Name::Secrets.holds_unless(&found.collect::<Vec<_>>(), says)
}

/// True for a path of a shard of a merged run.
pub fn in_a_shard(path: &str) -> bool {
    path.strip_prefix(SHARDS).is_some_and(|rest| rest.starts_with('/'))
}

fn stays_within(path: &str) -> bool {
    let odd = |c: char| c.is_control() || c == '\\' || c == ':';
    let step = |part: &str| !part.is_empty() && part != "." && part != "..";
    !path.chars().any(odd) && path.split('/').all(step) && path != MANIFEST
}
