//! Templates: `{name}` in the strings of target and recipe. In a URL a value is percent-encoded, in JSON it
//! is escaped by construction, and `{{` is a literal brace. A name that nothing defines is an error, never an
//! empty string.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::Vault;

/// A value of a template is cut off nowhere and refused beyond this many bytes.
const MOST_BYTES: usize = 256 << 10;

/// The values of templates, in layers: what was set last in the innermost layer wins. Cheap to clone.
/// `Debug` shows names only.
#[derive(Clone, Default)]
pub struct Values {
    own: BTreeMap<String, Held>,
    under: Option<Arc<Values>>,
}

#[derive(Clone)]
struct Held {
    value: Value,
    /// Never printed and never written to the journal.
    secret: bool,
    /// Goes into a URL as it is, because the author of the target file wrote it for that.
    verbatim: bool,
}

impl Values {
    /// No values at all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The values of a target file (they go into URLs as they are) and its named secrets as `secret.NAME`.
    #[must_use]
    pub fn of_target(values: &BTreeMap<String, String>, vault: &Vault) -> Self {
        let mut all = Self::new();
        for (name, value) in values {
            let held = Held { value: value.as_str().into(), secret: false, verbatim: true };
            all.own.insert(name.clone(), held);
        }
        for (name, secret) in vault.all_named() {
            all.set_secret(&format!("secret.{name}"), secret);
        }
        all
    }

    /// A layer of its own over these: what is set there leaves these alone.
    #[must_use]
    pub fn layer(&self) -> Self {
        Self { own: BTreeMap::new(), under: Some(Arc::new(self.clone())) }
    }

    /// Sets a text.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.set_json(name, Value::String(value.into()));
    }

    /// Sets a text that must not be printed anywhere.
    pub fn set_secret(&mut self, name: &str, value: impl Into<String>) {
        let held = Held { value: Value::String(value.into()), secret: true, verbatim: false };
        self.own.insert(name.to_owned(), held);
    }

    /// Sets a URL or another text that goes into URLs as it is.
    pub fn set_url(&mut self, name: &str, value: impl Into<String>) {
        let held = Held { value: Value::String(value.into()), secret: false, verbatim: true };
        self.own.insert(name.to_owned(), held);
    }

    /// Sets a JSON value: it keeps its type where a string of a JSON body is exactly `{name}`.
    pub fn set_json(&mut self, name: &str, value: Value) {
        self.own.insert(name.to_owned(), Held { value, secret: false, verbatim: false });
    }

    /// Sets a list of texts, such as `{roles}`. In text its members are separated by blanks.
    pub fn set_list(&mut self, name: &str, values: &[String]) {
        self.set_json(name, Value::from(values.to_vec()));
    }

    /// A value as text.
    #[must_use]
    pub fn text_of(&self, name: &str) -> Option<String> {
        self.held(name).map(|h| plain(&h.value))
    }

    /// All values that are not secret, for the undo journal; `from_plain` reads them again.
    #[must_use]
    pub fn to_plain(&self) -> BTreeMap<String, Value> {
        let mut all = self.under.as_ref().map_or_else(BTreeMap::new, |u| u.to_plain());
        for (name, held) in &self.own {
            if held.secret {
                all.remove(name);
            } else {
                all.insert(name.clone(), held.value.clone());
            }
        }
        all
    }

    /// A layer over these with the values of a journal entry. What the target file defines stays as it is
    /// there.
    #[must_use]
    pub fn with_plain(&self, plain: &BTreeMap<String, Value>) -> Self {
        let mut over = self.layer();
        for (name, value) in plain {
            if self.held(name).is_none() {
                over.set_json(name, value.clone());
            }
        }
        over
    }

    /// Renders a text.
    ///
    /// # Errors
    /// What is wrong with the template, or the name that nothing defines.
    pub fn text(&self, template: &str) -> Result<String, String> {
        self.render(template, |_, held| Ok(plain(&held.value)))
    }

    /// Renders a URL: values are percent-encoded (RFC 3986 section 2.1), except those of the target file and
    /// one that the URL starts with.
    ///
    /// # Errors
    /// What is wrong with the template, or the name that nothing defines; a value `.` or `..`, which would
    /// change the path.
    pub fn url(&self, template: &str) -> Result<String, String> {
        self.render(template, |at, held| {
            let text = plain(&held.value);
            if at == 0 || held.verbatim {
                return Ok(text);
            }
            if text == "." || text == ".." {
                return Err(format!("the value `{text}` can't be a part of a URL"));
            }
            Ok(encode(&text))
        })
    }

    /// Renders every string in a JSON value, and the names of members. A string that is exactly `{name}`
    /// becomes the value with its type: `{roles}` an array, `{ms}` a number.
    ///
    /// # Errors
    /// What is wrong with a template, or the name that nothing defines.
    pub fn json(&self, template: &Value) -> Result<Value, String> {
        Ok(match template {
            Value::String(s) => match exactly(s).map(|name| self.lookup(name)) {
                Some(held) => held?.value.clone(),
                None => Value::String(self.text(s)?),
            },
            Value::Array(a) => {
                Value::Array(a.iter().map(|v| self.json(v)).collect::<Result<_, _>>()?)
            }
            Value::Object(o) => Value::Object(
                o.iter()
                    .map(|(k, v)| Ok((self.text(k)?, self.json(v)?)))
                    .collect::<Result<_, String>>()?,
            ),
            other => other.clone(),
        })
    }

    fn render(
        &self,
        template: &str,
        show: impl Fn(usize, &Held) -> Result<String, String>,
    ) -> Result<String, String> {
        let mut out = String::with_capacity(template.len());
        for part in parts(template)? {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Name { at, name } => out.push_str(&show(at, self.lookup(name)?)?),
            }
            if out.len() > MOST_BYTES {
                return Err(format!("a template grew beyond {MOST_BYTES} bytes"));
            }
        }
        Ok(out)
    }

    fn lookup(&self, name: &str) -> Result<&Held, String> {
        self.held(name).ok_or_else(|| format!("nothing defines `{{{name}}}` here"))
    }

    fn held(&self, name: &str) -> Option<&Held> {
        self.own.get(name).or_else(|| self.under.as_ref().and_then(|u| u.held(name)))
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values")
            .field("names", &self.own.keys().collect::<Vec<_>>())
            .field("under", &self.under)
            .finish()
    }
}

