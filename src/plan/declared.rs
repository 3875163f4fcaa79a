//! A target file with its recipe, and what the judge may know of them. Says nothing about what is wrong with them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::error::Problem;
use crate::model::{
    Bounds, ChangeLogFacts, DerivedFacts, Facts, OperationFacts, ServiceClass, ServiceFacts,
};

use super::bounds;
use super::target::{REVOCATION_OF, TELLS, is_one_of};
use super::{ClientAuth, DeclaredException, GrantKind, Recipe, Service, Target};

/// A target file with where it was read, its digest and its recipe.
#[derive(Debug, Clone)]
pub struct Declared {
    /// The target file. URLs in it are complete: values have been filled in.
    pub target: Target,
    /// The recipe.
    pub recipe: Recipe,
    /// Path of the target file, or `shipped:...`.
    pub file: String,
    /// SHA-256 of the target file.
    pub digest: String,
    /// Path of the recipe, or `shipped:...`.
    pub recipe_file: String,
    /// SHA-256 of the recipe.
    pub recipe_digest: String,
    /// Folder that relative paths start from.
    pub folder: PathBuf,
    /// What deserves attention but stops nothing.
    pub warnings: Vec<Problem>,
}

impl Declared {
    /// What goes into the first line of a history. `advertised` are the capabilities in the issuers' own metadata.
    #[must_use]
    pub fn facts(&self, advertised: Vec<String>) -> Facts {
        let target = &self.target;
        let bounds = self.bounds();
        Facts {
            target: target.target.name.clone(),
            version: target.target.version.clone(),
            environment: target.target.environment.clone(),
            profile: target.target.profile,
            services: target
                .service
                .iter()
                .map(|(name, service)| {
                    let (foreign, unsaid_issuers) = self.strangers(name);
                    let facts = service_facts(service, &bounds);
                    (name.clone(), ServiceFacts { foreign, unsaid_issuers, ..facts })
                })
                .collect(),
            bounds,
            owners: target.owner.clone(),
            bounds_owner: target.bounds.get("owner").and_then(|o| o.as_str()).map(str::to_owned),
            inputs: target.input.clone(),
            exceptions: target.exception.iter().map(DeclaredException::fact).collect(),
            roles: target.role.clone(),
            authority_claims: target.authority_claims.clone(),
            claims_read: target.claims_read.clone(),
            absent: target.absent.clone(),
            provides: self.provides(),
            advertised,
            unchangeable: !target.target.allow_changes,
            other_grants: target.subject.other_grant.as_ref().map_or_else(Vec::new, |o| o.all()),
            clients: self.clients(),
            access_logged: self.access_logged(),
            change_log: target.change_log.as_ref().map(|log| ChangeLogFacts {
                changes: log.changes.clone(),
                approved: log.fields.approver.is_some(),
            }),
            exchange: target.subject.exchange.clone(),
            grants: self.other_ways(),
        }
    }

    /// The grants beside the subjects' usual one, under the capability that they are.
    fn other_ways(&self) -> BTreeMap<String, Vec<String>> {
        let subject = &self.target.subject;
        let one = |name: &Option<String>| name.iter().cloned().collect();
        let once = subject.one_time_grant.as_ref().map_or_else(Vec::new, |n| n.all().to_vec());
        let all = [
            ("other-client", subject.other_grant.as_ref().map_or_else(Vec::new, |o| o.all())),
            ("upstream", one(&subject.upstream_grant)),
            ("dpop", one(&subject.bound_grant)),
            ("one-time-grant", once),
        ];
        let there = all.into_iter().filter(|(_, grants)| !grants.is_empty());
        there.map(|(capability, grants)| (capability.to_owned(), grants)).collect()
    }

    /// Services that write the access log.
    fn access_logged(&self) -> Vec<String> {
        let Some(log) = &self.target.access_log else { return Vec::new() };
        let named = |name: &&String| log.services.is_empty() || log.services.contains_key(*name);
        self.target.service.keys().filter(named).cloned().collect()
    }

    /// The `client_id` that each grant asks with. An id with a template that values of the file don't fill is left out.
    fn clients(&self) -> BTreeMap<String, String> {
        let target = &self.target;
        let id = |client: &Option<String>| {
            let mut id = target.client.get(client.as_ref()?)?.id.clone();
            for (name, value) in &target.values {
                id = id.replace(&format!("{{{name}}}"), value);
            }
            (!id.contains('{')).then_some(id)
        };
        let all = target.grant.iter();
        all.filter_map(|(name, grant)| Some((name.clone(), id(&grant.client)?))).collect()
    }

