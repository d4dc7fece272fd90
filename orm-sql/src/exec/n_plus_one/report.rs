//! What was found, for people.

use super::cure;
use crate::error::Error;
use crate::exec::instrumentation::Place;
use std::fmt;

/// A statement that ran more often from one place than it may.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Where the terminal was called that asked for it.
    pub place: Place,
    /// How often.
    pub times: usize,
    /// The text of the statement, without values.
    pub sql: String,
    /// The model that it reads or writes, where known.
    pub model: Option<&'static str>,
    /// What to write instead.
    pub cure: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { place, times, sql, cure, .. } = self;
        write!(f, "N+1: the same statement ran {times} times from {place}")?;
        if let Some(line) = cure::source_line(place) {
            write!(f, "\n  |  {}", line.trim())?;
        }
        write!(f, "\n  statement: {sql}\n  cure: {cure}")
    }
}

/// What a scope has found; empty where all was well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// One for each statement and place, the most frequent first.
    pub findings: Vec<Finding>,
}

impl Report {
    /// True where nothing was found.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// Tells each finding by `tracing`: target `orm::n_plus_one`, level WARN.
    pub fn warn(&self) {
        for finding in &self.findings {
            let text = format!(
                "the same statement ran {} times from {}: {}",
                finding.times, finding.place, finding.cure
            );
            tracing::event!(
                target: "orm::n_plus_one",
                tracing::Level::WARN,
                code.file.path = finding.place.file(),
                code.line.number = finding.place.line(),
                code.column.number = finding.place.column(),
                db.system.name = "postgresql",
                db.query.text = finding.sql,
                times = finding.times,
                cure = finding.cure,
                message = text,
            );
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, finding) in self.findings.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            finding.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}

/// The value of a piece of work, with what was found while it ran.
#[derive(Clone, Debug)]
#[must_use = "the report says what was found"]
pub struct Watched<T> {
    /// What the work returned.
    pub value: T,
    /// What was found.
    pub report: Report,
}

impl<T> Watched<T> {
    /// The value, or a panic with the report: for tests.
    ///
    /// # Panics
    ///
    /// Where something was found.
    #[track_caller]
    pub fn or_panic(self) -> T {
        assert!(self.report.is_empty(), "{}", self.report);
        self.value
    }

    /// The value, or the report as an error.
    ///
    /// # Errors
    ///
    /// [`Error::Other`] with the [`Report`] where something was found.
    pub fn or_error(self) -> Result<T, Error> {
        if self.report.is_empty() { Ok(self.value) } else { Err(Error::other(self.report)) }
    }

    /// The value; findings are logged by `tracing`, as [`Report::warn`] does.
    pub fn or_warn(self) -> T {
        self.report.warn();
        self.value
    }
}
