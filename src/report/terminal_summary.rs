//! What comes after the findings: requirements with their worst verdict, what was not run, what is still changed, and the
//! result with counts that reconcile.

use std::io::{self, Write};

use super::terminal::{Look, style, styled};
use super::{Ending, Report, visible, waiver_words, words};

/// Most lines of a list.
const MOST: usize = 50;

/// A line per requirement, by evidence point.
pub fn overview(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let mut under = None;
    for r in &report.requirements {
        if under != Some(r.point) {
            under = Some(r.point);
            writeln!(out, "{}", words::point(r.point))?;
        }
        let verdict = words::worst(r.verdict, &r.findings);
        writeln!(
            out,
            "  {} {:<5} {:<42} {}",
            styled(verdict, 14),
            visible::line(&r.alias),
            visible::line(&r.id),
            words::sum(&r.findings)
        )?;
    }
    if under.is_some() {
        writeln!(out)?;
    }
    Ok(())
}

/// Scenarios that were selected, but did not come to their end.
pub fn not_run(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    for n in report.not_run.iter().take(MOST) {
        let (scenario, because) = (visible::line(&n.scenario), visible::line(&n.because));
        let place = n.place.to_string();
        writeln!(
            out,
            "{} {scenario} ({}): {because}",
            styled("not run:", 0),
            visible::line(&place)
        )?;
    }
    let more = report.not_run.len().saturating_sub(MOST);
    if more > 0 {
        writeln!(out, "... and {more} more that were not run: report.json has all")?;
    }
    if report.not_run.is_empty() { Ok(()) } else { writeln!(out) }
}

/// Changes that are still in force, so that nobody overlooks them.
pub fn unrestored(out: &mut dyn Write, report: &Report, folder: &str) -> io::Result<()> {
    if report.unrestored.is_empty() {
        return Ok(());
    }
    let n = words::count(report.unrestored.len() as u64, "change");
    writeln!(out, "{} {n} could not be undone:", styled("not restored", 0))?;
    for change in report.unrestored.iter().take(MOST) {
        writeln!(out, "  {}", visible::line(change))?;
    }
    let again = match report.shards.is_empty() {
        true => format!("try: recant restore {folder}"),
        false => "restore the run folder of its shard, and merge the shards again".to_owned(),
    };
    writeln!(out, "  the target is not as it was before the run; {again}\n")
}

/// Waivers, each with what came of it: what is not in force or not used stands out.
fn waivers(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    for listed in report.waivers.iter().take(MOST) {
        let said = waiver_words::waiver(listed);
        let said = visible::line(&said);
        match listed.in_force() && listed.is_used() {
            true => writeln!(out, "waiver        {said}")?,
            false => writeln!(out, "{} {said}", styled("warning: waiver", 0))?,
        }
    }
    let more = report.waivers.len().saturating_sub(MOST);
    if more > 0 {
        writeln!(out, "... and {} more: report.json has all", words::count(more as u64, "waiver"))?;
    }
    Ok(())
}

/// The result.
pub fn summary(out: &mut dyn Write, report: &Report, look: Look<'_>) -> io::Result<()> {
    let (target, run) = (&report.target, &report.run);
    if !look.quiet {
        writeln!(
            out,
            "target        {}, profile {}",
            visible::line(&words::target(target)),
            words::profile(target.profile)
        )?;
        if !target.faults.is_empty() {
            writeln!(out, "faults        {}", visible::line(&target.faults.join(", ")))?;
        }
        for (what, sum) in words::summary(report) {
            writeln!(out, "{what:<13} {}", visible::line(&sum))?;
        }
        if let Some(seed) = run.seed {
            writeln!(out, "seed          {seed}")?;
        }
        writeln!(out, "run by        {}", visible::line(&words::ran_by(run)))?;
        writeln!(out, "record        {}", look.folder)?;
    }
    // Also where little is said: one part must not be taken for the whole.
    if let Some((what, says)) = words::shards(report).filter(|_| look.quiet) {
        writeln!(out, "{what:<13} {}", visible::line(&says))?;
    }
    let chosen = words::selection(&report.selection).filter(|_| look.quiet);
    if let Some((chosen, part)) = chosen.zip(words::part(report)) {
        writeln!(out, "selection     {}: {part}", visible::line(&chosen))?;
    }
    for listed in target.exceptions.iter().take(MOST) {
        writeln!(out, "exception     {}", visible::line(&words::exception(listed)))?;
    }
    for asked in report.selection.controls.iter().take(MOST) {
        if !look.quiet || !asked.evidence {
            writeln!(out, "control       {}", visible::line(&waiver_words::asked(report, asked)))?;
        }
    }
    waivers(out, report)?;
    // Said also where little is: a green line of a harness that may be blind is worth nothing.
    writeln!(out, "calibration   {}", visible::line(&report.calibration.line()))?;
    if !target.tls_verified {
        writeln!(out, "{} TLS was not verified", styled("warning:", 0))?;
    }
    let ending = match run.ending {
        Ending::ByItself => "",
        Ending::Interrupted => "; the run was interrupted",
        Ending::CutOff => "; the record was cut off",
        Ending::CutOffRestored => "; the record was cut off, its changes were undone",
    };
    let word = waiver_words::result(report);
    let bounded = report.counts.findings.bounded;
    let holds = report.result.holds();
    let bounded = if holds && bounded > 0 {
        format!(", {} only within a declared bound", words::count(bounded, "finding"))
    } else {
        String::new()
    };
    // A SHOULD that does not hold changes no exit code, so that this is where it is seen.
    let some = |n: u64, said: &str, what: &str| match n {
        0 => String::new(),
        n => format!(", {said}{}", words::count(n, what)),
    };
    let warnings = some(report.counts.findings.warning, "", "warning");
    let uncovered = some(report.uncovered().count() as u64, "no evidence for ", "control");
    let style = style(report.result.word());
    let (word, code) = (format!("{style}{word}{style:#}"), report.exit_code);
    writeln!(out, "result        {word}{bounded}{warnings}{uncovered} (exit {code}){ending}")
}
