//! Statements with the place in the source that runs them, and those that write.

use super::rows;
use crate::ir::{FieldMeta, ModelMeta, Query};
use crate::model::Model;
use crate::row::Decoder;
use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::Origin;
use orm_sql::exec::{Executor, NoRows, Statement};
use orm_sql::value::SqlValue;

/// Notes the place in the source that runs a statement, and how its rows are reached.
#[inline]
#[track_caller]
pub(crate) fn trace(mut statement: Statement, query: &Query) -> Statement {
    if let Some(related) = &query.related {
        statement.about.origin = Origin::Related(related.step.accessor());
    }
    statement.called_here()
}

/// [`trace`] of a statement, where it could be compiled.
#[track_caller]
pub(crate) fn traced(statement: Result<Statement>, query: &Query) -> Result<Statement> {
    // No closure: it would be the caller.
    match statement {
        Ok(statement) => Ok(trace(statement, query)),
        Err(error) => Err(error),
    }
}

/// Runs a statement that writes rows of a model, which is named where one is refused.
pub(crate) async fn write<M: Model>(db: &dyn Executor, statement: &Statement) -> Result<Vec<M>> {
    let meta = M::meta();
    let rows = rows(db, statement, &Decoder::Fn(M::decode)).await;
    rows.map_err(|error| named(error, meta, statement))
}

/// Runs a statement that changes rows of a model, and returns how many there were.
pub(crate) async fn change<M: Model>(db: &dyn Executor, statement: &Statement) -> Result<u64> {
    let meta = M::meta();
    let rows = db.run(statement, &mut NoRows).await;
    rows.map_err(|error| named(error, meta, statement))
}

/// How often a call is done again by itself.
const AGAIN: usize = 5;

/// Does what is one transaction of the library's own, and again where it was the victim of a deadlock,
/// or a statement in it was prepared before its table was changed: all of it was undone. Not for what
/// calls hooks or receivers, which are the user's.
pub(crate) async fn again<T, F: Future<Output = Result<T>>>(
    db: &dyn Executor,
    work: impl Fn() -> F,
) -> Result<T> {
    for _ in 0..AGAIN {
        match work().await {
            Err(error) if matches!(error, Error::Deadlock(_)) || error.is_outdated() => {
                if db.in_transaction() {
                    return Err(error);
                }
            }
            result => return result,
        }
    }
    work().await
}

/// An error of a statement that writes rows of a model: the model is named, and the field whose
/// value cannot be sent.
#[cold]
pub(crate) fn named(error: Error, meta: &'static ModelMeta, statement: &Statement) -> Error {
    let field = |position: usize| {
        let column = column_of(&statement.sql, position)?;
        meta.fields.iter().find(|field| field.column == column)
    };
    let Error::Encode { position, message } = error else {
        let given = statement.params.iter().zip(1..);
        let error = overflowing(error, meta, given.filter_map(|(p, n)| Some((field(n)?, &p.0))));
        return error.of_model(meta.name, meta.table);
    };
    let field = field(position);
    let message = match field {
        Some(field) => format!("`{}` of `{}`: {message}", field.name, meta.name),
        None => message,
    };
    Error::Encode { position, message }
}

/// The server's "value too long" and "numeric field overflow", with the field whose value it was.
#[cold]
pub(crate) fn overflowing<'v>(
    mut error: Error,
    meta: &ModelMeta,
    mut given: impl Iterator<Item = (&'static FieldMeta, &'v SqlValue)>,
) -> Error {
    if let Error::Database(error) = &mut error
        && matches!(&*error.code, "22001" | "22003")
        && let Some((field, _)) = given.find(|(field, value)| field.overflows(value))
    {
        error.message = format!("`{}` of `{}`: {}", field.name, meta.name, error.message);
    }
    error
}

