//! What the target file says about who may do what: which operations a subject is entitled to, and what a change takes
//! away. Reads declarations only; whether the target keeps to them is not asked here.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::{Action, Loss};
use crate::model::{Moment, NO_SUCH_SCOPE, Needs, TokenSeen};
use crate::plan::{Effect, Operations, ScopeChoice, Service, Target};

/// Something that took authority away (or gave some) and has not been undone.
#[derive(Debug, Clone)]
pub struct InForce {
    /// The op that did it.
    pub op: u64,
    /// The recipe's change, or `None` for a revocation.
    pub change: Option<String>,
    /// Whom it concerns (the record's name); `None` where everybody.
    pub subject: Option<String>,
    /// What it takes away.
    pub loses: Loss,
    /// The roles that it gives.
    pub gains: Vec<String>,
    /// When the target acknowledged it.
    pub acknowledged: Moment,
    /// The only service that it is about; `None` where all. A signal tells one receiver.
    pub service: Option<String>,
}

impl InForce {
    /// A change that the target acknowledged at this moment.
    pub fn of(op: u64, action: &Action, acknowledged: Moment) -> Self {
        let (change, subject, loses, gains) = match action {
            Action::Change { name, subject, loses, gains, .. } => {
                (Some(name.clone()), subject.clone(), loses.clone(), gains.roles.clone())
            }
            _ => Default::default(),
        };
        Self { op, change, subject, loses, gains, acknowledged, service: None }
    }
}

/// The roles that a subject has by the changes in force, of those that it began with.
pub fn roles_now(in_force: &[InForce], subject: &str, began: &[String]) -> Vec<String> {
    let mut roles = began.to_vec();
    for change in in_force.iter().filter(|c| c.subject.as_deref() == Some(subject)) {
        roles.retain(|role| !change.loses.roles.contains(role));
        roles.extend(change.gains.iter().cloned());
    }
    roles
}

/// Scopes that roles give together.
pub fn scopes_of<'a>(target: &'a Target, roles: &[String]) -> BTreeSet<&'a str> {
    let declared = roles.iter().filter_map(|r| target.role.get(r));
    declared.flat_map(|r| r.scopes.iter().map(String::as_str)).collect()
}

/// True where these roles are enough.
pub fn entitled(target: &Target, needs: &Needs, roles: &[String]) -> bool {
    let scopes = scopes_of(target, roles);
    needs.scope.as_ref().is_none_or(|s| scopes.contains(s.as_str()))
        && needs.role.as_ref().is_none_or(|r| roles.contains(r))
}

/// True where no role of the target is enough.
pub fn canary(target: &Target, needs: &Needs) -> bool {
    let given = |s: &String| target.role.values().any(|r| r.scopes.contains(s));
    needs.scope.as_ref().is_some_and(|s| !given(s))
}

/// The loss that is in force for an operation with a token: the latest change that takes something away, and
/// revocations of the token itself.
pub fn hit<'a>(in_force: &'a [InForce], needs: &Needs, token: &TokenSeen) -> Option<&'a InForce> {
    let concerns = |c: &&InForce| {
        (c.subject.is_none() || c.subject == token.subject)
            && (c.service.is_none() || c.service == token.service)
    };
    let takes_some = |c: &&InForce| c.change.is_some() && c.loses != Loss::default();
    let latest = in_force.iter().filter(concerns).rfind(takes_some);
    let latest = latest.filter(|c| takes(&c.loses, needs, token));
    let revoked =
        in_force.iter().rfind(|c| c.change.is_none() && c.loses.tokens.contains(&token.id));
    revoked.or(latest)
}

fn takes(loss: &Loss, needs: &Needs, token: &TokenSeen) -> bool {
    let key = || token.header.as_ref()?.get("kid")?.as_str();
    loss.everything
        || loss.tokens.contains(&token.id)
        || loss.takes(needs)
        || loss.key.as_deref().is_some_and(|k| key() == Some(k))
}

/// Operations of a service that a round calls, in the order of their names.
pub fn operations(
    which: Operations,
    target: &Target,
    service: &Service,
    roles: &[String],
    in_force: &[InForce],
    token: &TokenSeen,
) -> Vec<String> {
    let wanted = |needs: &Needs| {
        let full = || entitled(target, needs, roles);
        let lost = || hit(in_force, needs, token).is_some();
        match which {
            Operations::Entitled => full(),
            Operations::All => true,
            Operations::Lost => full() && lost(),
            Operations::Kept => full() && !lost(),
            Operations::Canary => canary(target, needs),
        }
    };
    let chosen = service.operation.iter().filter(|(_, o)| wanted(&o.needs));
    chosen.map(|(name, _)| name.clone()).collect()
}

