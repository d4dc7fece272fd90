//! The rows of a query for each of many keys, each as if it were asked for by itself: for prefetches
//! whose slice or DISTINCT is of each parent.

use super::compile::output_columns;
use super::parts::Want;
use super::plan::{FrameKind, Joined, Planner, Result, compile};
use crate::ir::{Comparison, Node, Query, Scope};
use orm_sql::ast::{self, Body, Column, Expr, Join, JoinKind, Name, On, number};
use orm_sql::exec::Statement;
use orm_sql::value::{SqlType, SqlValue};
use smallvec::SmallVec;

/// The statement that selects the rows of a query for each of these keys. `after` is how many items
/// were selected before those that are selected for the key itself.
///
/// ```text
/// SELECT t2.c0, … FROM UNNEST($1::bigint[]) AS t0 (c0)
/// JOIN LATERAL (SELECT DISTINCT … WHERE t1.author_id = t0.c0 … LIMIT 3) AS t2 ON TRUE
/// ```
///
/// # Errors
///
/// Those of [`super::select`].
pub fn select_for_each(
    query: &Query,
    key: &[(Node, &'static SqlType)],
    values: Vec<SqlValue>,
    after: usize,
) -> orm_sql::Result<Statement> {
    compile(|planner| {
        let keys = planner.push_frame(FrameKind::Query, Scope::fresh(), None, None);
        let root = planner.push_root(keys, ast::From::Unnest(&[]), None);
        let mut arrays: SmallVec<[(ast::Slot, SqlType); 2]> = SmallVec::new();
        for ((_, sql_type), array) in key.iter().zip(values) {
            let array_type = SqlType::Array(sql_type);
            arrays.push((planner.slot(array, array_type), array_type));
        }
        planner.table_mut(root).source = ast::From::Unnest(planner.arena.alloc_slice_copy(&arrays));
        let mut query = query.clone();
        for (place, (node, sql_type)) in key.iter().enumerate() {
            let column = Node::Output(planner.frame(keys).scope, place, **sql_type);
            let given = Node::Outer(Box::new(column));
            let same = Node::compare(Comparison::Eq, node.clone(), given);
            query.filters.push(crate::ir::Filter::new(same, after));
        }
        let body = planner.body(&query, Some(keys), Want { numbered: true, ..Want::ROWS })?;
        let rows = planner.lateral(keys, body)?;
        let columns = output_columns(&query);
        let items = columns.iter().enumerate().map(|(place, column)| {
            let (name, sql_type) = (Name::Output(number(place)), column.sql_type);
            Expr::Column(Column { table: rows, name, null: true, sql_type })
        });
        let items = planner.arena.alloc_slice_fill_iter(items.collect::<Vec<_>>());
        let select = ast::Select { items, ..super::parts::bare(keys, Expr::Bool(true)) };
        planner.statement(&Body::Select(select), columns)
    })
}

impl<'a> Planner<'a> {
    /// The rows of a query that reads from the tables before it, joined to those.
    fn lateral(&mut self, frame: ast::FrameId, body: &'a Body<'a>) -> Result<ast::TableId> {
        self.within_limits()?;
        let on = On::Expr(self.keep(Expr::Bool(true)));
        Ok(self.push_table(Joined {
            frame,
            source: ast::From::Query(body),
            join: Some(Join { kind: JoinKind::Inner, on }),
            parent: None,
            key: None,
            model: None,
            outputs: None,
            part_of: None,
            nullable: false,
            call: 0,
            was_inner: false,
            read: true,
            label: None,
            columns: &[],
            lateral: true,
            on: None,
        }))
    }
}
