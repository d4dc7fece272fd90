//! Writing expressions and conditions.

use super::Writer;
use super::placeholder::{Piece, pieces};
use crate::ast::{Aggregate, Body, Case, Column, Connective, Expr, NullsOrder, Order, Template};
use crate::value::SqlType;

impl<'a> Writer<'a> {
    /// An expression, as it stands where nothing binds more tightly: in a list, in parentheses.
    pub fn expr(&mut self, expr: &Expr<'a>) {
        match expr {
            Expr::Column(column) => self.column(column),
            Expr::Row(list) => self.row(list),
            Expr::Param(slot) => self.bind(*slot),
            Expr::Bool(true) => self.raw("TRUE"),
            Expr::Bool(false) => self.raw("FALSE"),
            Expr::Junction(connective, list) => self.junction(*connective, list),
            Expr::Not(one) => self.negation(one),
            Expr::Guarded(one, columns) => self.guarded(one, columns),
            Expr::IsTrue(one, columns) => self.is_true(one, columns),
            Expr::Binary(op, pair) => self.binary(op, pair),
            Expr::IsNull(one, null) => {
                self.operand(one);
                self.raw(if *null { " IS NULL" } else { " IS NOT NULL" });
            }
            Expr::Template(template, args) => self.template(template, args),
            Expr::Cast(one, sql_type) => self.cast(one, *sql_type),
            Expr::Typed(one, sql_type) => {
                self.typed_operand(one);
                self.raw("::");
                self.type_name(*sql_type);
            }
            Expr::Window(window) => self.window(window),
            Expr::Collate(one, name) => {
                self.operand(one);
                self.raw(" COLLATE ");
                self.ident(super::Ident::new(name));
            }
            Expr::Aggregate(aggregate) => self.aggregate(aggregate),
            Expr::Case(case) => self.case(case),
            Expr::Exists(body) => self.query("EXISTS (", body),
            Expr::Subquery(body) => self.query("(", body),
            Expr::InQuery(left, body) => {
                self.operand(left);
                self.query(" IN (", body);
            }
            Expr::Raw(sql, args) => self.user_sql(sql, args),
        }
    }

    fn negation(&mut self, one: &Expr<'a>) {
        match one {
            Expr::IsTrue(condition, columns) if self.is_doubtful(columns) => {
                self.operand(condition);
                self.raw(" IS NOT TRUE");
            }
            one => {
                self.raw("NOT ");
                self.operand(one);
            }
        }
    }

    fn is_true(&mut self, one: &Expr<'a>, columns: &[Column]) {
        if !self.is_doubtful(columns) {
            return self.expr(one);
        }
        self.operand(one);
        self.raw(" IS TRUE");
    }

    /// True where a condition may be NULL: with one of these columns, or without any.
    fn is_doubtful(&self, columns: &[Column]) -> bool {
        columns.is_empty() || self.needs_guard(columns)
    }

    fn row(&mut self, list: &[Expr<'a>]) {
        self.raw("(");
        self.list(list);
        self.raw(")");
    }

    fn binary(&mut self, op: &'static str, [left, right]: &[Expr<'a>; 2]) {
        self.operand(left);
        self.raw(" ");
        self.raw(op);
        self.raw(" ");
        self.operand(right);
    }

    fn cast(&mut self, one: &Expr<'a>, sql_type: SqlType) {
        self.raw("CAST(");
        self.expr(one);
        self.raw(" AS ");
        self.type_name(sql_type);
        self.raw(")");
    }

    fn query(&mut self, open: &'static str, body: &Body<'a>) {
        self.raw(open);
        self.body(body);
        self.raw(")");
    }

    /// An expression beside an operator: in parentheses where it is not one piece.
    pub(super) fn operand(&mut self, expr: &Expr<'a>) {
        // Behind a minus, that of a literal would begin a comment.
        let comment = self.sql.ends_with('-') && self.is_negative_literal(expr);
        if !comment && self.is_one_piece(expr) {
            return self.expr(expr);
        }
        self.parenthesized(expr);
    }

