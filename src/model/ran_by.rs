//! Who ran recant, as far as recant was told.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who ran recant. It is what recant was told, and proves nothing: who signed the record is another question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RanBy {
    /// A person, a team, a pipeline, or an account.
    pub name: String,
    /// Who says so.
    pub told: ToldBy,
    /// Where the pipeline keeps the job, an absolute URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
}

/// Who says who ran recant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ToldBy {
    /// `--by`, or the variable `RECANT_BY`.
    Option,
    /// The variables of a job of GitHub Actions.
    GithubActions,
    /// The variables of a job of GitLab CI.
    GitlabCi,
    /// The account that the process ran as.
    Account,
}

impl RanBy {
    /// In words: the name, who says so, and the job.
    #[must_use]
    pub fn words(&self) -> String {
        let told = match self.told {
            ToldBy::Option => "as told by --by",
            ToldBy::GithubActions => "as GitHub Actions says",
            ToldBy::GitlabCi => "as GitLab CI says",
            ToldBy::Account => "the account's name",
        };
        let job = self.job.as_ref().map_or_else(String::new, |job| format!(": {job}"));
        format!("{} ({told}{job})", self.name)
    }
}
