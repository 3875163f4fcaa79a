//! What a target does not provide and its file does not declare absent, although scenarios that are selected need it:
//! requirements would come out inconclusive for want of a few lines. Stops nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Problem;

use super::feature::{Sheet, named_script};
use super::{Another, Declared, Delivery, Scenario, Scripts, Suite, Verb, Via};
use crate::model::DOORS;

impl Declared {
    /// Warnings about capabilities that selected scenarios need: their scripts, and `asked`, which their requirements are judged by.
    #[must_use]
    pub fn gaps(&self, suite: &Suite, scripts: &Scripts, asked: &BTreeSet<String>) -> Vec<Problem> {
        let used = selected(suite, scripts);
        let mut problems = Vec::new();
        problems.extend(self.undeclared(&used, asked));
        problems.extend(self.without_inverse(&used));
        problems.extend(self.unsaid_issuers());
        problems
    }

    /// One warning for all that is neither there nor declared absent, with the lines to write.
    fn undeclared(
        &self,
        used: &BTreeMap<&str, &Scenario>,
        asked: &BTreeSet<String>,
    ) -> Option<Problem> {
        let provided = self.provides();
        let absent = |name: &String| self.target.absent.iter().any(|a| a.capability == *name);
        // Where nothing may be changed that has a warning of its own.
        let allowed = self.target.target.allow_changes;
        // A script that needs what is declared absent is judged not applicable, so that its other needs don't matter.
        let missing: BTreeSet<String> = used
            .values()
            .filter(|scenario| !scenario.needs.iter().any(absent))
            .flat_map(|scenario| needs(scenario))
            .chain(asked.iter().cloned())
            .filter(|name| !provided.contains(name) && !absent(name))
            .filter(|name| allowed || !name.starts_with("change:"))
            .collect();
        if missing.is_empty() {
            return None;
        }
        let names: Vec<_> = missing.iter().map(|name| format!("`{name}`")).collect();
        let lines = missing
            .iter()
            .map(|name| format!("\n[[absent]]\ncapability = \"{name}\"\nreason = \"...\""));
        let what = format!(
            "{}: selected scenarios need what is neither provided nor declared absent: {}",
            self.file,
            names.join(", ")
        );
        let help = format!(
            "provide it, or declare that this system can't do it and why; requirements that need it stay \
             inconclusive until then{}",
            lines.collect::<String>()
        );
        Some(Problem::new(what).help(help).as_warning())
    }

    /// Services of a target with several issuers, where the file does not say whose tokens they take.
    fn unsaid_issuers(&self) -> Vec<Problem> {
        let silent = self.target.service.iter().filter(|(_, service)| service.issuers.is_none());
        let others = silent.map(|(name, _)| {
            let (foreign, unsaid) = self.strangers(name);
            (name, foreign.into_values().chain(unsaid).collect::<BTreeSet<String>>())
        });
        let problem = |(name, others): (&String, BTreeSet<String>)| {
            let issuers: Vec<_> = others.iter().map(|issuer| format!("`{issuer}`")).collect();
            let what = format!(
                "{}: nothing says whether the service `{name}` takes the tokens of further issuers: {}",
                self.file,
                issuers.join(", ")
            );
            let help = "say whose tokens it takes: `issuers = [\"...\"]`; those of others are shown to it, and must be refused";
            Problem::new(what).help(help).as_warning()
        };
        others.filter(|(_, others)| !others.is_empty()).map(problem).collect()
    }

    /// Changes that scripts make and expect to be undone, and that the recipe can't undo.
    fn without_inverse(&self, used: &BTreeMap<&str, &Scenario>) -> Vec<Problem> {
        let mut scripts_of: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (script, scenario) in used {
            for verb in &scenario.step {
                if let Verb::Change { name, final_for_subject: false, .. } = verb
                    && self.recipe.change.get(name).is_some_and(|c| c.undo.is_empty())
                {
                    scripts_of.entry(name).or_default().insert(script);
                }
            }
        }
        let problem = |(change, scripts): (&str, BTreeSet<&str>)| {
            let scripts: Vec<_> = scripts.iter().map(|s| format!("`{s}`")).collect();
            let what = format!(
                "{}: the change `{change}` has no `undo`, so that it is not made in {}",
                self.recipe_file,
                scripts.join(", ")
            );
            let help = "add the requests that take it back: `undo = [{ request = \"...\" }]`";
            Problem::new(what).help(help).as_warning()
        };
        scripts_of.into_iter().map(problem).collect()
    }
}

