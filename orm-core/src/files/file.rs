//! A file: the name of one that is stored, or a content that will be.

use super::storage::{Storage, storage};
use crate::column::{Column, FileMeta, NotNull, Single, UploadTo};
use crate::expr::Text;
use bytes::Bytes;
use orm_sql::error::{Error, Result};
use orm_sql::row::CellError;
use orm_sql::value::{SqlType, SqlValue, Upload};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::sync::Arc;

/// The value of a field of files: `pub photo: Option<File>` with
/// `#[field(upload_to = "photos/%Y", storage = "media")]`.
///
/// The column is the name (`varchar(100)` unless `max_length` says another). Files are equal when
/// their names are.
///
/// ```
/// use orm_core::files::File;
///
/// let file = File::upload(b"%PDF-1.7".as_slice(), "report.pdf");
/// assert_eq!((file.name(), file.is_stored()), ("report.pdf", false));
/// ```
#[derive(Clone)]
pub struct File {
    name: String,
    storage: &'static str,
    upload: Option<Arc<Upload>>,
}

impl File {
    /// A new content, with the name that it came by. It is stored when its row is saved.
    pub fn upload(content: impl Into<Bytes>, name: impl Into<String>) -> File {
        let name = super::names::base(&name.into()).to_owned();
        let upload = Upload::new(name.clone(), content.into());
        File { name, storage: DEFAULT, upload: Some(upload) }
    }

    /// A file that is in the storage already, by its name there.
    pub fn stored(name: impl Into<String>) -> File {
        File { name: name.into(), storage: DEFAULT, upload: None }
    }

    /// The file in another storage than that of its field. Fields of models know theirs; a name that
    /// was selected by `values` does not.
    #[must_use]
    pub fn in_storage(mut self, storage: &'static str) -> File {
        self.storage = storage;
        self
    }

    /// The name in the storage; of a new content, the name that it came by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// False for a new content that was not saved yet.
    pub fn is_stored(&self) -> bool {
        self.upload.is_none()
    }

    /// The content.
    ///
    /// # Errors
    ///
    /// What the storage reports; [`Error::Usage`] where it is not registered.
    pub async fn bytes(&self) -> Result<Bytes> {
        match &self.upload {
            Some(upload) => Ok(upload.content.clone()),
            None => self.storage()?.read(&self.name).await,
        }
    }

    /// How many bytes it has.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes); and where there is no such file.
    pub async fn size(&self) -> Result<u64> {
        match &self.upload {
            Some(upload) => Ok(upload.content.len() as u64),
            None => self.storage()?.size(&self.name).await?.ok_or_else(|| {
                Error::other(std::io::Error::new(
                    std::io::ErrorKind::NotFound,
                    "the file is not in its storage",
                ))
            }),
        }
    }

    /// Whether the content is in the storage.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes).
    pub async fn exists(&self) -> Result<bool> {
        match &self.upload {
            Some(_) => Ok(false),
            None => Ok(self.storage()?.size(&self.name).await?.is_some()),
        }
    }

    /// Where the content can be fetched.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for a new content, and where the storage was registered without a URL.
    pub fn url(&self) -> Result<String> {
        if self.upload.is_some() {
            return Err(Error::usage("a file has a URL once its row is saved"));
        }
        self.storage()?.url(&self.name).ok_or_else(|| {
            Error::usage(format!("the storage `{}` was registered without a URL", self.storage))
        })
    }

    fn storage(&self) -> Result<Arc<dyn Storage>> {
        storage(self.storage)
    }
}

const DEFAULT: &str = "default";

#[diagnostic::do_not_recommend]
impl Column for File {
    type Inner = Self;
    type Null = NotNull;
    const SQL_TYPE: SqlType = SqlType::Text;
    const MAX_LENGTH: Option<u32> = Some(100);
    const FILE: Option<&'static FileMeta> =
        Some(&FileMeta { storage: DEFAULT, upload_to: UploadTo::Template(""), keep: false });

    fn decode(raw: &[u8]) -> Result<Self, CellError> {
        let text = str::from_utf8(raw)?;
        match Upload::of_token(text) {
            Some(upload) => {
                Ok(File { name: upload.name.clone(), storage: DEFAULT, upload: Some(upload) })
            }
            None => Ok(File::stored(text)),
        }
    }

    fn to_value(&self) -> SqlValue {
        match &self.upload {
            Some(upload) => SqlValue::Upload(upload.clone()),
            None => SqlValue::Text(self.name.clone()),
        }
    }
}

impl Single for File {}
#[diagnostic::do_not_recommend]
impl Text for File {}

impl PartialEq for File {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.is_stored() == other.is_stored()
    }
}
impl Eq for File {}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("name", &self.name)
            .field("stored", &self.is_stored())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// The name.
impl Serialize for File {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

/// A new content with the name that it comes by: `{"name": "a.txt", "content": [104, 105]}`. Text that
/// comes from outside must not choose among the files that are stored: a field that takes their names
/// says so, by `#[serde(with = "orm::files::by_name")]`.
impl<'de> Deserialize<'de> for File {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Uploaded)
    }
}

/// Reads uploads, and refuses names.
struct Uploaded;

impl<'de> Visitor<'de> for Uploaded {
    type Value = File;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "an upload, with `name` and `content`; a field that takes the names of stored files says \
             so: `#[serde(with = \"orm::files::by_name\")]`",
        )
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<File, A::Error> {
        #[derive(Deserialize)]
        struct Upload {
            name: String,
            content: Vec<u8>,
        }
        let upload = Upload::deserialize(MapAccessDeserializer::new(map))?;
        Ok(File::upload(upload.content, upload.name))
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<File, E> {
        // The name is a value, which no message quotes.
        Err(E::invalid_type(Unexpected::Other("a name"), &self))
    }
}
