//! Pass: put a SELECT together from the calls that a query set has seen, in their order.

use super::beside::AS_ROWS;
use super::limits::{WRITTEN_OUT, check_columns};
use super::multiplied::may_multiply;
use super::parts::{Items, Plan, Want, WantOrder, bare};
use super::plan::{Ctx, Joined, Planner, Result, usage};
use super::source::is_identity;
use super::window::Outside;
use crate::ir::visit::{has_aggregate, spreads};
use crate::ir::{Distinct, FieldMeta, Filter, Grouping, Lock, PathBuf, Query, Selected, Source};
use orm_sql::ast::{
    self, Body, Bound, Combined, Connective, Expr, FrameId, Key, Order, TableId, number,
};
use orm_sql::value::{SqlType, SqlValue};
use smallvec::SmallVec;

impl<'a> Planner<'a> {
    /// A query.
    pub fn body(
        &mut self,
        query: &Query,
        parent: Option<FrameId>,
        want: Want<'_>,
    ) -> Result<&'a Body<'a>> {
        if let Some(message) = &query.error {
            return usage(message.clone());
        }
        if let (Source::Combined(op, parts), true) = (&query.source, is_plain_set(query, want)) {
            self.adopt(query);
            return self.combined(query, *op, parts, parent, want);
        }
        let mut plan = self.open_plan(query, parent, want)?;
        self.fill(&mut plan)?;
        let select = self.close(&mut plan)?;
        Ok(self.arena.alloc(Body::Select(select)))
    }

    /// Queries under a set operation, ordered by places.
    fn combined(
        &mut self,
        query: &Query,
        op: orm_sql::ast::Combinator,
        parts: &[Query],
        parent: Option<FrameId>,
        want: Want<'_>,
    ) -> Result<&'a Body<'a>> {
        let parts = self.parts_of_set(parts, parent, want.numbered)?;
        let mut order: SmallVec<[Order<'a>; 2]> = SmallVec::new();
        for item in query.order.by.iter().flatten().filter(|_| want.order != WantOrder::Never) {
            let item = if query.order.reversed { item.clone().reversed() } else { item.clone() };
            if let Some(place) = item.node.place_in(query.scope) {
                let key = Key::Place(number(place + 1));
                order.push(Order { key, desc: item.desc, nulls: item.nulls });
            }
        }
        let (mut limit, offset) = self.bounds(query);
        if let WantOrder::Few(Some(few)) = want.order {
            limit = Some(Bound::Fixed(few));
        }
        let order = self.arena.alloc_slice_copy(&order);
        Ok(self.arena.alloc(Body::Combined(Combined { op, parts, order, limit, offset })))
    }

    /// The queries of a set operation.
    pub fn parts_of_set(
        &mut self,
        parts: &[Query],
        parent: Option<FrameId>,
        numbered: bool,
    ) -> Result<&'a [Body<'a>]> {
        let mut bodies: SmallVec<[Body<'a>; 4]> = SmallVec::new();
        for part in parts {
            self.within_limits()?;
            bodies.push(*self.body(part, parent, Want { numbered, ..AS_ROWS })?);
        }
        Ok(self.arena.alloc_slice_copy(&bodies))
    }

    /// The start of a SELECT: its first table, and what ties it to the query around.
    pub fn open_plan<'n>(
        &mut self,
        query: &'n Query,
        parent: Option<FrameId>,
        want: Want<'n>,
    ) -> Result<Plan<'n, 'a>> {
        if let Some(message) = &query.error {
            return usage(message.clone());
        }
        self.adopt(query);
        let mut filters = SmallVec::new();
        let frame = self.open(query, parent, &mut filters)?;
        if query.none {
            filters.push(Expr::Bool(false));
        }
        Ok(Plan {
            query,
            frame,
            want,
            items: bumpalo::collections::Vec::new_in(self.arena),
            exprs: SmallVec::new(),
            earlier: SmallVec::new(),
            models: SmallVec::new(),
            filters,
            qualify: Vec::new(),
        })
    }

