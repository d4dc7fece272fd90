//! Models compared with a live database: what is no difference, what is one, and what mends it.

use orm::prelude::*;
use orm_migrate::drift::{self, Drift, Side};
use orm_migrate::operation::Operation;
use orm_migrate::state::ProjectState;
use orm_testkit::TestDatabase;

type Outcome<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(comment = "who writes")]
pub struct Author {
    pub id: i64,
    #[field(max_length = 100, unique)]
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(check(|b| b.status().in_(["new", "old"]), name = "known_status"))]
#[model(check(|b| b.pages().gt(0) & b.price().lt(dec!(1000)), name = "sizes"))]
#[model(index(|b| b.title().lower(), name = "by_title", where = |b| b.pages().gt(10)))]
#[model(index(fields = [-pages], name = "by_pages"))]
pub struct Book {
    pub id: i64,
    #[field(max_length = 200, db_comment = "as printed")]
    pub title: String,
    #[field(db_default = 1 + 1)]
    pub pages: i32,
    #[field(max_digits = 8, decimal_places = 2)]
    pub price: Decimal,
    #[field(max_length = 10, db_default = "new")]
    pub status: String,
    #[field(db_default = raw_expr::<DateTime<Utc>>("now()", params![]))]
    pub added: DateTime<Utc>,
    #[field(generated = |b| b.pages() * 2)]
    pub sides: i32,
    #[field(on_delete = Cascade)]
    pub author: ForeignKey<Author>,
    #[field(related_name = "tagged")]
    pub tags: ManyToMany<Author>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(table = "seen", managed = false)]
pub struct Seen {
    #[field(primary_key)]
    pub title: String,
    pub number: Option<i64>,
}

async fn database() -> Outcome<TestDatabase> {
    let db = TestDatabase::empty().await?;
    create_tables::<(Author, Book)>(&*db).await?;
    db.batch_execute("CREATE VIEW seen AS SELECT name AS title, id AS number FROM author").await?;
    Ok(db)
}

async fn compare(db: &TestDatabase) -> Outcome<Drift> {
    let state = ProjectState::of_models(&[Author::meta(), Book::meta(), Seen::meta()])?;
    Ok(drift::compare(&**db, &state).await?)
}

#[tokio::test]
async fn what_models_make_is_no_difference() -> Outcome {
    let db = database().await?;
    let drift = compare(&db).await?;
    assert!(drift.is_clean(), "{drift}");
    assert_eq!((drift.mend.len(), drift.back.len(), drift.unknown.len()), (0, 0, 0));

    // A serial column is as good as an identity column.
    db.batch_execute(
        "ALTER TABLE author ALTER COLUMN id DROP IDENTITY; CREATE SEQUENCE author_id_seq OWNED BY author.id; \
         ALTER TABLE author ALTER COLUMN id SET DEFAULT nextval('author_id_seq')",
    )
    .await?;
    assert!(compare(&db).await?.is_clean());
    // So are the notes of migrations, and tables of nobody are listed.
    db.batch_execute(
        "CREATE TABLE django_migrations (id integer); CREATE TABLE orm_migrations (id integer); \
         CREATE TABLE stray (id integer)",
    )
    .await?;
    let drift = compare(&db).await?;
    assert!(drift.is_clean());
    let unknown: Vec<String> = drift.unknown.iter().map(ToString::to_string).collect();
    assert_eq!(unknown, ["stray"]);
    // Nothing is left of what was compared.
    let sql = "SELECT count(*), 1 FROM pg_class WHERE relname LIKE 'orm_drift%'";
    assert_eq!(db.query_as::<(i64, i32)>(sql, params![]).await?, [(0, 1)]);
    Ok(())
}

