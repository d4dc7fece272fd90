//! Random pairs of queries: a statement that is remembered by its shape is the one that compiling
//! makes, whatever was asked before.
//!
//! `SHAPE_CASES=100000 cargo test -p orm-core --test planner at_random` tries more pairs.

use crate::library::*;
use orm_core::ir::{
    AggregateNode, CaseNode, Comparison, Distinct, FieldMeta, Filter, Group, Members, ModelMeta,
    Node, OrderNode, PathBuf, Query, Relation, Selected,
};
use orm_core::query;
use orm_sql::ast::{NullsOrder, Template};
use orm_sql::exec::Statement;
use orm_sql::value::{SqlType, SqlValue};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::cell::Cell;

/// Numbers that decide what a query is made of; when they are used up, it is all zeros.
struct Dice<'a>(std::slice::Iter<'a, u8>);

impl Dice<'_> {
    fn below(&mut self, limit: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % limit
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// True for one number in so many.
    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == many - 1
    }
}

const MODELS: &[&ModelMeta] = &[&Book, &Author, &Review, &Award, &Stock, &Tag, &Shelf];

static TO_ONE: &[&Relation] =
    &[&BOOK_PUBLISHER, &EDITOR, &PREQUEL, &MENTOR, &REVIEW_BOOK, &AWARD_BOOK];
static TO_MANY: &[&Relation] = &[&TAGS, &AUTHORS, &FOLLOWS];
static BACK: &[&Relation] = &[&EDITOR, &REVIEW_BOOK, &AWARD_BOOK, &MENTOR, &TAGS, &PREQUEL];

/// A path of up to two relations that fit.
fn path(dice: &mut Dice<'_>, root: PathBuf) -> PathBuf {
    let mut path = root;
    for _ in 0..2 {
        let here = path.target();
        let next = match dice.below(8) {
            0 => leaving(dice.one_of(TO_ONE), here).map(|relation| path.to(relation)),
            1 => leaving(dice.one_of(TO_MANY), here).map(|relation| path.to(relation)),
            2 => {
                let relation: &'static Relation = dice.one_of(BACK);
                std::ptr::eq(relation.to(), here).then(|| path.back(relation))
            }
            _ => None,
        };
        match next {
            Some(next) => path = next,
            None => break,
        }
    }
    path
}

