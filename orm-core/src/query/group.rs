//! Pass: groups. Conditions on aggregates go to HAVING, and everything else that is selected or
//! ordered by goes to GROUP BY, unless it follows from a primary key that is there.

use super::order::Orders;
use super::parts::Plan;
use super::plan::{Ctx, Planner, Reuse};
use crate::ir::{Grouping, Node};
use orm_sql::ast::{self, Body, Column, Connective, Expr, FrameId, Key, TableId};
use orm_sql::value::SqlType;
use smallvec::SmallVec;

type Conditions<'a> = SmallVec<[Expr<'a>; 4]>;

/// GROUP BY in the making.
struct Keys<'a> {
    frame: FrameId,
    keys: SmallVec<[Key<'a>; 8]>,
    /// The tables whose primary keys are there: their columns follow from it.
    whole: SmallVec<[TableId; 4]>,
    /// What groups with subtotals are by.
    sets: SmallVec<[Expr<'a>; 4]>,
}

impl<'a> Planner<'a> {
    /// WHERE, GROUP BY, HAVING.
    pub fn grouping(
        &mut self,
        plan: &Plan<'_, 'a>,
        order: &Orders<'a>,
    ) -> (Expr<'a>, &'a [ast::Group<'a>], Expr<'a>) {
        let filter = self.all_filters(plan);
        if !self.frame(plan.frame).grouped {
            return (filter, &[], Expr::Bool(true));
        }
        let (mut before, mut after) = (Conditions::new(), Conditions::new());
        divide(&filter, &mut before, &mut after);
        let filter = self.fold(Connective::And, &before);
        let having = self.fold(Connective::And, &after);

        let mut keys = Keys {
            frame: plan.frame,
            keys: SmallVec::new(),
            whole: SmallVec::new(),
            sets: self.frame(plan.frame).set_keys.iter().map(|(_, expr)| *expr).collect(),
        };
        self.group_by_models(plan, &mut keys);
        for (_, expr, place) in &plan.exprs {
            let place = place.map(|place| Key::Place(place + 1));
            self.group_by(&mut keys, expr, place);
        }
        for item in order {
            if let Key::Expr(expr) = &item.key {
                self.group_by(&mut keys, expr, None);
            }
        }
        for condition in plan.qualify.iter().chain([&having]) {
            for part in self.parts_beside_aggregates(condition, plan.frame) {
                self.group_by_whole(&mut keys, &part, None);
            }
        }
        if !keys.sets.is_empty() {
            return (filter, self.with_sets(plan, &keys.keys), having);
        }
        if keys.keys.is_empty() {
            // The same for all rows; where there are none, there is no group either.
            keys.keys.extend(self.constant_key(plan));
        }
        let groups = keys.keys.iter().map(|key| ast::Group::Key(*key));
        (filter, self.arena.alloc_slice_fill_iter(groups), having)
    }

    /// One of the keys that are the same for all rows: one that is selected, or one that was.
    fn constant_key(&self, plan: &Plan<'_, 'a>) -> Option<Key<'a>> {
        let mut keys = plan.exprs.iter().filter(|(_, expr, _)| !is_calculated_later(expr));
        let (_, expr, place) = keys.clone().find(|key| key.2.is_some()).or(keys.next())?;
        Some(match (place, expr) {
            (Some(place), _) => Key::Place(place + 1),
            // The server takes no literal there.
            (None, Expr::Bool(_)) => Key::Expr(Expr::Cast(self.keep(*expr), SqlType::Bool)),
            (None, expr) => Key::Expr(*expr),
        })
    }

    /// The primary keys of the rows that are selected whole; for rows of a model, its own.
    fn group_by_models(&mut self, plan: &Plan<'_, 'a>, keys: &mut Keys<'a>) {
        let root = self.frame(plan.frame).root;
        let mut tables: SmallVec<[TableId; 4]> = SmallVec::new();
        tables.extend(plan.models.iter().copied());
        // A part of the row of another query is told by the same columns.
        let is_part = |table: &TableId| self.table(*table).part_of == Some(root);
        if plan.query.groups_by_row()
            && self.table(root).model.is_some()
            && !tables.iter().any(is_part)
        {
            tables.insert(0, root);
        }
        for table in tables {
            if keys.whole.contains(&table) {
                continue;
            }
            let joined = self.table(table);
            let Some(model) = joined.model else { continue };
            if matches!(joined.source, ast::From::Table { .. }) {
                for field in model.key_fields() {
                    let column = self.nearest_inner(table, field);
                    keys.keys.push(Key::Expr(Expr::Column(column)));
                }
                keys.whole.push(table);
            } else {
                for field in model.fields {
                    let column = self.column_at(table, field);
                    keys.add_column(column);
                }
            }
        }
    }

    /// The column that PostgreSQL sees a primary key in: the table's own.
    fn nearest_inner(&mut self, table: TableId, field: &crate::ir::FieldMeta) -> Column {
        self.table_mut(table).read = true;
        self.column_at(table, field)
    }

    /// An expression, if it does not follow from what is there; of one with aggregates, what stands
    /// beside those.
    fn group_by(&self, keys: &mut Keys<'a>, expr: &Expr<'a>, place: Option<Key<'a>>) {
        if is_calculated_later(expr) {
            for part in self.parts_beside_aggregates(expr, keys.frame) {
                self.group_by_whole(keys, &part, None);
            }
        } else {
            self.group_by_whole(keys, expr, place);
        }
    }

    fn group_by_whole(&self, keys: &mut Keys<'a>, expr: &Expr<'a>, place: Option<Key<'a>>) {
        if self.follows_from_sets(keys, expr) {
            return;
        }
        if let Expr::Column(column) = expr {
            if self.table(column.table).frame == keys.frame {
                keys.add_column(*column);
            }
            return;
        }
        let columns = self.own_columns(expr, keys.frame);
        let follows = columns.iter().all(|column| keys.whole.contains(&column.table));
        // Nobody knows which columns the user's own SQL reads: those of the row, where there is one.
        let of_row = !keys.whole.is_empty() || !has_user_sql(expr);
        if follows && (!columns.is_empty() || of_row) {
            return;
        }
        let key = place.unwrap_or(Key::Expr(*expr));
        if !keys.keys.contains(&key) && !keys.keys.contains(&Key::Expr(*expr)) {
            keys.keys.push(key);
        }
    }

    /// True for what groups with subtotals are by, and what is calculated of nothing else.
    fn follows_from_sets(&self, keys: &Keys<'a>, expr: &Expr<'a>) -> bool {
        let (mut some, mut others) = (false, false);
        expr.walk(&mut |part| {
            if keys.sets.contains(part) {
                some = true;
                return false;
            }
            if let Expr::Column(column) = part {
                others |= self.table(column.table).frame == keys.frame;
            }
            others |= matches!(part, Expr::Raw(..));
            true
        });
        some && !others
    }

    /// The columns of a SELECT that an expression reads, also in queries inside of it.
    fn own_columns(&self, expr: &Expr<'a>, frame: FrameId) -> SmallVec<[Column; 4]> {
        let mut columns = SmallVec::new();
        self.walk_with_sources(expr, &mut |expr| {
            if let Expr::Column(column) = expr
                && self.table(column.table).frame == frame
            {
                columns.push(*column);
            }
        });
        columns
    }

    /// The parts of an expression, and those of what its queries read from: the queries of a set
    /// operation can refer to the rows around as well.
    fn walk_with_sources(&self, expr: &Expr<'a>, look: &mut dyn FnMut(&Expr<'a>)) {
        expr.walk(&mut |part| {
            look(part);
            if let Expr::Exists(body) | Expr::Subquery(body) | Expr::InQuery(_, body) = part {
                self.walk_sources(body, look);
            }
            true
        });
    }

    fn walk_sources(&self, body: &Body<'a>, look: &mut dyn FnMut(&Expr<'a>)) {
        match body {
            Body::Combined(set) => set.parts.iter().for_each(|part| self.walk_sources(part, look)),
            Body::Select(select) => {
                for table in self.tables.iter().filter(|table| table.frame == select.frame) {
                    match table.source {
                        ast::From::Query(inside) => {
                            self.walk_with_sources(&Expr::Exists(inside), look);
                        }
                        ast::From::Function(expr) | ast::From::Raw(expr) => {
                            self.walk_with_sources(expr, look);
                        }
                        _ => {}
                    }
                }
            }
            // No expression.
            _ => {}
        }
    }

    /// Remembers what is calculated of columns and grouped by.
    pub fn remember_key(&mut self, plan: &Plan<'_, 'a>, node: &Node, expr: &Expr<'a>) {
        let plain = matches!(
            node,
            Node::Column { .. } | Node::Relation(_) | Node::Value(..) | Node::Output(..)
        );
        if plain || is_calculated_later(expr) || plan.query.grouping() == Grouping::None {
            return;
        }
        self.frame_mut(plan.frame).keys.push((node.clone(), *expr));
    }

    /// What the rows are grouped by, where it stands again beside an aggregate or in a window: the
    /// same expression with the same values, which the server then knows to be the same in each group.
    pub fn grouped_by(&self, node: &Node, ctx: Ctx) -> Option<Expr<'a>> {
        if ctx.reuse == Reuse::Call || ctx.inside || ctx.outer || ctx.base.is_some() {
            return None;
        }
        let keys = &self.frame(ctx.frame).keys;
        keys.iter().find(|(key, _)| key == node).map(|(_, expr)| *expr)
    }

    /// What an expression with aggregates reads outside of them, and is not grouped by anyway:
    /// columns, queries, SQL of the user's own.
    fn parts_beside_aggregates(&self, expr: &Expr<'a>, frame: FrameId) -> SmallVec<[Expr<'a>; 4]> {
        let mut parts = SmallVec::new();
        let keys = &self.frame(frame).keys;
        expr.walk(&mut |expr| match expr {
            Expr::Aggregate(_) => false,
            key if keys.iter().any(|(_, known)| known == key) => false,
            Expr::Column(column) => {
                if self.table(column.table).frame == frame {
                    parts.push(*expr);
                }
                false
            }
            Expr::InQuery(left, _) if left.has_aggregate() => true,
            Expr::Raw(..) => {
                parts.push(*expr);
                false
            }
            query if query.is_query() => {
                parts.push(*expr);
                false
            }
            _ => true,
        });
        parts
    }
}

