//! Pass: aggregates that are calculated over rows of their own, and not over those that the SELECT joins.
//!
//! Which these are, and in which of the ways, [`super::multiplied`] has decided before.

use super::join::is_many;
use super::multiplied::Way;
use super::parts::bare;
use super::plan::{Aggregated, Ctx, Planner, Result, Reuse};
use crate::ir::visit::{each_joined, spreads};
use crate::ir::{AggregateNode, Node, PathBuf};
use orm_sql::ast::{self, Aggregate, Body, Connective, Expr, FrameId, Nulls, TableId, Template};
use orm_sql::value::SqlType;
use smallvec::SmallVec;

static OR_ELSE: Template = Template::first_of("COALESCE({}, {})");
static ZERO: Template = Template::never_null("0");
static SUM: Template = Template::new("SUM({})");
static COUNT: Template = Template::counting("COUNT({})");

/// The paths of the rows that an aggregate is over.
pub(super) fn paths_of(parts: &AggregateNode) -> SmallVec<[&PathBuf; 4]> {
    let mut paths = SmallVec::new();
    let nodes = parts.args.iter().chain(&parts.filter);
    for node in nodes.chain(parts.order.iter().map(|item| &item.node)) {
        each_joined(node, &mut |path| paths.push(path));
    }
    paths
}

