//! The locks that operations take, and whether they write tables anew: measured in the transaction,
//! before it ends. The table in the book is what is measured; `LOCKS=write cargo test -p orm-migrate
//! --test locks` writes it again.

use orm_core::tables::state::{
    CheckState, FieldKind, FieldState, IndexState, KeyState, ModelName, ModelState, OnDeleteState,
    PartState, UniqueState, ViolationState,
};
use orm_migrate::diff::Hints;
use orm_migrate::lint::{RULES, Rewrite, Rule, rewrite};
use orm_migrate::operation::{self, ConstraintState, Operation, Options, Work};
use orm_migrate::state::ProjectState;
use orm_sql::exec::Executor;
use orm_sql::ident::RawSql;
use orm_sql::schema::{Change, ColumnType, Fill, TableName};
use orm_sql::value::SqlType;
use orm_testkit::TestDatabase;

#[path = "property/texts.rs"]
mod texts;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const BOOK: &str = "../docs/book/migration-locks.md";

fn book() -> ModelName {
    ModelName::new("library", "Book")
}

fn key(name: &str, null: bool) -> FieldState {
    let to = ModelName::new("library", "Author");
    let kind = FieldKind::Key(KeyState {
        columns: vec![format!("{name}_id")],
        to,
        to_field: None,
        one_to_one: false,
        on_delete: OnDeleteState::Cascade,
        db_constraint: true,
        deferrable: None,
    });
    FieldState { null, ..FieldState::new(name, kind) }
}

/// Two models with some rows.
fn start() -> ProjectState {
    let mut id = FieldState::column("id", SqlType::Int8.into());
    id.fill = Fill::Identity;
    let model = |name: &str, table: &str, fields: Vec<FieldState>| ModelState {
        primary_key: vec!["id".into()],
        fields: [vec![id.clone()], fields].concat(),
        ..ModelState::new(ModelName::new("library", name), table)
    };
    let mut state = ProjectState::default();
    state.insert(model("Author", "library_author", vec![]));
    let maybe = FieldState { null: true, ..FieldState::column("isbn", ColumnType::Varchar(13)) };
    let title = FieldState::column("title", ColumnType::Varchar(100));
    let pages = FieldState::column("pages", SqlType::Int4.into());
    let mut of_book =
        model("Book", "library_book", vec![title, pages, maybe, key("author", false)]);
    of_book.indexes.push(index("book_by_title"));
    of_book.checks.push(check("book_pages", "\"pages\" > 0"));
    state.insert(of_book);
    state
}

fn index(name: &str) -> IndexState {
    let parts = vec![PartState::field("title")];
    IndexState { name: Some(name.into()), ..IndexState::new(parts) }
}

fn check(name: &str, condition: &str) -> CheckState {
    let violation = ViolationState::default();
    CheckState { name: Some(name.into()), condition: RawSql::new(condition), violation }
}

