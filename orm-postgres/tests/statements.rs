//! Prepared statements, the check of their columns, and errors.

mod support;

use orm_sql::Error;
use orm_sql::exec::{Executor, NoRows};
use orm_sql::value::{SqlType, SqlValue};
use std::sync::Arc;
use support::{Collect, command, database, numbers, run, select, statement, text, with};

async fn prepared(db: &impl Executor) -> i32 {
    let sql =
        "SELECT count(*)::int FROM pg_prepared_statements WHERE statement LIKE '%/* kept */%'";
    numbers(db, sql).await.unwrap()[0] - 1
}

#[tokio::test]
async fn rows_and_counts_come_back() {
    let db = database().await;
    run(&db, "CREATE TABLE book (id int, name text)").await.unwrap();
    let insert = "INSERT INTO book VALUES (1, 'a'), (2, NULL) RETURNING id, name";
    let columns = [("id", SqlType::Int4), ("name", SqlType::Text)];
    let mut rows = Collect::new(3);
    assert_eq!(db.run(&statement(insert, vec![], &columns), &mut rows).await.unwrap(), 2);
    assert_eq!(rows.numbers(), [1, 2]);
    assert_eq!(rows.rows[0][1].as_deref(), Some(&b"a"[..]));
    assert_eq!(rows.rows[1][1], None);
    assert_eq!(rows.rows[1][2], None, "there is no such cell");
    assert_eq!(run(&db, "UPDATE book SET id = id + 1").await.unwrap(), 2);
    assert_eq!(run(&db, "CREATE TABLE other (id int)").await.unwrap(), 0);
}

#[tokio::test]
async fn statements_are_prepared_once_and_the_oldest_is_closed() {
    let db = with(|b| b.max_connections(1).statement_cache(3)).await;
    for _ in 0..2 {
        for n in 1..=2 {
            assert_eq!(numbers(&db, &format!("SELECT {n} /* kept */")).await.unwrap(), [n]);
        }
    }
    assert_eq!(prepared(&db).await, 2);
    // Two of them and the count are in the cache: the next ones push out what was used first.
    for n in 3..=9 {
        numbers(&db, &format!("SELECT {n} /* kept */")).await.unwrap();
    }
    assert_eq!(prepared(&db).await, 2);
}

#[tokio::test]
async fn statements_that_run_once_are_not_kept() {
    let db = with(|b| b.max_connections(1)).await;
    let mut once = select("SELECT $1 + 1 /* kept */", SqlType::Int4);
    once.cached = false;
    once.params = vec![(SqlValue::I32(4), SqlType::Int4)];
    let mut rows = Collect::new(1);
    assert_eq!(db.run(&once, &mut rows).await.unwrap(), 1);
    assert_eq!(rows.numbers(), [5]);
    Arc::make_mut(&mut once.columns)[0].sql_type = SqlType::Bool;
    let error = db.run(&once, &mut Collect::new(1)).await.unwrap_err();
    assert!(matches!(error, Error::Decode { .. }), "{error:?}");
    let mut many = select("SELECT repeat('x', 1000) FROM generate_series(1, 5000)", SqlType::Text);
    many.cached = false;
    assert_eq!(db.run(&many, &mut NoRows).await.unwrap(), 5000);
    assert_eq!(prepared(&db).await, 0);

    let db = with(|b| b.max_connections(1).statement_cache(0)).await;
    assert_eq!(numbers(&db, "SELECT 1 /* kept */").await.unwrap(), [1]);
    let count = "SELECT count(*)::int FROM pg_prepared_statements";
    assert_eq!(numbers(&db, count).await.unwrap(), [0]);
}

#[tokio::test]
async fn the_same_text_with_other_types_is_another_statement() {
    let db = with(|b| b.max_connections(1)).await;
    let sql = "SELECT pg_typeof($1)::text";
    for (value, sql_type, name) in [
        (SqlValue::I32(1), SqlType::Int4, "integer"),
        (SqlValue::I32(1), SqlType::Int8, "bigint"),
        (SqlValue::I32(1), SqlType::Int4, "integer"),
    ] {
        let mut rows = Collect::new(1);
        let one = statement(sql, vec![(value, sql_type)], &[("value", SqlType::Text)]);
        db.run(&one, &mut rows).await.unwrap();
        assert_eq!(rows.rows[0][0].as_deref(), Some(name.as_bytes()));
    }
}

