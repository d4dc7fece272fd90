//! Values that travel to the server, and the SQL types they travel as.

mod casts;
mod cell;
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
pub use cell::{CellColumn, next_cell, write_cell};
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
    /// Hands them on in order, until one is refused.
    ///
    /// # Errors
    ///
    /// Why it was refused.
    fn try_each(
        &self,
        take: &mut dyn FnMut(&SqlValue) -> Result<(), Problem>,
    ) -> Result<(), Problem>;

    /// All of them as items of an array of a type are sent, each behind its length; `None` where they
    /// are not kept so.
    #[doc(hidden)]
    fn cells(&self, _: SqlType) -> Option<&[u8]> {
        None
    }

    /// Whether the server can keep all of them.
    ///
    /// # Errors
    ///
    /// What is wrong with one.
    #[doc(hidden)]
    fn check(&self) -> Result<(), Problem> {
        self.try_each(&mut |value| value.check())
    }
}

impl ItemList for Vec<SqlValue> {
    fn count(&self) -> usize {
        self.len()
    }

    fn try_each(
        &self,
        take: &mut dyn FnMut(&SqlValue) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        self.iter().try_for_each(take)
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

    /// True where all of them pass a test.
    pub fn all(&self, mut test: impl FnMut(&SqlValue) -> bool) -> bool {
        let passed = |value: &SqlValue| if test(value) { Ok(()) } else { Err("".into()) };
        self.try_each(passed).is_ok()
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

    /// All of them as they are sent, where they are kept so.
    #[doc(hidden)]
    pub fn cells(&self, sql_type: SqlType) -> Option<&[u8]> {
        self.0.cells(sql_type)
    }

    pub(crate) fn check(&self) -> Result<(), Problem> {
        self.0.check()
    }

    /// All of them, copied.
    pub fn to_vec(&self) -> Vec<SqlValue> {
        let mut values = Vec::with_capacity(self.count());
        // What cannot be read was not written here.
        let _ = self.try_each(|value| {
            values.push(value.clone());
            Ok(())
        });
        values
    }
}

impl PartialEq for Items {
    fn eq(&self, other: &Self) -> bool {
        self.to_vec() == other.to_vec()
    }
}

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.to_vec()).finish()
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
