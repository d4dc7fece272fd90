//! What a case has written: the tables before and after it.

use super::answer::same;
use orm::prelude::*;
use serde::Deserialize;
use serde_json::Map;
use std::collections::BTreeMap;

/// The rows of all tables by table and key.
pub type Tables = BTreeMap<String, BTreeMap<i64, Map<String, Value>>>;

/// What has become of the rows of one table.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    #[serde(default)]
    pub inserted: Vec<Map<String, Value>>,
    #[serde(default)]
    pub deleted_pks: Vec<Vec<i64>>,
    #[serde(default)]
    pub updated: Vec<Update>,
}

/// The columns of one row that have changed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Update {
    pub pk: Vec<i64>,
    pub set: Map<String, Value>,
}

/// One statement that reads every row of every table, in the canonical form.
pub async fn reading_statement(db: &Database) -> orm::Result<String> {
    let columns = "SELECT table_name::text, column_name::text, data_type::text \
                   FROM information_schema.columns WHERE table_schema = 'public' \
                   ORDER BY table_name, ordinal_position";
    let columns = db.query_as::<(String, String, String)>(columns, params![]).await?;
    let mut tables = BTreeMap::<String, Vec<String>>::new();
    for (table, column, data_type) in columns {
        let cast = if ["numeric", "interval"].contains(&&*data_type) { "::text" } else { "" };
        tables.entry(table).or_default().push(format!("'{column}', \"{column}\"{cast}"));
    }
    let selects = tables.iter().map(|(table, columns)| {
        let columns = columns.join(", ");
        format!("SELECT '{table}'::text, jsonb_build_object({columns})::text FROM \"{table}\"")
    });
    Ok(selects.collect::<Vec<_>>().join(" UNION ALL "))
}

/// The rows as they are now.
pub async fn read(tx: &Transaction, statement: &str) -> orm::Result<Tables> {
    let mut tables = Tables::new();
    for (table, row) in tx.query_as::<(String, String)>(statement, params![]).await? {
        let row: Map<String, Value> = serde_json::from_str(&row).map_err(Error::other)?;
        let key = row.get("id").and_then(Value::as_i64).unwrap_or_default();
        tables.entry(table).or_default().insert(key, row);
    }
    Ok(tables)
}

/// The differences, one a line: as they are expected, or as they are.
pub fn expected(effects: &BTreeMap<String, Effect>) -> Vec<Value> {
    let mut lines = Vec::new();
    for (table, effect) in effects {
        let key = |pk: &[i64]| pk.first().copied().unwrap_or_default();
        for row in &effect.inserted {
            lines.push(line(table, "inserted", row.clone().into()));
        }
        for pk in &effect.deleted_pks {
            lines.push(line(table, "deleted", key(pk).into()));
        }
        for update in &effect.updated {
            lines.push(line(
                table,
                &format!("updated {}", key(&update.pk)),
                update.set.clone().into(),
            ));
        }
    }
    lines
}

/// The differences between two readings.
pub fn found(before: &Tables, after: &Tables) -> Vec<Value> {
    let mut lines = Vec::new();
    let none = BTreeMap::new();
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for table in names {
        let (before, after) =
            (before.get(table).unwrap_or(&none), after.get(table).unwrap_or(&none));
        for (key, row) in after {
            match before.get(key) {
                None => lines.push(line(table, "inserted", row.clone().into())),
                Some(old) => {
                    let changed = row.iter().filter(|(column, value)| {
                        !old.get(*column).is_some_and(|old| same(old, value))
                    });
                    let set: Map<String, Value> =
                        changed.map(|(column, value)| (column.clone(), value.clone())).collect();
                    if !set.is_empty() {
                        lines.push(line(table, &format!("updated {key}"), set.into()));
                    }
                }
            }
        }
        for key in before.keys().filter(|key| !after.contains_key(key)) {
            lines.push(line(table, "deleted", (*key).into()));
        }
    }
    lines
}

fn line(table: &str, what: &str, value: Value) -> Value {
    serde_json::json!([table, what, value])
}
