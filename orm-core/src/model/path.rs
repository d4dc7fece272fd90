//! Paths from the root of a query over relations, and what they say about the rows they reach.

use super::{Key, Model, ModelFields};
use crate::column::{NotNull, Null, Nullness};
use crate::row::{Decoded, Reader};

/// How a path got where it is: what can be selected, assigned and prefetched follows from it.
pub trait Cardinality: Send + Sync + 'static {
    /// The path continued by a step of another kind.
    type Then<K: Cardinality>: Cardinality;
    /// The path when a nullable key came before.
    type AfterOpt: Cardinality;
    /// The path when a key came before.
    type AfterOne: Cardinality;
    /// The path to a column that rows of other kinds leave empty.
    type InKind: Cardinality;
    /// What a model at the end of the path is selected as.
    type Wrap<T: Send + 'static>: Send + 'static;
    /// Whether the columns at the end can be NULL because there may be no row.
    type Null: Nullness;

    /// What was looked for at the end of the path; none where it had to be there.
    #[doc(hidden)]
    fn wrap<T: Send + 'static>(found: Option<T>) -> Option<Self::Wrap<T>>;

    /// Reads a model at the end of the path.
    ///
    /// # Errors
    ///
    /// When a cell holds something else than the model says.
    #[doc(hidden)]
    fn decode<M: Model>(reader: &mut Reader<'_>) -> Decoded<Self::Wrap<M>>;

    /// Reads the key of a model at the end of the path.
    ///
    /// # Errors
    ///
    /// When a cell holds something else than the key says.
    #[doc(hidden)]
    fn decode_key<M: Model>(reader: &mut Reader<'_>) -> Decoded<Self::Wrap<M::Pk>>;

    /// Reads the fields of a struct, whose first column is never NULL where there is a row.
    ///
    /// # Errors
    ///
    /// When a cell holds something else than the struct says.
    #[doc(hidden)]
    fn decode_fields<S: ModelFields>(reader: &mut Reader<'_>) -> Decoded<Self::Wrap<S>>;
}

/// The row's own column: the only kind that can be assigned to.
#[derive(Debug, Clone, Copy)]
pub struct Own;
/// The row's own column, which rows of other kinds leave empty: it can be assigned to.
#[derive(Debug, Clone, Copy)]
pub struct InKind;
/// Through one key, which is never NULL.
#[derive(Debug, Clone, Copy)]
pub struct One;
/// Through one key, which can be NULL.
#[derive(Debug, Clone, Copy)]
pub struct Opt;
/// Through several keys that are never NULL.
#[derive(Debug, Clone, Copy)]
pub struct FarOne;
/// Through several keys of which one can be NULL, or over a one-to-one relation from its other side.
#[derive(Debug, Clone, Copy)]
pub struct FarOpt;
/// Through a to-many relation.
#[derive(Debug, Clone, Copy)]
pub struct Many;
/// Not a column: an expression.
#[derive(Debug, Clone, Copy)]
pub struct Computed;
/// Not a column: an aggregate.
#[derive(Debug, Clone, Copy)]
pub struct Agg;
/// Not a column: a document made by `search_vector`, which has options.
#[derive(Debug, Clone, Copy)]
pub struct Vectored;
/// Not a column: a rank made by `search_rank`, which has options.
#[derive(Debug, Clone, Copy)]
pub struct Ranked;
/// Not a column: a headline made by `search_headline`, which has options.
#[derive(Debug, Clone, Copy)]
pub struct Headlined;

macro_rules! plain_card {
    ($card:ty, $then:ty, $after_opt:ty, $after_one:ty, $in_kind:ty) => {
        impl Cardinality for $card {
            type Then<K: Cardinality> = $then;
            type AfterOpt = $after_opt;
            type AfterOne = $after_one;
            type InKind = $in_kind;
            type Wrap<T: Send + 'static> = T;
            type Null = NotNull;
            fn wrap<T: Send + 'static>(found: Option<T>) -> Option<T> {
                found
            }
            fn decode<M: Model>(reader: &mut Reader<'_>) -> Decoded<M> {
                M::decode(reader)
            }
            fn decode_key<M: Model>(reader: &mut Reader<'_>) -> Decoded<M::Pk> {
                M::Pk::decode(reader)
            }
            fn decode_fields<S: ModelFields>(reader: &mut Reader<'_>) -> Decoded<S> {
                S::decode(reader)
            }
        }
    };
}
plain_card!(Own, K, FarOpt, FarOne, InKind);
plain_card!(One, K::AfterOne, FarOpt, FarOne, Opt);
plain_card!(FarOne, K::AfterOne, FarOpt, FarOne, FarOpt);
plain_card!(Computed, Computed, Computed, Computed, Computed);
plain_card!(Agg, Agg, Agg, Agg, Agg);
plain_card!(Vectored, Computed, Computed, Computed, Computed);
plain_card!(Ranked, Computed, Computed, Computed, Computed);
plain_card!(Headlined, Computed, Computed, Computed, Computed);

macro_rules! optional_card {
    ($card:ty, $then:ty, $after:ty, $in_kind:ty) => {
        impl Cardinality for $card {
            type Then<K: Cardinality> = $then;
            type AfterOpt = $after;
            type AfterOne = $after;
            type InKind = $in_kind;
            type Wrap<T: Send + 'static> = Option<T>;
            type Null = Null;
            fn wrap<T: Send + 'static>(found: Option<T>) -> Option<Option<T>> {
                Some(found)
            }
            fn decode<M: Model>(reader: &mut Reader<'_>) -> Decoded<Option<M>> {
                let meta = M::meta();
                if meta.primary_key.iter().all(|key| reader.peek(*key).is_none()) {
                    reader.skip(meta.width());
                    return Ok(None);
                }
                M::decode(reader).map(Some)
            }
            fn decode_key<M: Model>(reader: &mut Reader<'_>) -> Decoded<Option<M::Pk>> {
                let width = M::Pk::TYPES.width();
                if (0..width).any(|place| reader.peek(place).is_none()) {
                    reader.skip(width);
                    return Ok(None);
                }
                M::Pk::decode(reader).map(Some)
            }
            fn decode_fields<S: ModelFields>(reader: &mut Reader<'_>) -> Decoded<Option<S>> {
                if S::is_missing(reader) {
                    reader.skip(S::WIDTH);
                    return Ok(None);
                }
                S::decode(reader).map(Some)
            }
        }
    };
}
optional_card!(InKind, K::InKind, FarOpt, InKind);
optional_card!(Opt, K::AfterOpt, FarOpt, Opt);
optional_card!(FarOpt, K::AfterOpt, FarOpt, FarOpt);
optional_card!(Many, Many, Many, Many);

