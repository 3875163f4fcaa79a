//! The whole of a target file, its head, its secrets and its HTTP settings.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Absent, Owner, Profile, RoleFacts};

use super::{Client, DecisionLog, Effect, Grant, Issuer, Service, Subjects};

/// A target file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Target {
    /// Name, environment, permission to change.
    pub target: TargetHead,
    /// Who answers for which policy.
    #[serde(default)]
    pub owner: Vec<Owner>,
    /// Overrides of the profile's bounds: `cache = "30s"`, `probes = 5`.
    #[serde(default)]
    pub bounds: BTreeMap<String, serde_json::Value>,
    /// Values for templates of this file and its recipe: `{admin}`.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// Secrets for templates: `{secret.admin}`.
    #[serde(default)]
    pub secrets: BTreeMap<String, Secret>,
    /// Time-outs and TLS.
    #[serde(default)]
    pub http: Http,
    /// Issuers by name.
    pub issuer: BTreeMap<String, Issuer>,
    /// Clients by name.
    #[serde(default)]
    pub client: BTreeMap<String, Client>,
    /// Ways to obtain a token, by name.
    pub grant: BTreeMap<String, Grant>,
    /// The subjects that scenarios use.
    pub subject: Subjects,
    /// Roles and what they let their holder do.
    #[serde(default)]
    pub role: BTreeMap<String, RoleFacts>,
    /// What a change other than a role change takes away: `[effect."raise risk"]`.
    #[serde(default)]
    pub effect: BTreeMap<String, Effect>,
    /// Services by name.
    pub service: BTreeMap<String, Service>,
    /// Where decisions are logged.
    #[serde(default)]
    pub decision_log: Option<DecisionLog>,
    /// Claims that carry authority.
    #[serde(default = "authority_claims")]
    pub authority_claims: Vec<String>,
    /// Capabilities declared absent, with a reason.
    #[serde(default)]
    pub absent: Vec<Absent>,
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
    /// Name of the target, for reports.
    pub name: String,
    /// `lab`, `staging`, `production`, ...
    pub environment: String,
    /// The owner's word that recant may change this system. Without it no scenario that changes something is run.
    #[serde(default)]
    pub allow_changes: bool,
    /// Which column of bounds applies.
    #[serde(default)]
    pub profile: Profile,
    /// A shipped recipe's name or a path relative to this file.
    pub recipe: String,
}

/// Where a secret comes from: exactly one member.
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
    /// A request takes no longer, seconds.
    pub timeout_seconds: f64,
    /// PEM file with further trusted roots, relative to the target file.
    pub ca: Option<String>,
    /// `false` accepts any certificate. For labs only; the report says so.
    pub verify_tls: bool,
    /// Requests a second that lag measurements may send, over the whole run.
    pub probes_per_second: u32,
}

impl Default for Http {
    fn default() -> Self {
        Self { timeout_seconds: 10.0, ca: None, verify_tls: true, probes_per_second: 200 }
    }
}
