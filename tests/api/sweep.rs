//! Every type of column, in every shape that it can have, on every path that a value can take: what
//! went in comes out, and is found by each lookup.
//!
//! The types stand in one table (`sweep/table.rs`): a new one joins by one line.

#[allow(dead_code, reason = "of the models only what a key needs is used")]
mod keys;
mod models;
mod probe;
mod shapes;
mod table;

use crate::support::Outcome;
use futures_util::TryStreamExt;
use models::{Literals, Swept};
use orm::prelude::*;
use orm::{DynDraft, expr};

/// So many rows have every edge value of a type among them, and travel as arrays.
const ROWS: usize = 26;
/// So many travel as values in the statement's text.
const FEW: usize = 9;

/// All columns of a model but its key.
#[derive(Clone, Copy)]
struct All;

impl<M: Model> expr::AsColumns<M> for All {
    fn add_columns(self, list: &mut Vec<&'static orm::model::FieldMeta>) {
        list.extend(M::meta().fields.iter().skip(1));
    }
}

/// The rows of a table are those that were given.
async fn same<M: Swept>(db: &Database, rows: &[M], first: usize, path: &str) -> Outcome {
    let read =
        M::objects().all(db).await.map_err(|e| format!("{} {path}: {e:?}", M::meta().name))?;
    assert_eq!(read.len(), rows.len(), "{} {path}", M::meta().name);
    for (place, (row, read)) in rows.iter().zip(&read).enumerate() {
        equal::<M>(&M::given(first + place), &row.read(), path);
        equal::<M>(&M::given(first + place), &read.read(), path);
    }
    Ok(())
}

#[track_caller]
fn equal<M: Model>(given: &[String], read: &[String], path: &str) {
    for ((given, read), field) in given.iter().zip(read).zip(M::meta().fields.iter().skip(1)) {
        assert_eq!(given, read, "`{}` of `{}`, {path}", field.name, M::meta().name);
    }
}

/// Empties a table, and numbers its rows from 1.
async fn empty<M: Model>(db: &Database) -> orm::Result<()> {
    db.batch_execute(&format!("TRUNCATE {} RESTART IDENTITY", M::meta().table)).await
}

fn drafts<M: Swept>(rows: std::ops::Range<usize>) -> Vec<DynDraft<M>> {
    rows.map(M::row).collect()
}

/// What an error is about, for the message of the test.
fn at<T>(what: &str, result: orm::Result<T>) -> Result<T, String> {
    result.map_err(|error| format!("{what}: {error:?}"))
}

async fn insertions<M: Swept>(db: &Database) -> Outcome {
    let mut saved = Vec::new();
    for row in 0..FEW {
        saved.push(at("save", M::row(row).save(db).await)?);
    }
    same(db, &saved, 0, "save").await?;
    empty::<M>(db).await?;
    let created = vec![at("create", M::objects().create(db, M::row(1)).await)?];
    same(db, &created, 1, "create").await?;
    for (count, path) in [(FEW, "VALUES"), (ROWS, "UNNEST")] {
        empty::<M>(db).await?;
        let rows = M::objects().bulk_create(db, drafts::<M>(0..count)).await;
        same(db, &at(path, rows)?, 0, path).await?;
    }
    // The rows of both are there by now, numbered from 1.
    for (count, path) in [(FEW, "upsert of VALUES"), (ROWS, "upsert of UNNEST")] {
        let others = drafts::<M>(1..count + 1).into_iter().enumerate();
        let others = others.map(|(row, draft)| draft.set("id", row as i64 + 1));
        let upsert = M::objects().bulk_create(db, others).on_conflict(|m| M::key(m));
        let rows = at(path, upsert.update(|_| All).await)?;
        let rows: Vec<M> = rows.into_iter().map(|row| row.row).collect();
        for (row, written) in rows.iter().enumerate() {
            equal::<M>(&M::given(row + 1), &written.read(), path);
        }
    }
    empty::<M>(db).await?;
    at("COPY", M::objects().copy_in(db, drafts::<M>(0..ROWS)).await)?;
    let copied = M::objects().all(db).await?;
    same(db, &copied, 0, "COPY").await
}

async fn updates<M: Swept>(db: &Database) -> Outcome {
    empty::<M>(db).await?;
    let mut rows: Vec<M> = M::objects().bulk_create(db, drafts::<M>(0..ROWS)).await?;
    for (row, instance) in rows.iter_mut().enumerate() {
        instance.fill(row + 1);
    }
    at("bulk_update", M::objects().bulk_update(db, &rows, |_| All).await)?;
    same(db, &rows, 1, "bulk_update").await?;
    for (row, instance) in rows.iter_mut().enumerate().take(FEW) {
        instance.fill(row + 2);
        at("save_fields", instance.save_fields(db, |_| All).await)?;
        equal::<M>(&M::given(row + 2), &instance.read(), "save_fields");
        instance.fill(row);
        at("save of a row", instance.save(db).await)?;
        equal::<M>(&M::given(row), &instance.read(), "save of a row");
        let written = M::objects().filter(|_| M::is(row)).update(db, |_| M::assign(row + 3)).await;
        assert_eq!(at("update", written)?, 1);
        instance.refresh(db).await?;
        equal::<M>(&M::given(row + 3), &instance.read(), "update");
    }
    Ok(())
}

