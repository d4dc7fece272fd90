//! Stores of the crate `object_store` as storages.

pub use object_store;

use super::{Storage, register_storage};
use crate::{Error, Result};
use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use orm_sql::exec::BoxFuture;
use std::sync::Arc;

/// Registers a store under the name that fields give: `#[field(storage = "media")]`, or `default`.
///
/// Call it when the program starts. [`ObjectStorage::with_url`] and
/// [`register_storage`] are for a store whose files have URLs.
pub fn register(name: impl Into<String>, store: Arc<dyn ObjectStore>) {
    register_storage(name, Arc::new(ObjectStorage::new(store)));
}

/// A store of the crate `object_store` as a storage of files.
pub struct ObjectStorage {
    store: Arc<dyn ObjectStore>,
    url: Option<String>,
}

impl ObjectStorage {
    /// A store whose files have no URLs.
    pub fn new(store: Arc<dyn ObjectStore>) -> Self {
        ObjectStorage { store, url: None }
    }

    /// A store whose files can be fetched under a URL: `https://cdn.example.com/media/`.
    #[must_use]
    pub fn with_url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }
}

impl Storage for ObjectStorage {
    fn create<'a>(&'a self, name: &'a str, content: Bytes) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
            match self.store.put_opts(&Path::from(name), content.into(), options).await {
                Ok(_) => Ok(true),
                Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
                Err(error) => Err(Error::other(error)),
            }
        })
    }

    fn read<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Bytes>> {
        Box::pin(async move {
            let found = self.store.get(&Path::from(name)).await.map_err(Error::other)?;
            found.bytes().await.map_err(Error::other)
        })
    }

    fn size<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<u64>>> {
        Box::pin(async move {
            match self.store.head(&Path::from(name)).await {
                Ok(meta) => Ok(Some(meta.size)),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(Error::other(error)),
            }
        })
    }

    fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            match self.store.delete(&Path::from(name)).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                Err(error) => Err(Error::other(error)),
            }
        })
    }

    fn url(&self, name: &str) -> Option<String> {
        let base = self.url.as_ref()?;
        Some(format!("{}/{}", base.trim_end_matches('/'), Path::from(name)))
    }

    fn spawn(&self, work: BoxFuture<'static, ()>) {
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(work)),
            Err(_) => {
                let message = "there is no runtime to remove a file in; it stays in its storage";
                tracing::error!(target: "orm::files", "{message}");
            }
        }
    }
}
