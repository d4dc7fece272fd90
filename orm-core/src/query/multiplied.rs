//! Pass: aggregates that other rows of the same SELECT would multiply.
//!
//! An aggregate is over the rows that its own paths lead to, each of them once. Where a SELECT joins those
//! over to-many relations and no others, that is what the join gives. Where it joins others as well, every
//! row comes as often as there are of those: such an aggregate goes elsewhere, in one of the ways of
//! [`Way`]. To see which rows there are, the SELECT is resolved once with all of them joined, and that
//! is taken back.
//!
//! As in Django, conditions of `filter` calls that came before narrow the rows of an aggregate over the
//! same relation, and rows below those that they join count.

mod narrowed;

use super::alone::{null_without, paths_of};
use super::join::{is_many, written};
use super::order::Orders;
use super::parts::Plan;
use super::plan::{Aggregated, Planner, Result, usage};
use crate::ir::visit::{each_aggregate, spreads};
use crate::ir::{AggregateNode, Distinct, Node, PathBuf, Query, Selected, Step};
use orm_sql::ast::{
    self, Aggregate, Connective, Expr, FrameId, GROUPING, Key, OverNothing, TableId,
};
use orm_sql::value::SqlType;
use smallvec::SmallVec;

/// Where an aggregate is calculated, if not over the joined rows.
#[derive(Clone)]
pub(super) enum Way {
    /// In a subquery of its own, over rows that satisfy these conditions.
    Alone(Vec<Node>),
    /// In such a subquery for each row of a group, and put together for that; as this type.
    Summed(Option<SqlType>),
    /// Over the joined rows, each of which is counted once.
    Distinct,
}

/// The aggregates of a SELECT that go elsewhere.
pub(super) type Ways = Vec<(Node, Way)>;

type Tables = SmallVec<[TableId; 4]>;

/// An aggregate with the rows over to-many relations that it is over.
struct Over<'p, 'a> {
    node: &'p Node,
    parts: &'p AggregateNode,
    expr: &'p Expr<'a>,
    many: Tables,
    /// It can be moved out of the join. One that reads none of those rows cannot be: in a subquery, the
    /// server would take it for an aggregate of the query around.
    can_leave: bool,
}

/// What a SELECT joins over to-many relations, whatever is aggregated.
#[derive(Default)]
struct Rows {
    /// For conditions.
    filtered: Tables,
    /// For what is selected or ordered by.
    spread: Tables,
}

/// What is known of the aggregates of a SELECT.
pub(super) struct Seen<'p, 'a> {
    planner: &'p Planner<'a>,
    query: &'p Query,
    frame: FrameId,
    over: Vec<Over<'p, 'a>>,
    rows: Rows,
}

/// True where a query, or aggregates of all of its rows, may join several to-many relations: asked
/// before anything is resolved.
pub(super) fn may_multiply(query: &Query, totals: &[(Node, SqlType)]) -> bool {
    let mut first: Option<&PathBuf> = None;
    let (mut own, mut several) = (false, false);
    let mut look = |node| {
        each_aggregate(node, &mut |parts| {
            let mut is_own = true;
            for path in paths_of(parts).into_iter().filter(|path| is_over_many(path)) {
                is_own = false;
                several |= !is_same_way(first.get_or_insert(path), path);
            }
            own |= is_own;
        });
    };
    let selected = query.select.iter().filter_map(|selected| match selected {
        Selected::Expr(node, _) => Some(node),
        Selected::Model(_) => None,
    });
    let ordered = query.order.by.iter().flatten().map(|item| &item.node);
    let values = selected.chain(&query.earlier).chain(ordered);
    values.clone().for_each(&mut look);
    query.filters.iter().for_each(|filter| look(&filter.node));
    totals.iter().for_each(|(node, _)| look(node));
    let told_apart = match &query.distinct {
        Distinct::On(nodes) => nodes.as_slice(),
        Distinct::No | Distinct::Rows => &[],
    };
    first.is_some()
        && (several
            || own
            || query.filters.iter().any(|filter| filter.joins())
            || values.chain(told_apart).any(spreads))
}

fn is_over_many(path: &PathBuf) -> bool {
    path.steps.iter().any(Step::is_many)
}

