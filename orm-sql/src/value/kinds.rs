//! What is true of values and types by their kinds alone.

use super::{Interval, RangeValue, SqlType, SqlValue};

impl SqlValue {
    /// Values on which no text depends.
    pub fn is_plain(&self) -> bool {
        match self {
            SqlValue::Bool(_)
            | SqlValue::I16(_)
            | SqlValue::I32(_)
            | SqlValue::I64(_)
            | SqlValue::F32(_)
            | SqlValue::F64(_)
            | SqlValue::Decimal(_)
            | SqlValue::Text(_)
            | SqlValue::Bytes(_)
            | SqlValue::Date(_)
            | SqlValue::Time(_)
            | SqlValue::Timestamp(_)
            | SqlValue::TimestampTz(_)
            | SqlValue::Uuid(_) => true,
            SqlValue::Null
            | SqlValue::Interval(_)
            | SqlValue::Json(_)
            | SqlValue::Net(_)
            | SqlValue::Array(_)
            | SqlValue::Cells { .. }
            | SqlValue::Items(_)
            | SqlValue::Range(_)
            | SqlValue::Upload(_)
            | SqlValue::Invalid(_) => false,
        }
    }

    /// The type that a value has by itself.
    pub fn own_type(&self) -> SqlType {
        match self {
            SqlValue::Bool(_) => SqlType::Bool,
            SqlValue::I16(_) => SqlType::Int2,
            SqlValue::I32(_) => SqlType::Int4,
            SqlValue::I64(_) => SqlType::Int8,
            SqlValue::F32(_) => SqlType::Float4,
            SqlValue::F64(_) => SqlType::Float8,
            SqlValue::Decimal(_) => SqlType::Numeric,
            SqlValue::Bytes(_) => SqlType::Bytea,
            SqlValue::Date(_) => SqlType::Date,
            SqlValue::Time(_) => SqlType::Time,
            SqlValue::Timestamp(_) => SqlType::Timestamp,
            SqlValue::TimestampTz(_) => SqlType::TimestampTz,
            SqlValue::Interval(_) => SqlType::Interval,
            SqlValue::Uuid(_) => SqlType::Uuid,
            SqlValue::Json(_) => SqlType::Jsonb,
            SqlValue::Net(_) => SqlType::Inet,
            SqlValue::Null
            | SqlValue::Invalid(_)
            | SqlValue::Upload(_)
            | SqlValue::Text(_)
            | SqlValue::Array(_)
            | SqlValue::Cells { .. }
            | SqlValue::Items(_)
            | SqlValue::Range(_) => SqlType::Text,
        }
    }
}

impl SqlType {
    /// What stands for a value that only the database knows.
    pub fn zero(self) -> SqlValue {
        use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
        match self {
            SqlType::Bool => SqlValue::Bool(false),
            SqlType::Int2 => SqlValue::I16(0),
            SqlType::Int4 => SqlValue::I32(0),
            SqlType::Int8 => SqlValue::I64(0),
            SqlType::Float4 => SqlValue::F32(0.0),
            SqlType::Float8 => SqlValue::F64(0.0),
            SqlType::Numeric => SqlValue::Decimal(rust_decimal::Decimal::ZERO),
            SqlType::Bytea => SqlValue::Bytes(Vec::new()),
            SqlType::Date => SqlValue::Date(NaiveDate::default()),
            SqlType::Time => SqlValue::Time(NaiveTime::default()),
            SqlType::Timestamp => SqlValue::Timestamp(NaiveDateTime::default()),
            SqlType::TimestampTz => SqlValue::TimestampTz(DateTime::default()),
            SqlType::Interval => SqlValue::Interval(Interval::default()),
            SqlType::Uuid => SqlValue::Uuid(uuid::Uuid::nil()),
            SqlType::Jsonb => SqlValue::Json(serde_json::Value::Null),
            SqlType::Inet | SqlType::Cidr => SqlValue::Net(ipnet::IpNet::default()),
            SqlType::Array(_) => SqlValue::Array(Vec::new()),
            SqlType::Int4Range
            | SqlType::Int8Range
            | SqlType::NumRange
            | SqlType::DateRange
            | SqlType::TsRange
            | SqlType::TsTzRange => SqlValue::Range(Box::new(RangeValue::Empty)),
            SqlType::Text | SqlType::Named(_) => SqlValue::Text(String::new()),
        }
    }
}
