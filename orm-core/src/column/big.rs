//! Numbers of any size, by the crate `bigdecimal`.

use super::{Column, NotNull};
use crate::column::Single;
use bigdecimal::BigDecimal;
use orm_sql::row::CellError;
use orm_sql::value::{Form, Numeric, SqlType, SqlValue};

impl Single for BigDecimal {}

/// The server has 131,072 digits before the point, and 16,383 behind it.
const WHOLE: i64 = 131_072;
const PLACES: i64 = 16_383;

/// A `numeric` of any size, with its places. What is no number (`NaN`, infinity) is an error.
#[diagnostic::do_not_recommend]
impl Column for BigDecimal {
    type Inner = Self;
    type Null = NotNull;
    const SQL_TYPE: SqlType = SqlType::Numeric;

    fn decode(raw: &[u8]) -> Result<Self, CellError> {
        Ok(Numeric::read(raw)?.text().parse()?)
    }

    fn to_value(&self) -> SqlValue {
        let places = self.fractional_digit_count();
        let whole = i64::try_from(self.digits()).unwrap_or(i64::MAX).saturating_sub(places);
        let fits = places <= PLACES && whole <= WHOLE;
        match fits.then(|| Numeric::parse(&self.to_plain_string())).flatten() {
            Some(number) => SqlValue::Numeric(number),
            None => SqlValue::Invalid("a number with more digits than `numeric` has".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits_and_places() {
        for text in ["0", "0.00", "-1.50", "12345678901234567890123456789.12345", "1e-20"] {
            let number: BigDecimal = text.parse().unwrap();
            let SqlValue::Numeric(value) = number.to_value() else { panic!("{text}") };
            let mut raw = bytes::BytesMut::new();
            value.write(&mut raw).unwrap();
            let read = BigDecimal::decode(&raw).unwrap();
            assert_eq!(read.to_plain_string(), number.to_plain_string());
        }
        let huge: BigDecimal = "1e1000000000".parse().unwrap();
        assert!(matches!(huge.to_value(), SqlValue::Invalid(_)));
    }
}
