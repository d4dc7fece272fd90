//! Django's content types: the table in which each model has a number.

use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::{About, Work};
use orm_sql::exec::{Executor, OutputColumn, Statement};
use orm_sql::row::RowBuffer;
use orm_sql::value::{SqlType, SqlValue};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

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
/// orm_core::model::read_content_types(db).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Where there is no such table. [`Error::Usage`] where another database of the program gave other
/// numbers to the same models.
pub async fn read_content_types(db: &(impl Executor + ?Sized)) -> Result<()> {
    let column = |field, sql_type| OutputColumn { model: "ContentType", field, sql_type };
    let columns = vec![
        column("id", SqlType::Int4),
        column("app_label", SqlType::Text),
        column("model", SqlType::Text),
    ];
    let work = Work::Read { by: None, narrowed: false };
    let statement = Statement {
        sql: "SELECT id, app_label::text, model::text FROM django_content_type".to_owned(),
        params: Vec::new(),
        columns,
        by_name: Vec::new(),
        cached: true,
        about: About { work, ..About::default() },
    };
    let mut rows = RowBuffer::new(3);
    db.as_executor().run(&statement, &mut rows).await?;
    let mut numbers = Numbers::new();
    for row in (0..rows.len()).map(|row| rows.row(row)) {
        let read =
            |place, sql_type: SqlType| row.get(place).and_then(|raw| sql_type.read(raw).ok());
        let text = |place| read(place, SqlType::Text);
        if let (Some(SqlValue::I32(id)), Some(SqlValue::Text(app)), Some(SqlValue::Text(model))) =
            (read(0, SqlType::Int4), text(1), text(2))
        {
            numbers.insert((app, model), id);
        }
    }
    keep(numbers)
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
pub fn content_type(app: &str, model: &str) -> SqlValue {
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
pub(crate) fn content_type_named(name: Option<&str>, app: &str, model: &str) -> SqlValue {
    let (app, model) = name.and_then(|name| name.split_once('.')).unwrap_or((app, model));
    content_type(app, &model.to_lowercase())
}
