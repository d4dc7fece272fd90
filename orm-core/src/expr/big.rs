//! Calculations with numbers of any size.

use super::arithmetic::{Arithmetic, OfDecimals, Operand};
use super::{Fits, Signed, Summable};
use crate::column::{Column, NotNull};
use crate::ir::Node;
use bigdecimal::BigDecimal;
use rust_decimal::Decimal;

impl Signed for BigDecimal {}

impl Summable for BigDecimal {
    type Sum = BigDecimal;
    type Mean = BigDecimal;
}

#[diagnostic::do_not_recommend]
impl<R> Operand<BigDecimal, R> for BigDecimal {
    type Holds = BigDecimal;
    type Null = NotNull;
    fn operand(self) -> Node {
        Node::Value(self.into_value(), BigDecimal::SQL_TYPE)
    }
}

macro_rules! beside {
    ($($t:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<O: OfDecimals> Arithmetic<O, $t> for BigDecimal {
            type Out = BigDecimal;
        }
        #[diagnostic::do_not_recommend]
        impl<O: OfDecimals> Arithmetic<O, BigDecimal> for $t {
            type Out = BigDecimal;
        }
        impl Fits<BigDecimal> for $t {}
    )*};
}
beside!(i16 i32 i64 Decimal);

macro_rules! operands {
    ($($t:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<R> Operand<BigDecimal, R> for $t {
            type Holds = $t;
            type Null = NotNull;
            fn operand(self) -> Node {
                Node::Value(self.into_value(), <$t as Column>::SQL_TYPE)
            }
        }
    )*};
}
operands!(i32 Decimal);

#[diagnostic::do_not_recommend]
impl<O: OfDecimals> Arithmetic<O, BigDecimal> for BigDecimal {
    type Out = BigDecimal;
}
