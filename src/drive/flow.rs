//! Runs the HTTP steps of a recipe or a scripted login: templates in, captures out, with a cookie jar of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::cookie::{CookieStore, Jar};
use url::Url;

use super::http::Body;
use super::{Answer, HttpClient, Request, Values, Vault, capture, excerpt, template};
use crate::model::{Outcome, Refusal};
use crate::plan::HttpStep;

/// Redirects that a step with `follow-redirects` follows at most.
const MOST_REDIRECTS: usize = 5;

/// A sequence of steps under way. Starts without cookies: an earlier login must not make a later one succeed.
pub struct Flow<'a> {
    http: &'a HttpClient,
    vault: &'a Vault,
    headers: BTreeMap<String, String>,
    jar: Arc<Jar>,
    values: Values,
    stop_at: Option<String>,
}

/// Why a flow stopped before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// What the step came to: refused by 401 and 403, certainly without effect, or unknown.
    pub outcome: Outcome,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// The error code of the answer, where it has one.
    pub error: Option<String>,
    /// One sentence for people, with nothing secret in it.
    pub why: String,
}

impl<'a> Flow<'a> {
    /// A flow that starts with these values.
    #[must_use]
    pub fn new(http: &'a HttpClient, vault: &'a Vault, values: Values) -> Self {
        let (headers, jar) = (BTreeMap::new(), Arc::default());
        Self { http, vault, headers, jar, values, stop_at: None }
    }

    /// The same with headers for every request (`[headers]` of a recipe).
    #[must_use]
    pub fn headers(mut self, headers: &BTreeMap<String, String>) -> Self {
        self.headers.clone_from(headers);
        self
    }

    /// The same with the cookies of an earlier flow: an administrator's session lasts longer than one change.
    #[must_use]
    pub fn jar(mut self, jar: Arc<Jar>) -> Self {
        self.jar = jar;
        self
    }

    /// The same, which follows no redirect to a URL that starts with this: nobody needs to listen at a `redirect_uri`.
    #[must_use]
    pub fn stop_at(mut self, url: &str) -> Self {
        self.stop_at = Some(url.to_owned());
        self
    }

    /// The values, with the captures so far.
    #[must_use]
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// The values, to set further ones.
    pub fn values_mut(&mut self) -> &mut Values {
        &mut self.values
    }

    /// Runs the steps that make a session. A header of every request that names what one of them captures is sent from when that
    /// is known.
    ///
    /// # Errors
    /// As `run`.
    pub async fn start(&mut self, steps: &[HttpStep]) -> Result<(), Stopped> {
        let every = std::mem::take(&mut self.headers);
        for (at, step) in steps.iter().enumerate() {
            let to_come = |name: &str| {
                let unknown = self.values.text(&format!("{{{name}}}")).is_err();
                unknown && steps[at..].iter().any(|s| s.capture.contains_key(name))
            };
            let waits =
                |text: &str| template::names_in(text).is_ok_and(|n| n.into_iter().any(to_come));
            let known = every.iter().filter(|(_, text)| !waits(text));
            self.headers = known.map(|(n, t)| (n.clone(), t.clone())).collect();
            self.step(step).await?;
        }
        self.headers = every;
        Ok(())
    }

    /// Runs steps one after the other; returns the last answer, `None` where there is no step.
    ///
    /// # Errors
    /// `Stopped` at the first step that does not work out.
    pub async fn run(&mut self, steps: &[HttpStep]) -> Result<Option<Reached>, Stopped> {
        let mut last = None;
        for step in steps {
            last = Some(self.step(step).await?);
        }
        Ok(last)
    }

    /// Runs one step.
    ///
    /// # Errors
    /// `Stopped` where a template or capture has no value, there is no answer, or its status is not accepted.
    pub async fn step(&mut self, step: &HttpStep) -> Result<Reached, Stopped> {
        let request = self.render(step).map_err(|why| Stopped {
            outcome: Outcome::Failed(why.clone()),
            status: None,
            error: None,
            why: format!("`{}`: {why}", step.request),
        })?;
        let reached = self.send(request, step.follow_redirects).await.map_err(|fault| {
            let why = format!("`{}`: {}", step.request, fault.why());
            Stopped { outcome: fault.into(), status: None, error: None, why }
        })?;
        let answer = &reached.answer;
        let accepted = match step.accept.as_slice() {
            [] => answer.is_success(),
            some => some.contains(&answer.status),
        };
        if !accepted {
            return Err(self.not_accepted(step, answer));
        }
        for (name, what) in &step.capture {
            let value = capture::find(what, answer, &reached.url).map_err(|why| Stopped {
                outcome: Outcome::Unknown(why.clone()),
                status: Some(answer.status),
                error: excerpt::error_code(answer, self.vault),
                why: format!("`{}` (status {}): {why}", step.request, answer.status),
            })?;
            self.keep(name, value);
        }
        Ok(reached)
    }

