//! The published schemas are those of the types, and shipped files fit them.

use std::path::Path;

use recant::plan::{schemas, shipped};
use serde_json::Value;

#[test]
fn published_schemas_are_those_of_the_types() {
    for (name, schema) in schemas::all() {
        let path = Path::new("schemas").join(name);
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("RECANT_BLESS").is_some() {
            std::fs::create_dir_all("schemas").unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let published = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            published == text,
            "{} differs from the types: run the tests with RECANT_BLESS=1",
            path.display()
        );
    }
}

#[test]
fn shipped_files_fit_the_published_schemas() {
    for (files, schema) in [
        (shipped::TARGETS, schemas::target()),
        (shipped::RECIPES, schemas::recipe()),
        (shipped::SCENARIOS, schemas::scenario()),
    ] {
        let validator = jsonschema::validator_for(&schema).unwrap();
        for (path, text) in files {
            let value: Value = toml::from_str(text).unwrap();
            let wrong: Vec<_> = validator.iter_errors(&value).map(|e| e.to_string()).collect();
            assert!(wrong.is_empty(), "{path}: {wrong:?}");
        }
    }
}

/// An editor shows nothing but these descriptions: each key must have one.
#[test]
fn every_key_is_described() {
    for (name, schema) in schemas::all() {
        let mut bare = Vec::new();
        walk(&schema, "", &mut bare);
        assert!(bare.is_empty(), "{name}: no description for {bare:?}");
    }
}

fn walk(schema: &Value, path: &str, bare: &mut Vec<String>) {
    let properties = schema.get("properties").and_then(Value::as_object);
    for (key, of) in properties.into_iter().flatten() {
        let here = format!("{path}/{key}");
        // the one key of a choice is described by the choice
        let only = properties.is_some_and(|p| p.len() == 1);
        let tag = of.get("const").is_some();
        if of.get("description").is_none() && !only && !tag {
            bare.push(here.clone());
        }
        walk(of, &here, bare);
    }
    for part in ["oneOf", "anyOf"] {
        for (index, of) in
            schema.get(part).and_then(Value::as_array).into_iter().flatten().enumerate()
        {
            walk(of, &format!("{path}#{index}"), bare);
        }
    }
    for (name, of) in schema.get("$defs").and_then(Value::as_object).into_iter().flatten() {
        walk(of, &format!("{path}#{name}"), bare);
    }
}

#[test]
fn what_is_built_in_is_what_lies_in_the_folders() {
    for (folder, ending, table) in [
        ("features", "feature", shipped::FEATURES),
        ("scenarios", "toml", shipped::SCENARIOS),
        ("recipes", "toml", shipped::RECIPES),
        ("targets", "toml", shipped::TARGETS),
    ] {
        let mut files = Vec::new();
        collect(Path::new(folder), ending, &mut files);
        files.sort();
        let names: Vec<_> = table.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(names, files);
        for (path, text) in table {
            assert_eq!(*text, std::fs::read_to_string(path).unwrap(), "{path}");
        }
    }
}

fn collect(folder: &Path, ending: &str, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, ending, files);
        } else if path.extension().is_some_and(|e| e == ending) {
            files.push(path.to_string_lossy().into_owned());
        }
    }
}
