//! Pass: rows that stand beside those of a query, the statements of WITH that they may come from, and
//! columns by their places in such rows.

use super::extended::is_wide;
use super::parts::{Items, Want, WantOrder};
use super::plan::{Ctx, Frame, FrameKind, Joined, Planner, Result, usage};
use super::source::{is_identity, whole_model};
use crate::ir::visit::each_joined;
use crate::ir::{
    Change, Cte, CteBody, CteRows, JoinNode, PathBuf, Query, Recursion, Scope, Source,
};
use orm_sql::ast::{
    self, Body, Column, Combinator, Combined, CteColumns, Cycle, Delete, Expr, FrameId, Join,
    JoinKind, Name, On, Search, TableId, Update, number,
};
use orm_sql::schema::names::check_name;
use orm_sql::value::SqlType;

/// What another query's rows are wanted as: all columns, by their places.
pub(super) const AS_ROWS: Want<'static> =
    Want { items: Items::All, order: WantOrder::IfItDecides, numbered: true, page: None };

/// The same of rows that may be locked: they are locked where they are found, in their order.
pub(super) fn as_rows(query: &Query) -> Want<'static> {
    match query.lock {
        None => AS_ROWS,
        Some(_) => Want { numbered: true, ..Want::ROWS },
    }
}

impl Frame<'_> {
    /// True where paths of this scope start in this SELECT.
    pub fn is_of(&self, scope: Scope) -> bool {
        self.scope == scope
            || self.also.contains(scope)
            || self.beside.iter().any(|(own, _)| *own == scope)
    }

    /// The table at which they start.
    pub fn start(&self, scope: Scope) -> TableId {
        let beside = self.beside.iter().find(|(own, _)| *own == scope);
        beside.map_or(self.root, |(_, table)| *table)
    }
}

impl<'a> Planner<'a> {
    /// The rows beside those of a query, in the order in which they were joined.
    pub fn open_joins(
        &mut self,
        query: &Query,
        frame: FrameId,
        parent: Option<FrameId>,
    ) -> Result<()> {
        for join in &query.joins {
            self.within_limits()?;
            // What the condition reaches over relations is joined before: it is named in ON.
            let mut paths: Vec<&PathBuf> = Vec::new();
            each_joined(&join.on, &mut |path| paths.push(path));
            for path in paths.into_iter().filter(|path| path.scope != join.scope) {
                self.place(path, Ctx::value(frame))?;
            }
            self.open_join(join, frame, if join.lateral { Some(frame) } else { parent })?;
        }
        Ok(())
    }

    fn open_join(
        &mut self,
        join: &JoinNode,
        frame: FrameId,
        parent: Option<FrameId>,
    ) -> Result<()> {
        let source = self.rows_of(&join.query, parent)?;
        let nothing = On::Expr(self.keep(Expr::Bool(true)));
        let root = self.frame(frame).root;
        let nullable = join.kind == JoinKind::Left;
        let table = self.push_table(Joined {
            frame,
            source,
            join: Some(Join { kind: join.kind, on: nothing }),
            parent: Some(root),
            key: None,
            model: None,
            outputs: None,
            part_of: None,
            nullable,
            call: 0,
            was_inner: false,
            read: true,
            label: None,
            columns: &[],
            lateral: join.lateral,
            on: None,
        });
        self.frame_mut(frame).beside.push((join.scope, table));
        let on = self.condition(&join.on, Ctx::value(frame).opaque())?;
        let on = On::Expr(self.keep(on));
        self.table_mut(table).join = Some(Join { kind: join.kind, on });
        Ok(())
    }