/// The names that a template uses.
///
/// # Errors
/// What is wrong with the template.
pub fn names_in(template: &str) -> Result<Vec<&str>, String> {
    Ok(parts(template)?
        .into_iter()
        .filter_map(|p| match p {
            Part::Name { name, .. } => Some(name),
            Part::Literal(_) => None,
        })
        .collect())
}

enum Part<'a> {
    Literal(&'a str),
    Name { at: usize, name: &'a str },
}

fn parts(template: &str) -> Result<Vec<Part<'_>>, String> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        parts.push(Part::Literal(&rest[..open]));
        let at = template.len() - rest.len() + open;
        let after = &rest[open + 1..];
        if let Some(further) = after.strip_prefix('{') {
            parts.push(Part::Literal(&rest[open..=open]));
            rest = further;
            continue;
        }
        let close = after.find('}').ok_or_else(|| {
            format!("`{{` without `}}` in `{template}` (write `{{{{` for a brace)")
        })?;
        let name = &after[..close];
        if name.is_empty()
            || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        {
            return Err(format!("`{{{name}}}` is no name of a value (write `{{{{` for a brace)"));
        }
        parts.push(Part::Name { at, name });
        rest = &after[close + 1..];
    }
    parts.push(Part::Literal(rest));
    Ok(parts)
}

fn exactly(text: &str) -> Option<&str> {
    let name = text.strip_prefix('{')?.strip_suffix('}')?;
    (!name.contains(['{', '}'])).then_some(name)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        Value::Null => String::new(),
        Value::Array(a) if a.iter().all(Value::is_string) => {
            a.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

fn encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, b| {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(char::from(b));
        } else {
            use fmt::Write as _;
            let _ = write!(out, "%{b:02X}");
        }
        out
    })
}
