//! A target of a page: one issuer, one service, an administration, a clock.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use recant::drive::{LONGEST_WAIT, Run, RunInputs};
use recant::plan::{Declared, Overlay, Scripts, Verb, load_target};
use serde_json::json;

use super::follow::{Stream, follow};
use super::recipes::{CLOCK, NUMBERED, RECIPE, confirming_recipe};

/// What the target knows and what it is told to do wrong.
#[derive(Default)]
pub struct World {
    /// Roles by subject.
    pub subjects: BTreeMap<String, Vec<String>>,
    /// Subjects that have a number: name by number, and how many there ever were.
    pub people: BTreeMap<u64, String>,
    pub people_ever: u64,
    /// Removing the ticket is acknowledged, and it stays.
    pub sticky_ticket: bool,
    /// Removing the ticket is acknowledged, and done when it was read so many times more.
    pub ticket_shown: Option<u32>,
    /// The ticket is there.
    pub ticket: bool,
    /// Subjects are read with the role `writer` so many times more, whatever they have.
    pub late_reads: u32,
    /// Roles that were taken, and when (target milliseconds).
    pub taken: BTreeMap<(String, String), u64>,
    /// Subject by token.
    pub tokens: BTreeMap<String, String>,
    /// Milliseconds that the clock was advanced.
    pub advanced: u64,
    /// Requests in order: `METHOD path`.
    pub requests: Vec<String>,
    /// The service lets a taken role pass for this long.
    pub grace_ms: u64,
    /// The service lets a taken role pass for so many requests.
    pub grace_requests: u32,
    /// It does so at this replica only.
    pub stale_replica: Option<usize>,
    /// Every second connection leads to a side that lets a taken role pass: all in their order, and the side in use.
    pub stale_side: bool,
    pub connections: Vec<SocketAddr>,
    pub side: usize,
    /// Paths that begin like this are answered with this status, after they were carried out.
    pub answer: Option<(&'static str, u16)>,
    /// Paths that begin like this are answered with this status and not carried out.
    pub refuse: Option<(&'static str, u16)>,
    /// Requests in flight now, and while the clock was moved.
    pub in_flight: u32,
    pub in_flight_at_move: u32,
    /// How open streams go on.
    pub stream: Stream,
}

pub type Shared = Arc<Mutex<World>>;
type Peer = ConnectInfo<SocketAddr>;

/// The target and what recant is told about it.
pub struct Toy {
    pub world: Shared,
    pub declared: Arc<Declared>,
    pub folder: tempfile::TempDir,
}

/// Starts the target. `clock` says whether its clock can be moved.
pub async fn toy(clock: bool) -> Toy {
    let recipe = if clock { format!("{RECIPE}{CLOCK}") } else { RECIPE.to_owned() };
    start(TARGET, &recipe).await
}

/// The same where a subject is removed by the number that only making it tells.
pub async fn numbered() -> Toy {
    start(TARGET, NUMBERED).await
}

/// The same with a read that shows whether a role is taken.
pub async fn confirming() -> Toy {
    start(TARGET, &confirming_recipe()).await
}

/// The same with a service that has two replicas, and a movable clock.
pub async fn replicated() -> Toy {
    let replicas = "audience = \"orders\"\nreplicas = [\"{base}/0\", \"{base}/1\"]";
    start(&TARGET.replace("audience = \"orders\"", replicas), &format!("{RECIPE}{CLOCK}")).await
}

/// The same with two further grants, and what the target says about which is another client's.
pub async fn elsewhere(other: &str) -> Toy {
    let grant = |name: &str| {
        let client = format!("[client.{name}]\nid = \"{name}\"\nauth = \"none\"\n");
        format!("{client}[grant.{name}]\nkind = \"password\"\nclient = \"{name}\"\n")
    };
    let grants = format!("{}{}[subject]\nother-grant = {other}", grant("phone"), grant("tv"));
    start(&TARGET.replace("[subject]", &grants), RECIPE).await
}

/// The same with a service that must follow at once.
pub async fn at_once() -> Toy {
    let class = "class = \"introspect-cache\"\nkeeps = \"10s\"";
    start(&TARGET.replace(class, "class = \"introspect\""), RECIPE).await
}

/// The same where a stream can be opened, which brings an event every second at least.
pub async fn streaming() -> Toy {
    let stream = "[service.orders.derived.follow]\nrequest = \"GET /follow\"\nevery-seconds = 1\n\
                  needs = { scope = \"write\" }\n";
    start(&format!("{TARGET}{stream}"), RECIPE).await
}

/// The target with these files.
pub async fn start(target: &str, recipe: &str) -> Toy {
    let world = Shared::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let app = axum::Router::new().fallback(answer).with_state(world.clone());
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("recipe.toml"), recipe).unwrap();
    let target = target.replace("BASE", &base);
    let path = folder.path().join("target.toml");
    std::fs::write(&path, target).unwrap();
    let declared = load_target(&path, &Overlay::default()).unwrap();
    std::fs::create_dir(folder.path().join("run")).unwrap();
    Toy { world, declared: Arc::new(declared), folder }
}

/// What a run is given that asks for nothing special.
pub fn inputs(declared: Arc<Declared>, overlay: Overlay, folder: &Path) -> RunInputs {
    RunInputs {
        declared,
        overlay,
        scripts: Arc::new(Scripts::shipped().unwrap()),
        folder: folder.to_owned(),
        run: "r".to_owned(),
        concurrency: 8,
        seed: None,
        by: None,
        longest_wait: LONGEST_WAIT,
        waivers: recant::model::Waivers::default(),
        controls: Vec::new(),
        shard: None,
    }
}

impl Toy {
    pub async fn run(&self) -> Arc<Run> {
        self.run_with(8).await
    }

