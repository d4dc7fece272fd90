//! What the fields of drafts can be given.

use crate::column::{CiText, Column, Ltree, Multirange, NotNull, Null, Nullness, Range, RangeItem};
use crate::expr::mistakes::StandsForDecimal;
use crate::expr::{Expr, FitsNull, Hosts, NullOf, RawExpr, Same};
use crate::ir::Node;
use crate::model::{Cardinality, ForeignKey, Key, Model, NoValue, OneToOne};
use crate::query::InsertValue;
use rust_decimal::Decimal;
use std::borrow::Cow;
use std::ops;

/// What a field that holds `T`, or an `Option` of it, can be given: values of the type, what stands
/// for them, and expressions that the database evaluates. `draft!` takes references in an `Option`
/// as well.
///
/// `R` is the model of the draft, which is how expressions know theirs. A row that is not there yet
/// has no columns, so none can be in them.
///
/// ```
/// # use orm_doctest::*; run(async |db| {
/// let name = concat(("sea", " & ", "sand"));
/// let tag: Tag = draft!(Tag { name: name.upper() }).save(&db).await?;
/// assert_sent!(db, "INSERT INTO tag AS t0 (name) VALUES (UPPER((($1 || $2) || $3))) RETURNING …");
/// # Ok(()) })
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a field that holds `{T}`",
    label = "expected `{T}`, or an `Option` of it where the field is one",
    note = "types are exact: convert numbers, parse texts; a relation takes a row that is saved (`&author`), or its key"
)]
pub trait IntoField<T, R = ()> {
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The value to insert.
    fn into_field(self) -> InsertValue;
}

impl<T, R, V: FieldValue<T, R>> IntoField<T, R> for V {
    type Null = V::Null;
    fn into_field(self) -> InsertValue {
        self.value()
    }
}

/// What [`IntoField`] is implemented for. `None` has to be an `Option` of one type.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a field that holds `{T}`",
    label = "expected `{T}`, or an `Option` of it where the field is one",
    note = "types are exact: convert numbers, parse texts; a relation takes a row that is saved (`&author`), or its key"
)]
pub trait FieldValue<T, R = ()> {
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The value to insert.
    fn value(self) -> InsertValue;
}

/// What `draft!` gives to a field: what [`IntoField`] takes, and an `Option` of each of that. The
/// macro sees a literal `None`, and writes [`NoValue`] in its place.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a field that holds `{T}`",
    label = "expected `{T}`, or an `Option` of it where the field is one",
    note = "types are exact: convert numbers, parse texts; a relation takes a row that is saved (`&author`), or its key"
)]
pub trait GivenValue<T, R> {
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The value to insert.
    fn given(self) -> InsertValue;
}

/// What `draft!` gives to a field of type `T`: NULL only where it can be.
#[doc(hidden)]
pub trait InDraft<T: Column, R> {
    /// What it is about. Bounds that name it have shorter messages.
    type Of;
    /// The value to insert.
    fn in_draft(self) -> InsertValue;
}

impl<T: Column, R, V: GivenValue<T::Inner, R>> InDraft<T, R> for V
where
    (T::Null, V::Null): FitsNull,
{
    type Of = T;
    fn in_draft(self) -> InsertValue {
        self.given()
    }
}

const NULL: InsertValue = InsertValue::Value(orm_sql::value::SqlValue::Null);

#[inline]
fn plain<T: Column>(value: T) -> InsertValue {
    InsertValue::Value(value.into_value())
}

fn node(node: Node) -> InsertValue {
    match node {
        Node::Value(value, _) => InsertValue::Value(value),
        node => InsertValue::Node(Box::new(node)),
    }
}

#[diagnostic::do_not_recommend]
impl<T, R> GivenValue<T, R> for NoValue {
    type Null = Null;
    fn given(self) -> InsertValue {
        NULL
    }
}