    /// Selected items and conditions, in the order of the calls that made them; aggregates that these would
    /// multiply go elsewhere.
    pub fn fill<'n>(&mut self, plan: &mut Plan<'n, 'a>) -> Result<()> {
        if !self.trying && may_multiply(plan.query, &[]) {
            self.choose_ways(plan, None)?;
        }
        self.fill_in(plan)?;
        if self.frame(plan.frame).regroups {
            self.frame_mut(plan.frame).grouped = true;
        }
        Ok(())
    }

    /// The same, where it is decided already which aggregates go elsewhere.
    pub fn fill_in<'n>(&mut self, plan: &mut Plan<'n, 'a>) -> Result<()> {
        let mut filters = plan.query.filters.iter().peekable();
        let mut sticky = matches!(plan.query.source, Source::Related(_));
        let needs_all = plan.counts_groups();
        let earlier = plan.query.earlier.len();
        for place in 0..=plan.query.steps() {
            while let Some(filter) = filters.next_if(|filter| filter.after <= place) {
                self.filter(plan, filter, sticky)?;
                sticky = filter.sticky;
            }
            if place == 0 {
                self.earlier_groups(plan)?;
                self.group_sets(plan)?;
            }
            match plan.query.earlier.get(place) {
                Some(earlier) if needs_all || !has_aggregate(earlier) => {
                    let expr = self.value(earlier, Ctx::value(plan.frame))?;
                    plan.earlier.push((earlier, expr));
                }
                Some(_) => {}
                None => {
                    if let Some(selected) = plan.query.select.get(place - earlier) {
                        self.selected(plan, selected, needs_all)?;
                    }
                }
            }
        }
        for filter in filters {
            self.filter(plan, filter, sticky)?;
            sticky = filter.sticky;
        }
        if needs_all && plan.orders_by_aggregates() && self.frame(plan.frame).ways.is_empty() {
            self.frame_mut(plan.frame).grouped = true;
        }
        Ok(())
    }

    /// What an earlier `values` grouped by.
    fn earlier_groups<'n>(&mut self, plan: &mut Plan<'n, 'a>) -> Result<()> {
        if plan.query.groups_by_aggregates() {
            return usage(
                "an aggregate after `values` of nothing but aggregates would be grouped by nothing: \
                 to count groups by their values, call `.nested()` before the next `values`, or \
                 select a column beside the aggregates",
            );
        }
        if plan.query.grouping() != Grouping::Earlier {
            return Ok(());
        }
        for node in &plan.query.grouped {
            let expr = self.value(node, Ctx::value(plan.frame))?;
            plan.exprs.push((node, expr, None));
            self.remember_key(plan, node, &expr);
            self.frame_mut(plan.frame).grouped = true;
        }
        Ok(())
    }

    /// One call of `filter` or `exclude`.
    fn filter(&mut self, plan: &mut Plan<'_, 'a>, filter: &Filter, sticky: bool) -> Result<()> {
        self.within_limits()?;
        if !sticky {
            self.frame_mut(plan.frame).call += 1;
        }
        self.remember_inner(plan.frame);
        let votes = self.votes.len();
        let ctx = Ctx::filter(plan.frame);
        let condition = match filter.negated {
            true => {
                let inner = self.conditions_of(&filter.node, ctx.negate())?;
                self.not(inner)
            }
            false => self.conditions_of(&filter.node, ctx)?,
        };
        self.votes.truncate(votes);
        self.restore_inner(plan.frame);
        self.divide_by_windows(plan, condition);
        Ok(())
    }

    fn selected<'n>(
        &mut self,
        plan: &mut Plan<'n, 'a>,
        selected: &'n Selected,
        needs_all: bool,
    ) -> Result<()> {
        match (selected, plan.want.items) {
            (Selected::Model(path), Items::All) => self.whole_model(plan, path),
            (Selected::Expr(node, _), Items::All) => {
                let expr = match plan.exprs.iter().find(|(earlier, ..)| *earlier == node) {
                    Some((_, expr, None)) => *expr,
                    _ => self.value(node, Ctx::value(plan.frame))?,
                };
                plan.exprs.push((node, expr, Some(number(plan.items.len()))));
                plan.items.push(expr);
                self.remember_key(plan, node, &expr);
                Ok(())
            }
            (_, Items::Key(_)) if plan.query.select.len() > 1 => {
                usage("a query on the right of `in_` selects one column, or whole models")
            }
            (Selected::Model(path), Items::Key(fields)) => self.key_of(plan, path, fields),
            (Selected::Expr(node, _), Items::Key(_)) => {
                let expr = self.value(node, Ctx::value(plan.frame))?;
                plan.exprs.push((node, expr, Some(0)));
                plan.items.push(expr);
                self.remember_key(plan, node, &expr);
                Ok(())
            }
            (Selected::Model(path), Items::None) if needs_all && !path.steps.is_empty() => {
                let table = self.place(path, Ctx::value(plan.frame))?;
                plan.models.push(table);
                Ok(())
            }
            (Selected::Model(_), Items::None) => Ok(()),
            (Selected::Expr(node, _), Items::None) => {
                if needs_all || spreads(node) && !has_aggregate(node) {
                    let expr = self.value(node, Ctx::value(plan.frame))?;
                    plan.exprs.push((node, expr, None));
                    self.remember_key(plan, node, &expr);
                }
                Ok(())
            }
        }
    }

    fn whole_model(&mut self, plan: &mut Plan<'_, 'a>, path: &PathBuf) -> Result<()> {
        let ctx = Ctx::value(plan.frame);
        let table = self.place(path, ctx)?;
        self.table_mut(table).read = true;
        plan.models.push(table);
        let fields = path.target().fields;
        plan.items.reserve(fields.len());
        for field in fields {
            let (table, field) = self.holder_in_row(table, field, ctx)?;
            if !plan.models.contains(&table) {
                self.table_mut(table).read = true;
                plan.models.push(table);
            }
            plan.items.push(Expr::Column(self.column_at(table, field)));
        }
        Ok(())
    }

    fn key_of(
        &mut self,
        plan: &mut Plan<'_, 'a>,
        path: &PathBuf,
        fields: &[&'static FieldMeta],
    ) -> Result<()> {
        let target = path.target();
        let own = |field: &&FieldMeta| target.fields.iter().any(|f| std::ptr::eq(f, *field));
        let key = target.key_fields();
        let fields = if !fields.is_empty() && fields.iter().all(own) { fields } else { &key };
        let table = self.place(path, Ctx::value(plan.frame))?;
        plan.models.push(table);
        for field in fields {
            let (table, field) = self.holder(table, field, Ctx::value(plan.frame))?;
            let column = self.nearest(table, field);
            self.table_mut(column.table).read = true;
            plan.items.push(Expr::Column(column));
        }
        Ok(())
    }

    /// The end of a SELECT: ordering, groups, bounds.
    pub fn close(&mut self, plan: &mut Plan<'_, 'a>) -> Result<ast::Select<'a>> {
        let (distinct, mut order) = self.distinct_and_order(plan)?;
        if let Some(page) = plan.want.page {
            self.page(plan, page, &mut order)?;
        }
        let lock = match &plan.query.lock {
            Some(lock) if plan.want.reads_rows() => Some(self.lock(lock, plan)?),
            _ => None,
        };
        let (filter, group, having) = self.grouping(plan, &order);
        let (mut limit, offset) = self.bounds(plan.query);
        if let WantOrder::Few(Some(few)) = plan.want.order {
            limit = Some(Bound::Fixed(few));
        }
        let none = bumpalo::collections::Vec::new_in(self.arena);
        let items = std::mem::replace(&mut plan.items, none).into_bump_slice();
        check_columns(items.len())?;
        let order = self.arena.alloc_slice_copy(&order);
        let inside = ast::Select { items, group, having, ..bare(plan.frame, filter) };
        if !plan.qualify.is_empty() {
            return self.qualified(plan, inside, Outside { distinct, order, limit, offset });
        }
        let names = if plan.want.numbered { ast::Names::Places } else { ast::Names::Any };
        let windows = self.named_windows(plan, items, order);
        Ok(ast::Select { distinct, names, windows, order, limit, offset, lock, ..inside })
    }

    /// The conditions of a SELECT.
    pub fn all_filters(&mut self, plan: &Plan<'_, 'a>) -> Expr<'a> {
        self.fold(Connective::And, &plan.filters)
    }

    /// LIMIT and OFFSET. Limits up to [`WRITTEN_OUT`] stand in the text: of a parameter the server takes
    /// for granted that a tenth of the rows will be read, so that a plan for all values looks dear, and
    /// it plans anew each time. Others are values, so that they share a text.
    pub fn bounds(&mut self, query: &Query) -> (Option<Bound>, Option<Bound>) {
        let mut slot = |number: u64| {
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            Bound::Slot(self.slot(SqlValue::I64(number), SqlType::Int8))
        };
        let limit = query.limit.map(|limit| match limit {
            0..=WRITTEN_OUT => Bound::Fixed(limit),
            more => slot(more),
        });
        let offset = (query.offset > 0).then(|| slot(query.offset));
        (limit, offset)
    }

    fn lock(&mut self, lock: &Lock, plan: &Plan<'_, 'a>) -> Result<ast::Lock<'a>> {
        if !plan.qualify.is_empty() {
            return usage(
                "rows cannot be locked by a condition on a window: lock those whose keys are `in_` \
                 such a query",
            );
        }
        let frame = self.frame(plan.frame);
        if plan.query.distinct != Distinct::No || frame.grouped || !frame.ways.is_empty() {
            return usage(
                "rows cannot be locked after `distinct` or an aggregate, which make one row of \
                 several: lock those whose keys are `in_` such a query, or filter by `exists(…)`",
            );
        }
        let mut of: SmallVec<[TableId; 2]> = SmallVec::new();
        for path in &lock.of {
            let table = self.place(path, Ctx::value(plan.frame))?;
            self.table_mut(table).read = true;
            if self.table(table).is_outer() {
                return usage(format!(
                    "rows of `{}` may be missing, and a row that is missing cannot be locked: leave \
                     those without one out, by `isnull(false)` of the relation",
                    path.target().name
                ));
            }
            of.push(table);
        }
        if of.is_empty() {
            of = self.lockable(plan)?;
        }
        let of = self.arena.alloc_slice_copy(&of);
        Ok(ast::Lock { strength: lock.strength, wait: lock.wait, of })
    }
}

