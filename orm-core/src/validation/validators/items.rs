//! What is inside: the items of arrays, the keys of JSON objects; and the endings of file names.

use super::text::{TextRule, TextValidator};
use super::{Said, Validator, said};
use crate::column::{Column, Json};
use crate::files::File;
use orm_sql::error::ValidationError;
use orm_sql::value::{HStore, SqlValue, Upload};
use serde_json::Value;

/// A validator of each item of an array. Made by [`items`].
#[derive(Clone, Debug)]
pub struct Items<V>(V);

/// Each item of an array: `items(max_length(3))`. NULLs are passed over.
pub fn items<V>(validator: V) -> Items<V> {
    Items(validator)
}

#[diagnostic::do_not_recommend]
impl<T: Column, V: Validator<T::Inner>> Validator<Vec<T>> for Items<V> {
    fn check(&self, value: &SqlValue) -> Result<(), ValidationError> {
        let SqlValue::Array(items) = value else { return Ok(()) };
        let mut items = items.iter().enumerate().filter(|(_, item)| !item.is_null());
        items.try_for_each(|(place, item)| {
            self.0.check(item).map_err(|error| error.of_item(place + 1))
        })
    }
}

/// The keys that a JSON object, or a map of texts, must have. Made by [`keys`].
#[derive(Clone, Debug)]
pub struct Keys {
    keys: &'static [&'static str],
    strict: bool,
    said: Said,
}
said!(Keys);

/// A JSON object, or a map of texts, with these keys; others are allowed unless it is `.strict()`.
pub fn keys(keys: &'static [&'static str]) -> Keys {
    Keys { keys, strict: false, said: Said::default() }
}

impl Keys {
    /// No other keys.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    fn object(&self, value: &SqlValue) -> Result<(), ValidationError> {
        let found: Vec<&str> = match value {
            SqlValue::Json(Value::Object(object)) => object.keys().map(String::as_str).collect(),
            SqlValue::HStore(map) => map.keys().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        let missing = self.keys.iter().copied().filter(|key| !found.contains(key));
        let missing: Vec<&str> = missing.collect();
        let extra: Vec<&str> = found.into_iter().filter(|key| !self.keys.contains(key)).collect();
        let (code, message, keys) = if !missing.is_empty() {
            ("missing_keys", "Some keys were missing: %(keys)s", missing)
        } else if self.strict && !extra.is_empty() {
            ("extra_keys", "Some unknown keys were provided: %(keys)s", extra)
        } else {
            return Ok(());
        };
        let error = ValidationError::new(code, message).param("keys", keys.join(", "));
        Err(self.said.instead_of(error))
    }
}

impl Validator<Value> for Keys {
    fn check(&self, value: &SqlValue) -> Result<(), ValidationError> {
        self.object(value)
    }
}

impl Validator<HStore> for Keys {
    fn check(&self, value: &SqlValue) -> Result<(), ValidationError> {
        self.object(value)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> Validator<Json<T>> for Keys
where
    Json<T>: Column,
{
    fn check(&self, value: &SqlValue) -> Result<(), ValidationError> {
        self.object(value)
    }
}

/// The rule of [`file_extension`].
#[derive(Clone, Debug)]
pub struct FileExtension {
    allowed: &'static [&'static str],
}

impl TextRule for FileExtension {
    fn accepts(&self, name: &str) -> bool {
        self.allowed.iter().any(|allowed| allowed.to_lowercase() == extension(name))
    }

    fn error(&self) -> ValidationError {
        let allowed: Vec<String> = self.allowed.iter().map(|ext| ext.to_lowercase()).collect();
        ValidationError::new(
            "invalid_extension",
            "File extension “%(extension)s” is not allowed. Allowed extensions are: \
             %(allowed_extensions)s.",
        )
        .param("allowed_extensions", allowed.join(", "))
    }

