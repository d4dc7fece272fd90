//! A database for each test, copied from a template that is made once.

use crate::server::{Server, ServerError};
use orm_postgres::{Database, PrefetchMode};
use orm_sql::Result;
use orm_sql::exec::transaction::Transaction;
use orm_sql::exec::{Backend, Executor};
use orm_sql::schema::Change;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use tokio::sync::{Mutex, OnceCell};

/// Why a test has no database. `Debug`, which is what a test that returns it prints, is the kind and the
/// message.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum TestError {
    /// There is no server.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The server refused something.
    #[error(transparent)]
    Database(#[from] orm_sql::Error),
    /// A migration cannot be read, or fails.
    #[error(transparent)]
    Migration(#[from] orm_migrate::error::Error),
    /// The migrations lead to something else than the models: what a new one would do.
    #[error(
        "the models have changes that are not in a migration: {}; run `makemigrations`", .0.join("; ")
    )]
    Differs(Vec<String>),
    /// There are models, and no migrations of them.
    #[error("there are no migrations in {0}: run `makemigrations`")]
    NoMigrations(String),
}

impl std::fmt::Debug for TestError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self {
            TestError::Server(_) => "Server",
            TestError::Database(_) => "Database",
            TestError::Migration(_) => "Migration",
            TestError::Differs(_) => "Differs",
            TestError::NoMigrations(_) => "NoMigrations",
        };
        write!(f, "{kind}: {self}")
    }
}

/// A database of a test's own. It is dropped with this value.
///
/// It dereferences to [`Database`] and is an executor itself, so it is passed wherever one of them
/// is expected.
pub struct TestDatabase {
    database: Database,
    server: Server,
    name: String,
}

impl Deref for TestDatabase {
    type Target = Database;
    fn deref(&self) -> &Database {
        &self.database
    }
}

#[diagnostic::do_not_recommend]
impl Executor for TestDatabase {
    fn as_dyn(&self) -> &dyn Backend {
        self.database.as_dyn()
    }
}

impl std::fmt::Debug for TestDatabase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestDatabase").field("name", &self.name).finish_non_exhaustive()
    }
}

type Template = Arc<OnceCell<String>>;

/// The templates of this process by their names.
static TEMPLATES: LazyLock<Mutex<HashMap<String, Template>>> = LazyLock::new(Mutex::default);

impl TestDatabase {
    /// An empty database.
    ///
    /// # Errors
    ///
    /// [`TestError`] where there is no server, or it refuses.
    pub async fn empty() -> Result<TestDatabase, TestError> {
        Self::copy_of("template0").await
    }

    /// A copy of a template. The first call of the process under this name makes the template by
    /// running `setup` on an empty database.
    ///
    /// # Errors
    ///
    /// [`TestError`] where there is no server, or what `setup` fails with.
    pub async fn from_template<F>(name: &str, setup: F) -> Result<TestDatabase, TestError>
    where
        F: AsyncFnOnce(&Database) -> orm_sql::Result<()>,
    {
        Self::from_template_with(name, async |db: &Database| Ok(setup(db).await?)).await
    }

    pub(crate) async fn from_template_with<F>(
        name: &str,
        setup: F,
    ) -> Result<TestDatabase, TestError>
    where
        F: AsyncFnOnce(&Database) -> Result<(), TestError>,
    {
        let template = TEMPLATES.lock().await.entry(name.to_owned()).or_default().clone();
        let made = template.get_or_try_init(async || {
            let database = Self::empty().await?;
            setup(&database).await?;
            // A template must have no connection open, and must outlive this value.
            database.database.close().await;
            Ok::<_, TestError>(database.keep())
        });
        Self::copy_of(made.await?).await
    }

    /// The URL of this database, for tools and other processes.
    pub fn url(&self) -> String {
        self.server.database_url(&self.name)
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    async fn copy_of(template: &str) -> Result<TestDatabase, TestError> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = Server::for_tests()?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        let admin = Database::builder().url(server.url()).max_connections(1).connect().await?;
        let left = Change::DropDatabase { name: name.clone(), if_exists: true, force: false };
        admin.batch_execute(&left.sql()).await?;
        let template = Some(template.to_owned());
        let copy = Change::CreateDatabase { name: name.clone(), template };
        admin.batch_execute(&copy.sql()).await?;
        admin.close().await;
        // The same statements however slow the machine is.
        let builder = Database::builder().prefetch_mode(PrefetchMode::ByKeys);
        let database = builder.url(&server.database_url(&name)).connect().await?;
        Ok(TestDatabase { database, server, name })
    }

    /// The name of the database, which is then not dropped.
    fn keep(mut self) -> String {
        std::mem::take(&mut self.name)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if self.name.is_empty() {
            return;
        }
        let (url, name) = (self.server.url().to_owned(), std::mem::take(&mut self.name));
        // A test may end on any runtime or on none, so this runs on one of its own. A failure
        // leaves a database behind on a server that goes away by itself.
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let dropped = runtime.map(|runtime| {
                runtime.block_on(async {
                    let admin = Database::builder().url(&url).max_connections(1).connect().await?;
                    let drop = Change::DropDatabase { name, if_exists: false, force: true };
                    admin.batch_execute(&drop.sql()).await
                })
            });
            drop(dropped);
        });
        thread.join().ok();
    }
}

/// Runs a test in a transaction that is rolled back at the end: nothing it writes stays.
///
/// ```no_run
/// # async fn test(db: orm_testkit::TestDatabase) -> orm_sql::Result<()> {
/// orm_testkit::rolled_back(&db, async |tx| {
///     tx.batch_execute("DELETE FROM book").await
/// }).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// The test's own, or the server's.
pub async fn rolled_back<T, F>(database: &Database, test: F) -> orm_sql::Result<T>
where
    F: AsyncFnOnce(&Transaction) -> orm_sql::Result<T>,
{
    let transaction = database.begin().await?;
    let result = test(&transaction).await;
    transaction.rollback().await?;
    result
}
