//! Rows that are not inserted yet.

use super::model::HistoricalModel;
use super::names::Names;
use super::operand::{IntoOperand, Operand};
use super::row::HistoricalRow;
use super::write;
use orm_core::ir::{Default, FieldMeta, Scope};
use orm_sql::error::{Error, Result};
use orm_sql::exec::Executor;
use orm_sql::value::SqlValue;

/// A row that is not there yet: what [`HistoricalModel::draft`] makes.
#[derive(Clone, Debug)]
#[must_use = "a draft is inserted by `create` or `bulk_create`"]
pub struct HistoricalDraft {
    model: HistoricalModel,
    values: Vec<Option<SqlValue>>,
    mistake: Option<String>,
}

impl HistoricalDraft {
    pub(super) fn new(model: HistoricalModel) -> Self {
        let values = vec![None; model.meta.width()];
        HistoricalDraft { model, values, mistake: None }
    }

    /// Gives a field its value. A mistake is the error of whoever inserts the draft.
    pub fn set(mut self, name: &str, value: impl IntoOperand) -> Self {
        let names = Names {
            model: self.model.meta,
            scope: Scope::ANY,
            migration: &self.model.migration,
            history: self.model.history,
        };
        match assigned(names, name, value.into_operand()) {
            Ok(values) => {
                for (field, value) in values {
                    let place = self.model.meta.fields.iter().position(|other| other == field);
                    if let Some(slot) = place.and_then(|place| self.values.get_mut(place)) {
                        *slot = Some(value);
                    }
                }
            }
            Err(error) => {
                self.mistake.get_or_insert(error.to_string());
            }
        }
        self
    }

    /// Inserts the row, and returns it as the database has it.
    ///
    /// # Errors
    ///
    /// The first mistake in the draft, or the constraint that refuses the row.
    pub async fn create(self, db: &(impl Executor + ?Sized)) -> Result<HistoricalRow> {
        let model = self.model.clone();
        let rows = write::insert(db.as_executor(), &model, vec![self.finish()?], false).await?;
        let left_out = || Error::usage(format!("the row of `{}` was left out", model.name()));
        rows.into_iter().next().ok_or_else(left_out)
    }

    /// The values, where none is missing.
    pub(super) fn finish(self) -> Result<Vec<Option<SqlValue>>> {
        if let Some(mistake) = self.mistake {
            return Err(Error::usage(mistake));
        }
        for (field, value) in self.model.meta.fields.iter().zip(&self.values) {
            let fills = field.identity
                || field.null
                || field.generated.is_some()
                || !matches!(field.default, Default::None);
            if value.is_none() && !fills {
                return Err(Error::usage(format!(
                    "the draft of `{}` misses the required field `{}`",
                    self.model.name(),
                    field.name
                )));
            }
        }
        Ok(self.values)
    }
}

/// The columns of a field with what they are given.
pub(super) fn assigned(
    names: Names<'_>,
    name: &str,
    operand: Operand,
) -> Result<Vec<(&'static FieldMeta, SqlValue)>> {
    let columns = names.own(name)?;
    let values = match operand {
        Operand::Value(SqlValue::Null) => vec![SqlValue::Null; columns.len()],
        Operand::Value(SqlValue::Array(key)) if columns.len() > 1 => key,
        Operand::Value(value) => vec![value],
        Operand::Row(row) => {
            let key = columns.first().and_then(|field| field.relation);
            let key = key.ok_or_else(|| names.wrong(format!("`{name}` is no key")))?;
            row.key_for(&key.targets())?
        }
        Operand::Term(_) | Operand::Set(_) => {
            return Err(names.wrong(format!("`{name}` takes a value here, and no expression")));
        }
    };
    if values.len() != columns.len() {
        return Err(names.wrong(format!("`{name}` is a key of {} columns", columns.len())));
    }
    let fit = |(field, value): (&'static FieldMeta, SqlValue)| {
        if field.generated.is_some() {
            return Err(names.wrong(format!("`{name}` is calculated by the database")));
        }
        if value.is_null() && !field.null {
            return Err(names.wrong(format!("`{name}` cannot be NULL")));
        }
        Ok((field, names.fit(name, &field.sql_type, value)?))
    };
    columns.iter().zip(values).map(fit).collect()
}
