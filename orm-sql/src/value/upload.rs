//! A content of a file on its way to its storage, as a value.

use super::SqlValue;
use bytes::Bytes;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use uuid::Uuid;

/// A content on its way to its storage.
pub struct Upload {
    id: Uuid,
    /// The name that it came by.
    pub name: String,
    /// The bytes.
    pub content: Bytes,
}

impl Upload {
    /// A content that is found by its token for as long as anybody has it.
    pub fn new(name: String, content: Bytes) -> Arc<Upload> {
        let upload = Arc::new(Upload { id: Uuid::new_v4(), name, content });
        uploads(|all| all.insert(upload.id, Arc::downgrade(&upload)));
        upload
    }

    /// The content that a token stands for, as long as anybody has it.
    pub fn of_token(text: &str) -> Option<Arc<Upload>> {
        let id = text.strip_prefix(TOKEN)?.parse().ok()?;
        uploads(|all| all.get(&id).and_then(Weak::upgrade))
    }

    /// The content that a value stands for.
    pub fn of_value(value: &SqlValue) -> Option<&Arc<Upload>> {
        match value {
            SqlValue::Upload(upload) => Some(upload),
            _ => None,
        }
    }

    /// What stands for it where a value must be bytes. It never reaches the database.
    pub fn token(&self) -> String {
        format!("{TOKEN}{}", self.id)
    }
}

impl PartialEq for Upload {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("bytes", &self.content.len()).finish_non_exhaustive()
    }
}

/// What stands in a cell for a content that is not stored yet. No text of the database has a zero
/// byte.
const TOKEN: &str = "\0upload:";

type Uploading = HashMap<Uuid, Weak<Upload>>;

fn uploads<T>(with: impl FnOnce(&mut Uploading) -> T) -> T {
    static UPLOADS: Mutex<Option<Uploading>> = Mutex::new(None);
    let mut uploads = UPLOADS.lock().unwrap_or_else(PoisonError::into_inner);
    with(uploads.get_or_insert_default())
}

impl Drop for Upload {
    fn drop(&mut self) {
        uploads(|all| all.remove(&self.id));
    }
}
