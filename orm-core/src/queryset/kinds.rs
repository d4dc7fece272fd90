//! The rows of one kind: `of_kind`.

use super::QuerySet;
use crate::column::{Choices, Column};
use crate::model::{Model, ModelFields, OfKind, OnFields, Own};
use crate::row::{Decoded, Decoder, Reader, RowDecoder};
use std::marker::PhantomData;

impl<M: Model, S> QuerySet<M, M, S> {
    /// Keeps the rows of one kind, and reads each with what its variant holds: no `match` is needed.
    ///
    /// Conditions, orderings, `update`, `delete` and all else go on as before.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// #[derive(Kinds)]
    /// pub enum Method {
    ///     Cash,
    ///     Card { #[field(max_length = 19)] number: String },
    /// }
    ///
    /// #[derive(Model)]
    /// pub struct Payment {
    ///     pub id: i64,
    ///     #[model(flatten)]
    ///     pub method: Method,
    /// }
    ///
    /// let cards: QuerySet<Payment, (Payment, MethodCard)> =
    ///     Payment::objects().of_kind(|p| p.method().card());
    /// assert_sql!(
    ///     cards.filter(|p| p.method().card().number().startswith("4")),
    ///     "SELECT t0.id, t0.method, t0.card_number FROM payment AS t0
    ///      WHERE t0.method = $1 AND t0.card_number LIKE $2"
    /// );
    /// ```
    pub fn of_kind<V: ModelFields, C: Choices + Column>(
        mut self,
        kind: impl OnFields<M, OfKind<V, C, M, Own>>,
    ) -> QuerySet<M, (M, V), S> {
        let kind = kind(&self.root());
        self.push_filter(kind.is(), false);
        let field = kind.columns().nth(1).map(|(_, field)| M::meta().place_of(field));
        let first = field.unwrap_or(Some(0)).unwrap_or_else(|| {
            let model = M::meta().name;
            self.query
                .fail(|| format!("`of_kind` takes a variant of the columns of `{model}` itself"));
            0
        });
        self.with_decoder(Decoder::new(KindOfRow { first, types: PhantomData }))
    }
}

/// Reads a row, and what its variant holds from the same cells.
struct KindOfRow<M, V> {
    first: usize,
    types: PhantomData<fn() -> (M, V)>,
}

impl<M: Model, V: ModelFields> RowDecoder for KindOfRow<M, V> {
    type Out = (M, V);
    fn decode(&self, reader: &mut Reader<'_>) -> Decoded<(M, V)> {
        let mut again = reader.fork();
        again.skip(self.first);
        let row = M::decode(reader)?;
        Ok((row, V::decode(&mut again)?))
    }
}
