//! Rows of query sets that are inserted, in one statement, and rows that are moved.

use crate::support::{Outcome, database, says};
use orm::prelude::*;
use orm::{Cte, signals};
use orm_testkit::{QueryCounter, TestDatabase, assert_num_queries, assert_rows};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "moved")]
pub struct Author {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "moved", ordering = [name])]
pub struct Book {
    pub id: i64,
    pub name: String,
    pub pages: i32,
    pub note: Option<String>,
    #[field(on_delete = Cascade, related_name = "books")]
    pub author: ForeignKey<Author>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "moved", ordering = [id])]
pub struct Archive {
    pub id: i64,
    #[field(unique, max_length = 20)]
    pub name: String,
    pub pages: i64,
    pub note: Option<String>,
    #[field(on_delete = SetNull, related_name = "archived")]
    pub author: Option<ForeignKey<Author>>,
    #[field(default = "book")]
    pub kind: String,
    #[field(db_default = 7)]
    pub shelf: i32,
    #[field(auto_now_add)]
    pub moved: DateTime<Utc>,
    #[field(auto_now)]
    pub touched: NaiveDate,
    #[field(version)]
    pub version: i32,
    #[field(generated = |a| a.pages() * 2)]
    pub sides: i64,
}

/// Its names need quotes, and its key is made in Rust.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(table = "order", ordering = [name])]
pub struct Ticket {
    #[field(primary_key, default = Uuid::now_v7())]
    pub id: Uuid,
    #[field(column = "from")]
    pub name: String,
    #[field(default = Utc::now())]
    pub issued: DateTime<Utc>,
}

/// Whoever counts here is told of everything.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "moved", hooks)]
pub struct Watched {
    pub id: i64,
    pub name: String,
}

impl Hooks for Watched {
    async fn before_save(&mut self, _: &HookCx<'_>) -> Result<()> {
        self.name = "hooked".to_owned();
        Ok(())
    }
    async fn before_delete(&self, _: &HookCx<'_>) -> Result<()> {
        Err(Error::usage("watched"))
    }
}

/// Rows of it refer to `Watched`, and go with it.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "moved", on_delete_in = "library")]
pub struct Tail {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "tails")]
    pub of: ForeignKey<Ticket>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "moved", primary_key = [room, seat], ordering = [room, seat])]
pub struct Seat {
    pub room: i32,
    pub seat: i32,
    pub taken: i32,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "moved", ordering = [id])]
pub struct Visit {
    pub id: i64,
    #[field(columns = ["in_room", "on_seat"], on_delete = Cascade, related_name = "visits")]
    pub seat: Option<ForeignKey<Seat>>,
}

type Opened = std::result::Result<TestDatabase, orm_testkit::TestError>;

async fn library() -> Opened {
    Ok(database!("moved": Author, Book, Archive, Ticket, Watched, Tail, Seat, Visit; rows))
}

/// Ada has written x (10 pages, noted) and y (600), Bob z (700); Cy nothing.
async fn rows(db: &Database) -> Result<()> {
    let authors = ["Ada", "Bob", "Cy"].map(|name| draft!(Author { name }));
    Author::objects().bulk_create(db, authors).await?;
    for (name, pages, note, author) in
        [("x", 10, Some("n"), 1), ("y", 600, None, 1), ("z", 700, None, 2)]
    {
        draft!(Book { name, pages, note, author }).save(db).await?;
    }
    Ok(())
}

const NAME_IS_UNIQUE: &str = "moved_archive_name_0e51a6c3_uniq";

async fn archived(db: &Database) -> Result<Vec<(String, i64)>> {
    Archive::objects().values(|a| (a.name(), a.pages())).all(db).await
}

fn pairs<const N: usize>(rows: [(&str, i64); N]) -> Vec<(String, i64)> {
    rows.map(|(name, n)| (name.to_owned(), n)).to_vec()
}

