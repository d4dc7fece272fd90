//! Views of a database that are not those of the models.

use super::create::Models;
use super::view::views_of;
use crate::execute;
use crate::ir::ModelMeta;
use crate::row::{Decoder, Reader};
use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::one_call;
use orm_sql::exec::{BoxFuture, Executor, NoRows, OutputColumn, Statement};
use orm_sql::schema::{Change, TableName, View};
use orm_sql::sql::catalogue;
use orm_sql::value::{SqlType, SqlValue};
use std::fmt;

/// A view that is not what its model says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutdatedView {
    /// The model.
    pub model: &'static str,
    /// Its view.
    pub view: TableName,
    /// What is wrong.
    pub problem: ViewProblem,
}

/// What is wrong with a view.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ViewProblem {
    /// There is none.
    Missing,
    /// There is a table, or a view where a materialized one is wanted, or the other way round.
    OtherKind,
    /// It has another query.
    OtherQuery,
    /// The query of the model does not fit the tables that there are: what the server says.
    Unfit(String),
}

impl fmt::Display for OutdatedView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OutdatedView { model, view, problem } = self;
        write!(f, "the view `{view}` of `{model}` ")?;
        match problem {
            ViewProblem::Missing => f.write_str("is missing in the database"),
            ViewProblem::OtherKind => f.write_str("is something else in the database"),
            ViewProblem::OtherQuery => f.write_str("has another query in the database"),
            ViewProblem::Unfit(why) => write!(f, "does not fit the database: {why}"),
        }
    }
}

/// The views of models that the database does not have, or has with another query:
/// `outdated_views::<(Totals, Popular)>(&db)`.
///
/// The server compares: the query of each model is made a temporary view, which is gone at once. So it
/// does not matter how a query is written, and SQL of one's own is compared as well.
///
/// ```
/// use orm_core::tables::outdated_views;
/// # use orm_core::model::Model;
/// # use orm_sql::exec::Executor;
///
/// async fn check<Totals: Model>(db: &impl Executor) -> orm_sql::Result<()> {
///     for view in outdated_views::<Totals>(db).await? {
///         println!("{view}: run `manage migrate`");
///     }
///     Ok(())
/// }
/// ```
///
/// # Errors
///
/// When a query cannot be one of a view; and of the connection.
#[track_caller]
pub fn outdated_views<M: Models>(
    db: &(impl Executor + ?Sized),
) -> BoxFuture<'_, Result<Vec<OutdatedView>>> {
    outdated_views_of(db, &M::metas())
}

/// [`outdated_views`] of models known by their metadata.
///
/// # Errors
///
/// As [`outdated_views`].
#[track_caller]
pub fn outdated_views_of<'a>(
    db: &'a (impl Executor + ?Sized),
    models: &[&'static ModelMeta],
) -> BoxFuture<'a, Result<Vec<OutdatedView>>> {
    let views = views_of(models);
    one_call(Box::pin(async move {
        let mut outdated = Vec::new();
        for (model, view, _) in views? {
            let name = view.name.clone();
            if let Some(problem) = problem(db.as_executor(), view).await? {
                outdated.push(OutdatedView { model, view: name, problem });
            }
        }
        Ok(outdated)
    }))
}

async fn problem(db: &dyn Executor, view: View) -> Result<Option<ViewProblem>> {
    let unit = db.begin().await?;
    let db = unit.executor();
    let (name, wanted) = (view.name.quoted(), if view.materialized { "m" } else { "v" });
    let probe = TableName::within("pg_temp", catalogue::PROBE);
    let probe = View { name: probe, materialized: false, ..view };
    let create = Change::CreateView { view: probe, replace: false }.sql();
    let create = Statement { sql: create.into(), ..Statement::default() };
    match db.run(&create, &mut NoRows).await {
        Ok(_) => {}
        Err(Error::Database(error)) => {
            unit.rollback().await?;
            return Ok(Some(ViewProblem::Unfit(error.message)));
        }
        Err(other) => return Err(other),
    }
    let column = |field, sql_type| OutputColumn { model: "the view", field, sql_type };
    let compare = Statement {
        sql: catalogue::COMPARE_VIEWS.into(),
        params: vec![(SqlValue::Text(name), SqlType::Text)],
        columns: [column("its kind", SqlType::Text), column("its query", SqlType::Bool)].into(),
        ..Statement::default()
    };
    let decoder = Decoder::Fn(|row: &mut Reader<'_>| {
        Ok((row.column::<Option<String>>()?, row.column::<bool>()?))
    });
    let found = execute::rows(db, &compare, &decoder).await?;
    unit.rollback().await?;
    Ok(match found.into_iter().next() {
        None | Some((None, _)) => Some(ViewProblem::Missing),
        Some((Some(kind), _)) if kind != wanted => Some(ViewProblem::OtherKind),
        Some((_, false)) => Some(ViewProblem::OtherQuery),
        Some((_, true)) => None,
    })
}
