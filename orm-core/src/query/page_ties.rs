//! What makes an ordering tell all rows apart, and what tells an ordering from others.

use super::compile::output_columns;
use super::join::is_many;
use super::order::Orders;
use super::page::expr_of;
use super::parts::Plan;
use super::plan::{Planner, Result, usage};
use crate::ir::{Distinct, IndexPart, ModelMeta, Node, Selected, Source};
use orm_sql::ast::{self, Column, Expr, Group, Key, Name, NullsOrder, Order, TableId, number};
use orm_sql::value::SqlType;
use std::fmt::Write;

impl<'a> Planner<'a> {
    /// Adds to the ordering what tells rows apart that are alike so far, in the direction of its last
    /// item, so that one index can serve all of it.
    pub fn add_ties(
        &mut self,
        plan: &mut Plan<'_, 'a>,
        order: &mut Orders<'a>,
        types: &mut Vec<SqlType>,
    ) -> Result<()> {
        if !plan.query.sets.is_empty() {
            return usage(
                "groups with subtotals cannot be paged by their keys, for a subtotal and a group of NULL may \
                 be alike: call `.nested()` and order by what tells them apart, as by `grouping(…)`",
            );
        }
        let ties = self.ties(plan, order);
        let desc = order.last().is_some_and(|last| last.desc);
        for (expr, sql_type) in ties {
            let is_it = |item: &Order<'a>| same(&expr_of(plan, item.key), &expr);
            if !order.iter().any(is_it) {
                order.push(Order { key: Key::Expr(expr), desc, nulls: None });
                types.push(sql_type);
            }
        }
        Ok(())
    }

    fn ties(&mut self, plan: &Plan<'_, 'a>, order: &Orders<'a>) -> Vec<(Expr<'a>, SqlType)> {
        if self.frame(plan.frame).grouped {
            return self.group_keys(plan, order);
        }
        match &plan.query.distinct {
            Distinct::On(_) => return Vec::new(),
            Distinct::Rows => return self.selected_keys(plan),
            Distinct::No => {}
        }
        self.mark_read();
        let root = self.frame(plan.frame).root;
        let is_table =
            matches!(plan.query.source, Source::Model(_) | Source::Related(_) | Source::Raw(..));
        let model = self.table(root).model.filter(|_| is_table);
        let several = self.joined_many(plan);
        let mut ties = Vec::new();
        if let Some(model) = model
            && !(several.is_empty()
                && plan.query.joins.is_empty()
                && self.is_unique(root, model, order))
        {
            self.add_key(root, model, &mut ties);
        }
        for (table, model) in several {
            self.add_key(table, model, &mut ties);
        }
        if model.is_none() || !plan.query.joins.is_empty() {
            ties.extend(self.selected_keys(plan));
        }
        ties
    }

    /// The rows that are joined over to-many relations: each makes a row of its own.
    fn joined_many(&self, plan: &Plan<'_, 'a>) -> Vec<(TableId, &'static ModelMeta)> {
        let tables = self.tables.iter().enumerate();
        let several = tables.filter(|(_, table)| {
            table.frame == plan.frame
                && table.read
                && table.join.is_some()
                && table.key.is_some_and(|(key, reverse)| is_many(key, reverse))
        });
        several.filter_map(|(id, table)| Some((number(id), table.model?))).collect()
    }

