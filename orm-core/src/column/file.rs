//! What is said of columns of files.

use std::any::Any;

/// What `#[field(upload_to = …, storage = …, on_row_delete = …)]` says of a field of files.
#[derive(Debug)]
#[non_exhaustive]
pub struct FileMeta {
    /// The name under which the storage is registered.
    pub storage: &'static str,
    /// Where new files go.
    pub upload_to: UploadTo,
    /// The file stays when its row goes, and when another one takes its place.
    pub keep: bool,
}

impl FileMeta {
    /// What the options of a field say. For derived code.
    #[doc(hidden)]
    pub const fn new(storage: &'static str, upload_to: UploadTo, keep: bool) -> Self {
        FileMeta { storage, upload_to, keep }
    }
}

/// Where new files go.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum UploadTo {
    /// A directory, with the codes of `strftime`: `photos/%Y/%m`.
    Template(&'static str),
    /// A function of the row and the name that the file was uploaded by.
    Function(fn(&(dyn Any + Send + Sync), &str) -> String),
}
