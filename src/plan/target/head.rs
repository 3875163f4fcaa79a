//! The whole of a target file, its head, its secrets and its HTTP settings.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Absent, Input, Owner, Profile, RoleFacts};

use super::{
    AccessLog, ChangeLog, Client, DecisionLog, DeclaredException, Effect, Elsewhere, Grant,
    GrantKind, Issuer, Service, Signals, Subjects, WaiversAt,
};

/// A target file: one system under test. It says what exists (issuers, clients, grants, subjects, roles, services, decision
/// log), what was promised (profile, bounds, classes), and who answers for it. How the system is changed stands in a recipe.
/// Strings may hold templates: `{name}` is a value of `[values]`, `{secret.NAME}` a secret of `[secrets]`; which further names
/// there are is said where they may be used. `{{` is a literal brace.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Target {
    /// What the target is called, whether it may be changed, which profile it is judged by, and which recipe changes it.
    pub target: TargetHead,
    /// Who answers for which policy: `[[owner]]`, once for each area. Decision records must name them.
    #[serde(default)]
    pub owner: Vec<Owner>,
    /// What this system promises, where it differs from the profile. Durations (`"500ms"`, `"10s"`, `"2m"`, `"1h"`) until a change
    /// is followed: `decision` (by issue and refresh), `revocation` (by issuer and introspection), `event` (by event-driven
    /// services), `cache` (by caches), `self-contained` (longest rest of a self-contained token's life), `skew` (accepted after
    /// `exp`), `keys` (a retired key still accepted), `status-list`, `log` (until a decision record can be read), `refresh-end` (when
    /// refresh tokens end, after the sign-in, however often they are used; there is no default). `settling` (default 2.5 s) is how long
    /// a lost right is tried at the least, where time is real: replicas differ, and answers flap. A number: `probes` (refusals
    /// needed after the bound, default 5). And `owner`: who answers for these promises, the name of an `[[owner]]`.
    #[serde(default)]
    pub bounds: BTreeMap<String, serde_json::Value>,
    /// Values for templates of this file and its recipe: with `admin = "http://..."` here, `{admin}` stands for it. Not for secrets.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// Secrets for templates, by reference: with `admin = { env = "ADMIN_TOKEN" }` here, `{secret.admin}` stands for its value.
    #[serde(default)]
    pub secrets: BTreeMap<String, Secret>,
    /// Time-outs, TLS and load.
    #[serde(default)]
    pub http: Http,
    /// Issuers by a name of yours: `[issuer.main]`.
    pub issuer: BTreeMap<String, Issuer>,
    /// Clients by a name of yours: `[client.app]`. Those that users sign in through, and those that introspect, revoke or exchange.
    #[serde(default)]
    pub client: BTreeMap<String, Client>,
    /// Ways to obtain a token, by a name of yours: `[grant.user]`.
    pub grant: BTreeMap<String, Grant>,
    /// Whose tokens are tested: which grants get them, which roles they have, and where they come from.
    pub subject: Subjects,
    /// Roles by their name at the target, with the scopes that they give: `[role.writer]`. What no role gives must never work.
    #[serde(default)]
    pub role: BTreeMap<String, RoleFacts>,
    /// What a change takes away, by the change's name in the recipe: `[effect."raise risk"]`. Known without being said: role and
    /// permission changes, and that a disabled or deleted subject, a disabled client and a withdrawn consent lose everything.
    #[serde(default)]
    pub effect: BTreeMap<String, Effect>,
    /// Services and gateways that accept tokens, by a name of yours: `[service.orders]`. Features name them.
    pub service: BTreeMap<String, Service>,
    /// Where decisions are logged. Without it declare `decision-log` absent, with a reason.
    #[serde(default)]
    pub decision_log: Option<DecisionLog>,
    /// Where services log what they let in and refused. Without it declare `access-log` absent, with a reason.
    #[serde(default)]
    pub access_log: Option<AccessLog>,
    /// Where changes of entitlements are logged. Without it declare `change-log` absent, with a reason.
    #[serde(default)]
    pub change_log: Option<ChangeLog>,
    /// Who receives security event tokens (SSF, CAEP).
    #[serde(default)]
    pub signals: Signals,
    /// How somebody at another place looks to services, who has a subject's token and is not that subject. Without it declare
    /// `elsewhere` absent.
    #[serde(default)]
    pub elsewhere: Option<Elsewhere>,
    /// Claims that carry authority: what a token lets its holder do is read from these. A dot goes into an object, unless a claim has that very name:
    /// `realm_access.roles`.
    #[serde(default = "authority_claims")]
    pub authority_claims: Vec<String>,
    /// Claims that some service reads, besides those that say who issued a token to whom, for whom, when and how they signed in.
    /// Where this is given, a token with any other claim carries more than it should.
    #[serde(default)]
    pub claims_read: Option<Vec<String>>,
    /// Capabilities that this system does not have: `[[absent]]`, each with a reason. What is neither there nor declared absent
    /// leaves requirements inconclusive. Capabilities: `refresh`, `exchange`, `introspection`, `revocation`, `decision-log`, `access-log`, `change-log`,
    /// `movable-clock`, `other-client`, `refresh-end`, `refresh-rotation` (refresh tokens that are used once), `authentication-context`
    /// (tokens that tell of the sign-in), `signal-receiver`, `signal-transmitter`, `signal-push` (recant can be pushed to), `signal-sessions` (the transmitter tells of `session-revoked`, not of
    /// accounts only), `signal-claims` (of `token-claims-change`), `signal-risk` (of `risk-level-change`), `signal-device` (of `device-compliance-change`),
    /// `upstream` (the issuer is a broker), `legacy-service`
    /// (one with `direct`), `services-alike` (two with operations that take the same), `graded-operations` (a service whose operations take different scopes), `fewer-roles` (subjects
    /// that are made with fewer roles than all), `context-inputs` (there is an `[[input]]`), `dpop` (tokens that are bound to a key), `bound-refresh` (a public client's refresh tokens are bound to a key), `client-authentication` (a client with refresh tokens has a secret or a key), `mtls` (tokens that are bound to a client certificate), `one-time-grant` (assertions or authorization
    /// codes), `elsewhere` (services can tell two places apart), and `change:NAME` for each change that the recipe lacks.
    #[serde(default)]
    pub absent: Vec<Absent>,
    /// What this system does otherwise than it is asked to: `[[exception]]`, each with an owner and the day on which it ends. Needed
    /// where a service keeps answers for longer than its bound, or a bound is looser than the profile's.
    #[serde(default)]
    pub exception: Vec<DeclaredException>,
    /// What of this system's failures somebody answers for until a day: where waivers stand, and how long one may hold.
    #[serde(default)]
    pub waivers: WaiversAt,
    /// What decisions depend on besides what is asked for, by the word of the policy's owner: `[[input]]` for each (role, risk, device,
    /// network, ...), with the change that toggles it. Where nothing but roles decides, declare `context-inputs` absent.
    #[serde(default)]
    pub input: Vec<Input>,
}

