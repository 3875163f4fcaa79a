//! The size and the form of files.

use super::source::Source;
use super::wall::{Breach, Wall};

/// Most lines of a file.
const FILE: usize = 400;

/// Most lines of a function, its signature included.
const FUNCTION: usize = 70;

pub const WALLS: &[Wall] = &[
    Wall {
        name: "a file has at most 400 lines",
        because: "a reader keeps one purpose in mind at a time",
        breaches: long_files,
        broken: &[("src/x.rs", "//! X.\n<<400>>"), ("tests/it/x.rs", "<<401>>")],
        kept: &[("src/x.rs", "//! X.\n<<399>>")],
    },
    Wall {
        name: "a function has at most 70 lines",
        because: "it is read on one screen, from top to bottom",
        breaches: long_functions,
        broken: &[
            ("src/x.rs", "fn f() {\n<<69>>\n}"),
            ("src/x.rs", "impl X {\n    pub async fn f(\n<<69>>\n) {}\n}"),
        ],
        kept: &[
            ("src/x.rs", "fn f() {\n<<68>>\n}\nfn g() {\n<<68>>\n}"),
            ("src/x.rs", "trait X { fn f();\n<<99>>\n}\ntype F = fn(u8);\n<<99>>"),
        ],
    },
    Wall {
        name: "`lib.rs` and `mod.rs` only name modules and pass on items; `main.rs` calls one function",
        because: "they are tables of contents, and whoever looks for logic does not look there",
        breaches: logic,
        broken: &[
            ("src/judge/mod.rs", "mod a;\nfn f() {}"),
            ("src/judge/mod.rs", "/// X.\n#[derive(Debug)]\npub struct X;"),
            ("src/judge/mod.rs", "const X: u8 = 1;"),
            ("src/judge/mod.rs", "mod a { fn f() {} }"),
            ("src/lib.rs", "pub(crate) use a::b;\nimpl X {}"),
            ("src/main.rs", "fn main() {\n    a();\n    b();\n    c();\n}"),
            ("src/main.rs", "fn f() {}"),
        ],
        kept: &[
            (
                "src/judge/mod.rs",
                "//! X.\nmod a;\n/// Y.\npub mod b;\npub(super) use a::{self, C};",
            ),
            ("src/lib.rs", "#![warn(missing_docs)]\npub mod a;"),
            ("src/main.rs", "//! X.\nfn main() -> ExitCode {\n    recant::cli::main()\n}"),
            ("src/judge/core.rs", "fn f() {}"),
        ],
    },
    Wall {
        name: "a file begins with `//!`",
        because: "its purpose and what it must not do come before how it does it",
        breaches: no_purpose,
        broken: &[
            ("src/x.rs", "use a::b;"),
            ("src/x.rs", "//!\nuse a::b;"),
            ("tests/it/x.rs", "/// X.\nuse a::b;"),
        ],
        kept: &[("src/x.rs", "//! X.\n")],
    },
    Wall {
        name: "there are no tests in `src`",
        because: "the library's own test harness is off (`test = false`): they would never run",
        breaches: inner_tests,
        broken: &[
            ("src/x.rs", "#[test]\nfn f() {}"),
            ("src/x.rs", "#[tokio::test]\nasync fn f() {}"),
            ("src/x.rs", "#[cfg(test)]\nmod tests {}"),
        ],
        kept: &[("tests/it/x.rs", "#[test]\nfn f() {}"), ("src/x.rs", "fn test() {}")],
    },
];

fn long_files(source: &Source) -> Vec<Breach> {
    let lines = source.text.lines().count();
    if lines <= FILE { Vec::new() } else { vec![Breach::new(lines, format!("{lines} lines"))] }
}

fn long_functions(source: &Source) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (index, token) in source.tokens.iter().enumerate() {
        if !token.word
            || token.text != "fn"
            || !source.tokens.get(index + 1).is_some_and(|t| t.word)
        {
            continue;
        }
        let Some(end) = body(source, index) else { continue };
        let lines = end - token.line + 1;
        if lines > FUNCTION {
            let name = source.at(index + 1);
            breaches.push(Breach::new(token.line, format!("`{name}` has {lines} lines")));
        }
    }
    breaches
}

/// The last line of the function whose `fn` stands here, where it has a body.
fn body(source: &Source, index: usize) -> Option<usize> {
    let mut at = index + 1;
    loop {
        let token = source.tokens.get(at)?;
        match token.text.as_str() {
            ";" => return None,
            "{" => return Some(source.tokens[token.close].line),
            "(" | "[" => at = token.close + 1,
            _ => at += 1,
        }
    }
}

fn logic(source: &Source) -> Vec<Breach> {
    let name = source.path.rsplit('/').next().unwrap_or_default();
    if !source.path.starts_with("src/") || !["lib.rs", "mod.rs", "main.rs"].contains(&name) {
        return Vec::new();
    }
    let mut breaches = Vec::new();
    let mut at = 0;
    while at < source.tokens.len() {
        at = past_attributes(source, at);
        let Some(token) = source.tokens.get(at) else { break };
        let end = end_of_item(source, at);
        let passes = match token.text.as_str() {
            "use" => true,
            "mod" => source.at(end) == ";",
            "fn" if name == "main.rs" && source.at(at + 1) == "main" => {
                source.tokens[end].line - token.line <= 2
            }
            _ => false,
        };
        if !passes {
            let item = format!("`{} {}`", token.text, source.at(at + 1));
            breaches.push(Breach::new(token.line, item));
        }
        at = end + 1;
    }
    breaches
}

/// Where an item begins, after its attributes, its documentation and its visibility.
fn past_attributes(source: &Source, mut at: usize) -> usize {
    loop {
        if source.at(at) == "#" {
            let open = if source.at(at + 1) == "!" { at + 2 } else { at + 1 };
            at = source.tokens[open].close + 1;
        } else if source.reads(at, &["pub", "("]) {
            at = source.tokens[at + 1].close + 1;
        } else if source.at(at) == "pub" {
            at += 1;
        } else {
            return at;
        }
    }
}

/// The token that an item ends with: its semicolon, or the end of its first braces.
fn end_of_item(source: &Source, begin: usize) -> usize {
    let is_use = source.at(begin) == "use";
    let mut at = begin;
    while at + 1 < source.tokens.len() {
        let token = &source.tokens[at];
        match token.text.as_str() {
            ";" => break,
            "{" if !is_use => return token.close,
            "{" | "(" | "[" => at = token.close + 1,
            _ => at += 1,
        }
    }
    at
}

fn no_purpose(source: &Source) -> Vec<Breach> {
    let first = source.text.lines().next().unwrap_or_default();
    let says = first.strip_prefix("//! ").is_some_and(|text| !text.trim().is_empty());
    if says { Vec::new() } else { vec![Breach::new(1, "it says nothing of its purpose")] }
}

fn inner_tests(source: &Source) -> Vec<Breach> {
    if !source.path.starts_with("src/") {
        return Vec::new();
    }
    let test = |at: &usize| {
        source.reads(*at, &["[", "test", "]"])
            || source.reads(*at, &["tokio", ":", ":", "test"])
            || source.reads(*at, &["cfg", "(", "test"])
    };
    let places = (0..source.tokens.len()).filter(test);
    places.map(|at| Breach::new(source.tokens[at].line, "a test")).collect()
}
