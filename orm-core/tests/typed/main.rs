//! The call shapes that users write, over two models as the derive would make them.

mod aggregates;
mod calculations;
mod deep;
mod documents;
mod functions;
mod groups;
mod lookups;
#[allow(dead_code)]
mod model;

use orm_core::column::Column;
use orm_core::expr::Expr;
use orm_core::ir::{AggregateNode, Node, Terms};
use orm_sql::value::SqlValue;

/// The expression holds a `T` when it is selected.
fn holds<T>(_: impl Selects<T>) {}

/// What an expression is selected as.
trait Selects<T> {}
impl<R, T: Column, K: orm_core::model::Card> Selects<orm_core::expr::SelectedAs<T, K>>
    for Expr<R, T, K>
{
}

/// A short form of a node, close to SQL.
fn show<R, T, K>(expr: &Expr<R, T, K>) -> String {
    text(expr.node())
}

fn text(node: &Node) -> String {
    let list = |terms: &Terms, by: &str| terms.iter().map(text).collect::<Vec<_>>().join(by);
    match node {
        Node::Column { path, field } => {
            let steps = path
                .steps
                .iter()
                .map(|step| format!("{}.", step.relation().map_or("", |key| key.name)));
            format!("{}{}", steps.collect::<String>(), field.column)
        }
        Node::Value(value, _) => show_value(value),
        Node::And(all) => format!("({})", list(all, " AND ")),
        Node::Or(any) => format!("({})", list(any, " OR ")),
        Node::Not(node) => format!("NOT {}", text(node)),
        Node::Compare(op, sides) => format!("{} {op:?} {}", text(&sides[0]), text(&sides[1])),
        Node::IsNull(node, true) => format!("{} IS NULL", text(node)),
        Node::IsNull(node, false) => format!("{} IS NOT NULL", text(node)),
        Node::Between(x) => format!("{} BETWEEN {} AND {}", text(&x[0]), text(&x[1]), text(&x[2])),
        Node::In(left, members) => format!("{} IN {members:?}", text(left)),
        Node::Cast(node, sql_type) => format!("{}::{}", text(node), sql_type.name()),
        Node::Template(template, args) => fill(template.sql, args),
        Node::Aggregate(aggregate) => show_aggregate(aggregate),
        Node::Case(case) => {
            let branch =
                |(when, then): &(Node, Node)| format!(" WHEN {} THEN {}", text(when), text(then));
            let branches = case.branches.iter().map(branch).collect::<String>();
            let otherwise = case.otherwise.as_ref().map_or("NULL".into(), text);
            format!("CASE{branches} ELSE {otherwise} END")
        }
        other => format!("{other:?}"),
    }
}

fn show_aggregate(aggregate: &AggregateNode) -> String {
    let AggregateNode { function, args, distinct, filter, order, default, joined: _ } = aggregate;
    let mut inside = args.iter().map(text).collect::<Vec<_>>().join(", ");
    if *distinct {
        inside = format!("DISTINCT {inside}");
    }
    for item in order {
        let desc = if item.desc { " DESC" } else { "" };
        inside += &format!(" ORDER BY {}{desc}", text(&item.node));
    }
    let mut sql = function.sql.replace("{}", &inside);
    if let Some(filter) = filter {
        sql += &format!(" FILTER (WHERE {})", text(filter));
    }
    match default {
        Some(default) => format!("COALESCE({sql}, {})", text(default)),
        None => sql,
    }
}

fn fill(sql: &str, args: &[Node]) -> String {
    let (mut out, mut rest, mut next) = (String::new(), sql, args.iter());
    while let Some((before, after)) = rest.split_once('{') {
        let (hole, after) = after.split_once('}').unwrap();
        out += before;
        match hole {
            "" => out += &text(next.next().unwrap()),
            "*" => out += &next.by_ref().map(text).collect::<Vec<_>>().join(", "),
            place => out += &text(&args[place.parse::<usize>().unwrap()]),
        }
        rest = after;
    }
    out + rest
}

fn show_value(value: &SqlValue) -> String {
    match value {
        SqlValue::Null => "NULL".into(),
        SqlValue::Bool(v) => v.to_string(),
        SqlValue::I16(v) => format!("{v}i16"),
        SqlValue::I32(v) => v.to_string(),
        SqlValue::I64(v) => format!("{v}i64"),
        SqlValue::F64(v) => format!("{v}f64"),
        SqlValue::Decimal(v) => format!("{v}d"),
        SqlValue::Text(v) => format!("'{v}'"),
        SqlValue::Json(v) => format!("json {v}"),
        SqlValue::Array(v) => {
            format!("[{}]", v.iter().map(show_value).collect::<Vec<_>>().join(", "))
        }
        other => format!("{other:?}"),
    }
}
