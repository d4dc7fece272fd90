//! Query sets of historical models.

use super::expression::OldCondition;
use super::model::HistoricalModel;
use super::names::label;
use super::operand::{IntoOperand, Operand};
use super::row::{HistoricalRow, Shape, rows};
use super::{expression::Test, write};
use orm_core::delete::{Deleted, rows_of};
use orm_core::ir::{Distinct, Filter, Node, OrderNode, Query, Selected};
use orm_core::query;
use orm_sql::error::{Error, Result};
use orm_sql::exec::Executor;
use orm_sql::value::SqlType;
use std::fmt;

/// Rows of a [`HistoricalModel`]: filtered, ordered, read, changed and deleted as by Django's query sets,
/// with names known at run time. Names that there are not are the error of what runs it.
#[derive(Clone)]
#[must_use = "nothing is asked before a method such as `all` runs it"]
pub struct HistoricalSet {
    pub(super) model: HistoricalModel,
    pub(super) query: Query,
    /// What `values` has selected.
    selected: Option<Vec<(String, SqlType)>>,
}

impl fmt::Debug for HistoricalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HistoricalSet").field(&label(self.model.meta)).finish()
    }
}

impl HistoricalSet {
    pub(super) fn new(model: HistoricalModel) -> Self {
        let query = Query::new(model.meta);
        HistoricalSet { model, query, selected: None }
    }

    /// The same of another query.
    pub(super) fn asking(&self, query: Query) -> Self {
        HistoricalSet { query, ..self.clone() }
    }

    /// Rows where this holds: `filter("author__name__icontains", "le guin")`.
    pub fn filter(self, name: &str, value: impl IntoOperand) -> Self {
        self.test(&Test::Lookup(name.to_owned(), value.into_operand()), false)
    }

    /// Rows where this does not hold.
    pub fn exclude(self, name: &str, value: impl IntoOperand) -> Self {
        self.test(&Test::Lookup(name.to_owned(), value.into_operand()), true)
    }

    /// Rows where a condition of several parts holds: `filter_by(q("pages", 0) | q("title", ""))`.
    pub fn filter_by(self, condition: OldCondition) -> Self {
        self.test(&condition.0, false)
    }

    fn test(mut self, test: &Test, negated: bool) -> Self {
        let node = self.model.names(&self.query).test(test);
        self.query.fail_once_sliced("filter", "filter first");
        match node {
            Ok(node) => {
                let after = self.query.steps();
                self.query.filters.push(Filter { negated, ..Filter::new(node, after) });
            }
            Err(error) => self.query.fail(|| error.to_string()),
        }
        self
    }

