//! Numbers of a document that would not be those any more once they were read: the server keeps
//! numbers of any size, serde_json those of 64 bits and floats.

use super::Floats;
use serde::Serialize;
use serde_json::Number;
use serde_json::ser::Serializer;

/// So many digits are kept by every float that is not very large or very small.
const DIGITS: usize = 15;
/// From here on floats are very large, or very small.
const EXPONENT: i64 = 300;

/// Where the first number stands that serde_json would round, from 1.
///
/// Documents without a long number cost a look at each sixteenth of their bytes.
pub fn rounded(json: &[u8]) -> Option<usize> {
    if !has_long_number(json) {
        return None;
    }
    numbers(json).find(|(_, text)| read_as(text).is_some()).map(|(at, _)| at + 1)
}

/// The same of what a type has read: a number counts where its rounded form stands in what the type
/// writes, and the number itself does not. Types may have room for more digits, or pass over it.
pub fn rounded_by(json: &[u8], write: impl FnOnce() -> Option<Vec<u8>>) -> Option<usize> {
    rounded(json)?;
    let written = write()?;
    let written: Vec<Plain> = numbers(&written).map(|(_, text)| Plain::of(text)).collect();
    let mut inexact = numbers(json).filter_map(|(at, text)| Some((at, text, read_as(text)?)));
    let lost = inexact.find(|(_, text, read)| {
        let is_written = |text: &[u8]| written.contains(&Plain::of(text));
        !is_written(text) && read.iter().any(|read| is_written(read))
    });
    lost.map(|(at, ..)| at + 1)
}

/// What a number becomes where that is another one: as we and as serde_json write it, and as the
/// smaller float.
fn read_as(text: &[u8]) -> Option<[Vec<u8>; 3]> {
    let plain = Plain::of(text);
    if plain.digits.len() <= DIGITS && plain.point.abs() <= EXPONENT {
        return None;
    }
    let Ok(number) = serde_json::from_slice::<Number>(text) else {
        return Some(Default::default());
    };
    let mut read = Vec::new();
    let written = number.serialize(&mut Serializer::with_formatter(&mut read, Floats));
    if written.is_ok() && Plain::of(&read) == plain {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "what it is as the smaller float")]
    let single = number.as_f64().map(|float| (float as f32).to_string().into_bytes());
    Some([read, number.to_string().into_bytes(), single.unwrap_or_default()])
}

/// True where a number, or a text, has more digits in a row than a float keeps.
fn has_long_number(json: &[u8]) -> bool {
    let is_part = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E');
    let long = DIGITS + 1;
    (DIGITS..json.len()).step_by(long).any(|at| {
        let (before, after) = json.split_at(at);
        let after = after.iter().take_while(is_part).count();
        after > 0 && after + before.iter().rev().take_while(is_part).count() >= long
    })
}

/// The numbers of a document that the server has checked, each with its place.
fn numbers(json: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = json.get(at..)?;
            match rest.first()? {
                b'"' => at += string(rest),
                b'-' | b'0'..=b'9' => {
                    let of_number = |b: &&u8| {
                        b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-')
                    };
                    let length = rest.iter().take_while(of_number).count();
                    let start = at;
                    at += length;
                    return rest.get(..length).map(|number| (start, number));
                }
                _ => at += 1,
            }
        }
    })
}

/// How long the string is that stands first.
fn string(json: &[u8]) -> usize {
    let mut escaped = false;
    let end = json.iter().skip(1).position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map_or(json.len(), |end| end + 2)
}

/// A number in the only form of those that are equal: 0.digits × 10^point.
#[derive(PartialEq)]
struct Plain {
    negative: bool,
    digits: Vec<u8>,
    point: i64,
}

impl Plain {
    fn of(text: &[u8]) -> Plain {
        let (negative, text) = match text.strip_prefix(b"-") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut halves = text.splitn(2, |byte| matches!(byte, b'e' | b'E'));
        let mantissa = halves.next().unwrap_or_default();
        let exponent = halves.next().and_then(|text| str::from_utf8(text).ok()?.parse().ok());
        let whole = mantissa.iter().take_while(|byte| **byte != b'.').count();
        let digits = mantissa.iter().filter(|byte| **byte != b'.').copied();
        let mut digits: Vec<u8> = digits.collect();
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        digits.drain(..zeros);
        if digits.is_empty() {
            return Plain { negative: false, digits, point: 0 };
        }
        let place = |count| i64::try_from(count).unwrap_or(i64::MAX);
        let point = place(whole).saturating_sub(place(zeros)).saturating_add(exponent.unwrap_or(0));
        Plain { negative, digits, point }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_would_be_rounded_are_found() {
        let small = format!("0.{}1", "0".repeat(400));
        for json in [
            "0.1234567890123456789",
            "-12345678901234567890123",
            "18446744073709551617",
            "0.10000000000000001",
            "[1, {\"a\": 1.00000000000000001}]",
            &small,
            &"9".repeat(400),
        ] {
            let at = json.find(|c: char| c.is_ascii_digit() && c != '1').unwrap_or(0);
            let found = rounded(json.as_bytes());
            assert!(found.is_some_and(|found| found <= at.max(17) + 1), "{json}: {found:?}");
        }
        assert_eq!(rounded(b"[0.5, 0.1234567890123456789]"), Some(7));
    }

    #[test]
    fn numbers_that_are_kept_are_not() {
        let large = format!("17976931348623157{}", "0".repeat(292));
        for json in [
            "0.30000000000000004",
            "123456789.12345679",
            "9007199254740993",
            "18446744073709551615",
            "-9223372036854775808",
            "10000000000000000.0",
            "18446744073709551616.0",
            "1.00000000000000000000",
            "0.0000000000000000000000001",
            "100000000000000000000000000",
            &large,
            r#"{"card": "1234567890123456789012", "at": "20260101120000.123456"}"#,
            r#"["\\\"0.1234567890123456789", "\\", 5]"#,
            "",
            "1",
        ] {
            assert_eq!(rounded(json.as_bytes()), None, "{json}");
        }
    }

    #[test]
    fn types_may_have_more_room_or_pass_over_a_number() {
        let json = b"[12345678901234567890123, 0.1234567890123456789]";
        let writes = |text: &'static str| move || Some(text.as_bytes().to_vec());
        assert_eq!(rounded_by(json, writes("[12345678901234567890123]")), None);
        assert_eq!(rounded_by(json, writes("[1.2345678901234568e22]")), Some(2));
        assert_eq!(rounded_by(json, writes("[5, 0.12345678901234568]")), Some(27));
        assert_eq!(rounded_by(json, writes("{\"single\": 0.12345679}")), Some(27));
        assert_eq!(rounded_by(json, writes("null")), None);
        assert_eq!(rounded_by(b"0.5", || None), None);
    }
}