/// Paths that lead to at most one row: models at their end can be selected.
#[diagnostic::on_unimplemented(
    message = "this path goes through a to-many relation, and a single row is needed here",
    label = "a to-many path",
    note = "rows of to-many relations are loaded by `prefetch_related`",
    note = "order by a column at the end of the path, or by `.count()`"
)]
pub trait ToOne: Cardinality {}
#[diagnostic::do_not_recommend]
impl ToOne for Own {}
#[diagnostic::do_not_recommend]
impl ToOne for InKind {}
#[diagnostic::do_not_recommend]
impl ToOne for One {}
#[diagnostic::do_not_recommend]
impl ToOne for Opt {}
#[diagnostic::do_not_recommend]
impl ToOne for FarOne {}
#[diagnostic::do_not_recommend]
impl ToOne for FarOpt {}

/// Keys that are columns of the model itself, so that they can be written and read by themselves.
/// To-many paths have a sentence of their own.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "this is no column of the model itself: the key stands in another row",
    label = "behind a relation, or the other side of a one-to-one",
    note = "name the model's own columns and keys: `|b| (b.name(), b.author())`; the other row is \
            changed by itself, or by the query set of its model"
)]
pub trait OwnKey: Cardinality {}
#[diagnostic::do_not_recommend]
impl OwnKey for One {}
#[diagnostic::do_not_recommend]
impl OwnKey for Opt {}
#[diagnostic::do_not_recommend]
impl OwnKey for Many {}