#[tokio::test]
async fn rows_of_a_query_set_are_inserted() -> Outcome {
    let db = library().await?;
    let counter = QueryCounter::new(&db);
    let long = Book::objects().filter(|b| b.pages().gt(100));
    let inserted = Archive::objects().insert_from(&db, long, |new, b| {
        (
            new.name().set(concat((b.author().name(), ": ", b.name()))),
            new.pages().set(b.pages() + 1),
            new.author().set(b.author()),
            new.note().set(b.note()),
        )
    });
    let start = Utc::now();
    let rows: u64 = inserted.await?;
    assert_eq!(rows, 2);
    assert_eq!(
        counter.statements(),
        [
            "INSERT INTO \"moved_archive\" AS t0 (\"name\", \"pages\", \"author_id\", \"note\", \"kind\", \
          \"moved\", \"touched\", \"version\") SELECT ((t2.\"name\" || $1) || t1.\"name\"), (t1.\"pages\" + $2), t1.\"author_id\", t1.\"note\", $3, $4, $5, $6 \
          FROM \"moved_book\" AS t1 JOIN \"moved_author\" AS t2 ON t2.\"id\" = t1.\"author_id\" WHERE \
          t1.\"pages\" > $7 ORDER BY t1.\"name\""
        ]
    );
    let all = Archive::objects().all(&db).await?;
    let [y, z] = &all[..] else { panic!("two: {all:?}") };
    assert_eq!((y.name.as_str(), y.pages, y.sides), ("Ada: y", 601, 1202));
    assert_eq!((&*y.kind, y.shelf, y.version, &y.note), ("book", 7, 1, &None));
    assert_eq!((y.author.map(|a| a.pk()), z.author.map(|a| a.pk())), (Some(1), Some(2)));
    assert!(y.moved >= start - TimeDelta::seconds(1) && y.moved <= Utc::now());
    assert_eq!(y.moved, z.moved);
    assert!((start.date_naive() - y.touched).num_days() <= 1);
    // The instance has the version that the table has.
    let mut y = y.clone();
    y.save(&db).await?;
    assert_eq!(y.version, 2);
    Ok(())
}

#[tokio::test]
async fn inserted_rows_are_returned() -> Outcome {
    let db = library().await?;
    let noted = Book::objects().filter(|b| b.note().isnull(false));
    let rows: Vec<Archive> = Archive::objects()
        .insert_from(&db, noted, |new, b| {
            // What is assigned is taken, also where the model would fill it in.
            (
                new.name().set(b.name()),
                new.pages().set(b.pages()),
                new.kind().set("note"),
                new.shelf().set(3),
                new.touched().set(NaiveDate::MIN.max(NaiveDate::default())),
                new.author().set(None),
            )
        })
        .returning()
        .await?;
    let [x] = &rows[..] else { panic!("one: {rows:?}") };
    assert_eq!((&*x.kind, x.shelf, x.touched), ("note", 3, NaiveDate::default()));
    assert_eq!((x.sides, x.author), (20, None));
    assert_eq!(Archive::objects().get(&db).await?, *x);
    // Of the key as well.
    let second = Archive::objects()
        .insert_from(&db, Book::objects().filter(|b| b.name().eq("z")), |new, b| {
            vec![new.id().set(b.id() + 100), new.name().set(b.name()), new.pages().set(1)]
        })
        .returning()
        .await?;
    assert_eq!(second[0].id, 103);
    Ok(())
}