    /// In the order of these fields; a minus before one turns it round.
    pub fn order_by<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
        let order = names.into_iter().map(|name| {
            let (desc, name) = name.strip_prefix('-').map_or((false, name), |name| (true, name));
            Ok(OrderNode { node: self.column(name)?.0, desc, nulls: None, sql_type: None })
        });
        let order: Result<Vec<OrderNode>> = order.collect();
        self.query.fail_to_order_once_sliced();
        match order {
            Ok(order) => self.query.order.by = Some(order),
            Err(error) => self.query.fail(|| error.to_string()),
        }
        self
    }

    /// What a name without a lookup stands for.
    fn column(&self, name: &str) -> Result<(Node, Option<&'static SqlType>)> {
        let names = self.model.names(&self.query);
        let named = names.resolve(name)?;
        match named.rest {
            None => Ok((named.node, named.sql_type)),
            Some(rest) => {
                Err(names.wrong(format!("`{name}`: nothing follows a field, and `{rest}` does")))
            }
        }
    }

    /// Some fields instead of whole rows, also over relations: `values(["id", "author__name"])`.
    pub fn values<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
        let selected = names.into_iter().map(|name| {
            let (node, sql_type) = self.column(name)?;
            let several = || {
                self.model.names(&self.query).wrong(format!("`{name}` is a key of several columns"))
            };
            Ok((name.to_owned(), node, *sql_type.ok_or_else(several)?))
        });
        match selected.collect::<Result<Vec<_>>>() {
            Ok(selected) => {
                let keys = self.query.deselect();
                let exprs = selected.iter().map(|(_, node, t)| Selected::Expr(node.clone(), *t));
                self.query.select = exprs.collect();
                self.query.select_values(keys);
                self.selected = Some(
                    selected.into_iter().map(|(name, _, sql_type)| (name, sql_type)).collect(),
                );
            }
            Err(error) => self.query.fail(|| error.to_string()),
        }
        self
    }

    /// Each row once.
    pub fn distinct(mut self) -> Self {
        self.query.distinct = Distinct::Rows;
        self
    }

    /// So many rows at the most.
    pub fn limit(mut self, rows: u64) -> Self {
        self.query.limit = Some(self.query.limit.map_or(rows, |limit| limit.min(rows)));
        self
    }

    /// All rows.
    ///
    /// # Errors
    ///
    /// The first name that there is not, or what the server reports.
    pub async fn all(&self, db: &(impl Executor + ?Sized)) -> Result<Vec<HistoricalRow>> {
        self.read(db.as_executor(), &self.query).await
    }

    pub(super) async fn read(
        &self,
        db: &dyn Executor,
        query: &Query,
    ) -> Result<Vec<HistoricalRow>> {
        let shape = match &self.selected {
            Some(selected) => Shape::selected(&self.model, selected),
            None => Shape::whole(&self.model),
        };
        rows(db, query::select(&query.on(db))?, shape).await
    }

    /// The first row, by the primary key where no order was asked for.
    ///
    /// # Errors
    ///
    /// As of [`all`](Self::all).
    pub async fn first(&self, db: &(impl Executor + ?Sized)) -> Result<Option<HistoricalRow>> {
        let mut first = self.clone().limit(1);
        if first.query.order.by.is_none() {
            let order = first.model.meta.key_fields().into_iter().map(|field| {
                let path = orm_core::ir::PathBuf::root(first.query.scope, first.model.meta);
                OrderNode {
                    node: Node::Column { path, field },
                    desc: false,
                    nulls: None,
                    sql_type: None,
                }
            });
            first.query.order.by = Some(order.collect());
        }
        Ok(first.all(db).await?.into_iter().next())
    }

    /// The only row.
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotExist`], [`Error::MultipleObjectsReturned`].
    pub async fn get(&self, db: &(impl Executor + ?Sized)) -> Result<HistoricalRow> {
        let model = self.model.meta.name;
        let mut rows = self.clone().limit(2).all(db).await?.into_iter();
        match (rows.next(), rows.next()) {
            (Some(row), None) => Ok(row),
            (None, _) => Err(Error::DoesNotExist { model }),
            (Some(_), Some(_)) => Err(Error::MultipleObjectsReturned { model }),
        }
    }

    /// How many rows there are.
    ///
    /// # Errors
    ///
    /// As of [`all`](Self::all).
    pub async fn count(&self, db: &(impl Executor + ?Sized)) -> Result<u64> {
        self.number(db.as_executor(), query::count(&self.query.on(db))?).await
    }

    /// Whether there is a row.
    ///
    /// # Errors
    ///
    /// As of [`all`](Self::all).
    pub async fn exists(&self, db: &(impl Executor + ?Sized)) -> Result<bool> {
        let statement = query::exists(&self.query.on(db))?;
        let shape = Shape::selected(&self.model, &[(String::new(), SqlType::Int4)]);
        Ok(!rows(db.as_executor(), statement, shape).await?.is_empty())
    }

    async fn number(&self, db: &dyn Executor, statement: orm_sql::exec::Statement) -> Result<u64> {
        let shape = Shape::selected(&self.model, &[("count".to_owned(), SqlType::Int8)]);
        let rows = rows(db, statement, shape).await?;
        let count = rows.first().map_or(Ok(0), |row| row.get::<i64>("count"))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Writes fields of all rows, by values and expressions, and returns how many there were:
    /// `update(db, [("slug", lower(f("title")))])`.
    ///
    /// # Errors
    ///
    /// The first name that there is not, or the constraint that refuses a row.
    pub async fn update<V: IntoOperand>(
        &self,
        db: &(impl Executor + ?Sized),
        fields: impl IntoIterator<Item = (&str, V), IntoIter: Send>,
    ) -> Result<u64> {
        let sets = fields.into_iter().map(|(name, value)| (name, value.into_operand()));
        let sets: Vec<(&str, Operand)> = sets.collect();
        write::update(db.as_executor(), self, &self.query, &sets).await
    }

    /// Deletes all rows, and what goes along with them: what keys say of `on_delete` is done as by the
    /// models of today.
    ///
    /// # Errors
    ///
    /// When a key refers to a row that protects it.
    pub async fn delete(&self, db: &(impl Executor + ?Sized)) -> Result<Deleted> {
        rows_of(self.model.meta, &self.query, db.as_executor()).await
    }
}
