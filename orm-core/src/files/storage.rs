//! Where contents are, by the names of storages.

use bytes::Bytes;
use orm_sql::error::{Error, Result};
use orm_sql::exec::BoxFuture;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Keeps contents by name. With the cargo feature `files` of the facade, every `ObjectStore` of the
/// crate `object_store` can be one.
pub trait Storage: Send + Sync + 'static {
    /// Keeps a content, unless there is one of this name: false then. It must not be possible that
    /// two calls for one name both return true.
    fn create<'a>(&'a self, name: &'a str, content: Bytes) -> BoxFuture<'a, Result<bool>>;
    /// The content.
    fn read<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Bytes>>;
    /// How many bytes there are; none where there is no such file.
    fn size<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<u64>>>;
    /// Removes a file. One that is not there is no error.
    fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<()>>;
    /// Where the content can be fetched, where there is such a place.
    fn url(&self, name: &str) -> Option<String>;
    /// Runs work that nobody waits for, such as removing what a rollback has left behind.
    fn spawn(&self, work: BoxFuture<'static, ()>);
}

static STORAGES: RwLock<BTreeMap<String, Arc<dyn Storage>>> = RwLock::new(BTreeMap::new());

/// Registers a storage under the name that fields give: `#[field(storage = "media")]`, or `default`.
/// An earlier one of that name is replaced.
pub fn register(name: impl Into<String>, storage: Arc<dyn Storage>) {
    let mut storages = STORAGES.write().unwrap_or_else(PoisonError::into_inner);
    storages.insert(name.into(), storage);
}

/// The storage of a name.
///
/// # Errors
///
/// [`Error::Usage`] where none is registered.
pub fn storage(name: &str) -> Result<Arc<dyn Storage>> {
    let storages = STORAGES.read().unwrap_or_else(PoisonError::into_inner);
    storages.get(name).cloned().ok_or_else(|| {
        Error::usage(format!(
            "there is no storage `{name}` for files; call `orm::files::register(\"{name}\", …)` when \
             the program starts"
        ))
    })
}
