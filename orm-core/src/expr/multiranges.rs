//! Sets of ranges.

use super::into_expr::Beside;
use super::{AnyRange, Contained, Container, IntoExpr, LowerUpper, Overlapping, PointOrRange};
use crate::column::{Column, Multirange, NotNull, Range, RangeItem};
use crate::ir::{Comparison, Node};
use orm_sql::ast::Template;
use std::ops;

impl<T: RangeItem> AnyRange for Multirange<T> {
    type Item = T;
}

/// The least and the greatest bound: NULL where there is none.
#[diagnostic::do_not_recommend]
impl<T: RangeItem> LowerUpper for Multirange<T> {
    type Out = Option<T>;
    const LOWER: &'static Template = <Range<T> as LowerUpper>::LOWER;
    const UPPER: &'static Template = <Range<T> as LowerUpper>::UPPER;
}

impl<T: RangeItem, R, V: PointOrRange<T, R>> Contained<Multirange<T>, R> for V {
    type Null = V::Null;
    fn contained(self, left: &Node) -> Node {
        Node::compare(Comparison::Operator("@>"), left.clone(), self.into_node())
    }
}

impl<T: RangeItem, R, V: IntoExpr<Multirange<T>, R>> Container<Multirange<T>, R> for V {
    type Null = V::Null;
    fn container(self) -> Node {
        self.into_node()
    }
}

impl<T: RangeItem, R, V: IntoExpr<Multirange<T>, R>> Overlapping<Multirange<T>, R> for V {
    type Null = V::Null;
    fn overlapping(self) -> Node {
        self.into_node()
    }
}

/// Ranges are multiranges of one.
macro_rules! ranges {
    ($($range:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: RangeItem, R> Beside<Multirange<T>, R> for $range {
            type Null = NotNull;
            fn beside(self) -> Node {
                let value = Multirange::from(vec![Range::from(self)]);
                Node::Value(value.into_value(), Multirange::<T>::SQL_TYPE)
            }
        }
    )*};
}
ranges!(Range<T>, &Range<T>, ops::Range<T>, ops::RangeInclusive<T>, ops::RangeFrom<T>);
ranges!(ops::RangeTo<T>, ops::RangeToInclusive<T>);