    fn not_accepted(&self, step: &HttpStep, answer: &Answer) -> Stopped {
        let status = answer.status;
        // Only errors are quoted: anything else may hold a credential that nobody has captured.
        let said = match status {
            400.. => format!(", {}", excerpt::of_body(&answer.body, self.vault)),
            _ => String::new(),
        };
        let short = format!("status {status}");
        let outcome = match status {
            401 | 403 => Outcome::Refused(Refusal {
                status,
                error: None,
                challenged: answer.headers.contains_key("www-authenticate"),
            }),
            400..=499 if status != 408 => Outcome::Failed(short),
            _ => Outcome::Unknown(short),
        };
        let why = format!("`{}`: status {status}{said}", step.request);
        Stopped {
            outcome,
            status: Some(status),
            error: excerpt::error_code(answer, self.vault),
            why,
        }
    }

    fn keep(&mut self, name: &str, value: serde_json::Value) {
        if is_credential(name) {
            let text = super::pointer::text(&value);
            self.vault.learn(name, &text);
            self.values.set_secret(name, text);
        } else {
            self.values.set_json(name, value);
        }
    }

    fn render(&self, step: &HttpStep) -> Result<Request, String> {
        let (method, url) = step
            .request
            .trim()
            .split_once(char::is_whitespace)
            .ok_or_else(|| "a request is `METHOD url`".to_owned())?;
        let mut headers = BTreeMap::new();
        for (name, value) in self.headers.iter().chain(&step.headers) {
            headers.insert(name.to_ascii_lowercase(), self.values.text(value)?);
        }
        let body = if let Some(json) = &step.json {
            Body::Json(self.values.json(json)?)
        } else if step.form.is_empty() {
            Body::Empty
        } else {
            let pairs = step.form.iter().map(|(k, v)| Ok((k.clone(), self.values.text(v)?)));
            Body::Form(pairs.collect::<Result<_, String>>()?)
        };
        let url = self.values.url(url.trim())?;
        Ok(Request {
            method: method.to_ascii_uppercase(),
            url,
            headers,
            body,
            ..Request::default()
        })
    }

    async fn send(&self, mut request: Request, follow: bool) -> Result<Reached, super::Fault> {
        let own_cookie = request.headers.contains_key("cookie");
        for left in (0..=if follow { MOST_REDIRECTS } else { 0 }).rev() {
            let url = Url::parse(&request.url).map_err(|_| {
                super::Fault::NotSent(
                    "the URL is not well-formed after its values are filled in".into(),
                )
            })?;
            if let Some(cookies) = self.jar.cookies(&url).filter(|_| !own_cookie) {
                request.headers.insert("cookie".into(), cookies.to_str().unwrap_or("").to_owned());
            }
            let answer = self.http.send(&request).await?;
            self.jar.set_cookies(&mut answer.headers.get_all("set-cookie").iter(), &url);
            let to = capture::header(&answer, "location", url.as_str())
                .filter(|_| follow && (300..400).contains(&answer.status) && answer.status != 304)
                .filter(|to| !self.stop_at.as_ref().is_some_and(|s| to.starts_with(s)));
            let Some(to) = to else { return Ok(Reached { answer, url: url.into() }) };
            if left == 0 {
                break;
            }
            let sends_body =
                matches!(answer.status, 307 | 308) && !matches!(request.body, Body::Empty);
            if sends_body && !same_origin(&url, &to) {
                return Err(super::Fault::Unknown(
                    "a redirect would send the body elsewhere".into(),
                ));
            }
            request = redirected(request, &url, to, answer.status);
        }
        Err(super::Fault::Unknown(format!("more than {MOST_REDIRECTS} redirects")))
    }
}

/// An answer and the URL that gave it in the end.
#[derive(Debug, Clone)]
pub struct Reached {
    /// The answer.
    pub answer: Answer,
    /// The URL of the last request; may hold credentials, so it is never printed.
    pub url: String,
}

/// The request after a redirect (RFC 9110 section 15.4): 303, and 301 and 302 after POST, turn into GET; headers of ours
/// may prove who we are and do not go to another origin.
fn redirected(mut request: Request, from: &Url, to: String, status: u16) -> Request {
    let keeps_method =
        matches!(status, 307 | 308) || matches!(request.method.as_str(), "GET" | "HEAD");
    if !keeps_method {
        request.method = "GET".into();
        request.body = Body::Empty;
    }
    request.headers.remove("cookie");
    if !same_origin(from, &to) {
        request.headers.clear();
        request.basic = None;
    }
    request.url = to;
    request
}

fn same_origin(from: &Url, to: &str) -> bool {
    Url::parse(to).is_ok_and(|to| to.origin() == from.origin())
}

/// True where a captured value is a credential by its name: it is then kept out of journal and messages.
fn is_credential(name: &str) -> bool {
    let last = name.rsplit(['.', '_', '-']).next().unwrap_or(name);
    ["token", "secret", "password", "code", "cookie", "assertion", "ticket"].contains(&last)
}
