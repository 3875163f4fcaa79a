//! Lists the folders of data that are built into the binary, so that a new requirement, control framework, feature,
//! scenario, recipe or target is one file and nothing else. Writes one `&[(path, text)]` expression per folder;
//! decides nothing.

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
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
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