impl Keys<'_> {
    fn add_column(&mut self, column: Column) {
        let key = Key::Expr(Expr::Column(column));
        if !self.whole.contains(&column.table) && !self.keys.contains(&key) {
            self.keys.push(key);
        }
    }
}

/// True where an expression has aggregates or windows of the query itself, so that it cannot be
/// grouped by.
fn is_calculated_later(expr: &Expr<'_>) -> bool {
    let mut found = false;
    expr.walk(&mut |expr| {
        found |= match expr {
            Expr::InQuery(left, _) => is_calculated_later(left),
            expr => matches!(expr, Expr::Aggregate(_) | Expr::Window(_)),
        };
        !found && !expr.is_query()
    });
    found
}

fn has_user_sql(expr: &Expr<'_>) -> bool {
    let mut found = false;
    expr.walk(&mut |expr| {
        found |= matches!(expr, Expr::Raw(..));
        !found
    });
    found
}

/// Conditions under AND: those on rows, and those on groups.
fn divide<'a>(condition: &Expr<'a>, before: &mut Conditions<'a>, after: &mut Conditions<'a>) {
    match condition {
        Expr::Junction(Connective::And, all) => {
            for condition in *all {
                divide(condition, before, after);
            }
        }
        one if one.has_aggregate() => after.push(*one),
        one => before.push(*one),
    }
}
