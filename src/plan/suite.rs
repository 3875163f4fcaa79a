//! Which features and scenarios are meant: the shipped ones or those of paths, and the ones that a tag expression
//! selects. Finds and reads files; parses them only when asked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Problem;
use crate::model::{Place, Seeded};

use super::Planned;
use super::feature::{Preflight, Row, Sheet, TagFilter};
use super::nearest::nearest;
use super::shipped;
use super::source::{Source, plainly};

/// Features to be run, in the order of their names.
#[derive(Debug, Clone, Default)]
pub struct Suite {
    /// The files.
    pub files: Vec<FeatureFile>,
    /// The expression that selects scenarios.
    pub tags: Option<TagFilter>,
    /// Only scenarios that stand at these places, where the selection is by what they are evidence for.
    pub only: Option<BTreeSet<Place>>,
    /// Paths as they were named on the command line.
    pub paths: Vec<String>,
    /// The order of files and scenarios follows from it, where one is given; else it is that of their names and lines.
    pub seed: Option<u64>,
}

/// One feature file, not parsed yet.
#[derive(Debug, Clone)]
pub struct FeatureFile {
    /// Its name, text and digest.
    pub source: Source,
    /// Only scenarios (or rows) that start in these lines, where `file.feature:LINE` was asked for.
    pub lines: Option<BTreeSet<usize>>,
}

/// What the paths of a command line name.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// Feature files, with the line where one was named.
    pub features: Vec<(PathBuf, Option<usize>)>,
    /// Scenario scripts: `.toml` files named by themselves, and those in folders called `scenarios`.
    pub scripts: Vec<PathBuf>,
}

/// Most feature files and folders that are looked through.
const MOST_FILES: usize = 20_000;
const MOST_FOLDERS: usize = 5_000;

impl Suite {
    /// The features that are built in.
    #[must_use]
    pub fn shipped() -> Self {
        let files = shipped::FEATURES.iter().map(|(path, text)| Source::shipped(path, text));
        let files = files.map(|source| FeatureFile { source, lines: None }).collect();
        Self { files, ..Self::default() }
    }

    /// Reads feature files.
    ///
    /// # Errors
    /// Those that can't be read.
    pub fn of(features: &[(PathBuf, Option<usize>)]) -> Result<Self, Vec<Problem>> {
        let mut suite = Self::default();
        let mut problems = Vec::new();
        for (path, line) in features {
            let file = path.display().to_string();
            suite.paths.push(line.map_or_else(|| file.clone(), |line| format!("{file}:{line}")));
            if let Some(known) = suite.files.iter_mut().find(|f| f.source.file == file) {
                known.lines = match (known.lines.take(), line) {
                    (Some(mut lines), Some(line)) => {
                        lines.insert(*line);
                        Some(lines)
                    }
                    _ => None,
                };
                continue;
            }
            match Source::read(path) {
                Ok(source) => {
                    suite
                        .files
                        .push(FeatureFile { source, lines: line.map(|l| BTreeSet::from([l])) });
                }
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(suite) } else { Err(problems) }
    }

    /// The same, narrowed by a tag expression.
    ///
    /// # Errors
    /// The expression is none.
    pub fn with_tags(mut self, expression: &str) -> Result<Self, Problem> {
        self.tags = Some(TagFilter::parse(expression)?);
        Ok(self)
    }

    /// Tags of the expression that no scenario has, as warnings: each selects nothing and leaves out nothing.
    #[must_use]
    pub fn unknown_tags(&self, planned: &[Planned]) -> Vec<Problem> {
        let known: BTreeSet<&str> =
            planned.iter().flat_map(|p| &p.tags).map(String::as_str).collect();
        let named = self.tags.iter().flat_map(TagFilter::named).filter(|t| !known.contains(t));
        let told = named.map(|tag| {
            let near = nearest(tag, known.iter().copied());
            let meant = near.map(|near| format!("; did you mean `@{near}`?")).unwrap_or_default();
            Problem::new(format!("no scenario has the tag `@{tag}`{meant}")).as_warning()
        });
        told.collect()
    }

    /// The same, in the order of a seed.
    #[must_use]
    pub fn shuffled(mut self, seed: u64) -> Self {
        Seeded::new(seed, "features").shuffle(&mut self.files);
        self.seed = Some(seed);
        self
    }

    /// The scenarios of a file in the order in which they begin. Without a seed each is only made when it is asked for.
    pub fn in_order(&self, sheet: Arc<Sheet>) -> Box<dyn Iterator<Item = Row> + Send> {
        let Some(seed) = self.seed else { return Box::new(Sheet::rows(sheet)) };
        let mut rows: Vec<Row> = Sheet::rows(sheet).collect();
        let file = rows.first().map_or("", |row| &row.place.file).to_owned();
        Seeded::new(seed, &file).shuffle(&mut rows);
        Box::new(rows.into_iter())
    }

    /// True where a scenario of a file is selected by line, tags and place.
    #[must_use]
    pub fn selects(&self, file: &FeatureFile, row: &Row) -> bool {
        file.lines.as_ref().is_none_or(|lines| lines.contains(&row.place.line))
            && self.tags.as_ref().is_none_or(|tags| tags.selects(&row.tags))
            && self.only.as_ref().is_none_or(|places| places.contains(&row.place))
    }

    /// All that is wrong with the files; warnings among it.
    #[must_use]
    pub fn preflight(&self, with: &Preflight<'_>) -> Vec<Problem> {
        let mut problems: Vec<_> = self.files.iter().flat_map(|f| with.check(&f.source)).collect();
        problems.extend(self.files.iter().flat_map(FeatureFile::missing_lines));
        problems
    }

    /// Every scenario in order, selected or not, for `plan.json`.
    ///
    /// # Errors
    /// A file can't be parsed.
    pub fn planned(&self) -> Result<Vec<Planned>, Vec<Problem>> {
        let mut all = Vec::new();
        for file in &self.files {
            let sheet = file.sheet()?;
            all.extend(Sheet::rows(&*sheet).map(|row| Planned {
                selected: self.selects(file, &row),
                obligations: row.obligations(),
                shard: None,
                scenario: row.title,
                place: row.place,
                tags: row.tags,
            }));
        }
        Ok(all)
    }
}

impl FeatureFile {
    /// Parses it.
    ///
    /// # Errors
    /// All that is wrong with its form.
    pub fn sheet(&self) -> Result<Arc<Sheet>, Vec<Problem>> {
        Sheet::read(&self.source).map(Arc::new)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.source.file
    }

