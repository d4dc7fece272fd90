//! Pass: resolve comparisons, each by the rules of its lookup.

use super::condition::OnNull;
use super::plan::{Ctx, Planner, Result, usage};
use crate::column::{CiText, Column as _};
use crate::ir::visit::each_joined;
use crate::ir::{Comparison, Node, PathBuf, Step};
use orm_sql::ast::{Column, Connective, Expr, Template, UNACCENT};
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
        if let Some(right) = unaccented(left, right) {
            return self.comparison(op, left, &right, ctx);
        }
        match op {
            Comparison::Eq | Comparison::IExact if is_null(right) => {
                self.null_test(left, true, ctx)
            }
            Comparison::Ne if is_null(right) => self.null_test(left, false, ctx),
            Comparison::Ne => self.different(left, right, ctx),
            _ if is_null(right) => usage(NO_BOUND),
            _ if is_empty_subquery(right) => Ok(Expr::Bool(false)),
            _ => self.compare(op, left, right, ctx),
        }
    }

    fn compare(&mut self, op: Comparison, left: &Node, right: &Node, ctx: Ctx) -> Result<Expr<'a>> {
        let votes = self.votes.len();
        let a = self.beside(left, right, ctx)?;
        let condition = match text_template(op) {
            Some(template) => self.text(op, template, a, right, ctx)?,
            None => {
                let b = self.beside(right, left, ctx)?;
                self.binary(operator(op), a, b)
            }
        };
        Ok(self.settle(condition, votes, OnNull::Fails, ctx))
    }

    /// Different from, where NULL is different from every value and not from NULL. Over a to-many
    /// relation it is said of a row that is there, as every lookup is.
    fn different(&mut self, left: &Node, right: &Node, ctx: Ctx) -> Result<Expr<'a>> {
        if is_empty_subquery(right) {
            return Ok(Expr::Bool(true));
        }
        let votes = self.votes.len();
        let a = self.beside(left, right, ctx)?;
        let b = self.beside(right, left, ctx)?;
        let compared = if self.are_known(&[a]) || self.are_known(&[b]) || matches!(a, Expr::Row(_))
        {
            let equal = self.binary("=", a, b);
            let flipped = Ctx { negated: !ctx.negated, ..ctx };
            let equal = self.settle(equal, votes, OnNull::Fails, flipped);
            self.not(equal)
        } else {
            self.votes.truncate(votes);
            Expr::Template(&DISTINCT, self.list(&[a, b]))
        };
        let mut there = SmallVec::new();
        let mut all = smallvec::smallvec![compared];
        self.related_rows(left, a, ctx, &mut there, &mut all)?;
        self.related_rows(right, b, ctx, &mut there, &mut all)?;
        if there.is_empty() && all.len() == 1 {
            return Ok(compared);
        }
        if ctx.negated {
            self.votes.truncate(votes);
        }
        let all = self.fold(Connective::And, &all);
        if there.is_empty() {
            return Ok(all);
        }
        Ok(Expr::Guarded(self.keep(all), self.arena.alloc_slice_copy(&there)))
    }

    /// The rows that one side reaches over to-many relations: those that must be there, and what
    /// is asked where the side can have a value without, as `coalesce` has.
    fn related_rows(
        &mut self,
        node: &Node,
        side: Expr<'a>,
        ctx: Ctx,
        there: &mut SmallVec<[Column; 2]>,
        all: &mut SmallVec<[Expr<'a>; 4]>,
    ) -> Result<()> {
        let needed = needed_paths(node);
        for path in paths_to_many(node) {
            let is_needed = needed.contains(&path);
            let table = self.place(&path, if is_needed { ctx } else { ctx.opaque() })?;
            let Some(field) = path.target().key_fields().first().copied() else { continue };
            let key = self.nearest(table, field);
            self.table_mut(key.table).read = true;
            if is_needed {
                there.push(key);
            } else if !self.are_known(&[side]) {
                let has_value = Expr::IsNull(self.keep(side), false);
                let is_there = Expr::IsNull(self.keep(Expr::Column(key)), false);
                all.push(self.fold(Connective::Or, &[has_value, is_there]));
            }
        }
        Ok(())
    }

    /// A comparison of texts. A value on the right is escaped here.
    fn text(
        &mut self,
        op: Comparison,
        (of_value, of_node): (&'static Template, &'static Template),
        left: Expr<'a>,
        right: &Node,
        ctx: Ctx,
    ) -> Result<Expr<'a>> {
        let left = match left {
            Expr::Column(column) if !has_patterns(column.sql_type) => {
                Expr::Cast(self.keep(left), SqlType::Text)
            }
            left => left,
        };
        let (template, right) = match right {
            Node::Value(value, _) => (of_value, self.bind(pattern(op, value), SqlType::Text)),
            node => (of_node, self.value(node, ctx)?),
        };
        Ok(Expr::Template(template, self.list(&[left, right])))
    }

    pub fn null_test(&mut self, one: &Node, null: bool, ctx: Ctx) -> Result<Expr<'a>> {
        let votes = self.votes.len();
        let condition = match self.value(one, ctx)? {
            Expr::Row(list) => self.row_is_null(list, null),
            tested => Expr::IsNull(self.keep(tested), null),
        };
        Ok(self.settle(condition, votes, OnNull::Tested(null), ctx))
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
        if is_null(from) || is_null(to) {
            return usage(NO_BOUND);
        }
        if let [Some(from), Some(to)] = [from, to].map(|end| unaccented(one, end)) {
            return self.between(&[one.clone(), from, to], ctx);
        }
        let mut values = bumpalo::collections::Vec::with_capacity_in(3, self.arena);
        values.push(self.beside(one, from, ctx)?);
        for end in [from, to] {
            values.push(self.beside(end, one, ctx)?);
        }
        let condition = Expr::Template(&BETWEEN, values.into_bump_slice());
        Ok(self.settle(condition, votes, OnNull::Fails, ctx))
    }
}

