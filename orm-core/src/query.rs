//! The compiler: the passes that make a statement of the state of a query set.

mod cache;
mod cascade;
mod change;
mod change_rows;
mod compare;
mod compile;
mod condition;
mod copy;
mod empty;
mod evaluate;
mod for_each;
mod group;
mod insert;
mod insert_shape;
mod insertion;
mod join;
mod limits;
mod members;
mod nullness;
mod order;
mod parts;
mod plan;
mod promote;
mod resolve;
mod select;
mod single;
mod source;
mod split;
mod subquery;
mod table_expr;
mod total;

pub(crate) use cascade::{Assign, Found, Step, TableRef, all_at_once, find};
pub use change::{Returning, delete, lock, update};
pub use change_rows::{RowValues, lock_rows, update_rows};
pub use compile::{explain, select, select_few, select_only};
pub use copy::{copy_in, copy_out};
pub use empty::is_empty;
pub(crate) use empty::over_nothing;
pub use evaluate::evaluate;
pub use for_each::select_for_each;
pub use insert::insert;
pub use insertion::{Conflict, ConflictTarget, Given, Insert, InsertValue};
pub use table_expr::table_expr;
pub use total::{aggregate, count, exists};

use compile::output_columns;
