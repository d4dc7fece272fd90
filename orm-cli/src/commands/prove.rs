//! `squashmigrations --prove`: two empty databases, made by the old migrations and by the new ones.

use crate::Result;
use crate::context::Context;
use orm_migrate::file::{Migration, MigrationName};
use orm_migrate::graph::Graph;
use orm_migrate::run::{Proof, prove};
use orm_postgres::Database;
use orm_sql::exec::Executor;
use orm_sql::schema::Change;

/// The database that every server has, from which others are made.
const MAINTENANCE: &str = "postgres";

/// Fails where the databases are not the same; returns what this cannot show.
pub async fn run(context: &Context, graph: &Graph, new: &[Migration]) -> Result<Vec<String>> {
    let graph = Graph::of(graph.files().chain(new).cloned())?;
    let squashes: Vec<MigrationName> = new.iter().map(|one| one.name.clone()).collect();
    let name = Database::builder().url(context.url()?).get_dbname()?;
    let number = std::process::id();
    let names = ["old", "new"].map(|side| format!("{name}_squash_{side}_{number}"));
    let server = context.other_database(MAINTENANCE).await?;
    let proof = compare(context, &graph, &squashes, &server, &names).await;
    for name in names {
        let change = Change::DropDatabase { name, if_exists: true, force: true };
        server.as_executor().batch_execute(&change.sql()).await?;
    }
    let Proof { differences, unknown } = proof?;
    if !differences.is_empty() {
        let lines = differences.join("\n  ");
        return Err(format!(
            "the new leads elsewhere than the old; nothing is written:\n  {lines}"
        )
        .into());
    }
    Ok(unknown)
}

async fn compare(
    context: &Context,
    graph: &Graph,
    squashes: &[MigrationName],
    server: &Database,
    names: &[String; 2],
) -> Result<Proof> {
    for name in names {
        let change = Change::CreateDatabase { name: name.clone(), template: None };
        server.as_executor().batch_execute(&change.sql()).await?;
    }
    let [old, new] = names;
    let (old, new) = (context.other_database(old).await?, context.other_database(new).await?);
    let proof = prove(graph, squashes, old.as_executor(), new.as_executor()).await;
    old.close().await;
    new.close().await;
    Ok(proof?)
}
