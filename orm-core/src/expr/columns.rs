//! Columns by themselves: what `save_fields` writes and `refresh_fields` reads.

use super::Expr;
use crate::ir::{FieldMeta, NO_FIELD, Node};
use crate::model::{Fields, Model, Own, ToOne, paths};
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
    message = "`{Self}` is no column of `{R}` itself",
    label = "expected a column or a key of `{R}`, or a tuple of them",
    note = "columns behind a relation belong to another row, and expressions to none: \
            name the model's own fields, as in `|b| (b.name(), b.author())`"
)]
pub trait Columns<R> {
    /// Adds the fields to a list.
    fn add_to(self, list: &mut Vec<&'static FieldMeta>);
}

#[diagnostic::do_not_recommend]
impl<R, T> Columns<R> for Expr<R, T, Own> {
    fn add_to(self, list: &mut Vec<&'static FieldMeta>) {
        // Only columns are `Own`, and those are made from fields.
        list.push(match self.into_node() {
            Node::Column { field, .. } => field,
            _ => &NO_FIELD,
        });
    }
}

#[diagnostic::do_not_recommend]
impl<R, X: Columns<R>> Columns<R> for Vec<X> {
    fn add_to(self, list: &mut Vec<&'static FieldMeta>) {
        for column in self {
            column.add_to(list);
        }
    }
}

macro_rules! tuple_columns {
    ($($t:ident)*) => {
        impl<R, $($t: Columns<R>),*> Columns<R> for ($($t,)*) {
            #[allow(non_snake_case)]
            fn add_to(self, list: &mut Vec<&'static FieldMeta>) {
                let ($($t,)*) = self;
                $($t.add_to(list);)*
            }
        }
    };
}
tuples!(tuple_columns);

#[diagnostic::do_not_recommend]
impl<M: Model, R: Model, K: ToOne> Columns<R> for Fields<M, R, K> {
    fn add_to(self, list: &mut Vec<&'static FieldMeta>) {
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
        let place = meta.fields.iter().position(|other| other == field);
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
