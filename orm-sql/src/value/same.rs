//! Whether two values are one and the same, where being equal is not enough.

use super::{BoundValue, RangeValue, SqlValue};

impl SqlValue {
    /// True where one stands for the other in every way: NaN is the same as NaN, though not equal to
    /// it, and 1.5 is not the same as 1.50, nor 0.0 as -0.0.
    #[doc(hidden)]
    pub fn is_same(&self, other: &SqlValue) -> bool {
        use SqlValue as V;
        match (self, other) {
            (V::F32(a), V::F32(b)) => a.to_bits() == b.to_bits(),
            (V::F64(a), V::F64(b)) => a.to_bits() == b.to_bits(),
            (V::Decimal(a), V::Decimal(b)) => a.serialize() == b.serialize(),
            (V::Array(a), V::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_same(b))
            }
            (V::Range(a), V::Range(b)) => a.is_same(b),
            _ => self == other,
        }
    }
}

impl RangeValue {
    fn is_same(&self, other: &RangeValue) -> bool {
        use RangeValue::Bounds;
        match (self, other) {
            (Bounds { lower, upper }, Bounds { lower: l, upper: u }) => {
                lower.is_same(l) && upper.is_same(u)
            }
            _ => self == other,
        }
    }
}

impl BoundValue {
    fn is_same(&self, other: &BoundValue) -> bool {
        use BoundValue::{Excluded, Included};
        match (self, other) {
            (Included(a), Included(b)) | (Excluded(a), Excluded(b)) => a.is_same(b),
            _ => self == other,
        }
    }
}
