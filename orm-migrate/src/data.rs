//! Data migrations in Rust: functions that are registered by name and get the models as they were.
//!
//! ```
//! use orm::migrate::data::{DataStep, f, lower};
//!
//! #[orm::data_migration]
//! async fn fill_slugs(step: &DataStep<'_>) -> orm::Result<()> {
//!     let books = step.model("catalogue.Book")?.objects().filter("slug", "");
//!     books.update(step, [("slug", lower(f("title")))]).await?;
//!     Ok(())
//! }
//! ```
//!
//! In the migration: `run_rust = "fill_slugs"`, with `reverse = "…"` for the function that undoes it, or
//! `reverse = ""` where nothing has to be undone.

mod batches;
mod draft;
mod expression;
mod link;
mod model;
mod names;
mod operand;
mod registry;
mod row;
mod set;
mod step;
mod write;

pub use batches::{Batch, Batches};
pub use draft::HistoricalDraft;
pub use expression::{
    Expression, OldCondition, abs, case, coalesce, concat, f, greatest, least, length, lower, now,
    q, raw, replace, round, trim, upper, value,
};
pub use model::HistoricalModel;
pub use operand::{IntoOperand, Operand};
pub use registry::DataMigration;
pub(crate) use registry::{check, find};
pub use row::HistoricalRow;
pub use set::HistoricalSet;
pub use step::DataStep;
pub(crate) use step::{Resumable, Told};
