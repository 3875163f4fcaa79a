//! Secrets while a run lasts: resolved once, never printed, and known so that leaks are recognised.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;

use super::{command, disguised};
use crate::plan::{Client, Declared, Secret};

/// A shorter signature could be a word.
const SHORTEST_SIGNATURE: usize = 32;

/// Of a credential this much may be masked at one end, and the rest is still found: so few characters are tried out.
const MASKED: usize = 4;

/// Of shorter ones what is left could be something else.
const SHORTEST_MASKED: usize = 24;

/// How deep an encoding may stand in another one (a form, in Base64).
const DEEPEST: usize = 2;

/// Shorter credentials are not looked for: they would be found everywhere by chance.
pub(super) const SHORTEST: usize = 8;

/// A secret may take this long to come from a command or a pipe: people unlock password stores by hand.
const SECRET_TIME: Duration = Duration::from_mins(1);

/// The secrets of a run. Has no `Debug`, on purpose.
#[derive(Default)]
pub struct Vault {
    named: BTreeMap<String, String>,
    clients: BTreeMap<String, ClientSecrets>,
    known: Mutex<Known>,
}

/// What a client proves itself with.
#[derive(Clone, Default)]
pub(crate) struct ClientSecrets {
    pub(crate) secret: Option<String>,
    pub(crate) key: Option<String>,
    /// Certificate and its key, PEM.
    pub(crate) certificate: Option<[String; 2]>,
}

/// Credentials by their last eight bytes (those of a JWT are of its signature, so they hardly ever collide),
/// kept as digests: the vault itself need not hold every token of a run.
#[derive(Default)]
struct Known {
    by_tail: HashMap<[u8; SHORTEST], Vec<Credential>>,
    marked: Marked,
}

/// Marks of all tails: of the many bytes of a run hardly any are worth a look into the map.
struct Marked(Box<[u64]>);

impl Default for Marked {
    fn default() -> Self {
        Self(vec![0; 1 << (Self::BITS - 6)].into())
    }
}

impl Marked {
    /// Many more marks than a run has credentials: 64 KiB.
    const BITS: u32 = 19;

    /// Where the mark of a tail is: a word and a bit of it.
    fn place(tail: [u8; SHORTEST]) -> (usize, u64) {
        let spread = u64::from_le_bytes(tail).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mark = spread >> (u64::BITS - Self::BITS);
        ((mark >> 6) as usize, 1 << (mark & 63))
    }

    fn set(&mut self, tail: [u8; SHORTEST]) {
        let (word, bit) = Self::place(tail);
        self.0[word] |= bit;
    }

    /// False where no such tail is known.
    fn has(&self, tail: [u8; SHORTEST]) -> bool {
        let (word, bit) = Self::place(tail);
        self.0[word] & bit != 0
    }
}

struct Credential {
    length: usize,
    digest: [u8; 32],
    what: Arc<str>,
    how_much: HowMuch,
}

/// How much of a credential it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum HowMuch {
    Whole,
    /// All but a few characters at one end.
    Most,
    /// Worth nothing alone.
    Part,
}

impl Vault {
    /// Resolves all secrets that a target file refers to. `env` goes before the environment.
    ///
    /// # Errors
    /// One sentence for each that can't be resolved; never the value.
    pub async fn open(
        declared: &Declared,
        env: &BTreeMap<String, String>,
    ) -> Result<Self, Vec<String>> {
        let mut vault = Self::default();
        let mut wrong = Vec::new();
        let folder = &declared.folder;
        for (name, secret) in &declared.target.secrets {
            match one(secret, folder, env).await {
                Ok(value) => {
                    vault.learn_spellings(&format!("secret {name}"), &value);
                    vault.named.insert(name.clone(), value);
                }
                Err(why) => wrong.push(format!("secret `{name}`: {why}")),
            }
        }
        for (name, client) in &declared.target.client {
            let mut held = ClientSecrets::default();
            for (what, from, to) in
                [("secret", &client.secret, &mut held.secret), ("key", &client.key, &mut held.key)]
            {
                let Some(from) = from else { continue };
                match one(from, folder, env).await {
                    Ok(value) => {
                        let label = format!("{what} of client {name}");
                        for text in value.lines().chain([value.as_str()]) {
                            vault.learn_spellings(&label, text);
                        }
                        *to = Some(value);
                    }
                    Err(why) => wrong.push(format!("{what} of client `{name}`: {why}")),
                }
            }
            match certificate(client, folder, env).await {
                Ok(found) => {
                    for line in found.iter().flat_map(|[_, key]| key.lines()) {
                        vault.learn_spellings(&format!("certificate key of client {name}"), line);
                    }
                    held.certificate = found;
                }
                Err(why) => wrong.push(format!("certificate of client `{name}`: {why}")),
            }
            vault.clients.insert(name.clone(), held);
        }
        if wrong.is_empty() { Ok(vault) } else { Err(wrong) }
    }

