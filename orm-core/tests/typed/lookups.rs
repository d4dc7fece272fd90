use crate::model::{Author, Book, Cents, Slug};
use crate::{holds, show};
use chrono::Utc;
use orm_core::expr::Cast as _;
use orm_core::expr::{Condition, Q, case, coalesce};
use orm_core::model::Fields;
use rust_decimal::Decimal;
use std::borrow::Cow;

/// As `filter` takes it.
fn filter<C: Condition<Book>>(f: impl FnOnce(&Fields<Book>) -> C) -> Q<Book> {
    let condition = f(&Book::paths());
    Q::all_of([condition])
}

fn check<C: Condition<Book>>(f: impl FnOnce(&Fields<Book>) -> C, expected: &str) {
    assert_eq!(show(&filter(f)), expected);
}

#[test]
fn what_a_person_would_write_compiles() {
    let (name, cow) = (String::from("x"), Cow::Borrowed("y"));
    let list = [1i32, 2];
    let _ = filter(|b| {
        b.pages().gt(100)
            & b.big().gt(100)
            & b.small().gt(100)
            & b.price().gt(5)
            & b.price().gt(5i64)
            & b.price().gt(Decimal::ONE)
            & b.rating().gt(5)
            & b.rating().gt(1.5)
            & b.weight().lt(1.5)
            & b.discount().lte(5)
            & b.release_year().gte(2020)
            & b.name().eq("x")
            & b.name().eq(&name)
            & b.name().eq(name.clone())
            & b.name().eq(cow)
            & b.big().gt(b.pages())
            & b.big().gt(b.release_year())
            & b.price().gt(b.pages())
            & b.big().gt(5_000_000_000)
            & b.created().lt(Utc::now())
            & b.code().eq(uuid::Uuid::nil())
            & b.in_print()
            & !b.in_print().eq(true)
    });
    for n in &list {
        let _ = filter(|b| b.pages().eq(n));
    }
}

#[test]
fn comparisons() {
    check(|b| b.pages().gt(100), "pages Gt 100");
    check(|b| b.name().exact("x"), "name Eq 'x'");
    check(|b| b.editor().name().ne("x"), "editor.name Ne 'x'");
    check(|b| b.release_year().eq(None), "release_year IS NULL");
    check(|b| b.release_year().ne(None), "release_year IS NOT NULL");
    check(|b| b.name().eq(None), "name IS NULL");
    check(|b| b.code().eq(None), "code IS NULL");
    check(|b| b.pages().eq(Some(3)), "pages Eq 3");
    check(
        |b| {
            let p = b.pages();
            p.gt(1) & (p.lt(9) | b.signed())
        },
        "(pages Gt 1 AND (pages Lt 9 OR signed))",
    );
}

#[test]
fn nullability_is_in_the_type() {
    let (b, a) = (Book::paths(), Author::paths());
    holds::<bool>(b.pages().gt(1));
    holds::<Option<bool>>(b.release_year().gt(1));
    holds::<Option<bool>>(b.pages().gt(b.release_year()));
    holds::<bool>(b.author().name().eq("x"));
    holds::<Option<bool>>(b.editor().name().eq("x"));
    holds::<Option<bool>>(a.books().pages().eq(1));
    holds::<bool>(b.editor().name().isnull(true));
    holds::<bool>(b.release_year().gt(1).is_true());
    holds::<Option<bool>>(b.pages().gt(1) & b.editor().name().eq("x"));
}

#[test]
fn ranges() {
    check(|b| b.pages().range(1..=9), "pages BETWEEN 1 AND 9");
    check(|b| b.big().range(1..9), "(big Gte 1i64 AND big Lt 9i64)");
    check(|b| b.price().range(5..), "price Gte 5d");
    check(|b| b.pages().range(..=b.release_year()), "pages Lte release_year");
    check(|b| b.name().range("a"..="c"), "name BETWEEN 'a' AND 'c'");
    check(|b| b.release_year().range(..), "release_year IS NOT NULL");
}

#[test]
fn lists() {
    let values = |b: &str, t: &str| format!("{b} IN Values([{t}]");
    let shows = |condition: Q<Book>, expected: String| {
        assert!(show(&condition).starts_with(&expected), "{}", show(&condition));
    };
    shows(filter(|b| b.big().in_([1, 2])), values("big", "I64(1), I64(2)"));
    shows(filter(|b| b.big().in_(vec![Some(1), None])), values("big", "I64(1)"));
    shows(filter(|b| b.pages().in_(Vec::<i32>::new())), values("pages", ""));
    shows(filter(|b| b.name().in_(["a", "b"])), values("name", r#"Text("a"), Text("b")"#));
    let names = vec![String::from("a")];
    shows(filter(|b| b.name().in_(&names)), values("name", r#"Text("a")"#));
    shows(filter(|b| b.name().in_(&names[..])), values("name", r#"Text("a")"#));
    shows(filter(|b| b.price().in_((b.discount(), 5))), "price IN Nodes([Column".into());
    shows(filter(|b| b.price().in_([1, 2])), "price IN Values([Decimal(1), Decimal(2)]".into());
}

#[test]
fn text() {
    check(|b| b.name().contains("x"), "name Contains 'x'");
    check(|b| b.subtitle().contains(b.name()), "subtitle Contains name");
    check(|b| b.author().name().icontains("lennon"), "author.name IContains 'lennon'");
    check(|b| b.name().iexact("x"), "name IExact 'x'");
    check(|b| b.name().startswith("x"), "name StartsWith 'x'");
    check(|b| b.name().istartswith("x"), "name IStartsWith 'x'");
    check(|b| b.name().endswith("x"), "name EndsWith 'x'");
    check(|b| b.name().iendswith("x"), "name IEndsWith 'x'");
    check(|b| b.name().regex("^x"), "name Regex '^x'");
    check(|b| b.name().iregex("^x"), "name IRegex '^x'");
    holds::<Option<bool>>(Book::paths().subtitle().contains("x"));
}

#[test]
fn types_of_ones_own() {
    let b = Book::paths();
    let slug = Slug("x".into());
    check(|b| b.slug().eq(&slug), "slug Eq 'x'");
    check(|b| b.slug().icontains("x"), "slug IContains 'x'");
    check(|b| b.slug().contains("x"), "slug Contains 'x'");
    check(|b| b.cost().gt(Cents(5)), "cost Gt 5i64");
    check(|b| b.cost().eq(None), "cost IS NULL");
    holds::<String>(b.slug().lower());
    holds::<Slug>(coalesce((b.slug(), slug.clone())));
    holds::<Option<Cents>>(b.cost().max());
    holds::<Option<i64>>(b.cost().cast::<i64>() + 1);
    holds::<Cents>(case().when(b.in_print(), Cents(1)).otherwise(Cents(2)));
}