fn leaving(relation: &'static Relation, model: &ModelMeta) -> Option<&'static Relation> {
    std::ptr::eq(relation.from(), model).then_some(relation)
}

fn column(dice: &mut Dice<'_>, root: PathBuf) -> (Node, &'static FieldMeta) {
    let path = path(dice, root);
    let fields = path.target().fields;
    let field = &fields[dice.below(fields.len())];
    (Node::Column { path, field }, field)
}

/// A value of a type, from few, so that they meet again.
fn value(dice: &mut Dice<'_>, sql_type: SqlType) -> SqlValue {
    if dice.one_in(16) {
        return SqlValue::Null;
    }
    let number = dice.below(4) as i16;
    match sql_type {
        SqlType::Bool => SqlValue::Bool(number > 1),
        SqlType::Int2 => SqlValue::I16(number),
        SqlType::Int4 => SqlValue::I32(number.into()),
        SqlType::Int8 => SqlValue::I64(number.into()),
        SqlType::Float8 => SqlValue::F64(number.into()),
        SqlType::Numeric => SqlValue::Decimal(number.into()),
        _ => SqlValue::Text(["", "a", "50%", "a_b\\"][number as usize].to_owned()),
    }
}

fn condition(dice: &mut Dice<'_>, root: &PathBuf, depth: usize) -> Node {
    if depth < 3 && dice.one_in(4) {
        let (left, right) = (condition(dice, root, depth + 1), condition(dice, root, depth + 1));
        return match dice.below(3) {
            0 => left.and(right),
            1 => left.or(right),
            _ => left.not(),
        };
    }
    let (left, field) = column(dice, root.clone());
    let sql_type = field.sql_type;
    let node = |dice: &mut Dice<'_>| Node::Value(value(dice, sql_type), sql_type);
    match dice.below(12) {
        0 => Node::Between(Box::new([left, node(dice), node(dice)])),
        1 => left.is_null(dice.one_in(2)),
        2 => {
            let values = (0..dice.below(4)).map(|_| value(dice, sql_type)).collect();
            Node::In(Box::new(left), Members::Values(values, &field.sql_type))
        }
        3 => {
            let cells = SqlValue::Cells { count: 1, encoded: vec![dice.below(3) as u8; 12] };
            Node::In(Box::new(left), Members::Array(cells, &field.sql_type))
        }
        4 => Node::compare(Comparison::Eq, left, column(dice, root.clone()).0),
        5 => {
            let path = path(dice, root.clone());
            let keys = path.target().primary_key;
            let row = keys.iter().map(|_| SqlValue::I64(dice.below(3) as i64)).collect();
            Node::compare(
                dice.one_of(&[Comparison::Eq, Comparison::Ne]),
                path.row(),
                Node::row(row),
            )
        }
        6 if sql_type == SqlType::Bool => left,
        7 | 8 if sql_type == SqlType::Text => {
            let ops = [
                Comparison::IExact,
                Comparison::Contains,
                Comparison::IContains,
                Comparison::StartsWith,
                Comparison::IEndsWith,
                Comparison::Regex,
                Comparison::Operator("||"),
            ];
            Node::compare(dice.one_of(&ops), left, node(dice))
        }
        _ => {
            let ops = [
                Comparison::Eq,
                Comparison::Ne,
                Comparison::Gt,
                Comparison::Gte,
                Comparison::Lt,
                Comparison::Lte,
            ];
            Node::compare(dice.one_of(&ops), left, node(dice))
        }
    }
}

fn select(dice: &mut Dice<'_>, root: &PathBuf, query: &mut Query) {
    match dice.below(6) {
        0 => {
            let path = path(dice, root.clone());
            if path.steps.iter().all(|step| !step.is_many()) {
                query.select.push(Selected::Model(path));
            }
        }
        1 => {
            let (node, field) = column(dice, root.clone());
            query.select.push(Selected::Expr(node, field.sql_type));
        }
        2 => {
            let columns = (0..=dice.below(2)).map(|_| column(dice, root.clone()));
            query.select =
                columns.map(|(node, field)| Selected::Expr(node, field.sql_type)).collect();
            query.group = Group::Values(query.select.len());
        }
        3 => {
            let (node, sql_type) = calculated(dice, root);
            query.select.push(Selected::Expr(node, sql_type));
        }
        4 if dice.one_in(2) => {
            let columns = (0..=dice.below(2)).map(|_| calculated(dice, root));
            query.select = columns.map(|(node, of)| Selected::Expr(node, of)).collect();
            query.group = Group::Values(query.select.len());
            query.select.push(Selected::Expr(total(dice, root), SqlType::Int8));
        }
        _ => {}
    }
}

static ADDED: Template = Template::new("{} + {}");
static FIRST: Template = Template::first_of("COALESCE({}, {})");

/// An expression with values inside, from so few that two of a query are often alike.
fn calculated(dice: &mut Dice<'_>, root: &PathBuf) -> (Node, SqlType) {
    let (left, field) = column(dice, root.clone());
    let sql_type = field.sql_type;
    let node = |dice: &mut Dice<'_>| Node::Value(value(dice, sql_type), sql_type);
    let node = match dice.below(6) {
        0 => Node::template(&ADDED, vec![left, node(dice)]),
        1 => Node::template(&FIRST, vec![left, node(dice)]),
        2 => Node::Cast(Box::new(node(dice)), sql_type),
        3 => {
            let branches = vec![(condition(dice, root, 2), node(dice))];
            let otherwise = dice.one_in(2).then(|| node(dice));
            Node::Case(Box::new(CaseNode { branches, otherwise, sql_type }))
        }
        4 => return (total(dice, root), SqlType::Int8),
        _ => {
            let selected = Selected::Expr(node(dice), sql_type);
            let query = inner(dice, selected);
            return (Node::Subquery(Box::new(query)), sql_type);
        }
    };
    (node, sql_type)
}

/// An aggregate, of some of the rows.
fn total(dice: &mut Dice<'_>, root: &PathBuf) -> Node {
    let filter = dice.one_in(2).then(|| condition(dice, root, 2));
    let counted = path(dice, root.clone()).row();
    let aggregate = AggregateNode { filter, ..aggregate_of(&COUNT, vec![counted]) };
    Node::Aggregate(Box::new(aggregate))
}

/// Another query, of one row.
fn inner(dice: &mut Dice<'_>, selected: Selected) -> Query {
    let mut query = Query::new(dice.one_of(MODELS));
    let root = PathBuf::root(query.scope, query.model().expect("a model"));
    let node = condition(dice, &root, 2);
    query.filters.push(Filter {
        node,
        negated: dice.one_in(4),
        after: 0,
        sticky: false,
        joins: None,
    });
    (query.select, query.limit) = (smallvec::smallvec![selected], Some(1));
    query
}

/// The query that some numbers stand for.
fn query(numbers: &[u8]) -> (Query, Option<u64>) {
    let mut dice = Dice(numbers.iter());
    let dice = &mut dice;
    let mut query = Query::new(dice.one_of(MODELS));
    let root = PathBuf::root(query.scope, query.model().expect("a model"));
    select(dice, &root, &mut query);
    for _ in 0..dice.below(4) {
        let node = condition(dice, &root, 0);
        let after = query.select.len();
        let (negated, sticky) = (dice.one_in(4), dice.one_in(8));
        query.filters.push(Filter { node, negated, after, sticky, joins: None });
    }
    match dice.below(4) {
        0 => query.order.by = Some(Vec::new()),
        1 => {
            let items = (0..=dice.below(2)).map(|_| OrderNode {
                node: match dice.one_in(3) {
                    true => calculated(dice, &root).0,
                    false => column(dice, root.clone()).0,
                },
                sql_type: None,
                desc: dice.one_in(2),
                nulls: dice.one_of(&[None, Some(NullsOrder::First), Some(NullsOrder::Last)]),
            });
            query.order.by = Some(items.collect());
        }
        _ => {}
    }
    query.order.reversed = dice.one_in(4);
    if dice.one_in(4) {
        query.limit = Some(dice.below(6) as u64);
    }
    if dice.one_in(4) {
        query.offset = dice.below(4) as u64;
    }
    if dice.one_in(8) {
        query.distinct = Distinct::Rows;
    }
    let few = (!query.is_sliced() && dice.one_in(4)).then(|| 2 * dice.below(2) as u64);
    (query, few)
}

fn compiled((query, few): &(Query, Option<u64>)) -> Result<Statement, String> {
    let statement = match few {
        Some(0) => query::select_only(query),
        Some(limit) => query::select_few(query, *limit),
        None => query::select(query),
    };
    statement.map_err(|error| error.to_string())
}

/// Compiled for this call, as what EXPLAIN explains: that is never kept.
fn anew((query, _): &(Query, Option<u64>)) -> Result<Statement, String> {
    query::explain(query, orm_sql::ast::ExplainOptions::default())
        .map_err(|error| error.to_string())
}

/// That a statement is the one that compiling makes. Debug builds compile every statement that was
/// remembered once more; where all rows are asked for, builds of all kinds are compared here.
fn is_right(of: &(Query, Option<u64>), expected: &Result<Statement, String>) -> bool {
    let (query, few) = of;
    let _ = (query::count(query), query::exists(query));
    match (compiled(of), expected) {
        // The text of fewer rows is another one.
        _ if few.is_some() => true,
        (Ok(statement), Ok(expected)) => {
            expected.sql.strip_prefix("EXPLAIN ") == Some(&statement.sql)
                && expected.params == statement.params
        }
        (Err(error), Err(expected)) => error == *expected,
        _ => false,
    }
}

#[test]
fn pairs_of_queries_at_random() {
    let cases = std::env::var("SHAPE_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = cases.unwrap_or(2_000);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    // A query, and its neighbours in one or two numbers: other values, or nearly the same shape.
    let changes = vec((any::<prop::sample::Index>(), any::<u8>()), 0..3);
    let pairs = (vec(any::<u8>(), 8..60), changes);
    let (same, other) = (Cell::new(0), Cell::new(0));
    let result = TestRunner::new(config).run(&pairs, |(numbers, changes)| {
        let mut neighbour = numbers.clone();
        for (place, number) in changes {
            *place.get_mut(&mut neighbour) = number;
        }
        let (first, second) = (query(&numbers), query(&neighbour));
        let (one, two) = (anew(&first), anew(&second));
        for (query, expected) in [(&first, &one), (&second, &two), (&first, &one), (&second, &two)]
        {
            prop_assert!(is_right(query, expected), "{:?} {:?}", compiled(query), expected);
        }
        if let (Ok(one), Ok(two)) = (one, two) {
            let counted = if one.sql == two.sql { &same } else { &other };
            counted.set(counted.get() + 1);
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    // Both kinds of neighbours were there.
    let (same, other) = (same.get(), other.get());
    assert!(same > cases / 10 && other > cases / 10, "{same} of the same text, {other} of others");
}