    /// A named secret.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&str> {
        self.named.get(name).map(String::as_str)
    }

    pub(crate) fn all_named(&self) -> impl Iterator<Item = (&str, &str)> {
        self.named.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }

    pub(crate) fn client(&self, name: &str) -> ClientSecrets {
        self.clients.get(name).cloned().unwrap_or_default()
    }

    /// Remembers a secret as it is, and as forms and JSON of other people's making repeat it.
    fn learn_spellings(&mut self, what: &str, value: &str) {
        let in_form: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        for spelling in [in_form.replace('+', "%20"), in_form, value.replace('/', "\\/")] {
            self.learn(what, &spelling);
        }
        for spelling in [STANDARD.encode(value), URL_SAFE_NO_PAD.encode(value), value.to_owned()] {
            self.learn(what, &spelling);
        }
    }

    /// Remembers a credential that must not turn up anywhere (a token, a password).
    pub fn learn(&self, what: &str, value: &str) {
        self.remember(what, value, HowMuch::Whole);
        if value.len() >= SHORTEST_MASKED {
            let most = |range: std::ops::Range<usize>| value.get(range);
            for rest in [most(0..value.len() - MASKED), most(MASKED..value.len())].iter().flatten()
            {
                self.remember(what, rest, HowMuch::Most);
            }
        }
    }

    /// Remembers the signature of a JWT, whose other parts are in the record. A log that holds it alone leaks nothing,
    /// but a record that held it would be the whole token.
    pub(crate) fn learn_signature(&self, what: &str, token: &str) {
        let mut parts = token.split('.');
        if let (Some(_), Some(_), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
            && signature.len() >= SHORTEST_SIGNATURE
        {
            self.remember(what, signature, HowMuch::Part);
        }
    }

    fn remember(&self, what: &str, value: &str, how_much: HowMuch) {
        let Some(tail) = value.as_bytes().last_chunk::<SHORTEST>() else { return };
        if value.starts_with("-----") {
            return;
        }
        let digest: [u8; 32] = Sha256::digest(value.as_bytes()).into();
        let mut known = self.lock();
        known.marked.set(*tail);
        let list = known.by_tail.entry(*tail).or_default();
        match list.iter_mut().find(|c| c.digest == digest) {
            // The latest name is the most exact one: first "an access token", then "token t7".
            Some(known) => known.what = what.into(),
            None => {
                list.push(Credential { length: value.len(), digest, what: what.into(), how_much })
            }
        }
    }

    /// Names of the credentials that a text holds: word for word, all but a few characters of them, or in an encoding that
    /// anybody turns back.
    #[must_use]
    pub fn found_in(&self, text: &str) -> Vec<String> {
        let mut names = BTreeSet::new();
        let known = self.lock();
        known.found_in(text, 0, &mut names);
        // A signature may stand alone; the parts of a token beside each other are the token.
        if names.is_empty() && !known.occurrences(text).is_empty() {
            known.found_in(&in_one(text), 0, &mut names);
        }
        names.into_iter().collect()
    }

    /// The text with every known credential struck out.
    #[must_use]
    pub fn strike(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (start, end, what) in self.lock().to_strike(text) {
            if start >= at {
                out.push_str(&text[at..start]);
                out.extend(["<", &*what, ">"]);
            }
            at = at.max(end);
        }
        out.push_str(&text[at..]);
        out
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A text with the parts of a list of texts (JSON, or separated by blanks) joined as those of a token are.
fn in_one(text: &str) -> String {
    let lists = text.replace("\", \"", ".").replace("\",\"", ".");
    lists.split_whitespace().collect::<Vec<_>>().join(".")
}

impl Known {
    fn found_in(&self, text: &str, depth: usize, names: &mut BTreeSet<String>) {
        let found = self.occurrences(text).into_iter().map(|found| found.2);
        names.extend(
            found.filter(|c| c.how_much != HowMuch::Part).map(|c| c.what.as_ref().to_owned()),
        );
        if depth < DEEPEST {
            for says in disguised::stretches(text).iter().flat_map(|stretch| &stretch.says) {
                self.found_in(says, depth + 1, names);
            }
        }
    }

    /// What to strike out of a text, by start; the longest first where several start together.
    fn to_strike(&self, text: &str) -> Vec<(usize, usize, Arc<str>)> {
        let found = self.occurrences(text).into_iter();
        let mut all: Vec<_> = found.map(|(start, end, c)| (start, end, c.what.clone())).collect();
        for stretch in disguised::stretches(text) {
            let mut names = BTreeSet::new();
            stretch.says.iter().for_each(|says| self.found_in(says, 1, &mut names));
            if let Some(what) = names.into_iter().next() {
                all.push((stretch.place.start, stretch.place.end, what.into()));
            }
        }
        all.sort_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
        all
    }

    /// Where known credentials stand word for word, in the order of their ends.
    fn occurrences(&self, text: &str) -> Vec<(usize, usize, &Credential)> {
        let bytes = text.as_bytes();
        let mut all = Vec::new();
        for (i, tail) in bytes.windows(SHORTEST).enumerate() {
            let Ok(tail) = <[u8; SHORTEST]>::try_from(tail) else { continue };
            if !self.marked.has(tail) {
                continue;
            }
            let end = i + SHORTEST;
            for credential in self.by_tail.get(&tail).into_iter().flatten() {
                let Some(start) = end.checked_sub(credential.length) else { continue };
                let is_it = text.is_char_boundary(start)
                    && text.is_char_boundary(end)
                    && Sha256::digest(&bytes[start..end])[..] == credential.digest;
                if is_it {
                    all.push((start, end, credential));
                }
            }
        }
        all
    }
}

async fn file(path: &Path) -> Result<String, String> {
    let file = tokio::fs::File::open(path).await.map_err(|e| e.to_string())?;
    let mut bytes = Vec::new();
    file.take(command::MOST_BYTES + 1).read_to_end(&mut bytes).await.map_err(|e| e.to_string())?;
    if bytes.len() as u64 > command::MOST_BYTES {
        return Err(format!("it is larger than {} bytes", command::MOST_BYTES));
    }
    let text = String::from_utf8(bytes).map_err(|_| "it is no UTF-8".to_owned())?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

async fn certificate(
    client: &Client,
    folder: &Path,
    env: &BTreeMap<String, String>,
) -> Result<Option<[String; 2]>, String> {
    let (Some(certificate), Some(key)) = (&client.certificate, &client.certificate_key) else {
        return Ok(None);
    };
    Ok(Some([one(certificate, folder, env).await?, one(key, folder, env).await?]))
}

/// What a reference leads to.
///
/// # Errors
/// Why it leads to nothing; never the value.
pub(super) async fn one(
    secret: &Secret,
    folder: &Path,
    env: &BTreeMap<String, String>,
) -> Result<String, String> {
    let value = match secret {
        Secret::Env(name) => env
            .get(name)
            .cloned()
            .or_else(|| std::env::var(name).ok())
            .ok_or_else(|| format!("the environment variable {name} is not set"))?,
        Secret::File(path) => {
            let read = tokio::time::timeout(SECRET_TIME, file(&folder.join(path))).await;
            read.unwrap_or_else(|_| Err("it took too long to read".to_owned()))
                .map_err(|why| format!("{path}: {why}"))?
        }
        Secret::Command(words) => {
            let program = words.first().map_or("", String::as_str);
            let ended = command::run(words, folder, SECRET_TIME).await?;
            if ended.code != Some(0) {
                return Err(match ended.code {
                    Some(code) => format!("{program} ended with code {code}"),
                    None => format!("{program} was ended by a signal"),
                });
            }
            String::from_utf8(ended.out)
                .map(|s| s.trim().to_owned())
                .map_err(|_| format!("{program} printed no UTF-8"))?
        }
    };
    if value.is_empty() { Err("it is empty".to_owned()) } else { Ok(value) }
}
