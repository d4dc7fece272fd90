//! Files: columns that hold a name, and storages that hold the content.
//!
//! ```no_run
//! # #[cfg(feature = "files")]
//! # mod example {
//! use orm::prelude::*;
//!
//! fn photo_path(venue: &Venue, name: &str) -> String {
//!     format!("venues/{}/{name}", venue.slug)
//! }
//!
//! #[derive(Model, Clone, Debug, PartialEq)]
//! #[model(app = "places")]
//! pub struct Venue {
//!     pub id: i64,
//!     #[field(max_length = 50)]
//!     pub slug: String,
//!     #[field(upload_to = photo_path, storage = "media")]
//!     pub photo: Option<File>,
//! }
//!
//! async fn add(db: &impl Executor, jpeg: Vec<u8>) -> Result<Venue> {
//!     let store = std::sync::Arc::new(orm::files::object_store::memory::InMemory::new());
//!     orm::files::register("media", store);
//!     let photo = File::upload(jpeg, "front.jpg");
//!     draft!(Venue { slug: "opera", photo }).save(db).await         // venues/opera/front.jpg
//! }
//! # }
//! ```

#[cfg(feature = "files")]
mod store;

pub use orm_core::files::{
    File, Storage, by_name, register as register_storage, storage, valid_name,
};
#[cfg(feature = "files")]
pub use store::{ObjectStorage, object_store, register};
