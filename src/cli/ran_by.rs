//! Who runs recant: as told, else as the job of a forge says, else the account.

use crate::model::{RanBy, ToldBy};

/// Longest name that is kept, characters.
const LONGEST: usize = 200;

/// The option, for every command that writes a record.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct By {
    /// Who runs this, for the reports: a person, a team or a pipeline. Where it is not told: who started the job on GitHub or
    /// GitLab, else the account's name.
    #[arg(long, value_name = "NAME", env = "RECANT_BY", value_parser = name)]
    by: Option<String>,
}

impl By {
    /// Who runs it; nothing where nobody says so.
    #[must_use]
    pub fn told(&self) -> Option<RanBy> {
        let told = ran_by(self.by.as_deref(), |name| std::env::var(name).ok());
        let owned = || account().map(|name| RanBy { name, told: ToldBy::Account, job: None });
        told.or_else(owned)
    }
}

/// Who runs it, by what was told and by the variables of a process.
#[must_use]
pub fn ran_by(told: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> Option<RanBy> {
    let variable = |name: &str| variable(name).filter(|v| !v.trim().is_empty());
    let first = |names: &[&str]| names.iter().find_map(|name| variable(name));
    let told = told.map(str::to_owned).filter(|t| !t.is_empty());
    let told = told.map(|name| (name, ToldBy::Option));
    let (forge, job) = if variable("GITHUB_ACTIONS").is_some_and(|v| v == "true") {
        // who started it again is not who started it first
        let who = first(&["GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR"]);
        (who.map(|name| (name, ToldBy::GithubActions)), github_job(&variable))
    } else if variable("GITLAB_CI").is_some_and(|v| v == "true") {
        let who = first(&["GITLAB_USER_LOGIN", "GITLAB_USER_NAME"]);
        (who.map(|name| (name, ToldBy::GitlabCi)), variable("CI_JOB_URL"))
    } else {
        (None, None)
    };
    let account = || first(&["USER", "LOGNAME", "USERNAME"]).map(|name| (name, ToldBy::Account));
    let (name, told) = told.or(forge).or_else(account)?;
    let job = job.filter(|url| url.starts_with("https://") || url.starts_with("http://"));
    Some(RanBy { name: name.trim().chars().take(LONGEST).collect(), told, job })
}

/// The name of this process's account, where no variable tells it, as in many containers: of a local account.
fn account() -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let uid = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    let mut named = accounts.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then_some(name)
    });
    named.next().and_then(|found| name(found).ok()).filter(|found| !found.is_empty())
}

fn github_job(variable: &impl Fn(&str) -> Option<String>) -> Option<String> {
    let server = variable("GITHUB_SERVER_URL")?;
    let (repository, run) = (variable("GITHUB_REPOSITORY")?, variable("GITHUB_RUN_ID")?);
    let attempt = variable("GITHUB_RUN_ATTEMPT").map(|n| format!("/attempts/{n}"));
    Some(format!("{server}/{repository}/actions/runs/{run}{}", attempt.unwrap_or_default()))
}

/// A name as it may be told: one line, not longer than what is kept. Empty counts as not told: a pipeline's variable may be.
pub(super) fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err("it must be one line, without control characters".into());
    }
    if text.chars().count() > LONGEST {
        return Err(format!("it is longer than {LONGEST} characters"));
    }
    Ok(text.to_owned())
}