/// True where two paths lead over the same to-many relations.
fn is_same_way(one: &PathBuf, other: &PathBuf) -> bool {
    fn way(path: &PathBuf) -> &[Step] {
        let last = path.steps.iter().rposition(Step::is_many).map_or(0, |last| last + 1);
        path.steps.get(..last).unwrap_or_default()
    }
    way(one) == way(other) && one.scope == other.scope && one.on == other.on
}

impl<'a> Planner<'a> {
    pub fn seen<'p>(&'p self, plan: &'p Plan<'_, 'a>, order: &Orders<'a>) -> Seen<'p, 'a> {
        let frame = plan.frame;
        let aggregates = self.frame(frame).aggregates.iter();
        let over = aggregates.filter_map(|one| self.rows_of_aggregate(one, frame));
        let mut seen = Seen {
            planner: self,
            query: plan.query,
            frame,
            over: over.collect(),
            rows: Rows::default(),
        };
        plan.filters.iter().for_each(|condition| seen.add_condition(condition));
        let ordered = order.iter().filter_map(|item| match &item.key {
            Key::Expr(expr) => Some(expr),
            Key::Place(_) => None,
        });
        let selected = plan.exprs.iter().map(|(_, expr, _)| expr);
        let earlier = plan.earlier.iter().map(|(_, expr)| expr);
        selected.chain(earlier).chain(ordered).chain(&plan.qualify).for_each(|expr| {
            self.add_beside(expr, frame, &mut seen.rows.spread);
        });
        seen.add_unread();
        seen
    }

    fn rows_of_aggregate<'p>(
        &'p self,
        one: &'p Aggregated<'a>,
        frame: FrameId,
    ) -> Option<Over<'p, 'a>> {
        let Aggregated { node: node @ Node::Aggregate(parts), expr, reads } = one else {
            return None;
        };
        let Expr::Aggregate(aggregate) = expr else { return None };
        if std::ptr::eq(parts.function, &GROUPING) {
            return None;
        }
        let can_leave = !parts.joined && !self.many_of(aggregate, frame).is_empty();
        Some(Over { node, parts, expr, many: self.many_to(reads), can_leave })
    }

    /// The tables over to-many relations on the way to a table, itself included; the first of them is
    /// the last here.
    pub fn ways_to(&self, table: TableId) -> Tables {
        let parents = std::iter::successors(Some(table), |at| self.table(*at).parent);
        let many =
            |at: &TableId| self.table(*at).key.is_some_and(|(key, reverse)| is_many(key, reverse));
        parents.filter(many).collect()
    }

    /// The tables over to-many relations on the ways to some tables.
    fn many_to(&self, tables: &[TableId]) -> Tables {
        let mut many = Tables::new();
        tables.iter().for_each(|table| self.add_many(*table, &mut many));
        many
    }

    fn add_many(&self, table: TableId, many: &mut Tables) {
        for table in self.ways_to(table) {
            if !many.contains(&table) {
                many.push(table);
            }
        }
    }

    /// The tables over to-many relations that an aggregate reads from.
    pub fn many_of(&self, aggregate: &Aggregate<'a>, frame: FrameId) -> Tables {
        let mut many = Tables::new();
        let mut add = |expr: &Expr<'a>| self.add_beside(expr, frame, &mut many);
        aggregate.args.iter().chain(&aggregate.filter).for_each(&mut add);
        for item in aggregate.order {
            if let Key::Expr(expr) = &item.key {
                add(expr);
            }
        }
        many
    }

    /// The tables over to-many relations that an expression reads from outside of its aggregates.
    fn add_beside(&self, expr: &Expr<'a>, frame: FrameId, many: &mut Tables) {
        let aggregates = &self.frame(frame).aggregates;
        expr.walk(&mut |expr| match expr {
            Expr::Aggregate(_) => !aggregates.iter().any(|known| known.expr == *expr),
            Expr::Column(column) => {
                if self.table(column.table).frame == frame {
                    self.add_many(column.table, many);
                }
                false
            }
            _ => true,
        });
    }
}

impl Rows {
    fn any(&self) -> impl Iterator<Item = TableId> {
        self.filtered.iter().chain(&self.spread).copied()
    }

    fn contains(&self, table: TableId) -> bool {
        self.any().any(|own| own == table)
    }
}

impl Over<'_, '_> {
    /// True where it is another one when a row comes twice.
    fn is_sensitive(&self) -> bool {
        let AggregateNode { function, distinct, joined, .. } = self.parts;
        !joined && !distinct && !function.ignores_repeats()
    }

