//! Exact numbers: `Decimal`, and those that it is too small for.

use super::Problem;
use super::form::Form;
use bytes::{BufMut, BytesMut};
use rust_decimal::Decimal;
use smallvec::SmallVec;
use std::fmt::Write;

const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const NEGATIVE_INFINITY: u16 = 0xF000;

/// A digit of the server's has four of ours.
const BASE: u128 = 10_000;
/// The largest number of a `Decimal` without its point.
const LARGEST: u128 = (1 << 96) - 1;
/// The most places that a `Decimal` has.
const PLACES: u32 = 28;
/// The digits before and behind the point that the server has room for.
const WHOLE_DIGITS: usize = 131_072;
const FRACTION_DIGITS: usize = 16_383;

const TOO_LARGE: &str = "the number has more digits than `Decimal` can hold: give the field \
                         `BigDecimal` (the feature `bigdecimal`), or round it in the query";

/// In place for most numbers. Not for more: this is the largest of all values, so that it says how large they
/// are.
type Digits = SmallVec<[u16; 8]>;

/// A number as the server keeps it, of any size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Numeric {
    negative: bool,
    /// The power of 10,000 of the first digit.
    weight: i16,
    /// How many places behind the point are shown.
    scale: u16,
    /// Digits of base 10,000, without zeros at both ends.
    digits: Digits,
}

impl Numeric {
    /// Reads a number: digits, perhaps with a sign, a point and an exponent.
    pub fn parse(text: &str) -> Option<Numeric> {
        let text = text.trim();
        if let Some((digits, exponent)) = text.split_once(['e', 'E']) {
            return Numeric::parse(&shifted(digits, exponent.parse().ok()?)?);
        }
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let mut all = whole.bytes().chain(fraction.bytes());
        if whole.len() + fraction.len() == 0 || !all.all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        if whole.len() > WHOLE_DIGITS || fraction.len() > FRACTION_DIGITS {
            return None;
        }
        let before = "0".repeat((4 - whole.len() % 4) % 4);
        let behind = "0".repeat((4 - fraction.len() % 4) % 4);
        let padded = [&before, whole, fraction, &behind].concat();
        let groups = padded.as_bytes().chunks(4);
        let digits = groups.map(|group| group.iter().fold(0, |n, c| n * 10 + u16::from(c - b'0')));
        let groups_before = i32::try_from(whole.len().div_ceil(4)).ok()?;
        let weight = i16::try_from(groups_before - 1).ok()?;
        let mut number = Numeric {
            negative,
            weight,
            scale: u16::try_from(fraction.len()).ok()?,
            digits: digits.collect(),
        };
        number.trim();
        Some(number)
    }

    /// Takes zeros away from both ends, and the sign from zero.
    fn trim(&mut self) {
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        let zeros = self.digits.iter().take_while(|digit| **digit == 0).count();
        self.digits.drain(..zeros);
        let weight = i64::from(self.weight) - i64::try_from(zeros).unwrap_or_default();
        self.weight = i16::try_from(weight).unwrap_or(i16::MIN);
        if self.digits.is_empty() {
            (self.negative, self.weight) = (false, 0);
        }
    }

    /// The digit of a power of 10,000.
    fn digit(&self, power: i32) -> u16 {
        let place = usize::try_from(i32::from(self.weight) - power).ok();
        place.and_then(|place| self.digits.get(place)).copied().unwrap_or(0)
    }

    /// The same number as a `Decimal`, where that can hold it exactly.
    pub fn decimal(&self) -> Option<Decimal> {
        let mut mantissa = 0_u128;
        for digit in &self.digits {
            mantissa = mantissa.checked_mul(BASE)?.checked_add(u128::from(*digit))?;
        }
        let last = i32::from(self.weight) - i32::try_from(self.digits.len()).ok()? + 1;
        let mut scale = 0_u32;
        if last >= 0 || mantissa == 0 {
            let zeros = 10_u128.checked_pow(last.max(0).unsigned_abs().checked_mul(4)?);
            mantissa = if mantissa == 0 { 0 } else { mantissa.checked_mul(zeros?)? };
        } else {
            scale = last.unsigned_abs() * 4;
        }
        let wanted = u32::from(self.scale).min(PLACES);
        // Zeros at the end are shown as far as there is room for them.
        while scale > wanted && mantissa.is_multiple_of(10) {
            (mantissa, scale) = (mantissa / 10, scale - 1);
        }
        while scale < wanted && mantissa.checked_mul(10).is_some_and(|more| more <= LARGEST) {
            (mantissa, scale) = (mantissa * 10, scale + 1);
        }
        if scale > PLACES || mantissa > LARGEST {
            return None;
        }
        let signed = i128::try_from(mantissa).ok()?;
        Decimal::try_from_i128_with_scale(if self.negative { -signed } else { signed }, scale).ok()
    }
}

