//! Files that were read, and the storages of their fields.

use super::File;

/// A file, or none, that knows its storage. For derived code.
pub trait InStorage {
    #[doc(hidden)]
    fn known_in(self, storage: &'static str) -> Self;
}

impl InStorage for File {
    fn known_in(self, storage: &'static str) -> Self {
        self.in_storage(storage)
    }
}

impl InStorage for Option<File> {
    fn known_in(self, storage: &'static str) -> Self {
        self.map(|file| file.in_storage(storage))
    }
}

/// A field of files that was read. For derived code.
pub fn bound<F: InStorage>(file: F, storage: &'static str) -> F {
    file.known_in(storage)
}
