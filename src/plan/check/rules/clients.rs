//! Clients and how they prove who they are; secrets, which must be there before a run begins.

use std::path::{Path, PathBuf};

use super::Rules;
use crate::plan::check::document::{Entry, Node};
use crate::plan::plainly;

/// Signature algorithms that a client's key may have.
const ALGORITHMS: [&str; 9] =
    ["ES256", "ES384", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA"];

pub(super) fn check(rules: &mut Rules<'_>) {
    let clients = rules.target.root.get("client").map_or(&[] as &[_], Node::entries);
    clients.iter().for_each(|client| one(rules, client));
    for pattern in [
        "secrets.*",
        "client.*.secret",
        "client.*.key",
        "client.*.certificate",
        "client.*.certificate-key",
        "http.ca",
    ] {
        for (_, node) in rules.target.select(pattern) {
            secret(rules, node);
        }
    }
}

fn one(rules: &mut Rules<'_>, client: &Entry) {
    let Some(auth) = client.node.text_of("auth") else { return };
    let name = &client.key;
    let key = |key: &str| client.node.entry(key);
    let (secret, pem) = (key("secret"), key("key"));
    match auth {
        "client_secret_basic" | "client_secret_post" => {
            if secret.is_none() {
                let help = "add `secret = { env = \"NAME\" }`, or `file` or `command`";
                rules.wrong(
                    &client.key_span,
                    format!("client `{name}` has no secret, but authenticates with one"),
                    help,
                );
            }
            // such a client may still sign assertions of the jwt-bearer grant
            let kinds = rules.target.select("grant.*.kind");
            if !kinds.iter().any(|(_, kind)| kind.text() == Some("jwt-bearer")) {
                unused(rules, auth, &[pem, key("key-id"), key("algorithm")]);
            }
        }
        "private_key_jwt" => {
            if pem.is_none() {
                let help = "add `key = { file = \"key.pem\" }`, a PEM private key";
                rules.wrong(
                    &client.key_span,
                    format!("client `{name}` has no key, but authenticates with one"),
                    help,
                );
            }
            unused(rules, auth, &[secret]);
        }
        "none" => unused(rules, auth, &[secret]),
        "tls_client_auth" | "self_signed_tls_client_auth" => {
            if key("certificate").is_none() {
                let help =
                    "add `certificate = { file = \"certificate.pem\" }` and `certificate-key`";
                let what =
                    format!("client `{name}` has no certificate, but authenticates with one");
                rules.wrong(&client.key_span, what, help);
            }
            unused(rules, auth, &[secret]);
        }
        _ => {}
    }
    for (one, other) in [("certificate", "certificate-key"), ("certificate-key", "certificate")] {
        if let Some(entry) = key(one).filter(|_| key(other).is_none()) {
            let what = format!("client `{name}` has a `{one}` but no `{other}`");
            rules.wrong(&entry.key_span, what, "mutual TLS takes both");
        }
    }
    match key("algorithm").map(|e| &e.node) {
        None if pem.is_some() => {
            rules.wrong(
                &client.key_span,
                format!("client `{name}` has a key but no `algorithm`"),
                "such as `algorithm = \"ES256\"`",
            );
        }
        Some(node) if node.text().is_some_and(|a| !ALGORITHMS.contains(&a)) => {
            let text = node.text().unwrap_or_default();
            let what = format!("`{text}` is no algorithm that a client can sign with here");
            rules.wrong(&node.span, what, format!("one of {}", ALGORITHMS.join(", ")));
        }
        _ => {}
    }
}

fn unused(rules: &mut Rules<'_>, auth: &str, entries: &[Option<&Entry>]) {
    for entry in entries.iter().flatten() {
        let what = format!("`{}` is of no use with `auth = \"{auth}\"`", entry.key);
        rules.wrong(&entry.key_span, what, "remove it, or choose another `auth`");
    }
}

fn secret(rules: &mut Rules<'_>, node: &Node) {
    if let Some(env) = node.get("env") {
        let Some(name) = env.text() else { return };
        let value = rules.overlay.env.get(name).cloned().or_else(|| std::env::var(name).ok());
        match value {
            None => rules.wrong(
                &env.span,
                format!("the environment variable {name} is not set"),
                format!("set it: `export {name}=...`"),
            ),
            Some(value) if value.is_empty() => {
                rules.wrong(
                    &env.span,
                    format!("the environment variable {name} is empty"),
                    "give it a value",
                );
            }
            Some(_) => {}
        }
    } else if let Some(file) = node.get("file") {
        if let Some(path) = file.text() {
            readable(rules, file, path);
        }
    } else if let Some(command) = node.get("command") {
        match command.items().first() {
            None if command.value == crate::plan::check::Value::List(Vec::new()) => {
                rules.wrong(
                    &command.span,
                    "the command is empty",
                    "such as `[\"pass\", \"show\", \"app\"]`",
                );
            }
            Some(program) => runnable(rules, program),
            None => {}
        }
    }
}

/// Notes a file that can't be read.
pub(super) fn readable(rules: &mut Rules<'_>, node: &Node, path: &str) -> Option<PathBuf> {
    let full = rules.folder.join(path);
    let help = "relative paths start at the folder of the target file";
    match std::fs::metadata(&full) {
        Err(e) => rules.wrong(&node.span, format!("{path} can't be read: {}", plainly(&e)), help),
        Ok(facts) if !facts.is_file() => {
            rules.wrong(&node.span, format!("{path} can't be read: it is no file"), help);
        }
        Ok(_) => match std::fs::File::open(&full) {
            Err(e) => {
                rules.wrong(&node.span, format!("{path} can't be read: {}", plainly(&e)), help)
            }
            Ok(_) => return Some(full),
        },
    }
    None
}

/// Notes a program that is not there. It is not run.
pub(super) fn runnable(rules: &mut Rules<'_>, node: &Node) {
    let Some(program) = node.text().filter(|p| !p.contains('{')) else { return };
    let found = if program.contains('/') {
        rules.folder.join(program).is_file()
    } else {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| Path::new(&folder).join(program).is_file())
    };
    if !found {
        let help = "install it, or name it with its path";
        rules.wrong(&node.span, format!("there is no program `{program}`"), help);
    }
}
