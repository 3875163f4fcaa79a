//! Markdown that fits a CI job summary: the worst first, cut at a size that CI systems take, and saying what was cut.
//! Text that came from outside stands in code spans only.

use super::{ControlEvidence, Report, visible, waiver_words, words};
use crate::judge::Finding;
use crate::model::Verdict;

/// Largest page, bytes. GitHub drops a job summary above 1024 KiB whole.
pub const LARGEST: usize = 1000 * 1024;

/// Kept for the sentence that says what was cut.
const RESERVE: usize = 512;

/// The report as Markdown.
#[must_use]
pub fn render(report: &Report) -> String {
    let mut page = Page::default();
    page.add(&head(report));
    page.add(&counts(report));
    if !report.unrestored.is_empty() {
        let items = report.unrestored.iter().map(|u| format!("- {}\n", visible::code(u)));
        page.list("Still changed on the target", items);
    }
    let exceptions = report.target.exceptions.iter();
    let items = exceptions.map(|e| format!("- {}\n", visible::code(&words::exception(e))));
    page.list("Exceptions that the target declares", items);
    let waivers = report.waivers.iter();
    let items = waivers.map(|w| format!("- {}\n", visible::code(&waiver_words::waiver(w))));
    page.list("Waivers", items);
    let asked = report.selection.controls.iter();
    let items = asked.map(|c| format!("- {}\n", visible::code(&waiver_words::asked(report, c))));
    page.list("Controls that evidence was asked for", items);
    for (title, wanted) in [
        ("What does not hold", "fail"),
        ("What does not hold, and is waived", "fail, waived"),
        ("What stays open", "inconclusive"),
        ("Warnings", "warning"),
        ("Warnings that are waived", "warning, waived"),
        ("Within a declared bound only", "bounded"),
        ("Not applicable, as declared", "not applicable"),
    ] {
        let of = report.findings.iter().filter(|f| waiver_words::shown(f) == wanted);
        page.list(title, of.map(|f| item(report, f)));
    }
    let not_run = report.not_run.iter().map(|n| {
        format!(
            "- {} at {}: {}\n",
            visible::code(&n.scenario),
            visible::code(&n.place.to_string()),
            visible::code(&n.because)
        )
    });
    page.list("Scenarios that were not run", not_run);
    page.table(
        "Requirements",
        "| verdict | requirement | what must hold | findings |",
        requirements(report),
    );
    page.table(
        "Controls: evidence, not compliance",
        "| verdict | control | title | evidence |",
        controls(report),
    );
    page.table("Digests (SHA-256)", "| file | digest |", digests(report));
    page.finish()
}

fn head(report: &Report) -> String {
    let code = visible::code;
    let (target, run) = (&report.target, &report.run);
    let faults = if target.faults.is_empty() {
        String::new()
    } else {
        let all: Vec<_> = target.faults.iter().map(|f| code(f)).collect();
        format!("| faults switched on | {} |\n", all.join(" "))
    };
    let tls = if target.tls_verified { "" } else { "| TLS | **not verified** |\n" };
    let owners: Vec<_> = target
        .owners
        .iter()
        .map(|o| format!("{}: {} {}", code(&o.area), code(&o.name), code(&o.contact)))
        .collect();
    format!(
        "# recant: {result}\n\nExit code {exit}: {means}.\n\n\
         | | |\n|---|---|\n\
         | target | {name}{version} ({environment}), profile {profile} |\n{tls}{faults}\
         | policy owners | {owners} |\n\
         | bounds | {bounds} |\n\
         | run | {run_name}, recant {tool} |\n\
         | run by | {by} |\n\
         | time | {started} to {ended} |\n\
         | calibration | {calibration} |\n\
         | record | {lines}, head {head} |\n\n",
        result = waiver_words::result(report),
        exit = report.exit_code,
        means = report.result.means(),
        name = code(&target.name),
        version = target.version.as_ref().map_or_else(String::new, |v| format!(" {}", code(v))),
        environment = code(&target.environment),
        by = code(&words::ran_by(run)),
        profile = words::profile(target.profile),
        owners = if owners.is_empty() { "none named".into() } else { owners.join(", ") },
        bounds = words::bounds(&target.bounds),
        run_name = code(&run.name),
        tool = code(&run.tool),
        started = code(&run.started),
        ended = code(&run.ended),
        calibration = visible::prose(&report.calibration.line()),
        lines = words::count(report.history.lines, "line"),
        head = code(&report.history.head),
    )
}

