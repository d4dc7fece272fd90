//! Who wants to see the rows that go.

use crate::error::Result;
use crate::exec::{BoxFuture, Executor, OutputColumn, RowSink, Statement, cell_error};
use crate::model::{Model, ModelMeta};
use crate::row::{BufferedRow, Reader, RowBuffer};
use std::sync::{Arc, PoisonError, RwLock};

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
    /// [`crate::Error::Decode`] where a cell holds something else than the model says, and
    /// [`crate::Error::Usage`] where they are rows of another model.
    pub fn rows<M: Model>(&self) -> Result<Vec<M>> {
        if self.model != M::meta() {
            let (own, other) = (self.model.name, M::meta().name);
            return Err(crate::Error::usage(format!("rows of `{own}` are no rows of `{other}`")));
        }
        let row = |place: usize| {
            let cells = self.rows.row(place);
            M::decode(&mut Reader::new(&cells)).map_err(|error| {
                let columns = self.model.fields.iter().map(|field| OutputColumn {
                    model: self.model.name,
                    field: field.name,
                    sql_type: field.sql_type,
                });
                let statement = Statement { columns: columns.collect(), ..Statement::default() };
                cell_error(&statement, error.column, &error.error)
            })
        };
        (0..self.len()).map(row).collect()
    }
}

/// Is told of the rows of a model that deletions take, those of cascades included.
///
/// A model with a listener is never deleted by a plain DELETE, and rows of it are read as a whole
/// before they go. What the database cascades past the library (raw SQL, other programs) is not
/// told of.
pub trait Listener: Send + Sync + 'static {
    /// Before the first row of the deletion goes, in its transaction. An error ends the deletion,
    /// and nothing has gone then.
    ///
    /// # Errors
    ///
    /// Whatever refuses the deletion.
    fn before<'a>(&'a self, rows: &'a Gone, db: &'a dyn Executor) -> BoxFuture<'a, Result<()>>;

    /// After all rows of the deletion have gone, in its transaction.
    ///
    /// # Errors
    ///
    /// Whatever undoes the deletion.
    fn after<'a>(&'a self, rows: &'a Gone, db: &'a dyn Executor) -> BoxFuture<'a, Result<()>>;
}

type Listening = (&'static ModelMeta, Arc<dyn Listener>);

static LISTENERS: RwLock<Vec<Listening>> = RwLock::new(Vec::new());

/// Has deletions of a model's rows told to a listener, from now on.
pub fn listen(model: &'static ModelMeta, listener: Arc<dyn Listener>) {
    LISTENERS.write().unwrap_or_else(PoisonError::into_inner).push((model, listener));
}

/// True where somebody wants to see the rows of a model.
pub(super) fn listens(model: &'static ModelMeta) -> bool {
    let all = LISTENERS.read().unwrap_or_else(PoisonError::into_inner);
    all.iter().any(|(of, _)| *of == model)
}

/// Those who want to see the rows of a model.
pub(super) fn listeners(model: &'static ModelMeta) -> Vec<Arc<dyn Listener>> {
    let all = LISTENERS.read().unwrap_or_else(PoisonError::into_inner);
    all.iter().filter(|(of, _)| *of == model).map(|(_, listener)| listener.clone()).collect()
}
