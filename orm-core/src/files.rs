//! Files: columns that hold a name, and storages that hold the content.
//!
//! What the database knows of a file is its name, in a column of text. The content is in a
//! [`Storage`], registered under a name with [`register`]. A new content is a [`File::upload`]; it is
//! stored when the row is saved, and removed again when the transaction is rolled back.

mod bound;
pub mod by_name;
mod file;
pub(crate) mod names;
mod storage;

pub use bound::bound;
pub use file::File;
pub use names::valid_name;
pub use storage::{Storage, register, storage};
