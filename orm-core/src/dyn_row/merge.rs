//! A row made of another one and of cells: some fields read again, the others as they are.

use super::{ErasedRow, values};
use crate::ir::ModelMeta;
use crate::model::Model;
use crate::query::{self, InsertValue};
use crate::row::{DecodeError, Reader, encoded_as};
use orm_sql::error::{Error, Result};
use orm_sql::exec::Executor;
use orm_sql::row::{Cells, RowBuffer};
use orm_sql::value::SqlValue;

/// The row with new cells for the fields at some places, in their order.
pub(crate) async fn merged(
    row: &dyn ErasedRow,
    places: &[usize],
    fresh: &(dyn Cells + Sync),
    db: &dyn Executor,
) -> Result<Box<dyn ErasedRow>> {
    let kept = values(row);
    if let Some(base) = cells(row.model(), &kept) {
        return row.another(&Merged { base: &base, places, fresh });
    }
    let base = echoed(row.model(), kept, db).await?;
    row.another(&Merged { base: &base.row(0), places, fresh })
}

/// True where the server is not asked for the form of any value of a row.
pub(crate) fn is_written_here(row: &dyn ErasedRow) -> bool {
    cells(row.model(), &values(row)).is_some()
}

/// Another row of the same model that has these values, one for each field.
pub(crate) async fn with_values(
    row: &dyn ErasedRow,
    values: Vec<SqlValue>,
    db: &dyn Executor,
) -> Result<Box<dyn ErasedRow>> {
    if let Some(cells) = cells(row.model(), &values) {
        return row.another(&cells);
    }
    row.another(&echoed(row.model(), values, db).await?.row(0))
}

/// The cells of a row of values; `None` where only the server knows the form of one of them.
pub(crate) fn cells(model: &'static ModelMeta, values: &[SqlValue]) -> Option<impl Cells + use<>> {
    let typed = values.iter().zip(model.fields);
    encoded_as(typed.map(|(value, field)| (value.clone(), field.sql_type)))
}

/// The values as the server writes them: for types that only it knows the binary form of.
async fn echoed(
    model: &'static ModelMeta,
    values: Vec<SqlValue>,
    db: &dyn Executor,
) -> Result<RowBuffer> {
    let values: Vec<InsertValue> = values.into_iter().map(InsertValue::Value).collect();
    let mut cells = RowBuffer::new(model.width());
    db.run(&query::evaluate(model, &values)?, &mut cells).await?;
    Ok(cells)
}

/// Reads a row whose cells are those of all fields.
pub(crate) fn decoded<M: Model>(cells: &dyn Cells) -> Result<M> {
    M::decode(&mut Reader::new(cells)).map_err(|error| unread(M::meta(), &error))
}

fn unread(model: &'static ModelMeta, error: &DecodeError) -> Error {
    Error::Decode {
        model: model.name.to_owned(),
        field: model.fields.get(error.column).map_or("", |field| field.name).to_owned(),
        message: error.error.to_string().into(),
    }
}

struct Merged<'a> {
    base: &'a dyn Cells,
    places: &'a [usize],
    fresh: &'a dyn Cells,
}

impl Cells for Merged<'_> {
    fn cell(&self, index: usize) -> Option<&[u8]> {
        match self.places.iter().position(|place| *place == index) {
            Some(at) => self.fresh.cell(at),
            None => self.base.cell(index),
        }
    }
}