/// As in Django: such a condition holds for no row, and neither does its negation in SQL.
const NO_BOUND: &str = "a comparison other than `eq` and `ne` is made with `None`, which is no value \
    to compare with: leave the condition out where there is none, by `filter_if`; \
    rows without a value are found by `.isnull(true)`";

/// True for what `eq` takes as IS NULL.
fn is_null(node: &Node) -> bool {
    match node {
        Node::Value(value, _) => value.is_null(),
        Node::Row(values) => values.iter().all(SqlValue::is_null),
        _ => false,
    }
}

static DISTINCT: Template = Template::never_null("{} IS DISTINCT FROM {}");

/// The ways over to-many relations that an expression goes, up to the rows of the last of them.
fn paths_to_many(node: &Node) -> SmallVec<[PathBuf; 2]> {
    let mut paths = SmallVec::new();
    each_joined(node, &mut |path| paths.extend(to_many(path)));
    paths
}

/// Those of them without whose rows the expression is NULL.
fn needed_paths(node: &Node) -> SmallVec<[PathBuf; 2]> {
    match node {
        Node::Column { path, .. } | Node::Relation(path) => to_many(path).into_iter().collect(),
        Node::Cast(one, _) | Node::Collate(one, _) => needed_paths(one),
        Node::Template(template, args) if !template.hides_null() => {
            args.iter().flat_map(needed_paths).collect()
        }
        _ => SmallVec::new(),
    }
}

fn to_many(path: &PathBuf) -> Option<PathBuf> {
    let last = path.steps.iter().rposition(Step::is_many)?;
    let mut to_rows = path.clone();
    to_rows.steps.truncate(last + 1);
    Some(to_rows)
}

/// Types whose own operators compare them with patterns: those of `citext` leave case aside.
fn has_patterns(sql_type: SqlType) -> bool {
    sql_type == SqlType::Text || sql_type == CiText::SQL_TYPE
}

/// The right side without accents, where the left side has none. The rows of a query stay as they are.
pub(super) fn unaccented(left: &Node, right: &Node) -> Option<Node> {
    let is_rows = matches!(right, Node::Template(of, _) if of.takes_rows());
    let stays = is_rows || is_null(right) || is_unaccented(right);
    (is_unaccented(left) && !stays).then(|| Node::template(&UNACCENT, vec![right.clone()]))
}

pub(super) fn is_unaccented(node: &Node) -> bool {
    matches!(node, Node::Template(of, _) if std::ptr::eq(*of, &UNACCENT))
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
    let is_special = |c: char| matches!(c, '%' | '_' | '\\');
    if text.bytes().any(|byte| is_special(char::from(byte))) {
        for c in text.chars() {
            if is_special(c) {
                pattern.push('\\');
            }
            pattern.push(c);
        }
    } else {
        pattern.push_str(text);
    }
    pattern.push_str(after);
    SqlValue::Text(pattern)
}
