//! What a relation is compared with, and what is assigned to it.

use super::{Cardinality, Fields, ForeignKey, Key, KeyOf, Model, OneToOne};
use crate::column::{NotNull, Null, Nullness};
use crate::ir::Node;
use orm_sql::value::SqlValue;

/// `None`, whatever it is of: what `draft!` writes for it.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct NoValue;

/// What a relation to `M` can be compared with: an instance, its key, a path to `M`.
///
/// `R` is the root of the query.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `{M}`, nor its key",
    label = "expected `&{M}`, its key, or a path of `{R}` to a `{M}`",
    note = "columns are behind the relation: `b.author().name()`; what may be missing is an `Option` of a key: \
            `.map(ForeignKey::from)`, `.map(ForeignKey::new)`; a column of the query around this one is `outer_ref(…)`"
)]
pub trait IntoKey<M: Model, R: Model> {
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The key as a node: its values, or a path. `to_field` names the field that the relation
    /// refers to, where that is not the primary key.
    fn into_key(self, to_field: Option<&'static str>) -> Node;
}

impl<M: Model, R: Model, V: KeyOrPath<M, R>> IntoKey<M, R> for V {
    type Null = V::Null;
    fn into_key(self, to_field: Option<&'static str>) -> Node {
        self.key_or_path(to_field)
    }
}

/// What [`IntoKey`] is implemented for.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `{M}`, nor its key",
    label = "expected `&{M}`, its key, or a path of `{R}` to a `{M}`",
    note = "columns are behind the relation: `b.author().name()`; what may be missing is an `Option` of a key: \
            `.map(ForeignKey::from)`, `.map(ForeignKey::new)`; a column of the query around this one is `outer_ref(…)`"
)]
pub trait KeyOrPath<M: Model, R: Model> {
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The key as a node.
    fn key_or_path(self, to_field: Option<&'static str>) -> Node;
}

/// What a key of several columns, or one to another field than the primary key, can be given in a
/// draft: what [`IntoKey`] takes but paths, and an `Option` of each of that.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `{M}`, nor its key",
    label = "expected `&{M}`, its key, or an `Option` of either"
)]
pub trait GivenKey<M: Model, R: Model> {
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The key as a node.
    fn given_key(self, to_field: Option<&'static str>) -> Node;
}

macro_rules! no_key {
    ($($of:ident $method:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<M: Model, R: Model> $of<M, R> for NoValue {
            type Null = Null;
            fn $method(self, _: Option<&'static str>) -> Node {
                Node::null()
            }
        }
    )*};
}
no_key!(KeyOrPath key_or_path GivenKey given_key);

/// What stands for a row of `$of`, with its node: by itself, and in an `Option` for drafts.
macro_rules! keys {
    ($([$($generics:tt)*] $(where [$($bounds:tt)*])? $value:ty => $of:ty, |$key:ident, $to_field:pat_param| $node:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<R: Model, $($generics)*> KeyOrPath<$of, R> for $value $(where $($bounds)*)? {
            type Null = NotNull;
            fn key_or_path(self, $to_field: Option<&'static str>) -> Node {
                let $key = self;
                $node
            }
        }
        #[diagnostic::do_not_recommend]
        impl<R: Model, $($generics)*> GivenKey<$of, R> for $value $(where $($bounds)*)? {
            type Null = NotNull;
            fn given_key(self, to_field: Option<&'static str>) -> Node {
                KeyOrPath::<$of, R>::key_or_path(self, to_field)
            }
        }
        #[diagnostic::do_not_recommend]
        impl<R: Model, $($generics)*> GivenKey<$of, R> for Option<$value> $(where $($bounds)*)? {
            type Null = Null;
            fn given_key(self, to_field: Option<&'static str>) -> Node {
                self.map_or_else(Node::null, |key| {
                    KeyOrPath::<$of, R>::key_or_path(key, to_field)
                })
            }
        }
    )*};
}
keys! {
    [M: Model] &M => M, |row, to_field| of_row(row, to_field);
    [M: Model] M => M, |row, to_field| of_row(&row, to_field);
    [M: Model<Pk = String>] &str => M, |key, _| Node::row(vec![SqlValue::Text(key.to_owned())]);
    [M: Model, K: Key] ForeignKey<M, K> => M, |key, _| Node::row(key.pk().to_values());
    [M: Model, K: Key] &ForeignKey<M, K> => M, |key, _| Node::row(key.pk().to_values());
    [M: Model, K: Key] OneToOne<M, K> => M, |key, _| Node::row(key.pk().to_values());
    [M: Model, K: Key] &OneToOne<M, K> => M, |key, _| Node::row(key.pk().to_values());
}

/// The key of a row: the field that `to_field` names, or the primary key.
fn of_row<M: Model>(row: &M, to_field: Option<&'static str>) -> Node {
    match to_field.and_then(|name| M::meta().field(name)) {
        Some((place, _)) => Node::row(vec![row.value(place)]),
        None => Node::row(row.pk().to_values()),
    }
}

/// No key: IS NULL. The only `Option`, so that `None` needs no type.
#[diagnostic::do_not_recommend]
impl<M: Model, R: Model> KeyOrPath<M, R> for Option<ForeignKey<M>> {
    type Null = Null;
    fn key_or_path(self, _: Option<&'static str>) -> Node {
        self.map_or_else(Node::null, |key| Node::row(key.pk().into_values()))
    }
}

macro_rules! plain_keys {
    ($($t:ty),*) => {
        keys! {$(
            [M: Model<Pk = $t>] $t => M, |key, _| Node::row(key.to_values());
            [M: Model<Pk = $t>] &$t => M, |key, _| Node::row(key.to_values());
        )*}
    };
}
plain_keys!(i16, i32, i64, String, uuid::Uuid);

macro_rules! tuple_keys {
    ($($t:ident)+) => {
        #[diagnostic::do_not_recommend]
        impl<$($t,)+ Of: Model<Pk = ($($t,)+)>> KeyOf<Of> for ($($t,)+)
        where
            ($($t,)+): Key,
        {
            fn into_values(self) -> Vec<SqlValue> {
                self.to_values()
            }
        }
        keys! {
            [$($t,)+ Of: Model<Pk = ($($t,)+)>] where [($($t,)+): Key] ($($t,)+) => Of,
                |key, _| Node::row(key.to_values());
            [$($t,)+ Of: Model<Pk = ($($t,)+)>] where [($($t,)+): Key] &($($t,)+) => Of,
                |key, _| Node::row(key.to_values());
        }
    };
}
key_tuples!(tuple_keys);

#[diagnostic::do_not_recommend]
impl<M: Model, R: Model, K: Cardinality> KeyOrPath<M, R> for Fields<M, R, K> {
    type Null = K::Null;
    fn key_or_path(self, _: Option<&'static str>) -> Node {
        Node::relation(self.into_path())
    }
}
