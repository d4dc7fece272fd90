//! What a relation is compared with, and what is assigned to it.

use super::{Cardinality, Fields, ForeignKey, Key, KeyOf, Model};
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

#[diagnostic::do_not_recommend]
impl<M: Model, R: Model> KeyOrPath<M, R> for NoValue {
    type Null = Null;
    fn key_or_path(self, _: Option<&'static str>) -> Node {
        Node::null()
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, R: Model> KeyOrPath<M, R> for &M {
    type Null = NotNull;
    fn key_or_path(self, to_field: Option<&'static str>) -> Node {
        match to_field.and_then(|name| M::meta().field(name)) {
            Some((place, _)) => Node::row(vec![self.value(place)]),
            None => Node::row(self.pk().to_values()),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, R: Model> KeyOrPath<M, R> for M {
    type Null = NotNull;
    fn key_or_path(self, to_field: Option<&'static str>) -> Node {
        KeyOrPath::<M, R>::key_or_path(&self, to_field)
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
    ($($t:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<M: Model<Pk = $t>, R: Model> KeyOrPath<M, R> for $t {
            type Null = NotNull;
            fn key_or_path(self, _: Option<&'static str>) -> Node {
                Node::row(self.to_values())
            }
        }
        #[diagnostic::do_not_recommend]
        impl<M: Model<Pk = $t>, R: Model> KeyOrPath<M, R> for &$t {
            type Null = NotNull;
            fn key_or_path(self, _: Option<&'static str>) -> Node {
                Node::row(self.to_values())
            }
        }
    )*};
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
        #[diagnostic::do_not_recommend]
        impl<$($t,)+ Of: Model<Pk = ($($t,)+)>, R: Model> KeyOrPath<Of, R> for ($($t,)+)
        where
            ($($t,)+): Key,
        {
            type Null = NotNull;
            fn key_or_path(self, _: Option<&'static str>) -> Node {
                Node::row(self.to_values())
            }
        }
        #[diagnostic::do_not_recommend]
        impl<$($t,)+ Of: Model<Pk = ($($t,)+)>, R: Model> KeyOrPath<Of, R> for &($($t,)+)
        where
            ($($t,)+): Key,
        {
            type Null = NotNull;
            fn key_or_path(self, _: Option<&'static str>) -> Node {
                Node::row(self.to_values())
            }
        }
    };
}
key_tuples!(tuple_keys);

#[diagnostic::do_not_recommend]
impl<M: Model<Pk = String>, R: Model> KeyOrPath<M, R> for &str {
    type Null = NotNull;
    fn key_or_path(self, _: Option<&'static str>) -> Node {
        Node::row(vec![SqlValue::Text(self.to_owned())])
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, R: Model, K: Cardinality> KeyOrPath<M, R> for Fields<M, R, K> {
    type Null = K::Null;
    fn key_or_path(self, _: Option<&'static str>) -> Node {
        Node::relation(self.into_path())
    }
}