#[tokio::test]
async fn rows_come_from_whatever_has_rows() -> Outcome {
    let db = library().await?;
    let ada = Author::objects().get_by_key(&db, 1).await?;
    let into = |name: &str| (name.to_owned(), Archive::objects());
    // A related set, cut: the first by its name.
    let (_, archive) = into("related");
    let first = ada.books().order_by(|b| b.name().desc()).limit(1);
    let n = archive.insert_from(&db, first, |new, b| {
        (new.name().set(b.name()), new.pages().set(b.pages()), new.author().set(b.author()))
    });
    assert_eq!(n.await?, 1);
    assert_eq!(archived(&db).await?, pairs([("y", 600)]));
    Archive::objects().delete(&db).await?;
    // Groups: the closure receives what was selected.
    let sums = Author::objects().values(|a| a.name()).annotate(|a| a.books().pages().sum());
    let n = Archive::objects().insert_from(&db, sums, |new, (name, pages)| {
        (new.name().set(name), new.pages().set(coalesce((pages, 0))))
    });
    assert_eq!(n.await?, 3);
    let mut found = archived(&db).await?;
    found.sort();
    assert_eq!(found, pairs([("Ada", 610), ("Bob", 700), ("Cy", 0)]));
    Archive::objects().delete(&db).await?;
    // Aggregates of each row, and relations of it, also behind `nested`.
    let counted = Author::objects().order_by(|a| a.id()).nested();
    let n = Archive::objects().insert_from(&db, counted, |new, a| {
        (new.name().set(a.name()), new.pages().set(a.books().count()))
    });
    assert_eq!(n.await?, 3);
    let mut found = archived(&db).await?;
    found.sort();
    assert_eq!(found, pairs([("Ada", 2), ("Bob", 1), ("Cy", 0)]));
    Archive::objects().delete(&db).await?;
    // Set operations, joins, scalars, functions.
    let names = Book::objects().values(|b| b.name()).union(Author::objects().values(|a| a.name()));
    let few = names.order_by(|name| name.clone()).limit(2);
    let n = Archive::objects()
        .insert_from(&db, few, |new, name| (new.name().set(name), new.pages().set(name.length())));
    assert_eq!(n.await?, 2);
    assert_eq!(archived(&db).await?, pairs([("Ada", 3), ("Bob", 3)]));
    Archive::objects().delete(&db).await?;
    let beside = Author::objects().join(generate_series(1, 2, 1), |_, _| Q::all());
    let n = Archive::objects().insert_from(&db, beside, |new, (a, n)| {
        (new.name().set(concat((a.name(), n.cast::<String>()))), new.pages().set(n))
    });
    assert_eq!(n.await?, 6);
    Archive::objects().delete(&db).await?;
    let numbers = generate_series(1_i64, 3, 1_i64).objects().filter(|n| n.ne(2));
    let n = Archive::objects().insert_from(&db, numbers, |new, n| {
        (new.name().set(n.cast::<String>()), new.pages().set(n))
    });
    assert_eq!(n.await?, 2);
    assert_eq!(archived(&db).await?, pairs([("1", 1), ("3", 3)]));
    Archive::objects().delete(&db).await?;
    // A statement of WITH; distinct rows; the model itself.
    let long = Book::objects().filter(|b| b.pages().gt(100)).cte("long");
    let authors = Author::objects().join(&long, |a, b| a.id().eq(b.author().id())).distinct();
    let n = Archive::objects().insert_from(&db, authors, |new, (a, b)| {
        (new.name().set(concat((a.name(), b.name()))), new.pages().set(b.pages()))
    });
    assert_eq!(n.await?, 2);
    let copies = Archive::objects().insert_from(&db, Archive::objects(), |new, old| {
        (new.name().set(concat((old.name(), " copy"))), new.pages().set(old.pages() + 1))
    });
    assert_eq!(copies.await?, 2);
    let mut found = archived(&db).await?;
    found.sort();
    let expected = [("Aday", 600), ("Aday copy", 601), ("Bobz", 700), ("Bobz copy", 701)];
    assert_eq!(found, pairs(expected));
    // Of nothing, there is no statement.
    let nothing = Archive::objects().insert_from(&db, Book::objects().none(), |new, b| {
        (new.name().set(b.name()), new.pages().set(1))
    });
    assert_eq!(assert_num_queries!(db, 0, nothing.await?), 0);
    Ok(())
}

#[tokio::test]
async fn what_is_locked_and_left_over_is_taken() -> Outcome {
    let db = library().await?;
    let counter = QueryCounter::new(&db);
    let next = Book::objects().order_by(|b| b.id()).limit(1).select_for_update().skip_locked();
    let n = db
        .transaction(async |tx| {
            let into = Archive::objects().insert_from(tx, next, |new, b| {
                (new.name().set(b.name()), new.pages().set(b.pages()))
            });
            into.await
        })
        .await?;
    assert_eq!(n, 1);
    assert!(counter.statements().iter().any(|sql| sql.contains("FOR UPDATE SKIP LOCKED")));
    assert_eq!(archived(&db).await?, pairs([("x", 10)]));
    Ok(())
}

