//! A run that is killed at any statement, before the server gets it or before its answer comes: the next
//! run goes on, and leads to the same. `MIGRATE_EVERY=1 cargo test -p orm-migrate --test killed` kills at
//! every single one.

use orm_migrate::file::{Migration, MigrationName};
use orm_migrate::graph::Graph;
use orm_migrate::introspect;
use orm_migrate::run::{Runner, Target};
use orm_sql::error::{Error, Result};
use orm_sql::exec::transaction::{CommitHook, OnCommit, TransactionOptions};
use orm_sql::exec::{Backend, BoxFuture, Command, Cursor, Executor, Job, Statement, Unit};
use orm_sql::row::RowSink;
use orm_sql::schema::Table;
use orm_testkit::TestDatabase;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// How many statements are left to a process.
#[derive(Clone)]
struct Life {
    left: Arc<AtomicI64>,
    /// The statement that kills it is run all the same.
    runs_the_last: bool,
}

impl Life {
    /// What becomes of the next statement: it runs, or it runs and nobody hears of it, or neither.
    async fn next<T>(&self, statement: impl Future<Output = Result<T>>) -> Result<T> {
        let dead = || Error::Connection { message: "killed".into(), source: None };
        match self.left.fetch_sub(1, Ordering::SeqCst) {
            2.. => statement.await,
            1 if self.runs_the_last => {
                statement.await?;
                Err(dead())
            }
            _ => Err(dead()),
        }
    }
}

/// What runs statements as long as it lives.
struct Mortal<B> {
    backend: B,
    life: Life,
}

impl<B: Backend> Executor for Mortal<B> {
    fn as_dyn(&self) -> &dyn Backend {
        self
    }
}

impl<B: Backend> Backend for Mortal<B> {
    fn as_executor(&self) -> &dyn Executor {
        self
    }

    fn run<'a>(
        &'a self,
        statement: &'a Statement,
        sink: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64>> {
        Box::pin(self.life.next(self.backend.run(statement, sink)))
    }

    fn run_all<'a>(&'a self, jobs: Vec<Job<'a>>) -> BoxFuture<'a, Result<Vec<u64>>> {
        Box::pin(self.life.next(self.backend.run_all(jobs)))
    }

    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn Cursor + 'a>>> {
        Box::pin(self.life.next(self.backend.open(statement)))
    }

    fn command<'a>(&'a self, command: Command<'a>) -> BoxFuture<'a, Result<u64>> {
        Box::pin(self.life.next(self.backend.command(command)))
    }

    fn begin_unit(&self, options: TransactionOptions) -> BoxFuture<'_, Result<Box<dyn Unit>>> {
        Box::pin(async move {
            let unit = self.life.next(self.backend.begin_unit(options)).await?;
            let backend = Inside(unit);
            Ok(Box::new(Mortal { backend, life: self.life.clone() }) as Box<dyn Unit>)
        })
    }

    fn after_commit(&self, work: CommitHook) -> OnCommit {
        self.backend.after_commit(work)
    }

    fn in_transaction(&self) -> bool {
        self.backend.in_transaction()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        self.backend.sleep(time)
    }
}

impl Unit for Mortal<Inside> {
    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        let Mortal { backend, life } = *self;
        Box::pin(async move { life.next(backend.0.commit()).await })
    }

    fn rollback(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        let Mortal { backend, life } = *self;
        Box::pin(async move { life.next(backend.0.rollback()).await })
    }

    fn may_succeed_again(&self) -> bool {
        self.backend.0.may_succeed_again()
    }
}

