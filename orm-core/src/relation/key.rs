//! Primary keys at the end of paths: `path.pk()`.

use crate::column::{Column, NotNull};
use crate::expr::{Expr, Field, Ordering, Q};
use crate::ir::{Comparison, NO_FIELD, Node};
use crate::model::{Cardinality, Fields, IntoKey, Key, Model, ToOne};
use crate::relation::IntoKeys;
use crate::row::{Decoded, Reader, RowDecoder};
use crate::select::{Selection, Selects};
use std::marker::PhantomData;

/// Primary keys that [`Fields::pk`] gives: one column, or several.
pub trait PathToKey: Key {
    /// What stands for the key of `M` in conditions: its column, or a [`CompositeKey`].
    type Path<M: Model, R: Model, K: Cardinality>;

    /// The key of the model at the end of a path.
    fn path<M: Model, R: Model, K: Cardinality>(fields: &Fields<M, R, K>) -> Self::Path<M, R, K>;
}

impl<T: Column<Inner = T, Null = NotNull> + Clone + PartialEq> PathToKey for T {
    type Path<M: Model, R: Model, K: Cardinality> = Field<R, T, K>;

    fn path<M: Model, R: Model, K: Cardinality>(fields: &Fields<M, R, K>) -> Field<R, T, K> {
        Expr::column(fields.path(), M::meta().single_key().unwrap_or(&NO_FIELD))
    }
}

/// A primary key of several columns at the end of a path.
///
/// Its values are tuples: `s.pk().eq((1, 2))`. Selected, it is a tuple as well:
///
/// ```
/// # use orm_doctest::*;
/// let keys = Stock::objects().values(|s| (s.pk(), s.copies()));
/// assert_sql!(keys, "SELECT t0.branch, t0.shelf, t0.copies FROM stock AS t0");
/// ```
#[derive(Clone)]
pub struct CompositeKey<M: Model, R: Model, K: Cardinality>(Fields<M, R, K>);

impl<M: Model, R: Model, K: Cardinality> CompositeKey<M, R, K> {
    /// All columns of the key are equal to those of an instance, of a tuple, of another path.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let stock = Stock::objects().filter(|s| s.pk().eq((1, 2)));
    /// assert_sql!(stock, "SELECT … FROM stock AS t0 WHERE (t0.branch, t0.shelf) = ($1, $2)");
    /// ```
    pub fn eq(&self, key: impl IntoKey<M, R>) -> Q<R> {
        self.0.eq(key)
    }

    /// One of the columns differs.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let stock = Stock::objects().filter(|s| s.pk().ne((1, 2)));
    /// assert_sql!(
    ///     stock,
    ///     "SELECT … FROM stock AS t0 WHERE NOT ((t0.branch, t0.shelf) = ($1, $2))"
    /// );
    /// ```
    pub fn ne(&self, key: impl IntoKey<M, R>) -> Q<R> {
        self.0.ne(key)
    }

    /// The key comes after this one, column by column.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let stock = Stock::objects().filter(|s| s.pk().gt((1, 2)));
    /// assert_sql!(stock, "SELECT … FROM stock AS t0 WHERE (t0.branch, t0.shelf) > ($1, $2)");
    /// ```
    pub fn gt(&self, key: impl IntoKey<M, R>) -> Q<R> {
        self.0.compare(Comparison::Gt, key)
    }

    /// The key comes after this one, or is the same.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let stock = Stock::objects().filter(|s| s.pk().gte((1, 2)));
    /// assert_sql!(stock, "SELECT … FROM stock AS t0 WHERE (t0.branch, t0.shelf) >= ($1, $2)");
    /// ```
    pub fn gte(&self, key: impl IntoKey<M, R>) -> Q<R> {
        self.0.compare(Comparison::Gte, key)
    }

    /// The key comes before this one, column by column.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let stock = Stock::objects().filter(|s| s.pk().lt((1, 2)));
    /// assert_sql!(stock, "SELECT … FROM stock AS t0 WHERE (t0.branch, t0.shelf) < ($1, $2)");
    /// ```
    pub fn lt(&self, key: impl IntoKey<M, R>) -> Q<R> {
        self.0.compare(Comparison::Lt, key)
    }

    /// The key comes before this one, or is the same.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let stock = Stock::objects().filter(|s| s.pk().lte((1, 2)));
    /// assert_sql!(stock, "SELECT … FROM stock AS t0 WHERE (t0.branch, t0.shelf) <= ($1, $2)");
    /// ```
    pub fn lte(&self, key: impl IntoKey<M, R>) -> Q<R> {
        self.0.compare(Comparison::Lte, key)
    }

    /// The key is one of these.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let stock = Stock::objects().filter(|s| s.pk().in_([(1, 2), (1, 3)]));
    /// assert_sql!(
    ///     stock,
    ///     "SELECT … FROM stock AS t0 WHERE (t0.branch, t0.shelf) IN (SELECT * FROM UNNEST($1,
    ///      $2))"
    /// );
    /// ```
    pub fn in_(&self, keys: impl IntoKeys<M, R>) -> Q<R> {
        self.0.in_(keys)
    }

    /// Ascending, column by column.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let stock = Stock::objects().order_by(|s| s.pk().asc());
    /// assert_sql!(stock, "SELECT … FROM stock AS t0 ORDER BY t0.branch, t0.shelf");
    /// ```
    pub fn asc(&self) -> Ordering<R>
    where
        K: ToOne,
    {
        self.0.asc()
    }

    /// Descending, column by column.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let stock = Stock::objects().order_by(|s| s.pk().desc());
    /// assert_sql!(stock, "SELECT … FROM stock AS t0 ORDER BY t0.branch DESC, t0.shelf DESC");
    /// ```
    pub fn desc(&self) -> Ordering<R>
    where
        K: ToOne,
    {
        self.0.desc()
    }
}

/// A tuple for each row; `None` where the path leads to no row.
#[diagnostic::do_not_recommend]
impl<M: Model, R: Model, K: ToOne> Selects<R> for CompositeKey<M, R, K> {
    type Out = K::Wrap<M::Pk>;
    type Decoder = KeyDecoder<M, K>;
    fn selects(self, into: &mut Selection<'_>) -> Self::Decoder {
        for field in M::meta().key_fields() {
            let path = self.0.path().clone();
            into.node(Node::Column { path, field }, field.sql_type);
        }
        KeyDecoder(PhantomData)
    }
}

/// Reads the key of the model at the end of a path of kind `K`.
pub struct KeyDecoder<M, K>(PhantomData<fn() -> (M, K)>);

impl<M: Model, K: Cardinality> RowDecoder for KeyDecoder<M, K> {
    type Out = K::Wrap<M::Pk>;
    fn decode(&self, reader: &mut Reader<'_>) -> Decoded<K::Wrap<M::Pk>> {
        K::decode_key::<M>(reader)
    }
}

macro_rules! composite_keys {
    ($($t:ident)+) => {
        impl<$($t: Key),+> PathToKey for ($($t,)+) {
            type Path<Of: Model, R: Model, K: Cardinality> = CompositeKey<Of, R, K>;

            fn path<Of: Model, R: Model, K: Cardinality>(
                fields: &Fields<Of, R, K>,
            ) -> CompositeKey<Of, R, K> {
                CompositeKey(fields.clone())
            }
        }
    };
}
key_tuples!(composite_keys);