/// What is said as it is measured, with the operation.
fn operations() -> Vec<(&'static str, Operation)> {
    let book = book;
    let add = |field: FieldState, fill: Option<&str>| Operation::AddField {
        model: book(),
        field: Box::new(field),
        fill: fill.map(RawSql::new),
    };
    let column = |name: &str| FieldState::column(name, SqlType::Int4.into());
    let filled =
        |fill: &str| FieldState { fill: Fill::Default(RawSql::new(fill)), ..column("new") };
    let alter = |field: FieldState, fill: Option<&str>| Operation::AlterField {
        model: book(),
        field: Box::new(field),
        fill: fill.map(RawSql::new),
        using: None,
    };
    let typed =
        |name: &str, column_type: ColumnType| alter(FieldState::column(name, column_type), None);
    let isbn = |null| FieldState { null, ..FieldState::column("isbn", ColumnType::Varchar(13)) };
    let unique = UniqueState { name: Some("once".into()), ..UniqueState::new(index("x").parts) };
    let constraint = |constraint: ConstraintState, not_valid| Operation::AddConstraint {
        model: book(),
        constraint: Box::new(constraint),
        not_valid,
    };
    let over = || check("short", "length(\"title\") < 90");
    let name = |text: &str| text.to_owned();
    let created = ModelState {
        fields: vec![key("author", false)],
        ..ModelState::new(ModelName::new("library", "Loan"), "library_loan")
    };
    let options = Options {
        comment: Some("what we lend".into()),
        ..Options::of(start().model(&book()).unwrap())
    };
    vec![
        ("create a model with a foreign key", Operation::CreateModel(Box::new(created))),
        ("delete a model", Operation::DeleteModel(book())),
        (
            "rename a model and its table",
            Operation::RenameModel {
                from: book(),
                to: ModelName::new("library", "Volume"),
                table: Some(TableName::new("library_volume")),
            },
        ),
        ("change the comment", Operation::AlterOptions { model: book(), options }),
        ("add a field that may be NULL", add(FieldState { null: true, ..column("new") }, None)),
        ("add a field with a constant default", add(filled("1"), None)),
        ("add a field, rows get a value once", add(column("new"), Some("1"))),
        ("add a field with a volatile default", add(filled("(random() * 9)::integer"), None)),
        (
            "add a generated field",
            add(
                FieldState {
                    fill: Fill::Generated(RawSql::new("\"pages\" * 2")),
                    null: true,
                    ..column("new")
                },
                None,
            ),
        ),
        ("add a foreign key field", add(key("editor", true), None)),
        ("add a unique field", add(FieldState { unique: true, null: true, ..column("new") }, None)),
        ("remove a field", Operation::RemoveField { model: book(), name: name("isbn") }),
        (
            "rename a field",
            Operation::RenameField { model: book(), from: name("isbn"), to: name("number") },
        ),
        ("make varchar longer", typed("title", ColumnType::Varchar(200))),
        ("make varchar shorter", typed("title", ColumnType::Varchar(90))),
        ("make varchar text", typed("title", SqlType::Text.into())),
        ("make integer bigint", typed("pages", SqlType::Int8.into())),
        ("allow NULL", alter(FieldState { null: true, ..column("pages") }, None)),
        ("forbid NULL", alter(isbn(false), None)),
        ("forbid NULL, rows get a value", alter(isbn(false), Some("''"))),
        (
            "set a default",
            alter(FieldState { fill: Fill::Default(RawSql::new("1")), ..column("pages") }, None),
        ),
        (
            "add an index",
            Operation::AddIndex {
                model: book(),
                index: Box::new(index("new")),
                concurrently: false,
            },
        ),
        (
            "remove an index",
            Operation::RemoveIndex {
                model: book(),
                name: name("book_by_title"),
                concurrently: false,
            },
        ),
        (
            "rename an index",
            Operation::RenameIndex { model: book(), from: name("book_by_title"), to: name("new") },
        ),
        ("add a unique constraint", constraint(ConstraintState::Unique(unique), false)),
        ("add a check", constraint(ConstraintState::Check(over()), false)),
        ("add a check NOT VALID", constraint(ConstraintState::Check(over()), true)),
        (
            "validate a check",
            Operation::ValidateConstraint { model: book(), name: name("book_pages") },
        ),
        (
            "remove a constraint",
            Operation::RemoveConstraint { model: book(), name: name("book_pages") },
        ),
        (
            "rename a constraint",
            Operation::RenameConstraint {
                model: book(),
                from: name("book_pages"),
                to: name("new"),
            },
        ),
        (
            "enable row level security",
            Operation::AlterRowLevelSecurity { model: book(), tenant: Some(name("pages")) },
        ),
    ]
}

async fn run(db: &dyn Executor, changes: &[Change]) -> Outcome {
    for change in changes {
        let sql = change.sql();
        db.batch_execute(&sql).await.map_err(|error| format!("{error}: {sql}"))?;
    }
    Ok(())
}

