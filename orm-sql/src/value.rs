//! Values that travel to the server, and the SQL types they travel as.

mod casts;
mod form;
mod hstore;
mod interval;
mod json;
mod kinds;
mod moment;
mod net;
mod numeric;
mod parse;
mod read;
mod same;
mod shape;
mod table;
mod upload;

#[doc(hidden)]
pub use form::{Form, ZERO_BYTE};
pub use hstore::{HStore, HStoreText};
pub use interval::{Interval, NotAnInterval};
#[doc(hidden)]
pub use json::{ROUNDED, rounded_by};
pub use kinds::SqlTypeName;
pub use numeric::Numeric;
#[doc(hidden)]
pub use parse::yes_or_no;
#[doc(hidden)]
pub use read::{split_array, split_cell, split_i32, whole};
#[doc(hidden)]
pub use shape::shape;
pub use table::{SqlType, SqlValue};
pub use upload::Upload;

use std::fmt;
use std::sync::Arc;

/// Why a value could not be read or written.
pub type Problem = Box<dyn std::error::Error + Send + Sync>;

/// A list of values that nobody has copied into one place.
pub trait ItemList: Send + Sync {
    /// How many there are.
    fn count(&self) -> usize;
    /// One of them; NULL where there is none.
    fn item(&self, place: usize) -> &SqlValue;
    /// Hands them on in order, until one is refused.
    ///
    /// # Errors
    ///
    /// Why it was refused.
    fn try_each(
        &self,
        take: &mut dyn FnMut(&SqlValue) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        (0..self.count()).try_for_each(|place| take(self.item(place)))
    }
}

/// The items of an array where they are.
#[derive(Clone)]
pub struct Items(Arc<dyn ItemList>);

impl Items {
    /// The items of a list.
    pub fn new(list: impl ItemList + 'static) -> Self {
        Items(Arc::new(list))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.count()
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &SqlValue> {
        (0..self.0.count()).map(|place| self.0.item(place))
    }

    /// Hands them on in order, until one is refused: for very many of them.
    ///
    /// # Errors
    ///
    /// Why it was refused.
    pub fn try_each(
        &self,
        mut take: impl FnMut(&SqlValue) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        self.0.try_each(&mut take)
    }
}

impl PartialEq for Items {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// A range of untyped bounds.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum RangeValue {
    Empty,
    Bounds { lower: BoundValue, upper: BoundValue },
}

/// One end of a [`RangeValue`].
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum BoundValue {
    Unbounded,
    Included(SqlValue),
    Excluded(SqlValue),
}
