//! What can be said on the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Migrations made from the models, and databases looked after.
#[derive(Debug, Parser)]
#[command(name = "manage", disable_help_subcommand = true, arg_required_else_help = true)]
pub struct Global {
    /// The database: postgres://user:password@host/name
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// The folder of migrations, where it is not the program's own
    #[arg(long, global = true, value_name = "DIR")]
    pub migrations: Option<PathBuf>,
    /// Print JSON for other programs
    #[arg(long, global = true)]
    pub json: bool,
    /// Colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// Print less: 0 nothing but errors, 1 as usual, 2 everything
    #[arg(short, long, global = true, default_value_t = 1, value_name = "LEVEL",
          value_parser = clap::value_parser!(u8).range(0..=3))]
    pub verbosity: u8,
}

/// When colours are printed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Color {
    /// On terminals.
    Auto,
    /// Into files and pipes as well.
    Always,
    /// Not at all.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write migrations for what has changed in the models
    Makemigrations(Makemigrations),
    /// Run migrations, or undo them
    Migrate(Migrate),
    /// Show which migrations there are, and which have run
    Showmigrations(Showmigrations),
    /// Print the SQL of a migration
    Sqlmigrate(Sqlmigrate),
    /// Put several migrations of an app into one
    Squashmigrations(Squashmigrations),
    /// Put a migration into fewer operations
    Optimizemigration(Optimizemigration),
    /// Look for mistakes in the models and migrations
    Check(Check),
    /// Print models for the tables of a live database
    Inspectdb(Inspectdb),
    /// Compare the models with a live database; end with 1 where they differ
    Diff(Diff),
    /// Remove all rows of all models
    Flush(Flush),
    /// Print the SQL that removes all rows of all models
    Sqlflush,
    /// Write the rows of models to a file, or print them
    Dumpdata(Dumpdata),
    /// Put the rows of files into the database: all of them, or none
    Loaddata(Loaddata),
    /// Draw the models and how they refer to each other
    Graph(Graph),
    /// Print the SQL that has the sequences of tables go on behind their largest key
    Sqlsequencereset(Apps),
    /// Open psql for the database
    Dbshell(Dbshell),
    /// Create the database
    Createdb,
    /// Drop the database
    Dropdb(Dropdb),
    /// Print what a shell needs to complete these commands
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

/// Write migrations for what has changed in the models.
#[derive(Args, Debug)]
pub struct Makemigrations {
    /// The apps; all without any
    pub apps: Vec<String>,
    /// Print what would be written
    #[arg(long)]
    pub dry_run: bool,
    /// Write a migration without operations
    #[arg(long)]
    pub empty: bool,
    /// Join branches that have both added migrations
    #[arg(long)]
    pub merge: bool,
    /// The name, behind the number
    #[arg(short, long)]
    pub name: Option<String>,
    /// Write nothing; end with 1 where something would be written
    #[arg(long)]
    pub check: bool,
    /// Operations that would hold up who uses a table are done step by step, without doing so
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true",
          require_equals = true)]
    pub safe: Option<bool>,
    #[command(flatten)]
    pub questions: Questions,
}

/// Answers that are given beforehand.
#[derive(Args, Clone, Debug, Default)]
pub struct Questions {
    /// Ask nothing
    #[arg(long, visible_alias = "no-input")]
    pub noinput: bool,
    /// A model or field has another name: library.Book=library.Novel, library.Book.name=title
    #[arg(long, value_name = "OLD=NEW")]
    pub renamed: Vec<String>,
    /// What is gone is not what is new
    #[arg(long, value_name = "OLD=NEW")]
    pub not_renamed: Vec<String>,
    /// A field gets another type, and a column without the values of rows: library.Book.author
    #[arg(long, value_name = "FIELD")]
    pub recreate: Vec<String>,
    /// What the rows that are there get, as SQL: library.Book.isbn="''"
    #[arg(long, value_name = "FIELD=SQL")]
    pub fill: Vec<String>,
}

/// Which tenants it is about, where they have a schema each.
#[derive(Args, Clone, Debug, Default)]
pub struct Tenants {
    /// The schema of a tenant, where tenants have a schema each; several are possible
    #[arg(long, value_name = "SCHEMA", conflicts_with = "all_tenants")]
    pub tenant: Vec<String>,
    /// All tenants, as the program lists them
    #[arg(long)]
    pub all_tenants: bool,
}

