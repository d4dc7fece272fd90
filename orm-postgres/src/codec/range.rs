//! Ranges.

use super::{Encoded, Problem, encode as encode_value, with_length};
use bytes::{BufMut, BytesMut};
use orm_sql::value::{BoundValue, RangeValue, SqlType};
use postgres_types::IsNull;

const EMPTY: u8 = 0x01;
const LOWER_INCLUDED: u8 = 0x02;
const UPPER_INCLUDED: u8 = 0x04;
const LOWER_UNBOUNDED: u8 = 0x08;
const UPPER_UNBOUNDED: u8 = 0x10;

/// A byte of flags, then the bounds that there are.
pub(super) fn encode(range: &RangeValue, sql_type: SqlType, out: &mut BytesMut) -> Encoded {
    let Some(item) = sql_type.bounds() else {
        return Err(format!("a range where `{}` is wanted", sql_type.name()).into());
    };
    match range {
        RangeValue::Empty => out.put_u8(EMPTY),
        RangeValue::Bounds { lower, upper } => {
            let lower_flag = flag(lower, LOWER_INCLUDED, LOWER_UNBOUNDED);
            out.put_u8(lower_flag | flag(upper, UPPER_INCLUDED, UPPER_UNBOUNDED));
            bound(lower, item, out)?;
            bound(upper, item, out)?;
        }
    }
    Ok(IsNull::No)
}

fn flag(bound: &BoundValue, included: u8, unbounded: u8) -> u8 {
    match bound {
        BoundValue::Unbounded => unbounded,
        BoundValue::Included(_) => included,
        BoundValue::Excluded(_) => 0,
    }
}

fn bound(bound: &BoundValue, item: SqlType, out: &mut BytesMut) -> Result<(), Problem> {
    let value = match bound {
        BoundValue::Unbounded => return Ok(()),
        BoundValue::Included(value) | BoundValue::Excluded(value) => value,
    };
    if value.is_null() {
        return Err("NULL as the bound of a range; leave the side unbounded".into());
    }
    with_length(out, |out| encode_value(value, item, out))
}