/// The scope parameter of a request; `None` where there is none.
pub fn scope(
    choice: ScopeChoice,
    target: &Target,
    service: &Service,
    roles: &[String],
) -> Option<Vec<String>> {
    let given = scopes_of(target, roles);
    let needed = service.operation.values().filter_map(|o| o.needs.scope.clone());
    let mut scopes: Vec<_> = needed.filter(|s| given.contains(s.as_str())).collect();
    match choice {
        ScopeChoice::Same => return None,
        ScopeChoice::Unknown => return Some(vec![NO_SUCH_SCOPE.to_owned()]),
        ScopeChoice::Narrow => scopes.truncate(1),
        ScopeChoice::PartlyUnknown => {
            scopes.truncate(1);
            scopes.push(NO_SUCH_SCOPE.to_owned());
        }
        ScopeChoice::Last => {
            let first = scopes.first().cloned();
            // One that the last role alone gives, which is the one that scenarios take away.
            let (last, others) = roles.split_last().map_or((None, &[][..]), |(l, o)| (Some(l), o));
            let of_last = scopes_of(target, last.map(std::slice::from_ref).unwrap_or(&[]));
            let of_others = scopes_of(target, others);
            let gives = |s: &&String| of_last.contains(s.as_str());
            let alone = |s: &&String| gives(s) && !of_others.contains(s.as_str());
            let last = scopes.iter().rfind(alone).cloned();
            scopes.retain(|s| Some(s) != first.as_ref());
            let last = last.or_else(|| scopes.iter().rfind(gives).cloned());
            scopes = last.or_else(|| scopes.pop()).or(first).into_iter().collect();
        }
        ScopeChoice::Wide => {
            scopes.sort();
            scopes.dedup();
        }
    }
    (!scopes.is_empty()).then_some(scopes)
}

/// A scope in other case: another scope (RFC 6749 section 3.3), though it looks alike. `None` where it has no letters.
pub fn other_case(scope: &str) -> Option<String> {
    let cases = [scope.to_ascii_uppercase(), scope.to_ascii_lowercase()];
    cases.into_iter().find(|other| other != scope)
}

/// The scopes to ask for where an issuer wants to be asked for some and the scenario has no wish: what the service needs
/// of what the subject's roles give, and of what a role made in this scenario gives or gave, in whatever case it wrote it. Whoever has nothing asks for
/// all that any role gives: a refusal is then the issuer's own.
pub fn declared(
    target: &Target,
    service: &Service,
    roles: &[String],
    ever_given: &BTreeSet<String>,
) -> Vec<String> {
    let mut given = scopes_of(target, roles);
    given.extend(ever_given.iter().map(String::as_str));
    if given.is_empty() {
        given.extend(target.role.values().flat_map(|r| r.scopes.iter().map(String::as_str)));
    }
    let needed = |s: &&&str| {
        let mut needs = service.operation.values().filter_map(|o| o.needs.scope.as_deref());
        needs.any(|needs| needs.eq_ignore_ascii_case(s))
    };
    given.iter().filter(needed).map(|s| (*s).to_owned()).collect()
}

/// What a change takes away and what it gives.
pub struct Effects {
    /// Taken away.
    pub loses: Loss,
    /// Given.
    pub gains: Loss,
}

/// What there is to know about a change for telling its effects.
pub struct About<'a> {
    /// Name of the change.
    pub change: &'a str,
    /// Its arguments, rendered.
    pub arguments: &'a BTreeMap<String, String>,
    /// Roles that the subject it concerns has until then.
    pub roles: &'a [String],
    /// Scopes of roles that were made in this scenario.
    pub fresh: &'a BTreeMap<String, Vec<String>>,
    /// `kid` of the tokens that were issued before.
    pub key: Option<String>,
}

/// The effects of a change, as the target file declares them or as the change's name implies.
pub fn effects(target: &Target, about: About<'_>) -> Effects {
    let mut effects = Effects { loses: Loss::default(), gains: Loss::default() };
    if let Some(Effect { everything, scopes, roles }) = target.effect.get(about.change) {
        effects.loses.everything = *everything;
        effects.loses.roles.clone_from(roles);
        let of_roles = scopes_only_of(target, &about, roles);
        let said = scopes.iter().chain(&of_roles).cloned().collect::<BTreeSet<_>>();
        effects.loses.scopes = said.into_iter().collect();
        return effects;
    }
    let role = about.arguments.get("role");
    match about.change {
        // The last two end what the subject has through one client, which is all that the judge looks at then.
        "disable subject" | "delete subject" | "end sessions" | "reset password"
        | "disable client" | "withdraw consent" => {
            effects.loses.everything = true;
        }
        "retire key" => effects.loses.key = about.key,
        // A group at an upstream issuer is called like the role that it comes to.
        "remove role" | "remove upstream group" => {
            if let Some(role) = role {
                effects.loses.scopes = scopes_only_of(target, &about, std::slice::from_ref(role));
                effects.loses.roles.push(role.clone());
            }
        }
        "give role" => {
            if let Some(role) = role {
                effects.gains.scopes = scopes_only_of(target, &about, std::slice::from_ref(role));
                effects.gains.roles.push(role.clone());
            }
        }
        "remove permission" => {
            effects.loses.scopes.extend(about.arguments.get("permission").cloned())
        }
        _ => {}
    }
    effects
}

/// Scopes that these roles give and no other role of the subject does.
fn scopes_only_of(target: &Target, about: &About<'_>, roles: &[String]) -> Vec<String> {
    let scopes = |r: &str| {
        let declared = target.role.get(r).map(|r| r.scopes.clone());
        declared.or_else(|| about.fresh.get(r).cloned()).unwrap_or_default()
    };
    let others = about.roles.iter().filter(|r| !roles.contains(r));
    let kept: BTreeSet<_> = others.flat_map(|r| scopes(r)).collect();
    roles.iter().flat_map(|r| scopes(r)).filter(|s| !kept.contains(s)).collect()
}
