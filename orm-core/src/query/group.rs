//! Pass: groups. Conditions on aggregates go to HAVING, and everything else that is selected or
//! ordered by goes to GROUP BY, unless it follows from a primary key that is there.

use super::order::Orders;
use super::parts::Plan;
use super::plan::Planner;
use crate::ir::visit::has_aggregate;
use crate::ir::{Group, Node, Query, Selected};
use orm_sql::ast::{self, Column, Connective, Expr, FrameId, Key, TableId};
use smallvec::SmallVec;

type Conditions<'a> = SmallVec<[Expr<'a>; 4]>;

/// GROUP BY in the making.
struct Keys<'a> {
    frame: FrameId,
    keys: SmallVec<[Key<'a>; 8]>,
    /// The tables whose primary keys are there: their columns follow from it.
    whole: SmallVec<[TableId; 4]>,
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

        let mut keys = Keys { frame: plan.frame, keys: SmallVec::new(), whole: SmallVec::new() };
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
        for column in self.own_columns(&having, plan.frame) {
            keys.add_column(column);
        }
        let groups = keys.keys.iter().map(|key| ast::Group::Key(*key));
        (filter, self.arena.alloc_slice_fill_iter(groups), having)
    }

    /// The primary keys of the rows that are selected whole; for rows of a model, its own.
    fn group_by_models(&mut self, plan: &Plan<'_, 'a>, keys: &mut Keys<'a>) {
        let root = self.frame(plan.frame).root;
        let mut tables: SmallVec<[TableId; 4]> = SmallVec::new();
        if groups_by_row(plan.query) && self.table(root).model.is_some() {
            tables.push(root);
        }
        tables.extend(plan.models.iter().copied());
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

    /// An expression, if it does not follow from what is there. Of one with aggregates, or with
    /// queries inside, the columns.
    fn group_by(&self, keys: &mut Keys<'a>, expr: &Expr<'a>, place: Option<Key<'a>>) {
        let columns = self.own_columns(expr, keys.frame);
        if columns.iter().all(|column| keys.whole.contains(&column.table)) {
            return;
        }
        if let (Expr::Column(_), _) | (_, true) = (expr, is_composed(expr)) {
            for column in columns {
                keys.add_column(column);
            }
            return;
        }
        let key = place.unwrap_or(Key::Expr(*expr));
        if !keys.keys.contains(&key) && !keys.keys.contains(&Key::Expr(*expr)) {
            keys.keys.push(key);
        }
    }

    /// The columns of a SELECT that an expression reads outside of aggregates.
    fn own_columns(&self, expr: &Expr<'a>, frame: FrameId) -> SmallVec<[Column; 4]> {
        let mut columns = SmallVec::new();
        expr.walk(&mut |expr| {
            if let Expr::Column(column) = expr
                && self.table(column.table).frame == frame
            {
                columns.push(*column);
            }
            !matches!(expr, Expr::Aggregate(_))
        });
        columns
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

/// True where there is a group for each row of the model: also for aggregates inside of `values`.
pub fn groups_by_row(query: &Query) -> bool {
    let aggregates = |selected: &Selected| match selected {
        Selected::Expr(node, _) => has_aggregate(node),
        Selected::Model(_) => false,
    };
    let is_row = |key: &Node| matches!(key, Node::Relation(path) if path.steps.is_empty());
    match query.group {
        _ if query.grouped.first().is_some_and(is_row) => true,
        Group::Rows => true,
        Group::Values(first) => {
            query.grouped.is_empty() && query.select.iter().take(first).any(aggregates)
        }
    }
}

/// True where the expression itself cannot be grouped by.
fn is_composed(expr: &Expr<'_>) -> bool {
    let mut composed = false;
    expr.walk(&mut |expr| {
        composed |= matches!(
            expr,
            Expr::Aggregate(_) | Expr::Exists(_) | Expr::Subquery(_) | Expr::InQuery(..)
        );
        !composed
    });
    composed
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