#[tokio::test]
async fn changed_tables_and_forgotten_statements_are_prepared_again() {
    let db = with(|b| b.max_connections(1)).await;
    run(&db, "CREATE TABLE book (id int)").await.unwrap();
    run(&db, "INSERT INTO book VALUES (7)").await.unwrap();
    let star = statement("SELECT * FROM book", vec![], &[]);
    db.run(&star, &mut NoRows).await.unwrap();
    run(&db, "ALTER TABLE book ADD name text").await.unwrap();
    db.run(&star, &mut NoRows).await.unwrap();

    assert_eq!(numbers(&db, "SELECT id FROM book").await.unwrap(), [7]);
    run(&db, "ALTER TABLE book ALTER id TYPE text").await.unwrap();
    let error = numbers(&db, "SELECT id FROM book").await.unwrap_err();
    assert!(error.to_string().contains("the column is `text`"), "{error}");
    assert_eq!(text(&db, "SELECT id FROM book").await.unwrap(), "7");

    db.batch_execute("DEALLOCATE ALL").await.unwrap();
    assert_eq!(text(&db, "SELECT id FROM book").await.unwrap(), "7");
    let tx = db.begin().await.unwrap();
    tx.batch_execute("DEALLOCATE ALL").await.unwrap();
    assert!(text(&tx, "SELECT id FROM book").await.is_err());
    tx.rollback().await.unwrap();
    assert_eq!(text(&db, "SELECT id FROM book").await.unwrap(), "7");
}

