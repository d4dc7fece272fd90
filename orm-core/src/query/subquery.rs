//! Pass: resolve queries inside of expressions.

use super::parts::{Items, Want, WantOrder};
use super::plan::{Ctx, Planner, Result, usage};
use super::single::has_one_row;
use crate::ir::visit::each_outer;
use crate::ir::{PathBuf, Query, Step};
use orm_sql::ast::{Body, Expr};

impl<'a> Planner<'a> {
    /// `EXISTS (query)`.
    pub fn exists(&mut self, query: &Query, ctx: Ctx) -> Result<Expr<'a>> {
        if super::is_empty(query) {
            return self.unasked(query, ctx);
        }
        let body = self.body(query, Some(ctx.frame), Want::EXISTS)?;
        let nothing = matches!(body, Body::Select(select)
            if select.filter == Expr::Bool(false) && select.having == Expr::Bool(true));
        Ok(if nothing { Expr::Bool(false) } else { Expr::Exists(body) })
    }

    /// False, for a query without rows, which is not asked. Rows of many that it refers to by
    /// `outer_ref` are joined all the same: what a query is compared with decides nothing about
    /// joins.
    pub fn unasked(&mut self, query: &Query, ctx: Ctx) -> Result<Expr<'a>> {
        let mut paths: Vec<&PathBuf> = Vec::new();
        each_outer(query, &mut |path| paths.push(path));
        for path in paths.into_iter().filter(|path| path.steps.iter().any(Step::is_many)) {
            let table = self.place(path, Ctx { outer: true, strict: false, ..ctx })?;
            self.table_mut(table).read = true;
        }
        Ok(Expr::Bool(false))
    }

    /// A query as a scalar: its only column.
    pub fn scalar(&mut self, query: &Query, ctx: Ctx) -> Result<Expr<'a>> {
        if !has_one_row(query) {
            return usage(
                "a subquery that is a value may have several rows: end it by `.limit(1)` with an \
                 `order_by` that says which, aggregate its rows, or filter it by a key; several \
                 values are looked for by `in_`",
            );
        }
        self.rows_as_values(query, WantOrder::Always, ctx)
    }

    /// A query of one column.
    pub fn rows_as_values(
        &mut self,
        query: &Query,
        order: WantOrder,
        ctx: Ctx,
    ) -> Result<Expr<'a>> {
        let want = Want { items: Items::Key(&[]), order, numbered: false, page: None };
        let body = self.body(query, Some(ctx.frame), want)?;
        if let Body::Select(select) = body
            && select.items.len() > 1
        {
            return usage("a subquery that is a value selects one column");
        }
        Ok(Expr::Subquery(body))
    }
}