async fn prepared(db: &dyn Executor, state: &ProjectState) -> Outcome {
    run(db, &operation::project(&ProjectState::default(), state, &Hints::default())?).await?;
    db.batch_execute(
        "INSERT INTO library_author DEFAULT VALUES;
         INSERT INTO library_book (title, pages, isbn, author_id) VALUES ('x', 1, '1', 1)",
    )
    .await?;
    Ok(())
}

/// The strongest lock on each of the tables that were there, by their names then.
const LOCKS: &str = "
SELECT initcap(replace(substr(max(t.name), 9), '_', ' ')) || ': ' ||
       (array_agg(l.mode ORDER BY array_position(ARRAY['AccessExclusiveLock', 'ExclusiveLock',
        'ShareRowExclusiveLock', 'ShareLock', 'ShareUpdateExclusiveLock', 'RowExclusiveLock',
        'RowShareLock', 'AccessShareLock'], l.mode)))[1]
FROM before t JOIN pg_locks l ON l.relation = t.oid AND l.locktype = 'relation'
WHERE l.pid = pg_backend_pid() GROUP BY t.oid ORDER BY max(t.name)";

/// The tables that were there and have other files now.
const REWRITTEN: &str = "
SELECT name FROM before t JOIN pg_class c ON c.oid = t.oid
WHERE pg_relation_filenode(c.oid) <> t.file";

/// The tables of a state, with a note of their files.
async fn set_up(db: &dyn Executor, before: &ProjectState) -> Outcome {
    let setup = db.begin().await?;
    setup.executor().batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await?;
    prepared(setup.executor(), before).await?;
    setup.executor()
        .batch_execute(
            "CREATE TABLE before AS SELECT oid, relname::text AS name, pg_relation_filenode(oid) AS file
             FROM pg_class WHERE relname IN ('library_author', 'library_book')",
        )
        .await?;
    setup.commit().await?;
    Ok(())
}

/// The locks that an operation takes, and whether it writes the table anew.
async fn measured(db: &dyn Executor, operation: &Operation) -> Outcome<(String, bool)> {
    let before = start();
    let mut after = before.clone();
    operation.apply(&mut after)?;
    set_up(db, &before).await?;
    let tx = db.begin().await?;
    let inside = tx.executor();
    run(inside, &operation.changes(&before, &after)?).await?;
    let locks = texts::texts(inside, LOCKS).await?;
    let rewritten = !texts::texts(inside, REWRITTEN).await?.is_empty();
    tx.rollback().await?;
    Ok((locks.iter().map(|lock| lock_in_words(lock)).collect::<Vec<_>>().join(", "), rewritten))
}

/// `Book: ACCESS EXCLUSIVE`.
fn lock_in_words(text: &str) -> String {
    let (table, mode) = text.split_once(": ").unwrap_or(("", text));
    let mut words = String::new();
    for c in mode.trim_end_matches("Lock").chars() {
        if c.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(c.to_uppercase());
    }
    format!("{table}: {words}")
}

/// What is said of an operation that is done safely, with the operation.
fn safe_operations() -> Vec<(&'static str, Operation)> {
    let wanted = [
        "add a field with a volatile default",
        "add a foreign key field",
        "add a unique field",
        "forbid NULL",
        "forbid NULL, rows get a value",
        "add an index",
        "remove an index",
        "add a unique constraint",
        "add a check",
    ];
    let primary_key = Operation::AlterPrimaryKey { model: book(), fields: vec!["pages".into()] };
    let all = operations().into_iter().filter(|(name, _)| wanted.contains(name));
    all.chain([("change the primary key", primary_key)])
        .map(|(name, operation)| (name, operation.safely()))
        .collect()
}

