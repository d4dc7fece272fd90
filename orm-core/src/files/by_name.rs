//! Files of a store as their names, for data that is trusted: dumps, caches, messages of one's own.
//!
//! ```
//! use orm_core::files::{self, File};
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct Dump {
//!     #[serde(with = "files::by_name")]
//!     scan: File,
//!     #[serde(with = "files::by_name", default)]
//!     photo: Option<File>,
//! }
//!
//! let dump: Dump = serde_json::from_str(r#"{"scan": "scans/1.pdf"}"#).unwrap();
//! assert!(dump.scan.is_stored() && dump.photo.is_none());
//! // Without it there are uploads only.
//! assert!(serde_json::from_str::<File>(r#""scans/1.pdf""#).is_err());
//! ```

use super::File;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A [`File`], or an `Option` of one.
pub trait Named: Serialize + Sized {
    /// The file of a name; `None` where there must be one.
    #[doc(hidden)]
    fn named(name: Option<String>) -> Option<Self>;
}

impl Named for File {
    fn named(name: Option<String>) -> Option<Self> {
        name.map(File::stored)
    }
}

impl Named for Option<File> {
    fn named(name: Option<String>) -> Option<Self> {
        Some(name.map(File::stored))
    }
}

/// Writes the name.
///
/// # Errors
///
/// The serializer's.
pub fn serialize<T: Named, S: Serializer>(file: &T, serializer: S) -> Result<S::Ok, S::Error> {
    file.serialize(serializer)
}

/// Reads the name of a file that is stored.
///
/// # Errors
///
/// Where it is no name.
pub fn deserialize<'de, T: Named, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let name = Option::<String>::deserialize(deserializer)?;
    if name.as_ref().is_some_and(|name| name.contains('\0')) {
        return Err(D::Error::custom("no name of a file"));
    }
    T::named(name).ok_or_else(|| D::Error::custom("a field of a file needs the name of one"))
}