/// Run migrations, or undo them.
#[derive(Args, Debug)]
pub struct Migrate {
    /// The app; all without one
    pub app: Option<String>,
    /// The migration to go to, forwards or backwards; `zero` undoes all of the app
    pub migration: Option<String>,
    #[command(flatten)]
    pub tenants: Tenants,
    /// Make the schemas of these tenants where they are missing
    #[arg(long, requires = "tenant")]
    pub create_schema: bool,
    /// Note the migrations as run, without running them
    #[arg(long)]
    pub fake: bool,
    /// Note the first migration of an app as run where its tables are there, as it would make them
    #[arg(long)]
    pub fake_initial: bool,
    /// Forget what has run and has no file any more
    #[arg(long, requires = "app", conflicts_with_all = ["tenant", "all_tenants"])]
    pub prune: bool,
    /// Print what would be done
    #[arg(long)]
    pub plan: bool,
    /// Do nothing; end with 1 where something would be done
    #[arg(long)]
    pub check: bool,
    /// How long a statement waits for a lock before the migration is undone and tried again, in
    /// seconds; 0 for ever
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0)]
    pub lock_timeout: f64,
    /// How many times a migration is tried again because of a lock
    #[arg(long, value_name = "TIMES", default_value_t = 5)]
    pub retries: u32,
    /// Ask nothing
    #[arg(long, visible_alias = "no-input")]
    pub noinput: bool,
}

/// Show which migrations there are, and which have run.
#[derive(Args, Debug)]
pub struct Showmigrations {
    /// The apps; all without any
    pub apps: Vec<String>,
    /// App by app; the default
    #[arg(short, long, conflicts_with = "plan")]
    pub list: bool,
    /// In the order in which they run
    #[arg(short, long)]
    pub plan: bool,
    #[command(flatten)]
    pub tenants: Tenants,
}

/// Print the SQL of a migration.
#[derive(Args, Debug)]
pub struct Sqlmigrate {
    /// The app, or the migration where models name no app
    pub app: String,
    /// The migration
    pub migration: Option<String>,
    /// The SQL that undoes it
    #[arg(long)]
    pub backwards: bool,
}

/// Put several migrations of an app into one.
#[derive(Args, Debug)]
pub struct Squashmigrations {
    /// The app, or the migration where models name no app
    pub app: String,
    /// The first one; or the last, where none is named behind it; all without any
    pub from: Option<String>,
    /// The last one
    #[arg(conflicts_with = "with")]
    pub to: Option<String>,
    /// Another app at the same time, up to a migration, since they depend on each other
    #[arg(long, value_name = "APP[.MIGRATION]")]
    pub with: Vec<String>,
    /// The name, behind the number
    #[arg(long, value_name = "NAME", conflicts_with = "with")]
    pub squashed_name: Option<String>,
    /// Write it only if two empty databases, made for that on the server, become the same by the old
    /// migrations and by the new ones, tables and rows
    #[arg(long)]
    pub prove: bool,
    /// Print what would be written
    #[arg(long)]
    pub dry_run: bool,
    /// Ask nothing; nothing is asked
    #[arg(long, visible_alias = "no-input", hide = true)]
    pub noinput: bool,
}

/// Put a migration into fewer operations.
#[derive(Args, Debug)]
pub struct Optimizemigration {
    /// The app, or the migration where models name no app
    pub app: String,
    /// The migration
    pub migration: Option<String>,
    /// Write nothing; end with 1 where something would be written
    #[arg(long)]
    pub check: bool,
    /// Some databases have run it: those count as having run the new one
    #[arg(long)]
    pub new_id: bool,
}

/// Look for mistakes in the models and migrations.
#[derive(Args, Debug)]
pub struct Check {
    /// Ask the database as well: what has run, and whether its tables are those of the models
    #[arg(long)]
    pub database: bool,
    /// What matters on a live database
    #[arg(long)]
    pub deploy: bool,
    #[command(flatten)]
    pub tenants: Tenants,
}

