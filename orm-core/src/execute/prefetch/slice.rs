//! A slice that holds for each parent: rows are numbered by a window, and the numbers filtered.

use crate::ir::{Comparison, Filter, Node, OrderNode, Query, Selected, WindowNode, WindowSpec};
use orm_sql::ast::Template;
use orm_sql::value::{SqlType, SqlValue};

/// The query whose slice holds for each value of a key instead of for all rows.
pub(super) fn for_each(mut query: Query, key: &[Node]) -> Query {
    let Some(model) = query.model() else { return query };
    let (first, limit) = (query.offset, query.limit);
    (query.offset, query.limit) = (0, None);
    query.select.push(Selected::Expr(row_number(&query, key), SqlType::Int8));
    // The window has the ordering; the rows are ordered by their numbers.
    query.order.by = Some(Vec::new());
    let place = query.width() - 1;
    let mut numbered = Query::over(query, model);
    let number = Node::Output(numbered.scope, place, SqlType::Int8);
    let mut keep = |op: Comparison, bound: u64| {
        let bound =
            Node::Value(SqlValue::I64(i64::try_from(bound).unwrap_or(i64::MAX)), SqlType::Int8);
        let node = Node::compare(op, number.clone(), bound);
        numbered.filters.push(Filter::new(node, 0));
    };
    if first > 0 {
        keep(Comparison::Gt, first);
    }
    if let Some(limit) = limit {
        keep(Comparison::Lte, first.saturating_add(limit));
    }
    numbered.order.by =
        Some(vec![OrderNode { node: number, desc: false, nulls: None, sql_type: None }]);
    numbered
}

fn row_number(query: &Query, key: &[Node]) -> Node {
    static ROW_NUMBER: Template = Template::new("ROW_NUMBER()");
    let reversed = query.order.reversed;
    let order =
        query.ordered_by().into_iter().map(|item| if reversed { item.reversed() } else { item });
    Node::Window(Box::new(WindowNode {
        function: Node::template(&ROW_NUMBER, Vec::new()),
        over: WindowSpec { partition: key.to_vec(), order: order.collect(), frame: None },
    }))
}
