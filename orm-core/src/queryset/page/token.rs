//! Tokens of pages: a position in an ordering, as text that can stand in a URL.
//!
//! The values are those that the server sent, byte for byte, so that nothing is rounded.

use crate::query::Position;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use orm_sql::error::{Error, Result};
use orm_sql::value::SqlValue;
use sha2::{Digest, Sha256};

const VERSION: u8 = 1;
const INCLUSIVE: u8 = 1;
const SIGNED: u8 = 2;
/// The version, the flags, the ordering.
const HEAD: usize = 10;
/// What is kept of a checksum, and of a signature.
const CHECKSUM: usize = 8;
const SIGNATURE: usize = 16;

/// The values of a position: the bytes of each, `None` for NULL.
pub(super) type Values = Vec<Option<Vec<u8>>>;

/// A position with the ordering that it is of.
#[derive(Debug, PartialEq)]
pub(super) struct Token {
    pub fingerprint: u64,
    pub inclusive: bool,
    pub values: Values,
}

impl Token {
    /// The token as text.
    pub fn write(&self, key: Option<&[u8]>) -> String {
        let flags = (u8::from(self.inclusive) * INCLUSIVE) | (u8::from(key.is_some()) * SIGNED);
        let mut bytes = vec![VERSION, flags];
        bytes.extend(self.fingerprint.to_be_bytes());
        for value in &self.values {
            match value {
                None => bytes.push(0),
                Some(value) => {
                    write_length(value.len() + 1, &mut bytes);
                    bytes.extend(value);
                }
            }
        }
        let tag = match key {
            Some(key) => signature(key, &bytes).finalize().into_bytes(),
            None => Sha256::digest(&bytes),
        };
        let kept = if key.is_some() { SIGNATURE } else { CHECKSUM };
        bytes.extend(tag.iter().take(kept));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token, and checks that it is as it was made.
    pub fn read(text: &str, key: Option<&[u8]>) -> Result<Token> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| damaged())?;
        let [version, flags, ..] = *bytes.as_slice() else { return Err(damaged()) };
        if version != VERSION {
            return Err(bad(
                "the token is of another version, or none of a page: begin again without",
            ));
        }
        let signed = flags & SIGNED != 0;
        let kept = if signed { SIGNATURE } else { CHECKSUM };
        let end = bytes.len().checked_sub(kept).filter(|end| *end >= HEAD).ok_or_else(damaged)?;
        let (payload, tag) = bytes.split_at(end);
        match (signed, key) {
            (true, Some(key)) => {
                signature(key, payload).verify_truncated_left(tag).map_err(|_| {
                    bad("the signature of the token is not ours, or the token was changed")
                })?
            }
            (false, Some(_)) => {
                return Err(bad("the token is not signed, and the pages take signed ones only"));
            }
            (true, None) => {
                return Err(bad("the token is signed: give the key by `.signed_by(…)`"));
            }
            (false, None) if *Sha256::digest(payload).as_slice().split_at(CHECKSUM).0 != *tag => {
                return Err(damaged());
            }
            (false, None) => {}
        }
        Token::of_payload(payload, flags).ok_or_else(damaged)
    }

    fn of_payload(payload: &[u8], flags: u8) -> Option<Token> {
        let (head, mut rest) = payload.split_at_checked(HEAD)?;
        let fingerprint = u64::from_be_bytes(head.get(2..)?.try_into().ok()?);
        let mut values = Values::new();
        while !rest.is_empty() {
            let (length, behind) = read_length(rest)?;
            let Some(length) = length.checked_sub(1) else {
                values.push(None);
                rest = behind;
                continue;
            };
            let (value, behind) = behind.split_at_checked(length)?;
            values.push(Some(value.to_vec()));
            rest = behind;
        }
        Some(Token { fingerprint, inclusive: flags & INCLUSIVE != 0, values })
    }

    /// The position that it stands for.
    pub fn position(&self) -> Position {
        let value = |value: &Option<Vec<u8>>| match value {
            Some(raw) => SqlValue::Cell(raw.clone()),
            None => SqlValue::Null,
        };
        Position {
            values: self.values.iter().map(value).collect(),
            inclusive: self.inclusive,
            fingerprint: Some(self.fingerprint),
        }
    }
}

fn bad(message: &str) -> Error {
    Error::Token { message: message.to_owned() }
}

/// What is said of a token that was cut or changed.
pub(super) fn damaged() -> Error {
    bad(
        "the token of the page was cut or changed on its way: it is the text of `next` or `previous` \
         of a page, all of it; begin again without one",
    )
}

fn signature(key: &[u8], payload: &[u8]) -> Hmac<Sha256> {
    // HMAC takes a key of any length.
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&Default::default()));
    mac.update(payload);
    mac
}

/// Seven bits a byte, the lowest first.
fn write_length(mut length: usize, bytes: &mut Vec<u8>) {
    while let Ok(low) = u8::try_from(length & 0x7f)
        && length > 0x7f
    {
        bytes.push(low | 0x80);
        length >>= 7;
    }
    bytes.extend(u8::try_from(length));
}

fn read_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut length = 0_usize;
    for (place, byte) in bytes.iter().enumerate().take(5) {
        length |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((length, bytes.get(place + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Token {
        let values = vec![Some(vec![0, 255]), None, Some(Vec::new()), Some(vec![7; 300])];
        Token { fingerprint: 0x0123_4567_89ab_cdef, inclusive: true, values }
    }

    #[test]
    fn what_is_written_is_read() {
        for key in [None, Some(&b"secret"[..]), Some(&[1; 200])] {
            let text = token().write(key);
            assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            assert_eq!(Token::read(&text, key).unwrap(), token());
        }
        let nothing = Token { values: Vec::new(), ..token() };
        assert_eq!(Token::read(&nothing.write(None), None).unwrap(), nothing);
    }

    #[test]
    fn what_was_changed_or_cut_is_refused() {
        for key in [None, Some(&b"secret"[..])] {
            let text = token().write(key);
            for end in 0..text.len() {
                assert!(
                    matches!(Token::read(&text[..end], key), Err(Error::Token { .. })),
                    "{end}"
                );
            }
            for place in 0..text.len() {
                let mut changed = text.clone().into_bytes();
                changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
                let changed = String::from_utf8(changed).unwrap();
                assert!(Token::read(&changed, key).is_err(), "{place}");
            }
        }
        for text in ["", "A", "é", "====", "AQ", &"A".repeat(100)] {
            assert!(matches!(Token::read(text, None), Err(Error::Token { .. })), "{text}");
        }
    }

    #[test]
    fn a_signature_is_that_of_the_key() {
        let text = token().write(Some(b"secret"));
        let message =
            |key: Option<&[u8]>, text: &str| Token::read(text, key).unwrap_err().to_string();
        assert!(message(Some(b"other"), &text).contains("signature"));
        assert!(message(None, &text).contains("signed_by"));
        assert!(message(Some(b"secret"), &token().write(None)).contains("not signed"));
    }
}
