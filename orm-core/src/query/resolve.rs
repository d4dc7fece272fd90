//! Pass: resolve nodes to expressions: paths to columns of joined tables, values to slots.

use super::join::key_fields;
use super::parts::WantOrder;
use super::plan::{Aggregated, Ctx, FrameKind, Planner, Result, Reuse, usage};
use crate::ir::visit::has_window;
use crate::ir::{AggregateNode, CaseNode, FieldMeta, Node, OrderNode, Query, Selected};
use orm_sql::ast::{
    ARRAY_OF_ROWS, Aggregate, Case, Column, Connective, Expr, FrameId, GROUPING, Key, Nulls, Order,
    Template,
};
use orm_sql::ident::RawSql;
use orm_sql::schema::names::check_name;
use orm_sql::sql::placeholder;
use orm_sql::value::{SqlType, SqlValue};
use smallvec::SmallVec;

impl<'a> Planner<'a> {
    /// An expression that is a value: selected, ordered by, compared, assigned.
    ///
    /// This calls itself for what is inside, so it does nothing else itself: in an unoptimized
    /// build a function's stack frame has room for the values of all its arms.
    pub fn value(&mut self, node: &Node, ctx: Ctx) -> Result<Expr<'a>> {
        if let FrameKind::Summary(inner) = self.frame(ctx.frame).kind {
            return self.value_of_summary(node, inner, ctx);
        }
        match self.grouped_by(node, ctx) {
            Some(key) => Ok(key),
            None => self.value_here(node, ctx),
        }
    }

    fn value_of_summary(&mut self, node: &Node, inner: FrameId, ctx: Ctx) -> Result<Expr<'a>> {
        match self.pull(node, inner, ctx)? {
            Some(expr) => Ok(expr),
            None => self.value_here(node, ctx),
        }
    }

    fn value_here(&mut self, node: &Node, ctx: Ctx) -> Result<Expr<'a>> {
        match node {
            Node::Column { .. } | Node::Relation(_) | Node::Value(..) | Node::Row(_) => {
                self.leaf_value(node, ctx)
            }
            Node::Template(template, args) => self.template(template, args, ctx),
            Node::Cast(one, _) | Node::Collate(one, _) => self.typed(node, one, ctx),
            Node::Aggregate(aggregate) => self.aggregate(node, aggregate, ctx),
            Node::Window(window) => self.window(window, ctx),
            Node::Case(case) => self.case(case, ctx),
            Node::Subquery(query) => self.scalar(query, ctx),
            Node::Outer(inner) => self.value(inner, Ctx { outer: true, strict: false, ..ctx }),
            Node::Output(scope, place, sql_type) => self.output(*scope, *place, *sql_type, ctx),
            Node::Raw(sql, args) => self.user_sql(sql, args, ctx),
            Node::Failed(reason) => usage(*reason),
            Node::Bool(_)
            | Node::And(_)
            | Node::Or(_)
            | Node::Xor(_)
            | Node::Not(_)
            | Node::Compare(..)
            | Node::IsNull(..)
            | Node::Between(_)
            | Node::In(..)
            // As a value it need not hold, and what surrounds it need not fail where it is NULL.
            | Node::Exists(_) => self.condition(node, ctx.opaque()),
        }
    }

    fn leaf_value(&mut self, node: &Node, ctx: Ctx) -> Result<Expr<'a>> {
        match node {
            Node::Column { path, field } => Ok(Expr::Column(self.column(path, field, ctx)?)),
            Node::Relation(path) => {
                let columns = self.key_columns(path, ctx)?;
                Ok(self.row(columns.into_iter().map(|(column, _)| Expr::Column(column))))
            }
            Node::Value(value, sql_type) => Ok(self.bind(value.clone(), *sql_type)),
            Node::Row(values) => self.untyped_row(values),
            other => self.value_here(other, ctx),
        }
    }

    /// `CAST` and `COLLATE`.
    fn typed(&mut self, node: &Node, one: &Node, ctx: Ctx) -> Result<Expr<'a>> {
        if let Node::Collate(_, name) = node
            && let Err(error) = check_name(name.clone(), "collation")
        {
            return usage(error.to_string());
        }
        self.value(one, ctx).map(|one| self.as_typed(node, one))
    }

    fn as_typed(&mut self, node: &Node, one: Expr<'a>) -> Expr<'a> {
        match node {
            Node::Cast(_, sql_type) => Expr::Cast(self.keep(one), *sql_type),
            Node::Collate(_, name) => Expr::Collate(self.keep(one), self.arena.alloc_str(name)),
            _ => one,
        }
    }

    fn user_sql(&mut self, sql: &RawSql, args: &[Node], ctx: Ctx) -> Result<Expr<'a>> {
        placeholder::check(sql.as_str(), args.len())?;
        let args = self.values(args, ctx.opaque())?;
        Ok(Expr::Raw(self.arena.alloc_str(sql.as_str()), args))
    }

    /// Several values.
    pub fn values(&mut self, nodes: &[Node], ctx: Ctx) -> Result<&'a [Expr<'a>]> {
        let mut values = bumpalo::collections::Vec::with_capacity_in(nodes.len(), self.arena);
        for node in nodes {
            values.push(self.value(node, ctx)?);
        }
        Ok(values.into_bump_slice())
    }

    /// One expression by itself, several as a row.
    pub fn row(&mut self, parts: impl Iterator<Item = Expr<'a>>) -> Expr<'a> {
        let parts: SmallVec<[Expr<'a>; 2]> = parts.collect();
        match parts.as_slice() {
            [one] => *one,
            several => Expr::Row(self.list(several)),
        }
    }

    /// The values of a key, of the types of the fields that they are compared with.
    pub fn typed_row(&mut self, values: &[SqlValue], fields: &[&FieldMeta]) -> Expr<'a> {
        let values = values.iter().zip(fields);
        let params: SmallVec<[Expr<'a>; 2]> =
            values.map(|(value, field)| self.bind(value.clone(), field.sql_type)).collect();
        self.row(params.into_iter())
    }

    /// A value on one side of a comparison, of the type of the other side.
    pub fn beside(&mut self, node: &Node, other: &Node, ctx: Ctx) -> Result<Expr<'a>> {
        let Node::Row(values) = node else {
            let value = self.value(node, ctx)?;
            return Ok(self.like(value, node, other));
        };
        match other {
            Node::Relation(path) => Ok(self.typed_row(values, &key_fields(path)?)),
            Node::Column { field, .. } => Ok(self.typed_row(values, &[field])),
            Node::Outer(other) => self.beside(node, other, ctx),
            Node::Output(_, _, sql_type) => Ok(match values.first() {
                Some(value) => self.bind(value.clone(), *sql_type),
                None => Expr::Bool(false),
            }),
            _ => self.untyped_row(values),
        }
    }

    /// A side of a comparison of lists of texts, as the type of the other side: arrays of `varchar`
    /// have no operators with arrays of `text`. What the model knows to be `varchar(n)[]` stays as it
    /// is, with its index; of what may be, the server makes `text[]`, which costs nothing where it
    /// is that already.
    pub fn like(&mut self, value: Expr<'a>, node: &Node, other: &Node) -> Expr<'a> {
        const TEXTS: SqlType = SqlType::Array(&SqlType::Text);
        const VARCHARS: SqlType = SqlType::Named("varchar[]");
        if !(is_texts(node) || is_texts(other)) {
            return value;
        }
        let is_value = |node: &Node| matches!(node, Node::Value(..));
        let other_stays = is_value(other) || is_varchars(other);
        match node {
            Node::Cast(..) => value,
            Node::Value(..) if is_varchars(other) => Expr::Cast(self.keep(value), VARCHARS),
            Node::Value(..) => value,
            node if is_varchars(node) && other_stays => value,
            node if is_texts(node) => Expr::Cast(self.keep(value), TEXTS),
            _ => value,
        }
    }

    fn untyped_row(&mut self, values: &[SqlValue]) -> Result<Expr<'a>> {
        let params: SmallVec<[Expr<'a>; 2]> =
            values.iter().map(|value| self.bind(value.clone(), value.own_type())).collect();
        Ok(self.row(params.into_iter()))
    }

    fn template(
        &mut self,
        template: &'static Template,
        args: &[Node],
        ctx: Ctx,
    ) -> Result<Expr<'a>> {
        if template.zone
            && let Some(zone) = self.default_zone()
        {
            return Ok(zone);
        }
        if let (true, [Node::Subquery(rows)]) = (template.takes_rows(), args) {
            let order = match template.keeps_order() {
                true => WantOrder::Always,
                false => WantOrder::IfItDecides,
            };
            let rows = self.rows_as_values(rows, order, ctx)?;
            return Ok(Expr::Template(template, self.list(&[rows])));
        }
        let ctx = if template.hides_null() { ctx.opaque() } else { ctx };
        self.values(args, ctx).map(|args| Expr::Template(template, args))
    }

    /// The executor's time zone, as one parameter of the statement.
    fn default_zone(&mut self) -> Option<Expr<'a>> {
        let (zone, slot) = self.zone.take()?;
        let slot = slot
            .unwrap_or_else(|| self.slot(SqlValue::Text(zone.as_ref().to_owned()), SqlType::Text));
        self.zone = Some((zone, Some(slot)));
        Some(Expr::Param(slot))
    }

    fn case(&mut self, case: &CaseNode, ctx: Ctx) -> Result<Expr<'a>> {
        let ctx = ctx.opaque();
        let mut branches =
            bumpalo::collections::Vec::with_capacity_in(case.branches.len(), self.arena);
        for (when, then) in &case.branches {
            branches.push(self.branch(when, then, ctx)?);
        }
        let otherwise = self.optional_value(case.otherwise.as_ref(), ctx)?;
        let branches = branches.into_bump_slice();
        Ok(Expr::Case(self.arena.alloc(Case { branches, otherwise })))
    }

    fn branch(&mut self, when: &Node, then: &Node, ctx: Ctx) -> Result<(Expr<'a>, Expr<'a>)> {
        let when = self.condition(when, ctx)?;
        Ok((when, self.value(then, ctx)?))
    }

    fn optional_value(&mut self, node: Option<&Node>, ctx: Ctx) -> Result<Option<Expr<'a>>> {
        node.map(|node| self.value(node, ctx)).transpose()
    }

    /// An aggregate. One that was seen before in this query is the same expression again: what
    /// `filter` and `order_by` say of an annotation is said of its joins.
    fn aggregate(&mut self, node: &Node, parts: &AggregateNode, ctx: Ctx) -> Result<Expr<'a>> {
        if ctx.inside && !matches!(self.frame(ctx.frame).kind, FrameKind::Summary(_)) {
            return usage(
                "an aggregate stands inside of another one, and each of the two is of other rows: \
                 call `.nested()` after the first, and aggregate its rows",
            );
        }
        let frame = self.frame_mut(ctx.frame);
        if let Some(Aggregated { expr, .. }) =
            frame.aggregates.iter().find(|seen| seen.node == *node)
        {
            frame.grouped |= expr.has_aggregate();
            return Ok(*expr);
        }
        let way = frame.ways.iter().find(|(own, _)| own == node).map(|(_, way)| way.clone());
        if let Some(way) = way {
            let before = self.reads.len();
            let expr = self.aggregate_by(&way, parts, ctx)?;
            self.note_aggregate(node, parts, expr, before, ctx.frame);
            return Ok(expr);
        }
        frame.grouped = true;
        if parts.args.iter().any(has_window)
            && !matches!(self.frame(ctx.frame).kind, FrameKind::Summary(_))
        {
            return usage(
                "an aggregate of a function over a window: the server has the windows after the \
                 groups; call `.nested()` after the window, and aggregate its rows",
            );
        }
        let inside = Ctx { reuse: Reuse::All, inside: true, ..ctx.opaque() };
        let before = self.reads.len();
        let aggregate = self.aggregate_parts(parts, inside)?;
        let expr = Expr::Aggregate(aggregate);
        self.note_aggregate(node, parts, expr, before, ctx.frame);
        Ok(expr)
    }

    pub fn aggregate_parts(
        &mut self,
        parts: &AggregateNode,
        ctx: Ctx,
    ) -> Result<&'a Aggregate<'a>> {
        let AggregateNode { function, args, distinct, filter, order, default, joined: _ } = parts;
        if std::ptr::eq(*function, &GROUPING) {
            return self.grouping_of(args, ctx);
        }
        let ordered_by = if function.is_place() { args.len() } else { 1 };
        if function.within_group && (*distinct || order.len() != ordered_by) {
            return usage(
                "an aggregate of the rows in an order cannot be `distinct`, and its `order_by` names \
                 one expression; that of the place of several values names as many as there are values",
            );
        }
        let filter = filter.as_ref().map(|filter| self.condition(filter, ctx)).transpose()?;
        let beside = Ctx { inside: false, ..ctx };
        let default = self.optional_value(default.as_ref(), beside)?;
        let args = self.values(args, ctx)?;
        let args = self.whole_or_null(args, *distinct);
        let order = self.aggregate_order(order, ctx)?;
        let filter = filter.filter(|filter| *filter != Expr::Bool(true));
        let (function, distinct) = (*function, *distinct);
        Ok(self.arena.alloc(Aggregate { function, args, distinct, filter, order, default }))
    }

    /// Keys of several columns are NULL where one of these is: PostgreSQL counts a row of NULLs as
    /// it counts any other.
    fn whole_or_null(&mut self, args: &'a [Expr<'a>], distinct: bool) -> &'a [Expr<'a>] {
        let [row @ Expr::Row(key)] = args else { return args };
        let columns = null_columns(key);
        if let (false, [column]) = (distinct, columns.as_slice()) {
            return self.list(&[Expr::Column(*column)]);
        }
        let there: SmallVec<[Expr<'a>; 2]> = columns
            .iter()
            .map(|column| Expr::IsNull(self.keep(Expr::Column(*column)), false))
            .collect();
        let there = self.fold(Connective::And, &there);
        let case =
            Case { branches: self.arena.alloc_slice_copy(&[(there, *row)]), otherwise: None };
        self.list(&[Expr::Case(self.arena.alloc(case))])
    }

    pub fn aggregate_order(&mut self, order: &[OrderNode], ctx: Ctx) -> Result<&'a [Order<'a>]> {
        let mut items = bumpalo::collections::Vec::with_capacity_in(order.len(), self.arena);
        for OrderNode { node, desc, nulls, sql_type: _ } in order {
            let key = Key::Expr(self.value(node, ctx)?);
            items.push(Order { key, desc: *desc, nulls: *nulls });
        }
        Ok(items.into_bump_slice())
    }
}

