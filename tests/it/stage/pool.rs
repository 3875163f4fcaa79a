//! A target that is a server of a page: one issuer, and subjects of a pool.

use std::path::Path;
use std::sync::Arc;

use recant::drive::Run;
use recant::plan::{Overlay, load_target};

use super::toy::inputs;

/// What all of them have: it ends among the members of `[subject]`.
const HEAD: &str = r#"
[target]
name = "toy"
environment = "lab"
allow-changes = true
recipe = "RECIPE"

[values]
base = "BASE"

[issuer.main]
url = "{base}"
discovery = "none"
token-endpoint = "{base}/token"

[client.app]
id = "app"
auth = "none"

[grant.user]
kind = "password"
client = "app"
password = "a-password-of-the-test"

[subject]
grant = "user"
pool = ["ada", "bob"]
"#;

/// What one of them has besides.
pub struct Page<'a> {
    /// Keys before all tables.
    pub top: &'a str,
    /// Further members of `[subject]`, and what comes after it.
    pub rest: &'a str,
    /// How it is changed; without one it can't be.
    pub recipe: Option<&'a str>,
}

impl Page<'_> {
    /// A run against a server; its record is in the folder `run`.
    pub async fn run(&self, base: &str, folder: &Path) -> Arc<Run> {
        let recipe = self.recipe.map_or("none", |text| {
            std::fs::write(folder.join("recipe.toml"), text).unwrap();
            "recipe.toml"
        });
        let head = HEAD.replace("BASE", base).replace("RECIPE", recipe);
        let path = folder.join("target.toml");
        std::fs::write(&path, format!("{}{head}{}", self.top, self.rest)).unwrap();
        let declared = load_target(&path, &Overlay::default())
            .unwrap_or_else(|p| panic!("{}", recant::error::render_problems(&p, false)));
        std::fs::create_dir(folder.join("run")).unwrap();
        let inputs = inputs(Arc::new(declared), Overlay::default(), &folder.join("run"));
        Run::start(inputs).await.unwrap()
    }
}
