//! What every relation path has: the methods of [`Fields`].

use super::key::PathToKey;
use crate::column::Nullness;
use crate::expr::{Aggregate, Assignment, Expr, NullFits, Ordering, Q};
use crate::ir::{AggregateNode, Comparison, Members, Node, OrderNode};
use crate::model::{Cardinality, FarOpt, Fields, InKind, IntoKey, Many, Model, Opt, OwnKey, ToOne};
use crate::queryset::{Of, QuerySet};
use orm_sql::ast::Template;

impl<M: Model, R: Model, K: Cardinality> Fields<M, R, K> {
    /// The rows at the end of the path, as a query set to narrow down; it stands inside of the
    /// query of `R`.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let authors: Vec<(Author, Vec<Book>)> = Author::objects()
    ///     .prefetch_related(|a| a.books().objects().filter(|b| b.in_print()))
    ///     .all(&db)
    ///     .await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT … FROM author AS t0",
    ///     "SELECT … FROM book AS t0 WHERE t0.in_print AND t0.author_id = ANY($1)"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn objects(&self) -> QuerySet<M, M, Of<R>> {
        QuerySet::at(self.path())
    }

    /// How many rows there are at the end of the path.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let authors: QuerySet<Author, (Author, i64)> =
    ///     Author::objects().annotate(|a| a.books().count());
    /// assert_sql!(
    ///     authors,
    ///     "SELECT …, COUNT(t1.id) FROM author AS t0 LEFT JOIN book AS t1 ON t1.author_id =
    ///      t0.id GROUP BY t0.id"
    /// );
    /// ```
    pub fn count(&self) -> Aggregate<R, i64> {
        static COUNT: Template = Template::counting("COUNT({*})");
        Expr::from_node(Node::Aggregate(Box::new(AggregateNode {
            function: &COUNT,
            args: vec![self.node()],
            distinct: false,
            filter: None,
            order: Vec::new(),
            default: None,
            joined: false,
        })))
    }

    /// The row at the end of the path is this one: an instance, its key, another path.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.author().eq(3));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.author_id = $1");
    /// let books = Book::objects().filter(|b| b.editor().eq(b.author()));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.editor_id = t0.author_id");
    /// ```
    pub fn eq<V: IntoKey<M, R>>(&self, key: V) -> Q<R>
    where
        V::Null: Nullness,
    {
        self.compare(Comparison::Eq, key)
    }

    /// The row at the end of the path is not this one.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.author().ne(3));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE NOT (t0.author_id = $1)");
    /// ```
    pub fn ne<V: IntoKey<M, R>>(&self, key: V) -> Q<R>
    where
        V::Null: Nullness,
    {
        self.compare(Comparison::Ne, key)
    }

    /// The row at the end of the path is one of these: a list of instances or keys, a query set.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.author().in_([1, 2]));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.author_id = ANY($1)");
    /// let books = Book::objects()
    ///     .filter(|b| b.author().in_(Author::objects().filter(|a| a.name().eq("Jane Austen"))));
    /// assert_sql!(
    ///     books,
    ///     "SELECT … FROM book AS t0 WHERE t0.author_id IN (SELECT t1.id FROM author AS t1 WHERE
    ///      t1.name = $1)"
    /// );
    /// ```
    pub fn in_<V: IntoKeys<M, R>>(&self, keys: V) -> Q<R>
    where
        V::Of: Sized,
    {
        let members = keys.into_keys(self.path().to_field());
        Expr::from_node(Node::In(Box::new(self.node()), members))
    }

    /// There is no row at the end of the path, or there is one when `null` is false.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.editor().isnull(true));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.editor_id IS NULL");
    /// let authors = Author::objects().filter(|a| a.books().isnull(true));
    /// assert_sql!(
    ///     authors,
    ///     "SELECT … FROM author AS t0 LEFT JOIN book AS t1 ON t1.author_id = t0.id WHERE t1.id
    ///      IS NULL"
    /// );
    /// ```
    pub fn isnull(&self, null: bool) -> Q<R>
    where
        K: MayBeMissing<Of: Sized>,
    {
        Expr::from_node(self.node().is_null(null))
    }

    /// Orders by the default ordering of the model at the end of the path, or else by its key.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().order_by(|b| b.author().asc());
    /// assert_sql!(books, "SELECT … FROM book AS t0 ORDER BY t0.author_id");
    /// ```
    pub fn asc(&self) -> Ordering<R>
    where
        K: ToOne,
    {
        self.ordering(false)
    }

    /// The same the other way round.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().order_by(|b| b.author().desc());
    /// assert_sql!(books, "SELECT … FROM book AS t0 ORDER BY t0.author_id DESC");
    /// ```
    pub fn desc(&self) -> Ordering<R>
    where
        K: ToOne,
    {
        self.ordering(true)
    }

    /// The primary key of the model at the end of the path: a column, or a
    /// [`CompositeKey`](super::CompositeKey) where it is made of several.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.pk().in_([1, 2]));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.id = ANY($1)");
    /// let stock = Stock::objects().filter(|s| s.pk().eq((1, 2)));
    /// assert_sql!(stock, "SELECT … FROM stock AS t0 WHERE (t0.branch, t0.shelf) = ($1, $2)");
    /// ```
    pub fn pk(&self) -> <M::Pk as PathToKey>::Path<M, R, K>
    where
        M::Pk: PathToKey,
    {
        <M::Pk as PathToKey>::path(self)
    }

    fn node(&self) -> Node {
        Node::relation(self.path().clone())
    }

    pub(super) fn compare(&self, op: Comparison, key: impl IntoKey<M, R>) -> Q<R> {
        let key = key.into_key(self.path().to_field());
        Expr::from_node(Node::compare(op, self.node(), key))
    }

    fn ordering(&self, desc: bool) -> Ordering<R> {
        Ordering::from_order(OrderNode { node: self.node(), desc, nulls: None, sql_type: None })
    }
}