    pub async fn run_with(&self, concurrency: usize) -> Arc<Run> {
        let folder = self.run_folder();
        let inputs = inputs(self.declared.clone(), Overlay::default(), &folder);
        Run::start(RunInputs { concurrency, ..inputs }).await.unwrap()
    }

    pub fn run_folder(&self) -> std::path::PathBuf {
        self.folder.path().join("run")
    }

    pub fn world(&self) -> std::sync::MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Subjects with their roles, as the target knows them.
    pub fn subjects(&self) -> String {
        let world = self.world();
        let each = world.subjects.iter().map(|(s, roles)| format!("{s}: {}", roles.join(" ")));
        each.collect::<Vec<_>>().join(", ")
    }

    /// Requests to the administration, without the subject's name.
    pub fn admin_requests(&self) -> Vec<String> {
        let world = self.world();
        let admin = world.requests.iter().filter(|r| r.contains("/admin/"));
        admin.cloned().collect()
    }
}

/// A verb as a script writes it.
pub fn verb(toml: &str) -> Verb {
    #[derive(serde::Deserialize)]
    struct One {
        v: Verb,
    }
    toml::from_str::<One>(&format!("v = {{ {toml} }}")).unwrap().v
}

/// Verbs as a script writes them, a line each.
pub fn verbs(lines: &str) -> Vec<Verb> {
    lines.lines().map(str::trim).filter(|l| !l.is_empty()).map(verb).collect()
}

pub const START: &str = r#"
    do = "subject", name = "subject"
    do = "tokens", of = "subject", label = "hot"
    do = "call", of = "subject", label = "hot", operations = "entitled"
    do = "change", name = "remove role", of = "subject", with = { role = "{role.last}" }
"#;

/// Its target file.
pub const TARGET: &str = r#"
[target]
name = "toy"
environment = "lab"
allow-changes = true
recipe = "recipe.toml"

[values]
base = "BASE"

[issuer.main]
url = "{base}"
discovery = "none"
token-endpoint = "{base}/token"

[client.app]
id = "app"
auth = "none"

[grant.user]
kind = "password"
client = "app"

[subject]
grant = "user"
roles = ["reader", "writer"]

[role.reader]
scopes = ["read"]

[role.writer]
scopes = ["write"]

[service.orders]
url = "{base}/0"
audience = "orders"
class = "introspect-cache"
keeps = "10s"

[service.orders.operation."read order"]
request = "GET /read"
needs = { scope = "read" }

[service.orders.operation."write order"]
request = "POST /write"
needs = { scope = "write" }
"#;

async fn answer(State(world): State<Shared>, from: Peer, request: Request) -> Response {
    if request.uri().path().ends_with("/follow") {
        return follow(world);
    }
    world.lock().unwrap().in_flight += 1;
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 16).await.unwrap();
    let line = format!("{} {}", parts.method, parts.uri.path());
    // Others get a chance to be in flight too.
    tokio::task::yield_now().await;
    let mut world = world.lock().unwrap();
    world.requests.push(line.clone());
    let refused = world.refuse.filter(|(start, _)| line.starts_with(start));
    let bearer = parts.headers.get("authorization").and_then(|h| h.to_str().ok());
    let bearer = bearer.and_then(|h| h.strip_prefix("Bearer ")).unwrap_or_default();
    if !world.connections.contains(&from.0) {
        world.connections.push(from.0);
    }
    world.side = world.connections.iter().position(|c| *c == from.0).unwrap() % 2;
    let done = match refused {
        Some((_, status)) => status_of(status),
        None => world.carry_out(parts.method.as_str(), parts.uri.path(), &body, bearer),
    };
    world.in_flight -= 1;
    match world.answer.filter(|(start, _)| line.starts_with(start)) {
        Some((_, status)) => status_of(status),
        None => done,
    }
}

fn status_of(status: u16) -> Response {
    StatusCode::from_u16(status).unwrap().into_response()
}

