//! Statements with the place in the source that runs them, and those that write.

use super::rows;
use crate::ir::Query;
use crate::model::Model;
use crate::row::Decoder;
use orm_sql::error::Result;
use orm_sql::exec::instrumentation::Origin;
use orm_sql::exec::{Executor, NoRows, Statement};

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
    rows.map_err(|error| error.of_model(meta.name, meta.table))
}

/// Runs a statement that changes rows of a model, and returns how many there were.
pub(crate) async fn change<M: Model>(db: &dyn Executor, statement: &Statement) -> Result<u64> {
    let meta = M::meta();
    let rows = db.run(statement, &mut NoRows).await;
    rows.map_err(|error| error.of_model(meta.name, meta.table))
}

#[cfg(test)]
mod tests {
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
