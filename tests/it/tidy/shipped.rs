//! The data that recant ships agrees with itself: features with the catalogue, scripts with features, recipes and
//! targets with their types.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use gherkin::StepType;
use recant::error::render_problems;
use recant::plan::feature::{Preflight, Sheet};
use recant::plan::{Recipe, Scenario, Scripts, Source, Suite, schemas, shipped};
use recant::requirements::{Catalog, Requirement};
use recant::steps::Book;

/// What is wrong with a shipped feature, because an auditor reads it as the text of its requirement: it has one, it says
/// its sentence and no other, and it works on any target, so it plays shipped scripts and names no service.
fn wrong(path: &str, text: &str) -> Vec<String> {
    let catalog = Catalog::shipped();
    let source = Source::of_text(path, text);
    let sheet = match Sheet::read(&source) {
        Ok(sheet) => sheet,
        Err(problems) => return vec![render_problems(&problems, false)],
    };
    let tags = &sheet.feature.tags;
    let ids: Vec<_> = tags.iter().filter_map(|t| t.strip_prefix("requirement:")).collect();
    let [id] = ids[..] else { return vec![format!("{path}: {} requirements", ids.len())] };
    let Some(requirement) = catalog.find(id).filter(|r| r.id == id) else {
        return vec![format!("{path}: there is no requirement {id:?}")];
    };
    let mut wrong = Vec::new();
    if *tags != [format!("requirement:{id}"), requirement.alias.clone()] {
        wrong.push(format!("{path}: its tags are {tags:?}, short id {:?}", requirement.alias));
    }
    let point = id.split('/').next().unwrap_or_default();
    if !path.starts_with(&format!("features/{point}/")) {
        wrong.push(format!("{path}: it stands in another folder than {point}"));
    }
    wrong.extend(Sheet::rows(&sheet).flat_map(|row| {
        let steps = sheet.background(row.rule).chain(&row.scenario.steps);
        let said: Vec<_> = steps.map(|s| (s.ty, s.value.as_str())).collect();
        let title = &row.title;
        strange(&said, requirement).map(|why| format!("{path}: {title}: {why}"))
    }));
    wrong.extend(preflight(&source));
    wrong
}

/// Why the steps of a scenario are not those of a shipped feature.
fn strange(said: &[(StepType, &str)], requirement: &Requirement) -> Option<String> {
    let [(StepType::Given, given), (StepType::Then, then)] = said else {
        return Some("it is not one `Given` and one `Then`".into());
    };
    let script = given.strip_prefix("the scenario \"");
    if script.is_none_or(|rest| !rest.ends_with("\" has happened")) {
        return Some(format!("{given:?} plays no script"));
    }
    (*then != requirement.obligation).then(|| format!("it says {then:?}"))
}

fn preflight(source: &Source) -> Option<String> {
    let names = |r: &Requirement| [r.id.clone(), r.alias.clone()];
    let requirements: BTreeSet<_> = Catalog::shipped().all().flat_map(names).collect();
    static SCRIPTS: LazyLock<Scripts> = LazyLock::new(|| Scripts::shipped().unwrap());
    let (book, requirements) = (Book::shipped(), &requirements);
    let with = Preflight { book, scripts: Some(&*SCRIPTS), requirements, declared: None };
    let problems = with.check(source);
    (!problems.is_empty()).then(|| render_problems(&problems, false))
}

const RIGHT: &str = "@requirement:enforcement/expiry-enforced @E-06\nFeature: x\n\n  Scenario: y\n    Given the scenario \"expiry\" has happened\n    Then every service refuses the expired token\n";

#[test]
fn shipped_features_say_what_the_catalogue_says() {
    for (path, text) in shipped::FEATURES {
        assert_eq!(wrong(path, text), Vec::<String>::new());
    }
}

#[test]
fn a_feature_that_says_something_else_is_noticed() {
    let path = "features/enforcement/x.feature";
    assert_eq!(wrong(path, RIGHT), Vec::<String>::new());
    for (from, to) in [
        (" @E-06", ""),
        ("@E-06", "@E-05"),
        ("@E-06", "@E-06 @more"),
        ("@requirement:enforcement/expiry-enforced ", ""),
        ("expiry-enforced", "expiry-forced"),
        ("requirement:enforcement/expiry-enforced", "requirement:E-06"),
        ("every service refuses the expired token", "introspection tells what is true now"),
        ("\"expiry\"", "\"expired\""),
        ("Given the scenario \"expiry\" has happened", "Given a subject"),
        ("    Then every service refuses the expired token\n", ""),
        ("Scenario: y", "Senario: y"),
    ] {
        let text = RIGHT.replace(from, to);
        assert_ne!(text, RIGHT);
        assert!(!wrong(path, &text).is_empty(), "nothing is noticed in {text}");
    }
    assert!(!wrong("features/token/x.feature", RIGHT).is_empty());
}

#[test]
fn every_requirement_has_one_feature_and_every_script_is_played() {
    let mut asked = Vec::new();
    let mut played = BTreeSet::new();
    for file in Suite::shipped().files {
        let sheet = file.sheet().unwrap();
        asked.extend(
            sheet
                .feature
                .tags
                .iter()
                .filter_map(|t| t.strip_prefix("requirement:"))
                .map(str::to_owned),
        );
        let rows = Sheet::rows(&*sheet);
        let given = rows
            .flat_map(|row| row.scenario.steps)
            .filter_map(|s| s.value.split('"').nth(1).map(str::to_owned));
        played.extend(given);
    }
    asked.sort();
    let mut ids: Vec<_> = Catalog::shipped().all().map(|r| r.id.clone()).collect();
    ids.sort();
    assert_eq!(asked, ids);
    let scripts = Scripts::shipped().unwrap();
    assert_eq!(played, scripts.names().map(str::to_owned).collect());
}

#[test]
fn scripts_and_recipes_are_read() {
    for (path, text) in shipped::SCENARIOS {
        let script: Scenario = toml::from_str(text).unwrap_or_else(|e| panic!("{path}: {e}"));
        assert!(!script.about.trim().is_empty(), "{path} does not say what it is about");
    }
    for (path, text) in shipped::RECIPES {
        let recipe: Recipe = toml::from_str(text).unwrap_or_else(|e| panic!("{path}: {e}"));
        let name = Path::new(path).file_stem().unwrap().to_string_lossy();
        assert_eq!(recipe.recipe.name, name, "{path} is called otherwise");
    }
    assert!(toml::from_str::<Scenario>("about = \"x\"\nstep = []\nmore = 1").is_err());
    assert!(toml::from_str::<Recipe>("[recipe]\nname = \"x\"\nmore = 1").is_err());
}

#[test]
fn target_files_fit_their_schema() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let validator = jsonschema::validator_for(&schemas::target()).unwrap();
    let mut seen = 0;
    for folder in ["targets", "lab"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|e| e != "toml") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let value: serde_json::Value = toml::from_str(&text).unwrap();
            let wrong: Vec<_> = validator.iter_errors(&value).map(|e| e.to_string()).collect();
            assert!(wrong.is_empty(), "{}: {wrong:?}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 3, "only {seen} target files");
}

#[test]
fn cucumber_comes_without_what_spins() {
    let manifest: toml::Table = toml::from_str(include_str!("../../../Cargo.toml")).unwrap();
    let cucumber = &manifest["dependencies"]["cucumber"];
    // With its `tracing` feature the runner polls all the time; its macros and its command line are not ours.
    assert_eq!(cucumber["default-features"].as_bool(), Some(false));
    assert!(cucumber.get("features").is_none(), "{cucumber}");
}