impl<M: Model, R: Model, K: ToOne> Fields<M, R, K> {
    /// Assigns another row, or none, to this key of the query's own model.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().update(&db, |b| (b.author().set(3), b.editor().set(None))).await?;
    /// assert_sent!(db, "UPDATE book AS t0 SET author_id = $1, editor_id = $2");
    /// # Ok(()) })
    /// ```
    pub fn set<V: IntoKey<M, R>>(&self, key: V) -> Assignment<R>
    where
        K: OwnKey,
        (K::Null, V::Null): NullFits,
    {
        let key = key.into_key(self.path().to_field());
        Assignment::of_key(self.path().own_key(), key)
    }
}

/// Paths at whose end there may be no row.
pub trait MayBeMissing {
    /// Nothing. Bounds that name it have shorter messages.
    #[doc(hidden)]
    type Of;
}
#[diagnostic::do_not_recommend]
impl<K: Absent> MayBeMissing for K {
    type Of = ();
}

/// What [`MayBeMissing`] is implemented for.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "there is always a row at the end of this path, so `isnull` has nothing to ask",
    label = "never NULL",
    note = "make the key an `Option<ForeignKey<…>>`, or drop the condition"
)]
pub trait Absent {}
#[diagnostic::do_not_recommend]
impl Absent for Opt {}
#[diagnostic::do_not_recommend]
impl Absent for InKind {}
#[diagnostic::do_not_recommend]
impl Absent for FarOpt {}
#[diagnostic::do_not_recommend]
impl Absent for Many {}

/// What a relation to `M` can be looked for in: a list or an iterator of instances or keys, a query
/// set.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list or query set of `{M}`, nor of its keys",
    label = "expected a list of `{M}` or its keys, or a query set of `{M}`",
    note = "one row is written as `[&row]`; to have none, `.clear(&db)`"
)]
pub trait IntoKeys<M: Model, R: Model> {
    /// What it is about. Bounds that name it have shorter messages.
    #[doc(hidden)]
    type Of;
    /// The members. `to_field` names the field that the relation refers to, where that is not
    /// the primary key.
    fn into_keys(self, to_field: Option<&'static str>) -> Members;
}

impl<M: Model, R: Model, V: KeysOrQuery<M, R>> IntoKeys<M, R> for V {
    type Of = M;
    fn into_keys(self, to_field: Option<&'static str>) -> Members {
        self.keys_or_query(to_field)
    }
}

/// What [`IntoKeys`] is implemented for.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list or query set of `{M}`, nor of its keys",
    label = "expected a list of `{M}` or its keys, or a query set of `{M}`",
    note = "one row is written as `[&row]`; to have none, `.clear(&db)`"
)]
pub trait KeysOrQuery<M: Model, R: Model> {
    /// The members.
    fn keys_or_query(self, to_field: Option<&'static str>) -> Members;
}

/// Plain keys as one list; where a path is among them, one by one.
fn members(keys: impl Iterator<Item = Node>) -> Members {
    let nodes: Vec<Node> = keys.collect();
    if nodes.iter().all(|node| matches!(node, Node::Row(_))) {
        let rows = nodes.into_iter().filter_map(|node| match node {
            Node::Row(values) => Some(values),
            _ => None,
        });
        return Members::Keys(rows.collect());
    }
    Members::Nodes(nodes)
}

#[diagnostic::do_not_recommend]
impl<M: Model, R: Model, V: IntoIterator<Item: IntoKey<M, R>>> KeysOrQuery<M, R> for V {
    fn keys_or_query(self, to_field: Option<&'static str>) -> Members {
        members(self.into_iter().map(|key| key.into_key(to_field)))
    }
}
