//! cucumber's `Parser`: features one at a time, each read only when the runner asks for it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use cucumber::{cli, parser};
use futures::stream::{self, StreamExt};

use crate::plan::feature::Sheet;
use crate::plan::{FeatureFile, Suite};

/// Sheets on their way from parser to runner. gherkin's `Feature` has no room for the lines of example rows.
#[derive(Debug, Clone, Default)]
pub struct Shelf(Arc<Mutex<HashMap<PathBuf, Open>>>);

/// A feature that was read, and its place in the suite.
#[derive(Debug, Clone)]
pub struct Open {
    /// Index of its file in the suite.
    pub file: usize,
    /// The feature with the places of everything.
    pub sheet: Arc<Sheet>,
}

impl Shelf {
    /// Takes the sheet of a feature; there is one for every feature that the parser gave.
    pub fn take(&self, feature: &gherkin::Feature) -> Option<Open> {
        self.lock().remove(feature.path.as_ref()?)
    }

    fn put(&self, path: PathBuf, open: Open) {
        self.lock().insert(path, open);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Open>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads features.
#[derive(Debug, Clone)]
pub struct Features {
    shelf: Shelf,
}

impl Features {
    /// A parser that leaves sheets on a shelf.
    #[must_use]
    pub fn new(shelf: Shelf) -> Self {
        Self { shelf }
    }
}

impl cucumber::Parser<Arc<Suite>> for Features {
    type Cli = cli::Empty;
    type Output = stream::LocalBoxStream<'static, parser::Result<gherkin::Feature>>;

    fn parse(self, suite: Arc<Suite>, _: cli::Empty) -> Self::Output {
        let files = 0..suite.files.len();
        let read = move |index: usize| feature(&self.shelf, index, &suite.files[index]);
        stream::iter(files.map(read)).boxed_local()
    }
}

fn feature(shelf: &Shelf, index: usize, file: &FeatureFile) -> parser::Result<gherkin::Feature> {
    let path = PathBuf::from(file.name());
    let sheet = file.sheet().map_err(|problems| unreadable(path.clone(), &problems))?;
    let mut feature = sheet.feature.clone();
    feature.path = Some(path.clone());
    shelf.put(path, Open { file: index, sheet });
    Ok(feature)
}

/// Preflight has read the same text before, so this is only met where somebody calls the suite without it.
fn unreadable(path: PathBuf, problems: &[crate::error::Problem]) -> parser::Error {
    let all: Vec<_> = problems.iter().map(ToString::to_string).collect();
    let source = std::io::Error::other(all.join("\n"));
    gherkin::ParseFileError::Reading { path, source }.into()
}