/// The column that a parameter is assigned to, or compared with, in our own text.
fn column_of(sql: &str, position: usize) -> Option<&str> {
    let parameter = format!("\" = ${position}");
    let ends = |(at, _): &(usize, &str)| {
        sql.get(at + parameter.len()..)
            .is_none_or(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    match sql.match_indices(&parameter).find(ends) {
        Some((at, _)) => sql.get(..at)?.rsplit_once('"').map(|(_, column)| column),
        None => column_of_row(sql, position).or_else(|| column_of_list(sql, position)),
    }
}

/// The column that is given the items of a list, of `SET "b" = t1.c1 FROM UNNEST($1, $2) AS t1 (c0, c1)`.
fn column_of_list(sql: &str, position: usize) -> Option<&str> {
    // no SQL: what is looked for in our own
    let (sets, _) = sql.split_once(" FROM UNNEST(")?;
    let item = format!("t1.c{}", position.checked_sub(1)?);
    let ends = |at: &usize| {
        let behind = sets.get(at + item.len()..).unwrap_or_default();
        !behind.starts_with(|c: char| c.is_ascii_digit())
    };
    let at = sets.match_indices(&*item).map(|(at, _)| at).find(ends)?;
    let (column, assigned) = sets.get(..at)?.rsplit_once('"')?;
    matches!(assigned, " = " | " = CAST(").then_some(column)?.rsplit_once('"').map(|(_, name)| name)
}

/// The column of a parameter of one row that is inserted.
fn column_of_row(sql: &str, position: usize) -> Option<&str> {
    // no SQL: what is looked for in our own
    let (columns, row) = sql.strip_prefix("INSERT INTO ")?.split_once(" VALUES (")?;
    let (_, columns) = columns.split_once(" (")?;
    let given = row.split(", ").take_while(|value| value.starts_with('$'));
    let last = given.count().max(1);
    let place = position.checked_sub(1).filter(|place| *place < last)?;
    let column = columns.trim_end_matches(')').split(", ").nth(place)?;
    Some(column.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    #[test]
    fn parameters_know_their_columns() {
        let sql = r#"UPDATE "a" AS t0 SET "b" = $1, "c" = $12 WHERE t0."id" = $2"#;
        let column = |position| super::column_of(sql, position);
        assert_eq!(
            [column(1), column(12), column(2), column(3)],
            [Some("b"), Some("c"), Some("id"), None]
        );
        let sql = r#"INSERT INTO "a" AS t0 ("b", "c d") VALUES ($1, $2) ON CONFLICT ("b") DO …"#;
        let column = |position| super::column_of(sql, position);
        assert_eq!([column(1), column(2), column(3)], [Some("b"), Some("c d"), None]);
        let sql = r#"UPDATE "a" AS t0 SET "b" = t1.c1, "d" = CAST(t1.c12 AS x) FROM UNNEST($1)"#;
        let column = |position| super::column_of(sql, position);
        assert_eq!([column(1), column(2), column(13)], [None, Some("b"), Some("d")]);
    }

    /// The lines of a signature that ends here, from its first attribute on.
    fn signature(lines: &[&str]) -> String {
        let first = lines.iter().rposition(|line| line.contains("fn ")).unwrap_or(0);
        let above = lines[..first].iter().rev();
        let attributes = above.take_while(|line| line.trim_start().starts_with("#["));
        attributes.chain(&lines[first..]).copied().collect::<Vec<_>>().join("\n")
    }

    fn files(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path, found) } else { found.push(path) }
        }
    }

    /// A terminal without `#[track_caller]` would have its statements reported from inside of the
    /// library.
    #[test]
    fn terminals_know_their_callers() {
        let mut sources = Vec::new();
        files(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut sources);
        let (mut terminals, mut without) = (0, Vec::new());
        for path in sources {
            let text = std::fs::read_to_string(&path).unwrap();
            let lines: Vec<&str> =
                text.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
            for (end, line) in lines.iter().enumerate() {
                if !line.contains("-> BoxFuture") {
                    continue;
                }
                let signature = signature(&lines[..=end]);
                if signature.contains("impl Executor") {
                    terminals += 1;
                    if !signature.contains("#[track_caller]") {
                        without.push(format!("{}: {signature}", path.display()));
                    }
                }
            }
        }
        assert!(terminals > 40, "{terminals}");
        assert!(without.is_empty(), "without #[track_caller]:\n{}", without.join("\n"));
    }
}
