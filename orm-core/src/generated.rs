//! The runtime half of generated code: what the derive calls so that it need not be written out
//! for every model.

mod generic;
mod kinds;
mod shared;

pub use generic::*;
pub use kinds::{
    AlsoShared, FieldsDecoder, check_of_kinds, columns_of, is_kind, kind_check, no_kind, read_kind,
    select_fields, set_fields,
};
pub use shared::{shared_condition, shared_expression, shared_generated, shared_ordering};

use crate::column::{Column, NotNull};
use crate::draft::IntoField;
use crate::expr::{AsExpr, Condition, Expr, IntoExpr, NullFits, Orderings, Q, Subquery};
use crate::ir::{FieldMeta, Node, OrderNode, Query, Relation, Step, Through};
use crate::model::{Accessors, Cardinality, Fields, InRow, Key, KeyOf, Model, paths};
use crate::query::InsertValue;
use crate::row::{Decoded, Reader};
use crate::select::ViewRow;
use orm_sql::row::CellError;
use orm_sql::value::SqlValue;
use std::marker::PhantomData;

/// A key from one model to another, with nothing else said about it.
pub const fn key<M: Model, T: Model>(name: &'static str, column: &'static str) -> Relation {
    Relation::key(name, column, M::meta, T::meta)
}

/// The value of the key to the row of the model that another one extends.
pub fn parent_key<M: Model>(row: &M) -> InRow<'_> {
    M::meta().primary_key.first().map_or(InRow::Null, |place| row.held(*place))
}

/// A many-to-many relation from one model to another, with nothing else said about it.
pub const fn many_to_many<M: Model, T: Model>(name: &'static str, through: Through) -> Relation {
    Relation::many_to_many(name, M::meta, T::meta, through)
}

/// A path continued by a relation of the model that it leads to.
pub fn forward<M: Model, R: Model, K: Cardinality>(
    from: &impl Accessors,
    relation: &'static Relation,
) -> Fields<M, R, K> {
    Fields::at(from.path().then(Step::Forward(relation)))
}

/// A path continued by a relation of another model to the one that it leads to.
pub fn reverse<M: Model, R: Model, K: Cardinality>(
    from: &impl Accessors,
    relation: &'static Relation,
) -> Fields<M, R, K> {
    Fields::at(from.path().then(Step::Reverse(relation)))
}

/// A condition to keep.
pub fn q<M: Model, C: Condition<M>>(condition: impl FnOnce(&Fields<M>) -> C) -> Q<M> {
    Expr::from_node(self::condition(condition))
}

/// The condition of a constraint or an index.
pub fn condition<M: Model, C: Condition<M>>(condition: impl FnOnce(&Fields<M>) -> C) -> Node {
    condition(&paths::<M>()).into_condition()
}

/// The expression of an index.
pub fn expression<M: Model, X: AsExpr<M>>(expression: impl FnOnce(&Fields<M>) -> X) -> Node {
    expression(&paths::<M>()).as_node()
}

/// The expression of a generated column that holds a `T`.
pub fn generated<M: Model, T: Column, X: IntoExpr<T::Inner, M>>(
    expression: impl FnOnce(&Fields<M>) -> X,
) -> Node {
    expression(&paths::<M>()).into_node()
}

/// The query of a view whose columns have the types `L`.
pub fn view_of<L, V: Subquery<()>>(query: V) -> Query
where
    V::Out: ViewRow<L>,
{
    query.into_query()
}

/// The query of a view whose columns are compared when its state is made.
pub fn view_of_any<V: Subquery<()>>(query: V) -> Query {
    query.into_query()
}

/// A default ordering.
pub fn ordering<M: Model, X: Orderings<M>>(
    ordering: impl FnOnce(&Fields<M>) -> X,
) -> Vec<OrderNode> {
    let mut list = Vec::new();
    ordering(&paths::<M>()).add_to(&mut list);
    list
}

/// What is no value of Rust, where one is asked for.
const NO_VALUE: &str = "its `default` is no value that the type holds exactly: what the database \
                        calculates or rounds is `db_default`";

/// The default of a field that holds a `T`, evaluated in Rust.
pub fn default<T: Column, V: IntoField<T::Inner>>(value: V) -> SqlValue
where
    (T::Null, V::Null): NullFits,
{
    match value.into_field() {
        InsertValue::Value(value) => value,
        InsertValue::Node(node) => match *node {
            Node::Value(value, _) => value,
            _ => SqlValue::Invalid(NO_VALUE.to_owned()),
        },
        InsertValue::Default => SqlValue::Null,
    }
}