/// A pool, or a transaction, as what does the work.
macro_rules! forwarded {
    ($([$($generics:tt)*] $name:ty, |$self:ident| $inner:expr;)*) => {$(
        impl<$($generics)*> Backend for $name {
            fn as_executor(&$self) -> &dyn Executor {
                $inner.as_executor()
            }
            fn run<'b>(&'b $self, statement: &'b Statement, sink: &'b mut dyn RowSink) -> BoxFuture<'b, Result<u64>> {
                $inner.run(statement, sink)
            }
            fn run_all<'b>(&'b $self, jobs: Vec<Job<'b>>) -> BoxFuture<'b, Result<Vec<u64>>> {
                $inner.run_all(jobs)
            }
            fn open<'b>(&'b $self, statement: Statement) -> BoxFuture<'b, Result<Box<dyn Cursor + 'b>>> {
                $inner.open(statement)
            }
            fn command<'b>(&'b $self, command: Command<'b>) -> BoxFuture<'b, Result<u64>> {
                $inner.command(command)
            }
            fn begin_unit(&$self, options: TransactionOptions) -> BoxFuture<'_, Result<Box<dyn Unit>>> {
                $inner.begin_unit(options)
            }
            fn after_commit(&$self, work: CommitHook) -> OnCommit {
                $inner.after_commit(work)
            }
            fn in_transaction(&$self) -> bool {
                $inner.in_transaction()
            }
            fn sleep(&$self, time: Duration) -> BoxFuture<'static, ()> {
                $inner.sleep(time)
            }
        }
    )*};
}
struct Pool<'a>(&'a dyn Backend);
struct Inside(Box<dyn Unit>);
forwarded! {
    ['a] Pool<'a>, |self| self.0;
    [] Inside, |self| self.0;
}

const FILES: [(&str, &str); 3] = [
    (
        "0001_initial",
        r#"
id = "one"

[[operations]]
create_model = "Author"
table = "author"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "name", type = "varchar(100)" },
]

[[operations]]
create_model = "Book"
table = "book"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "title", type = "text", comment = "as printed" },
    { name = "author", foreign_key = "Author", on_delete = "cascade" },
    { name = "editors", many_to_many = "Author", table = "book_editors", sides = ["book", "author"] },
]
"#,
    ),
    (
        "0002_indexes",
        r#"
id = "two"
dependencies = ["0001_initial"]

[[operations]]
add_index = "Book"
name = "book_by_title"
fields = ["title"]
concurrently = true

[[operations]]
add_field = "Book.pages"
type = "integer"
fill = "0"

[[operations]]
add_index = "Book"
name = "book_by_pages"
fields = ["-pages"]
concurrently = true
"#,
    ),
    (
        "0003_names",
        r#"
id = "three"
dependencies = ["0002_indexes"]

[[operations]]
rename_model = "Book"
to = "Volume"
table = "volume"

[[operations]]
rename_field = "Author.name"
to = "full_name"

[[operations]]
add_check = "Volume"
name = "pages"
check = '"pages" >= 0'
"#,
    ),
];

async fn catalogue(db: &dyn Executor) -> Result<Vec<Table>> {
    let mut tables = introspect::tables(db, &[]).await?;
    tables.retain(|table| table.name.name != "orm_migrations");
    Ok(tables)
}

/// Kills runs to a target at each of their statements; each is followed by one that lives. Returns how
/// many statements that were.
async fn killed(
    db: &TestDatabase,
    graph: &Graph,
    (from, to): (&Target, &Target),
    wanted: &[Table],
) -> std::result::Result<i64, Box<dyn std::error::Error>> {
    let mut deaths = 0;
    // Every statement: `MIGRATE_EVERY=1`. By default each fourth, the others in between.
    let every = std::env::var("MIGRATE_EVERY").ok().and_then(|text| text.parse().ok()).unwrap_or(4);
    for (runs_the_last, first) in [(false, 1), (true, 1 + i64::try_from(every / 2)?)] {
        for statements in (first..).step_by(every) {
            Runner::new(graph).run(&**db, from).await?;
            let left = Arc::new(AtomicI64::new(statements));
            let life = Life { left, runs_the_last };
            let mortal = Mortal { backend: Pool(db.as_dyn()), life };
            if Runner::new(graph).run(&mortal, to).await.is_ok() {
                break;
            }
            deaths += 1;
            Runner::new(graph).run(&**db, to).await?;
            assert_eq!(catalogue(&**db).await?, wanted, "killed at statement {statements}");
        }
    }
    Ok(deaths)
}

#[tokio::test]
async fn a_run_that_is_killed_is_taken_up_by_the_next()
-> std::result::Result<(), Box<dyn std::error::Error>> {
    let name = |name: &str| MigrationName { app: String::new(), name: name.into() };
    let read = |(file, text): (&str, &str)| Migration::parse(name(file), text);
    let graph =
        Graph::of(FILES.into_iter().map(read).collect::<std::result::Result<Vec<_>, _>>()?)?;
    let db = TestDatabase::empty().await?;
    let (zero, latest) = (Target::Zero(String::new()), Target::Latest);
    Runner::new(&graph).run(&*db, &latest).await?;
    let wanted = catalogue(&*db).await?;
    let forwards = killed(&db, &graph, (&zero, &latest), &wanted).await?;
    let backwards = killed(&db, &graph, (&latest, &zero), &[]).await?;
    println!("killed {forwards} times forwards, {backwards} times backwards");
    assert!(forwards > 20 && backwards > 20, "{forwards}, {backwards}");
    Ok(())
}
