//! What a server makes of the tables of models.

#[path = "../../orm-core/tests/schema/models.rs"]
mod models;
mod support;

use models::*;
use orm_core::ir::{ModelMeta, OnDelete, Relation};
use orm_core::tables::{create_tables_of, drop_tables_of};
use orm_postgres::Database;
use support::{database, numbers, run, text};

/// The lines that a query gives, in order.
async fn lines(db: &Database, from: &str) -> Vec<String> {
    let sql = format!("SELECT string_agg(line, E'\n' ORDER BY place, line) FROM ({from}) lines");
    text(db, &sql).await.unwrap().lines().map(str::to_owned).collect()
}

/// The columns as the catalogue has them.
async fn columns(db: &Database, table: &str) -> Vec<String> {
    let sql = "SELECT attnum AS place, concat_ws(' ', attname, format_type(atttypid, atttypmod),
            CASE WHEN attcollation <> typcollation THEN 'collate ' || collname END,
            CASE WHEN attnotnull THEN 'not null' END,
            CASE attidentity WHEN 'd' THEN 'identity by default' END,
            CASE attgenerated WHEN 's' THEN 'stored' END,
            pg_get_expr(adbin, adrelid), '-- ' || col_description(attrelid, attnum)) AS line
        FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
        LEFT JOIN pg_collation ON pg_collation.oid = attcollation
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attnum > 0 AND attrelid = ";
    lines(db, &format!("{sql} '{table}'::regclass")).await
}

/// The constraints as the catalogue has them.
async fn constraints(db: &Database, table: &str) -> Vec<String> {
    // From PostgreSQL 18 on, NOT NULL is a constraint as well; the columns tell of it already.
    let sql = "SELECT 0 AS place, conname || ' ' || pg_get_constraintdef(oid) AS line
        FROM pg_constraint WHERE contype <> 'n' AND conrelid = ";
    lines(db, &format!("{sql} '{table}'::regclass")).await
}

/// The indexes that no constraint owns, without the table's name.
async fn indexes(db: &Database, table: &str) -> Vec<String> {
    let sql = "SELECT 0 AS place, regexp_replace(pg_get_indexdef(indexrelid), ' ON .* USING', ' USING') AS line
        FROM pg_index WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
        AND indrelid = ";
    lines(db, &format!("{sql} '{table}'::regclass")).await
}

#[tokio::test]
async fn every_option_reaches_the_catalogue() {
    let db = database().await;
    run(&db, "DROP SCHEMA IF EXISTS trade CASCADE").await.unwrap();
    // The key to a table that is not ours is not checked by the database, so it need not exist.
    create_tables_of(&db, ALL).await.unwrap();
    columns_are_there(&db).await;
    constraints_are_there(&db).await;
    indexes_are_there(&db).await;
    let error = create_tables_of(&db, &[&AUTHOR]).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot create the table of `Author`: relation \"library_author\" already exists (42P07)"
    );
    drop_tables_of(&db, ALL).await.unwrap();
    let left = "SELECT count(*)::int4 FROM pg_class
        WHERE relkind = 'r' AND relnamespace IN (current_schema()::regnamespace, 'trade'::regnamespace)";
    assert_eq!(numbers(&db, left).await.unwrap(), [0]);
    drop_tables_of(&db, ALL).await.unwrap();
}

async fn columns_are_there(db: &Database) {
    assert_eq!(
        columns(db, "library_author").await,
        [
            "id bigint not null identity by default",
            "name character varying(100) not null",
            "email text",
            "rating numeric(5,2) not null",
            "nicknames character varying(20)[] not null",
            "prices numeric(9,3)[] not null",
            "bio text collate C not null -- it's for people",
            "created_at timestamp with time zone not null now()",
            "name_length integer not null stored length((name)::text)",
            "years int4range not null",
            "home point not null",
            "settings jsonb not null",
        ]
    );
    assert_eq!(
        columns(db, "library_book").await[4..],
        [
            "author_id bigint not null",
            "editor_id bigint",
            "publisher_code character varying(12) collate C not null",
            "printer_number integer",
            "successor_id bigint 1",
        ]
    );
    let comment = "SELECT obj_description('library_author'::regclass, 'pg_class')";
    assert_eq!(text(db, comment).await.unwrap(), "who writes");
}

async fn constraints_are_there(db: &Database) {
    assert_eq!(
        constraints(db, "library_author").await,
        [
            "author_has_name CHECK (((name)::text <> ''::text))",
            "library_author_1e25bdeb_check CHECK (((rating < (100)::numeric) OR (email IS NOT NULL)))",
            "library_author_name_ab7b0c91_uniq UNIQUE (name)",
            "library_author_pkey PRIMARY KEY (id)",
            "library_author_rating_check CHECK ((rating >= (0)::numeric))",
        ]
    );
    assert_eq!(
        constraints(db, "library_book").await,
        [
            "book_edition UNIQUE NULLS NOT DISTINCT (name, edition) INCLUDE (pages) DEFERRABLE INITIALLY DEFERRED",
            "library_book_author_id_d9a3b67e_fk_library_author_id FOREIGN KEY (author_id) REFERENCES library_author(id) ON DELETE CASCADE",
            "library_book_editor_id_03910eb0_fk_library_author_id FOREIGN KEY (editor_id) REFERENCES library_author(id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED",
            "library_book_name_author_id_40e750ed_uniq UNIQUE (name, author_id)",
            "library_book_pkey PRIMARY KEY (id)",
            "library_book_printer_number_2791fde9_fk_publisher_number FOREIGN KEY (printer_number) REFERENCES trade.publisher(number)",
            "library_book_publisher_code_3ffc1240_fk_publisher_code FOREIGN KEY (publisher_code) REFERENCES trade.publisher(code) ON DELETE RESTRICT",
            "library_book_successor_id_d7c49b88_fk_library_book_id FOREIGN KEY (successor_id) REFERENCES library_book(id) ON DELETE SET DEFAULT",
            "library_book_successor_id_d7c49b88_uniq UNIQUE (successor_id)",
        ]
    );
    assert_eq!(
        constraints(db, "library_employee").await,
        [
            "library_employee_boss_id_1faf6c11_fk_library_employee_id FOREIGN KEY (boss_id) REFERENCES library_employee(id) ON DELETE CASCADE",
            "library_employee_department_id_72d995ce_fk_library_d FOREIGN KEY (department_id) REFERENCES library_department(id) ON DELETE CASCADE",
            "library_employee_pkey PRIMARY KEY (id)",
        ]
    );
}

