//! Services of a target file: what they offer, what it takes, how they refuse, and what changes take away.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Needs, ServiceClass};

/// A service (resource server) or gateway.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Service {
    /// Base URL; operations' paths are appended.
    pub url: String,
    /// Addresses of single replicas, probed one by one.
    #[serde(default)]
    pub replicas: Vec<String>,
    /// `aud` of its tokens.
    pub audience: String,
    /// How it decides.
    pub class: ServiceClass,
    /// How long it may keep an answer (`introspect-cache`, `status-list`, `event-driven`): `"10s"`.
    pub keeps: Option<String>,
    /// The grant for its tokens, where it is not the subjects' grant.
    pub grant: Option<String>,
    /// Header that carries the token; default `authorization: Bearer {token}`.
    pub header: Option<String>,
    /// Operations by name.
    pub operation: BTreeMap<String, Operation>,
    /// What its refusal looks like.
    #[serde(default)]
    pub refusal: RefusalSigns,
}

/// An operation of a service.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Operation {
    /// `METHOD /path`.
    pub request: String,
    /// Other routes to the same operation (aliases, versions).
    #[serde(default)]
    pub routes: Vec<String>,
    /// JSON body.
    pub json: Option<serde_json::Value>,
    /// What it takes to be allowed.
    #[serde(default)]
    pub needs: Needs,
    /// Statuses that mean acceptance; default any 2xx.
    #[serde(default)]
    pub accepted: Vec<u16>,
}

/// What a refusal looks like, besides 401 and 403.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RefusalSigns {
    /// Further statuses that are refusals here, such as 404.
    pub statuses: Vec<u16>,
    /// A redirect whose location contains this is a refusal.
    pub redirect_to: Option<String>,
}

/// What a change takes away.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Effect {
    /// Everything.
    #[serde(default)]
    pub everything: bool,
    /// These scopes.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// These roles.
    #[serde(default)]
    pub roles: Vec<String>,
}
