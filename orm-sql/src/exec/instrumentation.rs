//! What is known of a statement beside its text: the model, the relation, and the place in the
//! user's source that asked for it.

use super::{BoxFuture, Statement};
use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

/// A place in a user's source.
pub type Place = &'static Location<'static>;

/// What a statement is about, for instrumentation. It has no say in what runs: two statements
/// that differ in it only are equal.
#[derive(Clone, Copy, Debug, Default)]
pub struct About {
    /// The model that it reads or writes.
    pub model: Option<&'static dyn Subject>,
    /// Where a terminal was called, such as `all` or `save`.
    pub place: Option<Place>,
    /// How the rows were asked for.
    pub origin: Origin,
    /// What it does.
    pub work: Work,
}

impl PartialEq for About {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What a statement does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Work {
    /// It is the user's own text, which alone says it.
    #[default]
    Unknown,
    /// It reads rows.
    Read {
        /// The column of the model's table that has a value, where that is the only condition.
        by: Option<&'static str>,
        /// There is more than one condition, or a limit.
        narrowed: bool,
    },
    /// It counts rows.
    Count,
    /// It asks whether there are rows.
    Exists,
    /// It inserts rows.
    Insert,
    /// It updates rows.
    Update,
    /// It deletes rows.
    Delete,
}

impl Work {
    /// True where it reads, and false where it writes; `None` where only its text says it.
    pub fn reads(self) -> Option<bool> {
        match self {
            Work::Unknown => None,
            Work::Read { .. } | Work::Count | Work::Exists => Some(true),
            Work::Insert | Work::Update | Work::Delete => Some(false),
        }
    }
}

/// How the rows of a statement were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Origin {
    /// By a query set, or one by one.
    #[default]
    Query,
    /// By a key: `book.author.fetch(&db)`.
    Key,
    /// As a related set: `author.books()`.
    Related(Accessor),
}

/// The relation that a related set goes by, as the model on this side has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accessor {
    /// Its name there; `None` where it has none.
    pub name: Option<&'static str>,
    /// The model on this side.
    pub model: &'static str,
    /// It can lead to more than one row.
    pub many: bool,
}

/// What instrumentation needs to know of the model of a statement.
pub trait Subject: Send + Sync {
    /// Its name: `Book`.
    fn name(&self) -> &'static str;
    /// Its table.
    fn table(&self) -> &'static str;
    /// The field of a column.
    fn field(&self, column: &str) -> Option<SubjectField>;
    /// The fields of its primary key, by their names in Rust.
    fn key(&self) -> Vec<&'static str> {
        Vec::new()
    }
}

impl fmt::Debug for dyn Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A field of a [`Subject`].
#[derive(Clone, Copy, Debug)]
pub struct SubjectField {
    /// Its name in Rust.
    pub name: &'static str,
    /// It is the whole primary key.
    pub is_key: bool,
    /// The model that it refers to, where it is a foreign key, with the accessor there.
    pub refers_to: Option<(&'static str, Option<&'static str>)>,
}

impl Statement {
    /// The statement as one that was asked for here.
    #[inline]
    #[track_caller]
    pub fn called_here(mut self) -> Statement {
        self.about.place = Some(Location::caller());
        self
    }

    /// Who asked for the statement, where that is known.
    pub fn asker(&self) -> Option<Caller> {
        let own = self.about.place.filter(|place| !is_ours(place));
        match own {
            Some(place) => Some(Caller { place, call: None }),
            None => CALL.get(),
        }
    }
}

/// Who asked for a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Where the terminal was called.
    pub place: Place,
    /// The number of the call, where one call runs several statements.
    pub call: Option<u64>,
}

thread_local! {
    /// The call that is being polled.
    static CALL: Cell<Option<Caller>> = const { Cell::new(None) };
}

/// The work of a terminal that makes its statements on the way: all of them were asked for where
/// it was called.
#[track_caller]
pub fn one_call<'a, T: 'a>(work: BoxFuture<'a, T>) -> BoxFuture<'a, T> {
    called_at(Location::caller(), work)
}

/// [`one_call`] of a place that is known.
pub fn called_at<'a, T: 'a>(place: Place, work: BoxFuture<'a, T>) -> BoxFuture<'a, T> {
    match Caller::of_call(place) {
        Some(asker) => Box::pin(Called { asker, work }),
        // One of our own terminals calls another: the first one knows the place.
        None => work,
    }
}

impl Caller {
    /// A call at a place of the user's.
    pub fn of_call(place: Place) -> Option<Caller> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = || NEXT.fetch_add(1, Ordering::Relaxed);
        (!is_ours(place)).then(|| Caller { place, call: Some(number()) })
    }

    /// Runs a piece of work of a call.
    pub fn during<T>(self, work: impl FnOnce() -> T) -> T {
        let _restore = Restore(CALL.replace(Some(self)));
        work()
    }
}

/// Puts back what was there, also when the work panics.
struct Restore(Option<Caller>);

impl Drop for Restore {
    fn drop(&mut self) {
        CALL.set(self.0);
    }
}

struct Called<'a, T> {
    asker: Caller,
    work: BoxFuture<'a, T>,
}

impl<T> Future for Called<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        self.asker.during(|| self.work.as_mut().poll(cx))
    }
}

/// True for places inside of this library: a terminal that was called by another one.
pub fn is_ours(place: &Location<'_>) -> bool {
    // Most places have nothing of it in their names.
    if !place.file().as_bytes().windows(4).any(|part| part == b"orm-") {
        return false;
    }
    // `orm-core`, which has the terminals, stands beside this crate and has its version:
    // `orm-sql/src/exec/watch.rs`, or `orm-sql-0.1.0/src/exec/watch.rs`.
    let after = file!().rsplit_once("orm-sql").map_or("", |(_, after)| after);
    let folder = after.split_once("exec").map_or(after, |(folder, _)| folder);
    let inside = |name: &str| {
        place.file().match_indices(name).any(|(at, _)| {
            let (before, rest) = place.file().split_at(at);
            let begins = before.is_empty() || before.ends_with(['/', '\\']);
            begins && rest.strip_prefix(name).is_some_and(|rest| rest.starts_with(folder))
        })
    };
    inside("orm-core") || inside("orm-sql")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn caller() -> Place {
        Location::caller()
    }

    #[test]
    fn our_own_places_are_known() {
        assert!(is_ours(caller()));
        // A function of another crate that says who called it: this file.
        assert!(is_ours(std::convert::identity(caller())));
    }

    #[test]
    fn equal_whoever_asks() {
        assert_eq!(Statement::default(), Statement::default().called_here());
    }
}
