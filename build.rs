//! Lists the folders of data that are built into the binary, so that a new requirement, control framework, feature,
//! scenario, recipe or target is one file and nothing else. Writes one `&[(path, text)]` expression per folder, and
//! one of all sources that decide what a build notices, so that it knows whether it was tested (`src/calibration`); decides
//! nothing.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Name of the generated list, folder, extension of the files that belong to it, and where their paths start: a
/// requirement's id is its path below its folder, other files are named as in the repository.
const FOLDERS: [(&str, &str, &str, &str); 6] = [
    ("requirements", "src/requirements", "toml", "src/requirements"),
    ("controls", "src/controls", "toml", "src/controls"),
    ("features", "features", "feature", ""),
    ("scenarios", "scenarios", "toml", ""),
    ("recipes", "recipes", "toml", ""),
    ("targets", "targets", "toml", ""),
];

/// What decides what a build notices: files and folders. What is new in a folder counts by itself.
const DECIDING: [&str; 8] = [
    "Cargo.lock",
    "Cargo.toml",
    "build.rs",
    "features",
    "recipes/reference.toml",
    "scenarios",
    "src",
    "targets/reference.toml",
];

/// What only lists or formats: none of these can turn a verdict.
const FORMATTING: [&str; 17] = [
    "src/cli/args.rs",
    "src/cli/check.rs",
    "src/cli/explain.rs",
    "src/cli/faults.rs",
    "src/cli/requirements.rs",
    "src/cli/schema.rs",
    "src/cli/steps.rs",
    "src/controls",
    "src/report/html",
    "src/report/json_schema.rs",
    "src/report/junit.rs",
    "src/report/markdown.rs",
    "src/report/terminal.rs",
    "src/report/terminal_finding.rs",
    "src/report/terminal_summary.rs",
    "src/report/visible.rs",
    "src/report/words.rs",
];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    for (name, folder, extension, start) in FOLDERS {
        let mut files = Vec::new();
        collect(&root.join(folder), extension, &mut files)?;
        files.sort();
        let mut list = String::from("&[\n");
        for file in &files {
            // Forward slashes everywhere: the path is an id in reports, not a place on a disk.
            let path = file.strip_prefix(root.join(start)).map_err(io::Error::other)?;
            let path = path.to_string_lossy().replace('\\', "/");
            list += &format!("    ({path:?}, include_str!({:?})),\n", file.to_string_lossy());
        }
        list += "]\n";
        fs::write(out.join(format!("embedded_{name}.rs")), list)?;
    }
    deciding(&root, &out)?;
    // Where nobody has tested a build yet there is nothing to embed, and every build says so.
    for (name, file) in [("matrix", "selftest.json"), ("stamp", "calibration.json")] {
        let path = root.join("reports").join(file);
        let text = if path.is_file() {
            format!("include_str!({:?})", path.to_string_lossy())
        } else {
            String::from("\"\"")
        };
        fs::write(out.join(format!("embedded_{name}.rs")), text)?;
        println!("cargo::rerun-if-changed={}", path.display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}

/// Lists the deciding files, in the order of their names.
fn deciding(root: &Path, out: &Path) -> io::Result<()> {
    let mut files = Vec::new();
    for start in DECIDING {
        let path = root.join(start);
        if path.is_dir() {
            ["rs", "toml", "feature"].iter().try_for_each(|e| collect(&path, e, &mut files))?;
        } else {
            println!("cargo::rerun-if-changed={}", path.display());
            files.push(path);
        }
    }
    files.sort();
    let mut list = String::from("&[\n");
    for file in &files {
        let path = file.strip_prefix(root).map_err(io::Error::other)?;
        let path = path.to_string_lossy().replace('\\', "/");
        let formats = |name: &&str| path == **name || path.starts_with(&format!("{name}/"));
        if !FORMATTING.iter().any(formats) {
            list += &format!("    ({path:?}, include_bytes!({:?})),\n", file.to_string_lossy());
        }
    }
    fs::write(out.join("sources.rs"), list + "]\n")
}

fn collect(folder: &Path, extension: &str, files: &mut Vec<PathBuf>) -> io::Result<()> {
    // Watching the folder notices files that come and go; the files themselves are watched through `include_str!`.
    println!("cargo::rerun-if-changed={}", folder.display());
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, extension, files)?;
        } else if path.extension().is_some_and(|e| e == extension) {
            files.push(path);
        }
    }
    Ok(())
}