/// The locks of each step of an operation that is done safely.
async fn measured_steps(db: &TestDatabase, operation: &Operation) -> Outcome<Vec<String>> {
    let before = start();
    let mut after = before.clone();
    operation.apply(&mut after)?;
    set_up(&**db, &before).await?;
    let mut steps = Vec::new();
    for stage in operation::stages(operation, &before, &after, true)? {
        let words = in_words(&stage.work);
        let locks = match stage.work {
            Work::Alone(change) => alone(db, &change).await?,
            work => {
                let tx = db.begin().await?;
                run(tx.executor(), &work.changes()).await?;
                let locks = texts::texts(tx.executor(), LOCKS).await?;
                tx.commit().await?;
                locks
            }
        };
        let locks: Vec<String> = locks.iter().map(|lock| lock_in_words(lock)).collect();
        steps.push(format!("{words} | {}", locks.join(", ")));
    }
    Ok(steps)
}

/// The locks of a statement that stands in no transaction: it waits for somebody who has written.
async fn alone(db: &TestDatabase, change: &Change) -> Outcome<Vec<String>> {
    let open = db.begin().await?;
    open.executor()
        .batch_execute("UPDATE library_book SET title = title; UPDATE library_author SET id = id")
        .await?;
    let look = async {
        let waiting = "SELECT pid::text FROM pg_stat_activity WHERE wait_event_type = 'Lock'
                       AND datname = current_database() AND pid <> pg_backend_pid()";
        let pid = loop {
            if let [pid] = &texts::texts(&**db, waiting).await?[..] {
                break pid.clone();
            }
            db.sleep(std::time::Duration::from_millis(5)).await;
        };
        let locks = texts::texts(&**db, &LOCKS.replace("pg_backend_pid()", &pid)).await?;
        open.rollback().await?;
        Outcome::Ok(locks)
    };
    let sql = change.sql();
    let (done, locks) = tokio::join!(db.batch_execute(&sql), look);
    done?;
    locks
}

/// The statements of a step, without what differs from operation to operation.
fn in_words(work: &Work) -> String {
    let changes = match work {
        Work::Together(changes) => changes.clone(),
        Work::Alone(change) => vec![change.clone()],
        Work::Fill { .. } => return "`UPDATE …` in batches".to_owned(),
    };
    let words: Vec<String> = changes.iter().flat_map(words_of).collect();
    words.join(", ")
}

fn words_of(change: &Change) -> Vec<String> {
    let sql = change.sql().replace('\n', " ");
    let known = [
        "CREATE UNIQUE INDEX CONCURRENTLY",
        "CREATE INDEX CONCURRENTLY",
        "DROP INDEX CONCURRENTLY",
        "UPDATE",
        "ADD COLUMN",
        "SET DEFAULT",
        "DROP DEFAULT",
        "SET NOT NULL",
        "VALIDATE CONSTRAINT",
        "DROP CONSTRAINT",
        "ADD CONSTRAINT",
    ];
    let mut found: Vec<(usize, &str)> =
        known.iter().filter_map(|word| Some((sql.find(word)?, *word))).collect();
    found.sort_unstable();
    let end = [" USING INDEX", " NOT VALID"].into_iter().find(|end| sql.contains(end));
    let word = |(_, word): &(usize, &str)| match (*word, end) {
        ("ADD CONSTRAINT", Some(end)) => format!("`ADD CONSTRAINT …{end}`"),
        (word, _) => format!("`{word}`"),
    };
    found.iter().map(word).collect()
}

