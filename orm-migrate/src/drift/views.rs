//! Views of models compared with those of a database: the server says whether two queries are the same.

use super::{Difference, Drift, Side, lines};
use crate::answer::ask;
use crate::introspect::{Relation, Wanted};
use crate::renames::Renames;
use crate::state::ProjectState;
use crate::views::{broken, in_order};
use orm_core::tables::state::ModelState;
use orm_sql::error::{Error, Result};
use orm_sql::exec::Executor;
use orm_sql::ident::RawSql;
use orm_sql::schema::{Change, Column, Index, Table, TableName, View};
use orm_sql::sql::{catalogue, introspection as sql};
use orm_sql::value::{SqlType, SqlValue};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The views of the models, those that others read first.
#[derive(Default)]
pub(super) struct Views {
    all: Vec<Pair>,
}

/// A view with its indexes.
type Made = (View, Vec<Index>);

/// A view on both sides.
struct Pair {
    before: Option<Made>,
    after: Option<Made>,
    /// Both have the same query.
    is_same: bool,
}

/// What becomes of views.
#[derive(Default)]
pub(super) struct ViewChanges {
    /// The views that are dropped, be it to be made again.
    pub gone: Vec<TableName>,
    pub drops: Vec<Change>,
    pub creates: Vec<Change>,
}

/// The query of a view, and that of the models, as the server says them.
#[derive(Deserialize)]
struct Queries {
    there: String,
    probe: String,
}

impl Views {
    /// Reads the views, and says what is missing or another.
    pub(super) async fn read(
        db: &dyn Executor,
        models: &ProjectState,
        wanted: &Wanted,
        there: &BTreeMap<TableName, Relation>,
        drift: &mut Drift,
    ) -> Result<Views> {
        let mut views = Views::default();
        for (model, view) in in_order(models) {
            let ours = View { name: wanted.local(&view.name), ..view };
            let indexes = model.view_indexes(models)?;
            let found = there.get(&ours.name);
            let pair = pair(db, (model, ours, indexes), found, there, drift).await?;
            views.all.extend(pair);
        }
        Ok(views)
    }

    /// The materialized views as tables: with the columns of the database, and the indexes of the models.
    pub(super) fn stored(&self, there: &BTreeMap<TableName, Relation>) -> Vec<Table> {
        let table = |pair: &Pair| {
            let (view, indexes) = pair.after.as_ref().filter(|(view, _)| view.materialized)?;
            let found = there.get(&view.name).filter(|_| pair.is_same)?;
            Some(Table { indexes: indexes.clone(), ..found.table.clone() })
        };
        self.all.iter().filter_map(table).collect()
    }

    /// The other way round.
    pub(super) fn back(&self) -> Views {
        let back = |pair: &Pair| Pair {
            before: pair.after.clone(),
            after: pair.before.clone(),
            is_same: pair.is_same,
        };
        Views { all: self.all.iter().map(back).collect() }
    }

    /// What becomes of the views while the tables change under them.
    pub(super) fn changes(&self, before: &[Table], after: &[Table]) -> ViewChanges {
        let mut changes = ViewChanges::default();
        let broken = broken(before, after, &Renames::default());
        for Pair { before, is_same, .. } in &self.all {
            let Some((view, _)) = before else { continue };
            let mut under = broken.iter().chain(&changes.gone);
            if !is_same || under.any(|name| view.reads(name)) {
                changes.gone.push(view.name.clone());
                let (name, materialized) = (view.name.clone(), view.materialized);
                let (if_exists, cascade) = (false, false);
                changes
                    .drops
                    .insert(0, Change::DropView { name, materialized, if_exists, cascade });
            }
        }
        for Pair { before, after, .. } in &self.all {
            let Some((view, indexes)) = after else { continue };
            let old = before.as_ref().filter(|_| !changes.gone.contains(&view.name));
            if old.is_none() {
                changes.creates.push(Change::CreateView { view: view.clone(), replace: false });
                let index = |index: &Index| {
                    let (table, index) = (view.name.clone(), index.clone());
                    Change::CreateIndex { table, index, concurrently: false }
                };
                changes.creates.extend(indexes.iter().map(index));
            }
            changes.creates.extend(view.comments(old.map(|(view, _)| view)));
        }
        changes
    }
}