fn counts(report: &Report) -> String {
    let rows = words::summary(report).into_iter().map(|(what, sum)| match what {
        "selection" => format!("| {what} | {} |\n", visible::code(&sum)),
        _ => format!("| {what} | {sum} |\n"),
    });
    format!("| | |\n|---|---|\n{}\n", rows.collect::<String>())
}

fn item(report: &Report, finding: &Finding) -> String {
    let code = visible::code;
    let mut text = format!(
        "- **{}** {} {} {}: {}\n",
        waiver_words::shown(finding),
        code(&finding.alias),
        code(&finding.requirement),
        code(&words::whereabouts(finding)),
        code(&finding.because)
    );
    text += &format!(
        "  - asked at {}: {}\n",
        code(&finding.place.to_string()),
        code(&finding.obligation)
    );
    if finding.verdict == Verdict::NotApplicable {
        return text;
    }
    let waiver = waiver_words::waiver_of(finding).map(|w| format!("  - waiver: {}\n", code(&w)));
    let measured = words::measured(finding).map(|m| format!("  - measured: {m}\n"));
    let ops = words::cited(finding).map(|o| format!("  - evidence: {o}\n"));
    text.extend(waiver.into_iter().chain(measured).chain(ops));
    let of = report.controls.iter().filter(|c| c.requirements.contains(&finding.requirement));
    let labels: Vec<_> = of.map(|c| code(&c.label())).collect();
    if !labels.is_empty() {
        text += &format!("  - controls: {}\n", labels.join(" "));
    }
    text
}

fn requirements(report: &Report) -> Vec<String> {
    let row = |r: &super::RequirementJudged| {
        format!(
            "| {} | {} {} | {} | {} |\n",
            words::worst(r.verdict, &r.findings),
            visible::code(&r.alias),
            visible::code(&r.id),
            visible::prose(&r.title),
            words::sum(&r.findings)
        )
    };
    report.requirements.iter().map(row).collect()
}

fn controls(report: &Report) -> Vec<String> {
    let row = |c: &ControlEvidence| {
        let published = c.published.iter().map(|p| format!("; {} {}", p.id, p.title));
        let title = format!("{}{}", c.title, published.collect::<String>());
        format!(
            "| {} | {} | {} | {} |\n",
            words::worst(c.verdict, &c.findings),
            visible::code(&c.label()),
            visible::prose(&title),
            words::sum(&c.findings)
        )
    };
    report.controls.iter().map(row).collect()
}

fn digests(report: &Report) -> Vec<String> {
    let row = |(file, digest): (&String, &String)| {
        format!("| {} | {} |\n", visible::code(file), visible::code(digest))
    };
    report.digests.iter().map(row).collect()
}

/// A page that stays within its size.
#[derive(Default)]
struct Page {
    text: String,
    cut: Vec<(String, usize)>,
}

impl Page {
    fn fits(&self, more: usize) -> bool {
        self.text.len() + more + RESERVE <= LARGEST
    }

    fn add(&mut self, text: &str) {
        if self.fits(text.len()) {
            self.text += text;
        } else {
            self.cut.push(("a section".into(), 1));
        }
    }

    fn list(&mut self, title: &str, items: impl IntoIterator<Item = String>) {
        self.part(title, "", items);
    }

    fn table(&mut self, title: &str, columns: &str, rows: Vec<String>) {
        let rule = "|---".repeat(columns.matches('|').count() - 1);
        self.part(title, &format!("{columns}\n{rule}|\n"), rows);
    }

    fn part(&mut self, title: &str, columns: &str, items: impl IntoIterator<Item = String>) {
        let mut items = items.into_iter().peekable();
        if items.peek().is_none() {
            return;
        }
        let heading = format!("## {title}\n\n{columns}");
        if !self.fits(heading.len()) {
            self.cut.push((title.to_owned(), items.count()));
            return;
        }
        self.text += &heading;
        let mut left = 0;
        for item in items {
            if left == 0 && self.fits(item.len()) {
                self.text += &item;
            } else {
                left += 1;
            }
        }
        self.text += "\n";
        if left > 0 {
            self.cut.push((title.to_owned(), left));
        }
    }

    fn finish(mut self) -> String {
        if !self.cut.is_empty() {
            let all = self.cut.iter().map(|(title, n)| format!("{n} of \"{title}\""));
            let all = all.collect::<Vec<_>>().join(", ");
            self.text += &format!("**Cut here for size: {all}. `report.json` has everything.**\n");
        }
        self.text
    }
}
