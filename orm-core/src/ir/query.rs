//! The state of a query set, as its methods left it.

use super::{
    FieldMeta, Filter, Filters, Group, ModelMeta, Node, OrderNode, Ordering, PathBuf, RareBox,
    Scope, SelectList, Selected, Source, visit,
};
use super::{Step, TOO_DEEP};
use orm_sql::ast::number;
use orm_sql::exec::{Executor, Tenancy};
use orm_sql::value::SqlType;
use smallvec::{SmallVec, smallvec};
use std::borrow::Cow;

/// The state of a query set. Immutable for users, cheap to clone, free of types.
#[derive(Clone, Debug)]
pub struct Query {
    /// Which query this is: paths carry the same number.
    pub scope: Scope,
    /// Where the rows come from.
    pub source: Source,
    /// One entry for each call of `filter` and `exclude`, in order.
    pub filters: Filters,
    /// What is selected, in order.
    pub select: SelectList,
    /// How rows are grouped.
    pub group: Group,
    /// The ordering.
    pub order: Ordering,
    /// The first row's place.
    pub offset: u64,
    /// How many rows at the most.
    pub limit: Option<u64>,
    /// No row, whatever is asked.
    pub none: bool,
    /// What few queries have.
    pub rare: RareBox,
}

impl Query {
    /// The default ordering, where nothing else is said: that of the proxy or the model.
    pub fn default_order(&self) -> Option<fn() -> Vec<OrderNode>> {
        self.order.default.or_else(|| self.model()?.default_ordering())
    }

    /// By what its rows are ordered: what was said, or the default.
    pub fn ordered_by(&self) -> Vec<OrderNode> {
        match &self.order.by {
            Some(by) => by.clone(),
            None => self.default_order().map_or_else(Vec::new, |by| by()),
        }
    }

    /// The same query with the default ordering of a proxy.
    #[doc(hidden)]
    #[must_use]
    pub fn by_default(mut self, ordering: fn() -> Vec<OrderNode>) -> Self {
        self.order.default = Some(ordering);
        self
    }

    /// All rows of a model, by its default ordering.
    pub fn new(model: &'static ModelMeta) -> Self {
        let scope = Scope::fresh();
        Query {
            scope,
            source: Source::Model(model),
            filters: SmallVec::new(),
            select: smallvec![Selected::Model(PathBuf::root(scope, model))],
            group: Group::Rows,
            order: Ordering { by: None, reversed: false, default: None },
            offset: 0,
            limit: None,
            none: false,
            rare: RareBox::NOTHING,
        }
    }

    /// A query over all columns of another one.
    pub fn over(inner: Query, model: &'static ModelMeta) -> Query {
        let mut query = Query::new(model);
        query.select = inner.outputs(query.scope);
        // The inner ordering is kept where nothing else is asked for: a subquery's rows come in order.
        query.order = Ordering::by(Vec::new());
        query.error.clone_from(&inner.error);
        if inner.is_too_deep() {
            query.fail(|| TOO_DEEP.to_owned());
        } else {
            query.source = Source::Nested(Box::new(inner));
        }
        query
    }

    /// All columns of the query, as a scope that reads from it names them.
    pub fn outputs(&self, scope: Scope) -> SelectList {
        let mut at = 0;
        let outputs = self.select.iter().map(|selected| {
            let first = at;
            at += selected.width();
            match selected {
                Selected::Model(path) => {
                    let meta = path.target();
                    let output = Step::Output(number(first), meta);
                    Selected::Model(PathBuf::root(scope, meta).then(output))
                }
                Selected::Expr(_, sql_type) => {
                    Selected::Expr(Node::Output(scope, first, *sql_type), *sql_type)
                }
            }
        });
        outputs.collect()
    }

    /// The query with one more condition, whose joins others do not share.
    pub fn with_filter(mut self, node: Node) -> Self {
        let filter = Filter::new(node, 0);
        self.filters.push(filter);
        self
    }

    /// True where paths of this scope belong to this query.
    pub fn owns(&self, scope: Scope) -> bool {
        self.scope == scope || self.also.contains(scope)
    }

    /// The query as that of the rows that a path of an outer query leads to.
    pub fn at(mut self, path: &PathBuf) -> Self {
        let Some((path, conditions)) = path.clone().take_on() else {
            self.fail(|| {
                "the rows behind relations with `joined_on` cannot be had as rows of their own: filter \
                 them by `.objects().filter(…)`"
                    .to_owned()
            });
            return self;
        };
        self.source = Source::Related(path);
        conditions.into_iter().fold(self, Query::with_filter)
    }

    /// Cuts the query off the outer path that it hangs on, and returns that.
    pub fn take_relation(&mut self) -> Option<PathBuf> {
        let Source::Related(path) = &self.source else { return None };
        let path = path.clone();
        self.source = Source::Model(path.target());
        Some(path)
    }

