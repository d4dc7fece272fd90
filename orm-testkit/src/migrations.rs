//! Databases made by the migrations of an application, or from its models.

use crate::database::{TestDatabase, TestError};
use orm_core::ir::models;
use orm_core::tables::create_tables_sql_of;
use orm_migrate::embed::Embedded;
use orm_migrate::make::missing;
use orm_migrate::state::ProjectState;

impl TestDatabase {
    /// A database that the migrations have made: what is tested is what will be deployed. They run
    /// once for each test process.
    ///
    /// ```no_run
    /// use orm_testkit::TestDatabase;
    ///
    /// static MIGRATIONS: orm::migrate::Embedded = orm::migrations!();
    ///
    /// # async fn test() -> Result<(), Box<dyn std::error::Error>> {
    /// let db = TestDatabase::from_migrations(&MIGRATIONS).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`TestError`] where there is no server, a migration fails, or there are none.
    pub async fn from_migrations(migrations: &Embedded) -> Result<TestDatabase, TestError> {
        if migrations.graph()?.iter().next().is_none() && !models().is_empty() {
            return Err(TestError::NoMigrations(migrations.folder().to_owned()));
        }
        let name = format!("migrations in {}", migrations.folder());
        let setup = async |db: &orm_postgres::Database| {
            migrations.run(db).await.map(drop).map_err(TestError::from)
        };
        Self::from_template_with(&name, setup).await
    }

    /// A database with the tables of all models of the program, made in one batch: as fast as it can
    /// be, whatever number of migrations there is. [`check_migrations`] says when these lead elsewhere.
    ///
    /// ```no_run
    /// # async fn test() -> Result<(), Box<dyn std::error::Error>> {
    /// let db = orm_testkit::TestDatabase::from_models().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`TestError`] where there is no server, or a model has no table that could be made.
    pub async fn from_models() -> Result<TestDatabase, TestError> {
        let setup = async |db: &orm_postgres::Database| {
            let statements = create_tables_sql_of(&models())?;
            Ok(db.batch_execute(&statements.join(";\n")).await?)
        };
        Self::from_template_with("all models", setup).await
    }
}

/// Whether the migrations lead to the models of the program.
///
/// ```no_run
/// static MIGRATIONS: orm::migrate::Embedded = orm::migrations!();
///
/// #[test]
/// fn no_migration_is_missing() -> Result<(), orm_testkit::TestError> {
///     orm_testkit::check_migrations(&MIGRATIONS)
/// }
/// ```
///
/// # Errors
///
/// [`TestError::Differs`] with what a new migration would do.
pub fn check_migrations(migrations: &Embedded) -> Result<(), TestError> {
    let after = ProjectState::of_models(&models())?;
    let graph = migrations.graph()?;
    let operations = missing(&graph, &after).map_err(orm_migrate::error::Error::from)?;
    if operations.is_empty() { Ok(()) } else { Err(TestError::Differs(operations)) }
}