/// Values, each with what it becomes: by itself, and in an `Option` for `draft!`.
macro_rules! values {
    ($([$($generics:tt)*] $value:ty => $field:ty, |$v:ident| $convert:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<R, $($generics)*> FieldValue<$field, R> for $value {
            type Null = NotNull;
            fn value(self) -> InsertValue {
                let $v = self;
                $convert
            }
        }
        #[diagnostic::do_not_recommend]
        impl<R, $($generics)*> GivenValue<$field, R> for $value {
            type Null = NotNull;
            fn given(self) -> InsertValue {
                FieldValue::<$field, R>::value(self)
            }
        }
        #[diagnostic::do_not_recommend]
        impl<R, $($generics)*> GivenValue<$field, R> for Option<$value> {
            type Null = Null;
            fn given(self) -> InsertValue {
                self.map_or(NULL, FieldValue::<$field, R>::value)
            }
        }
    )*};
}
values! {
    [T: Column<Inner = T, Null = NotNull>] T => T, |v| plain(v);
    [T: Column<Inner = T, Null = NotNull>] &T => T, |v| InsertValue::Value(v.to_value());
    [] &str => String, |v| plain(v.to_owned());
    [] &str => CiText, |v| plain(CiText::from(v));
    [] String => CiText, |v| plain(CiText(v));
    [] &str => Ltree, |v| plain(Ltree::from(v));
    [] String => Ltree, |v| plain(Ltree(v));
    [] Cow<'_, str> => String, |v| plain(v.into_owned());
    [] &[u8] => Vec<u8>, |v| plain(v.to_vec());
    [] i32 => f64, |v| plain(f64::from(v));
    [V: StandsForDecimal] V => Decimal, |v| node(v.into_decimal());
    [T: RangeItem] ops::Range<T> => Range<T>, |v| plain(Range::from(v));
    [T: RangeItem] ops::RangeInclusive<T> => Range<T>, |v| plain(Range::from(v));
    [T: RangeItem] ops::RangeFrom<T> => Range<T>, |v| plain(Range::from(v));
    [T: RangeItem] ops::RangeTo<T> => Range<T>, |v| plain(Range::from(v));
    [T: RangeItem] ops::RangeToInclusive<T> => Range<T>, |v| plain(Range::from(v));
    [T: RangeItem] Range<T> => Multirange<T>, |v| plain(Multirange::from([v]));
    [T: RangeItem] ops::Range<T> => Multirange<T>, |v| plain(Multirange::from([v]));
    [T: RangeItem] ops::RangeInclusive<T> => Multirange<T>, |v| plain(Multirange::from([v]));
    [T: RangeItem] ops::RangeFrom<T> => Multirange<T>, |v| plain(Multirange::from([v]));
    [T: RangeItem] ops::RangeTo<T> => Multirange<T>, |v| plain(Multirange::from([v]));
}

#[diagnostic::do_not_recommend]
impl<T: Column<Inner = T, Null = NotNull>, R> FieldValue<T, R> for Option<T> {
    type Null = Null;
    fn value(self) -> InsertValue {
        plain(self)
    }
}

macro_rules! options_by_reference {
    ($($of:ident $method:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: Column<Inner = T, Null = NotNull>, R> $of<T, R> for &Option<T> {
            type Null = Null;
            fn $method(self) -> InsertValue {
                InsertValue::Value(self.to_value())
            }
        }
    )*};
}
options_by_reference!(FieldValue value GivenValue given);

/// Models: values of their rows may be expressions, as the database gets them.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "this is a value of Rust, and expressions are evaluated by the database",
    label = "an expression",
    note = "a default that the database evaluates is `db_default = …`"
)]
pub trait Inserted {}
#[diagnostic::do_not_recommend]
impl<M: Model> Inserted for M {}

macro_rules! expressions {
    ($($of:ident $method:ident)*) => {$(
        /// Over the rows of the draft's model: so `now()` needs no type.
        #[diagnostic::do_not_recommend]
        impl<T: Column, S, U: Column<Inner = T>, R: Inserted, K: Cardinality> $of<T, R> for Expr<S, U, K>
        where
            Same: Hosts<S, R>,
        {
            type Null = NullOf<U, K>;
            fn $method(self) -> InsertValue {
                InsertValue::Node(Box::new(self.into_node()))
            }
        }
        #[diagnostic::do_not_recommend]
        impl<T: Column, U: Column<Inner = T>, R: Inserted> $of<T, R> for RawExpr<U> {
            type Null = U::Null;
            fn $method(self) -> InsertValue {
                InsertValue::Node(Box::new(self.into_node()))
            }
        }
    )*};
}
expressions!(FieldValue value GivenValue given);

/// Rows and their keys, for keys of one column.
macro_rules! keys {
    ($($name:ident)*) => {$(
        values! {
            [M: Model<Pk: Column>] &M => $name<M>, |v| plain(v.pk());
            [M: Model<Pk: Column>] M => $name<M>, |v| plain(v.pk());
            [M: Model<Pk = String>] &str => $name<M>, |v| plain(v.to_owned());
        }
        plain_keys!($name: i16 i32 i64 String uuid::Uuid);
    )*};
}
macro_rules! plain_keys {
    ($name:ident: $($key:ty)*) => {
        values! {$(
            [M: Model<Pk = $key>] $key => $name<M>, |v| plain(v);
            [M: Model<Pk = $key>] &$key => $name<M>, |v| plain(v.clone());
        )*}
    };
}
keys!(ForeignKey OneToOne);
values! {
    [M: Model, K: Key + Column] OneToOne<M, K> => ForeignKey<M, K>, |v| plain(v.pk());
    [M: Model, K: Key + Column] ForeignKey<M, K> => OneToOne<M, K>, |v| plain(v.pk());
}
