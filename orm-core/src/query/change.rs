//! UPDATE and DELETE of the rows of a query.

use super::cache::remembered;
use super::compile::{columns_of, model_columns};
use super::extended::is_wide;
use super::join::is_many;
use super::parts::{Items, Plan, Want, WantOrder, bare};
use super::plan::{Ctx, FrameKind, Planner, Result, compile, table_of, usage};
use super::shape::Asked;
use crate::ir::visit::{each_joined, has_aggregate, has_window};
use crate::ir::{Distinct, FieldMeta, Group, ModelMeta, Node, Query, Source, Step};
use orm_sql::ast::{
    self, Body, Column, Connective, Delete, Expr, FrameId, LockStrength, LockWait, Name, On,
    TableId, Template, Update,
};
use orm_sql::error::Error;
use orm_sql::exec::{OutputColumn, Statement};
use orm_sql::value::SqlType;
use smallvec::SmallVec;

/// What a statement that changes rows returns of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Returning {
    /// Nothing but how many there were.
    Nothing,
    /// All columns, in the order of the model's fields.
    Rows,
    /// These columns.
    Fields(Vec<&'static FieldMeta>),
    /// All columns, and whether the row was inserted (and not updated).
    Upserted,
}

/// The statement that assigns to columns of all rows of a query.
///
/// Where conditions reach over relations, the rows are found in a subquery by their keys. Where
/// values do, they come from `FROM`: the table once more, joined to what they reach.
///
/// # Errors
///
/// When the query is sliced, combined or nested, and when a value reaches over a relation to many
/// rows or is an aggregate.
pub fn update(
    query: &Query,
    sets: &[(&'static FieldMeta, Node)],
    returning: Returning,
) -> orm_sql::Result<Statement> {
    let model = changeable(query, "update").map_err(|error| *error)?;
    if is_wide(model, sets, &returning) {
        return compile(|planner| planner.update_extended(query, sets, &returning));
    }
    let compiled = || {
        compile(|planner| {
            let (frame, model, filter) = planner.changed_rows(query, "update")?;
            let update = planner.updated(frame, model, sets, filter)?;
            let (returning, columns) = planner.returned(frame, model, &returning)?;
            let update = Update { returning, ..update };
            planner.statement(&Body::Update(update), columns)
        })
    };
    match says_tenant(model, sets) {
        // Whether it may be assigned depends on its value.
        true => compiled(),
        false => remembered(query, Asked::Update(sets, &returning), compiled),
    }
}

/// Whether a field is assigned that says to which tenant rows belong.
fn says_tenant(model: &'static ModelMeta, sets: &[(&'static FieldMeta, Node)]) -> bool {
    sets.iter().any(|(field, _)| model.as_tenant(field).is_some())
}

/// The statement that deletes all rows of a query. What refers to them is not its business.
///
/// # Errors
///
/// When the query is sliced, combined or nested.
pub fn delete(query: &Query, returning: Returning) -> orm_sql::Result<Statement> {
    remembered(query, Asked::Delete(&returning), || {
        compile(|planner| {
            let (frame, model, filter) = planner.changed_rows(query, "delete")?;
            let table = planner.frame(frame).root;
            let (returning, columns) = planner.returned(frame, model, &returning)?;
            planner.statement(&Body::Delete(Delete { table, filter, returning }), columns)
        })
    })
}

/// The statement that locks all rows of a query, so that nothing can begin to refer to them, and
/// returns columns of them. Of a model that extends another, the rows of that one are locked first.
///
/// # Errors
///
/// When the query is sliced, combined or nested, as [`delete`].
pub fn lock(query: &Query, returning: Returning) -> orm_sql::Result<Statement> {
    compile(|planner| {
        let (frame, model, filter) = planner.locked_rows(query, "delete")?;
        let (items, columns) = planner.returned(frame, model, &returning)?;
        let (strength, wait) = (LockStrength::Update, LockWait::Wait);
        let of = if model.link().is_some() { planner.rows_extended(frame) } else { &[] };
        let lock = Some(ast::Lock { strength, wait, of });
        let select = ast::Select { items, lock, ..bare(frame, filter) };
        planner.statement(&Body::Select(select), columns)
    })
}

