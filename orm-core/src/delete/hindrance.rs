//! Rows that stand in the way of a deletion, and the error that names them.

use super::taken::primary_key;
use crate::ir::{FieldMeta, ModelMeta, OnDelete, Referrer};
use orm_sql::error::{ConstraintError, Error, Protected, ProtectedRows, Result};
use orm_sql::row::{BufferedRow, Cells};
use orm_sql::value::{SqlType, SqlValue};

/// How many rows an error names for each key.
const NAMED: usize = 20;

/// Rows that refer to some that were to go.
pub(super) struct Hindrance(ProtectedRows);

impl Hindrance {
    /// Rows with their primary keys; none where there are none.
    pub fn of<'r>(
        referrer: &Referrer,
        rows: impl Iterator<Item = BufferedRow<'r>>,
    ) -> Option<Hindrance> {
        let fields = primary_key(referrer.model);
        let (mut keys, mut total) = (Vec::new(), 0);
        for row in rows {
            total += 1;
            if keys.len() < NAMED {
                keys.push(key(&fields, &row));
            }
        }
        (total > 0).then(|| {
            let mut rows = by(referrer);
            (rows.keys, rows.total) = (keys, total);
            Hindrance(rows)
        })
    }
}

/// What is known of a key without its rows.
fn by(referrer: &Referrer) -> ProtectedRows {
    let relation = referrer.relation;
    let mut rows = ProtectedRows::new(referrer.model.name, relation.name, relation.to().name);
    rows.restrict = matches!(relation.on_delete, OnDelete::Restrict);
    rows
}

/// An error where anything stands in the way.
pub(super) fn refuse(model: &'static ModelMeta, hindrances: Vec<Hindrance>) -> Result<()> {
    if hindrances.is_empty() {
        return Ok(());
    }
    let rows = hindrances.into_iter().map(|hindrance| hindrance.0).collect();
    Err(Error::Protected(Box::new(Protected::new(model.name, rows))))
}

/// The server's refusal by a key that says `Protect` or `Restrict`, as that; the rows are not known
/// then.
pub(super) fn of_refusal(error: Error, model: &'static ModelMeta) -> Error {
    let Error::ForeignKey(refused) = &error else { return error };
    let mut reached = vec![model];
    let mut at = 0;
    while let Some(next) = reached.get(at).copied() {
        at += 1;
        for referrer in next.referrers() {
            if refuses(referrer, refused) {
                let rows = vec![by(referrer)];
                return Error::Protected(Box::new(Protected::new(model.name, rows)));
            }
            let cascades = matches!(referrer.relation.on_delete, OnDelete::Cascade);
            if cascades && !reached.contains(&referrer.model) {
                reached.push(referrer.model);
            }
        }
    }
    error
}

/// True where a key is the one that the server names.
fn refuses(referrer: &Referrer, refused: &ConstraintError) -> bool {
    let Referrer { model, relation, .. } = referrer;
    let guards = matches!(relation.on_delete, OnDelete::Protect | OnDelete::Restrict);
    let (to, own) = (relation.to().table, model.table);
    let (columns, to_columns) = relation.column_names();
    let given = relation.fields().first().and_then(|field| field.constraint_name);
    let name = given.map_or_else(
        || orm_sql::schema::names::foreign_key(own, &columns, to, &to_columns),
        str::to_owned,
    );
    let named = refused.constraint.as_deref() == Some(&*name);
    // A constraint that somebody else has named: the only key of the table to that one.
    let between = || {
        let mut twins = model.fields.iter().filter_map(|field| field.relation);
        twins.all(|other| other.to() != relation.to() || other == *relation)
    };
    guards && refused.table.as_deref() == Some(own) && (named || between())
}

/// The key of a row, for people.
fn key(fields: &[&'static FieldMeta], row: &BufferedRow<'_>) -> String {
    let cell = |(place, field): (usize, &&FieldMeta)| {
        row.cell(place).and_then(|raw| shown(field.sql_type, raw)).unwrap_or_else(|| "?".to_owned())
    };
    let cells: Vec<String> = fields.iter().enumerate().map(cell).collect();
    match cells.as_slice() {
        [one] => one.clone(),
        _ => format!("({})", cells.join(", ")),
    }
}

/// A value of one of the types that keys have, as the database shows it.
fn shown(sql_type: SqlType, raw: &[u8]) -> Option<String> {
    match sql_type.read(raw) {
        Ok(SqlValue::Bytes(_)) | Err(_) => None,
        Ok(value) => value.text(),
    }
}
