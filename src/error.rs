//! What goes wrong with recant itself. Findings about a target are `judge::Finding`: the two never mix.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::model::Place;

/// Something wrong with what a person gave recant: a file, an option, the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands, if in a file.
    pub place: Option<Place>,
    /// How many characters it spans from there (for the caret); 1 where unknown.
    pub width: usize,
    /// What is wrong, one sentence without a full stop.
    pub what: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The line that `place` points into, to be shown with a caret. Secrets in it are struck out already.
    pub excerpt: Option<Box<str>>,
    /// True where this only deserves attention: it stops nothing.
    pub warning: bool,
}

/// Longest line that is shown; only the place of a longer one is.
const LONGEST_EXCERPT: usize = 400;

impl Problem {
    /// A problem that stands nowhere in a file.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self { place: None, width: 1, what: what.into(), help: None, excerpt: None, warning: false }
    }

    /// The same, at a place.
    #[must_use]
    pub fn at(mut self, place: Place, width: usize) -> Self {
        self.place = Some(place);
        self.width = width.max(1);
        self
    }

    /// The same, with what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, showing the line that it stands in.
    #[must_use]
    pub fn excerpt(mut self, line: impl Into<Box<str>>) -> Self {
        self.excerpt = Some(line.into());
        self
    }

    /// The same, as something that stops nothing.
    #[must_use]
    pub fn as_warning(mut self) -> Self {
        self.warning = true;
        self
    }

    /// As people read it, over several lines, ending in a line break. With `color`, ANSI sequences.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let level = if self.warning { Level::WARNING } else { Level::ERROR };
        let what = tame(&self.what);
        let help = self.help.as_deref().map(tame);
        let title = Group::with_title(level.primary_title(what.as_str()));
        let (Some(place), Some(line)) = (&self.place, self.shown_line()) else {
            let mut text = renderer.render(&[title]) + "\n";
            if let Some(place) = &self.place {
                text += &format!("  --> {}:{}:{}\n", tame(&place.file), place.line, place.column);
            }
            if let Some(help) = help {
                text += &format!("  = help: {}\n", help.replace('\n', "\n          "));
            }
            return text;
        };
        let file = tame(&place.file);
        let span = self.span_in(&line, place.column);
        let snippet = Snippet::source(line.as_str())
            .line_start(place.line)
            .path(file.as_str())
            .annotation(AnnotationKind::Primary.span(span));
        let group = title.element(snippet);
        let group = match &help {
            Some(help) => group.element(Level::HELP.message(help.as_str())),
            None => group,
        };
        renderer.render(&[group]) + "\n"
    }

    fn shown_line(&self) -> Option<String> {
        let line = self.excerpt.as_deref()?;
        (line.chars().count() <= LONGEST_EXCERPT).then(|| {
            line.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
        })
    }

    fn span_in(&self, line: &str, column: usize) -> std::ops::Range<usize> {
        let offset = |n: usize| line.char_indices().nth(n).map_or(line.len(), |(offset, _)| offset);
        let start = column.saturating_sub(1);
        offset(start)..offset(start.saturating_add(self.width))
    }
}

/// One line, without a caret: `file:line:column: what (help)`.
impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{}:{}:{}: ", tame(&place.file), place.line, place.column)?;
        }
        f.write_str(&tame(&self.what))?;
        match &self.help {
            Some(help) => write!(f, " ({})", tame(help)),
            None => Ok(()),
        }
    }
}

/// All of them as people read them, in the order of file, line and column, each once.
#[must_use]
pub fn render_problems(problems: &[Problem], color: bool) -> String {
    let mut sorted: Vec<_> = problems.iter().collect();
    sorted.sort_by(|a, b| (&a.place, &a.what).cmp(&(&b.place, &b.what)));
    sorted.dedup();
    sorted.iter().map(|p| p.render(color)).collect::<Vec<_>>().join("\n")
}

/// Control characters made visible: what stands in a hostile file must not move the cursor of a terminal.
fn tame(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let shown = if c.is_control() && c != '\n' {
                c.escape_default().to_string()
            } else {
                c.to_string()
            };
            shown.chars().collect::<Vec<_>>()
        })
        .collect()
}

/// Why a command ended without doing its job. Each has its own exit code (`exit.rs`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Usage, configuration or an undefined step: all that is wrong, at once. Nothing was sent.
    Problems(Vec<Problem>),
    /// The selection is empty.
    Nothing(String),
    /// recant could not run: disk, target down, a run folder that can't be read.
    Broken(String),
}
