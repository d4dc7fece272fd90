//! Those who are compared. To add a peer, implement [`Contestant`] and name it in [`all`].

mod by_hand;
#[cfg(feature = "diesel-async")]
mod diesel_async;
#[cfg(feature = "diesel")]
mod diesel_sync;
#[cfg(any(feature = "diesel", feature = "diesel-async"))]
mod diesel_tables;
mod ours;
#[cfg(feature = "sea-orm")]
mod sea_orm;
#[cfg(feature = "sea-orm")]
mod sea_orm_entities;
#[cfg(feature = "sqlx")]
mod sqlx;
#[cfg(feature = "toasty")]
mod toasty;
#[cfg(feature = "toasty")]
mod toasty_models;

use crate::Result;
use crate::models::{Account, Author, Book, Comment, Entry, Post};
use crate::scenario::Task;
use futures_util::future::LocalBoxFuture;

/// A library, or code without one, with a connection of its own.
pub trait Contestant {
    /// The name in the tables.
    fn name(&self) -> &'static str;

    /// Does what is asked once and looks at every row that was built; `None` where it cannot.
    fn run<'a>(&'a self, task: &'a Task) -> Option<LocalBoxFuture<'a, Result<Digest>>>;
}

/// The features with which this was built.
pub const FEATURES: &[&str] = &[
    #[cfg(feature = "sqlx")]
    "sqlx",
    #[cfg(feature = "diesel")]
    "diesel",
    #[cfg(feature = "diesel-async")]
    "diesel-async",
    #[cfg(feature = "sea-orm")]
    "sea-orm",
    #[cfg(feature = "toasty")]
    "toasty",
];

/// All contestants, the reference first.
///
/// # Errors
///
/// Where one cannot connect.
pub async fn all(url: &str) -> Result<Vec<Box<dyn Contestant>>> {
    #[allow(unused_mut, reason = "without features there is nobody else")]
    let mut all: Vec<Box<dyn Contestant>> = both(url).await?;
    #[cfg(feature = "sqlx")]
    all.push(Box::new(sqlx::Sqlx::connect(url).await?));
    #[cfg(feature = "diesel")]
    all.push(Box::new(diesel_sync::DieselSync::connect(url)?));
    #[cfg(feature = "diesel-async")]
    all.push(Box::new(diesel_async::DieselAsync::connect(url).await?));
    #[cfg(feature = "sea-orm")]
    all.push(Box::new(sea_orm::SeaOrm::connect(url).await?));
    #[cfg(feature = "toasty")]
    all.push(Box::new(toasty::Toasty::connect(url).await?));
    Ok(all)
}

/// The reference and ours alone.
///
/// # Errors
///
/// Where one cannot connect.
pub async fn both(url: &str) -> Result<Vec<Box<dyn Contestant>>> {
    Ok(vec![
        Box::new(by_hand::ByHand::connect(url).await?),
        Box::new(ours::Ours::connect(url).await?),
    ])
}

/// The comments of the first posts, counted for each.
const AGGREGATE: &str =
    "SELECT post_id, COUNT(id), MAX(id) FROM comment WHERE post_id <= $1 GROUP BY post_id";

/// A filter over three columns and an ordering by two; the key and the pages are parameters.
fn medium(limit: i64) -> String {
    format!(
        "SELECT id, title, pages, published, author_id FROM book \
         WHERE id <= $1 AND pages >= $2 AND published IS NOT NULL \
         ORDER BY pages DESC, id LIMIT {limit}"
    )
}

/// The last key among which so many rows are found: the server sorts about twice as many.
fn medium_last(limit: i64) -> i64 {
    2 * limit + 10
}

/// What a contestant saw of the rows: equal for all of them, and cheap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// How many models were built.
    pub rows: u64,
    /// Sums over their columns.
    pub sum: i64,
}

impl Digest {
    /// The digest of many values.
    pub fn of<'a, T: Seen + 'a>(all: impl IntoIterator<Item = &'a T>) -> Digest {
        let mut digest = Digest::default();
        all.into_iter().for_each(|one| one.seen(&mut digest));
        digest
    }

    /// The digest of rows that nobody has read back.
    pub fn rows(rows: u64) -> Digest {
        Digest { rows, sum: 0 }
    }

    /// Adds the columns of a row.
    pub fn row(&mut self, columns: impl IntoIterator<Item = i64>) {
        self.rows += 1;
        self.sum = columns.into_iter().fold(self.sum, i64::wrapping_add);
    }
}

/// What can be looked at.
pub trait Seen {
    /// Adds all of it to a digest.
    fn seen(&self, digest: &mut Digest);
}

impl Seen for Author {
    fn seen(&self, digest: &mut Digest) {
        digest.row([self.id, self.name.len() as i64, self.born.map_or(0, i64::from)]);
    }
}

impl Seen for Book {
    fn seen(&self, digest: &mut Digest) {
        let published = self.published.map_or(0, |date| i64::from(chrono::Datelike::year(&date)));
        let (pages, author) = (i64::from(self.pages), *self.author.key());
        digest.row([self.id, self.title.len() as i64, pages, published, author]);
    }
}

impl Seen for Entry {
    fn seen(&self, digest: &mut Digest) {
        let published = self.published.map_or(0, |date| i64::from(chrono::Datelike::year(&date)));
        let (title, pages) = (self.title.len() as i64, i64::from(self.pages));
        digest.row([self.id, title, pages, published, self.number]);
    }
}

impl Seen for Account {
    fn seen(&self, digest: &mut Digest) {
        digest.row([self.id, self.name.len() as i64]);
    }
}

impl Seen for Post {
    fn seen(&self, digest: &mut Digest) {
        digest.row([self.id, self.title.len() as i64]);
    }
}

impl Seen for Comment {
    fn seen(&self, digest: &mut Digest) {
        digest.row([self.id, self.body.len() as i64]);
    }
}

/// A group: its key, how many, and the last.
impl Seen for (i64, (i64, Option<i64>)) {
    fn seen(&self, digest: &mut Digest) {
        digest.row([self.0, self.1.0, self.1.1.unwrap_or(0)]);
    }
}

impl<A: Seen, B: Seen> Seen for (A, B) {
    fn seen(&self, digest: &mut Digest) {
        self.0.seen(digest);
        self.1.seen(digest);
    }
}

impl<A: Seen> Seen for Vec<A> {
    fn seen(&self, digest: &mut Digest) {
        self.iter().for_each(|one| one.seen(digest));
    }
}