    /// The profile's bounds with the target's overrides.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        let mut bounds = Bounds::of(self.target.target.profile);
        for (name, value) in &self.target.bounds {
            // a wrong override never gets here: loading refuses it
            let _ = bounds::put(&mut bounds, name, value);
        }
        bounds
    }

    /// Capabilities that the target file and its recipe provide, sorted: `refresh`, `exchange`, `introspection`,
    /// `revocation`, `decision-log`, `access-log`, `change-log`, `movable-clock`, `other-client`, `refresh-end`, `signal-receiver`, `signal-transmitter`,
    /// `signal-sessions`, `signal-claims`, `signal-risk`, `signal-device`, `signal-logout`, `upstream`, `legacy-service`, `services-alike`, `fewer-roles`, `graded-operations`, `context-inputs`, `dpop`, `bound-refresh`, `client-authentication`, `mtls`, `one-time-grant`, `elsewhere`,
    /// `other-issuer`, `expiry`, and each change as `change:NAME`.
    #[must_use]
    pub fn provides(&self) -> Vec<String> {
        let target = &self.target;
        let subject = &target.subject;
        let issuers = || target.issuer.values();
        let mut all = vec!["expiry".to_owned()];
        let mut add = |there: bool, name: &str| {
            if there {
                all.push(name.to_owned());
            }
        };
        let refreshable = target.grant.get(&subject.grant).is_some_and(|g| g.kind.can_refresh());
        add(subject.refresh && refreshable, "refresh");
        add(subject.exchange.is_some(), "exchange");
        add(subject.refresh && self.bounds().refresh_end.is_some(), "refresh-end");
        add(issuers().any(|i| i.introspect_as.is_some()), "introspection");
        add(self.can_revoke(), "revocation");
        add(target.decision_log.is_some(), "decision-log");
        add(!target.input.is_empty(), "context-inputs");
        add(target.access_log.is_some(), "access-log");
        add(target.change_log.is_some(), "change-log");
        add(self.recipe.clock.is_some(), "movable-clock");
        add(subject.other_grant.is_some(), "other-client");
        add(target.service.values().any(|s| s.direct.is_some()), "legacy-service");
        add(self.alike(), "services-alike");
        let makes = self.recipe.subject.is_some() && target.target.allow_changes;
        add(makes && subject.roles.len() > 1, "fewer-roles");
        add(self.graded(), "graded-operations");
        add(subject.upstream_grant.is_some(), "upstream");
        add(self.binds(), "dpop");
        add(subject.refresh && self.binds_refresh(), "bound-refresh");
        add(subject.refresh && self.proves_clients(), "client-authentication");
        let mtls = |service| target.grant_with_certificate(service).is_some();
        add(target.service.values().any(mtls), "mtls");
        add(subject.one_time_grant.is_some(), "one-time-grant");
        add(target.elsewhere.is_some(), "elsewhere");
        add(target.service.keys().any(|name| !self.strangers(name).0.is_empty()), "other-issuer");
        add(target.service.values().any(|s| s.replicas.len() > 1), "replicas");
        let mut classes = target.service.values().map(|service| service.class);
        add(classes.any(|class| class == ServiceClass::StatusList), "status-list");
        let derived = target.service.values().any(|service| !service.derived.is_empty());
        add(derived, "derived-authority");
        add(!target.signals.receiver.is_empty(), "signal-receiver");
        let transmitter = target.signals.transmitter.as_ref();
        add(transmitter.is_some(), "signal-transmitter");
        add(transmitter.is_some_and(|t| t.push.is_some()), "signal-push");
        add(target.signals.logout.is_some(), "signal-logout");
        for (name, words) in TELLS {
            let mut asked = transmitter.iter().flat_map(|t| &t.events);
            add(asked.any(|event| is_one_of(event, words)), name);
        }
        if target.target.allow_changes {
            all.extend(self.recipe.change.keys().map(|name| format!("change:{name}")));
        }
        all.sort();
        all
    }

    /// False where an issuer is declared to have no revocation, though others of the target have.
    #[must_use]
    pub fn takes_back(&self, issuer: &str) -> bool {
        let name = |absent: &str| absent.strip_prefix(REVOCATION_OF) == Some(issuer);
        !self.target.absent.iter().any(|absent| name(&absent.capability))
    }

    /// True where some service can be shown tokens that are bound to a key.
    fn binds(&self) -> bool {
        let target = &self.target;
        let services = target.service.values().filter_map(|service| service.grant.as_ref());
        let mut grants = services.chain([&target.subject.grant]).chain(&target.subject.bound_grant);
        grants.any(|name| target.grant.get(name).is_some_and(|grant| grant.dpop))
    }

    /// True where some service's tokens are bound to a key and come with refresh tokens of a public client (RFC 9449 section 5).
    fn binds_refresh(&self) -> bool {
        let target = &self.target;
        let mut grants = target.service.values().filter_map(|s| target.grant_with_key(s));
        grants.any(|name| {
            let public = target.client_of(name).is_some_and(|c| c.auth == ClientAuth::None);
            public && target.grant.get(name).is_some_and(|grant| grant.kind.can_refresh())
        })
    }

    /// True where some service's tokens come with refresh tokens of a client that has to say who it is.
    fn proves_clients(&self) -> bool {
        let target = &self.target;
        let usual = target.service.values().map(|service| target.usual_grant(service));
        usual.chain([&target.subject.grant]).any(|name| {
            let proves = target.client_of(name).is_some_and(|c| c.auth.is_by_request());
            proves && target.grant.get(name).is_some_and(|grant| grant.kind.can_refresh())
        })
    }

    /// True where two services have operations that take the same, so that they can be compared.
    fn alike(&self) -> bool {
        let services: Vec<_> = self.target.service.values().collect();
        let needs =
            |s: &'_ Service| s.operation.values().map(|o| o.needs.clone()).collect::<Vec<_>>();
        services.iter().enumerate().any(|(at, one)| {
            let one = needs(one);
            services[at + 1..].iter().any(|other| needs(other).iter().any(|n| one.contains(n)))
        })
    }

    /// True where a service has operations that take different scopes, each of which some role gives.
    fn graded(&self) -> bool {
        let target = &self.target;
        let given = |s: &&String| target.role.values().any(|role| role.scopes.contains(*s));
        target.service.values().any(|service| {
            let needed = service.operation.values().filter_map(|o| o.needs.scope.as_ref());
            needed.filter(given).collect::<std::collections::BTreeSet<_>>().len() > 1
        })
    }

    /// True where an issuer may have a revocation endpoint, given by hand or through discovery, that somebody may
    /// call. Whether discovery really tells one is seen when the run starts.
    fn can_revoke(&self) -> bool {
        let somebody = |i: &super::Issuer| i.revoke_as.is_some() || !self.target.client.is_empty();
        self.target
            .issuer
            .values()
            .any(|i| (i.revocation_endpoint.is_some() || i.discovery.is_used()) && somebody(i))
    }
}