async fn decode_error(sql: &str, columns: &[(&'static str, SqlType)]) -> String {
    let db = database().await;
    let wrong = statement(sql, vec![], columns);
    let mut message = String::new();
    for _ in 0..2 {
        let mut rows = Collect::new(1);
        let error = db.run(&wrong, &mut rows).await.unwrap_err();
        assert!(matches!(error, Error::Decode { .. }), "{error:?}");
        assert!(rows.rows.is_empty(), "nothing is decoded");
        message = error.to_string();
    }
    message
}

#[tokio::test]
async fn columns_of_another_type_are_named_before_anything_is_decoded() {
    let text = [("name", SqlType::Text)];
    assert_eq!(
        decode_error("SELECT 1", &text).await,
        "cannot read `name` of `Book`: the column is `integer`, but the model says `text`"
    );
    for (sql, sql_type, part) in [
        ("SELECT 1::bigint", SqlType::Int4, "the column is `bigint`, but the model says `integer`"),
        ("SELECT '{}'::json", SqlType::Jsonb, "the column is `json`"),
        ("SELECT '{}'::jsonb", SqlType::Text, "the column is `jsonb`"),
        ("SELECT now()", SqlType::Timestamp, "the column is `timestamptz`"),
        ("SELECT ARRAY[1]", SqlType::Array(&SqlType::Text), "the column is `integer[]`"),
        ("SELECT ARRAY[1]", SqlType::Int4, "the column is `integer[]`"),
        ("SELECT 1", SqlType::Array(&SqlType::Int4), "the model says `integer[]`"),
        ("SELECT 1, 2", SqlType::Int4, "the query returns 2 columns, 1 are read"),
    ] {
        let message = decode_error(sql, &[("value", sql_type)]).await;
        assert!(message.contains(part), "{sql}: {message}");
    }
    let two = [("id", SqlType::Int4), ("name", SqlType::Text)];
    let message = decode_error("SELECT 1", &two).await;
    assert!(message.contains("`name` of `Book`: it is missing"), "{message}");
}

#[tokio::test]
async fn types_with_the_same_form_fit() {
    let db = database().await;
    db.batch_execute(
        "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN pages AS int;
        CREATE TYPE pair AS (a int, b int)",
    )
    .await
    .unwrap();
    const MOOD: SqlType = SqlType::Named("mood");
    for (sql, sql_type) in [
        ("SELECT 'a'::varchar(3)", SqlType::Text),
        ("SELECT 'a'::char(3)", SqlType::Text),
        ("SELECT 'a'::name", SqlType::Text),
        ("SELECT 'a'", SqlType::Text),
        ("SELECT NULL", SqlType::Text),
        ("SELECT 'ok'::mood", SqlType::Text),
        ("SELECT 'ok'::mood", MOOD),
        ("SELECT ARRAY['ok'::mood]", SqlType::Array(&MOOD)),
        ("SELECT ARRAY['a'::varchar]", SqlType::Array(&SqlType::Text)),
        ("SELECT ARRAY[[1], [2]]", SqlType::Array(&SqlType::Array(&SqlType::Int4))),
        ("SELECT 5::pages", SqlType::Int4),
        ("SELECT 5::pages", SqlType::Named("pages")),
        ("SELECT '10.0.0.0/8'::cidr", SqlType::Inet),
        ("SELECT '(1,2)'::pair", SqlType::Named("pair")),
    ] {
        for cached in [true, false] {
            let mut one = select(sql, sql_type);
            one.cached = cached;
            let mut rows = Collect::new(1);
            let result = db.run(&one, &mut rows).await;
            assert_eq!(result.unwrap_or_else(|e| panic!("{sql}: {e}")), 1);
        }
    }
    let error = db.run(&select("SELECT 1", MOOD), &mut NoRows).await.unwrap_err();
    assert!(error.to_string().contains("but the model says `mood`"), "{error}");
    let error = db.run(&select("SELECT 1", SqlType::Named("colour")), &mut NoRows).await;
    let error = error.unwrap_err();
    assert!(error.to_string().contains("the type `colour` does not exist"), "{error}");
}

#[tokio::test]
async fn types_that_are_made_anew_are_looked_up_again() {
    let db = with(|b| b.max_connections(1)).await;
    const MOOD: SqlType = SqlType::Named("mood");
    let param = vec![(SqlValue::Text("ok".into()), MOOD)];
    let one = statement("SELECT $1::text", param.clone(), &[("value", SqlType::Text)]);
    let two = statement("SELECT $1::text || ''", param, &[("value", SqlType::Text)]);
    db.batch_execute("CREATE TYPE mood AS ENUM ('ok')").await.unwrap();
    db.run(&one, &mut NoRows).await.unwrap();
    db.batch_execute("DROP TYPE mood; CREATE TYPE mood AS ENUM ('ok')").await.unwrap();
    db.run(&two, &mut NoRows).await.ok();
    db.run(&two, &mut NoRows).await.unwrap();
}

#[tokio::test]
async fn constraints_are_told_apart_and_named() {
    let db = database().await;
    db.batch_execute(
        "CREATE TABLE author (id int PRIMARY KEY);
         CREATE TABLE book (id int CONSTRAINT book_pk PRIMARY KEY, name text NOT NULL,
            pages int CONSTRAINT positive CHECK (pages > 0),
            author int CONSTRAINT written_by REFERENCES author,
            during int4range, CONSTRAINT apart EXCLUDE USING gist (during WITH &&))",
    )
    .await
    .unwrap();
    run(&db, "INSERT INTO book VALUES (1, 'a', 1, NULL, '[1,5)')").await.unwrap();
    let insert = async |values: &str| {
        run(&db, &format!("INSERT INTO book VALUES ({values})")).await.unwrap_err()
    };
    let unique = insert("1, 'secret', 1").await;
    assert!(matches!(&unique, Error::Unique(e) if e.table.as_deref() == Some("book")));
    assert_eq!(unique.constraint(), Some("book_pk"));
    assert!(!insert("1, 'secret', 1").await.to_string().contains("secret"));
    let null = insert("2, NULL, 1").await;
    assert!(matches!(&null, Error::NotNull(e) if e.column.as_deref() == Some("name")), "{null:?}");
    let check = insert("2, 'a', 0").await;
    assert!(matches!(check, Error::Check(_)) && check.constraint() == Some("positive"));
    let key = insert("2, 'a', 1, 9").await;
    assert!(matches!(key, Error::ForeignKey(_)) && key.constraint() == Some("written_by"));
    let exclusion = insert("2, 'a', 1, NULL, '[4,9)'").await;
    assert!(matches!(exclusion, Error::Exclusion(_)) && exclusion.constraint() == Some("apart"));
}

#[tokio::test]
async fn other_errors_keep_the_servers_words() {
    let db = database().await;
    for (sql, code, part) in [
        ("SELECT * FROM bok", "42P01", "relation \"bok\" does not exist"),
        ("SELECT nme FROM pg_class", "42703", "column \"nme\" does not exist"),
        ("SELEC 1", "42601", "syntax error"),
        ("SELECT 1 / 0", "22012", "division by zero"),
    ] {
        let error = run(&db, sql).await.unwrap_err();
        assert!(matches!(&error, Error::Database(e) if e.code == code), "{error:?}");
        assert!(error.to_string().contains(part), "{error}");
    }
    db.batch_execute("SELECT set_config('statement_timeout', '0', false)").await.unwrap();
    let tx = db.begin().await.unwrap();
    tx.batch_execute("SET LOCAL statement_timeout = 20").await.unwrap();
    let error = run(&tx, "SELECT pg_sleep(5)").await.unwrap_err();
    assert!(matches!(&error, Error::Timeout { message } if message.contains("statement timeout")));
    let error = run(&tx, "SELECT 1").await.unwrap_err();
    assert!(error.to_string().contains("tx.transaction("), "{error}");
}

#[tokio::test]
async fn serialization_failures_and_deadlocks_can_be_retried() {
    let db = database().await;
    run(&db, "CREATE TABLE account (id int PRIMARY KEY, n int)").await.unwrap();
    run(&db, "INSERT INTO account VALUES (1, 0), (2, 0)").await.unwrap();
    let level = orm_postgres::IsolationLevel::RepeatableRead;
    let (a, b) =
        (db.begin().isolation(level).await.unwrap(), db.begin().isolation(level).await.unwrap());
    numbers(&a, "SELECT n FROM account").await.unwrap();
    run(&b, "UPDATE account SET n = 1").await.unwrap();
    b.commit().await.unwrap();
    let error = run(&a, "UPDATE account SET n = 2").await.unwrap_err();
    assert!(matches!(error, Error::Serialization(_)) && error.is_retryable(), "{error:?}");
    drop(a);

    let (a, b) = (db.begin().await.unwrap(), db.begin().await.unwrap());
    a.batch_execute("SET LOCAL deadlock_timeout = 10").await.unwrap();
    run(&a, "UPDATE account SET n = 3 WHERE id = 1").await.unwrap();
    run(&b, "UPDATE account SET n = 3 WHERE id = 2").await.unwrap();
    let first = run(&a, "UPDATE account SET n = 3 WHERE id = 2");
    let second = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let result = run(&b, "UPDATE account SET n = 3 WHERE id = 1").await;
        drop(b);
        result
    };
    let (first, second) = tokio::join!(first, second);
    let error = first.err().or(second.err()).expect("one of them is the victim");
    assert!(matches!(error, Error::Deadlock(_)), "{error:?}");
}

#[tokio::test]
async fn zero_bytes_are_refused_before_anything_is_sent() {
    let db = with(|b| b.max_connections(1)).await;
    run(&db, "CREATE TABLE book (name text)").await.unwrap();
    let zero = SqlValue::Text("a\0b".into());
    let list = SqlValue::Array(vec![SqlValue::Null, zero.clone()]);
    let texts = SqlType::Array(&SqlType::Text);
    for (params, position) in [
        (vec![(zero.clone(), SqlType::Text)], 1),
        (vec![(SqlValue::Text("b".into()), SqlType::Text), (zero.clone(), SqlType::Text)], 2),
        (vec![(list.clone(), texts)], 1),
        (vec![(zero, SqlType::Named("varchar"))], 1),
        (vec![(list, SqlType::Array(&SqlType::Named("varchar")))], 1),
    ] {
        let values = (1..=params.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
        let insert =
            statement(&format!("INSERT INTO book SELECT (row({values}))::text"), params, &[]);
        let tx = db.begin().await.unwrap();
        let error = tx.run(&insert, &mut NoRows).await.unwrap_err();
        let Error::Encode { position: at, message } = &error else { panic!("{error:?}") };
        assert_eq!(*at, position);
        assert!(
            message.contains("zero byte") && !message.contains('a'.to_string().repeat(2).as_str())
        );
        run(&tx, "INSERT INTO book VALUES ('fine')").await.unwrap();
        tx.commit().await.unwrap();
    }
    let wrong = statement("SELECT $1", vec![(SqlValue::Bool(true), SqlType::Int4)], &[]);
    let error = db.run(&wrong, &mut NoRows).await.unwrap_err();
    assert_eq!(error.to_string(), "cannot send parameter 1: a boolean where `integer` is wanted");
    let large = statement("SELECT $1", vec![(SqlValue::I64(1 << 40), SqlType::Int4)], &[]);
    let error = db.run(&large, &mut NoRows).await.unwrap_err();
    assert!(matches!(error, Error::Encode { .. }), "{error:?}");
    let too_few = statement("SELECT $1 + $2", vec![(SqlValue::I32(1), SqlType::Int4)], &[]);
    let error = db.run(&too_few, &mut NoRows).await.unwrap_err();
    assert!(matches!(&error, Error::Usage(m) if m.contains("expected 2 parameters")), "{error:?}");
    assert_eq!(numbers(&db, "SELECT count(*)::int FROM book").await.unwrap(), [5]);
}

#[tokio::test]
async fn a_sink_that_refuses_leaves_the_connection_usable() {
    struct Refuse(u32);
    impl orm_sql::row::RowSink for Refuse {
        fn row(&mut self, _: &dyn orm_sql::row::Cells) -> orm_sql::Result<()> {
            self.0 += 1;
            Err(Error::Decode { model: "M".into(), field: "f".into(), message: "NULL".into() })
        }
    }
    let db = with(|b| b.max_connections(1)).await;
    let many = select("SELECT n FROM generate_series(1, 20000) AS n", SqlType::Int4);
    for _ in 0..3 {
        let mut sink = Refuse(0);
        let error = db.run(&many, &mut sink).await.unwrap_err();
        assert!(matches!(error, Error::Decode { .. }) && sink.0 == 1);
        assert_eq!(numbers(&db, "SELECT 5").await.unwrap(), [5]);
    }
    let tx = db.begin().await.unwrap();
    tx.run(&many, &mut Refuse(0)).await.unwrap_err();
    assert_eq!(numbers(&tx, "SELECT 6").await.unwrap(), [6]);
    tx.commit().await.unwrap();
    assert_eq!(db.run(&command("SELECT 1"), &mut NoRows).await.unwrap(), 1);
}
