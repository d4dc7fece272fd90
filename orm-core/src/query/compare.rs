//! Pass: resolve comparisons, each by the rules of its lookup.

use super::condition::OnNull;
use super::plan::{Ctx, Planner, Result};
use super::resolve::{null_columns, sole_column};
use crate::ir::visit::is_over_many;
use crate::ir::{Comparison, Node};
use orm_sql::ast::{Connective, Expr, Template};
use orm_sql::value::{SqlType, SqlValue};
use smallvec::SmallVec;

impl<'a> Planner<'a> {
    pub fn comparison(
        &mut self,
        op: Comparison,
        left: &Node,
        right: &Node,
        ctx: Ctx,
    ) -> Result<Expr<'a>> {
        match op {
            Comparison::Eq | Comparison::IExact if is_null(right) => {
                self.null_test(left, true, ctx)
            }
            Comparison::Ne if is_null(right) => self.null_test(left, false, ctx),
            Comparison::Ne => self.different(left, right, ctx),
            _ if is_empty_subquery(right) => Ok(Expr::Bool(false)),
            _ => self.compare(op, left, right, ctx),
        }
    }

    fn compare(&mut self, op: Comparison, left: &Node, right: &Node, ctx: Ctx) -> Result<Expr<'a>> {
        let votes = self.votes.len();
        let a = self.beside(left, right, ctx)?;
        let (condition, b) = match text_template(op) {
            Some(template) => self.text(op, template, a, right, ctx)?,
            None => {
                let b = self.beside(right, left, ctx)?;
                (self.binary(operator(op), a, b), b)
            }
        };
        Ok(self.compared(condition, [a, b], right, votes, ctx))
    }

    /// The end of a comparison of these two.
    fn compared(
        &mut self,
        condition: Expr<'a>,
        [a, b]: [Expr<'a>; 2],
        right: &Node,
        votes: usize,
        ctx: Ctx,
    ) -> Expr<'a> {
        let mut columns = null_columns(&a);
        if is_json_null(right) {
            // As in Django, where it is None: it is asked of documents only.
            columns.clear();
        }
        if let Expr::Column(_) | Expr::Row(_) = b {
            columns.extend(null_columns(&b).into_iter().filter(|column| column.null));
        }
        self.settle(condition, votes, OnNull::Fails, &columns, ctx)
    }

    /// Not equal, NULL being different from every value. Over a to-many relation it is said of one
    /// row of it, as every lookup is.
    fn different(&mut self, left: &Node, right: &Node, ctx: Ctx) -> Result<Expr<'a>> {
        let of_row = !ctx.negated && (is_over_many(left) || is_over_many(right));
        let flipped = Ctx { negated: !ctx.negated, of_row, ..ctx };
        let equal = self.comparison(Comparison::Eq, left, right, flipped)?;
        Ok(self.not(equal))
    }

    /// A comparison of texts. A value on the right is escaped here.
    fn text(
        &mut self,
        op: Comparison,
        (of_value, of_node): (&'static Template, &'static Template),
        left: Expr<'a>,
        right: &Node,
        ctx: Ctx,
    ) -> Result<(Expr<'a>, Expr<'a>)> {
        let left = match left {
            Expr::Column(column) if column.sql_type != SqlType::Text => {
                Expr::Cast(self.keep(left), SqlType::Text)
            }
            left => left,
        };
        let (template, right) = match right {
            Node::Value(value, _) => (of_value, self.bind(pattern(op, value), SqlType::Text)),
            node => (of_node, self.value(node, ctx)?),
        };
        Ok((Expr::Template(template, self.list(&[left, right])), right))
    }

    pub fn null_test(&mut self, one: &Node, null: bool, ctx: Ctx) -> Result<Expr<'a>> {
        let votes = self.votes.len();
        let condition = match self.value(one, ctx)? {
            Expr::Row(list) => self.row_is_null(list, null),
            tested => Expr::IsNull(self.keep(tested), null),
        };
        Ok(self.settle(condition, votes, OnNull::Tested(null), &[], ctx))
    }

    /// A key is NULL where one of its columns is. Those that are never NULL in their table are so
    /// together, where there is no row.
    fn row_is_null(&mut self, row: &'a [Expr<'a>], null: bool) -> Expr<'a> {
        let may_be = |part: &&Expr<'a>| matches!(part, Expr::Column(column) if column.null);
        let nullable = row.iter().filter(may_be);
        let tests: SmallVec<[Expr<'a>; 2]> =
            nullable.map(|part| Expr::IsNull(part, null)).collect();
        match (tests.as_slice(), row.first()) {
            ([], Some(first)) => Expr::IsNull(first, null),
            (tests, _) => self.fold(if null { Connective::Or } else { Connective::And }, tests),
        }
    }

    pub fn between(&mut self, three: &[Node; 3], ctx: Ctx) -> Result<Expr<'a>> {
        static BETWEEN: Template = Template::new("{} BETWEEN {} AND {}");
        let votes = self.votes.len();
        let [one, from, to] = three;
        let mut values = bumpalo::collections::Vec::with_capacity_in(3, self.arena);
        values.push(self.beside(one, from, ctx)?);
        for end in [from, to] {
            values.push(self.beside(end, one, ctx)?);
        }
        let values = values.into_bump_slice();
        let column = values.first().and_then(sole_column);
        let condition = Expr::Template(&BETWEEN, values);
        Ok(self.settle(condition, votes, OnNull::Fails, column.as_slice(), ctx))
    }
}

