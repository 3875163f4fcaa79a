//! Detours: ways to operations that nobody declared. Each is tried with a token that is good for the operation and with one that nobody gave;
//! one that answers the first like the declared way, and refuses the second, leads to the same operation: from then on it is called with
//! every route. Whether it may answer the second in the same way is not asked here.

use serde_json::Value;
use url::Url;

use super::calls::Call;
use super::classify::classify;
use super::{Answer, Halt, Live, Request, Run, Stage, entitlement};
use crate::history::{Action, Seen};
use crate::model::{Detour, Outcome};
use crate::plan::{Operations, Service};

/// What is shown where nobody gave a token.
const NOBODYS: &str = "recant.nobody-gave-this-token";

/// Where one was found: service, operation, detour.
pub(super) type Found = (String, String, Detour);

impl Stage {
    /// Looks for ways to the operations that these tokens are good for.
    pub(super) async fn find_detours(&mut self, of: &str, label: &str) -> Result<(), Halt> {
        let run = self.run.clone();
        let roles = self.member(of)?.roles.clone();
        let mut tried = Vec::new();
        for (name, held) in self.label(label)? {
            let Some(service) = run.declared.target.service.get(name) else { continue };
            let good = entitlement::operations(
                Operations::Entitled,
                &run.declared.target,
                service,
                &roles,
                &self.in_force,
                &held.access,
            );
            tried.extend(good.iter().map(|op| (service, Call::with(&held.access, name, op))));
        }
        for (service, call) in tried {
            let found = run.cancel.race(run.detours_of(&self.instance, service, &call)).await??;
            let named = |detour| (call.service.clone(), call.operation.clone(), detour);
            self.detours.extend(found.into_iter().map(named));
        }
        Ok(())
    }

    /// Ways to an operation that this scenario found.
    pub(super) fn detours_to<'a>(
        &'a self,
        service: &'a str,
        operation: &'a str,
    ) -> impl Iterator<Item = Detour> + 'a {
        let these = move |(at, what, _): &&Found| at == service && what == operation;
        self.detours.iter().filter(these).map(|(_, _, detour)| *detour)
    }
}

impl Run {
    async fn detours_of(
        &self,
        instance: &str,
        service: &Service,
        call: &Call,
    ) -> Result<Vec<Detour>, Halt> {
        let mut found = Vec::new();
        let Some(live) = self.wallet.live(&call.token) else { return Ok(found) };
        let nobodys = Live { token: NOBODYS.into(), ..live.clone() };
        let nobodys = |detour| Tried { detour, live: &nobodys, good: false };
        let as_declared =
            self.tried(instance, service, call, Tried::with(None, &live), None).await?;
        let (Outcome::Accepted, Some(declared)) = as_declared else { return Ok(found) };
        let (without, _) = self.tried(instance, service, call, nobodys(None), None).await?;
        if !without.is_deny() {
            return Ok(found);
        }
        for detour in Detour::ALL {
            let like = (detour != Detour::Head).then_some(&declared);
            let with = Tried::with(Some(detour), &live);
            let (good, _) = self.tried(instance, service, call, with, like).await?;
            if !good.is_allow() {
                continue;
            }
            let (bad, _) = self.tried(instance, service, call, nobodys(Some(detour)), like).await?;
            if bad.is_deny() {
                found.push(detour);
            }
        }
        Ok(found)
    }

    /// Makes one try and records it: accepted where its answer is like that one, if there is one. Where this request can't take the
    /// detour, nothing is sent.
    async fn tried(
        &self,
        instance: &str,
        service: &Service,
        call: &Call,
        what: Tried<'_>,
        like: Option<&Answer>,
    ) -> Result<(Outcome, Option<Answer>), Halt> {
        let no_such = || Halt::Unmet(format!("there is no `{}`", call.operation));
        let operation = service.operation.get(&call.operation).ok_or_else(no_such)?;
        let taking = Call { detour: what.detour, ..call.clone() };
        let made = self.request_with(service, operation, &taking, what.live);
        if let (Some(_), Err(why)) = (what.detour, &made) {
            return Ok((Outcome::Failed(why.clone()), None));
        }
        let action = Action::TryDetour {
            subject: call.subject.clone(),
            service: call.service.clone(),
            operation: call.operation.clone(),
            token: what.good.then(|| call.token.clone()),
            detour: what.detour,
        };
        let op = self.recorder.invoke(instance, self.clock.now(), action)?;
        let (_, answer) = self.send_named(op, &call.service, made, Some(what.live)).await;
        let mut outcome = classify(&answer, operation, &service.refusal, &self.vault);
        let answer = answer.ok();
        let other = like.zip(answer.as_ref()).is_some_and(|(like, answer)| !alike(like, answer));
        // whoever shows nothing good may get an answer that anybody gets: one that says nothing tells no operation
        let says_nothing = !what.good && what.detour.is_some() && like.is_none_or(is_bare);
        if outcome.is_allow() && (other || says_nothing) {
            let why = if other {
                "another answer than by the declared way"
            } else {
                "an answer that says nothing"
            };
            outcome = Outcome::Unknown(why.to_owned());
        }
        let seen = Seen { status: answer.as_ref().map(|a| a.status), ..Seen::default() };
        self.recorder.complete(op, self.clock.now(), outcome.clone(), seen)?;
        Ok((outcome, answer))
    }
}