impl<'a> Planner<'a> {
    /// The table of the rows of a query, and the condition that finds them.
    pub fn changed_rows(
        &mut self,
        query: &Query,
        verb: &str,
    ) -> Result<(FrameId, &'static ModelMeta, Expr<'a>)> {
        self.rows_to_change(query, verb, Planner::is_alone)
    }

    /// The same for a SELECT that locks them: beside the table may stand those of the models which its own
    /// extends, since each row has one row there.
    pub fn locked_rows(
        &mut self,
        query: &Query,
        verb: &str,
    ) -> Result<(FrameId, &'static ModelMeta, Expr<'a>)> {
        self.rows_to_change(query, verb, Planner::is_one_row)
    }

    fn rows_to_change(
        &mut self,
        query: &Query,
        verb: &str,
        stands_alone: fn(&Self, FrameId) -> bool,
    ) -> Result<(FrameId, &'static ModelMeta, Expr<'a>)> {
        let model = changeable(query, verb)?;
        let want =
            Want { items: Items::None, order: WantOrder::Never, numbered: false, page: None };
        let mut plan = self.open_plan(query, None, want)?;
        self.fill(&mut plan)?;
        let frame = plan.frame;
        if !self.frame(frame).grouped && plan.qualify.is_empty() && stands_alone(self, frame) {
            let filter = self.all_filters(&plan);
            return Ok((frame, model, filter));
        }
        self.found_by_key(&mut plan, model)
    }

