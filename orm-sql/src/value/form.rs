//! What values look like: in the server's binary form, and as text.

use super::Problem;
use super::parse::yes_or_no;
use bytes::{BufMut, BytesMut};
use serde_json::Value;
use std::fmt::Write;
use uuid::Uuid;

/// A type of Rust that values are kept in: its binary form and its text.
pub trait Form: Sized {
    /// What a text must be to be read, for people: `a date (2026-01-31)`. None is read without it.
    const READS: Option<&'static str> = None;

    /// Reads the binary form.
    ///
    /// # Errors
    ///
    /// When the bytes are no value of this type.
    fn read(raw: &[u8]) -> Result<Self, Problem>;

    /// Writes the binary form.
    ///
    /// # Errors
    ///
    /// When the server could not keep the value.
    fn write(&self, out: &mut BytesMut) -> Result<(), Problem>;

    /// Whether the server can keep the value, so that it can be read again. [`Self::write`] asks
    /// by itself; what is sent as [`Self::text`] must be asked before.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    fn check(&self) -> Result<(), Problem> {
        Ok(())
    }

    /// The text that the server's type reads.
    fn text(&self) -> String;

    /// A value as people write it.
    fn parse(text: &str) -> Option<Self> {
        let _ = text;
        None
    }

    /// A value from an object of JSON.
    fn of_json(json: Value) -> Option<Self> {
        let _ = json;
        None
    }

    /// One of Django's `EMPTY_VALUES`.
    fn is_blank(&self) -> bool {
        false
    }

    /// True where a text inside passes a test.
    fn any_text(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        let _ = test;
        false
    }

    /// About how many bytes it takes.
    fn size(&self) -> usize {
        16
    }
}

/// Why a text cannot be sent.
pub const ZERO_BYTE: &str = "text with a zero byte (`\\0`), which PostgreSQL cannot store";

#[cold]
pub(super) fn wrong_size(wanted: usize, raw: &[u8]) -> Problem {
    format!("{} bytes where {wanted} are wanted", raw.len()).into()
}

macro_rules! numbers {
    ($($rust:ty, $reads:literal;)*) => {$(
        impl Form for $rust {
            const READS: Option<&'static str> = Some($reads);

            #[inline]
            fn read(raw: &[u8]) -> Result<Self, Problem> {
                match raw.try_into() {
                    Ok(bytes) => Ok(<$rust>::from_be_bytes(bytes)),
                    Err(_) => Err(wrong_size(size_of::<$rust>(), raw)),
                }
            }

            #[inline]
            fn write(&self, out: &mut BytesMut) -> Result<(), Problem> {
                out.put_slice(&self.to_be_bytes());
                Ok(())
            }

            fn text(&self) -> String {
                self.to_string()
            }

            fn parse(text: &str) -> Option<Self> {
                text.trim().parse().ok()
            }
        }
    )*};
}
numbers! {
    i16, "a whole number";
    i32, "a whole number";
    i64, "a whole number";
    f32, "a number";
    f64, "a number";
}

impl Form for bool {
    const READS: Option<&'static str> = Some("`true` or `false`");

    #[inline]
    fn read(raw: &[u8]) -> Result<Self, Problem> {
        match raw {
            [byte] => Ok(*byte != 0),
            _ => Err(wrong_size(1, raw)),
        }
    }

    #[inline]
    fn write(&self, out: &mut BytesMut) -> Result<(), Problem> {
        out.put_u8(u8::from(*self));
        Ok(())
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn parse(text: &str) -> Option<Self> {
        yes_or_no(text)
    }
}

impl Form for String {
    const READS: Option<&'static str> = Some("text");

    #[inline]
    fn read(raw: &[u8]) -> Result<Self, Problem> {
        Ok(str::from_utf8(raw)?.to_owned())
    }

    #[inline]
    fn write(&self, out: &mut BytesMut) -> Result<(), Problem> {
        self.check()?;
        out.put_slice(self.as_bytes());
        Ok(())
    }

    #[inline]
    fn check(&self) -> Result<(), Problem> {
        if self.as_bytes().contains(&0) { Err(ZERO_BYTE.into()) } else { Ok(()) }
    }

    fn text(&self) -> String {
        self.clone()
    }

    fn parse(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn is_blank(&self) -> bool {
        self.is_empty()
    }

    fn any_text(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        test(self)
    }

    fn size(&self) -> usize {
        8 + self.len()
    }
}

impl Form for Vec<u8> {
    const READS: Option<&'static str> = Some("bytes (\\x0aff)");

    #[inline]
    fn read(raw: &[u8]) -> Result<Self, Problem> {
        Ok(raw.to_vec())
    }

    #[inline]
    fn write(&self, out: &mut BytesMut) -> Result<(), Problem> {
        out.put_slice(self);
        Ok(())
    }

    fn text(&self) -> String {
        self.iter().fold(String::from("\\x"), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("\\x")?.as_bytes();
        let (pairs, []) = digits.as_chunks::<2>() else { return None };
        let byte = |pair: &[u8; 2]| {
            let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
            u8::try_from(high? * 16 + low?).ok()
        };
        pairs.iter().map(byte).collect()
    }

    /// The list of numbers that serde writes.
    fn of_json(json: Value) -> Option<Self> {
        serde_json::from_value(json).ok()
    }

    fn is_blank(&self) -> bool {
        self.is_empty()
    }

    fn size(&self) -> usize {
        8 + self.len()
    }
}

impl Form for Uuid {
    const READS: Option<&'static str> = Some("a uuid");

    #[inline]
    fn read(raw: &[u8]) -> Result<Self, Problem> {
        Uuid::from_slice(raw).map_err(|_| wrong_size(16, raw))
    }

    #[inline]
    fn write(&self, out: &mut BytesMut) -> Result<(), Problem> {
        out.put_slice(self.as_bytes());
        Ok(())
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn parse(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }
}
