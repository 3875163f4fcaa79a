//! Words that say nothing about what they name.

use super::source::{Source, Token};
use super::wall::{Breach, Wall};

/// Words that are not used in names (DESIGN: vocabulary).
const EMPTY: [&str; 7] = ["manager", "helper", "util", "context", "processor", "data", "info"];

/// Names that others' traits give.
const GIVEN: [&str; 1] = ["connect_info"];

/// Words after which a name is given.
const NAMING: [&str; 9] =
    ["fn", "struct", "enum", "trait", "mod", "type", "const", "static", "macro_rules"];

pub const WALLS: &[Wall] = &[Wall {
    name: "no file and no item is called manager, helper, util, context, processor, data, info or get_...",
    because: "such a name fits everything, so it tells a reader nothing, and everything ends up there",
    breaches: empty_names,
    broken: &[
        ("src/drive/token_manager.rs", ""),
        ("src/judge/utils.rs", ""),
        ("src/helpers/mod.rs", ""),
        ("src/x.rs", "struct RunContext;"),
        ("src/x.rs", "impl X { pub async fn get_token() {} }"),
        ("src/x.rs", "enum TokenInfo {}"),
        ("src/x.rs", "fn parse_data() {}"),
        ("src/x.rs", "const MAX_UTILS: u8 = 1;"),
        ("src/x.rs", "macro_rules! helper { () => {} }"),
    ],
    kept: &[
        ("src/reference/issuer/metadata.rs", "fn metadata() {} struct InForce; fn target() {}"),
        ("src/x.rs", "use cedar_policy::Context; fn f() { x.get(1); Context::empty(); }"),
        ("src/x.rs", "fn getaway() {} fn budget_left() {}"),
    ],
}];

fn empty_names(source: &Source) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for part in source.path.trim_end_matches(".rs").split('/') {
        breaches.extend(empty(part).map(|word| Breach::new(1, format!("`{word}` in its path"))));
    }
    for (at, token) in source.tokens.iter().enumerate() {
        let naming = token.word && NAMING.contains(&token.text.as_str());
        let name = at + if source.at(at + 1) == "!" { 2 } else { 1 };
        let Some(Token { text, line, word: true, .. }) = source.tokens.get(name).filter(|_| naming)
        else {
            continue;
        };
        let getter = token.text == "fn" && text.starts_with("get_");
        if GIVEN.contains(&text.as_str()) {
            continue;
        }
        let word = empty(text).or_else(|| getter.then(|| "get_".to_owned()));
        breaches.extend(word.map(|w| Breach::new(*line, format!("`{w}` in `{text}`"))));
    }
    breaches
}

/// The empty word in a name, in singular.
fn empty(name: &str) -> Option<String> {
    let mut words = vec![String::new()];
    let mut before = '_';
    for letter in name.chars() {
        let hump = letter.is_uppercase() && before.is_lowercase();
        if letter == '_' || letter == '-' || hump {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    words
        .into_iter()
        .find(|word| EMPTY.contains(&word.as_str()) || EMPTY.contains(&word.trim_end_matches('s')))
}
