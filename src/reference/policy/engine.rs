//! Cedar: one question, one answer with the policies that decided. An error in the engine is a denial.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy,
    PolicyId, PolicySet, Request, RestrictedExpression,
};

use super::principal::Principal;
use super::rules::{Cited, DEFAULT_DENY};

/// No more answers than this are kept.
const MOST_ANSWERS: usize = 10_000;

/// A compiled set of policies. An answer depends on them and on the question alone, so that the same question is put to
/// Cedar once; an edit compiles another set.
pub struct Engine {
    policies: PolicySet,
    authorizer: Authorizer,
    types: Types,
    answers: Mutex<BTreeMap<Question, Ruling>>,
}

/// Subject, scope, audience.
type Question = (Principal, String, String);

/// Names of entity types, parsed once.
struct Types {
    subject: EntityTypeName,
    role: EntityTypeName,
    action: EntityTypeName,
    service: EntityTypeName,
}

/// What the policies say to one question.
#[derive(Debug, Clone)]
pub struct Ruling {
    pub allow: bool,
    /// What decided, never empty: where no policy did, the default rule.
    pub cited: Vec<Cited>,
    /// Why, in words.
    pub because: String,
}

impl Engine {
    /// Compiles policies.
    pub fn new(text: &str) -> Result<Self, String> {
        let parsed: PolicySet = text.parse().map_err(|e| format!("policies: {e}"))?;
        let mut policies = PolicySet::new();
        for policy in parsed.policies() {
            policies.add(named(policy)).map_err(|e| format!("policies: {e}"))?;
        }
        let name = |n: &str| n.parse::<EntityTypeName>().map_err(|e| format!("policies: {e}"));
        let types = Types {
            subject: name("Subject")?,
            role: name("Role")?,
            action: name("Action")?,
            service: name("Service")?,
        };
        Ok(Self { policies, authorizer: Authorizer::new(), types, answers: Mutex::default() })
    }

    /// May this subject have this scope at this service?
    pub fn decide(&self, who: &Principal, scope: &str, audience: &str) -> Ruling {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= MOST_ANSWERS {
            answers.clear();
        }
        let question = (who.clone(), scope.to_owned(), audience.to_owned());
        answers.entry(question).or_insert_with(|| self.ask(who, scope, audience)).clone()
    }

    fn ask(&self, who: &Principal, scope: &str, audience: &str) -> Ruling {
        let Ok((request, entities)) = self.question(who, scope, audience) else {
            return denied("the question could not be put to the policies");
        };
        let response = self.authorizer.is_authorized(&request, &self.policies, &entities);
        let allow = response.decision() == Decision::Allow;
        let mut cited: Vec<(Cited, &str)> =
            response.diagnostics().reason().map(|id| self.cite(id)).collect();
        cited.sort();
        if cited.is_empty() {
            return denied(&format!("no policy permits {scope} to this subject"));
        }
        let because = cited
            .iter()
            .map(|(policy, because)| format!("policy {}: {because}", policy.id))
            .collect::<Vec<_>>()
            .join("; ");
        Ruling { allow, cited: cited.into_iter().map(|(policy, _)| policy).collect(), because }
    }

    fn question(
        &self,
        who: &Principal,
        scope: &str,
        audience: &str,
    ) -> Result<(Request, Entities), String> {
        let uid = |kind: &EntityTypeName, id: &str| {
            EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
        };
        let subject = uid(&self.types.subject, "this");
        let attributes = HashMap::from([
            ("enabled".to_owned(), RestrictedExpression::new_bool(who.enabled)),
            ("risk".to_owned(), RestrictedExpression::new_string(who.risk.word().to_owned())),
            ("device".to_owned(), RestrictedExpression::new_string(who.device.word().to_owned())),
            ("network".to_owned(), RestrictedExpression::new_string(who.network.word().to_owned())),
        ]);
        let roles: HashSet<_> = who.roles.iter().map(|r| uid(&self.types.role, r)).collect();
        let entity = Entity::new(subject.clone(), attributes, roles).map_err(|e| e.to_string())?;
        let entities = Entities::from_entities([entity], None).map_err(|e| e.to_string())?;
        let request = Request::new(
            subject,
            uid(&self.types.action, scope),
            uid(&self.types.service, audience),
            Context::empty(),
            None,
        )
        .map_err(|e| e.to_string())?;
        Ok((request, entities))
    }

    fn cite(&self, id: &PolicyId) -> (Cited, &str) {
        let says = |key: &str| self.policies.annotation(id, key).unwrap_or_default();
        let cited = Cited {
            id: id.to_string(),
            owner: says("owner").to_owned(),
            contact: says("contact").to_owned(),
        };
        (cited, says("because"))
    }
}

/// The policy under the id that it carries itself, not its position in the text.
fn named(policy: &Policy) -> Policy {
    match policy.annotation("id") {
        Some(id) => policy.new_id(PolicyId::new(id)),
        None => policy.clone(),
    }
}

fn denied(because: &str) -> Ruling {
    Ruling {
        allow: false,
        cited: vec![DEFAULT_DENY.into()],
        because: format!("rule {}: {because}", DEFAULT_DENY.id),
    }
}
