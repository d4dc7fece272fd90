//! Rows in files, and files back into rows: one JSON object for each row.
//!
//! What stands in a file is made from the texts that the server writes ([`value`]), and becomes such
//! texts again; see [`orm_sql::sql::fixture`].

mod array;
mod blame;
mod dump;
mod load;
mod models;
mod objects;
mod query;
mod select;
mod stage;
mod value;

pub use dump::{Dump, dump};
pub use load::{Source, load};
pub use models::{Model, Models};
pub use select::select;
pub use stage::Options;
