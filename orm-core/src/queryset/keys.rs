//! Rows by key: `in_bulk`.

use super::{QuerySet, Runnable};
use crate::column::Column;
use crate::expr::{Expr, SelectedAs};
use crate::ir::{Distinct, FieldMeta, Filter, Members, Node, PathBuf, Selected, Step};
use crate::model::{Cardinality, IntoKey, List, Model, OnFields};
use crate::row::Decoder;
use orm_sql::error::{Error, Result};
use orm_sql::exec::{BoxFuture, Executor};
use std::collections::HashMap;
use std::hash::Hash;

impl<M: Model, O: Send + 'static, S> QuerySet<M, O, S> {
    /// The row of a key, among those of this query set.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let tag: Tag = Tag::objects().get_by_key(&db, 7).await?;
    /// assert_sent!(db, "SELECT t0.id, t0.name FROM tag AS t0 WHERE t0.id = $1");
    /// let stock: Stock = Stock::objects().get_by_key(&db, (1, 2)).await?;
    /// assert_sent!(db, "SELECT … FROM stock AS t0 WHERE (t0.branch, t0.shelf) = ($1, $2)");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotExist`]
    #[track_caller]
    pub fn get_by_key<'a>(
        &self,
        db: &'a (impl Executor + ?Sized),
        key: impl IntoKey<M, M>,
    ) -> BoxFuture<'a, Result<O>>
    where
        S: Runnable<Of: Sized>,
    {
        let condition = self.root().eq(key).into_node();
        self.clone().keep(condition, "get_by_key").get(db)
    }

    fn keep(mut self, node: Node, method: &str) -> Self {
        if self.query.is_sliced() {
            self.query.fail(|| format!("cannot use `{method}` once a slice has been taken"));
        }
        if let Distinct::On(_) = self.query.distinct {
            self.query.fail(|| {
                format!("cannot use `{method}` after `distinct_on`; call `.nested()`, and filter its rows")
            });
        }
        let after = self.query.steps();
        self.query.filters.push(Filter::new(node, after));
        self
    }
}

impl<M: Model, S> QuerySet<M, M, S> {
    /// The rows of some keys, by key. Keys without a row are left out; no keys, no query.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let books: HashMap<i64, Book> = Book::objects().in_bulk(&db, [3, 1, 99]).await?;
    /// assert_sent!(db, "SELECT … FROM book AS t0 WHERE t0.id = ANY($1)");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// What the server or the connection reports.
    #[track_caller]
    pub fn in_bulk<'a, V: IntoKey<M, M>>(
        &self,
        db: &'a (impl Executor + ?Sized),
        keys: impl List<V>,
    ) -> BoxFuture<'a, Result<HashMap<M::Pk, M>>>
    where
        M::Pk: Eq + Hash,
        S: Runnable<Of: Sized>,
    {
        let keys = keys.into_iter().filter_map(|key| match key.into_key(None) {
            Node::Row(values) => Some(values),
            _ => None,
        });
        let keys = keys.collect();
        let mut set = self.clone();
        let root = Node::relation(PathBuf::root(set.query.scope, M::meta()));
        set = set.keep(Node::In(Box::new(root), Members::Keys(keys)), "in_bulk");
        let rows = set.all(db);
        Box::pin(async move { Ok(rows.await?.into_iter().map(|row| (row.pk(), row)).collect()) })
    }

    /// The rows of some values of a unique field, by value; the key of a relation is one, as in
    /// `|p| p.author().pk()`. Where the rows are [`distinct_on`](Self::distinct_on) a field, that
    /// one will do.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let tags: HashMap<String, Tag> =
    ///     Tag::objects().in_bulk_by(&db, |t| t.name(), ["sea", "poetry"]).await?;
    /// assert_sent!(db, "SELECT t0.id, t0.name, t0.name FROM tag AS t0 WHERE t0.name = ANY($1)");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where the field is not unique.
    #[track_caller]
    pub fn in_bulk_by<'a, T, K, V>(
        &self,
        db: &'a (impl Executor + ?Sized),
        field: impl OnFields<M, Expr<M, T, K>>,
        values: impl List<V>,
    ) -> BoxFuture<'a, Result<HashMap<SelectedAs<T, K>, M>>>
    where
        T: Column,
        K: Cardinality,
        V: crate::expr::IntoExpr<T::Inner, M>,
        SelectedAs<T, K>: Eq + Hash + Send,
        S: Runnable<Of: Sized>,
    {
        let field = field(&self.root()).into_node();
        let distinct = matches!(&self.query.distinct, Distinct::On(by) if *by == [field.clone()]);
        if let (Err(error), false) = (must_be_unique::<M>(&field), distinct) {
            return Box::pin(async { Err(error) });
        }
        let values: Vec<Node> = values.into_iter().map(V::into_node).collect();
        let values = values.into_iter().filter_map(|node| match node {
            Node::Value(value, _) => Some(value),
            _ => None,
        });
        let members = Members::Values(values.collect(), &<T::Inner as Column>::SQL_TYPE);
        let among = Node::In(Box::new(field.clone()), members);
        let mut set = self.clone();
        if distinct && !set.query.is_sliced() {
            // The first row of each value stays the first, whichever values are asked for.
            let after = set.query.steps();
            set.query.filters.push(Filter::new(among, after));
        } else {
            set = set.keep(among, "in_bulk_by");
        }
        set.query.select.push(Selected::Expr(field, T::SQL_TYPE));
        let decoder = Decoder::Fn(|reader| Ok((M::decode(reader)?, reader.column()?)));
        let rows = set.with_decoder::<(M, SelectedAs<T, K>), S>(decoder).all(db);
        Box::pin(async move { Ok(rows.await?.into_iter().map(|(row, key)| (key, row)).collect()) })
    }
}

/// The field of the model that holds the value: its own, or its key to the row that holds it.
fn own_field<M: Model>(node: &Node) -> Option<&'static FieldMeta> {
    let Node::Column { path, field } = node else { return None };
    match &*path.steps {
        [] => Some(*field),
        [Step::Forward(key)] if key.target() == Some(*field) => {
            M::meta().fields.iter().find(|own| own.relation == Some(*key))
        }
        _ => None,
    }
}

fn must_be_unique<M: Model>(node: &Node) -> Result<()> {
    let meta = M::meta();
    let Some(field) = own_field::<M>(node) else {
        return Err(Error::usage("`in_bulk_by` needs a field of the model"));
    };
    let alone = |unique: &crate::ir::UniqueMeta| {
        let of_field = |part: &crate::ir::IndexPart| matches!(part, crate::ir::IndexPart::Field { name, .. } if *name == field.name);
        unique.condition.is_none() && unique.parts.len() == 1 && unique.parts.iter().all(of_field)
    };
    let key = meta.single_key().is_some_and(|key| key == field);
    if field.unique || key || meta.uniques.iter().any(alone) {
        return Ok(());
    }
    Err(Error::usage(format!(
        "`in_bulk_by` needs a unique field, and `{}` of `{}` is not; filter with `in_` instead",
        field.name, meta.name
    )))
}