impl GrantKind {
    /// True where the flow can give a refresh token (client credentials should not: RFC 6749 section 4.4.3).
    #[must_use]
    pub fn can_refresh(self) -> bool {
        !matches!(self, Self::Command)
    }
}

impl super::Discovery {
    /// True where metadata is read.
    #[must_use]
    pub fn is_used(self) -> bool {
        self != Self::None
    }
}

fn service_facts(service: &Service, bounds: &Bounds) -> ServiceFacts {
    ServiceFacts {
        class: service.class,
        audience: service.audience.clone(),
        bound: class_bound(service, bounds),
        replicas: u32::try_from(service.replicas.len().max(1)).unwrap_or(u32::MAX),
        operations: service
            .operation
            .iter()
            .map(|(name, operation)| {
                let routes = u32::try_from(operation.routes.len()).unwrap_or(u32::MAX);
                let facts = OperationFacts {
                    needs: operation.needs.clone(),
                    routes: routes.saturating_add(1),
                };
                (name.clone(), facts)
            })
            .collect(),
        further_issuers: service.further_issuers,
        foreign: BTreeMap::new(),
        issuers_said: service.issuers.is_some(),
        unsaid_issuers: Vec::new(),
        key_stays: service.key_stays.clone(),
        derived: service
            .derived
            .iter()
            .map(|(name, made)| {
                let stream = made.credential.is_none();
                (name.clone(), DerivedFacts { needs: made.needs.clone(), stream })
            })
            .collect(),
    }
}

/// The bound of a service's class in milliseconds; what the service itself declares to keep wins over the profile.
fn class_bound(service: &Service, bounds: &Bounds) -> Option<u64> {
    let kept = service.keeps.as_deref().and_then(bounds::milliseconds);
    match service.class {
        ServiceClass::SelfContained => None,
        // It can't be faster than the issuer that it asks.
        ServiceClass::Introspect => Some(bounds.issuer()),
        ServiceClass::DecisionPerRequest => Some(bounds.decision),
        ServiceClass::IntrospectCache => Some(kept.unwrap_or(bounds.cache)),
        ServiceClass::StatusList => Some(kept.unwrap_or(bounds.status_list)),
        ServiceClass::EventDriven => Some(kept.unwrap_or(bounds.event)),
    }
}