    /// An UPDATE of these rows.
    pub fn updated(
        &mut self,
        frame: FrameId,
        model: &'static ModelMeta,
        sets: &[(&'static FieldMeta, Node)],
        filter: Expr<'a>,
    ) -> Result<Update<'a>> {
        let again = self.once_more(frame, model);
        let sets = self.assignments(sets, Ctx::value(frame))?;
        let table = self.frame(frame).root;
        let (from, filter) = self.taken_from(frame, again, model, filter)?;
        Ok(Update { table, sets, from, filter, returning: &[] })
    }

    /// Rows that are found in a subquery.
    fn found_by_key(
        &mut self,
        plan: &mut Plan<'_, 'a>,
        model: &'static ModelMeta,
    ) -> Result<(FrameId, &'static ModelMeta, Expr<'a>)> {
        let inner = self.frame(plan.frame).root;
        let scope = self.frame(plan.frame).scope;
        let frame = self.push_frame(FrameKind::Query, scope, Some(model), None);
        let root = self.push_root(frame, table_of(model), Some(model));
        for field in model.key_fields() {
            plan.items.push(Expr::Column(self.column_at(inner, field)));
        }
        let left = self.primary_key_of(root, model);
        let select = self.close(plan)?;
        let filter = Expr::InQuery(self.keep(left), self.arena.alloc(Body::Select(select)));
        Ok((frame, model, filter))
    }

    /// The primary key of a table's row.
    fn primary_key_of(&mut self, table: TableId, model: &'static ModelMeta) -> Expr<'a> {
        let column = |field| Expr::Column(self.column_at(table, field));
        let columns: SmallVec<[Expr<'a>; 2]> = model.key_fields().into_iter().map(column).collect();
        self.row(columns.into_iter())
    }

    /// What is assigned to columns.
    pub fn assignments(
        &mut self,
        sets: &[(&'static FieldMeta, Node)],
        ctx: Ctx,
    ) -> Result<&'a [(&'static str, Expr<'a>)]> {
        let mut assignments: SmallVec<[(&'static str, Expr<'a>); 8]> = SmallVec::new();
        let model = self.frame(ctx.frame).model;
        for (field, node) in sets {
            if model.is_none_or(|model| model.place_of(field).is_none()) {
                return usage(
                    "`set` works on the model's own columns and keys, and this one is reached \
                     through a relation: update the other model's query set instead",
                );
            }
            if let (Some(_), Some(model)) = (field.generated, model) {
                return usage(format!(
                    "`{}` of `{}` is calculated by the database: assign to what it is made of",
                    field.name, model.name
                ));
            }
            self.keeps_tenant(model, field, node)?;
            can_be_assigned(field, node)?;
            assignments.push((field.column, self.assigned(field, node, ctx)?));
        }
        Ok(self.arena.alloc_slice_copy(&assignments))
    }

    /// The value of a column; a key takes its type from the column.
    pub fn assigned(&mut self, field: &FieldMeta, node: &Node, ctx: Ctx) -> Result<Expr<'a>> {
        match node {
            Node::Row(values) => Ok(self.typed_row(values, &[field])),
            Node::Value(value, sql_type) => Ok(self.bind(field.kept(value.clone()), *sql_type)),
            node => self.value(node, ctx),
        }
    }

    /// True where a SELECT reads from one table only.
    fn is_alone(&self, frame: FrameId) -> bool {
        !self.tables.iter().any(|t| t.frame == frame && t.join.is_some() && t.read)
    }

    /// True where a SELECT reads from the tables that a model's row stands in, and from no others.
    fn is_one_row(&self, frame: FrameId) -> bool {
        let others = self.tables.iter().filter(|t| t.frame == frame && t.join.is_some() && t.read);
        others.into_iter().all(|table| table.is_link())
    }

    /// The table of the rows that are updated, as the first one of a FROM, in case that values are
    /// taken from other tables.
    fn once_more(&mut self, frame: FrameId, model: &'static ModelMeta) -> FrameId {
        let scope = self.frame(frame).scope;
        let again = self.push_frame(FrameKind::Change, scope, Some(model), None);
        let root = self.push_root(again, table_of(model), Some(model));
        self.table_mut(root).read = false;
        again
    }

    /// Moves the joins of values into the FROM, and ties its first table to the updated one.
    ///
    /// The table is read once more, so that a row without a related one is updated as well (a join
    /// with the updated table itself is always an inner one), and so that a row whose key somebody
    /// else has just changed is not passed over.
    fn taken_from(
        &mut self,
        frame: FrameId,
        again: FrameId,
        model: &'static ModelMeta,
        filter: Expr<'a>,
    ) -> Result<(Option<FrameId>, Expr<'a>)> {
        if self.is_alone(frame) {
            return Ok((None, filter));
        }
        let (root, copy) = (self.frame(frame).root, self.frame(again).root);
        self.mark_read();
        let arena = self.arena;
        for table in &mut self.tables {
            let (true, Some(join)) = (table.frame == frame, &mut table.join) else { continue };
            if let (true, Some((key, reverse))) = (table.read, table.key)
                && is_many(key, reverse)
            {
                return usage(to_many(key.reverse.unwrap_or(key.name)));
            }
            table.frame = again;
            if let (true, On::Columns(pairs) | On::Both(pairs, _)) =
                (table.parent == Some(root), &mut join.on)
            {
                table.parent = Some(copy);
                let moved = |(left, right): &(Column, _)| (Column { table: copy, ..*left }, *right);
                *pairs = arena.alloc_slice_fill_iter(pairs.iter().map(moved));
            }
        }
        self.table_mut(copy).read = true;
        let (left, right) = (self.primary_key_of(root, model), self.primary_key_of(copy, model));
        let same = self.binary("=", left, right);
        let filter = match filter {
            Expr::Bool(true) => same,
            filter => Expr::Junction(Connective::And, self.list(&[same, filter])),
        };
        Ok((Some(again), filter))
    }

    /// What is returned of the rows of a SELECT's first table.
    pub fn returned(
        &mut self,
        frame: FrameId,
        model: &'static ModelMeta,
        returning: &Returning,
    ) -> Result<(&'a [Expr<'a>], Vec<OutputColumn>)> {
        let root = self.frame(frame).root;
        let all = || model.fields.iter().collect();
        let (fields, mut columns): (Vec<&'static FieldMeta>, _) = match returning {
            Returning::Nothing => (Vec::new(), Vec::new()),
            Returning::Rows | Returning::Upserted => (all(), model_columns(model)),
            Returning::Fields(fields) => {
                (fields.clone(), columns_of(model, fields.iter().copied()))
            }
        };
        let mut exprs: SmallVec<[Expr<'a>; 16]> = SmallVec::new();
        for field in fields {
            let (table, field) = self.holder(root, field, Ctx::value(frame))?;
            self.table_mut(table).read = true;
            exprs.push(Expr::Column(self.column_at(table, field)));
        }
        if *returning == Returning::Upserted {
            exprs.push(self.is_inserted(root));
            let (field, sql_type) = ("inserted", SqlType::Bool);
            columns.push(OutputColumn { model: model.name, field, sql_type });
        }
        Ok((self.list(&exprs), columns))
    }

    /// Whether a row that comes back was inserted, and not updated: see [`crate::queryset::Upserted`].
    pub fn is_inserted(&self, table: TableId) -> Expr<'a> {
        static INSERTED: Template = Template::new("({} = 0)");
        let (name, sql_type) = (Name::Known("xmax"), SqlType::Int8);
        let xmax = Column { table, name, null: false, sql_type };
        Expr::Template(&INSERTED, self.list(&[Expr::Column(xmax)]))
    }
}

/// Whether a value can be assigned to a column of many rows.
fn can_be_assigned(field: &FieldMeta, node: &Node) -> Result<()> {
    if let Some(relation) = followed_to_many(node) {
        return usage(to_many(relation));
    }
    if has_aggregate(node) {
        return usage(format!(
            "`{}` is assigned an aggregate, which is one of many rows: take it from a `subquery(…)`",
            field.name
        ));
    }
    if has_window(node) {
        return usage(format!(
            "`{}` is assigned a function over a window, which the server does not take in an UPDATE: \
             take it from a `subquery(…)` of the row's own key",
            field.name
        ));
    }
    Ok(())
}

fn to_many(relation: &str) -> String {
    format!(
        "a value in `update` follows `{relation}` to many rows, of which a column takes one: say \
         which by a `subquery(…)` of one row, as with `.values(…).limit(1)`"
    )
}

/// The first relation to many rows that an expression follows, by its name on that path.
fn followed_to_many(node: &Node) -> Option<&'static str> {
    let mut found = None;
    each_joined(node, &mut |path| {
        let step = path.steps.iter().find(|step| step.is_many());
        found = found.or(step.and_then(|step| match step {
            Step::Forward(relation) => Some(relation.name),
            Step::Reverse(relation) => Some(relation.reverse.unwrap_or(relation.name)),
            Step::Output(..) => None,
        }));
    });
    found
}

/// Whether rows of a model can be written: those of a view cannot.
///
/// # Errors
///
/// [`Error::Usage`] where they cannot.
pub fn has_table(model: &ModelMeta, verb: &str) -> orm_sql::Result<()> {
    match model.view {
        None => Ok(()),
        Some(_) => Err(Error::usage(format!(
            "`{verb}` of `{0}`, which is a view: its rows are those of its query, and are changed in the \
             tables that this one reads",
            model.name
        ))),
    }
}

/// Whether the rows of a query can be changed.
///
/// # Errors
///
/// [`Error::Usage`] where the query is sliced, combined or nested.
pub(crate) fn can_be_changed(query: &Query, verb: &str) -> orm_sql::Result<()> {
    changeable(query, verb).map(drop).map_err(|error| *error)
}

/// The model whose rows a query is about, if they can be changed.
fn changeable(query: &Query, verb: &str) -> Result<&'static ModelMeta> {
    if let Some(message) = &query.error {
        return usage(message.clone());
    }
    let by_key = "select the keys and use them in `in_`";
    if query.is_sliced() {
        return usage(format!("`{verb}` after `limit`, `offset` or `slice`: {by_key}"));
    }
    if let Distinct::On(_) = query.distinct {
        return usage(format!("`{verb}` after `distinct_on`: {by_key}"));
    }
    if query.group != Group::Rows {
        return usage(format!(
            "`{verb}` after `values`, whose rows are not those of the model: leave `values` out, or \
             {by_key}"
        ));
    }
    if !query.joins.is_empty() {
        return usage(format!("`{verb}` after `join`: {by_key}"));
    }
    match &query.source {
        Source::Model(model) => {
            has_table(model, verb)?;
            Ok(model)
        }
        Source::Related(path) => {
            has_table(path.target(), verb)?;
            Ok(path.target())
        }
        Source::Nested(_) => usage(format!("`{verb}` after `nested`: {by_key}")),
        Source::Combined(..) => usage(format!("`{verb}` of a set operation: {by_key}")),
        Source::Cte(_) => usage(format!("`{verb}` of the rows of a statement of WITH: {by_key}")),
        Source::Function(..) => usage(format!("`{verb}` of the rows of a function")),
        Source::Row(..) => usage(format!("`{verb}` of a row that is not stored")),
        Source::Raw(..) => usage(format!("`{verb}` of raw SQL: write it in SQL")),
    }
}
