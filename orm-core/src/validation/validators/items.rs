//! What is inside: the items of arrays, the keys of JSON objects; and the endings of file names.

use super::text::{TextRule, TextValidator};
use super::{Said, Validator, said};
use crate::column::{Column, Json};
use crate::validation::ValidationError;
use crate::value::SqlValue;
use serde_json::Value;

/// A validator of each item of an array. Made by [`items`].
#[derive(Clone, Debug)]
pub struct Items<V>(V);

/// Each item of an array: `items(max_length(3))`. NULLs are passed over.
pub fn items<V>(validator: V) -> Items<V> {
    Items(validator)
}

impl<T: Column, V: Validator<T::Inner>> Validator<Vec<T>> for Items<V> {
    fn check(&self, value: &SqlValue) -> Result<(), ValidationError> {
        let SqlValue::Array(items) = value else { return Ok(()) };
        let mut items = items.iter().enumerate().filter(|(_, item)| !item.is_null());
        items.try_for_each(|(place, item)| {
            self.0.check(item).map_err(|error| error.of_item(place + 1))
        })
    }
}

/// The keys that a JSON object must have. Made by [`keys`].
#[derive(Clone, Debug)]
pub struct Keys {
    keys: &'static [&'static str],
    strict: bool,
    said: Said,
}
said!(Keys);

/// A JSON object with these keys; others are allowed unless it is `.strict()`.
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
        let empty = serde_json::Map::new();
        let object = match value {
            SqlValue::Json(Value::Object(object)) => object,
            _ => &empty,
        };
        let missing = self.keys.iter().copied().filter(|key| !object.contains_key(*key));
        let missing: Vec<&str> = missing.collect();
        let extra = object.keys().map(String::as_str).filter(|key| !self.keys.contains(key));
        let extra: Vec<&str> = extra.collect();
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
