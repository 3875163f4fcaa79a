//! Lists the folders of data that are built into the binary, so that a new requirement, control framework, feature,
//! scenario, recipe or target is one file and nothing else. Decides nothing.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Name of the generated list, folder, extension: `embedded_<name>.rs` is one `&[(path in the folder, text)]` expression.
const FOLDERS: [(&str, &str, &str); 2] =
    [("requirements", "src/requirements", "toml"), ("controls", "src/controls", "toml")];

/// Name of the table in `shipped.rs`, folder, extension: paths there are from the repository's root.
const TABLES: [(&str, &str, &str); 4] = [
    ("FEATURES", "features", "feature"),
    ("SCENARIOS", "scenarios", "toml"),
    ("RECIPES", "recipes", "toml"),
    ("TARGETS", "targets", "toml"),
];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    for (name, folder, extension) in FOLDERS {
        let folder = root.join(folder);
        let list = list(&folder, &folder, extension)?;
        fs::write(out.join(format!("embedded_{name}.rs")), list)?;
    }
    let mut shipped = String::new();
    for (table, folder, extension) in TABLES {
        let list = list(&root.join(folder), &root, extension)?;
        shipped += "/// `(path from the repository's root, text)`.\n";
        shipped += &format!("pub const {table}: &[(&str, &str)] = {list};\n");
    }
    fs::write(out.join("shipped.rs"), shipped)?;
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}

fn list(folder: &Path, root: &Path, extension: &str) -> io::Result<String> {
    let mut files = Vec::new();
    collect(folder, extension, &mut files)?;
    files.sort();
    let mut list = String::from("&[\n");
    for file in &files {
        // Forward slashes everywhere: the path is an id in reports, not a place on a disk.
        let path = file.strip_prefix(root).map_err(io::Error::other)?;
        let path = path.to_string_lossy().replace('\\', "/");
        list += &format!("    ({path:?}, include_str!({:?})),\n", file.to_string_lossy());
    }
    list += "]";
    Ok(list)
}

fn collect(folder: &Path, extension: &str, files: &mut Vec<PathBuf>) -> io::Result<()> {
    // Watching the folder notices files that come and go; the files themselves are watched through `include_str!`.
    println!("cargo::rerun-if-changed={}", folder.display());
    if !folder.exists() {
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
