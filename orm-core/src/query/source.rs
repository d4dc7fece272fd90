//! Pass: open a SELECT on what it reads from.

use super::beside::as_rows;
use super::join::{hops, is_many, pairs_of};
use super::parts::bare;
use super::plan::{Ctx, FrameKind, Planner, Result, Reuse, table_of, usage};
use crate::ir::{
    ModelMeta, Node, PathBuf, Query, RawRows, Relation, Scope, Selected, Source, Step,
};
use orm_sql::ast::{self, Column, Combinator, Expr, FrameId, TableId};
use orm_sql::ident::RawSql;
use orm_sql::value::SqlType;
use smallvec::SmallVec;

type Filters<'a> = SmallVec<[Expr<'a>; 4]>;

impl<'a> Planner<'a> {
    /// A SELECT with its first table; conditions that tie it to the query around are added.
    pub fn open(
        &mut self,
        query: &Query,
        parent: Option<FrameId>,
        filters: &mut Filters<'a>,
    ) -> Result<FrameId> {
        let frame = self.open_source(query, parent, filters)?;
        self.open_joins(query, frame, parent)?;
        Ok(frame)
    }

    /// Where the rows of a model are read from, and the names that its columns are given: its table, or a
    /// query that stands in its place.
    pub fn source_of(
        &self,
        model: &'static ModelMeta,
    ) -> Result<(ast::From<'a>, &'a [&'static str])> {
        let Some(sql) = model.read_as() else {
            return Ok((table_of(model), &[]));
        };
        let rows = self.keep(Expr::Raw(sql().map_err(Box::new)?, &[]));
        let names = self.arena.alloc_slice_fill_iter(model.fields.iter().map(|field| field.column));
        Ok((ast::From::Raw(rows), names))
    }

    /// The first table of a SELECT over the rows of a model.
    pub fn push_rows(&mut self, frame: FrameId, model: &'static ModelMeta) -> Result<TableId> {
        let (source, columns) = self.source_of(model)?;
        let root = self.push_root(frame, source, Some(model));
        self.table_mut(root).columns = columns;
        Ok(root)
    }

    fn open_source(
        &mut self,
        query: &Query,
        parent: Option<FrameId>,
        filters: &mut Filters<'a>,
    ) -> Result<FrameId> {
        match &query.source {
            Source::Model(model) => {
                let frame = self.push_frame(FrameKind::Query, query.scope, Some(model), parent);
                self.frame_mut(frame).also.clone_from(&query.also);
                let root = self.push_rows(frame, model)?;
                self.ask_first(root, model, filters)?;
                Ok(frame)
            }
            Source::Related(path) => self.related(query, path, parent, filters),
            Source::Nested(inner) => self.nested(query, inner, parent),
            Source::Combined(op, parts) => self.nested_set(query, *op, parts, parent),
            Source::Cte(cte) => self.open_cte(query, cte, parent),
            Source::Function(call, types) => self.open_function(query, call, types, parent),
            Source::Row(values, model) => self.row_of_values(query, values, model, parent),
            Source::Raw(raw, model) => self.raw_rows(query, raw, model, parent),
        }
    }

    /// The rows of SQL of the user's own: in parentheses, or in WITH where it writes.
    fn raw_rows(
        &mut self,
        query: &Query,
        raw: &RawRows,
        model: &'static ModelMeta,
        parent: Option<FrameId>,
    ) -> Result<FrameId> {
        let frame = self.push_frame(FrameKind::Query, query.scope, Some(model), parent);
        let params = self.values(&raw.params, Ctx::value(frame).opaque())?;
        let arena = self.arena;
        let sql = |text: &RawSql| Expr::Raw(arena.alloc_str(text.as_str()), params);
        let rows = sql(&raw.rows);
        let source = match raw.writes {
            false => ast::From::Raw(self.keep(rows)),
            true => {
                let (recursive, before) = (raw.recursive, raw.with.as_ref().map(sql));
                let body = ast::Body::Raw(rows);
                self.with.push(ast::Cte { recursive, before, ..ast::Cte::of(body) });
                ast::From::Cte(ast::number(self.with.len() - 1))
            }
        };
        self.push_root(frame, source, Some(model));
        Ok(frame)
    }

    /// One row: `(SELECT $1 AS "id", …)`.
    fn row_of_values(
        &mut self,
        query: &Query,
        values: &[Node],
        model: &'static ModelMeta,
        parent: Option<FrameId>,
    ) -> Result<FrameId> {
        let frame = self.push_frame(FrameKind::Query, query.scope, Some(model), parent);
        let nowhere = self.push_frame(FrameKind::Query, Scope::fresh(), None, parent);
        let items = self.values(values, Ctx::value(nowhere))?;
        let names = self.arena.alloc_slice_fill_iter(model.fields.iter().map(|field| field.column));
        let names = ast::Names::Given(names);
        let row = ast::Select { items, names, ..bare(nowhere, Expr::Bool(true)) };
        let body = self.arena.alloc(ast::Body::Select(row));
        self.push_root(frame, ast::From::Query(body), Some(model));
        Ok(frame)
    }

    /// The rows of another query, under names of their places.
    fn nested(&mut self, query: &Query, inner: &Query, parent: Option<FrameId>) -> Result<FrameId> {
        let body = self.body(inner, parent, as_rows(inner))?;
        let whole = whole_model(inner);
        let model = whole.map(|(_, model)| model);
        let frame = self.push_frame(FrameKind::Query, query.scope, model, parent);
        let root = self.push_root(frame, ast::From::Query(body), model);
        self.table_mut(root).outputs = whole.map(|(place, _)| place);
        Ok(frame)
    }

    /// The rows of a set operation, for what cannot be said beside it.
    fn nested_set(
        &mut self,
        query: &Query,
        op: Combinator,
        parts: &[Query],
        parent: Option<FrameId>,
    ) -> Result<FrameId> {
        let parts = self.parts_of_set(parts, parent, true)?;
        let set = ast::Combined { op, parts, order: &[], limit: None, offset: None };
        let body = self.arena.alloc(ast::Body::Combined(set));
        let whole = whole_model(query);
        let model = whole.map(|(_, model)| model);
        let frame = self.push_frame(FrameKind::Query, query.scope, model, parent);
        let root = self.push_root(frame, ast::From::Query(body), model);
        self.table_mut(root).outputs = whole.map(|(place, _)| place);
        Ok(frame)
    }

    /// The rows of a function.
    fn open_function(
        &mut self,
        query: &Query,
        call: &Node,
        types: &[SqlType],
        parent: Option<FrameId>,
    ) -> Result<FrameId> {
        let Some(columns) = PLACES.get(..types.len()) else {
            return usage("a function as a source of rows has 16 columns at the most");
        };
        let frame = self.push_frame(FrameKind::Query, query.scope, None, parent);
        let nowhere = self.push_frame(FrameKind::Query, Scope::fresh(), None, parent);
        let call = self.value(call, Ctx::value(nowhere))?;
        let root = self.push_root(frame, ast::From::Function(self.keep(call)), None);
        self.table_mut(root).columns = columns;
        Ok(frame)
    }

    /// The rows that a path of the outer query leads to: the path is walked backwards from them.
    fn related(
        &mut self,
        query: &Query,
        path: &PathBuf,
        parent: Option<FrameId>,
        filters: &mut Filters<'a>,
    ) -> Result<FrameId> {
        let Some(around) = parent else {
            return usage(
                "this query set follows the rows of another one and can only be used inside it",
            );
        };
        let way = all_hops(path)?;
        let split = way.iter().position(|(key, reverse)| is_many(key, *reverse)).unwrap_or(0);
        let outside = self.outside(path, way.get(..split).unwrap_or_default(), around)?;

        let target = path.target();
        let frame = self.push_frame(FrameKind::Query, query.scope, Some(target), parent);
        let mut at = self.push_rows(frame, target)?;
        self.ask_first(at, target, filters)?;
        self.frame_mut(frame).call = 1;
        let ctx = Ctx { reuse: Reuse::Call, ..Ctx::value(frame) };
        for (key, reverse) in way.iter().skip(split + 1).rev() {
            at = self.hop(at, key, !reverse, ctx)?;
            self.demote(at);
        }
        let Some((key, reverse)) = way.get(split) else {
            return self.same_row(frame, at, outside, target, filters);
        };
        self.tie_key((key, *reverse), at, outside, filters)?;
        Ok(frame)
    }

    /// Ties the rows of a query to those of the outer one by a key.
    fn tie_key(
        &mut self,
        (key, reverse): (&'static Relation, bool),
        at: TableId,
        outside: TableId,
        filters: &mut Filters<'a>,
    ) -> Result<()> {
        for (own, refers) in pairs_of(key)? {
            let key_column = |table: TableId, at: &Planner<'_>| {
                let target = Column { null: key.null, ..at.column_at(table, refers) };
                Column { name: at.named(table, own.column), ..target }
            };
            let (inner, outer) = match reverse {
                true => (key_column(at, self), self.nearest(outside, refers)),
                false => (self.column_at(at, refers), key_column(outside, self)),
            };
            match key.is_held_as_text() {
                false => self.tie(inner, outer, filters),
                true if reverse => self.tie_text(inner, outer, filters),
                true => self.tie_text(outer, inner, filters),
            }
        }
        let has_key = if reverse { at } else { outside };
        if let Some(of_kind) = self.of_kind(key, has_key)? {
            self.table_mut(has_key).read = true;
            filters.push(of_kind);
        }
        Ok(())
    }

    /// The table of the outer query that the way begins at.
    fn outside(
        &mut self,
        path: &PathBuf,
        before: &[(&'static Relation, bool)],
        around: FrameId,
    ) -> Result<TableId> {
        let outer = path.scope != Scope::ANY;
        let mut root = PathBuf::root(path.scope, path.root);
        root.steps.extend(path.steps.iter().take_while(|step| step.relation().is_none()).copied());
        let ctx = Ctx { outer, ..Ctx::value(around) };
        let start = self.place(&root, ctx)?;
        let ctx = Ctx::value(self.table(start).frame);
        before.iter().try_fold(start, |at, (key, reverse)| self.hop(at, key, *reverse, ctx))
    }

    fn same_row(
        &mut self,
        frame: FrameId,
        at: TableId,
        outside: TableId,
        model: &'static ModelMeta,
        filters: &mut Filters<'a>,
    ) -> Result<FrameId> {
        for field in model.key_fields() {
            self.tie(self.column_at(at, field), self.column_at(outside, field), filters);
        }
        Ok(frame)
    }

    fn tie(&mut self, inner: Column, outer: Column, filters: &mut Filters<'a>) {
        self.table_mut(inner.table).read = true;
        self.table_mut(outer.table).read = true;
        filters.push(self.binary("=", Expr::Column(inner), Expr::Column(outer)));
    }

    /// The same, where one of them is a key that is held as a text.
    fn tie_text(&mut self, own: Column, target: Column, filters: &mut Filters<'a>) {
        self.table_mut(own.table).read = true;
        self.table_mut(target.table).read = true;
        filters.push(self.equal_as_text(own, target));
    }
}

fn all_hops(path: &PathBuf) -> Result<SmallVec<[(&'static Relation, bool); 4]>> {
    let mut all = SmallVec::new();
    for step in &path.steps {
        all.extend(hops(*step)?);
    }
    Ok(all)
}

/// The first whole model among the columns of a query, and where its columns begin.
pub(super) fn whole_model(query: &Query) -> Option<(u16, &'static ModelMeta)> {
    if let Source::Combined(_, parts) = &query.source {
        return parts.first().and_then(whole_model);
    }
    let mut first = 0;
    query.select.iter().find_map(|item| {
        let place = ast::number(first);
        first += item.width();
        match item {
            Selected::Model(path) => Some((place, path.target())),
            Selected::Expr(..) => None,
        }
    })
}

/// True where all columns of the rows that a scope reads from are selected, in their order.
pub(super) fn is_identity(select: &[Selected], scope: Scope) -> bool {
    let mut next = 0;
    select.iter().all(|item| {
        let place = next;
        next += item.width();
        match item {
            Selected::Expr(Node::Output(of, own, _), _) => *of == scope && *own == place,
            Selected::Expr(..) => false,
            Selected::Model(path) => match &*path.steps {
                [Step::Output(own, _)] => path.scope == scope && usize::from(*own) == place,
                _ => false,
            },
        }
    })
}

/// The names of columns by their places, where FROM gives them.
const PLACES: [&str; 16] = [
    "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "c11", "c12", "c13", "c14",
    "c15",
];