#[tokio::test]
async fn rows_that_are_there_already() -> Outcome {
    let db = library().await?;
    let all = || {
        Archive::objects().insert_from(&db, Book::objects(), |new, b| {
            (new.name().set(b.name()), new.pages().set(b.pages()))
        })
    };
    draft!(Archive { name: "y", pages: 1 }).save(&db).await?;
    let refused = all().await.unwrap_err();
    let Error::Unique(unique) = &refused else { panic!("{refused:?}") };
    assert_eq!(unique.constraint.as_deref(), Some(NAME_IS_UNIQUE));
    assert_eq!(archived(&db).await?, pairs([("y", 1)]));

    assert_eq!(all().on_conflict_ignore().await?, 2);
    assert_eq!(archived(&db).await?, pairs([("y", 1), ("x", 10), ("z", 700)]));
    assert_eq!(all().on_conflict(|a| a.name()).ignore().await?, 0);
    assert_eq!(all().on_constraint(NAME_IS_UNIQUE).ignore().returning().await?, []);
    let counter = QueryCounter::new(&db);
    let updated = all()
        .on_conflict(|a| a.name())
        .update_set(|a, new| a.pages().set(a.pages() + new.pages()))
        .update_where(|a, _| a.pages().lt(100));
    assert_eq!(updated.await?, 2);
    let sent = counter.statements().concat();
    assert!(
        sent.ends_with(
            "FROM \"moved_book\" AS t1 ORDER BY t1.\"name\" ON CONFLICT (\"name\") DO UPDATE SET \
             \"pages\" = (t0.\"pages\" + EXCLUDED.\"pages\") WHERE t0.\"pages\" < $5"
        ),
        "{sent}"
    );
    assert_eq!(archived(&db).await?, pairs([("y", 601), ("x", 20), ("z", 700)]));
    draft!(Book { name: "w", pages: 5, author: 1 }).save(&db).await?;
    let rows = all().on_conflict(|a| a.name()).update(|a| a.pages()).returning().await?;
    let new: Vec<(&str, i64, bool)> =
        rows.iter().map(|u| (u.row.name.as_str(), u.row.pages, u.inserted)).collect();
    assert_eq!(new, [("w", 5, true), ("x", 10, false), ("y", 600, false), ("z", 700, false)]);
    // What the statement cannot do is said in the words of the call.
    let twice = Archive::objects()
        .insert_from(&db, Book::objects(), |new, b| {
            (new.name().set("same"), new.pages().set(b.pages()))
        })
        .on_conflict(|a| a.name())
        .update(|a| a.pages());
    says(&twice.await.unwrap_err(), &["two of the rows for `Archive`", "`name`", "distinct_on"]);
    let unknown = all().on_conflict(|a| a.pages()).ignore().await.unwrap_err();
    says(&unknown, &["no unique constraint", "`Archive`", "`pages`"]);
    let generated = all().on_conflict(|a| a.name()).update(|a| a.sides()).await.unwrap_err();
    says(&generated, &["`sides` of `Archive`", "calculated by the database"]);
    Ok(())
}

#[tokio::test]
async fn rows_move_in_one_statement() -> Outcome {
    let db = library().await?;
    let counter = QueryCounter::new(&db);
    let gone = Book::objects().filter(|b| b.author().name().eq("Ada")).deleting("gone");
    let moved = Archive::objects().insert_from(&db, gone, |new, b| {
        (new.name().set(b.name()), new.pages().set(b.pages()), new.author().set(b.author()))
    });
    assert_eq!(moved.await?, 2);
    let sent = counter.statements();
    let [sent] = &sent[..] else { panic!("one: {sent:?}") };
    assert!(
        sent.starts_with("WITH \"gone\" (c0, c1, c2, c3, c4) AS (DELETE FROM \"moved_book\" AS t"),
        "{sent}"
    );
    assert!(sent.contains(") INSERT INTO \"moved_archive\" AS t0 (\"name\", "), "{sent}");
    assert_eq!(Book::objects().count(&db).await?, 1);
    let mut found = archived(&db).await?;
    found.sort();
    assert_eq!(found, pairs([("x", 10), ("y", 600)]));
    // From what was selected of them, and one that is refused moves nothing.
    let gone = Book::objects().deleting("gone").objects().values(|b| (b.name(), b.pages()));
    draft!(Archive { name: "z", pages: 0 }).save(&db).await?;
    let refused = Archive::objects().insert_from(&db, gone.clone(), |new, (name, pages)| {
        (new.name().set(name), new.pages().set(pages))
    });
    assert!(matches!(refused.await, Err(Error::Unique(_))));
    assert_eq!(Book::objects().count(&db).await?, 1);
    let renamed = Archive::objects().insert_from(&db, gone, |new, (name, pages)| {
        (new.name().set(concat((name, "!"))), new.pages().set(pages))
    });
    assert_eq!(renamed.await?, 1);
    assert_eq!(Book::objects().count(&db).await?, 0);
    Ok(())
}