/// Rows that are read and written in other ways than by themselves.
async fn others<M: Swept>(db: &Database) -> Outcome {
    empty::<M>(db).await?;
    let mut rows: Vec<M> = M::objects().bulk_create(db, drafts::<M>(0..FEW)).await?;
    for (row, instance) in rows.iter_mut().enumerate() {
        instance.fill(row + 1);
        assert!(!at("save_or_insert", instance.save_or_insert(db).await)?);
        equal::<M>(&M::given(row + 1), &instance.read(), "save_or_insert");
        let written = M::objects().filter(|_| M::is(row));
        let written = written.update_returning(db, |_| M::assign(row + 2)).await;
        let [written] = at("update_returning", written)?.try_into().expect("one row");
        equal::<M>(&M::given(row + 2), &M::read(&written), "update_returning");
    }
    let sql = format!("SELECT * FROM {} ORDER BY id", M::meta().table);
    let raw = M::objects().raw(sql, params![]).all(db).await;
    same(db, &at("raw", raw)?, 2, "raw").await?;
    let streamed: Vec<M> = at("stream", M::objects().stream(db).try_collect().await)?;
    same(db, &streamed, 2, "stream").await?;
    let gone = at("delete_returning", M::objects().delete_returning(db).await)?;
    assert_eq!(gone.len(), FEW);
    for row in &gone {
        let read = row.read();
        assert!((0..FEW).any(|row| M::given(row + 2) == read), "delete_returning");
        let mut again = row.clone();
        assert!(at("save_or_insert", again.save_or_insert(db).await)?);
        equal::<M>(&read, &again.read(), "save_or_insert of a new row");
    }
    Ok(())
}

async fn lookups<M: Swept>(db: &Database) -> Outcome {
    empty::<M>(db).await?;
    M::objects().bulk_create(db, drafts::<M>(0..ROWS)).await?;
    for probe in M::probes(ROWS) {
        probe
            .run(db)
            .await
            .map_err(|e| format!("`{}` of `{}`: {e}", probe.name, M::meta().name))?;
    }
    Ok(())
}

/// What `DynRow` writes as JSON is what `dyn_draft` reads.
async fn json<M: Swept>(db: &Database) -> Outcome {
    empty::<M>(db).await?;
    M::objects().bulk_create(db, drafts::<M>(0..FEW)).await?;
    let mut written = vec![Vec::new(); FEW];
    for probe in M::probes(FEW) {
        for (row, value) in (probe.values)(db).await?.iter().enumerate() {
            written[row].push((probe.name, serde_json::to_value(value)?["value"].take()));
        }
    }
    for (row, values) in written.into_iter().enumerate() {
        let mut draft = M::row(row);
        for ((name, value), given) in values.into_iter().zip(M::given(row)) {
            // In JSON there is one null, and for a document it is the document's.
            if !(matches!(name, "document" | "typed") && given.contains("None")) {
                draft = draft.set(name, value);
            }
        }
        let saved = at("JSON", draft.save(db).await)?;
        equal::<M>(&M::given(row), &saved.read(), "JSON");
    }
    Ok(())
}

async fn every_path<M: Swept>() -> Outcome {
    let t = orm_testkit::TestDatabase::empty().await?;
    let db: &Database = &t;
    create_tables::<(M,)>(db).await?;
    insertions::<M>(db).await?;
    updates::<M>(db).await?;
    others::<M>(db).await?;
    lookups::<M>(db).await?;
    json::<M>(db).await
}

/// What the server reads in a definition is what it would have read as a parameter.
async fn literals<M: Literals, S: Swept>() -> Outcome {
    let t = orm_testkit::TestDatabase::empty().await?;
    let db: &Database = &t;
    create_tables::<(M,)>(db).await?;
    let row = at("defaults", M::dyn_draft().save(db).await)?;
    equal::<M>(&S::given(1), &row.read(), "db_default");
    Ok(())
}

macro_rules! tests {
    ($($name:ident $model:ident $literals:ident;)*) => {$(
        #[tokio::test]
        async fn $name() -> Outcome {
            every_path::<models::$name::$model>().await
        }

        #[tokio::test]
        async fn $literals() -> Outcome {
            literals::<models::$literals::$model, models::$name::$model>().await
        }
    )*};
}
tests! {
    plain Plain plain_literals;
    optional Optional optional_literals;
    list List list_literals;
    list_of_optional ListOfOptional list_of_optional_literals;
    optional_list OptionalList optional_list_literals;
    grid Grid grid_literals;
}