    fn add_key(
        &mut self,
        table: TableId,
        model: &'static ModelMeta,
        ties: &mut Vec<(Expr<'a>, SqlType)>,
    ) {
        for field in model.key_fields() {
            self.table_mut(table).read = true;
            ties.push((Expr::Column(self.column_at(table, field)), field.sql_type));
        }
    }

    /// True where the ordering has columns that no two rows of a table have alike.
    fn is_unique(&self, table: TableId, model: &'static ModelMeta, order: &Orders<'a>) -> bool {
        let is_there = |name: &str| {
            model.field(name).is_some_and(|(_, field)| {
                let column = Expr::Column(self.column_at(table, field));
                let is_it =
                    |item: &Order<'a>| matches!(item.key, Key::Expr(expr) if same(&expr, &column));
                !field.null && order.iter().any(is_it)
            })
        };
        let whole = |unique: &&crate::ir::UniqueMeta| {
            unique.condition.is_none()
                && unique.deferrable.is_none()
                && unique.parts.iter().all(|part| match part {
                    IndexPart::Field { name, .. } => is_there(name),
                    IndexPart::Expression(_) | IndexPart::Ordered(_) => false,
                })
        };
        model.fields.iter().any(|field| field.unique && is_there(field.name))
            || model.uniques.iter().any(|unique| whole(&unique))
    }

    /// What the rows are grouped by.
    fn group_keys(&mut self, plan: &Plan<'_, 'a>, order: &Orders<'a>) -> Vec<(Expr<'a>, SqlType)> {
        let (_, groups, _) = self.grouping(plan, order);
        let keys = groups.iter().filter_map(|group| match group {
            Group::Key(key) => Some(expr_of(plan, *key)),
            Group::Rollup(_) | Group::Cube(_) | Group::Sets(_) => None,
        });
        keys.filter_map(|expr| Some((expr, self.type_of(plan, &expr)?))).collect()
    }

    /// All that is selected: of models, their keys.
    fn selected_keys(&mut self, plan: &Plan<'_, 'a>) -> Vec<(Expr<'a>, SqlType)> {
        let columns = output_columns(plan.query);
        let mut keys = Vec::new();
        let mut at = 0;
        for selected in &plan.query.select {
            match selected {
                Selected::Model(path) => {
                    let target = path.target();
                    keys.extend(target.primary_key.iter().map(|place| at + place));
                    at += target.width();
                }
                Selected::Expr(..) => {
                    keys.push(at);
                    at += 1;
                }
            }
        }
        let key = |place: usize| Some((*plan.items.get(place)?, columns.get(place)?.sql_type));
        keys.into_iter().filter_map(key).collect()
    }

    /// The type of an expression, where it can be known.
    pub fn type_of(&self, plan: &Plan<'_, 'a>, expr: &Expr<'a>) -> Option<SqlType> {
        match expr {
            Expr::Column(Column { sql_type, .. }) => return Some(*sql_type),
            Expr::Cast(_, sql_type) => return Some(*sql_type),
            _ => {}
        }
        let (node, ..) = plan.exprs.iter().find(|(_, known, _)| same(known, expr))?;
        let selected = plan.query.select.iter().find_map(|selected| match selected {
            Selected::Expr(known, sql_type) if known == *node => Some(*sql_type),
            _ => None,
        });
        selected.or(match node {
            Node::Output(_, _, sql_type) | Node::Value(_, sql_type) => Some(*sql_type),
            Node::Column { field, .. } => Some(field.sql_type),
            _ => None,
        })
    }

    /// What tells this ordering from others: the same in every program, whatever conditions there are.
    pub fn fingerprint(&self, order: &Orders<'a>, exprs: &[Expr<'a>], types: &[SqlType]) -> u64 {
        let mut text = String::new();
        for ((item, expr), sql_type) in order.iter().zip(exprs).zip(types) {
            let first = item.nulls.map_or(item.desc, |nulls| nulls == NullsOrder::First);
            let _ = write!(text, "{};{};{};", item.desc, first, sql_type.name());
            expr.walk(&mut |part| {
                self.describe(part, &mut text);
                true
            });
        }
        fnv(text.as_bytes())
    }

    /// One piece of an expression.
    fn describe(&self, part: &Expr<'a>, text: &mut String) {
        let written = match part {
            Expr::Column(column) => {
                self.describe_table(column.table, text);
                match column.name {
                    Name::Known(name) => write!(text, ".{name};"),
                    Name::Output(place) => write!(text, ".{place};"),
                }
            }
            Expr::Param(slot) => write!(text, "{:?};", self.values.get(usize::from(*slot))),
            Expr::Bool(value) => write!(text, "{value};"),
            Expr::Template(template, _) => write!(text, "{};", template.sql),
            Expr::Binary(op, _) => write!(text, "{op};"),
            Expr::Cast(_, sql_type) | Expr::Typed(_, sql_type) => {
                write!(text, "as {};", sql_type.name())
            }
            Expr::Collate(_, name) => write!(text, "collate {name};"),
            Expr::Aggregate(aggregate) => {
                write!(text, "{} {};", aggregate.function.sql, aggregate.distinct)
            }
            Expr::Window(window) => write!(text, "over {:?};", window.over.frame.is_some()),
            Expr::Raw(sql, _) => write!(text, "{sql};"),
            Expr::IsNull(_, null) => write!(text, "null {null};"),
            Expr::Junction(connective, _) => write!(text, "{connective:?};"),
            Expr::Row(_) => write!(text, "row;"),
            Expr::Not(_) | Expr::Guarded(..) | Expr::IsTrue(..) => write!(text, "not;"),
            Expr::Case(_) => write!(text, "case;"),
            Expr::Exists(_) | Expr::Subquery(_) | Expr::InQuery(..) => write!(text, "query;"),
        };
        debug_assert!(written.is_ok());
    }

    /// A table by the way that leads to it, and not by its number.
    fn describe_table(&self, table: TableId, text: &mut String) {
        let joined = self.table(table);
        if let Some(whole) = joined.part_of {
            return self.describe_table(whole, text);
        }
        if let (Some(parent), Some((key, reverse))) = (joined.parent, joined.key) {
            self.describe_table(parent, text);
            let _ = write!(text, "/{}{}", key.name, if reverse { "<" } else { ">" });
            return;
        }
        let _ = match joined.source {
            ast::From::Table { name, .. } => write!(text, "{name}"),
            ast::From::Raw(_) => {
                write!(text, "{}", joined.model.map_or("rows", |model| model.table))
            }
            _ => write!(text, "rows"),
        };
    }
}

/// The same expression: of columns, whatever is known about them.
fn same(one: &Expr<'_>, other: &Expr<'_>) -> bool {
    match (one, other) {
        (Expr::Column(one), Expr::Column(other)) => one.is(other),
        _ => one == other,
    }
}

/// FNV-1a: the same number in every program.
fn fnv(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}
