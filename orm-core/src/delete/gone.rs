//! The rows that go, for those who want to see them: hooks and receivers, and who has them returned.

use crate::ir::ModelMeta;
use crate::model::Model;
use crate::query;
use crate::row::Reader;
use orm_sql::error::Result;
use orm_sql::exec::{Statement, cell_error};
use orm_sql::row::{BufferedRow, RowBuffer, RowSink};

/// The rows of one model that go, or have gone, in one deletion: all columns of each, as they were
/// when they were locked.
#[derive(Debug)]
pub struct Gone {
    model: &'static ModelMeta,
    rows: RowBuffer,
}

impl Gone {
    pub(super) fn new(model: &'static ModelMeta, width: usize) -> Gone {
        Gone { model, rows: RowBuffer::new(width) }
    }

    pub(super) fn push(&mut self, row: &BufferedRow<'_>) {
        // A buffer takes every row that it is given.
        let _ = RowSink::row(&mut self.rows, row);
    }

    /// Their cells.
    pub(super) fn cells(&self) -> &RowBuffer {
        &self.rows
    }

    /// Their model.
    pub fn model(&self) -> &'static ModelMeta {
        self.model
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True where there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows as instances.
    ///
    /// # Errors
    ///
    /// [`orm_sql::Error::Decode`] where a cell holds something else than the model says, and
    /// [`orm_sql::Error::Usage`] where they are rows of another model.
    pub fn rows<M: Model>(&self) -> Result<Vec<M>> {
        if self.model != M::meta() {
            let (own, other) = (self.model.name, M::meta().name);
            return Err(orm_sql::Error::usage(format!("rows of `{own}` are no rows of `{other}`")));
        }
        let row = |place: usize| {
            let cells = self.rows.row(place);
            M::decode(&mut Reader::new(&cells)).map_err(|error| {
                let columns = query::model_columns(self.model).into();
                let statement = Statement { columns, ..Statement::default() };
                cell_error(&statement, error.column, &error.error)
            })
        };
        (0..self.len()).map(row).collect()
    }
}
