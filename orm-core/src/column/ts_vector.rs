//! Documents for full text search (`tsvector`).

use super::{Column, NotNull, Single};
use orm_sql::row::CellError;
use orm_sql::value::{SqlType, SqlValue, split_i32};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::str::FromStr;

/// How much a word of a document counts; the least is `D`, which all words have that were given none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Weight {
    #[default]
    D,
    C,
    B,
    A,
}

/// Where a word stands in a document, and how much it counts there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Counted from 1.
    pub place: u16,
    /// How much it counts.
    pub weight: Weight,
}

/// A document as full text search keeps it: its words in their normal form, with their places. A column
/// of type `tsvector` holds it.
///
/// The database makes it of texts, by `search_vector`: in a generated column, or as a query needs it.
/// Read, it is text as PostgreSQL writes it.
///
/// ```
/// use orm_core::column::{TsVector, Weight};
///
/// let document: TsVector = "'cat':3A 'fat':2,11 rat".parse().unwrap();
/// assert_eq!(document.to_string(), "'cat':3A 'fat':2,11 'rat'");
/// assert_eq!(document.words().collect::<Vec<_>>(), ["cat", "fat", "rat"]);
/// assert_eq!(document.positions("cat")[0].weight, Weight::A);
/// assert!("'cat".parse::<TsVector>().is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TsVector(BTreeMap<String, Vec<Position>>);

impl TsVector {
    /// The words, in the order of their bytes.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Where a word stands; nowhere where the document was stripped of it.
    pub fn positions(&self, word: &str) -> &[Position] {
        self.0.get(word).map_or(&[], Vec::as_slice)
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True where there is no word.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, word: String, positions: Vec<Position>) {
        let all = self.0.entry(word).or_default();
        all.extend(positions);
        // The greatest weight of each place.
        all.sort_unstable_by_key(|at| (at.place, std::cmp::Reverse(at.weight)));
        all.dedup_by_key(|at| at.place);
    }
}

/// As the server writes it: `'cat':3A 'fat':2,11`.
impl fmt::Display for TsVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (word, positions)) in self.0.iter().enumerate() {
            f.write_str(if index > 0 { " '" } else { "'" })?;
            for c in word.chars() {
                if matches!(c, '\'' | '\\') {
                    f.write_char(c)?;
                }
                f.write_char(c)?;
            }
            f.write_char('\'')?;
            for (index, at) in positions.iter().enumerate() {
                f.write_char(if index > 0 { ',' } else { ':' })?;
                at.place.fmt(f)?;
                f.write_str(match at.weight {
                    Weight::D => "",
                    Weight::C => "C",
                    Weight::B => "B",
                    Weight::A => "A",
                })?;
            }
        }
        Ok(())
    }
}

/// Why a text is no document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotATsVector;

impl fmt::Display for NotATsVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a `tsvector` is words with their places: `'cat':3A 'fat':2,11`")
    }
}

impl std::error::Error for NotATsVector {}

impl FromStr for TsVector {
    type Err = NotATsVector;

    fn from_str(text: &str) -> Result<Self, NotATsVector> {
        let mut vector = TsVector::default();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (word, after) = word(rest)?;
            let (positions, after) = positions(after)?;
            if !(after.is_empty() || after.starts_with(char::is_whitespace)) || word.is_empty() {
                return Err(NotATsVector);
            }
            vector.add(word, positions);
            rest = after.trim_start();
        }
        Ok(vector)
    }
}

/// A word at the beginning of a text, with or without quotes.
fn word(text: &str) -> Result<(String, &str), NotATsVector> {
    let quoted = text.strip_prefix('\'');
    let mut word = String::new();
    let mut chars = quoted.unwrap_or(text).char_indices();
    let inside = quoted.unwrap_or(text);
    while let Some((at, c)) = chars.next() {
        let rest = inside.get(at + c.len_utf8()..).unwrap_or_default();
        match c {
            '\\' => word.push(chars.next().ok_or(NotATsVector)?.1),
            '\'' if quoted.is_some() && rest.starts_with('\'') => {
                chars.next();
                word.push('\'');
            }
            '\'' if quoted.is_some() => return Ok((word, rest)),
            ':' if quoted.is_none() => return Ok((word, inside.get(at..).unwrap_or_default())),
            c if quoted.is_none() && c.is_whitespace() => {
                return Ok((word, inside.get(at..).unwrap_or_default()));
            }
            c => word.push(c),
        }
    }
    if quoted.is_some() { Err(NotATsVector) } else { Ok((word, "")) }
}

