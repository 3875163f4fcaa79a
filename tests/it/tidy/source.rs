//! A Rust file as a flat list of tokens with their lines. Comments and texts are no tokens that could be mistaken for
//! code, and macros are read like everything else.

use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A source file.
pub struct Source {
    /// Path from the repository's root, with forward slashes.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Its tokens in order; groups are flat, with their brackets.
    pub tokens: Vec<Token>,
}

/// A token.
pub struct Token {
    /// A word, one sign, one bracket, or a literal as it is written.
    pub text: String,
    /// Line, from 1.
    pub line: usize,
    /// For an opening bracket, the index of its closing one; else its own.
    pub close: usize,
    /// True for words.
    pub word: bool,
}

/// A path such as `std::fs::File`, with groups of a `use` taken apart.
pub struct Named {
    /// Line, from 1.
    pub line: usize,
    /// Its words; `*` for a glob.
    pub words: Vec<String>,
}

const FOLDERS: [&str; 3] = ["src", "tests", "bench"];

impl Source {
    /// Every Rust file of the repository.
    pub fn all() -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut sources = Vec::new();
        for folder in FOLDERS {
            collect(root, &root.join(folder), &mut sources);
        }
        sources
    }

    /// A file that is not on disk. A line `<<9>>` stands for nine lines.
    pub fn literal(path: &str, text: &str) -> Self {
        let lines = text.lines().map(|line| {
            let repeated = line.trim().strip_prefix("<<").and_then(|l| l.strip_suffix(">>"));
            repeated.map_or_else(|| format!("{line}\n"), |n| "//\n".repeat(n.parse().unwrap()))
        });
        Self::of(path.to_owned(), lines.collect())
    }

    fn of(path: String, text: String) -> Self {
        let stream: TokenStream = text.parse().unwrap_or_else(|e| panic!("{path}: {e}"));
        let mut tokens = Vec::new();
        flatten(stream, &mut tokens);
        Self { path, text, tokens }
    }

    /// The module that a file of `src` belongs to: `judge` for `src/judge/core.rs`, `exit` for `src/exit.rs`.
    pub fn module(&self) -> Option<&str> {
        let inner = self.path.strip_prefix("src/")?;
        let module = inner.split('/').next().unwrap_or(inner);
        Some(module.strip_suffix(".rs").unwrap_or(module))
    }

    /// The text of a token, or nothing beyond the end.
    pub fn at(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |t| t.text.as_str())
    }

    /// True where tokens stand here one after another.
    pub fn reads(&self, index: usize, texts: &[&str]) -> bool {
        texts.iter().enumerate().all(|(n, text)| self.at(index + n) == *text)
    }

    /// Every path of the file, as it is written.
    pub fn paths(&self) -> Vec<Named> {
        let mut paths = Vec::new();
        let mut index = 0;
        while index < self.tokens.len() {
            index = if self.tokens[index].word {
                self.path_at(index, &[], &mut paths)
            } else {
                index + 1
            };
        }
        paths
    }

    /// Reads a path that begins here; says where it ends.
    fn path_at(&self, start: usize, before: &[String], paths: &mut Vec<Named>) -> usize {
        let line = self.tokens[start].line;
        let mut words = before.to_vec();
        let mut index = start;
        loop {
            words.push(self.tokens[index].text.clone());
            index += 1;
            if !self.reads(index, &[":", ":"]) {
                break;
            }
            match self.tokens.get(index + 2) {
                Some(next) if next.word || next.text == "*" => index += 2,
                Some(next) if next.text == "{" => {
                    self.group_at(index + 2, &words, paths);
                    return next.close + 1;
                }
                _ => break,
            }
        }
        paths.push(Named { line, words });
        index
    }

    /// Reads the paths in the braces of a `use`.
    fn group_at(&self, open: usize, before: &[String], paths: &mut Vec<Named>) {
        let mut index = open + 1;
        while index < self.tokens[open].close {
            let token = &self.tokens[index];
            index = if token.text == "as" {
                index + 2
            } else if token.word || token.text == "*" {
                self.path_at(index, before, paths)
            } else {
                index + 1
            };
        }
    }
}

fn collect(root: &Path, folder: &Path, sources: &mut Vec<Source>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<_> = entries.map(|e| e.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(root, &path, sources);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            sources.push(Source::of(name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    for tree in stream {
        let line = tree.span().start().line;
        let one = |text: String, word| Token { text, line, close: 0, word };
        match tree {
            TokenTree::Ident(word) => tokens.push(one(word.to_string(), true)),
            TokenTree::Punct(sign) => tokens.push(one(sign.as_char().to_string(), false)),
            TokenTree::Literal(literal) => tokens.push(one(literal.to_string(), false)),
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::None => ("", ""),
                };
                let at = tokens.len();
                tokens.push(one(open.to_owned(), false));
                flatten(group.stream(), tokens);
                let end = group.span_close().start().line;
                tokens[at].close = tokens.len();
                tokens.push(Token { text: close.to_owned(), line: end, close: 0, word: false });
            }
        }
    }
}

#[test]
fn paths_are_read_wherever_they_stand() {
    let text = "use a::{self, b::{C, D as E}, f::*}; fn x() { m!(g::h(::i::j::<k::L>())); // n::o\n\"p::q\"; }";
    let source = Source::literal("src/x.rs", text);
    let paths: Vec<_> = source.paths().iter().map(|p| p.words.join("::")).collect();
    let long: Vec<_> = paths.iter().filter(|p| p.contains("::")).map(String::as_str).collect();
    assert_eq!(long, ["a::self", "a::b::C", "a::b::D", "a::f::*", "g::h", "i::j", "k::L"]);
}