/// One try.
struct Tried<'a> {
    /// The detour; `None` for the declared way.
    detour: Option<Detour>,
    live: &'a Live,
    /// True for the subject's token, false for one that nobody gave.
    good: bool,
}

impl<'a> Tried<'a> {
    fn with(detour: Option<Detour>, live: &'a Live) -> Self {
        Self { detour, live, good: true }
    }
}

/// Makes a request take a detour; false where it can't.
pub(super) fn take(detour: Detour, request: &mut Request) -> bool {
    match detour {
        Detour::Head if request.method == "GET" => "HEAD".clone_into(&mut request.method),
        Detour::MethodOverridden if request.method != "POST" => {
            let method = std::mem::replace(&mut request.method, "POST".to_owned());
            request.headers.insert("x-http-method-override".to_owned(), method);
        }
        Detour::Head | Detour::MethodOverridden => return false,
        Detour::TokenInQuery => return into_query(request),
        _ => return respell(detour, request),
    }
    true
}

/// Takes a bearer token out of its header and puts it into the query.
fn into_query(request: &mut Request) -> bool {
    let named = |name: &&String| name.eq_ignore_ascii_case("authorization");
    let Some(name) = request.headers.keys().find(named).cloned() else { return false };
    let shown = request.headers.get(&name).and_then(|value| value.split_once(' '));
    let bearer = shown.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let Some(token) = bearer.map(|(_, token)| token.trim()) else { return false };
    let Ok(mut url) = Url::parse(&request.url) else { return false };
    url.query_pairs_mut().append_pair("access_token", token);
    request.url = url.into();
    request.headers.remove(&name);
    true
}

/// Spells the path in another way; false where it can't be.
fn respell(detour: Detour, request: &mut Request) -> bool {
    let (before, behind) = match request.url.split_once('?') {
        Some((before, query)) => (before, format!("?{query}")),
        None => (request.url.as_str(), String::new()),
    };
    let path = before.find("://").and_then(|scheme| before.get(scheme + 3..)?.find('/'));
    let Some(last) = before.rfind('/').filter(|_| path.is_some()) else { return false };
    let (folder, name) = before.split_at(last + 1);
    let letter = name.chars().next().filter(char::is_ascii_alphanumeric);
    let Some(letter) = letter else { return false };
    let other = match detour {
        Detour::SlashBehind => format!("{before}/"),
        Detour::SlashDoubled => format!("{folder}/{name}"),
        Detour::LetterEncoded => format!(
            "{folder}%{:02x}{}",
            u32::from(letter),
            name.strip_prefix(letter).unwrap_or_default()
        ),
        Detour::OtherCase if name != name.to_ascii_uppercase() => {
            format!("{folder}{}", name.to_ascii_uppercase())
        }
        Detour::OtherCase if name != name.to_ascii_lowercase() => {
            format!("{folder}{}", name.to_ascii_lowercase())
        }
        Detour::Parameter => format!("{before};x=1"),
        Detour::Suffix => format!("{before}.json"),
        _ => return false,
    };
    request.url = other + &behind;
    true
}

/// True where two answers look like those of the same operation: the same status and kind, and members of the same names.
fn alike(declared: &Answer, other: &Answer) -> bool {
    let kind = |answer: &Answer| {
        let kind = answer.header("content-type").unwrap_or_default().to_ascii_lowercase();
        kind.split(';').next().unwrap_or_default().trim().to_owned()
    };
    let content = match (declared.json(), other.json()) {
        (Some(Value::Object(one)), Some(Value::Object(two))) => one.keys().eq(two.keys()),
        (Some(Value::Array(_)), Some(Value::Array(_))) => true,
        _ => declared.body == other.body,
    };
    declared.status == other.status && kind(declared) == kind(other) && content
}

/// True for an answer without content, as many things give it.
fn is_bare(answer: &Answer) -> bool {
    match answer.json() {
        Some(Value::Object(members)) => members.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(_) => true,
        None => answer.body.is_empty(),
    }
}