impl From<&Decimal> for Numeric {
    fn from(value: &Decimal) -> Self {
        let scale = value.scale();
        let padding = (4 - scale % 4) % 4;
        let mut rest = value.mantissa().unsigned_abs() * 10_u128.pow(padding);
        let mut digits = Digits::new();
        while rest > 0 {
            digits.push(u16::try_from(rest % BASE).unwrap_or_default());
            rest /= BASE;
        }
        digits.reverse();
        let fractions = i16::try_from((scale + padding) / 4).unwrap_or_default();
        let weight = i16::try_from(digits.len()).unwrap_or_default() - 1 - fractions;
        let scale = u16::try_from(scale).unwrap_or_default();
        let negative = value.is_sign_negative();
        let mut number = Numeric { negative, weight, scale, digits };
        number.trim();
        number
    }
}

impl Form for Numeric {
    const READS: Option<&'static str> = Some("a number");

    /// How many digits, the weight of the first, the sign, the places; the digits.
    fn read(raw: &[u8]) -> Result<Self, Problem> {
        let (header, digits) =
            raw.split_first_chunk::<8>().ok_or("a number has 8 bytes or more")?;
        let [a, b, c, d, e, f, g, h] = *header;
        let (count, weight) = (u16::from_be_bytes([a, b]), i16::from_be_bytes([c, d]));
        let (sign, scale) = (u16::from_be_bytes([e, f]), u16::from_be_bytes([g, h]));
        match sign {
            0 | NEGATIVE => {}
            NAN => return Err("the number is NaN, which no exact number is".into()),
            INFINITY | NEGATIVE_INFINITY => return Err("the number is infinite".into()),
            _ => return Err("a number with an unknown sign".into()),
        }
        let (pairs, []) = digits.as_chunks::<2>() else {
            return Err("a number with half a digit".into());
        };
        if pairs.len() != usize::from(count) || usize::from(scale) > FRACTION_DIGITS {
            return Err("a number whose digits are not all there".into());
        }
        let digits: Digits = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
        // The weight goes down with each zero at the front.
        if digits.iter().any(|digit| u128::from(*digit) >= BASE) || weight < -(1 << 13) {
            return Err("a number with a digit that is none".into());
        }
        let mut number = Numeric { negative: sign == NEGATIVE, weight, scale, digits };
        number.trim();
        Ok(number)
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Problem> {
        out.put_u16(u16::try_from(self.digits.len())?);
        out.put_i16(self.weight);
        out.put_u16(if self.negative { NEGATIVE } else { 0 });
        out.put_u16(self.scale);
        for digit in &self.digits {
            out.put_u16(*digit);
        }
        Ok(())
    }

    fn text(&self) -> String {
        let mut text = String::from(if self.negative { "-" } else { "" });
        // Writing to a String cannot fail.
        let _ = write!(text, "{}", self.digit(i32::from(self.weight).max(0)));
        for power in (0..i32::from(self.weight)).rev() {
            let _ = write!(text, "{:04}", self.digit(power));
        }
        if self.scale > 0 {
            text.push('.');
            let mut places = String::new();
            for power in 1..=i32::from(self.scale.div_ceil(4)) {
                let _ = write!(places, "{:04}", self.digit(-power));
            }
            places.truncate(self.scale.into());
            text.push_str(&places);
        }
        text
    }

    fn parse(text: &str) -> Option<Self> {
        Numeric::parse(text)
    }

    fn size(&self) -> usize {
        16 + 2 * self.digits.len()
    }
}

impl Form for Decimal {
    const READS: Option<&'static str> = Some("a number");

