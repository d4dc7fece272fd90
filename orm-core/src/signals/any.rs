//! A row of any model, by the names of its fields.

use crate::dyn_row::{ErasedRow, values};
use crate::ir::{FieldMeta, ModelMeta};
use orm_sql::error::{Error, Result};
use orm_sql::row::Cells;
use orm_sql::value::SqlValue;

/// A row of any model, by the names of its fields: what receivers of every model are given.
///
/// ```
/// use orm_core::signals;
///
/// // Trims the text of every model, whenever a row is saved.
/// let trimming = signals::before_save_any().connect(|row, _| {
///     Box::pin(async move {
///         for (_, text) in row.texts_mut() {
///             *text = text.trim().to_owned();
///         }
///         Ok(())
///     })
/// });
/// # drop(trimming);
/// ```
#[derive(Clone, Debug)]
pub struct AnyRow {
    model: &'static ModelMeta,
    values: Vec<SqlValue>,
    before: Vec<SqlValue>,
    created: bool,
}

impl AnyRow {
    pub(crate) fn of(row: &dyn ErasedRow, created: bool) -> Self {
        let values = values(row);
        AnyRow { model: row.model(), before: values.clone(), values, created }
    }

    /// A row from the cells of all columns, whatever its type is. What only the server knows the
    /// form of are bytes.
    pub(crate) fn read(model: &'static ModelMeta, cells: &dyn Cells) -> Self {
        let cell = |(place, field): (usize, &FieldMeta)| match cells.cell(place) {
            Some(raw) => field.sql_type.read(raw).unwrap_or_else(|_| SqlValue::Bytes(raw.to_vec())),
            None => SqlValue::Null,
        };
        let values: Vec<SqlValue> = model.fields.iter().enumerate().map(cell).collect();
        AnyRow { model, before: values.clone(), values, created: false }
    }

    /// The values, where something was changed.
    pub(crate) fn into_changed(self) -> Option<Vec<SqlValue>> {
        let same = self.values.iter().zip(&self.before).all(|(now, before)| now.is_same(before));
        (!same).then_some(self.values)
    }

    /// The model.
    pub fn model(&self) -> &'static ModelMeta {
        self.model
    }

    /// The fields with their values.
    pub fn fields(&self) -> impl Iterator<Item = (&'static FieldMeta, &SqlValue)> {
        let fields: &'static [FieldMeta] = self.model.fields;
        fields.iter().zip(&self.values)
    }

    /// The value of a field; `None` where the model has no such field.
    pub fn get(&self, field: &str) -> Option<&SqlValue> {
        self.model.field(field).and_then(|(place, _)| self.values.get(place))
    }

    /// Gives a field another value, which is written with the row.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where the model has no such field, where the database calculates it, and for
    /// the key of a row that is there.
    pub fn set(&mut self, field: &str, value: SqlValue) -> Result<()> {
        let Some((place, meta)) = self.model.field(field) else {
            return Err(Error::usage(format!("`{}` has no field `{field}`", self.model.name)));
        };
        if !self.is_writable(place, meta) {
            return Err(Error::usage(format!(
                "`{field}` of `{}` cannot be changed: it is the key of the row, or calculated",
                self.model.name
            )));
        }
        if let Some(slot) = self.values.get_mut(place) {
            *slot = value;
        }
        Ok(())
    }

    /// The fields that hold text and can be changed, with it.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = (&'static FieldMeta, &mut String)> {
        let (model, created) = (self.model, self.created);
        let fields = model.fields.iter().zip(&mut self.values).enumerate();
        fields.filter_map(move |(place, (field, value))| match value {
            SqlValue::Text(text) if is_writable(model, created, place, field) => {
                Some((field, text))
            }
            _ => None,
        })
    }

    fn is_writable(&self, place: usize, field: &FieldMeta) -> bool {
        is_writable(self.model, self.created, place, field)
    }
}

fn is_writable(model: &'static ModelMeta, created: bool, place: usize, field: &FieldMeta) -> bool {
    field.generated.is_none() && (created || !model.is_key_at(place))
}