/// The scripts that selected scenarios name.
fn selected<'s>(suite: &Suite, scripts: &'s Scripts) -> BTreeMap<&'s str, &'s Scenario> {
    let mut names = BTreeSet::new();
    for file in &suite.files {
        // What can't be read has been said.
        let Ok(sheet) = file.sheet() else { continue };
        for row in Sheet::rows(&*sheet).filter(|row| suite.selects(file, row)) {
            let steps = sheet.background(row.rule).chain(&row.scenario.steps);
            names.extend(steps.filter_map(|s| named_script(&s.value)).map(str::to_owned));
        }
    }
    let used = scripts.iter().filter(|(name, _)| names.contains(*name));
    used.map(|(name, script)| (name, &script.scenario)).collect()
}

/// What a script needs, said or implied by what it does.
fn needs(scenario: &Scenario) -> BTreeSet<String> {
    let implied = scenario.step.iter().filter_map(|verb| match verb {
        Verb::Tokens { via: Via::Upstream, may_be_refused: false, .. } => {
            Some("upstream".to_owned())
        }
        // where it may be refused, a target without another client is an answer too
        Verb::Tokens { via: Via::OtherClient, may_be_refused: false, .. } => {
            Some("other-client".to_owned())
        }
        Verb::Tokens { via: Via::Bound, may_be_refused: false, .. } => Some("dpop".to_owned()),
        Verb::Tokens { via: Via::Certificate, may_be_refused: false, .. } => {
            Some("mtls".to_owned())
        }
        Verb::UseTwice { .. } => Some("one-time-grant".to_owned()),
        Verb::CallElsewhere { .. } => Some("elsewhere".to_owned()),
        Verb::ShowOtherIssuers { .. } => Some("other-issuer".to_owned()),
        Verb::Change { name, .. } => Some(format!("change:{name}")),
        Verb::Refresh { .. } => Some("refresh".to_owned()),
        Verb::CallDirect { .. } => Some("legacy-service".to_owned()),
        Verb::Exchange { where_possible: false, .. } => Some("exchange".to_owned()),
        Verb::RefreshByAnother { by: Another::Client, .. } => Some("other-client".to_owned()),
        Verb::RefreshByAnother { by: Another::Key, .. } => Some("bound-refresh".to_owned()),
        Verb::RefreshByAnother { by: Another::Credential, .. } => {
            Some("client-authentication".to_owned())
        }
        Verb::RefreshUntilEnd { .. } => Some("refresh-end".to_owned()),
        Verb::Introspect { .. } => Some("introspection".to_owned()),
        Verb::Revoke { .. } => Some("revocation".to_owned()),
        Verb::ToggleInputs { .. } => Some("context-inputs".to_owned()),
        Verb::ToggleRoles { .. } => Some("change:remove role".to_owned()),
        Verb::TogglePermissions { .. } => Some("change:remove permission".to_owned()),
        Verb::ReadDecisions {} => Some("decision-log".to_owned()),
        Verb::ReadAccesses {} => Some("access-log".to_owned()),
        Verb::ReadChanges {} => Some("change-log".to_owned()),
        Verb::Signal { .. } => Some("signal-receiver".to_owned()),
        Verb::OpenStream { delivery: Some(Delivery::Push) } | Verb::FailDelivery {} => {
            Some("signal-push".to_owned())
        }
        Verb::OpenStream { delivery: Some(Delivery::BackChannelLogout) } => {
            Some("signal-logout".to_owned())
        }
        Verb::OpenStream { .. } | Verb::SetStream { .. } | Verb::ReadSignals {} => {
            Some("signal-transmitter".to_owned())
        }
        _ => None,
    });
    // Every door is tried: each must be there, or be said not to be.
    let every = |verb: &Verb| matches!(verb, Verb::Tokens { via: Via::Others, .. });
    let doors = scenario.step.iter().any(every).then_some(DOORS).into_iter().flatten();
    let doors = doors.map(str::to_owned);
    scenario.needs.iter().cloned().chain(implied).chain(doors).collect()
}
