//! What does not compile, and what the compiler says about it.
//!
//! The messages are compared word for word with `tests/ui/*.stderr`. Other versions of the
//! compiler word their part otherwise, so they are compared with one version only.

#[path = "ui/library/mod.rs"]
mod library;

use library::{Author, AuthorFields, Book};
use orm::prelude::*;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

/// The version that has written the messages.
const RUSTC: &str = "rustc 1.95.";

/// No error is longer than that: the beginning of it fits a terminal.
const LINES: usize = 30;

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

#[test]
fn every_case_has_its_message() {
    let cases = files("rs");
    let messages = files("stderr");
    assert!(cases.len() >= 40, "only {} cases", cases.len());
    assert_eq!(cases, messages, "a case without its `.stderr`, or the reverse");
}

#[test]
fn errors_are_short() {
    let too_long: Vec<String> = files("stderr")
        .iter()
        .flat_map(|name| errors(name).into_iter().map(move |error| (name, error)))
        .filter(|(_, error)| error.lines().count() > LINES)
        .map(|(name, error)| format!("{name}: {} lines", error.lines().count()))
        .collect();
    assert!(too_long.is_empty(), "errors of more than {LINES} lines: {too_long:#?}");
}

/// Counted over all cases: `cargo test --test compile_fail messages_are_short -- --nocapture`.
#[test]
fn messages_are_short() {
    let cases: Vec<Vec<String>> = files("stderr").iter().map(|name| errors(name)).collect();
    let mut lines: Vec<usize> =
        cases.iter().map(|case| case.iter().map(|error| error.lines().count()).sum()).collect();
    lines.sort_unstable();
    let at = |part: usize| lines.get(lines.len() * part / 100).copied().unwrap_or_default();
    let begins = |case: &&Vec<String>| case.first().is_some_and(|error| ours(&first_line(error)));
    let (own, one) = (cases.iter().filter(begins).count(), cases.iter().filter(|c| c.len() == 1));
    println!(
        "{} cases, {own} begin with our sentence, {} are one error; lines: median {}, p90 {}, longest {}",
        cases.len(),
        one.count(),
        at(50),
        at(90),
        at(99),
    );
    assert!(at(50) <= 11, "the median of lines is {}", at(50));
}

/// The cases in which the language leaves the first line to the compiler, with what it says.
const OF_THE_COMPILER: &[(&str, &[&str])] = &[
    // A name that is nowhere: the compiler looks for a near one.
    (
        "error[E0599]: no method named",
        &[
            "bulk_update_unknown_field",
            "corpus_filter_unknown_field",
            "corpus_filter_unknown_lookup",
            "lookup_misspelt",
            "on_conflict_unknown_field",
            "q_unknown_field",
            "q_unknown_field_of_relation",
            "q_unknown_lookup",
            "unknown_field_near",
            "unknown_method",
        ],
    ),
    ("error[E0599]: no function or associated item named", &["nested_unknown"]),
    ("error[E0425]: cannot find type", &["derive_key_to_unknown_type"]),
    ("error[E0609]: no field", &["draft_unknown_field", "row_forgotten_relation"]),
    ("error[E0615]: attempted to take value of method", &["field_without_parentheses"]),
    // A struct of the user's, filled by `row!`.
    ("error[E0063]: missing field", &["row_missing_field"]),
    ("error[E0308]: mismatched types", &["row_nullable", "row_wrong_type"]),
    ("error[E0560]: struct `Card` has no field", &["row_unknown_field"]),
    // Operators that Rust does not let a library have: `&&` and `||`, and those of one operand where
    // the type has none.
    ("error[E0308]: mismatched types", &["and_operator", "or_operator"]),
    ("error[E0600]: cannot apply unary operator `!`", &["not_operator_on_number"]),
    // A function of the user's that takes another type.
    ("error[E0308]: mismatched types", &["derive_validator_of_another_type"]),
    ("error[E0600]: cannot apply unary operator `-`", &["order_by_negated_text"]),
    // Closures in transactions: what they return, and a `tx` that leaves its transaction.
    ("error[E0277]: the `?` operator", &["transaction_closure_without_result"]),
    ("error[E0283]: type annotations needed", &["try_transaction_without_error_type"]),
    ("error[E0308]: mismatched types", &["transaction_with_another_error"]),
    ("error[E0521]: borrowed data escapes", &["on_commit_borrows"]),
    ("error[E0507]: cannot move out of `*tx`", &["transaction_committed_inside"]),
    (
        "error: lifetime may not live long enough",
        &["transaction_kept_outside", "transaction_moved_out"],
    ),
    // Numbers that do not fit their type.
    ("error[E0600]: cannot apply unary operator `-`", &["corpus_order_negative_nth"]),
    (
        "error[E0277]: the trait bound `u64: Neg`",
        &["corpus_order_negative_index", "slice_negative"],
    ),
    (
        "error: literal out of range for `i32`",
        &[
            "corpus_lookups_int_out_of_range_exact",
            "corpus_lookups_int_out_of_range_gt",
            "corpus_lookups_int_out_of_range_lt",
        ],
    ),
];

#[test]
fn errors_begin_with_our_sentence() {
    let mut wrong = Vec::new();
    for name in files("stderr") {
        let first = errors(&name).first().map_or(String::new(), |error| first_line(error));
        let listed = OF_THE_COMPILER.iter().find(|(_, names)| names.contains(&&*name));
        match listed {
            Some((says, _)) if first.contains(says) => {}
            None if ours(&first) => {}
            _ => wrong.push(format!("{name}: {first}")),
        }
    }
    assert!(wrong.is_empty(), "unexpected first lines: {wrong:#?}");
}

/// True for sentences of the library: those of the derive have no number, or stand in an assertion,
/// and those of `#[diagnostic::on_unimplemented]` have E0277 and do not speak of trait bounds.
fn ours(first: &str) -> bool {
    let compiler = ["the trait bound", "type mismatch", "the size for", "literal", "expected"];
    let begins = ["error[E0277]: ", "error: ", "error[E0080]: evaluation panicked: "];
    let sentence = begins.iter().find_map(|begin| first.strip_prefix(begin));
    sentence.is_some_and(|sentence| !compiler.iter().any(|words| sentence.starts_with(words)))
}

/// The names of the files of a kind.
fn files(extension: &str) -> Vec<String> {
    let entries = fs::read_dir(directory()).expect("tests/ui is there");
    let paths = entries.map(|entry| entry.expect("tests/ui can be read").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    let stem = |path: PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let mut names: Vec<String> = paths.filter_map(stem).collect();
    names.sort();
    names
}

/// The errors of a case, one by one.
fn errors(name: &str) -> Vec<String> {
    let text = fs::read_to_string(directory().join(format!("{name}.stderr")));
    let text = text.expect("the message can be read");
    let mut errors: Vec<String> = Vec::new();
    for line in text.lines() {
        match errors.last_mut() {
            Some(error) if !line.starts_with("error") && !line.starts_with("warning") => {
                error.push_str(line);
                error.push('\n');
            }
            _ => errors.push(format!("{line}\n")),
        }
    }
    errors.iter().map(|error| error.trim_end().to_owned()).collect()
}

fn first_line(error: &str) -> String {
    error.lines().next().unwrap_or_default().to_owned()
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/ui")
}