/// `:3A,11`
fn positions(text: &str) -> Result<(Vec<Position>, &str), NotATsVector> {
    let Some(text) = text.strip_prefix(':') else { return Ok((Vec::new(), text)) };
    let (all, rest) = text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()));
    let position = |text: &str| {
        let (place, weight) = match text.strip_suffix(|c: char| c.is_ascii_alphabetic()) {
            Some(place) => (place, text.get(place.len()..).unwrap_or_default()),
            None => (text, "D"),
        };
        let weight = match weight {
            "a" | "A" => Weight::A,
            "b" | "B" => Weight::B,
            "c" | "C" => Weight::C,
            "d" | "D" => Weight::D,
            _ => return None,
        };
        let place: u16 = place.parse().ok()?;
        (place > 0).then_some(Position { place: place.min(LAST), weight })
    };
    let all: Option<Vec<Position>> = all.split(',').map(position).collect();
    all.map(|all| (all, rest)).ok_or(NotATsVector)
}

/// Places behind it are this one.
const LAST: u16 = (1 << 14) - 1;

impl Serialize for TsVector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TsVector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Single for TsVector {}

#[diagnostic::do_not_recommend]
impl Column for TsVector {
    type Inner = Self;
    type Null = NotNull;
    const SQL_TYPE: SqlType = SqlType::Named("tsvector");

    /// How many words there are; then each with a zero byte behind it, and its places, whose two highest
    /// bits are the weight. A value that has not been at the server is its text, which has no zero byte.
    fn decode(raw: &[u8]) -> Result<Self, CellError> {
        if raw.first() != Some(&0) {
            return Ok(str::from_utf8(raw)?.parse()?);
        }
        let (count, mut rest) = split_i32(raw)?;
        let mut vector = TsVector::default();
        for _ in 0..count {
            let end = rest.iter().position(|byte| *byte == 0).ok_or(SHORT)?;
            let (word, after) = rest.split_at_checked(end).ok_or(SHORT)?;
            let (places, mut after) = split_u16(after.get(1..).ok_or(SHORT)?)?;
            let mut positions = Vec::with_capacity(places.into());
            for _ in 0..places {
                let (place, behind) = split_u16(after)?;
                positions.push(Position { place: place & LAST, weight: weight(place >> 14) });
                after = behind;
            }
            vector.0.insert(str::from_utf8(word)?.to_owned(), positions);
            rest = after;
        }
        match rest {
            [] => Ok(vector),
            _ => Err("there is more than the words of the document".into()),
        }
    }

    fn to_value(&self) -> SqlValue {
        SqlValue::Text(self.to_string())
    }
}

const SHORT: &str = "the document ends within a word";

fn weight(bits: u16) -> Weight {
    match bits {
        3 => Weight::A,
        2 => Weight::B,
        1 => Weight::C,
        _ => Weight::D,
    }
}

fn split_u16(raw: &[u8]) -> Result<(u16, &[u8]), CellError> {
    let (number, rest) = raw.split_first_chunk::<2>().ok_or(SHORT)?;
    Ok((u16::from_be_bytes(*number), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_read_from_bytes_and_from_text() {
        let raw = b"\0\0\0\x02a\0\0\x02\xc0\x01\0\x05it's\0\0\0";
        let document = TsVector::decode(raw).unwrap();
        assert_eq!(document.to_string(), "'a':1A,5 'it''s'");
        assert_eq!(document.to_string().parse::<TsVector>().unwrap(), document);
        assert_eq!(TsVector::decode(b"it\\'s a:5,1A").unwrap(), document);
        assert_eq!(TsVector::decode(b"").unwrap(), TsVector::default());
        for end in 1..raw.len() {
            assert!(TsVector::decode(&raw[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn the_last_place_and_the_greatest_weight_stay() {
        let document: TsVector = "a:20000,3,3B b b:1".parse().unwrap();
        assert_eq!(document.to_string(), "'a':3B,16383 'b':1");
        for nonsense in ["'a", "a:0", "a:", "a:1x", "a:1,,2", "'a'b", "''", "a:70000"] {
            assert_eq!(nonsense.parse::<TsVector>(), Err(NotATsVector), "{nonsense}");
        }
    }
}