    fn counts(&self) -> bool {
        matches!(self.parts.function.sql, "COUNT({})" | "COUNT({*})" | "COUNT(*)")
    }

    /// As which type it can be put together for a group from those of its rows, if it can be.
    fn summed_as(&self) -> Option<Option<SqlType>> {
        let function = self.parts.function;
        if function.ignores_repeats() {
            return Some(None);
        }
        let arg = match self.expr {
            Expr::Aggregate(aggregate) => aggregate.args.first(),
            _ => None,
        };
        match (function.over_nothing, function.sql, arg) {
            _ if self.parts.distinct || function.within_group => None,
            (OverNothing::Zero, ..) => Some(Some(SqlType::Int8)),
            (
                _,
                "SUM({})",
                Some(Expr::Column(ast::Column { sql_type, .. }) | Expr::Cast(_, sql_type)),
            ) => match sql_type {
                SqlType::Int2 | SqlType::Int4 => Some(Some(SqlType::Int8)),
                _ => Some(None),
            },
            _ => None,
        }
    }
}

impl<'p, 'a> Seen<'p, 'a> {
    fn add_condition(&mut self, condition: &Expr<'a>) {
        match condition {
            Expr::Junction(Connective::And, all) => {
                all.iter().for_each(|one| self.add_condition(one));
            }
            one => {
                let rows = &mut self.rows;
                let into = if one.has_aggregate() { &mut rows.spread } else { &mut rows.filtered };
                self.planner.add_beside(one, self.frame, into);
            }
        }
    }

    /// Rows that were joined for what nothing is left of: conditions of `filter`, or values.
    fn add_unread(&mut self) {
        let planner = self.planner;
        let own = planner.reads.iter().filter(|table| planner.table(**table).frame == self.frame);
        for table in own.flat_map(|table| planner.ways_to(*table)) {
            if self.rows.contains(table) {
                continue;
            }
            match planner.table(table).call {
                0 => self.rows.spread.push(table),
                _ => self.rows.filtered.push(table),
            }
        }
    }

    fn root_of(&self, table: TableId) -> Option<TableId> {
        self.planner.ways_to(table).last().copied()
    }

