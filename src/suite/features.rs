//! cucumber's `Parser`: features one at a time, each read only when the runner asks for it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use cucumber::{cli, parser};
use futures::stream::{self, Stream, StreamExt};

use crate::plan::{Sheet, Source};

/// Sheets on their way from parser to runner. gherkin's `Feature` has no room for the lines of example rows.
#[derive(Debug, Clone, Default)]
pub struct Shelf(Arc<Mutex<HashMap<PathBuf, Arc<Sheet>>>>);

impl Shelf {
    fn put(&self, sheet: Arc<Sheet>) {
        self.lock().insert(PathBuf::from(&sheet.file), sheet);
    }

    /// Takes the sheet of a feature; there is one for every feature that the parser gave.
    pub fn take(&self, feature: &gherkin::Feature) -> Option<Arc<Sheet>> {
        self.lock().remove(feature.path.as_ref()?)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Arc<Sheet>>> {
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

impl<I> cucumber::Parser<I> for Features
where
    I: IntoIterator<Item = Source>,
    I::IntoIter: 'static,
{
    type Cli = cli::Empty;
    type Output = stream::LocalBoxStream<'static, parser::Result<gherkin::Feature>>;

    fn parse(self, input: I, _: cli::Empty) -> Self::Output {
        features(self.shelf, input.into_iter()).boxed_local()
    }
}

fn features(
    shelf: Shelf,
    sources: impl Iterator<Item = Source>,
) -> impl Stream<Item = parser::Result<gherkin::Feature>> {
    stream::iter(sources.map(move |source| match Sheet::read(&source) {
        Ok(sheet) => {
            let mut feature = sheet.feature.clone();
            feature.path = Some(PathBuf::from(&sheet.file));
            shelf.put(Arc::new(sheet));
            Ok(feature)
        }
        Err(problems) => Err(unreadable(&source.file, &problems)),
    }))
}

/// Preflight has read the same text before, so this is not met unless somebody calls the suite without it.
fn unreadable(file: &str, problems: &[crate::error::Problem]) -> parser::Error {
    let all: Vec<_> = problems.iter().map(ToString::to_string).collect();
    gherkin::ParseFileError::Reading {
        path: PathBuf::from(file),
        source: std::io::Error::other(all.join("\n")),
    }
    .into()
}