/// The type of an expression where it is known.
pub(super) fn known_type(expr: &Expr<'_>) -> SqlType {
    match expr {
        Expr::Column(column) => column.sql_type,
        Expr::Cast(_, sql_type) => *sql_type,
        _ => SqlType::Text,
    }
}

/// The columns of a key that can be NULL, or else its first: what says whether it is there.
fn null_columns(key: &[Expr<'_>]) -> SmallVec<[Column; 2]> {
    let columns = key.iter().filter_map(|part| match part {
        Expr::Column(column) => Some(*column),
        _ => None,
    });
    let nullable: SmallVec<[Column; 2]> = columns.clone().filter(|column| column.null).collect();
    if nullable.is_empty() { columns.take(1).collect() } else { nullable }
}

/// True for what is known to be a list of texts.
fn is_texts(node: &Node) -> bool {
    let of_texts = |sql_type: &SqlType| sql_type.depth() > 0 && sql_type.leaf() == SqlType::Text;
    match node {
        Node::Column { field: FieldMeta { sql_type, .. }, .. }
        | Node::Value(_, sql_type)
        | Node::Output(_, _, sql_type)
        | Node::Cast(_, sql_type) => of_texts(sql_type),
        Node::Subquery(query) => {
            matches!(&*query.select, [Selected::Expr(_, sql_type)] if of_texts(sql_type))
        }
        Node::Case(case) => of_texts(&case.sql_type),
        // The rows of a query as an array.
        Node::Template(template, args) if std::ptr::eq(*template, &ARRAY_OF_ROWS) => {
            let is_text = |query: &Query| matches!(&*query.select, [Selected::Expr(_, sql_type)] if sql_type.leaf() == SqlType::Text);
            matches!(args.as_slice(), [Node::Subquery(query)] if is_text(query))
        }
        // COALESCE and its like.
        Node::Template(template, args) => {
            template.nulls == Nulls::WithAll && args.iter().any(is_texts)
        }
        Node::Outer(inner) => is_texts(inner),
        _ => false,
    }
}

/// True for columns that are arrays of `varchar`.
fn is_varchars(node: &Node) -> bool {
    match node {
        Node::Column { field, .. } => {
            field.max_length.is_some() && matches!(field.sql_type, SqlType::Array(_))
        }
        Node::Outer(inner) => is_varchars(inner),
        _ => false,
    }
}
