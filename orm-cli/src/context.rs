//! What commands work with.

use crate::Result;
use crate::args::Global;
use crate::output::Output;
use orm_core::ir::{ModelMeta, models};
use orm_migrate::embed::Embedded;
use orm_migrate::folder::Folder;
use orm_migrate::graph::Graph;
use orm_migrate::state::ProjectState;
use orm_postgres::{Database, DatabaseBuilder};
use std::future::Future;
use std::path::Path;
use std::pin::Pin;

/// How the database is reached: with what was said of it.
pub(crate) type Connect =
    Box<dyn Fn(DatabaseBuilder) -> Pin<Box<dyn Future<Output = orm_sql::Result<Database>>>>>;

/// Lists the tenants.
pub(crate) type List =
    Box<dyn Fn(Database) -> Pin<Box<dyn Future<Output = orm_sql::Result<Vec<String>>>>>>;

/// What a program says of its tenants.
#[derive(Default)]
pub(crate) struct TenantSettings {
    pub(crate) list: Option<List>,
    /// The apps whose tables each tenant has; all without any.
    pub(crate) apps: Option<Vec<String>>,
}

/// What a command works with: the database, the migrations, the models of the program.
pub struct Context {
    pub(crate) url: Option<String>,
    pub(crate) output: Output,
    embedded: Embedded,
    folder: Folder,
    /// The folder that was named, or that the program was built with, is there.
    has_folder: bool,
    connect: Option<Connect>,
    /// `makemigrations` writes operations that hold up nobody.
    pub(crate) safe: bool,
    pub(crate) tenants: TenantSettings,
}

impl Context {
    pub(crate) fn new(
        global: &Global,
        embedded: Embedded,
        connect: Option<Connect>,
        safe: bool,
        tenants: TenantSettings,
    ) -> Context {
        let built = Path::new(embedded.folder());
        let folder = Folder::new(global.migrations.as_deref().unwrap_or(built));
        let has_folder = global.migrations.is_some() || built.is_dir();
        let output = Output::new(global);
        let url = global.database_url.clone();
        Context { url, output, embedded, folder, has_folder, connect, safe, tenants }
    }

    /// Connects to the database.
    ///
    /// # Errors
    ///
    /// When nobody has said which one it is, or it cannot be reached.
    pub async fn database(&self) -> Result<Database> {
        self.connect_to(Database::builder().url(self.url()?)).await
    }

    /// The same server, and another of its databases.
    pub(crate) async fn other_database(&self, name: &str) -> Result<Database> {
        self.connect_to(Database::builder().url(self.url()?).dbname(name)).await
    }

    async fn connect_to(&self, builder: DatabaseBuilder) -> Result<Database> {
        // A migration without a transaction needs a second connection for its lock.
        let builder = builder.application_name("manage").max_connections(4);
        let connected = match &self.connect {
            Some(connect) => connect(builder).await,
            None => builder.connect().await,
        };
        connected.map_err(|error| match error.to_string() {
            // The server was reached, and has no such database.
            text if text.contains("FATAL: database") && text.ends_with("does not exist") => {
                format!("{text}; `createdb` makes it").into()
            }
            _ => error.into(),
        })
    }

    pub(crate) fn url(&self) -> Result<&str> {
        let missing = "which database? Set DATABASE_URL (in the environment, or in a file .env), or say \
                       --database-url postgres://user:password@host/name";
        Ok(self.url.as_deref().ok_or(missing)?)
    }

    /// The migrations: those of the folder where it is there, else those that the program was built
    /// with.
    ///
    /// # Errors
    ///
    /// When a file says no migration, or they are no graph.
    pub fn graph(&self) -> Result<Graph> {
        Ok(if self.has_folder { self.folder.read()? } else { self.embedded.graph()? })
    }

    /// The folder of migrations.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The models of the program.
    pub fn models(&self) -> Vec<&'static ModelMeta> {
        models()
    }

    /// What the models say now.
    pub(crate) fn state(&self) -> Result<ProjectState> {
        Ok(ProjectState::of_models(&models())?)
    }

    /// True where other programs read what is printed.
    pub fn is_json(&self) -> bool {
        self.output.json
    }
}
