//! Django's content types: the table in which each model has a number.

use crate::execute;
use crate::ir::{FieldMeta, ModelMeta, Query};
use crate::query;
use crate::row::{Decoded, Decoder, Reader};
use orm_sql::error::{Error, Result};
use orm_sql::exec::Executor;
use orm_sql::value::SqlValue;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// The table.
static CONTENT_TYPE: ModelMeta = ModelMeta::new(
    "ContentType",
    "contenttypes",
    "django_content_type",
    &[
        FieldMeta::new::<i32>("id", "id"),
        FieldMeta::new::<String>("app_label", "app_label"),
        FieldMeta::new::<String>("model", "model"),
    ],
    &[0],
);

/// The numbers of models, by app and name.
type Numbers = HashMap<(String, String), i32>;

/// Those that were read.
static NUMBERS: RwLock<Option<Numbers>> = RwLock::new(None);

const NOT_READ: &str = "the content types were not read yet: call `orm::read_content_types(&db).await?` once, when \
                        the program starts";

/// Reads the numbers that models have in `django_content_type`, which generic keys with
/// `#[generic(content_types)]` go by. Once, when the program starts: they are kept for all that the
/// program does, as Django does it.
///
/// ```no_run
/// # async fn start(db: &impl orm_sql::exec::Executor) -> orm_sql::Result<()> {
/// orm_core::generated::read_content_types(db).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Where there is no such table. [`Error::Usage`] where another database of the program gave other
/// numbers to the same models.
pub async fn read_content_types(db: &(impl Executor + ?Sized)) -> Result<()> {
    let db = db.as_executor();
    let statement = query::select(&Query::new(&CONTENT_TYPE).on(db))?;
    let row = |reader: &mut Reader<'_>| -> Decoded<((String, String), i32)> {
        let number = reader.column()?;
        Ok(((reader.column()?, reader.column()?), number))
    };
    let rows = execute::rows(db, &statement, &Decoder::Fn(row)).await?;
    keep(rows.into_iter().collect())
}

/// Keeps the numbers, which are those of all databases of the program.
fn keep(numbers: Numbers) -> Result<()> {
    let mut known = NUMBERS.write().unwrap_or_else(PoisonError::into_inner);
    let before = known.get_or_insert_default();
    for (model, number) in numbers {
        let first = *before.entry(model.clone()).or_insert(number);
        if first != number {
            return Err(Error::usage(format!(
                "the content type of `{}.{}` is {number} here and {first} in another database of the \
                 program: generic keys of both cannot be read by one program",
                model.0, model.1
            )));
        }
    }
    Ok(())
}

/// The number of a model, or why there is none.
fn content_type(app: &str, model: &str) -> SqlValue {
    let known = NUMBERS.read().unwrap_or_else(PoisonError::into_inner);
    let Some(numbers) = known.as_ref() else { return SqlValue::Invalid(NOT_READ.to_owned()) };
    let number = numbers.get(&(app.to_owned(), model.to_owned())).copied();
    number.map_or_else(
        || {
            SqlValue::Invalid(format!(
                "`django_content_type` has no row for `{app}.{model}`: name the model as it is called there, \
                 `#[generic(kind = \"app.model\")]`, or run Django's `migrate`, which adds it"
            ))
        },
        SqlValue::I32,
    )
}

/// The number of a model by `app.model`, or by its own app and name.
pub(super) fn content_type_named(name: Option<&str>, app: &str, model: &str) -> SqlValue {
    let (app, model) = name.and_then(|name| name.split_once('.')).unwrap_or((app, model));
    content_type(app, &model.to_lowercase())
}