impl Target {
    /// The client of a grant.
    #[must_use]
    pub fn client_of(&self, grant: &str) -> Option<&Client> {
        self.client.get(self.grant.get(grant)?.client.as_ref()?)
    }

    /// The grant by which a service's tokens are asked for.
    #[must_use]
    pub fn usual_grant<'a>(&'a self, service: &'a Service) -> &'a String {
        service.grant.as_ref().unwrap_or(&self.subject.grant)
    }

    /// True where a grant, by its name, exchanges what another one gave (RFC 8693).
    #[must_use]
    pub fn is_exchange(&self, grant: &str) -> bool {
        self.grant.get(grant).is_some_and(|grant| grant.kind == GrantKind::TokenExchange)
    }

    /// The grants by which subjects get tokens for a service, by its name, besides the usual one and those of certificates.
    pub fn further_grants<'a>(&'a self, service: &'a str) -> impl Iterator<Item = &'a String> {
        let subject = &self.subject;
        let other = subject.other_grant.iter().flat_map(move |others| others.at(service));
        let once = subject.one_time_grant.iter().flat_map(|names| names.all());
        other.chain(&subject.upstream_grant).chain(&subject.bound_grant).chain(once)
    }

    /// The grant by which a service's tokens are bound to a key of their subject, where there is one.
    #[must_use]
    pub fn grant_with_key<'a>(&'a self, service: &'a Service) -> Option<&'a String> {
        let usual = self.usual_grant(service);
        let bound = |name: &&String| self.grant.get(*name).is_some_and(|grant| grant.dpop);
        Some(usual).filter(bound).or(self.subject.bound_grant.as_ref())
    }