#[tokio::test]
async fn an_insertion_is_a_statement_of_with() -> Outcome {
    let db = library().await?;
    let gone = Book::objects().filter(|b| b.pages().gt(100)).deleting("gone");
    let kept: Cte<Archive, Archive> = Archive::objects().inserting("kept", gone, |new, b| {
        (new.name().set(b.name()), new.pages().set(b.pages()), new.author().set(b.author()))
    });
    let rows =
        kept.objects().order_by(|a| a.name()).values(|a| (a.name(), a.author().name(), a.kind()));
    assert_eq!(
        rows.sql()?,
        "WITH \"gone\" (c0, c1, c2, c3, c4) AS (DELETE FROM \"moved_book\" AS t1 WHERE t1.\"pages\" > \
         $1 RETURNING t1.\"id\", t1.\"name\", t1.\"pages\", t1.\"note\", t1.\"author_id\"), \"kept\" \
         (c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10) AS (INSERT INTO \"moved_archive\" AS t0 (\"name\", \
         \"pages\", \"author_id\", \"kind\", \"moved\", \"touched\", \"version\") SELECT t2.c1, t2.c2, \
         t2.c4, $2, $3, $4, $5 FROM \"gone\" AS t2 RETURNING t0.\"id\", t0.\"name\", t0.\"pages\", \
         t0.\"note\", t0.\"author_id\", t0.\"kind\", t0.\"shelf\", t0.\"moved\", t0.\"touched\", \
         t0.\"version\", t0.\"sides\") SELECT t3.c1, t4.\"name\", t3.c5 FROM \"kept\" AS t3 LEFT JOIN \
         \"moved_author\" AS t4 ON t4.\"id\" = t3.c4 ORDER BY t3.c1"
    );
    let some =
        |name: &str, author: &str| (name.to_owned(), Some(author.to_owned()), "book".to_owned());
    assert_rows!(rows.all(&db).await?, [some("y", "Ada"), some("z", "Bob")]);
    assert_eq!(Archive::objects().count(&db).await?, 2);
    assert_eq!(Book::objects().count(&db).await?, 1);
    // Counted, and beside other rows; those that are there are left out where that is said.
    let again = Archive::objects().inserting("again", Archive::objects(), |new, a| {
        (new.name().set(a.name()), new.pages().set(a.pages()))
    });
    let refused = again.objects().count(&db).await.unwrap_err();
    assert!(matches!(refused, Error::Unique(_)), "{refused:?}");
    assert_eq!(again.on_conflict_ignore().objects().count(&db).await?, 0);
    let copied = Author::objects()
        .inserting("copied", Author::objects(), |new, a| new.name().set(a.name().lower()));
    let pairs = Author::objects()
        .join(&copied, |a, new| a.name().lower().eq(new.name()))
        .order_by(|(a, _)| a.id())
        .values(|(a, new)| (a.name(), new.id()));
    let first = pairs.all(&db).await?;
    assert_eq!(first.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["Ada", "Bob", "Cy"]);
    assert!(first.iter().all(|(_, id)| *id > 3));
    // Whoever is no insertion has no conflicts.
    let plain = Author::objects().cte("plain").on_conflict_ignore();
    says(&plain.objects().all(&db).await.unwrap_err(), &["on_conflict_ignore", "inserting"]);
    // What reads only some of them inserts all.
    let more = Author::objects().inserting(
        "more",
        Author::objects().filter(|a| a.id().lte(3)),
        |new, a| new.name().set(concat((a.name(), "2"))),
    );
    let first = more.objects().order_by(|a| a.name()).limit(1).values(|a| a.name());
    assert_eq!(first.all(&db).await?, ["Ada2".to_owned()]);
    assert_eq!(Author::objects().count(&db).await?, 9);
    Ok(())
}

