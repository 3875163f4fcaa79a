//! Types that hold credentials can't be printed or written.

use super::source::Source;
use super::wall::{Breach, Wall};

/// Types that hold credentials, and the file of each.
const HOLDERS: [(&str, &str); 10] = [
    ("Signer", "src/attest/key.rs"),
    ("OwnKey", "src/drive/forge/key.rs"),
    ("Holder", "src/drive/possession/prover.rs"),
    ("Certificates", "src/drive/possession/certificates.rs"),
    ("Wallet", "src/drive/tokens.rs"),
    ("Live", "src/drive/tokens.rs"),
    ("Vault", "src/drive/credentials.rs"),
    ("ClientSecrets", "src/drive/credentials.rs"),
    ("Credential", "src/drive/credentials.rs"),
    ("Endpoint", "src/drive/signals/endpoint.rs"),
];

/// What would put them on a terminal or into a file.
const SHOWING: [&str; 3] = ["Debug", "Display", "Serialize"];

pub const WALLS: &[Wall] = &[Wall {
    name: "types that hold credentials have no `Debug`, `Display` or `Serialize`",
    because: "a token in a log or a record outlives the run, and somebody prints a struct sooner or later",
    breaches: showing,
    broken: &[
        ("src/drive/tokens.rs", "#[derive(Clone, Debug)]\npub struct Live { token: Token }"),
        ("src/drive/tokens.rs", "/// X.\n#[derive(Default)]\n#[derive(Serialize)]\nstruct Wallet;"),
        ("src/drive/credentials.rs", "impl std::fmt::Debug for Vault {}"),
        ("src/drive/run.rs", "impl fmt::Display for Vault {}"),
        ("src/attest/mod.rs", "impl fmt::Debug for Signer {}"),
    ],
    kept: &[
        (
            "src/drive/tokens.rs",
            "#[derive(Debug)]\nstruct Other;\n#[derive(Clone)]\npub struct Live;",
        ),
        ("src/drive/credentials.rs", "impl Debug for Other {} impl Vault {}"),
        ("src/suite/live.rs", "#[derive(Debug)]\npub struct Live;"),
    ],
}];

fn showing(source: &Source) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (at, token) in source.tokens.iter().enumerate() {
        let name = source.at(at + 1);
        let declared = token.text == "struct" && HOLDERS.contains(&(name, source.path.as_str()));
        let given = token.text == "for"
            && ["src/drive/", "src/attest/"].iter().any(|place| source.path.starts_with(place))
            && HOLDERS.iter().any(|(holder, _)| *holder == name)
            && SHOWING.contains(&source.at(at.wrapping_sub(1)));
        if given || (declared && derived(source, at)) {
            breaches.push(Breach::new(token.line, format!("`{name}` can be shown")));
        }
    }
    breaches
}

/// True where one of the attributes before an item derives what shows it.
fn derived(source: &Source, item: usize) -> bool {
    let item_ends = |t: &str| [";", "}"].contains(&t);
    let attributes = source.tokens[..item].iter().rev().take_while(|t| !item_ends(&t.text));
    attributes.into_iter().any(|t| t.word && SHOWING.contains(&t.text.as_str()))
}

#[test]
fn holders_are_where_they_are_looked_for() {
    let sources = Source::all();
    for (name, path) in HOLDERS {
        let found = sources
            .iter()
            .filter(|s| s.path == path)
            .any(|source| (0..source.tokens.len()).any(|at| source.reads(at, &["struct", name])));
        assert!(found, "there is no `struct {name}` in {path}");
    }
}