    /// Lines that were asked for and where no scenario starts.
    fn missing_lines(&self) -> Vec<Problem> {
        let (Some(lines), Ok(sheet)) = (&self.lines, Sheet::read(&self.source)) else {
            return Vec::new();
        };
        let places: BTreeSet<_> = Sheet::rows(&sheet).map(|row| row.place.line).collect();
        let name = self.name();
        let near = |line: usize| places.range(..=line).next_back().or(places.first());
        lines
            .difference(&places)
            .map(|line| {
                let problem = Problem::new(format!("no scenario starts at {name}:{line}"));
                match near(*line) {
                    Some(near) => problem.help(format!("did you mean `{name}:{near}`?")),
                    None => problem,
                }
            })
            .collect()
    }
}

impl Named {
    /// Looks at paths: files, folders, and `file.feature:LINE`.
    ///
    /// # Errors
    /// Paths that don't exist or are neither features, scripts nor folders.
    pub fn find(paths: &[PathBuf]) -> Result<Self, Vec<Problem>> {
        let mut named = Self::default();
        let mut problems = Vec::new();
        for path in paths {
            let (file, line) = split_line(path);
            if file.is_dir() {
                if let Err(problem) = named.folder(&file, &mut BTreeSet::new()) {
                    problems.push(problem);
                }
            } else if has_ending(&file, "feature") {
                named.features.push((file, line));
            } else if has_ending(&file, "toml") {
                named.scripts.push(file);
            } else {
                let shown = path.display();
                problems.push(if file.exists() {
                    Problem::new(format!("{shown} is neither a feature nor a scenario script"))
                        .help("features end in `.feature`, scenario scripts in `.toml`")
                } else {
                    Problem::new(format!("{shown} does not exist"))
                });
            }
        }
        if problems.is_empty() { Ok(named) } else { Err(problems) }
    }

    /// `seen` are the folders above and before, by their real paths: links may lead in circles.
    fn folder(&mut self, folder: &Path, seen: &mut BTreeSet<PathBuf>) -> Result<(), Problem> {
        let shown = folder.display();
        if !seen.insert(folder.canonicalize().unwrap_or_else(|_| folder.to_owned())) {
            return Ok(());
        }
        if seen.len() > MOST_FOLDERS || self.features.len() > MOST_FILES {
            return Err(Problem::new(format!("{shown} has too many files or folders")));
        }
        let entries = std::fs::read_dir(folder)
            .map_err(|e| Problem::new(format!("{shown} can't be read: {}", plainly(&e))))?;
        let mut paths: Vec<_> = entries.flatten().map(|e| e.path()).collect();
        paths.sort();
        let scripts = folder.file_name().is_some_and(|name| name == "scenarios");
        for path in paths {
            let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
            if hidden {
                continue;
            }
            if path.is_dir() {
                self.folder(&path, seen)?;
            } else if has_ending(&path, "feature") {
                self.features.push((path, None));
            } else if scripts && has_ending(&path, "toml") {
                self.scripts.push(path);
            }
        }
        Ok(())
    }
}

/// `file.feature:12` as a path and a line.
fn split_line(path: &Path) -> (PathBuf, Option<usize>) {
    let text = path.to_string_lossy();
    match text.rsplit_once(':').map(|(file, line)| (file, line.parse())) {
        Some((file, Ok(line))) if !path.exists() => (PathBuf::from(file), Some(line)),
        _ => (path.to_owned(), None),
    }
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending))
}