#[tokio::test]
async fn mistakes_name_the_model_and_the_field() -> Outcome {
    let db = library().await?;
    let counter = QueryCounter::new(&db);
    let books = Book::objects;
    let missing = Archive::objects().insert_from(&db, books(), |new, b| new.name().set(b.name()));
    says(&missing.await.unwrap_err(), &["insert_from", "`Archive`", "required field `pages`"]);
    let missing = Archive::objects().insert_from(&db, books(), |new, b| new.pages().set(b.pages()));
    says(&missing.returning().await.unwrap_err(), &["required field `name`"]);
    let calculated = Archive::objects().insert_from(&db, books(), |new, b| {
        (new.name().set(b.name()), new.pages().set(1), new.sides().set(2))
    });
    says(&calculated.await.unwrap_err(), &["`sides` of `Archive`", "calculated"]);
    let twice = Archive::objects().insert_from(&db, books(), |new, b| {
        (new.name().set(b.name()), new.pages().set(1), new.pages().set(2))
    });
    says(&twice.await.unwrap_err(), &["twice", "`pages` of `Archive`"]);
    let itself = Archive::objects().insert_from(&db, books(), |new, b| {
        (new.name().set(b.name()), new.pages().set(new.shelf() + 1))
    });
    says(&itself.await.unwrap_err(), &["`pages` of `Archive`", "new row", "not there yet"]);
    // A key that Rust makes for each row is not made once for all.
    let tickets = Ticket::objects().insert_from(&db, books(), |new, b| new.name().set(b.name()));
    says(&tickets.await.unwrap_err(), &["`id` of `Ticket`", "for each row", "random_uuid()"]);
    let inserting = Archive::objects().inserting("x", books(), |new, b| new.name().set(b.name()));
    says(&inserting.objects().all(&db).await.unwrap_err(), &["inserting", "`pages`"]);
    let own_name = Archive::objects()
        .inserting("moved_book", books(), |new, b| (new.name().set(b.name()), new.pages().set(1)));
    says(&own_name.objects().all(&db).await.unwrap_err(), &["`moved_book`", "another name"]);
    assert_eq!(counter.statements(), [""; 0]);
    // What the column would change is refused as in a draft.
    let cut = Archive::objects().insert_from(&db, books(), |new, b| {
        (new.name().set(format!("{:30}", "x")), new.pages().set(b.pages()))
    });
    let cut = cut.await.unwrap_err();
    assert!(matches!(cut, Error::Encode { .. }), "{cut:?}");
    says(&cut, &["more than 20 characters"]);
    // The server's: too long, and without a row to refer to.
    let long = Archive::objects().insert_from(&db, books(), |new, b| {
        (new.name().set(concat((b.name(), "a name that is too long"))), new.pages().set(1))
    });
    assert!(matches!(long.await, Err(Error::Database(_))));
    let orphan = Book::objects().insert_from(&db, books(), |new, b| {
        (new.name().set(b.name()), new.pages().set(1), new.author().set(99))
    });
    assert!(matches!(orphan.await, Err(Error::ForeignKey(_))));
    Ok(())
}

#[tokio::test]
async fn keys_from_the_database_and_names_that_need_quotes() -> Outcome {
    let db = library().await?;
    let n = Ticket::objects().insert_from(&db, Author::objects(), |new, a| {
        (new.id().set(random_uuid()), new.name().set(a.name()))
    });
    assert_eq!(n.await?, 3);
    let tickets = Ticket::objects().all(&db).await?;
    assert_eq!(tickets.iter().map(|t| &*t.name).collect::<Vec<_>>(), ["Ada", "Bob", "Cy"]);
    assert_ne!(tickets[0].id, tickets[1].id);
    // The present moment is that of all rows.
    assert_eq!(tickets[0].issued, tickets[1].issued);
    let odd =
        Author::objects().insert_from(&db, Ticket::objects(), |new, t| new.name().set(t.name()));
    assert_eq!(odd.await?, 3);
    Ok(())
}

