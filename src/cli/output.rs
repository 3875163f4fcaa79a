//! Standard output and error. A reader that went away (`recant run | head`) neither ends a command nor changes its exit code.

use std::io::{self, Write};

use clap::ValueEnum;

use crate::error::{Error, render_problems};
use crate::exit::Exit;
use crate::report::visible;

/// How a command writes what it found, where it is for people or programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// A stream that goes on when nobody reads it any more.
#[derive(Debug)]
pub struct Out<W: Write> {
    inner: W,
    gone: bool,
}

/// Standard output; styles are stripped where they would not be seen.
#[must_use]
pub fn stdout() -> Out<anstream::AutoStream<io::Stdout>> {
    Out::new(anstream::stdout())
}

/// Says on standard error why a command could not do its job; gives the exit code.
pub fn complain(error: &Error) -> Exit {
    let (text, exit) = match error {
        Error::Problems(problems) => (render_problems(problems, true), Exit::Usage),
        Error::Nothing(why) => (error_line(why), Exit::NothingTested),
        Error::Broken(why) => (error_line(why), Exit::CouldNotRun),
    };
    let mut err = Out::new(anstream::stderr());
    // Where even standard error fails, the exit code still tells.
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    exit
}

fn error_line(why: &str) -> String {
    let style = crate::report::terminal::style("fail");
    let lines: Vec<_> = why.lines().map(visible::line).collect();
    format!("{style}error{style:#}: {}\n", lines.join("\n  "))
}

impl<W: Write> Out<W> {
    /// Wraps a stream.
    pub fn new(inner: W) -> Self {
        Self { inner, gone: false }
    }

    fn unless_gone<T>(&mut self, done: io::Result<T>, otherwise: T) -> io::Result<T> {
        match done {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => {
                self.gone = true;
                Ok(otherwise)
            }
            other => other,
        }
    }
}

impl<W: Write> Write for Out<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.gone {
            return Ok(bytes.len());
        }
        let done = self.inner.write(bytes);
        self.unless_gone(done, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gone {
            return Ok(());
        }
        let done = self.inner.flush();
        self.unless_gone(done, ())
    }
}

impl From<io::Error> for Error {
    fn from(e: io::Error) -> Self {
        Self::Broken(format!("the output can't be written: {e}"))
    }
}

/// Prints text to standard output.
///
/// # Errors
/// Where it can't be written, unless the reader went away.
pub fn say(text: &str) -> Result<(), Error> {
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}