    /// True where each row of an aggregate comes as often as there are rows that others join.
    fn is_multiplied<'o>(
        &self,
        one: &Over<'_, '_>,
        mut others: impl Iterator<Item = &'o Over<'p, 'a>>,
    ) -> bool
    where
        'p: 'o,
        'a: 'o,
    {
        if one.many.is_empty() {
            return others.any(|other| self.joins_more(other));
        }
        let adds = |table: &TableId| !one.many.contains(table) && !self.rows.contains(*table);
        let roots: Tables = one.many.iter().filter_map(|table| self.root_of(*table)).collect();
        let is_apart =
            |table: TableId| self.root_of(table).is_some_and(|root| !roots.contains(&root));
        others.any(|other| other.many.iter().any(adds)) || self.rows.any().any(is_apart)
    }

    fn joins_more(&self, one: &Over<'_, '_>) -> bool {
        one.many.iter().any(|table| !self.rows.contains(*table))
    }

    /// Where there is a group for each row of the model: subqueries. Also whether its rows must be grouped
    /// even where nothing else is aggregated.
    pub fn of_rows(&self) -> Result<(Ways, bool)> {
        let stays = |one: &Over<'p, 'a>| one.is_sensitive() && !one.can_leave;
        let beside_others = self.over.iter().any(stays);
        let leaves = |one: &Over<'p, 'a>, kept: &[&Over<'p, 'a>]| {
            one.can_leave
                && (beside_others && self.joins_more(one)
                    || one.is_sensitive() && self.is_multiplied(one, kept.iter().copied()))
        };
        let shares = |one: &Over<'p, 'a>| one.many.iter().any(|table| self.rows.contains(*table));
        let all: Vec<&Over<'p, 'a>> = self.over.iter().collect();
        let (first, kept): (Vec<_>, Vec<_>) =
            all.iter().copied().partition(|one| !shares(one) && leaves(one, &all));
        let mut ways: Ways =
            first.into_iter().map(|one| (one.node.clone(), Way::Alone(Vec::new()))).collect();
        let (second, last): (Vec<_>, Vec<_>) =
            kept.iter().copied().partition(|one| leaves(one, &kept));
        for one in second {
            let is_spread = one.many.iter().any(|table| self.rows.spread.contains(table));
            let way = match is_spread {
                false => Way::Alone(self.conditions_on(one)?),
                true => self.by_keys(one)?,
            };
            ways.push((one.node.clone(), way));
        }
        for one in last.iter().filter(|one| stays(one)) {
            if self.is_multiplied(one, last.iter().copied()) {
                ways.push((one.node.clone(), self.by_keys(one)?));
            }
        }
        let regroups = self.rows.any().next().is_some() || !self.is_over_table();
        Ok((ways, regroups))
    }

    fn by_keys(&self, one: &Over<'p, 'a>) -> Result<Way> {
        match self.is_told_by_keys(one) {
            true => Ok(Way::Distinct),
            false => refuse(one),
        }
    }

    /// True where the rows are those of a table, each of them once.
    fn is_over_table(&self) -> bool {
        let root = self.planner.frame(self.frame).root;
        let is_table = matches!(self.planner.table(root).source, ast::From::Table { .. });
        is_table && self.query.joins.is_empty()
    }

    /// True where the rows of an aggregate that counts them are told apart by their own keys.
    fn is_told_by_keys(&self, one: &Over<'p, 'a>) -> bool {
        let root = |table: &TableId| self.root_of(*table);
        let below = |table: TableId| {
            let shares =
                one.many.is_empty() || one.many.iter().any(|own| root(own) == root(&table));
            shares && !one.many.contains(&table)
        };
        one.counts()
            && !one.parts.distinct
            && self.is_over_table()
            && !self.rows.any().any(below)
            && self.is_null_without_rows(one)
    }

    /// True where what is counted is NULL as soon as one of the rows is missing.
    fn is_null_without_rows(&self, one: &Over<'p, 'a>) -> bool {
        let Expr::Aggregate(aggregate) = one.expr else { return false };
        let nearest = |table| self.planner.ways_to(table).first().copied();
        let mut last = self.planner.last_of(&one.many).into_iter();
        last.all(|last| {
            let of_last = |table| nearest(table) == Some(last);
            aggregate.args.first().is_some_and(|arg| null_without(arg, &of_last).is_some())
        })
    }

    /// Where a group is one of several rows: what subqueries give for each of them is put together; or rows
    /// are counted by their keys.
    pub fn of_groups(&self) -> Result<Ways> {
        let is_multiplied =
            |one: &&Over<'p, 'a>| one.is_sensitive() && self.is_multiplied(one, self.over.iter());
        let multiplied: Vec<&Over<'p, 'a>> = self.over.iter().filter(is_multiplied).collect();
        if multiplied.is_empty() {
            return Ok(Ways::new());
        }
        let by_keys = multiplied.iter().all(|one| self.is_told_by_keys(one));
        let of_rows_alone = multiplied.iter().all(|one| one.many.is_empty());
        let elsewhere = self.over.iter().filter(|one| !one.many.is_empty());
        let is_free = self.is_over_table() && self.rows.any().next().is_none();
        if is_free && !(by_keys && of_rows_alone) {
            let summed = elsewhere.map(|one| {
                let sql_type = one.summed_as().filter(|_| one.can_leave)?;
                Some((one.node.clone(), Way::Summed(sql_type)))
            });
            if let Some(ways) = summed.collect::<Option<Ways>>() {
                return Ok(ways);
            }
        }
        match multiplied.first() {
            Some(one) if !by_keys => refuse(one),
            _ => Ok(multiplied.iter().map(|one| (one.node.clone(), Way::Distinct)).collect()),
        }
    }
}

fn refuse<T>(one: &Over<'_, '_>) -> Result<T> {
    let what = match one.parts.args.first() {
        Some(Node::Column { path, field }) => format!("`{}`", written(path, field.name)),
        Some(Node::Relation(path)) if path.steps.is_empty() => "the rows themselves".to_owned(),
        Some(Node::Relation(path)) => {
            format!("`{}`", written(path, "").trim_end_matches('.'))
        }
        _ => "an expression".to_owned(),
    };
    usage(format!(
        "an aggregate of {what} stands beside rows of another to-many relation, each of which would \
         repeat what it is over: aggregate in a subquery, as by `subquery_count(…)` or \
         `subquery_sum(…)`; make it `.distinct()`; or say `.over_join()`, if the joined rows are what is \
         wanted"
    ))
}
