//! What does not compile, and what the compiler says about it.
//!
//! The messages are compared word for word with `tests/ui/*.stderr`. Other versions of the
//! compiler word their part otherwise, so they are compared with one version only.

#[path = "ui/counted/mod.rs"]
mod counted;
#[path = "ui/library/mod.rs"]
mod library;

use library::{Author, AuthorFields, Book};
use orm::prelude::*;
use std::io::Write;
use std::process::Command;

/// The version that has written the messages.
const RUSTC: &str = "rustc 1.95.";

#[test]
fn mistakes_do_not_compile() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(rustc).arg("--version").output().expect("rustc runs");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    if !version.starts_with(RUSTC) {
        // Not by `println!`, which the test runner keeps to itself where nothing fails.
        let version = version.trim();
        let why = format!("skipped: the messages are those of {RUSTC}*, this is {version}\n");
        std::io::stderr().write_all(why.as_bytes()).expect("stderr can be written");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

/// The other side of `isnull_of_not_null` and `isnull_of_required_relation`.
#[test]
fn isnull_is_where_null_can_be() {
    let queries = [
        Book::objects().filter(|b| b.subtitle().isnull(true)).sql(),
        Book::objects().filter(|b| b.editor().isnull(false)).sql(),
        Book::objects().filter(|b| b.editor().name().isnull(true)).sql(),
        Book::objects().filter(|b| b.tags().isnull(true)).sql(),
        Book::objects().filter(|b| b.tags().name().isnull(true)).sql(),
        Author::objects().filter(|a| a.books().isnull(true)).sql(),
        Author::objects().filter(|a| a.books().pages().isnull(false)).sql(),
    ];
    for sql in queries {
        let sql = sql.expect("there is SQL for it");
        assert!(sql.contains(" NULL"), "{sql}");
    }
}

/// Columns whose names are those of methods that relations have not, or that drafts have.
#[derive(Model, Clone, Debug, PartialEq)]
struct Named {
    id: i64,
    sum: i32,
    filter: String,
    contains: bool,
    all: i32,
    save: i32,
    copy_from: i32,
    into_raw: i32,
    with: i32,
    #[field(on_delete = Cascade, related_name = "first")]
    gt: ForeignKey<Author>,
}

/// The other side of `relation_filter`, `relation_sum` and the like.
#[test]
fn columns_may_have_the_names_of_mistakes() {
    let named = Author::objects().filter(|a| {
        a.first().sum().gt(1)
            & a.first().filter().eq("x")
            & a.first().contains()
            & a.first().all().lt(3)
            & a.first().gt().name().eq("Lem")
    });
    let sql = named.sql().expect("there is SQL for it");
    for column in ["sum\" > $1", "filter\" = $2", "contains\"", "all\" < $3", "name\" = $4"] {
        assert!(sql.contains(column), "{sql}");
    }
    let draft = draft!(Named {
        sum: 1,
        filter: "x",
        contains: true,
        all: 1,
        save: 2,
        copy_from: 3,
        into_raw: 4,
        with: 5,
        gt: 1
    });
    let draft = draft.with(|d| d.save, 6);
    assert!(is_complete(&draft), "every required field is given");
}

fn is_complete(_: &impl Complete) -> bool {
    true
}

trait OfTheUser: Sized {
    fn like(&self, _: &str) -> i32 {
        1
    }
    fn sum(&self) -> i32 {
        2
    }
    fn len(self) -> i32 {
        3
    }
}
impl<R, T, K> OfTheUser for Expr<R, T, K> {}
impl<R, K> OfTheUser for AuthorFields<R, K> {}
impl<M, O, S> OfTheUser for QuerySet<M, O, S> {}

/// The other side of `other_names_of_lookups`, `relation_sum` and `query_set_as_iterator`.
#[test]
fn methods_of_users_come_before_mistakes() {
    let book = Book::paths();
    let (title, author) = (book.title(), book.author());
    assert_eq!([title.like("x"), author.sum(), Book::objects().len()], [1, 2, 3]);
}

/// The other side of `set_none_on_not_null` and the like.
#[test]
fn null_goes_where_it_can() {
    let book = Book::paths();
    let nullable = book.subtitle();
    let _ = [
        book.subtitle().set(None),
        book.subtitle().set("x"),
        book.subtitle().set(book.title()),
        book.subtitle().set(nullable.clone()),
        book.title().set(coalesce((nullable, "x"))),
        book.title().set(book.author().name()),
        book.pages().set(book.pages() + 1),
        book.editor().set(None),
        book.editor().set(book.author()),
        book.editor().set(book.author().books().editor()),
        book.author().set(3),
    ];
}

/// The other side of `in_a_single_value`, `draft_wrong_type` and the like.
#[test]
fn values_stand_in_many_forms() {
    let (rows, ids) = ([3_i64, 4], std::collections::HashSet::from([1_i64]));
    let sql = |books: QuerySet<Book>| books.sql().expect("there is SQL for it");
    let lists = [
        sql(Book::objects().filter(|b| b.id().in_(rows.iter()))),
        sql(Book::objects().filter(|b| b.id().in_(rows.iter().map(|id| id + 1)))),
        sql(Book::objects().filter(|b| b.author().pk().in_(&ids))),
        sql(Book::objects().filter(|b| b.author().in_(rows.iter().copied().filter(|id| *id > 3)))),
    ];
    for sql in lists {
        assert!(sql.contains("= ANY($1)"), "{sql}");
    }
    let exact = sql(Book::objects().filter(|b| b.price().gt("9.99") & b.price().lt(dec!(19.99))));
    assert!(exact.contains("> $1 AND") && !exact.contains("CAST"), "{exact}");
    let wide = sql(Book::objects().filter(|b| b.price().gt("0.00000000000000000000000000000001")));
    assert!(wide.contains("CAST($1 AS numeric)"), "left to the server: {wide}");

    let author = Author { id: 1, name: "Lem".into(), rating: None };
    let (title, wanted) = (String::from("x"), Some(&author));
    let id: Option<i64> = None;
    let draft = draft!(Book {
        isbn: &Uuid::nil(),
        title: &title,
        subtitle: Some(title.as_str()),
        pages: &3,
        price: "4.50",
        published: [NaiveDate::MIN].first(),
        author: author.clone(),
        editor: wanted
    });
    assert!(is_complete(&draft));
    let draft = draft!(Book { isbn: Uuid::nil(), title, subtitle: None, author: 1, editor: id });
    assert!(is_complete(&draft));
    let keys: [ForeignKey<Author>; 3] = [(&author).into(), author.into(), ForeignKey::new(1)];
    assert!(keys.iter().all(|key| key.pk() == 1));
}

#[derive(Model, Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Shelf {
    id: i64,
    #[field(related_name = "+")]
    tags: ManyToMany<library::Tag>,
}

#[test]
fn rows_with_links_are_serialized_without_them() {
    let shelf = Shelf { id: 1, tags: ManyToMany::default() };
    let text = serde_json::to_string(&shelf).expect("it is written");
    assert_eq!(text, r#"{"id":1,"tags":null}"#);
    assert_eq!(serde_json::from_str::<Shelf>(&text).expect("it is read"), shelf);
    let listed = serde_json::from_str::<Shelf>(r#"{"id":1,"tags":[1,2]}"#);
    assert_eq!(listed.expect("what stands there is passed over"), shelf);
}