impl<'a> Planner<'a> {
    /// An aggregate that is not over the joined rows.
    pub fn aggregate_by(&mut self, way: &Way, parts: &AggregateNode, ctx: Ctx) -> Result<Expr<'a>> {
        match way {
            Way::Alone(conditions) => {
                let alone = self.alone(parts, conditions, ctx)?;
                let Some(default) = &parts.default else { return Ok(alone) };
                let default = self.value(default, Ctx { inside: false, ..ctx.opaque() })?;
                Ok(Expr::Template(&OR_ELSE, self.list(&[alone, default])))
            }
            Way::Summed(sql_type) => self.summed(parts, *sql_type, ctx),
            Way::Distinct => self.counted_once(parts, ctx),
        }
    }

    /// `(SELECT COUNT(…) FROM book AS t1 WHERE t1.author_id = t0.id)`
    fn alone(&mut self, parts: &AggregateNode, conditions: &[Node], ctx: Ctx) -> Result<Expr<'a>> {
        let (frame, root) = self.open_related(&paths_of(parts), ctx.frame)?;
        let votes = self.votes.len();
        let mut filters: SmallVec<[Expr<'a>; 4]> = SmallVec::new();
        for condition in conditions {
            filters.push(self.conditions_of(condition, Ctx::filter(frame))?);
        }
        self.votes.truncate(votes);
        let inside = Ctx { inside: true, ..Ctx::value(frame) };
        let bare_parts = AggregateNode { default: None, ..parts.clone() };
        let aggregate = self.aggregate_parts(&bare_parts, inside)?;
        if let Some(table) = self.needed_by(aggregate, frame) {
            self.demote(table);
        }
        filters.insert(0, self.correlate_split(frame, root, ctx.frame)?);
        let filter = self.fold(Connective::And, &filters);
        let items = self.list(&[Expr::Aggregate(aggregate)]);
        let select = ast::Select { items, ..bare(frame, filter) };
        Ok(Expr::Subquery(self.arena.alloc(Body::Select(select))))
    }

    /// The table without whose rows there is nothing to aggregate: the joins to it can be inner ones.
    fn needed_by(&self, aggregate: &Aggregate<'a>, frame: FrameId) -> Option<TableId> {
        let first = match (aggregate.function.within_group, aggregate.order) {
            (true, [ast::Order { key: ast::Key::Expr(expr), .. }]) => Some(expr),
            _ => aggregate.args.first(),
        };
        let joined = |table: TableId| {
            let table = self.table(table);
            table.frame == frame && table.join.is_some()
        };
        match aggregate.function.ignores_null() {
            true => first.and_then(|first| null_without(first, &joined)),
            false => None,
        }
    }

    /// Aggregates of each row, put together for a group of rows: `SUM((SELECT COUNT(…) …))`.
    fn summed(
        &mut self,
        parts: &AggregateNode,
        sql_type: Option<SqlType>,
        ctx: Ctx,
    ) -> Result<Expr<'a>> {
        let counts = parts.function.over_nothing == ast::OverNothing::Zero;
        let alone = self.alone(parts, &[], ctx)?;
        let default = match &parts.default {
            _ if counts => Some(Expr::Template(&ZERO, &[])),
            Some(default) => Some(self.value(default, Ctx { inside: false, ..ctx.opaque() })?),
            None => None,
        };
        let function = if parts.function.ignores_repeats() { parts.function } else { &SUM };
        let args = self.list(&[alone]);
        let (distinct, filter, order) = (false, None, &[][..]);
        let all = Aggregate { function, args, distinct, filter, order, default };
        let all = Expr::Aggregate(self.arena.alloc(all));
        self.frame_mut(ctx.frame).grouped = true;
        Ok(match sql_type {
            Some(sql_type) => Expr::Cast(self.keep(all), sql_type),
            None => all,
        })
    }

    /// Rows counted by their keys, each once: `COUNT(DISTINCT t1.id) FILTER (WHERE …)`.
    fn counted_once(&mut self, parts: &AggregateNode, ctx: Ctx) -> Result<Expr<'a>> {
        let inside = Ctx { reuse: Reuse::All, inside: true, ..ctx.opaque() };
        let counted = *self.aggregate_parts(parts, inside)?;
        let keys = self.keys_of_rows(&counted, ctx);
        let args = match keys.as_slice() {
            [key] => self.list(&[*key]),
            keys => self.list(&[Expr::Row(self.list(keys))]),
        };
        let there = counted.args.first().filter(|arg| keys.as_slice() != [**arg]);
        let there = there.map(|arg| Expr::IsNull(arg, false));
        let filters: SmallVec<[Expr<'a>; 2]> = there.into_iter().chain(counted.filter).collect();
        let filter = Some(self.fold(Connective::And, &filters));
        let filter = filter.filter(|filter| *filter != Expr::Bool(true));
        self.frame_mut(ctx.frame).grouped = true;
        // `COUNT(*)` has no place for keys.
        let function = if counted.args.is_empty() { &COUNT } else { counted.function };
        let counted = Aggregate { function, args, distinct: true, filter, ..counted };
        Ok(Expr::Aggregate(self.arena.alloc(counted)))
    }

    /// The keys that tell the rows apart that an aggregate is over.
    fn keys_of_rows(&mut self, aggregate: &Aggregate<'a>, ctx: Ctx) -> SmallVec<[Expr<'a>; 2]> {
        let many = self.many_of(aggregate, ctx.frame);
        let mut tables: SmallVec<[TableId; 2]> = SmallVec::new();
        for last in self.last_of(&many) {
            self.add_telling(last, &mut tables);
        }
        if tables.is_empty() {
            tables.push(self.frame(ctx.frame).root);
        }
        let mut keys = SmallVec::new();
        for table in tables {
            let Some(model) = self.table(table).model else { continue };
            for field in model.key_fields() {
                self.table_mut(table).read = true;
                keys.push(Expr::Column(self.column_at(table, field)));
            }
        }
        keys
    }

    /// The tables whose rows say by which rows one of the last table is reached: a row with a key says
    /// which row that refers to, but many may refer to the row that it leads to.
    fn add_telling(&self, last: TableId, tables: &mut SmallVec<[TableId; 2]>) {
        let mut told = false;
        let mut at = Some(last);
        while let Some(table) = at {
            let joined = self.table(table);
            let is_many = joined.key.is_some_and(|(key, reverse)| is_many(key, reverse));
            if !told && (is_many || joined.parent.is_none()) {
                if !tables.contains(&table) {
                    tables.push(table);
                }
                told = true;
            }
            told &= joined.key.is_none_or(|(_, reverse)| reverse);
            at = joined.parent;
        }
    }

    /// An aggregate that is resolved, with the tables that it has read since.
    pub fn note_aggregate(
        &mut self,
        node: &Node,
        parts: &AggregateNode,
        expr: Expr<'a>,
        before: usize,
        frame: FrameId,
    ) {
        let beside = parts.default.as_ref().is_some_and(spreads);
        let since: SmallVec<[TableId; 8]> = self.reads.drain(before..).collect();
        let mut reads = SmallVec::new();
        for table in since {
            let own = self.table(table).frame == frame;
            if own {
                reads.push(table);
            }
            if !own || beside {
                self.reads.push(table);
            }
        }
        self.frame_mut(frame).aggregates.push(Aggregated { node: node.clone(), expr, reads });
    }

    /// Those of some tables to which no other of them is joined.
    pub fn last_of(&self, many: &[TableId]) -> SmallVec<[TableId; 2]> {
        let is_last = |table: &TableId| {
            !many.iter().any(|other| other != table && self.ways_to(*other).contains(table))
        };
        many.iter().copied().filter(is_last).collect()
    }
}

/// A table without whose rows an expression is NULL.
pub(super) fn null_without(expr: &Expr<'_>, joined: &dyn Fn(TableId) -> bool) -> Option<TableId> {
    let any = |list: &[Expr<'_>]| list.iter().find_map(|one| null_without(one, joined));
    match expr {
        Expr::Column(column) => Some(column.table).filter(|table| joined(*table)),
        Expr::Cast(one, _) | Expr::Typed(one, _) | Expr::Collate(one, _) => {
            null_without(one, joined)
        }
        Expr::Binary(_, pair) => any(&pair[..]),
        Expr::Template(template, args) => match template.nulls {
            Nulls::WithAny | Nulls::WithAnyAndElsewhere => any(args),
            Nulls::WithAll | Nulls::Never | Nulls::Unknown => None,
        },
        _ => None,
    }
}