/// A view of a model beside that of the database; nothing where the database has a table.
async fn pair(
    db: &dyn Executor,
    (model, ours, indexes): (&ModelState, View, Vec<Index>),
    found: Option<&Relation>,
    there: &BTreeMap<TableName, Relation>,
    drift: &mut Drift,
) -> Result<Option<Pair>> {
    let of = ours.name.to_string();
    let mut differs = |side, text: &str| {
        let (of, text) = (of.clone(), text.to_owned());
        drift.differences.push(Difference { of, side, text });
    };
    let Some(found) = found else {
        differs(Side::Models, "the view is missing");
        return Ok(Some(Pair { before: None, after: Some((ours, indexes)), is_same: false }));
    };
    let kind = |materialized| if materialized { "a materialized view" } else { "a view" };
    let materialized = match &*found.kind {
        "v" => false,
        "m" => true,
        _ => {
            differs(Side::Models, "it is no view in the database");
            return Ok(None);
        }
    };
    if materialized != ours.materialized {
        let (ours, theirs) = (kind(ours.materialized), kind(materialized));
        differs(Side::Both, &lines::two("it", ours.to_owned(), theirs.to_owned()));
    }
    let (query, problem) = query(db, &ours, found).await?;
    let is_same = materialized == ours.materialized && problem.is_none();
    match problem {
        Some(problem) => differs(Side::Both, &problem),
        None => lines::unmanaged(model, &ours.name, there, &mut drift.differences),
    }
    let theirs = theirs(&found.table, query, materialized);
    comments(&ours, &theirs, drift);
    let before = Some((theirs, found.table.indexes.clone()));
    Ok(Some(Pair { before, after: Some((ours, indexes)), is_same }))
}

/// The query of the database, and what is wrong with it.
async fn query(
    db: &dyn Executor,
    ours: &View,
    found: &Relation,
) -> Result<(String, Option<String>)> {
    Ok(match queries(db, ours).await? {
        Ok(Queries { there, probe }) if there == probe => (there, None),
        Ok(Queries { there, probe }) => {
            let text = lines::two("query", in_a_line(&probe), in_a_line(&there));
            (there, Some(text))
        }
        Err(why) => {
            let there = found.view.as_ref().map(|view| view.query.clone()).unwrap_or_default();
            (there, Some(format!("query: that of the models does not fit the database: {why}")))
        }
    })
}

/// The view of the database.
fn theirs(table: &Table, query: String, materialized: bool) -> View {
    let query = RawSql::new(query.trim().trim_end_matches(';'));
    let comment = |column: &Column| Some((column.name.clone(), column.comment.clone()?));
    View {
        name: table.name.clone(),
        columns: Vec::new(),
        query,
        materialized,
        comment: table.comment.clone(),
        column_comments: table.columns.iter().filter_map(comment).collect(),
    }
}

fn comments(ours: &View, theirs: &View, drift: &mut Drift) {
    let name = &ours.name;
    let mut differs = |what: &str, ours: &Option<String>, theirs: &Option<String>| {
        if ours != theirs {
            let text = lines::two(what, lines::quoted(ours), lines::quoted(theirs));
            let of = name.to_string();
            drift.differences.push(Difference { of, side: Side::Both, text });
        }
    };
    differs("comment", &ours.comment, &theirs.comment);
    let comments = ours.column_comments.iter().chain(&theirs.column_comments);
    let columns: BTreeSet<&String> = comments.map(|(column, _)| column).collect();
    for column in columns {
        let of = |view: &View| {
            let found = view.column_comments.iter().find(|(name, _)| name == column);
            found.map(|(_, comment)| comment.clone())
        };
        differs(&format!("column {column}, comment"), &of(ours), &of(theirs));
    }
}

/// What the server says of the query of the models, and of that of the database; or why it refuses the
/// former.
async fn queries(db: &dyn Executor, ours: &View) -> Result<std::result::Result<Queries, String>> {
    let unit = db.begin().await?;
    let name = TableName::within("pg_temp", catalogue::PROBE);
    let probe = View { name, materialized: false, ..ours.clone() };
    let create = Change::CreateView { view: probe, replace: false }.sql();
    let outcome = match unit.executor().batch_execute(&create).await {
        Ok(()) => {
            let name = (SqlValue::Text(ours.name.quoted()), SqlType::Text);
            Ok(ask(unit.executor(), sql::VIEW_AND_PROBE, vec![name]).await?)
        }
        Err(error @ Error::Connection { .. }) => return Err(error),
        Err(error) => Err(error.to_string()),
    };
    unit.rollback().await?;
    Ok(outcome)
}

/// A query in one line.
fn in_a_line(query: &str) -> String {
    let words: Vec<&str> = query.split_whitespace().collect();
    words.join(" ").trim_end_matches(';').to_owned()
}