impl<'a> Planner<'a> {
    /// The tables whose rows are locked where nothing is said and an outer join may lack some, which
    /// the server does not lock; none where there is no such join.
    fn lockable(&mut self, plan: &Plan<'_, 'a>) -> Result<SmallVec<[TableId; 2]>> {
        self.mark_read();
        let own =
            |table: &Joined<'_>| table.frame == plan.frame && table.read && table.part_of.is_none();
        if !self.tables.iter().any(|table| own(table) && table.is_outer()) {
            return Ok(SmallVec::new());
        }
        let missing = plan.models.iter().find(|table| self.table(**table).is_outer());
        if let Some(model) = missing.and_then(|table| self.table(*table).model) {
            return usage(format!(
                "rows of `{}` that may be missing are selected beside those that are locked, and a \
                 row that is missing cannot be locked: say which are, as by `.of(|b| b.clone())` for \
                 those of the query set itself",
                model.name
            ));
        }
        let tables = self.tables.iter().enumerate();
        let locked = tables.filter(|(_, table)| own(table) && !table.is_outer());
        Ok(locked.map(|(id, _)| number(id)).collect())
    }
}

/// True when a set operation needs no SELECT around it.
fn is_plain_set(query: &Query, want: Want<'_>) -> bool {
    let by_place = match &query.order.by {
        None => true,
        Some(items) => items.iter().all(|item| item.node.place_in(query.scope).is_some()),
    };
    let all = match want.items {
        Items::All => true,
        Items::Key(_) => query.width() == 1,
        Items::None => false,
    };
    all && by_place
        && want.page.is_none()
        && query.filters.is_empty()
        && query.joins.is_empty()
        && query.distinct == Distinct::No
        && query.earlier.is_empty()
        && query.grouped.is_empty()
        && query.sets.is_empty()
        && query.lock.is_none()
        && !query.none
        && is_identity(&query.select, query.scope)
}
