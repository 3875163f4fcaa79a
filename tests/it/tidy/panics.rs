//! What ends a process or hides a lint.

use super::source::Source;
use super::wall::{Breach, Wall};

/// A panic that stays, how often it stands in the file, and why it can't be met or may be.
struct Stays {
    path: &'static str,
    word: &'static str,
    times: usize,
    because: &'static str,
}

const STAYS: [Stays; 6] = [
    Stays {
        path: "src/requirements/catalog.rs",
        word: "panic",
        times: 1,
        because: "the catalogue is built in, and tests/it/catalog.rs reads it whole",
    },
    Stays {
        path: "src/controls/frameworks.rs",
        word: "panic",
        times: 1,
        because: "the frameworks are built in, and tests/it/catalog.rs reads them whole",
    },
    Stays {
        path: "src/steps/book.rs",
        word: "panic",
        times: 1,
        because: "the vocabulary is built in, and tests/it/steps.rs compiles every expression",
    },
    Stays {
        path: "src/reference/faults.rs",
        word: "expect",
        times: 1,
        because: "the list of faults is built in, and tests/it/reference/faults.rs reads it",
    },
    Stays {
        path: "src/suite/events.rs",
        word: "expect",
        times: 1,
        because: "the empty expression is one",
    },
    Stays {
        path: "src/reference/world.rs",
        word: "expect",
        times: 1,
        because: "without random bytes the reference system would hand out names that can be guessed",
    },
];

pub const WALLS: &[Wall] = &[
    Wall {
        name: "outside of tests nothing panics on purpose, but for the places in `STAYS`",
        because: "what a target, a file or a user sends must never end a run in the middle of a change",
        breaches: panics,
        broken: &[
            ("src/x.rs", "fn f() { a.unwrap(); }"),
            ("src/x.rs", "fn f() { format!(\"{}\", a.expect(\"b\")); }"),
            ("src/x.rs", "fn f() { a.map(Option::unwrap); }"),
            ("src/x.rs", "fn f() { panic!(\"a\"); }"),
            ("src/x.rs", "fn f() { unreachable!(); }"),
            ("src/x.rs", "fn f() { assert_eq!(a, b); }"),
            ("src/suite/events.rs", "fn f() { a.expect(\"b\"); c.expect(\"d\"); }"),
        ],
        kept: &[
            ("src/x.rs", "#[expect(dead_code)]\nfn f() { a.unwrap_or(1); b.expect_err(2); }"),
            (
                "src/x.rs",
                "/// `panic!`\nfn f() { catch_unwind(g); resume_unwind(h); } // .unwrap()",
            ),
            ("src/suite/events.rs", "fn f() { a.expect(\"b\"); }"),
            ("tests/it/x.rs", "fn f() { a.unwrap(); panic!(); }"),
        ],
    },
    Wall {
        name: "nothing is left to do in code",
        because: "a stub that pretends is worse than a missing feature",
        breaches: stubs,
        broken: &[
            ("src/x.rs", "fn f() { todo!() }"),
            ("tests/it/x.rs", "fn f() { unimplemented!(\"later\") }"),
            ("src/x.rs", "fn f() { dbg!(x); }"),
        ],
        kept: &[("src/x.rs", "/// `todo!()`\nfn todo() {}")],
    },
    Wall {
        name: "whoever allows what a lint forbids says why",
        because: "a reader can't tell an exception from an oversight",
        breaches: silent_exceptions,
        broken: &[
            ("src/x.rs", "#[allow(dead_code)]\nfn f() {}"),
            ("tests/it/x.rs", "#![expect(clippy::unwrap_used)]"),
        ],
        kept: &[
            ("src/x.rs", "#[expect(dead_code, reason = \"held until dropped\")]\nfn f() {}"),
            ("src/x.rs", "fn f() { a.expect(\"b\"); allow(c); }"),
        ],
    },
];

fn panics(source: &Source) -> Vec<Breach> {
    if !source.path.starts_with("src/") {
        return Vec::new();
    }
    let mut breaches = Vec::new();
    for word in ["unwrap", "expect"] {
        let called = |at: &usize| {
            source.reads(*at, &[".", word, "("]) || source.reads(*at, &[":", ":", word])
        };
        breaches.extend(too_many(source, word, called));
    }
    for word in ["panic", "unreachable", "assert", "assert_eq", "assert_ne"] {
        breaches.extend(too_many(source, word, |at| source.reads(*at, &[word, "!"])));
    }
    breaches
}

/// Places of a word, unless there are just as many as may stay.
fn too_many(source: &Source, word: &str, stands: impl Fn(&usize) -> bool) -> Vec<Breach> {
    let places: Vec<usize> = (0..source.tokens.len()).filter(stands).collect();
    let stays = STAYS.iter().filter(|s| s.path == source.path && s.word == word);
    if stays.map(|s| s.times).sum::<usize>() == places.len() {
        return Vec::new();
    }
    places.iter().map(|at| Breach::new(source.tokens[*at].line, format!("`{word}`"))).collect()
}

fn stubs(source: &Source) -> Vec<Breach> {
    let stub = |at: &usize| {
        ["todo", "unimplemented", "dbg"].iter().any(|word| source.reads(*at, &[word, "!"]))
    };
    let places = (0..source.tokens.len()).filter(stub);
    places.map(|at| Breach::new(source.tokens[at].line, source.at(at))).collect()
}

fn silent_exceptions(source: &Source) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for at in 0..source.tokens.len() {
        let exception =
            ["allow", "expect"].iter().any(|word| source.reads(at, &["[", word, "("]) && at > 0);
        if !exception {
            continue;
        }
        let close = source.tokens[at].close;
        if !(at..close).any(|i| source.reads(i, &["reason", "="])) {
            breaches.push(Breach::new(source.tokens[at].line, "it gives no `reason`"));
        }
    }
    breaches
}

#[test]
fn what_stays_is_still_there() {
    let sources = Source::all();
    for Stays { path, word, times, because } in &STAYS {
        let source = sources.iter().find(|s| s.path == *path);
        let source = source.unwrap_or_else(|| panic!("{path} does not exist any more"));
        let places = source.tokens.iter().enumerate().filter(|(at, t)| {
            t.text == *word && (source.at(at + 1) == "!" || source.at(at.wrapping_sub(1)) == ".")
        });
        assert_eq!(places.count(), *times, "{path}: {word}, because {because}");
    }
}
