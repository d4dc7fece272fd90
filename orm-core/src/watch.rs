//! What is known of a statement beside its text: the model, the relation, and the place in the
//! user's source that asked for it.

use crate::exec::{BoxFuture, Statement};
use crate::model::{ModelMeta, Step};
use crate::query::Query;
use std::cell::Cell;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

/// A place in a user's source.
pub type Place = &'static Location<'static>;

/// What a statement is about, for those who watch. It has no say in what runs: two statements
/// that differ in it only are equal.
#[derive(Clone, Copy, Debug, Default)]
pub struct About {
    /// The model that it reads or writes.
    pub model: Option<&'static ModelMeta>,
    /// Where a terminal was called, such as `all` or `save`.
    pub place: Option<Place>,
    /// How the rows were asked for.
    pub origin: Origin,
}

impl PartialEq for About {
    fn eq(&self, _: &Self) -> bool {
        true
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
    Related(Step),
}

impl Statement {
    /// The statement as one that a query asks for here.
    #[inline]
    #[track_caller]
    pub(crate) fn asked_by(mut self, query: &Query) -> Statement {
        self.about.place = Some(Location::caller());
        if let Some(related) = &query.related {
            self.about.origin = Origin::Related(related.step);
        }
        self
    }

    /// The statement as one that was asked for here.
    #[inline]
    #[track_caller]
    pub fn asked_here(mut self) -> Statement {
        self.about.place = Some(Location::caller());
        self
    }

    /// Who asked for the statement, where that is known.
    pub fn asker(&self) -> Option<Asker> {
        let own = self.about.place.filter(|place| !is_ours(place));
        match own {
            Some(place) => Some(Asker { place, call: None }),
            None => CALL.get(),
        }
    }
}

/// Who asked for a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asker {
    /// Where the terminal was called.
    pub place: Place,
    /// The number of the call, where one call runs several statements.
    pub call: Option<u64>,
}

thread_local! {
    /// The call that is being polled.
    static CALL: Cell<Option<Asker>> = const { Cell::new(None) };
}

/// The work of a terminal that makes its statements on the way: all of them were asked for where
/// it was called.
#[track_caller]
pub(crate) fn one_call<'a, T: 'a>(work: BoxFuture<'a, T>) -> BoxFuture<'a, T> {
    called_at(Location::caller(), work)
}

/// [`one_call`] of a place that is known.
pub(crate) fn called_at<'a, T: 'a>(place: Place, work: BoxFuture<'a, T>) -> BoxFuture<'a, T> {
    match Asker::of_call(place) {
        Some(asker) => Box::pin(Called { asker, work }),
        // One of our own terminals calls another: the first one knows the place.
        None => work,
    }
}

impl Asker {
    /// A call at a place of the user's.
    pub(crate) fn of_call(place: Place) -> Option<Asker> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = || NEXT.fetch_add(1, Ordering::Relaxed);
        (!is_ours(place)).then(|| Asker { place, call: Some(number()) })
    }

    /// Runs a piece of work of a call.
    pub(crate) fn during<T>(self, work: impl FnOnce() -> T) -> T {
        let _restore = Restore(CALL.replace(Some(self)));
        work()
    }
}

/// Puts back what was there, also when the work panics.
struct Restore(Option<Asker>);

impl Drop for Restore {
    fn drop(&mut self) {
        CALL.set(self.0);
    }
}

struct Called<'a, T> {
    asker: Asker,
    work: BoxFuture<'a, T>,
}

impl<T> Future for Called<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        self.asker.during(|| self.work.as_mut().poll(cx))
    }
}

/// True for places inside of this library: a terminal that was called by another one.
pub(crate) fn is_ours(place: &Location<'_>) -> bool {
    const HERE: &str = file!();
    let folder = HERE.strip_suffix("watch.rs").unwrap_or(HERE);
    match place.file().find(folder) {
        Some(0) => true,
        Some(at) => place.file()[..at].ends_with(['/', '\\']),
        None => false,
    }
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
        assert_eq!(Statement::default(), Statement::default().asked_here());
    }

    /// The lines of a signature that ends here, from its first attribute on.
    fn signature(lines: &[&str]) -> String {
        let first = lines.iter().rposition(|line| line.contains("fn ")).unwrap_or(0);
        let above = lines[..first].iter().rev();
        let attributes = above.take_while(|line| line.trim_start().starts_with("#["));
        attributes.chain(&lines[first..]).copied().collect::<Vec<_>>().join("\n")
    }

    fn files(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path, found) } else { found.push(path) }
        }
    }

    /// A terminal without `#[track_caller]` would have its statements reported from inside of the
    /// library.
    #[test]
    fn terminals_know_their_callers() {
        let mut sources = Vec::new();
        files(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut sources);
        let (mut terminals, mut without) = (0, Vec::new());
        for path in sources {
            let text = std::fs::read_to_string(&path).unwrap();
            let lines: Vec<&str> =
                text.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
            for (end, line) in lines.iter().enumerate() {
                if !line.contains("-> BoxFuture") {
                    continue;
                }
                let signature = signature(&lines[..=end]);
                if signature.contains("impl Executor") {
                    terminals += 1;
                    if !signature.contains("#[track_caller]") {
                        without.push(format!("{}: {signature}", path.display()));
                    }
                }
            }
        }
        assert!(terminals > 40, "{terminals}");
        assert!(without.is_empty(), "without #[track_caller]:\n{}", without.join("\n"));
    }
}