    /// The rows of a query as a table: a statement of WITH by its name, anything else in parentheses.
    fn rows_of(&mut self, query: &Query, parent: Option<FrameId>) -> Result<ast::From<'a>> {
        if let Some(message) = &query.error {
            return usage(message.clone());
        }
        if let (Source::Cte(cte), true) = (&query.source, is_bare(query)) {
            return self.cte(cte);
        }
        self.body(query, parent, as_rows(query)).map(ast::From::Query)
    }

    /// A SELECT from a statement of WITH.
    pub fn open_cte(
        &mut self,
        query: &Query,
        cte: &CteRows,
        parent: Option<FrameId>,
    ) -> Result<FrameId> {
        let whole = whole_model(cte.rows());
        let model = whole.map(|(_, model)| model);
        let frame = self.push_frame(FrameKind::Query, query.scope, model, parent);
        let source = self.cte(cte)?;
        let root = self.push_root(frame, source, model);
        self.table_mut(root).outputs = whole.map(|(place, _)| place);
        Ok(frame)
    }

    /// A statement of WITH, which is written once however often it is read.
    fn cte(&mut self, rows: &CteRows) -> Result<ast::From<'a>> {
        if let Some((_, place)) = self.ctes.iter().find(|(id, _)| *id == rows.id()) {
            return Ok(ast::From::Cte(*place));
        }
        match rows {
            CteRows::Of(cte) => self.new_cte(cte),
            CteRows::Itself(..) => usage(
                "the rows of a recursive query can only be read inside of it: return the query set \
                 that uses them from the closure of `recursive`",
            ),
        }
    }

    fn new_cte(&mut self, cte: &Cte) -> Result<ast::From<'a>> {
        let name = match check_name(cte.name.clone(), "statement of WITH") {
            Ok(name) => &*self.arena.alloc_str(&name),
            Err(error) => return usage(error.to_string()),
        };
        if self.with.iter().any(|other| other.name == Some(name)) {
            return two_statements(name);
        }
        let with = |body| ast::Cte {
            name: Some(name),
            materialized: cte.materialized,
            ..ast::Cte::of(body)
        };
        match &cte.body {
            CteBody::Select(query) => {
                let body = *self.body(query, None, as_rows(query))?;
                Ok(self.push_cte(cte.id, with(body)))
            }
            CteBody::Change(query, change) => {
                let (body, columns) = self.change(query, change)?;
                let columns = CteColumns::Places(columns);
                Ok(self.push_cte(cte.id, ast::Cte { columns, ..with(body) }))
            }
            CteBody::Insert(insert) => {
                let (body, columns) = self.inserted(insert)?;
                let columns = CteColumns::Places(columns);
                Ok(self.push_cte(cte.id, ast::Cte { columns, ..with(body) }))
            }
            CteBody::Recursive(recursion) => {
                // Its own name is known while it is put together.
                let nothing = Body::Raw(Expr::Bool(false));
                let from = self.push_cte(cte.id, with(nothing));
                let place = self.with.len() - 1;
                let whole = self.recursion(recursion, with(nothing))?;
                if let Some(own) = self.with.get_mut(place) {
                    *own = whole;
                }
                Ok(from)
            }
        }
    }

    /// A statement of WITH hides a table of the same name.
    pub fn check_cte_names(&self) -> Result<()> {
        let tables = self.tables.iter().filter_map(|table| match table.source {
            ast::From::Table { schema: None, name } => Some(name),
            _ => None,
        });
        let mut names = self.with.iter().filter_map(|cte| cte.name);
        while let Some(name) = names.next() {
            if names.clone().any(|other| other == name) {
                return two_statements(name);
            }
            if tables.clone().any(|table| table == name) {
                return usage(format!(
                    "a statement of WITH is called `{name}`, and so is a table that this statement \
                     reads: give it another name"
                ));
            }
        }
        Ok(())
    }

    fn push_cte(&mut self, id: Scope, cte: ast::Cte<'a>) -> ast::From<'a> {
        self.with.push(cte);
        let place = number(self.with.len() - 1);
        self.ctes.push((id, place));
        ast::From::Cte(place)
    }

    fn recursion(&mut self, recursion: &Recursion, own: ast::Cte<'a>) -> Result<ast::Cte<'a>> {
        let first = *self.body(&recursion.first, None, AS_ROWS)?;
        let next = *self.body(&recursion.next, None, AS_ROWS)?;
        let op = if recursion.distinct { Combinator::Union } else { Combinator::UnionAll };
        let parts = self.arena.alloc_slice_copy(&[first, next]);
        let body = Body::Combined(Combined { op, parts, order: &[], limit: None, offset: None });
        let width = number(recursion.first.width());
        let places = |list: &[usize]| {
            self.arena.alloc_slice_fill_iter(list.iter().map(|place| number(*place)))
        };
        let search = recursion.search.as_ref().map(|search| Search {
            depth_first: search.depth_first,
            by: places(&search.by),
            set: width,
        });
        let cycle = (!recursion.cycle.is_empty()).then(|| Cycle {
            by: places(&recursion.cycle),
            mark: width + 1,
            path: width + 2,
        });
        Ok(ast::Cte { recursive: true, body, search, cycle, ..own })
    }

    /// A statement that changes rows and returns them whole, and how many columns these have.
    fn change(&mut self, query: &Query, change: &Change) -> Result<(Body<'a>, u16)> {
        let verb = if *change == Change::Delete { "delete" } else { "update" };
        if let Change::Update(sets) = change
            && let Some(model) = query.model()
            && is_wide(model, sets, &super::Returning::Rows)
        {
            let (body, columns) = self.updated_extended(query, sets, &super::Returning::Rows)?;
            return Ok((body, number(columns.len())));
        }
        let (frame, model, filter) = self.changed_rows(query, verb)?;
        let table = self.frame(frame).root;
        let body = match change {
            Change::Delete => {
                let (returning, _) = self.returned(frame, model, &super::Returning::Rows)?;
                Body::Delete(Delete { table, filter, returning })
            }
            Change::Update(sets) => {
                let update = self.updated(frame, model, sets, filter)?;
                let (returning, _) = self.returned(frame, model, &super::Returning::Rows)?;
                Body::Update(Update { returning, ..update })
            }
        };
        Ok((body, number(model.width())))
    }

    /// A column, by its place, of rows that a SELECT reads from.
    pub fn output(
        &mut self,
        scope: Scope,
        place: usize,
        sql_type: SqlType,
        ctx: Ctx,
    ) -> Result<Expr<'a>> {
        let mut next = Some(ctx.frame);
        let mut enclosing = false;
        while let Some(at) = next {
            let frame = self.frame(at);
            let fits = frame.is_of(scope) && frame.kind != FrameKind::Split;
            if fits && enclosing && !ctx.outer {
                return usage(
                    "a column of the query around stands inside of another query: wrap it in \
                     `outer_ref(…)`",
                );
            }
            if fits {
                let table = frame.start(scope);
                let name = Name::Output(number(place));
                return Ok(Expr::Column(Column { table, name, null: true, sql_type }));
            }
            enclosing |= frame.kind == FrameKind::Query;
            next = frame.parent;
        }
        usage("a column of the rows of another query stands here")
    }
}

/// True where a query is nothing but the rows that it reads from.
fn is_bare(query: &Query) -> bool {
    query.filters.is_empty()
        && query.joins.is_empty()
        && query.distinct == crate::ir::Distinct::No
        && !query.is_sliced()
        && !query.none
        && query.lock.is_none()
        && query.grouped.is_empty()
        && query.sets.is_empty()
        && query.earlier.is_empty()
        && is_identity(&query.select, query.scope)
}

fn two_statements<T>(name: &str) -> Result<T> {
    usage(format!("two statements of WITH are called `{name}`: give one of them another name"))
}