/// True for what `eq` takes as IS NULL.
fn is_null(node: &Node) -> bool {
    match node {
        Node::Value(value, _) => value.is_null(),
        Node::Row(values) => values.iter().all(SqlValue::is_null),
        _ => false,
    }
}

fn is_json_null(node: &Node) -> bool {
    matches!(node, Node::Value(SqlValue::Json(serde_json::Value::Null), _))
}

fn is_empty_subquery(node: &Node) -> bool {
    matches!(node, Node::Subquery(query) if super::is_empty(query))
}

fn operator(op: Comparison) -> &'static str {
    match op {
        Comparison::Ne => "<>",
        Comparison::Gt => ">",
        Comparison::Gte => ">=",
        Comparison::Lt => "<",
        Comparison::Lte => "<=",
        Comparison::Regex => "~",
        Comparison::IRegex => "~*",
        Comparison::Operator(text) => text,
        _ => "=",
    }
}

macro_rules! escaped {
    ($inner:literal) => {
        concat!(
            "REPLACE(REPLACE(REPLACE(",
            $inner,
            r", E'\\', E'\\\\'), '%', E'\\%'), '_', E'\\_')"
        )
    };
}

/// The templates of a comparison of texts: with an escaped value, and with an expression.
fn text_template(op: Comparison) -> Option<(&'static Template, &'static Template)> {
    static IEXACT: Template = Template::new("UPPER({}) = UPPER({})");
    static LIKE: Template = Template::new("{} LIKE {}");
    static ILIKE: Template = Template::new("UPPER({}) LIKE UPPER({})");
    static REGEX: Template = Template::new("{} ~ {}");
    static IREGEX: Template = Template::new("{} ~* {}");
    static CONTAINS: Template =
        Template::new(concat!("{} LIKE '%' || ", escaped!("{}"), " || '%'"));
    static STARTS: Template = Template::new(concat!("{} LIKE ", escaped!("{}"), " || '%'"));
    static ENDS: Template = Template::new(concat!("{} LIKE '%' || ", escaped!("{}")));
    static ICONTAINS: Template =
        Template::new(concat!("UPPER({}) LIKE '%' || ", escaped!("UPPER({})"), " || '%'"));
    static ISTARTS: Template =
        Template::new(concat!("UPPER({}) LIKE ", escaped!("UPPER({})"), " || '%'"));
    static IENDS: Template =
        Template::new(concat!("UPPER({}) LIKE '%' || ", escaped!("UPPER({})")));
    match op {
        Comparison::IExact => Some((&IEXACT, &IEXACT)),
        Comparison::Regex => Some((&REGEX, &REGEX)),
        Comparison::IRegex => Some((&IREGEX, &IREGEX)),
        Comparison::Contains => Some((&LIKE, &CONTAINS)),
        Comparison::StartsWith => Some((&LIKE, &STARTS)),
        Comparison::EndsWith => Some((&LIKE, &ENDS)),
        Comparison::IContains => Some((&ILIKE, &ICONTAINS)),
        Comparison::IStartsWith => Some((&ILIKE, &ISTARTS)),
        Comparison::IEndsWith => Some((&ILIKE, &IENDS)),
        _ => None,
    }
}

/// A value as the pattern that a comparison of texts looks for.
pub(super) fn pattern(op: Comparison, value: &SqlValue) -> SqlValue {
    let (before, after) = match op {
        Comparison::Contains | Comparison::IContains => ("%", "%"),
        Comparison::StartsWith | Comparison::IStartsWith => ("", "%"),
        Comparison::EndsWith | Comparison::IEndsWith => ("%", ""),
        _ => return value.clone(),
    };
    let SqlValue::Text(text) = value else { return value.clone() };
    let mut pattern = String::with_capacity(text.len() + 4);
    pattern.push_str(before);
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push_str(after);
    SqlValue::Text(pattern)
}