#[tokio::test]
async fn keys_of_several_columns() -> Outcome {
    let db = library().await?;
    let n = Seat::objects().insert_from(&db, Book::objects(), |new, b| {
        (new.room().set(1), new.seat().set(b.pages()), new.taken().set(0))
    });
    assert_eq!(n.await?, 3);
    let upsert = Seat::objects()
        .insert_from(&db, Book::objects(), |new, b| {
            (new.room().set(1), new.seat().set(b.pages()), new.taken().set(1))
        })
        .on_conflict(|s| (s.room(), s.seat()))
        .update_set(|s, new| s.taken().set(s.taken() + new.taken() + 1));
    assert_eq!(upsert.await?, 3);
    let taken = Seat::objects().values(|s| (s.seat(), s.taken())).all(&db).await?;
    assert_eq!(taken, [(10, 2), (600, 2), (700, 2)]);
    // A key of two columns, of a row, of a path, and none.
    let n = Visit::objects().insert_from(&db, Seat::objects(), |new, s| new.seat().set(s.clone()));
    assert_eq!(n.await?, 3);
    let n = Visit::objects().insert_from(&db, Visit::objects(), |new, v| new.seat().set(v.seat()));
    assert_eq!(n.await?, 3);
    let n = Visit::objects()
        .insert_from(&db, Seat::objects().limit(1), |new, _| new.seat().set((1, 10)));
    assert_eq!(n.await?, 1);
    let n =
        Visit::objects().insert_from(&db, Seat::objects().limit(1), |new, _| new.seat().set(None));
    assert_eq!(n.await?, 1);
    let visits = Visit::objects().values(|v| v.seat().seat()).all(&db).await?;
    let some = |seats: [i32; 7]| seats.map(Some);
    let mut expected = some([10, 600, 700, 10, 600, 700, 10]).to_vec();
    expected.push(None);
    assert_eq!(visits, expected);
    Ok(())
}

#[tokio::test]
async fn neither_hooks_nor_receivers_are_called() -> Outcome {
    let db = library().await?;
    let receiver = signals::before_save::<Watched>().connect(|row, _| {
        Box::pin(async move {
            row.name = "received".to_owned();
            Ok(())
        })
    });
    let n =
        Watched::objects().insert_from(&db, Author::objects(), |new, a| new.name().set(a.name()));
    assert_eq!(n.await?, 3);
    drop(receiver);
    let names = Watched::objects().order_by(|w| w.id()).values(|w| w.name());
    assert_eq!(names.all(&db).await?, ["Ada", "Bob", "Cy"].map(str::to_owned));
    // A deletion calls them, and cannot in WITH; an UPDATE of a query set does not.
    let gone = Watched::objects().deleting("gone");
    says(
        &gone.objects().all(&db).await.unwrap_err(),
        &["`deleting` of `Watched`", "hooks", ".delete_returning(&db)"],
    );
    let moved = Author::objects().insert_from(&db, gone, |new, w| new.name().set(w.name()));
    says(&moved.await.unwrap_err(), &["`deleting` of `Watched`"]);
    assert_eq!(Watched::objects().count(&db).await?, 3);
    let changed = Watched::objects().updating("changed", |w| w.name().set("new"));
    assert_eq!(
        changed.objects().values(|w| w.name()).all(&db).await?,
        ["new"; 3].map(str::to_owned)
    );
    // What refers to these is deleted by the library, which the statement does not know.
    let gone = Ticket::objects().deleting("gone");
    says(
        &gone.objects().all(&db).await.unwrap_err(),
        &["`deleting` of `Ticket`", "`Tail`", "`of`", "up to the library"],
    );
    // Books go with their authors in the database itself.
    let gone = Author::objects().filter(|a| a.name().eq("Ada")).deleting("gone");
    assert_eq!(gone.objects().values(|a| a.name()).all(&db).await?, ["Ada".to_owned()]);
    assert_eq!(Book::objects().count(&db).await?, 1);
    Ok(())
}

#[tokio::test]
async fn updating_writes_what_update_does() -> Outcome {
    let db = library().await?;
    let old = draft!(Archive { name: "x", pages: 1 }).save(&db).await?;
    let changed = Archive::objects().updating("changed", |a| a.pages().set(a.pages() + 1));
    let row = changed.objects().get(&db).await?;
    assert_eq!(row, Archive { pages: 2, sides: 4, ..old.clone() });
    let row = Archive::objects().update_returning(&db, |a| a.pages().set(a.pages() + 1)).await?;
    assert_eq!(row, [Archive { pages: 3, sides: 6, ..old }]);
    Ok(())
}
