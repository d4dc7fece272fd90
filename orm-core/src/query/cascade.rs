//! What a deletion does to other tables: rows found by keys, and changes of many tables in one
//! statement.

use super::change::Returning;
use super::parts::bare;
use super::plan::{FrameKind, Planner, Result, compile, table_of};
use crate::ir::{FieldMeta, ModelMeta, Scope};
use orm_sql::ast::{
    self, ANY, ANY_AS_TEXT, Body, Column, Command, Connective, Cte, DEFAULT, Delete, Expr, FrameId,
    Label, Name, ONE, TableId, Template, UNNEST, Update,
};
use orm_sql::exec::Tenancy;
use orm_sql::sql::Param;
use orm_sql::value::SqlType;
use smallvec::SmallVec;

/// A table by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TableRef {
    /// Its schema, where one is named.
    pub schema: Option<&'static str>,
    /// Its name.
    pub name: &'static str,
}

/// Rows whose columns are among keys, which are arrays.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The columns.
    pub columns: Vec<&'static str>,
    /// For each column the array of its values: those at one place are one key.
    pub keys: Vec<Param>,
    /// Of a generic key: which kind it is.
    pub kind: Option<KindOfKey>,
}

/// What the column of the kind holds, of a generic key.
#[derive(Clone, Debug)]
pub(crate) struct KindOfKey {
    pub column: &'static str,
    pub kind: Param,
    /// The key is held as a text, and the keys are of another type.
    pub as_text: bool,
}

/// What a column becomes.
#[derive(Clone, Debug)]
pub(crate) enum Assign {
    /// A value.
    Value(Param),
    /// The column's default.
    Default,
}

/// A change of one table.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Deletes the rows found in any of these ways.
    Delete { table: TableRef, found: Vec<Found> },
    /// Sets columns of the rows that are found, but for those found in another way.
    Update {
        table: TableRef,
        set: Vec<(&'static str, Assign)>,
        found: Found,
        but: Option<Box<Found>>,
    },
}