/// Print models for the tables of a live database.
#[derive(Args, Debug)]
pub struct Inspectdb {
    /// The tables, or schema.table; all without any
    pub tables: Vec<String>,
    /// The schema; the current one without
    #[arg(long, value_name = "NAME")]
    pub schema: Vec<String>,
    /// Models for views, materialised views and foreign tables as well
    #[arg(long)]
    pub include_views: bool,
    /// Models for partitions as well
    #[arg(long)]
    pub include_partitions: bool,
    /// The app of the models
    #[arg(long)]
    pub app: Option<String>,
    /// Migrations leave the tables alone
    #[arg(long)]
    pub unmanaged: bool,
    /// A file to write to
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Compare the models with a live database.
#[derive(Args, Debug)]
pub struct Diff {
    /// Print the SQL that makes the database as the models are
    #[arg(long)]
    pub sql: bool,
    /// Write it as a migration of this app
    #[arg(long, value_name = "APP")]
    pub migration: Option<String>,
}

/// Remove all rows of all models.
#[derive(Args, Debug)]
pub struct Flush {
    /// Print the SQL
    #[arg(long)]
    pub sql: bool,
    /// Ask nothing
    #[arg(long, visible_alias = "no-input")]
    pub noinput: bool,
}

/// Write the rows of models to a file, or print them.
#[derive(Args, Debug)]
pub struct Dumpdata {
    /// Apps and models: `catalogue`, `catalogue.Book`; all without any
    #[arg(value_name = "APP[.MODEL]")]
    pub models: Vec<String>,
    /// What is left out
    #[arg(short, long, value_name = "APP[.MODEL]")]
    pub exclude: Vec<String>,
    /// All rows, whatever the managers of the models leave out: they are dumped anyway
    #[arg(short, long)]
    pub all: bool,
    /// Only the rows with these keys, of one model: 1,2,3; or a JSON list of them
    #[arg(long, value_name = "KEYS")]
    pub pks: Option<String>,
    /// One object a line, or an array
    #[arg(long, value_enum)]
    pub format: Option<FixtureFormat>,
    /// A line for every field, so many blanks to the right
    #[arg(long, value_name = "BLANKS")]
    pub indent: Option<usize>,
    /// The file
    #[arg(short, long)]
    pub output: Option<PathBuf>,
    /// Refer to rows by their natural keys, where they have one
    #[arg(long)]
    pub natural_foreign: bool,
    /// Leave out the keys of rows with a natural key
    #[arg(long)]
    pub natural_primary: bool,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FixtureFormat {
    /// One object a line.
    Jsonl,
    /// An array.
    Json,
}

/// Draw the models and how they refer to each other.
#[derive(Args, Debug)]
pub struct Graph {
    /// The apps; all without any
    pub apps: Vec<String>,
    /// Mermaid, Graphviz, or a picture; by the name of the file where there is one
    #[arg(short, long, value_enum)]
    pub format: Option<GraphFormat>,
    /// The file
    #[arg(short, long)]
    pub output: Option<PathBuf>,
    /// Without fields
    #[arg(long)]
    pub no_fields: bool,
}

/// How models are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// `erDiagram`.
    Mermaid,
    /// For Graphviz.
    Dot,
    /// A picture.
    Svg,
}

/// Put the rows of files into the database: all of them, or none.
#[derive(Args, Debug)]
pub struct Loaddata {
    /// The files; `-` for what comes in. Without a folder they are looked for in `fixtures` as well
    #[arg(required = true, value_name = "FIXTURE")]
    pub fixtures: Vec<String>,
    /// Look for the files in the folder of this app only: fixtures/APP
    #[arg(long)]
    pub app: Option<String>,
    /// Pass over models and fields that there are not
    #[arg(short, long, visible_alias = "ignore-nonexistent")]
    pub ignorenonexistent: bool,
    /// What is left out
    #[arg(short, long, value_name = "APP[.MODEL]")]
    pub exclude: Vec<String>,
}

/// Apps.
#[derive(Args, Debug)]
pub struct Apps {
    /// The apps; all without any
    pub apps: Vec<String>,
}

/// Open psql for the database.
#[derive(Args, Debug)]
pub struct Dbshell {
    /// What psql gets
    #[arg(last = true)]
    pub args: Vec<String>,
}

/// Drop the database.
#[derive(Args, Debug)]
pub struct Dropdb {
    /// Close the connections to it
    #[arg(long)]
    pub force: bool,
    /// Ask nothing
    #[arg(long, visible_alias = "no-input")]
    pub noinput: bool,
}