/// One column of a key to a model whose own key has several.
pub const fn key_part<K: Key>(
    name: &'static str,
    column: &'static str,
    place: usize,
    null: bool,
) -> FieldMeta {
    let field = FieldMeta::new::<Option<bool>>(name, column);
    FieldMeta { sql_type: K::TYPES.get(place), null, reads: |_| Ok(()), ..field }
}

/// The default of one column of a key that has several, evaluated in Rust.
pub fn key_default<M: Model>(key: impl KeyOf<M>, place: usize) -> SqlValue {
    key.into_values().into_iter().nth(place).unwrap_or(SqlValue::Null)
}

/// The default of a field that holds a `T`, evaluated by the database. There is no row that it
/// could refer to.
pub fn db_default<T: Column, V: IntoExpr<T::Inner, ()>>(value: V) -> Node
where
    (T::Null, V::Null): NullFits,
{
    value.into_node()
}

/// The metadata of a field of each column type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a column type",
    label = "not a column type",
    note = "columns are integers, floats, `bool`, `String`, `Vec<u8>`, chrono's dates and times, `Uuid`, `Decimal`, \
            `serde_json::Value`, `Json<T>`, arrays, ranges, `#[derive(Choices)]` enums, newtypes with \
            `#[derive(Column)]`, and `Option` of each; of another model it is `ForeignKey<T>`; a struct with \
            `#[derive(ModelFields)]` and an enum with `#[derive(Kinds)]` are `#[model(flatten)]`, an enum of keys with \
            `#[derive(GenericForeignKey)]` is `#[field(generic)]`"
)]
pub trait Held {
    /// That of a field without a name.
    const FIELD: FieldMeta;
}
#[diagnostic::do_not_recommend]
impl<T: Column> Held for T {
    const FIELD: FieldMeta = FieldMeta::new::<T>("", "");
}

/// The same of `Json<T>`: errors say what is wrong with what it holds.
pub trait Holder {
    /// That of a field without a name.
    const FIELD: FieldMeta;
}
impl<T: Column> Holder for T {
    const FIELD: FieldMeta = FieldMeta::new::<T>("", "");
}

/// Keys of one column. [`Column`] by another name, so that errors do not list what is one.
pub trait KeyColumn: Column {}
impl<T: Column> KeyColumn for T {}

/// The metadata of a key's column. A function, as what is wrong with the type is found out by
/// evaluating it, and is shown once then.
#[track_caller]
pub const fn key_field<T: KeyColumn>(name: &'static str, column: &'static str) -> FieldMeta {
    FieldMeta::new::<T>(name, column)
}

/// What the columns of one type are read and sent by.
///
/// Where `T` is no column type, its metadata is an error already. The functions of [`NoColumn`]
/// are the ones that are found then, so that it stays the only one.
pub struct Cell<T>(PhantomData<T>);

impl<T: Column> Cell<T> {
    /// Reads the next cell.
    ///
    /// # Errors
    ///
    /// When the cell holds something else.
    #[inline]
    pub fn read(reader: &mut Reader<'_>) -> Decoded<T> {
        reader.column()
    }

    /// The value where it is.
    #[inline]
    pub fn held(value: &T) -> InRow<'_> {
        InRow::Column(value)
    }
}

/// Reads the next cell of a row, or returns from the function that reads it. `?` would have the
/// compiler look for two traits in each of a model's fields.
#[doc(hidden)]
#[macro_export]
macro_rules! __cell {
    ($type:ty, $reader:ident) => {
        match $crate::generated::Cell::<$type>::read($reader) {
            ::core::result::Result::Ok(value) => value,
            ::core::result::Result::Err(error) => return ::core::result::Result::Err(error),
        }
    };
}

/// What stands in for [`Cell`] where the type is no column type. It is never called.
pub trait NoColumn {
    /// The type that is no column type.
    type Value;

    /// An error.
    ///
    /// # Errors
    ///
    /// Always.
    fn read(reader: &mut Reader<'_>) -> Decoded<Self::Value> {
        Err(reader.error("not a column type"))
    }

    /// NULL.
    fn held(_: &Self::Value) -> InRow<'_> {
        InRow::Null
    }
}

impl<T> NoColumn for Cell<T> {
    type Value = T;
}

/// Reads the value inside of a derived column type, which cannot be NULL.
///
/// # Errors
///
/// When the bytes are not a value of the type.
pub fn never_null<T: Column<Null = NotNull>>(raw: &[u8]) -> Result<T, CellError> {
    T::decode(raw)
}
