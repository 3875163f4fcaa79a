//! What was said so far in a scenario: who takes part, what they hold, what has changed. Names only; what really
//! happened is in the history.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cut::Cut;
use crate::plan::{CallWith, Operations, Scripts, Verb};

/// Who takes part in a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// The one that changes are about.
    Subject,
    /// The one that changes must not touch.
    Bystander,
}

impl Who {
    /// The name in the plan and in the record.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Bystander => "bystander",
        }
    }
}

/// Where a set of tokens came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A grant.
    Login,
    /// A refresh token.
    Refresh,
    /// An exchange.
    Exchange,
}

/// A set of tokens: one for each service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Whose.
    pub who: Who,
    /// The label.
    pub label: String,
    /// Where it came from.
    pub origin: Origin,
    /// How many changes there had been when it was obtained.
    pub changes: usize,
}

/// What was said so far.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    roles: BTreeMap<Who, Option<Vec<String>>>,
    held: Vec<Held>,
    /// Changes that were made, by name.
    names: Vec<String>,
    /// Number of changes and revocations so far, and how many of them were watched, had the log read after them, ...
    changes: usize,
    looked: BTreeMap<&'static str, usize>,
    script: Option<String>,
    cut: Option<Cut>,
    /// How long the latest watch was asked to last at least.
    watched: Option<u64>,
    named: usize,
    scripts: Option<Arc<Scripts>>,
}

impl Scene {
    /// The beginning of a scenario that may name these scripts.
    #[must_use]
    pub fn knowing(scripts: Arc<Scripts>) -> Self {
        Self { scripts: Some(scripts), ..Self::default() }
    }

    /// A subject is there; `None` stands for all roles of the target.
    pub fn enters(&mut self, who: Who, roles: Option<Vec<String>>) -> Verb {
        self.roles.insert(who, roles.clone());
        Verb::Subject { name: who.name().to_owned(), roles, without_last: false }
    }

    /// The roles that were said for somebody.
    ///
    /// # Errors
    /// Where nobody said that they take part.
    pub fn roles(&self, who: Who) -> Result<Option<Vec<String>>, String> {
        self.roles
            .get(&who)
            .cloned()
            .ok_or_else(|| format!("there is no {0} yet; say `Given a {0}` first", who.name()))
    }

    /// True where somebody takes part.
    #[must_use]
    pub fn has(&self, who: Who) -> bool {
        self.roles.contains_key(&who)
    }

    /// Somebody gets tokens under a label: the one that was given, or a fresh one.
    ///
    /// # Errors
    /// Where they don't take part, or the label is somebody else's.
    pub fn obtain(
        &mut self,
        who: Who,
        origin: Origin,
        label: Option<String>,
    ) -> Result<String, String> {
        self.roles(who)?;
        let label = label.unwrap_or_else(|| {
            self.named += 1;
            format!("{} {}", who.name(), self.named)
        });
        if let Some(other) = self.held.iter().find(|h| h.label == label && h.who != who) {
            return Err(format!("\"{label}\" names tokens of the {} already", other.who.name()));
        }
        self.held.push(Held { who, label: label.clone(), origin, changes: self.changes });
        Ok(label)
    }

    /// The label that somebody's tokens from a plain login go under while nothing has changed: tokens for further
    /// services join the same set.
    #[must_use]
    pub fn open_set(&self, who: Who) -> Option<String> {
        self.latest(who)
            .ok()
            .filter(|h| h.origin == Origin::Login && h.changes == self.changes)
            .map(|h| h.label.clone())
    }

    /// Somebody's latest tokens.
    ///
    /// # Errors
    /// Where they have none.
    pub fn latest(&self, who: Who) -> Result<&Held, String> {
        self.held.iter().rev().find(|h| h.who == who).ok_or_else(|| {
            format!(
                "the {0} holds no token yet; say `the {0} holds tokens for every service` first",
                who.name()
            )
        })
    }

    /// Labels of the sets that somebody held before this one, latest first: for a service that the set has no token for
    /// (it was for other services, or some services give no refresh token), theirs is the latest.
    #[must_use]
    pub fn before(&self, held: &Held) -> Vec<String> {
        let mine = self.held.iter().filter(|h| h.who == held.who).collect::<Vec<_>>();
        let at = mine.iter().rposition(|h| h.label == held.label).unwrap_or_default();
        let mut labels: Vec<String> = Vec::new();
        for earlier in mine[..at].iter().rev().filter(|h| h.label != held.label) {
            if !labels.contains(&earlier.label) {
                labels.push(earlier.label.clone());
            }
        }
        labels
    }

