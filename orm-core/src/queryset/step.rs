//! The row before or after another one: `get_next_by`, `get_previous_by`.

use super::{QuerySet, Runnable};
use crate::column::{Column, NotNull};
use crate::execute::{Parents, rows, rows_with, traced};
use crate::expr::Expr;
use crate::ir::{FieldMeta, Node, OrderNode, Ordering, PathBuf, Query};
use crate::model::{Key, Model, OnFields, Own};
use crate::query::{self, PageOf, Position};
use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::one_call;
use orm_sql::exec::{BoxFuture, Executor};

/// A column of `M` itself that is never NULL: what `get_next_by` goes by.
#[diagnostic::on_unimplemented(
    message = "`get_next_by` and `get_previous_by` go by a column of `{M}` itself that is never NULL",
    label = "not such a column",
    note = "rows without a value come neither before nor after others: filter them out, and use `.filter(|b| b.published().gt(day)).order_by(…).first(&db)`"
)]
pub trait StepColumn<M> {
    /// Its untyped expression.
    #[doc(hidden)]
    fn into_step(self) -> Node;
}

#[diagnostic::do_not_recommend]
impl<M: Model, T: Column<Null = NotNull>> StepColumn<M> for Expr<M, T, Own> {
    fn into_step(self) -> Node {
        self.into_node()
    }
}

impl<M: Model, O: Send + 'static, S> QuerySet<M, O, S> {
    /// The row of the query set that comes next after a row, by a column; those with the same value
    /// come in the order of their keys.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let book = Book::objects().get(&db).await?;
    /// # db.take();
    /// let books = Book::objects().filter(|b| b.in_print());
    /// let longer: Book = books.get_next_by(&db, &book, |b| b.pages()).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT … FROM book AS t0 WHERE t0.in_print AND (t0.pages, t0.id) > ($1, $2) ORDER BY
    ///      t0.pages, t0.id LIMIT 1"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotExist`] after the last row; [`Error::Usage`] after a slice.
    #[track_caller]
    pub fn get_next_by<'a, X: StepColumn<M>>(
        &self,
        db: &'a (impl Executor + ?Sized),
        row: &M,
        by: impl OnFields<M, X>,
    ) -> BoxFuture<'a, Result<O>>
    where
        S: Runnable<Of: Sized>,
    {
        self.step(db, row, by(&self.root()).into_step(), false)
    }

    /// The row of the query set that comes before a row, by a column; those with the same value come
    /// in the order of their keys.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let review = Review::objects().get(&db).await?;
    /// # db.take();
    /// let reviews = Review::objects().filter(|r| r.book().eq(review.book));
    /// let before: Review = reviews.get_previous_by(&db, &review, |r| r.created()).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT … FROM review AS t0 WHERE t0.book_id = $1 AND (t0.created, t0.id) < ($2, $3) ORDER
    ///      BY t0.created DESC, t0.id DESC LIMIT 1"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotExist`] before the first row; [`Error::Usage`] after a slice.
    #[track_caller]
    pub fn get_previous_by<'a, X: StepColumn<M>>(
        &self,
        db: &'a (impl Executor + ?Sized),
        row: &M,
        by: impl OnFields<M, X>,
    ) -> BoxFuture<'a, Result<O>>
    where
        S: Runnable<Of: Sized>,
    {
        self.step(db, row, by(&self.root()).into_step(), true)
    }

    #[track_caller]
    fn step<'a>(
        &self,
        db: &'a (impl Executor + ?Sized),
        row: &M,
        by: Node,
        backwards: bool,
    ) -> BoxFuture<'a, Result<O>> {
        let mut query = self.query.on(db).into_owned();
        query.fail_once_sliced("ask for the row beside another", "ask before");
        let beyond = Some(position(&mut query, row, by));
        query.limit = Some(1);
        let page = PageOf { beyond, backwards, by_number: false };
        let statement = query::select_page(&query, &page);
        let statement = statement
            .and_then(|found| super::lock::inside(&query, db.as_executor()).map(|()| found));
        let (decoder, prefetches) = (self.decoder.clone(), self.prefetches.clone());
        let found = match statement {
            Ok((statement, shape)) => traced(Ok(statement), &query).map(|s| (s, shape.width)),
            Err(error) => Err(error),
        };
        one_call(Box::pin(async move {
            let (statement, width) = found?;
            let db = db.as_executor();
            let found = match prefetches.is_empty() {
                true => rows(db, &statement, &decoder).await?,
                false => {
                    let parents = Parents { width, only: None };
                    rows_with(db, &statement, parents, &decoder, &prefetches).await?
                }
            };
            found.into_iter().next().ok_or(Error::DoesNotExist { model: M::meta().name })
        }))
    }
}

/// Orders a query by a column and the key, and returns where a row stands in that order.
fn position<M: Model>(query: &mut Query, row: &M, by: Node) -> Position {
    let field = match &by {
        Node::Column { field, .. } => Some(*field),
        _ => None,
    };
    let place =
        |field: &FieldMeta| M::meta().fields.iter().position(|own| std::ptr::eq(own, field));
    let Some(place) = field.and_then(place) else {
        query.fail(|| "`get_next_by` goes by a column of the model itself".to_owned());
        return Position { values: Vec::new(), inclusive: false, fingerprint: None };
    };
    let item = |node| OrderNode { node, desc: false, nulls: None, sql_type: None };
    let mut order = vec![item(by)];
    let mut values = vec![row.value(place)];
    if M::meta().primary_key != [place] {
        let key = Node::relation(PathBuf::root(query.scope, M::meta()));
        order.push(item(key));
        values.extend(row.pk().to_values());
    }
    query.order = Ordering::by(order);
    Position { values, inclusive: false, fingerprint: None }
}