    /// An expression before `::`, which binds more tightly than the minus of a literal.
    fn typed_operand(&mut self, expr: &Expr<'a>) {
        match self.is_negative_literal(expr) {
            true => self.parenthesized(expr),
            false => self.operand(expr),
        }
    }

    fn parenthesized(&mut self, expr: &Expr<'a>) {
        self.raw("(");
        self.expr(expr);
        self.raw(")");
    }

    fn is_one_piece(&self, expr: &Expr<'a>) -> bool {
        match expr {
            Expr::Column(_)
            | Expr::Row(_)
            | Expr::Param(_)
            | Expr::Bool(_)
            | Expr::Cast(..)
            | Expr::Typed(..)
            | Expr::Window(_)
            | Expr::Collate(..)
            | Expr::Exists(_)
            | Expr::Subquery(_) => true,
            Expr::Aggregate(aggregate) => aggregate.filter.is_none(),
            Expr::Template(template, _) => template.closed,
            Expr::Guarded(one, columns) => {
                !columns.iter().any(|column| self.can_be_null(column)) && self.is_one_piece(one)
            }
            Expr::IsTrue(one, columns) => !self.is_doubtful(columns) && self.is_one_piece(one),
            _ => false,
        }
    }

    /// Expressions separated by commas.
    pub(super) fn list(&mut self, list: &[Expr<'a>]) {
        for (place, expr) in list.iter().enumerate() {
            self.separate(place, ", ");
            self.expr(expr);
        }
    }

    fn junction(&mut self, connective: Connective, list: &[Expr<'a>]) {
        let by = match connective {
            Connective::And => " AND ",
            Connective::Or => " OR ",
            Connective::Xor => return self.parity(list),
        };
        for (place, expr) in list.iter().enumerate() {
            self.separate(place, by);
            self.condition(expr, connective);
        }
    }

    /// A condition under a connective: comparisons bind more tightly, another connective does not.
    fn condition(&mut self, expr: &Expr<'a>, under: Connective) {
        let inner = match expr {
            Expr::Junction(connective, _) => Some(*connective),
            Expr::Guarded(one, columns) if self.needs_guard(columns) => match one {
                Expr::Junction(Connective::And, _) => Some(Connective::And),
                Expr::Junction(connective, _) => Some(*connective),
                _ => Some(Connective::And),
            },
            Expr::Guarded(one, _) => return self.condition(one, under),
            Expr::IsTrue(one, columns) if !self.is_doubtful(columns) => {
                return self.condition(one, under);
            }
            Expr::Raw(..) => Some(Connective::Xor),
            _ => None,
        };
        match inner {
            Some(inner) if inner != under => {
                self.raw("(");
                self.expr(expr);
                self.raw(")");
            }
            _ => self.expr(expr),
        }
    }

    fn parity(&mut self, list: &[Expr<'a>]) {
        self.raw("(");
        for (place, expr) in list.iter().enumerate() {
            self.separate(place, " + ");
            self.raw("CASE WHEN ");
            self.expr(expr);
            self.raw(" THEN 1 ELSE 0 END");
        }
        self.raw(") % 2 = 1");
    }

    fn needs_guard(&self, columns: &[Column]) -> bool {
        columns.iter().any(|column| self.can_be_null(column))
    }

    fn guarded(&mut self, one: &Expr<'a>, columns: &[Column]) {
        if !self.needs_guard(columns) {
            return self.expr(one);
        }
        self.condition(one, Connective::And);
        for column in columns {
            if self.can_be_null(column) {
                self.raw(" AND ");
                self.column(column);
                self.raw(" IS NOT NULL");
            }
        }
    }

    fn can_be_null(&self, column: &Column) -> bool {
        column.null || self.tables.get(usize::from(column.table)).is_some_and(|t| t.is_outer())
    }

    fn aggregate(&mut self, aggregate: &Aggregate<'a>) {
        if aggregate.default.is_some() {
            self.raw("COALESCE(");
        }
        let sql = aggregate.function.sql;
        let (before, after) = match (sql.find('{'), sql.rfind('}')) {
            (Some(open), Some(close)) => (&sql[..open], &sql[close + 1..]),
            _ => (sql, ""),
        };
        self.raw(before);
        if aggregate.distinct {
            self.raw("DISTINCT ");
        }
        self.list(aggregate.args);
        match aggregate.function.within_group {
            false => {
                self.order_by(aggregate.order);
                self.raw(after);
            }
            true => {
                self.raw(after);
                self.raw(" WITHIN GROUP (");
                self.order_by_after(aggregate.order, false);
                self.raw(")");
            }
        }
        if let Some(filter) = &aggregate.filter {
            self.raw(" FILTER (WHERE ");
            self.expr(filter);
            self.raw(")");
        }
        if let Some(default) = &aggregate.default {
            self.raw(", ");
            self.expr(default);
            self.raw(")");
        }
    }

    /// ` ORDER BY …`, or nothing.
    pub(super) fn order_by(&mut self, order: &[Order<'a>]) {
        self.order_by_after(order, true);
    }

    /// `ORDER BY …`, with a space before it where something stands there; or nothing.
    pub(super) fn order_by_after(&mut self, order: &[Order<'a>], space: bool) {
        for (place, item) in order.iter().enumerate() {
            self.raw(match (place, space) {
                (0, true) => " ORDER BY ",
                (0, false) => "ORDER BY ",
                _ => ", ",
            });
            self.key(&item.key);
            if item.desc {
                self.raw(" DESC");
            }
            match item.nulls {
                Some(NullsOrder::First) => self.raw(" NULLS FIRST"),
                Some(NullsOrder::Last) => self.raw(" NULLS LAST"),
                None => {}
            }
        }
    }

    fn case(&mut self, case: &Case<'a>) {
        self.raw("CASE");
        for (when, then) in case.branches {
            self.raw(" WHEN ");
            self.expr(when);
            self.raw(" THEN ");
            self.expr(then);
        }
        if let Some(otherwise) = &case.otherwise {
            self.raw(" ELSE ");
            self.expr(otherwise);
        }
        self.raw(" END");
    }

    /// Constant text around arguments: `{}` the next one, `{0}` one by its place, `{*}` the rest.
    fn template(&mut self, template: &'static Template, args: &[Expr<'a>]) {
        let mut rest = template.sql;
        let mut next = 0;
        while let Some(open) = rest.find('{') {
            let Some(close) = rest[open..].find('}').map(|close| open + close) else { break };
            self.raw(&rest[..open]);
            match &rest[open + 1..close] {
                "" => {
                    self.argument(args.get(next));
                    next += 1;
                }
                "*" => {
                    self.list(args.get(next..).unwrap_or_default());
                    next = args.len();
                }
                place => self.argument(place.parse().ok().and_then(|n: usize| args.get(n))),
            }
            rest = &rest[close + 1..];
        }
        self.raw(rest);
    }

    fn argument(&mut self, arg: Option<&Expr<'a>>) {
        if let Some(arg) = arg {
            self.operand(arg);
        }
    }

    /// Text of the user's own; its `$1`, `$2`, … are its arguments.
    fn user_sql(&mut self, sql: &str, args: &[Expr<'a>]) {
        for piece in pieces(sql) {
            match piece {
                Piece::Text(text) => self.sql.push_str(text),
                Piece::Placeholder(number, text) => {
                    match number.checked_sub(1).and_then(|place| args.get(place)) {
                        Some(arg) => self.operand(arg),
                        None => self.sql.push_str(text),
                    }
                }
            }
        }
    }
}
