//! What the tests have in common.

/// What a test returns, so that `?` works on everything.
pub type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Asserts that a text has these parts, in this order.
#[track_caller]
pub fn in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let Some(at) = rest.find(part) else {
            panic!("`{part}` is not (in this order) in: {text}")
        };
        rest = &rest[at + part.len()..];
    }
}

/// Asserts that an error says these things.
#[track_caller]
pub fn says(error: &orm::Error, parts: &[&str]) {
    let text = error.to_string();
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

/// A database with the tables of some models, of the test's own, and with rows that a function
/// fills in, where there is one.
///
/// `database!("library": Author, Book; rows)`; the first test that names it makes the template.
macro_rules! database {
    ($name:literal: $($model:ty),+ $(; $rows:expr)?) => {
        orm_testkit::TestDatabase::from_template($name, async |db| {
            orm::prelude::create_tables::<($($model,)+)>(db).await?;
            $($rows(db).await?;)?
            Ok(())
        })
        .await?
    };
}
pub(crate) use database;

/// The only value of a statement of one column.
pub async fn scalar<T: orm::prelude::Column + Send>(
    db: &impl orm::prelude::Executor,
    sql: &str,
) -> orm::Result<T> {
    use orm::prelude::*;
    let rows = db.query_as::<(T,)>(sql, params![]).await?;
    rows.into_iter().next().map(|(value,)| value).ok_or_else(|| Error::usage("no row"))
}

/// Runs one test again in a process of its own, and tells whether this is that process.
///
/// For what concerns the whole process, such as its memory: other tests run beside this one.
pub fn alone(test: &str) -> std::io::Result<bool> {
    const ALONE: &str = "ORM_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return Ok(true);
    }
    let program = std::env::current_exe()?;
    let mut command = std::process::Command::new(program);
    let output = command.args(["--exact", test, "--nocapture"]).env(ALONE, "1").output()?;
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    Ok(false)
}