impl World {
    fn carry_out(&mut self, method: &str, path: &str, body: &[u8], bearer: &str) -> Response {
        let parts: Vec<_> = path.split('/').skip(1).collect();
        match (method, parts.as_slice()) {
            ("POST", ["token"]) => {
                let form: BTreeMap<String, String> =
                    url::form_urlencoded::parse(body).into_owned().collect();
                let n = self.tokens.len();
                let token = format!("opaque-token-{n}");
                self.tokens.insert(token.clone(), form["username"].clone());
                let answer = json!({ "access_token": token, "token_type": "Bearer" });
                axum::Json(answer).into_response()
            }
            ("PUT", ["admin", "subjects", subject]) => {
                let json: serde_json::Value = serde_json::from_slice(body).unwrap();
                let roles = json["roles"].as_array().unwrap().iter();
                let roles = roles.map(|r| r.as_str().unwrap().to_owned()).collect();
                self.subjects.insert((*subject).to_owned(), roles);
                status_of(201)
            }
            ("GET", ["admin", "subjects", subject]) => {
                axum::Json(json!({ "roles": self.shown_roles(subject) })).into_response()
            }
            ("DELETE", ["admin", "subjects", subject]) => {
                let there = self.subjects.remove(*subject).is_some();
                status_of(if there { 204 } else { 404 })
            }
            ("DELETE", ["admin", "subjects", subject, "roles", role]) => {
                self.roles(subject).retain(|r| r != role);
                let now = self.now();
                self.taken.insert(((*subject).to_owned(), (*role).to_owned()), now);
                status_of(204)
            }
            ("PUT", ["admin", "subjects", subject, "roles", role]) => {
                self.roles(subject).push((*role).to_owned());
                status_of(204)
            }
            ("POST", ["admin", "tickets"]) => {
                self.ticket = true;
                axum::Json(json!({ "number": 7 })).into_response()
            }
            ("GET", ["admin", "tickets", "7"]) if self.ticket => {
                self.ticket_shown = self.ticket_shown.map(|reads| reads.saturating_sub(1));
                self.ticket = self.ticket_shown != Some(0);
                axum::Json(json!({ "number": 7 })).into_response()
            }
            ("DELETE", ["admin", "tickets", "7"]) => {
                self.ticket = self.sticky_ticket || self.ticket_shown.is_some();
                status_of(204)
            }
            ("POST", ["admin", "people"]) => {
                let json: serde_json::Value = serde_json::from_slice(body).unwrap();
                self.people_ever += 1;
                self.people.insert(self.people_ever, json["name"].as_str().unwrap().to_owned());
                axum::Json(json!({ "number": self.people_ever })).into_response()
            }
            ("DELETE", ["admin", "people", number]) => {
                let there = number.parse().is_ok_and(|n| self.people.remove(&n).is_some());
                status_of(if there { 204 } else { 404 })
            }
            ("POST", ["admin", "clock"]) => {
                let json: serde_json::Value = serde_json::from_slice(body).unwrap();
                self.in_flight_at_move = self.in_flight_at_move.max(self.in_flight - 1);
                self.advanced += json["ms"].as_u64().unwrap();
                status_of(204)
            }
            (_, [replica, what]) => self.serve(replica.parse().unwrap(), what, bearer),
            _ => (StatusCode::NOT_FOUND, Body::empty()).into_response(),
        }
    }

    fn serve(&mut self, replica: usize, what: &str, bearer: &str) -> Response {
        let Some(subject) = self.tokens.get(bearer).cloned() else { return status_of(401) };
        let role = if what == "write" { "writer" } else { "reader" };
        let taken = self.taken.get(&(subject.clone(), role.to_owned()));
        let grace = self.stale_replica.is_none_or(|r| r == replica)
            && taken.is_some_and(|at| self.now() - at < self.grace_ms);
        let side = self.stale_side && self.side == 1;
        let grace = grace || (taken.is_some() && (side || self.grace_requests > 0));
        if taken.is_some() {
            self.grace_requests = self.grace_requests.saturating_sub(1);
        }
        let has = self.roles(&subject).iter().any(|r| r == role);
        status_of(if has || grace { 200 } else { 403 })
    }

    /// Milliseconds of the target's own clock.
    fn now(&self) -> u64 {
        static BORN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        let real = BORN.get_or_init(std::time::Instant::now).elapsed();
        self.advanced + u64::try_from(real.as_millis()).unwrap()
    }

    fn shown_roles(&mut self, subject: &str) -> Vec<String> {
        self.late_reads = self.late_reads.saturating_sub(1);
        let late = (self.late_reads > 0).then(|| "writer".to_owned());
        self.roles(subject).iter().cloned().chain(late).collect()
    }

    fn roles(&mut self, subject: &str) -> &mut Vec<String> {
        self.subjects.entry(subject.to_owned()).or_default()
    }
}

/// The folder's journal as text.
pub fn journal(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("undo.jsonl")).unwrap()
}
