//! The program: what was said is read, and a command runs.

use crate::args::{Command, Global};
use crate::commands;
use crate::context::{Connect, Context, TenantSettings};
use crate::output::{BAD, styled};
use crate::{Result, clap};
use anstream::eprintln;
use clap::{ArgMatches, FromArgMatches as _, Subcommand as _};
use orm_migrate::embed::Embedded;
use orm_postgres::{Database, DatabaseBuilder};
use std::ffi::OsString;
use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;

/// The program `manage`, with what is its own.
///
/// ```no_run
/// use orm::cli::{Context, Manage, clap};
///
/// orm::manage!(Manage::new(orm::migrations!()).command(
///     clap::Command::new("greet").about("Say hello to the database"),
///     async |context: Context, _| {
///         let db = context.database().await?;
///         println!("hello, {}", db.dbname());
///         Ok(())
///     },
/// ));
/// ```
#[must_use = "nothing happens before `main`"]
pub struct Manage {
    embedded: Embedded,
    connect: Option<Connect>,
    safe: bool,
    tenants: TenantSettings,
    own: Vec<Own>,
}

/// A command of the program's own.
struct Own {
    command: clap::Command,
    run: Box<dyn Fn(Context, ArgMatches) -> Running>,
}

type Running = Pin<Box<dyn Future<Output = Result>>>;

impl Manage {
    /// The program with these migrations.
    pub fn new(migrations: Embedded) -> Self {
        let tenants = TenantSettings::default();
        Manage { embedded: migrations, connect: None, safe: false, tenants, own: Vec::new() }
    }

    /// How the database is reached, where its address is not enough: certificates, passwords that
    /// come from elsewhere. The builder knows the address.
    ///
    /// ```no_run
    /// use orm::cli::Manage;
    ///
    /// orm::manage!(
    ///     Manage::new(orm::migrations!())
    ///         .connect(async |db| db.ssl_root_cert("certificates/root.pem").connect().await)
    /// );
    /// ```
    pub fn connect<F>(mut self, connect: F) -> Self
    where
        F: AsyncFn(DatabaseBuilder) -> orm_sql::Result<Database> + Clone + 'static,
    {
        self.connect = Some(Box::new(move |builder| {
            let connect = connect.clone();
            Box::pin(async move { connect(builder).await })
        }));
        self
    }

    /// `makemigrations` always writes operations that do not hold up who uses the tables, as with `--safe`.
    /// For a single one, `--safe=false` says otherwise.
    ///
    /// ```no_run
    /// use orm::cli::Manage;
    ///
    /// orm::manage!(Manage::new(orm::migrations!()).safe());
    /// ```
    pub fn safe(mut self) -> Self {
        self.safe = true;
        self
    }

    /// The tenants, where each has a schema of its own: their names, for `migrate --all-tenants`.
    ///
    /// ```no_run
    /// use orm::cli::Manage;
    /// # use orm::prelude::*;
    /// # #[derive(Model, Clone)] pub struct Customer { pub id: i64, pub schema: String }
    ///
    /// orm::manage!(
    ///     Manage::new(orm::migrations!())
    ///         .tenants(async |db| Customer::objects().values(|c| c.schema()).all(&db).await)
    /// );
    /// ```
    pub fn tenants<F>(mut self, list: F) -> Self
    where
        F: AsyncFn(Database) -> orm_sql::Result<Vec<String>> + Clone + 'static,
    {
        self.tenants.list = Some(Box::new(move |db| {
            let list = list.clone();
            Box::pin(async move { list(db).await })
        }));
        self
    }

    /// The apps whose tables each tenant has. Those of all other apps are shared by the tenants:
    /// `migrate` makes them without `--tenant`, and leaves out these.
    ///
    /// ```no_run
    /// use orm::cli::Manage;
    ///
    /// orm::manage!(Manage::new(orm::migrations!()).tenant_apps(["shop", "stock"]));
    /// ```
    pub fn tenant_apps(mut self, apps: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.tenants.apps = Some(apps.into_iter().map(Into::into).collect());
        self
    }

    /// A command of the program's own, beside or instead of one that is there.
    pub fn command<F>(mut self, command: clap::Command, run: F) -> Self
    where
        F: AsyncFn(Context, ArgMatches) -> Result + Clone + 'static,
    {
        let run = Box::new(move |context, matches| {
            let run = run.clone();
            Box::pin(async move { run(context, matches).await }) as Running
        });
        self.own.push(Own { command, run });
        self
    }

    /// Runs what the command line says.
    pub fn main(self) -> ExitCode {
        // A file .env that is not there is nothing to speak of.
        let _ = dotenvy::dotenv();
        let mut command = self.clap();
        let matches = command.get_matches_mut();
        let run = || -> Result<ExitCode> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(self.run(&command, &matches))
        };
        match run() {
            Ok(code) => code,
            Err(error) => {
                eprintln!("{}: {error}", styled(BAD, "error"));
                ExitCode::FAILURE
            }
        }
    }

    /// Runs a command from a program, or from a test.
    ///
    /// ```no_run
    /// use orm::cli::Manage;
    ///
    /// # async fn f() -> orm::cli::Result {
    /// let manage = Manage::new(orm::migrations!());
    /// manage.call(["loaddata", "books", "--verbosity", "0"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What is wrong with the arguments, and what the command fails with.
    pub async fn call<T: Into<OsString> + Clone>(
        self,
        arguments: impl IntoIterator<Item = T>,
    ) -> Result<ExitCode> {
        let mut command = self.clap();
        let arguments = arguments.into_iter().map(Into::into);
        let arguments = std::iter::once(OsString::from("manage")).chain(arguments);
        let matches = command.try_get_matches_from_mut(arguments)?;
        self.run(&command, &matches).await
    }

    fn clap(&self) -> clap::Command {
        let names: Vec<&str> = self.own.iter().map(|own| own.command.get_name()).collect();
        let theirs = Command::augment_subcommands(<Global as clap::CommandFactory>::command());
        let mut command = <Global as clap::CommandFactory>::command().subcommand_required(true);
        let theirs = theirs.get_subcommands().filter(|one| !names.contains(&one.get_name()));
        command = command.subcommands(theirs.cloned());
        command.subcommands(self.own.iter().map(|own| own.command.clone()))
    }

    async fn run(self, command: &clap::Command, matches: &ArgMatches) -> Result<ExitCode> {
        let global = Global::from_arg_matches(matches)?;
        let context = Context::new(&global, self.embedded, self.connect, self.safe, self.tenants);
        if let Some((name, matches)) = matches.subcommand()
            && let Some(own) = self.own.iter().find(|own| own.command.get_name() == name)
        {
            (own.run)(context, matches.clone()).await?;
            return Ok(ExitCode::SUCCESS);
        }
        match Command::from_arg_matches(matches)? {
            Command::Completions { shell } => {
                let mut command = command.clone();
                let name = program_name();
                clap_complete::generate(shell, &mut command, name, &mut std::io::stdout());
                Ok(ExitCode::SUCCESS)
            }
            command => commands::run(&context, command).await,
        }
    }
}

/// What the program is called.
fn program_name() -> String {
    let path = std::env::args_os().next();
    let path = path.as_deref().map(std::path::Path::new);
    let name = path.and_then(|path| path.file_stem()).and_then(|name| name.to_str());
    name.unwrap_or("manage").to_owned()
}