    fn error_of(&self, name: &str) -> ValidationError {
        self.error().param("extension", extension(name))
    }
}

/// What follows the last dot of a file's name, in small letters. A dot at either end is none.
fn extension(name: &str) -> String {
    let name = name.trim_end_matches('/');
    let name = name.rsplit_once('/').map_or(name, |(_, name)| name);
    match name.rsplit_once('.') {
        Some((root, extension)) if !root.is_empty() => extension.to_lowercase(),
        _ => String::new(),
    }
}

/// A file, or a text that names one, with one of these endings: `file_extension(&["pdf", "md"])`.
pub fn file_extension(allowed: &'static [&'static str]) -> TextValidator<FileExtension> {
    TextValidator::new(FileExtension { allowed })
}

/// A file with the ending of an image.
pub fn image_extension() -> TextValidator<FileExtension> {
    file_extension(IMAGES)
}

/// How many bytes a new file has. Made by [`file_size`].
#[derive(Clone, Debug)]
pub struct FileSize {
    most: usize,
    said: Said,
}
said!(FileSize);

/// A new file of so many bytes at the most. Files that are stored already are not asked for theirs.
pub fn file_size(most: usize) -> FileSize {
    FileSize { most, said: Said::default() }
}

impl Validator<File> for FileSize {
    fn check(&self, value: &SqlValue) -> Result<(), ValidationError> {
        let Some(upload) = Upload::of_value(value) else { return Ok(()) };
        let size = upload.content.len();
        if size <= self.most {
            return Ok(());
        }
        let message = "The file has %(size)s bytes, and it may have %(max)s at the most.";
        let error = ValidationError::new("file_size", message)
            .param("size", size)
            .param("max", self.most)
            .param("value", upload.name.clone());
        Err(self.said.instead_of(error))
    }
}

/// What a new file holds, by its first bytes. Made by [`content_type`].
#[derive(Clone, Debug)]
pub struct ContentType {
    allowed: &'static [&'static str],
    said: Said,
}
said!(ContentType);

/// A new file whose first bytes are those of one of these types: `image/png`, `image/jpeg`,
/// `image/gif`, `image/webp`, `image/bmp`, `image/tiff`, `application/pdf`, `application/zip`. What
/// it is named, or said to be, does not count.
pub fn content_type(allowed: &'static [&'static str]) -> ContentType {
    ContentType { allowed, said: Said::default() }
}

impl Validator<File> for ContentType {
    fn check(&self, value: &SqlValue) -> Result<(), ValidationError> {
        let Some(upload) = Upload::of_value(value) else { return Ok(()) };
        if sniffed(&upload.content).is_some_and(|found| self.allowed.contains(&found)) {
            return Ok(());
        }
        let message = "The content of the file is not one of: %(allowed_types)s.";
        let error = ValidationError::new("content_type", message)
            .param("allowed_types", self.allowed.join(", "))
            .param("value", upload.name.clone());
        Err(self.said.instead_of(error))
    }
}

fn sniffed(content: &[u8]) -> Option<&'static str> {
    Some(match content {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        [b'B', b'M', ..] => "image/bmp",
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => "image/tiff",
        [b'%', b'P', b'D', b'F', b'-', ..] => "application/pdf",
        [b'P', b'K', 3, 4, ..] => "application/zip",
        _ => return None,
    })
}

/// The endings that Pillow, which Django asks, knows as those of images.
#[rustfmt::skip]
const IMAGES: &[&str] = &[
    "apng", "avif", "avifs", "blp", "bmp", "bufr", "bw", "cur", "dcx", "dds", "dib", "emf", "eps",
    "fit", "fits", "flc", "fli", "ftc", "ftu", "gbr", "gif", "grib", "h5", "hdf", "icb", "icns",
    "ico", "iim", "im", "j2c", "j2k", "jfif", "jp2", "jpc", "jpe", "jpeg", "jpf", "jpg", "jpx",
    "mpeg", "mpg", "mpo", "msp", "palm", "pbm", "pcd", "pcx", "pdf", "pfm", "pgm", "png", "pnm",
    "ppm", "ps", "psd", "pxr", "qoi", "ras", "rgb", "rgba", "sgi", "tga", "tif", "tiff", "vda",
    "vst", "webp", "wmf", "xbm", "xpm",
];
