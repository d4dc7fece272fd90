//! Rows in all tables, and what becomes of them.

use super::Outcome;
use super::generate::value;
use super::mutate::Known;
use orm_core::tables::state::{ModelName, ModelState};
use orm_migrate::state::ProjectState;
use orm_sql::exec::Executor;
use orm_sql::ident::Ident;
use orm_sql::schema::{ConstraintKind, Fill, Table, order};
use std::collections::BTreeMap;

#[path = "texts.rs"]
pub mod texts;

const ROWS: usize = 3;

/// Rows that are different in every column. Keys refer to the row of the same number, or to nothing
/// where they may.
pub async fn insert(db: &dyn Executor, state: &ProjectState) -> Outcome {
    let tables = state.tables()?;
    // Keys that may be nothing are nothing.
    let mut needed = tables.clone();
    for table in &mut needed {
        let Table { columns, constraints, .. } = table;
        constraints.retain(|one| match &one.kind {
            ConstraintKind::ForeignKey(key) => {
                let is_null =
                    |name: &String| columns.iter().any(|one| one.name == *name && one.null);
                !key.columns.iter().any(is_null)
            }
            _ => true,
        });
    }
    for place in order(&needed).concat() {
        let table = &tables[place];
        let columns = table.columns.iter().filter(|one| !matches!(one.fill, Fill::Generated(_)));
        let columns: Vec<_> = columns.collect();
        let names: Vec<String> =
            columns.iter().map(|one| Ident::new(&one.name).to_string()).collect();
        for row in 0..ROWS {
            let values: Vec<String> = columns
                .iter()
                .map(|column| {
                    let is_key = table.foreign_keys().any(|key| key.columns.contains(&column.name));
                    match column.null && (is_key || row == 1) {
                        true => "NULL".to_owned(),
                        false => value(&column.column_type, row),
                    }
                })
                .collect();
            let sql = format!(
                "INSERT INTO {} ({}) VALUES ({})",
                table.name.quoted(),
                names.join(", "),
                values.join(", ")
            );
            db.batch_execute(&sql).await.map_err(|error| format!("{error}: {sql}"))?;
        }
    }
    db.batch_execute("SET CONSTRAINTS ALL IMMEDIATE").await?;
    Ok(())
}

/// The values of a column, in the order of the primary key.
pub type Values = BTreeMap<(ModelName, String), Vec<Option<String>>>;

/// What is in the columns, by the last names of models and fields.
pub async fn kept(db: &dyn Executor, before: &ProjectState, known: &Known) -> Outcome<Values> {
    let mut values = Values::new();
    // The rows of views are others' rows.
    for model in before.models.values().filter(|model| model.view.is_none()) {
        let new = known.model(&model.name);
        for field in &model.fields {
            let name = known.field(&model.name, &field.name);
            for column in field.columns().iter().take(1) {
                let all = column_values(db, model, column, &model.key_columns()).await?;
                values.insert((new.clone(), name.clone()), all);
            }
        }
    }
    Ok(values)
}

/// What is in the columns that are still there is what was in them.
pub async fn compare(db: &dyn Executor, after: &ProjectState, kept: &Values) -> Outcome {
    for ((model, name), old) in kept {
        let Some(model) = after.model(model) else { continue };
        let Some(field) = model.field(name) else { continue };
        let generated = matches!(field.fill, Fill::Generated(_));
        let Some(column) = field.columns().first().filter(|_| !generated) else { continue };
        let new = column_values(db, model, column, &model.key_columns()).await?;
        let same = old.len() == new.len()
            && old.iter().zip(&new).all(|(old, new)| old.is_none() || same_value(old, new));
        if !same {
            return Err(format!("{}.{name}: {old:?} became {new:?}", model.name).into());
        }
    }
    Ok(())
}

/// Numbers may have more digits than before.
fn same_value(old: &Option<String>, new: &Option<String>) -> bool {
    let (Some(old), Some(new)) = (old, new) else { return false };
    let number = |text: &str| text.parse::<f64>().ok();
    old == new || (number(old).is_some() && number(old) == number(new))
}

async fn column_values(
    db: &dyn Executor,
    model: &ModelState,
    column: &str,
    key: &[&str],
) -> Outcome<Vec<Option<String>>> {
    let key: Vec<String> = key.iter().map(|name| Ident::new(name).to_string()).collect();
    let (column, table) = (Ident::new(column), model.table.quoted());
    let sql = format!("SELECT {column}::text FROM {table} ORDER BY {}", key.join(", "));
    Ok(texts::maybe(db, &sql).await?)
}

/// No rows any more.
pub async fn clear(db: &dyn Executor, state: &ProjectState) -> Outcome {
    let names: Vec<String> =
        state.tables()?.iter().map(|table: &Table| table.name.quoted()).collect();
    if !names.is_empty() {
        db.batch_execute(&format!("TRUNCATE {}", names.join(", "))).await?;
    }
    Ok(())
}