#[tokio::test]
async fn what_differs_is_said_and_mended() -> Outcome {
    let changes = [
        (
            "ALTER TABLE book ADD COLUMN isbn text NOT NULL DEFAULT ''",
            "- column isbn: text NOT NULL",
        ),
        ("ALTER TABLE book DROP COLUMN added", "+ column added: timestamptz NOT NULL"),
        ("ALTER TABLE book ALTER COLUMN pages TYPE bigint", ""),
        (
            "ALTER TABLE book ALTER COLUMN title TYPE varchar(100)",
            "~ column title: varchar(200) in the models, varchar(100) in the database",
        ),
        (
            "ALTER TABLE book ALTER COLUMN title DROP NOT NULL",
            "~ column title: NOT NULL in the models, NULL in the database",
        ),
        (
            "ALTER TABLE book ALTER COLUMN pages SET DEFAULT 3",
            "~ column pages: default 2 in the models, default 3 in the database",
        ),
        (
            "ALTER TABLE book ALTER COLUMN status DROP DEFAULT",
            "~ column status: default 'new'::character varying in the models, no default in the database",
        ),
        (
            "ALTER TABLE book DROP CONSTRAINT sizes; ALTER TABLE book ADD CONSTRAINT sizes CHECK (pages > 1)",
            "~ sizes: ",
        ),
        ("ALTER TABLE book RENAME CONSTRAINT sizes TO other", "it is called other in the database"),
        ("ALTER TABLE book DROP CONSTRAINT known_status", "+ constraint \"known_status\" CHECK"),
        ("DROP INDEX by_title", "+ INDEX \"by_title\""),
        (
            "DROP INDEX by_pages; CREATE INDEX by_pages ON book (pages)",
            "~ by_pages: INDEX \"by_pages\" ON \"book\" (\"pages\" DESC) in the models",
        ),
        ("CREATE UNIQUE INDEX stray ON book (title)", "- UNIQUE INDEX \"stray\""),
        ("ALTER TABLE author DROP CONSTRAINT author_name_1a2b_uniq", ""),
        (
            "COMMENT ON TABLE author IS 'x'",
            "~ comment: \"who writes\" in the models, \"x\" in the database",
        ),
        (
            "COMMENT ON COLUMN book.title IS NULL",
            "~ column title, comment: \"as printed\" in the models, none in the database",
        ),
        ("DROP TABLE book_tags", "+ the table is missing"),
        (
            "DROP VIEW seen; CREATE VIEW seen AS SELECT name AS title FROM author",
            "+ column number is missing, which `Seen` reads",
        ),
        ("DROP VIEW seen", "+ there is no such table or view, which `Seen` reads"),
    ];
    for (change, line) in changes.into_iter().filter(|(_, line)| !line.is_empty()) {
        let db = database().await?;
        db.batch_execute(change).await.map_err(|error| format!("{change}: {error}"))?;
        let found = compare(&db).await?;
        let text = found.to_string();
        assert!(text.contains(line), "{change}: {text}");
        assert_eq!(found.differences.len(), 1, "{change}: {text}");
        let Some(Operation::RunSql { sql, reverse, .. }) = found.operation() else {
            assert!(change.contains("VIEW"), "{change} is not mended");
            continue;
        };
        db.batch_execute(sql.as_str())
            .await
            .map_err(|error| format!("{change}: {error}: {sql:?}"))?;
        let mended = compare(&db).await?;
        assert!(mended.is_clean(), "{change}: {mended}");
        let reverse = reverse.ok_or("no way back")?;
        db.batch_execute(reverse.as_str())
            .await
            .map_err(|error| format!("{change}: {error}: {reverse:?}"))?;
        let again = compare(&db).await?;
        assert_eq!(again.differences, found.differences, "{change}");
    }
    Ok(())
}

#[tokio::test]
async fn a_table_that_is_missing_is_made_with_what_it_needs() -> Outcome {
    let db = TestDatabase::empty().await?;
    let found = compare(&db).await?;
    let missing = found.differences.iter().filter(|one| one.text == "the table is missing");
    assert_eq!(missing.count(), 3);
    assert!(found.differences.iter().all(|one| one.side == Side::Models));
    for change in &found.mend {
        db.batch_execute(&change.sql()).await?;
    }
    let left: Vec<String> = compare(&db).await?.differences.into_iter().map(|one| one.of).collect();
    assert_eq!(left, ["seen"]);
    Ok(())
}

#[tokio::test]
async fn what_models_cannot_say_is_a_note_and_stays() -> Outcome {
    let db = database().await?;
    db.batch_execute(
        "CREATE TABLE stray (id bigint PRIMARY KEY); \
         ALTER TABLE book ADD CONSTRAINT to_stray FOREIGN KEY (pages) REFERENCES stray; \
         CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'; \
         CREATE TRIGGER touch BEFORE UPDATE ON book FOR EACH ROW EXECUTE FUNCTION touch(); \
         ALTER TABLE book DROP COLUMN added",
    )
    .await?;
    let found = compare(&db).await?;
    assert_eq!(found.differences.len(), 1, "{found}");
    let notes: Vec<String> = found.notes.iter().map(ToString::to_string).collect();
    let expected = [
        "book: the trigger touch",
        "book: the constraint to_stray: there is no model of what it refers to",
    ];
    assert_eq!(notes, expected);
    assert_eq!(found.mend.len(), 1, "{:?}", found.mend);
    Ok(())
}

#[tokio::test]
async fn nothing_is_waited_for_and_nobody_waits() -> Outcome {
    let db = database().await?;
    let tx = db.begin().await?;
    tx.batch_execute("LOCK TABLE book IN SHARE UPDATE EXCLUSIVE MODE").await?;
    assert!(compare(&db).await?.is_clean());
    tx.rollback().await?;
    Ok(())
}
