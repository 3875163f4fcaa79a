//! Which module may use which: one direction, from the plan to the report.

use std::collections::BTreeSet;

use super::source::Source;
use super::wall::{Breach, Wall};

/// A module of the crate.
pub struct Module {
    /// Its name.
    pub name: &'static str,
    /// What it may use of the crate, besides itself.
    pub uses: &'static [&'static str],
    /// Why no more: goes on after "because".
    pub because: &'static str,
}

const fn module(
    name: &'static str,
    uses: &'static [&'static str],
    because: &'static str,
) -> Module {
    Module { name, uses, because }
}

/// All modules, each after those that it uses.
pub const MODULES: [Module; 16] = [
    module("model", &[], "the nouns must mean the same to everybody"),
    module("exit", &[], "the exit codes are a table and know nothing of what leads to them"),
    module("calibration", &[], "it says what was measured, not by whom nor of what"),
    module("attest", &["model"], "a signature is over bytes, whatever they mean"),
    module("controls", &[], "frameworks are data that others publish"),
    module("error", &["model"], "a mistake is told by its place, whoever made it"),
    module("history", &["model"], "what happened must be readable without what was intended"),
    module(
        "requirements",
        &["model", "history"],
        "a rule is data: it is judged, it does not judge",
    ),
    module(
        "judge",
        &["model", "history", "requirements"],
        "a verdict follows from the record alone, later and on another machine",
    ),
    module("plan", &["model", "error"], "what is intended is settled before anything is sent"),
    module(
        "drive",
        &["model", "history", "plan"],
        "a driver says what it saw, never whether that is right",
    ),
    module(
        "report",
        &["model", "history", "requirements", "controls", "judge", "plan", "exit", "calibration"],
        "a report formats what was judged and reaches no target (of the plan it reads the record only)",
    ),
    module("steps", &["plan", "requirements"], "a sentence is a row of a table and does nothing"),
    module(
        "suite",
        &["model", "history", "requirements", "judge", "error", "plan", "drive", "report", "steps"],
        "it joins sentences, driver and judge and knows no command line (of the report it uses what makes a line visible and harmless)",
    ),
    module(
        "reference",
        &[],
        "the harness shares no code with what it tests: a misunderstanding that both shared would pass on both sides",
    ),
    module(
        "cli",
        &[
            "model",
            "history",
            "requirements",
            "calibration",
            "controls",
            "judge",
            "error",
            "exit",
            "plan",
            "drive",
            "report",
            "steps",
            "suite",
            "reference",
            "attest",
        ],
        "commands join everything, and nothing uses them",
    ),
];

pub const WALLS: &[Wall] = &[
    Wall {
        name: "a module uses no more of the crate than its row in `MODULES` says",
        because: "plan, drive, history, judge and report follow one another in one direction",
        breaches: too_many_uses,
        broken: &[
            ("src/judge/core.rs", "use crate::drive::Run;"),
            ("src/judge/core.rs", "use crate::{model::Moment, plan};"),
            ("src/judge/checks/scope.rs", "fn f() { super::super::super::drive::classify(); }"),
            ("src/drive/watch.rs", "fn f() { g!(crate::judge::judge()); }"),
            ("src/reference/jose.rs", "use crate::drive::Vault;"),
            ("src/reference/mod.rs", "use super::history::Line;"),
            ("src/model/mod.rs", "use crate::history::Line;"),
            ("src/report/build.rs", "use crate::plan::{Declared, PlanRecord};"),
            ("src/suite/play.rs", "use crate::report::Report;"),
            ("src/unheard.rs", "use crate::model::Moment;"),
        ],
        kept: &[
            ("src/judge/core.rs", "use crate::history::View; use super::finding; // crate::drive"),
            ("src/judge/checks/scope.rs", "use super::super::timeline::Timeline;"),
            ("src/report/build.rs", "use crate::plan::PlanRecord;"),
            ("src/suite/play.rs", "use crate::report::terminal::aside;"),
            ("src/lib.rs", "pub mod judge;"),
            ("tests/it/x.rs", "use recant::judge::judge;"),
        ],
    },
    Wall {
        name: "`drive` and `history` name neither `Verdict` nor `Finding`",
        because: "whoever says what happened must not say whether that was right",
        breaches: judging_words,
        broken: &[
            ("src/drive/watch.rs", "use crate::model::Verdict;"),
            ("src/drive/watch.rs", "fn f(x: Finding) {}"),
            ("src/history/line.rs", "struct Line { verdict: Verdict }"),
        ],
        kept: &[
            ("src/drive/watch.rs", "/// No Verdict.\nfn verdict() {}"),
            ("src/judge/a.rs", "use Verdict;"),
        ],
    },
];

/// What a module may use of another one, where it may not use all of it.
const ONLY: [(&str, &str, &[&str]); 2] = [
    ("report", "plan", &["PlanRecord", "Planned", "Merge"]),
    ("suite", "report", &["terminal", "visible"]),
];

fn too_many_uses(source: &Source) -> Vec<Breach> {
    let Some(name) = source.module().filter(|m| !["lib", "main"].contains(m)) else {
        return Vec::new();
    };
    let Some(module) = MODULES.iter().find(|m| m.name == name) else {
        return vec![Breach::new(1, format!("`{name}` has no row in `MODULES`"))];
    };
    let mut breaches = Vec::new();
    for path in source.paths() {
        let within = absolute(source, &path.words);
        let Some(used) = within.first().filter(|used| **used != name) else { continue };
        let only = ONLY.iter().find(|(by, of, _)| *by == name && of == used);
        let whole =
            only.is_none_or(|(_, _, items)| within.get(1).is_some_and(|item| items.contains(item)));
        if !module.uses.contains(used) || !whole {
            let because = module.because;
            breaches.push(Breach::new(
                path.line,
                format!("`{name}` uses `{}`; it does not, because {because}", within.join("::")),
            ));
        }
    }
    breaches
}

/// A path from the crate's root, where it begins with `crate`, `super` or `self`; else nothing.
fn absolute<'a>(source: &'a Source, words: &'a [String]) -> Vec<&'a str> {
    let file = source.path.strip_prefix("src/").unwrap_or_default();
    let file = file.strip_suffix("/mod.rs").or(file.strip_suffix(".rs")).unwrap_or(file);
    let mut at: Vec<&str> = match words[0].as_str() {
        "crate" => Vec::new(),
        "super" | "self" if words.len() > 1 => file.split('/').collect(),
        _ => return Vec::new(),
    };
    for word in words {
        match word.as_str() {
            "super" => drop(at.pop()),
            "crate" | "self" => {}
            word => at.push(word),
        }
    }
    at
}

fn judging_words(source: &Source) -> Vec<Breach> {
    if !matches!(source.module(), Some("drive" | "history")) {
        return Vec::new();
    }
    let named = |word: &&super::source::Token| ["Verdict", "Finding"].contains(&word.text.as_str());
    source.tokens.iter().filter(named).map(|t| Breach::new(t.line, t.text.clone())).collect()
}

#[test]
fn modules_stand_after_what_they_use() {
    let mut before = BTreeSet::new();
    for module in &MODULES {
        for used in module.uses {
            assert!(before.contains(used), "{} stands before {used}, which it uses", module.name);
        }
        before.insert(module.name);
    }
}