    /// The query as it is asked on an executor: in its time zone, of its tenant.
    pub fn on(&self, db: &(impl Executor + ?Sized)) -> Cow<'_, Query> {
        let backend = db.as_dyn();
        let zone = Some(backend.time_zone()).filter(|zone| *zone != "UTC" && self.zone.is_none());
        let tenancy = backend.tenancy();
        let tenancy = (*tenancy != Tenancy::Unsaid && self.tenancy.is_none()).then_some(tenancy);
        if zone.is_none() && tenancy.is_none() {
            return Cow::Borrowed(self);
        }
        let mut query = self.clone();
        if let Some(zone) = zone {
            query.zone = Some(zone.into());
        }
        if let Some(tenancy) = tenancy {
            query.tenancy = Some(tenancy.clone());
        }
        Cow::Owned(query)
    }

    /// The query as it is shown where there is no executor: of some tenant.
    pub fn shown(&self) -> Cow<'_, Query> {
        self.of(Tenancy::Shown)
    }

    /// The query of the rows of all tenants, where nobody has said another.
    pub fn of_all_tenants(&self) -> Cow<'_, Query> {
        self.of(Tenancy::All)
    }

    fn of(&self, tenancy: Tenancy) -> Cow<'_, Query> {
        match self.tenancy {
            Some(_) => Cow::Borrowed(self),
            None => {
                let mut query = self.clone();
                query.tenancy = Some(tenancy);
                Cow::Owned(query)
            }
        }
    }

    /// The model whose rows these are.
    pub fn model(&self) -> Option<&'static ModelMeta> {
        match &self.source {
            Source::Model(model) | Source::Row(_, model) | Source::Raw(_, model) => Some(model),
            Source::Related(path) => Some(path.target()),
            Source::Nested(query) => query.model(),
            Source::Combined(_, queries) => queries.first().and_then(Query::model),
            Source::Cte(cte) => cte.rows().model(),
            Source::Function(..) => None,
        }
    }

    /// What is selected, where that is expressions only.
    pub(crate) fn expressions(self) -> orm_sql::Result<Vec<(Node, SqlType)>> {
        let expressions = self.select.into_iter().map(|selected| match selected {
            Selected::Expr(node, sql_type) => Ok((node, sql_type)),
            Selected::Model(_) => {
                Err(orm_sql::Error::usage("`aggregate` takes aggregates, not models"))
            }
        });
        expressions.collect()
    }

    /// How many cells a row has.
    pub fn width(&self) -> usize {
        self.select.iter().map(Selected::width).sum()
    }

    /// The cell of a column that is selected already, by itself or within its model.
    pub(crate) fn place_of(&self, node: &Node, sql_type: SqlType) -> Option<usize> {
        let mut first = 0;
        for selected in &self.select {
            let within = match (selected, node) {
                (Selected::Expr(known, known_type), _) => {
                    (known == node && *known_type == sql_type).then_some(0)
                }
                (Selected::Model(known), Node::Column { path, field }) if known == path => {
                    let fields = known.target().fields;
                    let same = |own: &FieldMeta| std::ptr::eq(own, *field);
                    fields.iter().position(same).filter(|_| field.sql_type == sql_type)
                }
                (Selected::Model(_), _) => None,
            };
            if let Some(within) = within {
                return Some(first + within);
            }
            first += selected.width();
        }
        None
    }

    /// What is selected as a cell, with its type.
    pub(crate) fn selected_at(&self, cell: usize) -> Option<(Node, SqlType)> {
        let mut within = cell;
        for selected in &self.select {
            if within >= selected.width() {
                within -= selected.width();
                continue;
            }
            return match selected {
                Selected::Expr(node, sql_type) => Some((node.clone(), *sql_type)),
                Selected::Model(path) => {
                    let field = path.target().fields.get(within)?;
                    Some((Node::Column { path: path.clone(), field }, field.sql_type))
                }
            };
        }
        None
    }

    /// True once `limit`, `offset` or `slice` was called.
    pub fn is_sliced(&self) -> bool {
        self.offset > 0 || self.limit.is_some()
    }

    /// Calls that would change which rows a slice has are mistakes after it, as in Django.
    pub fn fail_once_sliced(&mut self, cannot: &str, cure: &str) {
        if self.is_sliced() {
            self.fail(|| format!("cannot {cannot} once a slice has been taken; {cure}"));
        }
    }

    /// The same of the ordering.
    pub fn fail_to_order_once_sliced(&mut self) {
        self.fail_once_sliced(
            "change the ordering",
            "order first, or call `.nested()` to order the slice's rows",
        );
    }

    /// How many items were selected so far, with those aggregates that are not any more.
    pub fn steps(&self) -> usize {
        self.earlier.len() + self.select.len()
    }

    /// Remembers, before something else is selected, the selected aggregates and what is selected
    /// over to-many relations, each with its place among the filters: the rows that are joined for
    /// them stay, as in Django.
    pub fn keep_joins(&mut self) {
        let before = self.earlier.len();
        let selected = self.select.iter().map(|selected| match selected {
            Selected::Expr(node, _) if visit::has_aggregate(node) || visit::spreads(node) => {
                Some(node.clone())
            }
            _ => None,
        });
        let selected: Vec<Option<Node>> = selected.collect();
        for filter in &mut self.filters {
            let passed = filter.after.saturating_sub(before).min(selected.len());
            let kept = selected.iter().take(passed).flatten().count();
            filter.after = filter.after.min(before) + kept;
        }
        let mut kept = selected.into_iter().flatten().peekable();
        if kept.peek().is_some() {
            self.earlier.extend(kept);
        }
    }

    /// Remembers the first mistake.
    pub fn fail(&mut self, message: impl FnOnce() -> String) {
        if self.error.is_none() {
            self.error = Some(message());
        }
    }
}