#[tokio::test]
async fn the_table_in_the_book_is_what_is_measured() -> Outcome {
    let db = TestDatabase::empty().await?;
    let mut table = String::from("| operation | locks | writes the table anew |\n|---|---|---|\n");
    for (name, operation) in operations() {
        let (locks, rewritten) =
            measured(&*db, &operation).await.map_err(|error| format!("{name}: {error}"))?;
        let rewritten = if rewritten { "yes" } else { "no" };
        let locks = if locks.is_empty() { "none".to_owned() } else { locks };
        table.push_str(&format!("| {name} | {locks} | {rewritten} |\n"));
    }
    let mut safe = String::from("| operation | step | locks |\n|---|---|---|\n");
    for (name, operation) in safe_operations() {
        let steps = measured_steps(&db, &operation).await;
        let steps = steps.map_err(|error| format!("{name}: {error}"))?;
        for (place, step) in steps.iter().enumerate() {
            let name = if place == 0 { name } else { "" };
            safe.push_str(&format!("| {name} | {}. {step} |\n", place + 1));
        }
    }
    let mut rules = String::from("| rule | why | lock | instead |\n|---|---|---|---|\n");
    for Rule { name, reason, lock, safe } in RULES {
        rules.push_str(&format!("| `{name}` | {reason} | {lock} | {safe} |\n"));
    }
    let text = std::fs::read_to_string(BOOK)?;
    let text_with_steps = between(&text, "safely", &safe)?;
    let new = between(&between(&text_with_steps, "measured", &table)?, "rules", &rules)?;
    if std::env::var("LOCKS").is_ok_and(|value| value == "write") {
        std::fs::write(BOOK, new)?;
    } else {
        assert_eq!(text, new, "write it again with LOCKS=write");
    }
    Ok(())
}

/// A text with another table in its place.
fn between(text: &str, mark: &str, table: &str) -> Outcome<String> {
    let begin = format!("<!-- {mark} -->\n");
    let (before, rest) = text.split_once(&*begin).ok_or("the chapter has no place for a table")?;
    let (_, after) = rest.split_once("<!-- end -->").ok_or("the table has no end")?;
    Ok(format!("{before}{begin}{table}<!-- end -->{after}"))
}

/// What the linter says of a change of type is what the server does.
#[tokio::test]
async fn what_writes_a_table_anew_is_known() -> Outcome {
    let types = |text: &[&str]| text.iter().map(|one| ColumnType::parse(one)).collect::<Vec<_>>();
    let families = [
        types(&["varchar(10)", "varchar(20)", "text"]),
        types(&[
            "numeric(8, 2)",
            "numeric(10, 2)",
            "numeric(10, 4)",
            "numeric",
            "integer",
            "bigint",
        ]),
        types(&["timestamp", "timestamp with time zone", "date"]),
    ];
    let db = TestDatabase::empty().await?;
    let tx = db.begin().await?;
    let inside = tx.executor();
    inside.batch_execute("SET LOCAL TimeZone = 'Europe/Berlin'").await?;
    let mut wrong = Vec::new();
    for family in families {
        for old in &family {
            for new in family.iter().filter(|new| *new != old) {
                inside
                    .batch_execute(&format!("DROP TABLE IF EXISTS t; CREATE TABLE t (c {old}); INSERT INTO t VALUES (NULL)"))
                    .await?;
                let file = "SELECT pg_relation_filenode('t')::text";
                let before = texts::texts(inside, file).await?;
                let field = FieldState::column("c", new.clone());
                let alter = retype(old, &field)?;
                run(inside, &alter).await?;
                let rewritten = before != texts::texts(inside, file).await?;
                let said = rewrite((old, None), (new, None), None) == Rewrite::Table;
                if said != rewritten {
                    wrong.push(format!("{old} to {new}: {rewritten}"));
                }
            }
        }
    }
    tx.rollback().await?;
    assert_eq!(wrong, [""; 0]);
    Ok(())
}

/// The statements of an operation that gives a column another type.
fn retype(old: &ColumnType, field: &FieldState) -> Outcome<Vec<Change>> {
    let mut model = ModelState::new(ModelName::new("", "T"), "t");
    model.fields.push(FieldState { null: true, ..FieldState::column("c", old.clone()) });
    let mut before = ProjectState::default();
    before.insert(model);
    let mut after = before.clone();
    let field = Box::new(FieldState { null: true, ..field.clone() });
    let alter =
        Operation::AlterField { model: ModelName::new("", "T"), field, fill: None, using: None };
    alter.apply(&mut after)?;
    Ok(alter.changes(&before, &after)?)
}
