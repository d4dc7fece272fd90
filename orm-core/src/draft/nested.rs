//! What is saved after a row, because it refers to it.

use crate::ir::ModelMeta;
use orm_sql::error::Result;
use orm_sql::exec::transaction::Transaction;
use orm_sql::exec::{BoxFuture, Executor};
use std::any::Any;
use std::fmt;

/// Something that is saved once the row that it refers to is there.
pub(crate) trait Nested: fmt::Debug + Send + Sync {
    /// Saves it for a row; a transaction ends with it, where one is given.
    fn save<'a>(
        &'a self,
        row: &'a (dyn Any + Send + Sync),
        db: &'a dyn Executor,
        ends: Option<&'a Transaction>,
    ) -> BoxFuture<'a, Result<()>>;

    /// The model that it is saved for a row of: that of the draft, or one that this extends.
    fn of(&self) -> &'static ModelMeta;

    /// True where hooks or receivers are called when it is saved.
    fn is_heard(&self, row: &(dyn Any + Send + Sync)) -> bool;
}
