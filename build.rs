//! Lists what is built into the binary: features, scenario scripts, recipes and target files. So that adding one of
//! them is adding one file.

use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let mut code = String::new();
    for (table, folder, ending) in [
        ("FEATURES", "features", "feature"),
        ("SCENARIOS", "scenarios", "toml"),
        ("RECIPES", "recipes", "toml"),
        ("TARGETS", "targets", "toml"),
    ] {
        println!("cargo::rerun-if-changed={folder}");
        let mut files = Vec::new();
        collect(&root.join(folder), ending, &mut files);
        files.sort();
        code.push_str(&format!("/// `(path from the repository's root, text)`.\npub const {table}: &[(&str, &str)] = &[\n"));
        for file in files {
            let name = file
                .strip_prefix(&root)
                .expect("it is below the root")
                .to_string_lossy()
                .replace('\\', "/");
            code.push_str(&format!(
                "    ({name:?}, include_str!({:?})),\n",
                file.to_string_lossy()
            ));
        }
        code.push_str("];\n");
    }
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets it")).join("shipped.rs");
    std::fs::write(out, code).expect("the build folder is writable");
}

fn collect(folder: &Path, ending: &str, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|e| e.path()) {
        if path.is_dir() {
            println!("cargo::rerun-if-changed={}", path.display());
            collect(&path, ending, files);
        } else if path.extension().is_some_and(|e| e == ending) {
            files.push(path);
        }
    }
}
