//! The formats that a report can be asked for in (`--report KIND=PATH`): a table of names, and which file makes each.

use std::io;

use super::folder::json;
use super::manifest::Entry;
use super::{
    Report, Views, forge_github, forge_gitlab, hdf, html, junit, markdown, messages, oscal, sarif,
};

/// A format that reports can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `report.json`: everything, in our own format.
    Json,
    /// JUnit XML.
    Junit,
    /// Markdown that fits a job summary.
    Markdown,
    /// `report.html`: a page for people, which needs nothing else.
    Html,
    /// SARIF 2.1.0.
    Sarif,
    /// OSCAL assessment results.
    Oscal,
    /// HDF of MITRE's Heimdall.
    Hdf,
    /// Cucumber Messages.
    Messages,
    /// Workflow commands of GitHub Actions.
    Github,
    /// GitLab code quality.
    Gitlab,
}

/// What a format is made from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The report.
    pub report: &'a Report,
    /// What happened: the page draws it.
    pub views: &'a Views<'a>,
    /// Files of the run folder that the report rests on, with their digests.
    pub evidence: &'a [Entry],
}

impl Kind {
    /// All of them, with the name that asks for it and what it is, in a few words.
    pub const ALL: [(Self, &'static str, &'static str); 10] = [
        (Self::Json, "json", "recant-report/v1: everything"),
        (Self::Junit, "junit", "JUnit XML, for pipelines"),
        (Self::Markdown, "markdown", "a page that fits a job summary"),
        (Self::Html, "html", "a page for people, in one file"),
        (Self::Sarif, "sarif", "SARIF 2.1.0, for code scanning: what does not hold"),
        (Self::Oscal, "oscal", "OSCAL assessment results 1.2.1, for auditors' tools"),
        (Self::Hdf, "hdf", "HDF (InSpec exec-json), for Heimdall"),
        (Self::Messages, "messages", "Cucumber Messages (NDJSON), for Cucumber's formatters"),
        (Self::Github, "github", "annotations of GitHub Actions"),
        (Self::Gitlab, "gitlab", "GitLab code quality"),
    ];

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, n, _)| *n == name).map(|(kind, _, _)| *kind)
    }

    /// The name that asks for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _, _)| *kind == self).map_or("", |(_, name, _)| name)
    }

    /// True where a pipeline reads it from the log of a job and not from a file.
    #[must_use]
    pub fn is_for_the_log(self) -> bool {
        self == Self::Github
    }
}

/// A report in one of its formats.
///
/// # Errors
/// Where a writer fails, or what it wrote does not hold together.
pub fn render(kind: Kind, source: Source<'_>) -> io::Result<Vec<u8>> {
    let Source { report, .. } = source;
    match kind {
        Kind::Json => json(report),
        Kind::Junit => junit::render(report).map(String::into_bytes),
        Kind::Markdown => Ok(markdown::render(report).into_bytes()),
        Kind::Html => html::render(report, source.views.clone()).map(String::into_bytes),
        Kind::Sarif => json(&sarif::render(report)),
        Kind::Oscal => json(&oscal::render(source)?),
        Kind::Hdf => json(&hdf::render(report)),
        Kind::Messages => Ok(messages::render(report).into_bytes()),
        Kind::Github => Ok(forge_github::render(report).into_bytes()),
        Kind::Gitlab => json(&forge_gitlab::render(report)),
    }
}
