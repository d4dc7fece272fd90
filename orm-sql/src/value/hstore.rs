//! Maps of texts to texts: the type `hstore` of the extension of that name.

use super::Problem;
use super::form::{Form, ZERO_BYTE};
use super::read::{split_cell, split_i32};
use bytes::{BufMut, BytesMut};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

/// A map of texts to texts or NULL, as a column of type `hstore` holds it.
///
/// The type belongs to the extension `hstore`, which `create_tables` creates where a model has such
/// a column.
///
/// ```
/// use orm_sql::value::HStore;
///
/// let mut size = HStore::from([("width", "20"), ("unit", "cm")]);
/// size.insert("depth".to_owned(), None);
/// assert_eq!(size["unit"].as_deref(), Some("cm"));
/// assert_eq!(size.len(), 3);
/// let lengths: HStore = [("width", Some("20")), ("depth", None)].into_iter().collect();
/// assert_eq!(lengths["width"], size["width"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HStore(pub BTreeMap<String, Option<String>>);

impl Deref for HStore {
    type Target = BTreeMap<String, Option<String>>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for HStore {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// What the value of a key can be made from: text, or an `Option` of it.
pub trait HStoreText {
    /// The text, or NULL.
    fn into_text(self) -> Option<String>;
}

macro_rules! texts {
    ($($rust:ty),*) => {$(
        impl HStoreText for $rust {
            fn into_text(self) -> Option<String> {
                Some(self.into())
            }
        }
        impl HStoreText for Option<$rust> {
            fn into_text(self) -> Option<String> {
                self.map(Into::into)
            }
        }
    )*};
}
texts!(String, &str);

impl<K: Into<String>, V: HStoreText> FromIterator<(K, V)> for HStore {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        HStore(pairs.into_iter().map(|(key, value)| (key.into(), value.into_text())).collect())
    }
}

impl<K: Into<String>, V: HStoreText, const N: usize> From<[(K, V); N]> for HStore {
    fn from(pairs: [(K, V); N]) -> Self {
        pairs.into_iter().collect()
    }
}

impl From<BTreeMap<String, Option<String>>> for HStore {
    fn from(map: BTreeMap<String, Option<String>>) -> Self {
        HStore(map)
    }
}

impl IntoIterator for HStore {
    type Item = (String, Option<String>);
    type IntoIter = std::collections::btree_map::IntoIter<String, Option<String>>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Form for HStore {
    /// How many pairs there are; then each key and value with its length before it.
    fn read(raw: &[u8]) -> Result<Self, Problem> {
        let (count, mut rest) = split_i32(raw)?;
        let mut map = BTreeMap::new();
        for _ in 0..count {
            let (key, after) = split_cell(rest)?;
            let (value, after) = split_cell(after)?;
            let key = String::read(key.ok_or("a key that is NULL")?)?;
            map.insert(key, value.map(String::read).transpose()?);
            rest = after;
        }
        match rest {
            [] => Ok(HStore(map)),
            _ => Err("there is more than the pairs of the map".into()),
        }
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Problem> {
        out.put_i32(i32::try_from(self.len())?);
        for (key, value) in &self.0 {
            put(key, out)?;
            match value {
                Some(value) => put(value, out)?,
                None => out.put_i32(-1),
            }
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Problem> {
        let zero = self.any_text(&mut |text| text.as_bytes().contains(&0));
        if zero { Err(ZERO_BYTE.into()) } else { Ok(()) }
    }

    /// `"a"=>"1", "b"=>NULL`
    fn text(&self) -> String {
        let mut text = String::new();
        for (key, value) in &self.0 {
            if !text.is_empty() {
                text.push_str(", ");
            }
            quote(key, &mut text);
            text.push_str("=>");
            match value {
                Some(value) => quote(value, &mut text),
                None => text.push_str("NULL"),
            }
        }
        text
    }

    fn of_json(json: Value) -> Option<Self> {
        serde_json::from_value(json).ok()
    }

    fn is_blank(&self) -> bool {
        self.is_empty()
    }

    fn any_text(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        self.iter().any(|(key, value)| test(key) || value.as_deref().is_some_and(&mut *test))
    }

    fn size(&self) -> usize {
        let pair = |(key, value): (&String, &Option<String>)| {
            8 + key.len() + value.as_ref().map_or(0, String::len)
        };
        8 + self.iter().map(pair).sum::<usize>()
    }
}

/// A text with its length before it.
fn put(text: &str, out: &mut BytesMut) -> Result<(), Problem> {
    if text.as_bytes().contains(&0) {
        return Err(ZERO_BYTE.into());
    }
    out.put_i32(i32::try_from(text.len())?);
    out.put_slice(text.as_bytes());
    Ok(())
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_written_and_read() {
        let map = HStore::from([("a", Some("1")), ("", Some("")), ("\"\\", None)]);
        let mut raw = BytesMut::new();
        map.write(&mut raw).unwrap();
        assert_eq!(HStore::read(&raw).unwrap(), map);
        assert_eq!(map.text(), r#"""=>"", "\"\\"=>NULL, "a"=>"1""#);
        assert!(HStore::from([("a", "\0")]).write(&mut raw).is_err());
        assert!(HStore::from([("\0", "a")]).any_text(&mut |text| text.contains('\0')));
    }

    #[test]
    fn nonsense_is_an_error() {
        let mut raw = BytesMut::new();
        HStore::from([("key", "value")]).write(&mut raw).unwrap();
        for end in 0..raw.len() {
            assert!(HStore::read(&raw[..end]).is_err(), "{end}");
        }
        raw.put_u8(0);
        assert!(HStore::read(&raw).is_err());
        assert!(HStore::read(&[0x7f, 0xff, 0xff, 0xff]).is_err());
        assert!(HStore::read(&[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]).is_err());
    }
}
