//! `recant explain ID`: one requirement, whole.

use super::output::{Format, say};
use super::requirements::{entry, level};
use super::unknown::unknown;
use crate::controls::Frameworks;
use crate::error::{Error, Problem};
use crate::exit::Exit;
use crate::report::words;
use crate::requirements::{Catalog, Requirement, SourceKind};

/// Longest line of prose.
const WIDTH: usize = 96;

/// Options of `recant explain`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// A requirement: `enforcement/old-token-refused`, `old-token-refused` or `E-01`.
    #[arg(value_name = "ID", required = true)]
    pub ids: Vec<String>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Prints requirements.
///
/// # Errors
/// For each id that no requirement has, with the nearest one.
pub fn execute(args: &Args) -> Result<Exit, Error> {
    let catalog = Catalog::shipped();
    let unknown: Vec<_> =
        args.ids.iter().filter(|id| catalog.find(id).is_none()).map(|id| problem(id)).collect();
    if !unknown.is_empty() {
        return Err(Error::Problems(unknown));
    }
    let found = args.ids.iter().filter_map(|id| catalog.find(id));
    let texts: Vec<_> = match args.format {
        Format::Text => found.map(text).collect(),
        Format::Json => found.map(|r| format!("{:#}\n", entry(r))).collect(),
    };
    say(&texts.join("\n"))?;
    Ok(Exit::Conformant)
}

fn problem(id: &str) -> Problem {
    let names = Catalog::shipped().all().flat_map(|r| {
        let tail = r.id.rsplit('/').next().unwrap_or(&r.id);
        [r.id.as_str(), r.alias.as_str(), tail]
    });
    unknown("requirement", id, names, "recant requirements")
}

fn text(r: &Requirement) -> String {
    let point = words::point(Some(r.point));
    let mut out = format!("{} {}\n{}\n\n", r.alias, r.id, r.title);
    out += &format!("{} ({point})\n", level(r.level));
    out += &format!("Asked in a feature by:\n    Then {}\n", r.obligation);
    out += &prose("Why", &r.why);
    out += &prose("How it is judged", &r.judged);
    out += &prose("What to do about a failure", &r.help);
    out += "\nWhere it comes from\n";
    for source in &r.source {
        let kind = match source.kind {
            SourceKind::Standard => "a standard obliges",
            SourceKind::Profile => "asked by this profile; no violation of",
        };
        let says =
            if source.says.is_empty() { String::new() } else { format!(": {}", source.says) };
        out += &wrap(&format!("{kind}: {}{says}", source.name), "  - ", "    ");
    }
    if !r.needs.is_empty() {
        out +=
            &format!("\nCapabilities of the target that it is about\n  {}\n", r.needs.join(", "));
    }
    out += "\nControls that it is evidence for (evidence, not compliance)\n";
    for control in &r.controls {
        match Frameworks::shipped().citation(control) {
            None => out += &format!("  - {control}\n"),
            Some(c) => {
                let line = format!("{}: {} ({})", c.cited, c.title, c.catalogue);
                out += &wrap(&line, "  - ", "    ");
                for p in &c.published {
                    let line = format!("{}: {} ({}); {}", p.id, p.title, p.catalogue, p.how);
                    out += &wrap(&line, "    published as ", "      ");
                }
                if !c.note.is_empty() {
                    out += &wrap(&c.note, "    note: ", "      ");
                }
            }
        }
    }
    out
}

fn prose(title: &str, text: &str) -> String {
    format!("\n{title}\n{}", wrap(text, "  ", "  "))
}

fn wrap(text: &str, first: &str, next: &str) -> String {
    let mut out = String::new();
    let mut line = first.to_owned();
    let mut fresh = true;
    for word in text.split_whitespace() {
        let wide = line.chars().count() + 1 + word.chars().count() > WIDTH;
        if wide && !fresh {
            out += &format!("{line}\n");
            line = next.to_owned();
            fresh = true;
        }
        if !fresh {
            line.push(' ');
        }
        line += word;
        fresh = false;
    }
    out + &format!("{line}\n")
}
