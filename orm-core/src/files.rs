//! Files: columns that hold a name, and storages that hold the content.
//!
//! What the database knows of a file is its name, in a column of text. The content is in a
//! [`Storage`], registered under a name with [`register`]. A new content is a [`File::upload`]; it is
//! stored when the row is saved, and removed again when the transaction is rolled back.

mod file;
mod names;
mod save;
mod storage;

pub(crate) use file::upload_of;
pub use file::{File, Upload};
pub use names::valid_name;
pub use save::bound;
pub(crate) use save::{removed, replaced, stored, taken, with_values};
pub use storage::{Storage, register, storage};

use std::any::Any;

/// What `#[field(upload_to = …, storage = …, on_row_delete = …)]` says of a field of files.
#[derive(Debug)]
pub struct FileMeta {
    /// The name under which the storage is registered.
    pub storage: &'static str,
    /// Where new files go.
    pub upload_to: UploadTo,
    /// The file stays when its row goes, and when another one takes its place.
    pub keep: bool,
}

/// Where new files go.
#[derive(Clone, Copy, Debug)]
pub enum UploadTo {
    /// A directory, with the codes of `strftime`: `photos/%Y/%m`.
    Template(&'static str),
    /// A function of the row and the name that the file was uploaded by.
    Function(fn(&(dyn Any + Send + Sync), &str) -> String),
}