async fn indexes_are_there(db: &Database) {
    assert_eq!(
        indexes(db, "library_book").await,
        [
            "CREATE INDEX book_by_words USING gin (to_tsvector('simple'::regconfig, name))",
            "CREATE INDEX library_boo_author__dac330_idx USING btree (author_id, pages) INCLUDE (name) WHERE (edition IS NOT NULL)",
            "CREATE INDEX library_boo_pages_b10669_idx USING btree (pages DESC)",
            "CREATE INDEX library_boo_pages_dd2d2f_brin USING brin (pages)",
            "CREATE INDEX library_book_author_id_d9a3b67e USING btree (author_id)",
            "CREATE INDEX library_book_editor_id_03910eb0 USING btree (editor_id)",
            "CREATE INDEX library_book_printer_number_2791fde9 USING btree (printer_number)",
            "CREATE INDEX library_book_publisher_code_3ffc1240 USING btree (publisher_code)",
            "CREATE UNIQUE INDEX library_book_edition_179b8754_uniq USING btree (lower(name), edition) NULLS NOT DISTINCT",
            "CREATE UNIQUE INDEX library_book_name_298a0d49_uniq USING btree (name) WHERE (pages > 99)",
            "CREATE UNIQUE INDEX library_book_name_389f3d64_uniq USING btree (name) WHERE (pages > 9)",
        ]
    );
}

#[tokio::test]
async fn what_fails_leaves_nothing_behind() {
    static HOLDER: ModelMeta = with!(const MODEL; fields: &[ID, key("tag_id", &HOLDER_TAG)]);
    static HOLDER_TAG: Relation = relation("tag", || &HOLDER, || &TAG);
    static FIRST: ModelMeta = with!(const MODEL; name: "First", table: "first");
    let db = database().await;
    let error = create_tables_of(&db, &[&FIRST, &HOLDER]).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot create the table of `Model`: relation \"library_tag\" does not exist (42P01)"
    );
    assert_eq!(
        numbers(&db, "SELECT 1 WHERE to_regclass('first') IS NOT NULL").await.unwrap(),
        [0; 0]
    );
    db.transaction(async |tx| {
        assert!(create_tables_of(tx, &[&FIRST, &HOLDER]).await.is_err());
        create_tables_of(tx, &[&FIRST]).await
    })
    .await
    .unwrap();
    assert_eq!(numbers(&db, "SELECT count(*)::int4 FROM first").await.unwrap(), [0]);
}

static ARTIST: ModelMeta = with!(const MODEL; name: "Artist", table: "artist");
static ALBUM: ModelMeta = with!(const MODEL;
    name: "Album",
    table: "album",
    fields: &[ID, key("artist_id", &ALBUM_ARTIST)],
);
static ALBUM_ARTIST: Relation = relation("artist", || &ALBUM, || &ARTIST);
static SONG: ModelMeta = with!(const MODEL;
    name: "Song",
    table: "song",
    fields: &[ID, key("artist_id", &SONG_ARTIST), key("album_id", &SONG_ALBUM)],
);
static SONG_ARTIST: Relation = relation("artist", || &SONG, || &ARTIST);
static SONG_ALBUM: Relation =
    with!(relation("album", || &SONG, || &ALBUM); on_delete: OnDelete::Restrict);

/// The example of Django's manual on `RESTRICT`.
#[tokio::test]
async fn restrict_lets_a_cascade_pass() {
    let db = database().await;
    create_tables_of(&db, &[&SONG, &ALBUM, &ARTIST]).await.unwrap();
    for sql in [
        "INSERT INTO artist VALUES (1), (2)",
        "INSERT INTO album VALUES (1, 1), (2, 1), (3, 2)",
        "INSERT INTO song VALUES (1, 1, 1), (2, 1, 3)",
    ] {
        run(&db, sql).await.unwrap();
    }
    let refused = run(&db, "DELETE FROM album WHERE id = 1").await;
    assert!(matches!(refused, Err(orm_sql::Error::ForeignKey(_))), "{refused:?}");
    let refused = run(&db, "DELETE FROM artist WHERE id = 2").await;
    assert!(matches!(refused, Err(orm_sql::Error::ForeignKey(_))), "{refused:?}");
    assert_eq!(run(&db, "DELETE FROM artist WHERE id = 1").await.unwrap(), 1);
    assert_eq!(numbers(&db, "SELECT id::int4 FROM album").await.unwrap(), [3]);
}