    fn read(raw: &[u8]) -> Result<Self, Problem> {
        Numeric::read(raw)?.decimal().ok_or_else(|| TOO_LARGE.into())
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Problem> {
        Numeric::from(self).write(out)
    }

    fn text(&self) -> String {
        self.to_string()
    }

    /// Exactly: digits that there is no room for are not rounded away.
    fn parse(text: &str) -> Option<Self> {
        Numeric::parse(text)?.decimal()
    }
}

/// Digits with their point moved, where the server has room for them.
fn shifted(digits: &str, exponent: i32) -> Option<String> {
    let room = WHOLE_DIGITS + FRACTION_DIGITS;
    let by = usize::try_from(exponent.unsigned_abs()).ok().filter(|by| *by <= room)?;
    digits.find(|c: char| c.is_ascii_digit())?;
    let sign = digits.len() - digits.trim_start_matches(['-', '+']).len();
    let (sign, digits) = digits.split_at_checked(sign)?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let zeros = |there: &str| "0".repeat(by.saturating_sub(there.len()));
    Some(if exponent >= 0 {
        let all = [fraction, &zeros(fraction)].concat();
        let (moved, rest) = all.split_at_checked(by)?;
        format!("{sign}{whole}{moved}.{rest}")
    } else {
        let all = [&zeros(whole), whole].concat();
        let (rest, moved) = all.split_at_checked(all.len() - by)?;
        format!("{sign}{rest}.{moved}{fraction}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &impl Form) -> BytesMut {
        let mut raw = BytesMut::new();
        value.write(&mut raw).unwrap();
        raw
    }

    #[test]
    fn decimals_keep_their_value_and_their_places() {
        let values = [
            "0",
            "0.00",
            "-1",
            "1.50",
            "-0.0001",
            "10000",
            "100000000",
            "0.00010000",
            "12345.678",
            "79228162514264337593543950335",
            "-79228162514264337593543950335",
            "7.9228162514264337593543950335",
            "0.0000000000000000000000000001",
            "9999.9999",
        ];
        for text in values {
            let value: Decimal = text.parse().unwrap();
            let raw = written(&value);
            assert_eq!(Decimal::read(&raw).unwrap().to_string(), text);
            assert_eq!(Numeric::read(&raw).unwrap().text(), text);
            assert_eq!(Numeric::parse(text).unwrap(), Numeric::from(&value));
        }
        let negative_zero = -Decimal::new(0, 1);
        assert_eq!(Numeric::read(&written(&negative_zero)).unwrap().text(), "0.0");
    }

    #[test]
    fn what_a_decimal_cannot_hold_is_not_rounded() {
        for text in [
            "12345678901234567890123456789.12345",
            "0.00000000000000000000000000001",
            "79228162514264337593543950336",
            "1.00000000000000000000000000000001",
        ] {
            let raw = written(&Numeric::parse(text).unwrap());
            assert!(Decimal::read(&raw).is_err(), "{text}");
            assert_eq!(Numeric::read(&raw).unwrap().text(), text);
            assert_eq!(<Decimal as Form>::parse(text), None);
        }
        // Only zeros are left out.
        let raw = written(&Numeric::parse("1.5000000000000000000000000000000000").unwrap());
        assert_eq!(Decimal::read(&raw).unwrap(), Decimal::new(15, 1));
        let raw = written(&Numeric::parse("79228162514264337593543950335.000").unwrap());
        assert_eq!(Decimal::read(&raw).unwrap(), Decimal::MAX);
    }

    #[test]
    fn nonsense_is_an_error() {
        let number = |header: [u16; 4], digits: &[u16]| {
            let all = header.iter().chain(digits);
            all.flat_map(|part| part.to_be_bytes()).collect::<Vec<u8>>()
        };
        for raw in [
            number([0, 0, NAN, 0], &[]),
            number([0, 0, INFINITY, 0], &[]),
            number([0, 0, NEGATIVE_INFINITY, 0], &[]),
            number([0, 0, 1, 0], &[]),
            number([2, 0, 0, 0], &[1]),
            number([1, 0, 0, 0], &[10_000]),
            number([1, 0x8000, 0, 0], &[1]),
            number([1, 0x7fff, 0, 0xffff], &[1]),
            vec![0; 9],
            vec![],
        ] {
            assert!(Decimal::read(&raw).is_err(), "{raw:?}");
        }
        assert!(Decimal::read(&number([1, 0x7fff, 0, 0], &[1])).is_err());
        for text in [
            "",
            ".",
            "1e",
            ".e5",
            "e5",
            "--1e5",
            "1e1000000",
            "1.5e2.5",
            "1.2.3",
            "--1",
            "1 2",
            "ß",
        ] {
            assert_eq!(Numeric::parse(text), None, "{text}");
        }
    }

    #[test]
    fn exponents_move_the_point() {
        for (text, plain) in [
            ("1e5", "100000"),
            ("-1.25E2", "-125"),
            ("1.25e1", "12.5"),
            ("15e-1", "1.5"),
            ("+1.50e-3", "0.00150"),
            ("1E-40", "0.0000000000000000000000000000000000000001"),
            ("0e3", "0"),
            ("12.5e0", "12.5"),
        ] {
            assert_eq!(Numeric::parse(text).unwrap().text(), plain, "{text}");
        }
        let long = Decimal::parse("1.2345678901234567890123456789e1");
        assert_eq!(long.map(|n| n.to_string()), Some("12.345678901234567890123456789".to_owned()));
        assert_eq!(Decimal::parse("1.2345678901234567890123456789012e1"), None);
    }
}
