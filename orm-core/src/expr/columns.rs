//! Columns by themselves: what `save_fields` writes and `refresh_fields` reads.

use super::Expr;
use crate::ir::{FieldMeta, NO_FIELD, Node, PathBuf};
use crate::model::{Cardinality, Fields, InKind, Model, Own, OwnKey, ToOne, paths};
use orm_sql::error::{Error, Result};

/// Columns of the row itself: one, a key, a tuple or a list of them.
///
/// ```
/// # use orm_doctest::*; run(async |db| {
/// # let mut book = Book::objects().get(&db).await?;
/// # db.take();
/// book.save_fields(&db, |b| (b.name(), b.author())).await?;
/// assert_sent!(db, "UPDATE book AS t0 SET name = $1, author_id = $2 WHERE t0.id = $3 RETURNING …");
/// # Ok(()) })
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no column of the model itself",
    label = "expected a column or a key of the model, or a tuple of them",
    note = "columns behind a relation belong to another row, and expressions to none: \
            name the model's own fields, as in `|b| (b.name(), b.author())`"
)]
pub trait Columns<R> {
    /// What it is about: the model, once more. Bounds that name it have shorter messages.
    #[doc(hidden)]
    type Of;
    /// Adds the fields to a list.
    fn add_to(self, list: &mut Vec<&'static FieldMeta>);
}

impl<R, X: AsColumns<R>> Columns<R> for X {
    type Of = R;
    fn add_to(self, list: &mut Vec<&'static FieldMeta>) {
        self.add_columns(list);
    }
}

/// What [`Columns`] is implemented for.
#[doc(hidden)]
pub trait AsColumns<R> {
    /// Adds the fields to a list.
    fn add_columns(self, list: &mut Vec<&'static FieldMeta>);
}

#[diagnostic::do_not_recommend]
impl<R, T> AsColumns<R> for Expr<R, T, Own> {
    fn add_columns(self, list: &mut Vec<&'static FieldMeta>) {
        // Only columns are `Own`, and those are made from fields.
        list.push(match self.into_node() {
            Node::Column { field, .. } => field,
            _ => &NO_FIELD,
        });
    }
}

#[diagnostic::do_not_recommend]
impl<R, T> AsColumns<R> for Expr<R, T, InKind> {
    fn add_columns(self, list: &mut Vec<&'static FieldMeta>) {
        list.push(match self.into_node() {
            Node::Column { field, .. } => field,
            _ => &NO_FIELD,
        });
    }
}

#[diagnostic::do_not_recommend]
impl<R, X: Columns<R>> AsColumns<R> for Vec<X> {
    fn add_columns(self, list: &mut Vec<&'static FieldMeta>) {
        for column in self {
            column.add_to(list);
        }
    }
}

macro_rules! tuple_columns {
    ($($t:ident)*) => {
        #[diagnostic::do_not_recommend]
impl<R, $($t: Columns<R>),*> AsColumns<R> for ($($t,)*) {
            #[allow(non_snake_case)]
            fn add_columns(self, list: &mut Vec<&'static FieldMeta>) {
                let ($($t,)*) = self;
                $($t.add_to(list);)*
            }
        }
    };
}
tuples!(tuple_columns);

#[diagnostic::on_unimplemented(
    message = "`{Self}` is no column of the model itself",
    label = "expected a column or a key of the model, or a tuple of them",
    note = "columns behind a relation belong to another row, and expressions to none: \
            name the model's own fields, as in `|b| (b.name(), b.author())`"
)]
#[doc(hidden)]
pub trait PathToKey {
    /// The model that it starts at.
    type Root: Model;
    /// The model at its end.
    type At: Model;
    /// How the path leads there.
    type Kind: Cardinality;
    /// The untyped path.
    fn path(self) -> PathBuf;
}

#[diagnostic::do_not_recommend]
impl<M: Model, R: Model, K: Cardinality> PathToKey for Fields<M, R, K> {
    type Root = R;
    type At = M;
    type Kind = K;
    fn path(self) -> PathBuf {
        self.into_path()
    }
}

#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a to-many relation is no column: its links are written by `book.tags().set(&db, […])`, and read by `book.tags().all(&db)`",
    label = "many rows"
)]
pub trait OneKey: Cardinality {}
#[diagnostic::do_not_recommend]
impl<K: ToOne> OneKey for K {}

impl<R, P: PathToKey<Root = R>> AsColumns<R> for P
where
    P::Kind: OneKey + OwnKey,
{
    fn add_columns(self, list: &mut Vec<&'static FieldMeta>) {
        list.extend(self.path().own_key());
    }
}

/// The places of the fields that a closure names, each once.
pub(crate) fn places_of<M: Model, X: Columns<M>>(
    fields: impl FnOnce(&Fields<M>) -> X,
) -> Result<Vec<usize>> {
    let meta = M::meta();
    let mut named = Vec::new();
    fields(&paths::<M>()).add_to(&mut named);
    let mut places = Vec::with_capacity(named.len());
    for field in named {
        let place = meta.place_of(field);
        let place = place.ok_or_else(|| {
            Error::usage(format!(
                "this names a column that is not one of `{}` itself: a column behind a relation \
                 belongs to another row",
                meta.name
            ))
        })?;
        if !places.contains(&place) {
            places.push(place);
        }
    }
    Ok(places)
}