/// The statement that selects columns of the rows that are found.
///
/// ```text
/// SELECT "id" FROM "review" WHERE "book_id" = ANY($1) FOR UPDATE
/// ```
pub(crate) fn find(
    table: TableRef,
    columns: &[&'static str],
    found: Found,
    lock: bool,
) -> orm_sql::Result<(String, Vec<Param>)> {
    compile(|planner| {
        let (frame, root) = planner.bare_table(table.source());
        let filter = planner.found(root, found);
        let items: SmallVec<[Expr<'_>; 4]> =
            columns.iter().map(|name| Expr::Column(named(root, name))).collect();
        let items = planner.list(&items);
        planner.found_rows(frame, items, filter, lock)
    })
}

/// [`find`] for columns that a model has from one that it extends. What goes along goes by its keys,
/// whosever it is.
pub(crate) fn find_extended(
    model: &'static ModelMeta,
    columns: &[&'static FieldMeta],
    found: Found,
    lock: bool,
) -> orm_sql::Result<(String, Vec<Param>)> {
    compile(|planner| {
        planner.tenancy = Tenancy::All;
        let frame = planner.push_frame(FrameKind::Query, Scope::ANY, Some(model), None);
        let root = planner.push_root(frame, table_of(model), Some(model));
        let filter = planner.found(root, found);
        let (items, _) = planner.returned(frame, model, &Returning::Fields(columns.to_vec()))?;
        planner.found_rows(frame, items, filter, lock)
    })
}

/// [`find`] for the rows that those which are found extend.
///
/// ```text
/// SELECT "id" FROM "place"
/// WHERE "id" IN (SELECT "place_ptr_id" FROM "restaurant" WHERE "chef_id" = ANY($1)) FOR UPDATE
/// ```
pub(crate) fn find_outermost(
    outermost: TableRef,
    columns: &[&'static FieldMeta],
    extended: &'static ModelMeta,
    found: Found,
) -> orm_sql::Result<(String, Vec<Param>)> {
    compile(|planner| {
        let (within, own) = planner.bare_table(table_of(extended));
        let among = planner.found(own, found);
        let key = extended.key_fields().into_iter().map(|key| Expr::Column(named(own, key.column)));
        let key: SmallVec<[Expr<'_>; 2]> = key.collect();
        let items = planner.list(&key);
        let select = ast::Select { items, ..bare(within, among) };
        let (frame, root) = planner.bare_table(outermost.source());
        let items: SmallVec<[Expr<'_>; 4]> =
            columns.iter().map(|field| Expr::Column(named(root, field.column))).collect();
        let left = planner.keep(items.first().copied().unwrap_or(Expr::Bool(false)));
        let filter = Expr::InQuery(left, planner.arena.alloc(Body::Select(select)));
        let items = planner.list(&items);
        planner.found_rows(frame, items, filter, true)
    })
}

/// The statement that makes all changes at once, and returns how many rows each step took.
///
/// Keys are checked when all of it is done, so the order of the steps does not matter. No two steps
/// may change the same row.
///
/// ```text
/// WITH d0 AS (DELETE FROM "review" WHERE "book_id" = ANY($1) RETURNING 1),
///      d1 AS (DELETE FROM "book" WHERE "id" = ANY($1) RETURNING 1)
/// SELECT (SELECT count(*) FROM d0), (SELECT count(*) FROM d1)
/// ```
pub(crate) fn all_at_once(steps: Vec<Step>) -> orm_sql::Result<(String, Vec<Param>)> {
    compile(|planner| {
        let mut with = Vec::with_capacity(steps.len());
        let mut counts = Vec::with_capacity(steps.len());
        for (place, step) in steps.into_iter().enumerate() {
            let body = planner.step_of_cascade(step);
            with.push(Cte::of(body));
            counts.push(planner.count_of_step(place));
        }
        let frame = planner.push_frame(FrameKind::Change, Scope::ANY, None, None);
        let items = planner.list(&counts);
        let select = ast::Select { items, ..bare(frame, Expr::Bool(true)) };
        let body = planner.arena.alloc(Body::Select(select));
        let with = &*planner.arena.alloc_slice_copy(&with);
        planner.written(&Command::Run(ast::Statement { with, body }))
    })
}

impl TableRef {
    fn source<'a>(self) -> ast::From<'a> {
        ast::From::Table { schema: self.schema, name: self.name }
    }
}

impl<'a> Planner<'a> {
    /// A SELECT, or a change, of one table, whose columns need no prefix.
    pub fn bare_table(&mut self, source: ast::From<'a>) -> (FrameId, TableId) {
        let frame = self.push_frame(FrameKind::Change, Scope::ANY, None, None);
        let root = self.push_root(frame, source, None);
        self.table_mut(root).label = Some(Label::Bare);
        (frame, root)
    }

    /// The text of a SELECT of rows that were found.
    fn found_rows(
        &mut self,
        frame: FrameId,
        items: &'a [Expr<'a>],
        filter: Expr<'a>,
        lock: bool,
    ) -> Result<(String, Vec<Param>)> {
        let (strength, wait) = (ast::LockStrength::Update, ast::LockWait::Wait);
        let lock = lock.then_some(ast::Lock { strength, wait, of: &[] });
        let select = ast::Select { items, lock, ..bare(frame, filter) };
        let body = self.arena.alloc(Body::Select(select));
        self.written(&Command::Run(ast::Statement::of(body)))
    }

    fn step_of_cascade(&mut self, step: Step) -> Body<'a> {
        let one = Expr::Template(&ONE, &[]);
        let returning = self.list(&[one]);
        match step {
            Step::Delete { table, found } => {
                let (_, table) = self.bare_table(table.source());
                let mut ways: SmallVec<[Expr<'a>; 2]> = SmallVec::new();
                for found in found {
                    ways.push(self.found(table, found));
                }
                let filter = self.fold(Connective::Or, &ways);
                Body::Delete(Delete { table, filter, returning })
            }
            Step::Update { table, set, found, but } => {
                let (_, table) = self.bare_table(table.source());
                let sets = set.into_iter().map(|(column, to)| match to {
                    Assign::Value(value) => (column, self.shared(value)),
                    Assign::Default => (column, Expr::Template(&DEFAULT, &[])),
                });
                let sets: SmallVec<[(&'static str, Expr<'a>); 2]> = sets.collect();
                let mut filter = self.found(table, found);
                if let Some(but) = but {
                    let but = self.found(table, *but);
                    let but = self.not(but);
                    filter = self.fold(Connective::And, &[filter, but]);
                }
                let sets = self.arena.alloc_slice_copy(&sets);
                Body::Update(Update { table, sets, from: None, filter, returning })
            }
        }
    }

    /// `(SELECT count(*) FROM d0)`
    fn count_of_step(&mut self, place: usize) -> Expr<'a> {
        static COUNT: Template = Template::new("count(*)");
        let (frame, _) = self.bare_table(ast::From::Cte(ast::number(place)));
        let items = self.list(&[Expr::Template(&COUNT, &[])]);
        let select = ast::Select { items, ..bare(frame, Expr::Bool(true)) };
        Expr::Subquery(self.arena.alloc(Body::Select(select)))
    }

    /// The condition that finds rows.
    fn found(&mut self, table: TableId, found: Found) -> Expr<'a> {
        let columns = found.columns.iter().map(|name| Expr::Column(named(table, name)));
        let left = self.row(columns);
        let as_text = found.kind.as_ref().is_some_and(|kind| kind.as_text);
        let template = match found.keys.len() {
            1 if as_text => &ANY_AS_TEXT,
            1 => &ANY,
            _ => &UNNEST,
        };
        let mut args: SmallVec<[Expr<'a>; 4]> = SmallVec::from_slice(&[left]);
        for key in found.keys {
            args.push(self.shared(key));
        }
        let among = Expr::Template(template, self.list(&args));
        let Some(KindOfKey { column, kind, .. }) = found.kind else { return among };
        let kind = self.shared(kind);
        let is_kind = self.binary("=", Expr::Column(named(table, column)), kind);
        self.fold(Connective::And, &[is_kind, among])
    }

    /// A value; equal ones share a place.
    fn shared(&mut self, value: Param) -> Expr<'a> {
        match self.values.iter().position(|known| *known == value) {
            Some(place) => Expr::Param(ast::number(place)),
            None => self.bind(value.0, value.1),
        }
    }
}

/// A column of a table, of which no more is known.
fn named(table: TableId, name: &'static str) -> Column {
    Column { table, name: Name::Known(name), null: true, sql_type: SqlType::Text }
}
