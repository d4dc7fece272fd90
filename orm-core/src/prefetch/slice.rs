//! A slice that holds for each parent: rows are numbered by a window, and the numbers filtered.

use crate::ast::{NullsOrder, Template};
use crate::ir::{Comparison, Filter, Node, OrderNode, Query, Selected};
use crate::queryset::nested::over;
use crate::value::{SqlType, SqlValue};

/// The query whose slice holds for each value of a key instead of for all rows.
pub(super) fn for_each(mut query: Query, key: &Node) -> Query {
    let Some(model) = query.model() else { return query };
    let (first, limit) = (query.offset, query.limit);
    (query.offset, query.limit) = (0, None);
    query.select.push(Selected::Expr(row_number(&query, key), SqlType::Int8));
    // The window has the ordering; the rows are ordered by their numbers.
    query.order.by = Some(Vec::new());
    let place = query.width() - 1;
    let mut numbered = over(query, model);
    let number = Node::Output(place, SqlType::Int8);
    let mut keep = |op: Comparison, bound: u64| {
        let bound =
            Node::Value(SqlValue::I64(i64::try_from(bound).unwrap_or(i64::MAX)), SqlType::Int8);
        let node = Node::compare(op, number.clone(), bound);
        numbered.filters.push(Filter { node, negated: false, after: 0, sticky: false });
    };
    if first > 0 {
        keep(Comparison::Gt, first);
    }
    if let Some(limit) = limit {
        keep(Comparison::Lte, first.saturating_add(limit));
    }
    numbered.order.by = Some(vec![OrderNode { node: number, desc: false, nulls: None }]);
    numbered
}

fn row_number(query: &Query, key: &Node) -> Node {
    static ORDERED: Template = Template::new("ROW_NUMBER() OVER (PARTITION BY {} ORDER BY {*})");
    static UNORDERED: Template = Template::new("ROW_NUMBER() OVER (PARTITION BY {})");
    let by = match &query.order.by {
        Some(by) => by.clone(),
        None => query.model().and_then(|model| model.ordering).map_or_else(Vec::new, |by| by()),
    };
    let mut args = vec![key.clone()];
    args.extend(by.into_iter().map(|item| {
        let item = if query.order.reversed { item.reversed() } else { item };
        ordered(item)
    }));
    Node::template(if args.len() > 1 { &ORDERED } else { &UNORDERED }, args)
}

/// An item of an ordering as an argument of the window.
fn ordered(item: OrderNode) -> Node {
    static ASC: Template = Template::new("{} ASC");
    static ASC_FIRST: Template = Template::new("{} ASC NULLS FIRST");
    static ASC_LAST: Template = Template::new("{} ASC NULLS LAST");
    static DESC: Template = Template::new("{} DESC");
    static DESC_FIRST: Template = Template::new("{} DESC NULLS FIRST");
    static DESC_LAST: Template = Template::new("{} DESC NULLS LAST");
    let template = match (item.desc, item.nulls) {
        (false, None) => &ASC,
        (false, Some(NullsOrder::First)) => &ASC_FIRST,
        (false, Some(NullsOrder::Last)) => &ASC_LAST,
        (true, None) => &DESC,
        (true, Some(NullsOrder::First)) => &DESC_FIRST,
        (true, Some(NullsOrder::Last)) => &DESC_LAST,
    };
    Node::template(template, vec![item.node])
}