    /// Somebody's latest tokens of before the latest change, wherever they came from: the ones that its controls were
    /// made with.
    ///
    /// # Errors
    /// Where they have none.
    pub fn earlier(&self, who: Who) -> Result<&Held, String> {
        let before = |h: &&Held| h.who == who && h.changes < self.changes;
        self.held.iter().rev().find(before).ok_or_else(|| {
            format!(
                "the {0} got no token before a change, so there is no earlier one; \
                 say `the {0} holds tokens for every service` before it",
                who.name()
            )
        })
    }

    /// What `{token}` stands for.
    ///
    /// # Errors
    /// Where there is no such set of tokens.
    pub fn tokens(&self, said: &str) -> Result<&Held, String> {
        if let Some(label) = super::parameters::names(said).first() {
            return self
                .held
                .iter()
                .rev()
                .find(|h| h.label == *label)
                .ok_or_else(|| self.no_tokens(label));
        }
        if said.starts_with("the earlier") {
            self.earlier(Who::Subject)
        } else if said.starts_with("the bystander") {
            self.latest(Who::Bystander)
        } else {
            self.latest(Who::Subject)
        }
    }

    fn no_tokens(&self, label: &str) -> String {
        let known = self.held.iter().map(|h| h.label.as_str());
        let help = match crate::plan::nearest(label, known) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("say `... as \"{label}\"` where they are obtained"),
        };
        format!("no step before this one obtains tokens as \"{label}\"; {help}")
    }

    /// A change was made that can be undone: the one of a name, or any.
    ///
    /// # Errors
    /// Where no step before this one makes it.
    pub fn made(&self, name: Option<&str>) -> Result<(), String> {
        let Some(name) = name else {
            let none = || "nothing was changed yet; make a change in a step before this one";
            return (!self.names.is_empty()).then_some(()).ok_or_else(|| none().to_owned());
        };
        if self.names.iter().any(|n| n == name) {
            return Ok(());
        }
        let help = match crate::plan::nearest(name, self.names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "make it in a step before this one".to_owned(),
        };
        Err(format!("no step before this one makes the change \"{name}\"; {help}"))
    }

    /// Something is about to take authority away (or give it): the calls that show what worked before it, then the
    /// change itself.
    pub fn change(&mut self, change: Verb) -> Vec<Verb> {
        let mut verbs = self.controls();
        self.cut = Cut::by(&change).or(self.cut);
        if let Verb::Change { name, .. } = &change {
            self.names.push(name.clone());
        }
        verbs.push(change);
        self.changes += 1;
        verbs
    }

    /// One round of what everybody may do with their latest tokens, the bystander first.
    #[must_use]
    pub fn controls(&self) -> Vec<Verb> {
        [Who::Bystander, Who::Subject].into_iter().filter_map(|who| self.use_of(who)).collect()
    }

    /// What somebody may do with their latest tokens, if they have any.
    #[must_use]
    pub fn use_of(&self, who: Who) -> Option<Verb> {
        let held = self.latest(who).ok()?;
        let round = call(held, Operations::Entitled);
        Some(Verb::Call(CallWith { or: self.before(held), ..round }))
    }

    /// Number of changes and revocations so far.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.changes
    }

    /// Notes that something was looked at after the latest change; true where that is news.
    pub fn look(&mut self, what: &'static str) -> bool {
        self.looked.insert(what, self.changes) != Some(self.changes)
    }

    /// Notes that the earlier token is watched for so long; true where it was not watched that long since the latest
    /// change.
    pub fn watch(&mut self, within: Option<u64>) -> bool {
        let news = self.look("watch");
        let longer = within > self.watched;
        if news || longer {
            self.watched = within;
        }
        news || longer
    }

    /// A script has happened: what must hold from here on is about it.
    pub fn happened(&mut self, script: &str) {
        self.script = Some(script.to_owned());
        let known = self.scripts.as_ref().and_then(|s| s.script(script));
        self.cut = known.and_then(|s| s.scenario.step.iter().filter_map(Cut::by).next_back());
    }

    /// What the latest change that took something away cut off.
    #[must_use]
    pub fn cut(&self) -> Option<Cut> {
        self.cut
    }

    /// The script that has happened, if any.
    #[must_use]
    pub fn script(&self) -> Option<&str> {
        self.script.as_deref()
    }
}

/// A round of calls with a set of tokens.
#[must_use]
pub fn call(held: &Held, operations: Operations) -> CallWith {
    CallWith {
        of: held.who.name().to_owned(),
        label: held.label.clone(),
        or: Vec::new(),
        operations,
        service: None,
        operation: None,
        elsewhere: false,
        every_route: false,
        times: None,
    }
}