    /// The grant by which a service's tokens are bound to a client certificate, where there is one and the service takes any.
    #[must_use]
    pub fn grant_with_certificate<'a>(&'a self, service: &'a Service) -> Option<&'a String> {
        service.mtls_url.as_ref()?;
        let usual = self.usual_grant(service);
        let shows = |name: &&String| {
            self.client_of(name).is_some_and(|client| client.certificate.is_some())
        };
        Some(usual).filter(shows).or(self.subject.mtls_grant.as_ref())
    }
}

fn authority_claims() -> Vec<String> {
    ["scope", "scp", "roles", "groups", "permissions", "entitlements", "realm_access.roles"]
        .map(str::to_owned)
        .to_vec()
}

/// Name, environment and permission.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TargetHead {
    /// Name of the target, as reports call it.
    pub name: String,
    /// Which environment it is: `lab`, `staging`, `production`, ... For reports.
    pub environment: String,
    /// Which version of the system this is, as you call it: of a release, an image, a commit. For reports. `--target-version`
    /// and the variable `RECANT_TARGET_VERSION` tell another one, so that a pipeline need not write into this file.
    #[serde(default)]
    pub version: Option<String>,
    /// The owner's word that recant may change this system. Without it no scenario that changes something is run.
    #[serde(default)]
    pub allow_changes: bool,
    /// Which bounds apply where `[bounds]` says nothing else.
    #[serde(default)]
    pub profile: Profile,
    /// Controls that every run is to give evidence for, as cited or as published (`recant requirements`): `["PR.AC-4"]`. A run
    /// without evidence for one of them is not conformant. `--controls` asks for others instead.
    #[serde(default)]
    pub controls: Vec<String>,
    /// How it is changed: the path of a recipe, relative to this file (`"./recipe.toml"`), or the name of a built-in one.
    pub recipe: String,
}

/// Where a secret comes from: exactly one of `env`, `file`, `command`. Secrets never stand in the file itself.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Secret {
    /// Name of an environment variable.
    Env(String),
    /// Path of a file, relative to the target file; a trailing newline is dropped.
    File(String),
    /// A command and its arguments; its standard output, trimmed, is the secret.
    Command(Vec<String>),
}

/// Time-outs and TLS for every request.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Http {
    /// Seconds that a request may take; default 10.
    pub timeout_seconds: f64,
    /// Further trusted roots, PEM: the path of a file, relative to this one, or a reference as for secrets (`{ env = "CA" }`).
    pub ca: Option<Roots>,
    /// `false` accepts any certificate. For labs only; the report says so.
    pub verify_tls: bool,
    /// Requests a second that lag measurements may send, over the whole run; default 200.
    pub probes_per_second: u32,
}

/// Where further trusted roots come from.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Roots {
    /// Path of a PEM file.
    File(String),
    /// By reference.
    Named(Secret),
}

impl Default for Http {
    fn default() -> Self {
        Self { timeout_seconds: 10.0, ca: None, verify_tls: true, probes_per_second: 200 }
    }
}
