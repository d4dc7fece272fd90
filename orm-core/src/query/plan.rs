//! What the passes share: the statement in the making, and where in it a node stands.

use super::multiplied::Ways;
use super::page::PageShape;
use crate::ir::{ModelMeta, Node, Relation, Scope, Scopes, WindowSpec};
use bumpalo::Bump;
use orm_sql::ast::{self, Expr, FrameId, JoinKind, Label, Slot, TableId, number};
use orm_sql::error::Error;
use orm_sql::exec::Tenancy;
use orm_sql::sql::Param;
use orm_sql::value::{SqlType, SqlValue};
use smallvec::SmallVec;

/// A statement in the making. Tables and SELECTs are numbered over all nested queries.
pub(super) struct Planner<'a> {
    pub arena: &'a Bump,
    pub tables: SmallVec<[Joined<'a>; 6]>,
    pub frames: SmallVec<[Frame<'a>; 2]>,
    pub values: Vec<Param>,
    /// The time zone of moments that have none of their own, with the place of its value.
    pub zone: Option<(std::sync::Arc<str>, Option<Slot>)>,
    /// Whose rows are seen of models that have tenants, with the places of that value.
    pub tenancy: Tenancy,
    pub tenant_slots: SmallVec<[(SqlType, Slot); 1]>,
    /// The joins without which the condition at hand cannot hold: what [`super::promote`] counts.
    pub votes: SmallVec<[TableId; 16]>,
    /// Statements in WITH.
    pub with: Vec<ast::Cte<'a>>,
    /// Which of them are those of the user's query sets.
    pub ctes: Vec<(Scope, u16)>,
    /// For a summary: the select list of the query inside.
    pub pulled: Vec<Expr<'a>>,
    /// For a summary: nothing can be added to the select list.
    pub fixed: bool,
    /// For a summary of groups: what they are by.
    pub groups: Option<Vec<Expr<'a>>>,
    /// The tables of columns that stand somewhere, also where nothing is left of it, other than those
    /// that only aggregates read.
    pub reads: SmallVec<[TableId; 8]>,
    /// The conditions on the rows of paths.
    pub conditions: Vec<Vec<Node>>,
    /// What was made of the ordering of a page, with the types of what stands beside its rows.
    pub page: Option<(PageShape, Vec<SqlType>)>,
    /// What there is too much of.
    pub exceeded: Option<&'static str>,
    /// What is resolved is only looked at, and taken back.
    pub trying: bool,
}

/// A SELECT in the making.
#[derive(Clone)]
pub(super) struct Frame<'a> {
    pub kind: FrameKind,
    /// Which paths start here.
    pub scope: Scope,
    /// The query sets that were combined into this one.
    pub also: Scopes,
    /// The model that paths start at, where there is one.
    pub model: Option<&'static ModelMeta>,
    /// The first table.
    pub root: TableId,
    /// The rows that stand beside it, with what their paths carry.
    pub beside: SmallVec<[(Scope, TableId); 1]>,
    /// For a split: which part of a nested query's row its first table is.
    pub part: Option<u16>,
    /// The SELECT around this one.
    pub parent: Option<FrameId>,
    /// The number of the `filter` call at hand: conditions of one call share joins.
    pub call: u32,
    /// What is calculated of columns, and its rows are grouped by.
    pub keys: Vec<(Node, Expr<'a>)>,
    /// An aggregate was seen.
    pub grouped: bool,
    /// The aggregates seen so far: the same one again is the same expression, over the same joins.
    pub aggregates: Vec<Aggregated<'a>>,
    /// The windows seen so far, likewise.
    pub windows: Vec<(WindowSpec, ast::WindowSpec<'a>)>,
    /// What groups with subtotals are by.
    pub set_keys: Vec<(Node, Expr<'a>)>,
    /// The aggregates that are not over the joined rows.
    pub ways: Ways,
    /// Its rows are grouped, whatever else is aggregated.
    pub regroups: bool,
    /// The types of what the rows are ordered by, where they are known.
    pub order_types: SmallVec<[Option<SqlType>; 4]>,
}

/// An aggregate of a SELECT.
#[derive(Clone)]
pub(super) struct Aggregated<'a> {
    pub node: Node,
    pub expr: Expr<'a>,
    /// The tables of the SELECT that it reads, also where nothing is left of that.
    pub reads: SmallVec<[TableId; 4]>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FrameKind {
    /// A query set.
    Query,
    /// The EXISTS of a negated condition over a to-many relation, part of its parent's query.
    Split,
    /// The row that an INSERT or UPDATE is about.
    Change,
    /// Aggregates over the rows of another SELECT.
    Summary(FrameId),
}

/// A table with what is known about its join until the statement is done.
#[derive(Clone)]
pub(super) struct Joined<'a> {
    pub frame: FrameId,
    pub source: ast::From<'a>,
    pub join: Option<ast::Join<'a>>,
    /// The table that it is joined to.
    pub parent: Option<TableId>,
    /// The key that the join follows, and whether from the key's target to the key.
    pub key: Option<(&'static Relation, bool)>,
    pub model: Option<&'static ModelMeta>,
    /// Where the columns of `model` begin among the columns of a nested query.
    pub outputs: Option<u16>,
    /// It is no table, but a part of this one's rows.
    pub part_of: Option<TableId>,
    /// There may be no row to join.
    pub nullable: bool,
    /// The last `filter` call that used it.
    pub call: u32,
    /// It was an inner join before the `filter` call at hand.
    pub was_inner: bool,
    /// Some column of it is read.
    pub read: bool,
    /// A label that is no number.
    pub label: Option<Label>,
    /// Names that FROM gives its columns.
    pub columns: &'a [&'static str],
    /// It reads from the tables before it.
    pub lateral: bool,
    /// The conditions on its rows, by their place, where the path has some.
    pub on: Option<u16>,
}

impl Joined<'_> {
    /// It has the rest of the row that it is joined to: the columns of the model which that one extends.
    pub fn is_link(&self) -> bool {
        self.key.is_some_and(|(key, reverse)| key.parent_link && !reverse)
    }

    pub fn is_outer(&self) -> bool {
        self.join.is_some_and(|join| join.kind == JoinKind::Left)
    }
}

/// Where a node stands, and what that means for its joins.
#[derive(Clone, Copy)]
pub(super) struct Ctx {
    pub frame: FrameId,
    /// Inside of `outer_ref`.
    pub outer: bool,
    /// Which joins over to-many relations can be shared.
    pub reuse: Reuse,
    /// NULL here makes the condition fail, so its joins can be inner joins.
    pub strict: bool,
    /// Under an odd number of negations.
    pub negated: bool,
    /// What a negated condition over a to-many relation becomes.
    pub split: Split,
    /// Paths of no query in particular start at this table.
    pub base: Option<TableId>,
    /// Joins are possible.
    pub joins: bool,
    /// Inside of an aggregate of a summary.
    pub inside: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reuse {
    /// All: the last one that fits.
    All,
    /// Those of the same `filter` call.
    Call,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Split {
    /// The join of the expression that it is part of.
    Never,
    /// A subquery, once there is a negation.
    Ready,
    /// A subquery: there was a negation.
    Now,
}

impl Ctx {
    /// A value that is selected or ordered by.
    pub fn value(frame: FrameId) -> Ctx {
        Ctx {
            frame,
            outer: false,
            reuse: Reuse::All,
            strict: false,
            negated: false,
            split: Split::Never,
            base: None,
            joins: true,
            inside: false,
        }
    }

    /// A condition of a `filter` call.
    pub fn filter(frame: FrameId) -> Ctx {
        Ctx { reuse: Reuse::Call, strict: true, split: Split::Ready, ..Ctx::value(frame) }
    }

    /// A part of an expression in which NULL need not make the whole NULL.
    pub fn opaque(self) -> Ctx {
        Ctx { strict: false, negated: false, split: Split::Never, ..self }
    }

    /// Under a negation.
    pub fn negate(self) -> Ctx {
        let split = if self.split == Split::Ready { Split::Now } else { self.split };
        Ctx { negated: !self.negated, split, ..self }
    }
}

impl<'a> Planner<'a> {
    pub fn new(arena: &'a Bump) -> Self {
        Planner {
            arena,
            tables: SmallVec::new(),
            frames: SmallVec::new(),
            values: Vec::with_capacity(8),
            zone: None,
            tenancy: Tenancy::Unsaid,
            tenant_slots: SmallVec::new(),
            votes: SmallVec::new(),
            with: Vec::new(),
            ctes: Vec::new(),
            pulled: Vec::new(),
            fixed: false,
            groups: None,
            reads: SmallVec::new(),
            conditions: Vec::new(),
            page: None,
            exceeded: None,
            trying: false,
        }
    }

    #[expect(clippy::indexing_slicing, reason = "the number is one that `push_frame` has given")]
    pub fn frame(&self, id: FrameId) -> &Frame<'a> {
        &self.frames[usize::from(id)]
    }

    #[expect(clippy::indexing_slicing, reason = "the number is one that `push_frame` has given")]
    pub fn frame_mut(&mut self, id: FrameId) -> &mut Frame<'a> {
        &mut self.frames[usize::from(id)]
    }

    #[expect(clippy::indexing_slicing, reason = "the number is one that `push_table` has given")]
    pub fn table(&self, id: TableId) -> &Joined<'a> {
        &self.tables[usize::from(id)]
    }

    #[expect(clippy::indexing_slicing, reason = "the number is one that `push_table` has given")]
    pub fn table_mut(&mut self, id: TableId) -> &mut Joined<'a> {
        &mut self.tables[usize::from(id)]
    }

    /// A new SELECT whose first table comes next.
    pub fn push_frame(
        &mut self,
        kind: FrameKind,
        scope: Scope,
        model: Option<&'static ModelMeta>,
        parent: Option<FrameId>,
    ) -> FrameId {
        if !self.takes_table() {
            return number(self.frames.len() - 1);
        }
        self.frames.push(Frame {
            kind,
            scope,
            also: Scopes::default(),
            model,
            root: 0,
            beside: SmallVec::new(),
            part: None,
            parent,
            call: 0,
            keys: Vec::new(),
            grouped: false,
            aggregates: Vec::new(),
            windows: Vec::new(),
            set_keys: Vec::new(),
            ways: Ways::new(),
            regroups: false,
            order_types: SmallVec::new(),
        });
        number(self.frames.len() - 1)
    }

    /// The first table of a SELECT.
    pub fn push_root(
        &mut self,
        frame: FrameId,
        source: ast::From<'a>,
        model: Option<&'static ModelMeta>,
    ) -> TableId {
        let id = self.push_table(Joined {
            frame,
            source,
            join: None,
            parent: None,
            key: None,
            model,
            outputs: None,
            part_of: None,
            nullable: false,
            call: 0,
            was_inner: false,
            read: true,
            label: None,
            columns: &[],
            lateral: false,
            on: None,
        });
        self.frame_mut(frame).root = id;
        id
    }

    pub fn push_table(&mut self, table: Joined<'a>) -> TableId {
        if self.takes_table() {
            self.tables.push(table);
        }
        number(self.tables.len() - 1)
    }

    /// A place for a value.
    pub fn bind(&mut self, value: SqlValue, sql_type: SqlType) -> Expr<'a> {
        Expr::Param(self.slot(value, sql_type))
    }

    pub fn slot(&mut self, value: SqlValue, sql_type: SqlType) -> Slot {
        if self.takes_value() {
            self.values.push((value, sql_type));
        }
        number(self.values.len() - 1)
    }

    pub fn list(&self, list: &[Expr<'a>]) -> &'a [Expr<'a>] {
        self.arena.alloc_slice_copy(list)
    }

    pub fn keep(&self, expr: Expr<'a>) -> &'a Expr<'a> {
        self.arena.alloc(expr)
    }

    pub fn binary(&self, op: &'static str, left: Expr<'a>, right: Expr<'a>) -> Expr<'a> {
        Expr::Binary(op, self.arena.alloc([left, right]))
    }

    /// What a table that is read is joined to is read as well.
    pub fn mark_read(&mut self) {
        for id in (0..number(self.tables.len())).rev() {
            let table = self.table(id);
            if let (true, Some(parent)) = (table.read, table.parent) {
                self.table_mut(parent).read = true;
            }
        }
    }

    /// The tables as plain values: those that nothing reads are not joined, the others numbered.
    pub fn freeze(&mut self) -> Result<ast::Tables<'a>> {
        self.within_limits()?;
        self.check_cte_names()?;
        self.mark_read();
        let mut next = 0;
        let mut labels: SmallVec<[Option<Label>; 8]> = SmallVec::new();
        let frozen = self.tables.iter().map(|table| {
            let label = match (table.part_of, table.label) {
                // The row that a part belongs to was numbered before.
                (Some(whole), _) => labels.get(usize::from(whole)).copied().flatten(),
                (None, None) if table.read => {
                    next += 1;
                    Some(Label::Number(next - 1))
                }
                (None, label) => label,
            };
            labels.push(label);
            let part = table.part_of.is_some();
            let Joined { frame, source, join, columns, lateral, .. } = *table;
            ast::Table { frame, source, join, label, part, columns, lateral }
        });
        Ok(self.arena.alloc_slice_fill_iter(frozen))
    }
}

/// The table of a model; rows that are only read may come from elsewhere, by [`Planner::source_of`].
pub(super) fn table_of<'a>(model: &'static ModelMeta) -> ast::From<'a> {
    ast::From::Table { schema: model.schema, name: model.table }
}

/// Runs the passes in an arena of their own.
pub(super) fn compile<T>(
    passes: impl for<'a> FnOnce(&mut Planner<'a>) -> Result<T>,
) -> orm_sql::error::Result<T> {
    let arena = Bump::with_capacity(2048);
    passes(&mut Planner::new(&arena)).map_err(|error| *error)
}

/// The result of a pass. An error is rare and large: in a box it costs nothing otherwise.
pub(super) type Result<T> = std::result::Result<T, Box<Error>>;

pub(super) fn usage<T>(message: impl Into<String>) -> Result<T> {
    Err(Box::new(Error::usage(message)))
}
