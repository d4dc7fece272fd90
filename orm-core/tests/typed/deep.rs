//! Conditions of very many terms, and expressions nested very deeply: each is compiled in time
//! that grows with its size, or refused with what to do about it. Nothing overflows a stack.

use crate::model::{Author, Book};
use orm_core::expr::{Expr, Q, case, exists, subquery};
use orm_core::model::Fields;
use orm_core::queryset::QuerySet;
use orm_sql::Error;
use std::time::{Duration, Instant};

const TERMS: usize = 100_000;

/// The stack of tokio's threads.
const STACK: usize = 2 << 20;

fn books() -> QuerySet<Book> {
    QuerySet::unfiltered()
}

fn b() -> Fields<Book> {
    Book::paths()
}

/// A condition without a value, of which there can be any number.
fn plain() -> Q<Book> {
    b().release_year().isnull(true)
}

fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(test);
    thread.expect("a thread").join().expect("it ends");
}

/// Compiles a condition, and does with it everything else that is done with conditions.
fn compiled(condition: Q<Book>) -> Result<String, Error> {
    let copy = condition.clone();
    assert!(copy.node() == condition.node());
    assert!(!format!("{copy:?}").is_empty());
    drop(copy);
    let set = books().filter(|_| condition);
    let copy = set.clone();
    assert!(copy.query() == set.query());
    drop(set);
    copy.sql()
}

fn selected<T: orm_core::column::Column + Send + 'static>(
    expr: Expr<Book, T>,
) -> Result<String, Error>
where
    Expr<Book, T>: orm_core::select::Select<Book>,
{
    let copy = expr.clone();
    assert!(copy.node() == expr.node());
    assert!(!format!("{copy:?}").is_empty());
    books().values(|_| expr).sql()
}

fn assert_too_deep(sql: Result<String, Error>) {
    match sql {
        Err(Error::Usage(message)) => assert!(message.contains("200 levels deep"), "{message}"),
        other => panic!("{other:?}"),
    }
}

fn assert_too_many_parameters(sql: Result<String, Error>) {
    match sql {
        Err(Error::Usage(message)) => {
            assert!(message.contains("65535 parameters") && message.contains("`in_`"), "{message}");
        }
        other => panic!("{other:?}"),
    }
}

type Build = fn(usize) -> Q<Book>;

/// Ways to put terms together that stay flat.
const FLAT: &[(&str, Build)] = &[
    ("and, to the left", |n| (1..n).fold(plain(), |q, _| (q & plain()).q())),
    ("or, to the left", |n| (1..n).fold(plain(), |q, _| (q | plain()).q())),
    ("and, to the right", |n| (1..n).fold(plain(), |q, _| (plain() & q).q())),
    ("or, to the right", |n| (1..n).fold(plain(), |q, _| (plain() | q).q())),
    ("xor, to the left", |n| (1..n).fold(plain(), |q, _| (q ^ plain()).q())),
    ("xor, to the right", |n| (1..n).fold(plain(), |q, _| (plain() ^ q).q())),
    ("any_of", |n| Q::any_of((0..n).map(|_| plain()))),
    ("all_of", |n| Q::all_of((0..n).map(|_| plain()))),
    ("halves", halves),
    ("negated terms", |n| (1..n).fold(plain(), |q, _| (q | !plain()).q())),
    ("a negated list", |n| !Q::all_of((0..n).map(|_| plain()))),
    ("a list within a list", |n| {
        (Q::any_of((1..n).map(|_| plain())) & Q::any_of([plain(), plain()])).q()
    }),
];

fn halves(terms: usize) -> Q<Book> {
    match terms {
        0 | 1 => plain(),
        n => (halves(n / 2) | halves(n - n / 2)).q(),
    }
}

#[test]
fn flat_conditions_of_any_number_of_terms() {
    for (name, build) in FLAT {
        on_a_small_stack(move || {
            let sql = compiled(build(TERMS)).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(sql.matches(" IS ").count() >= TERMS, "{name}");
        });
    }
}

#[test]
fn the_order_of_terms_is_kept() {
    let terms = || [b().id().gt(1), b().big().gt(2), b().id().gt(3), b().big().gt(4)];
    let text = |q: Q<Book>| crate::show(&q);
    let [x, y, z, w] = terms();
    let left = text((((x & y) & z) & w).q());
    let [x, y, z, w] = terms();
    assert_eq!(text((x & (y & (z & w))).q()), left);
    let [x, y, z, w] = terms();
    assert_eq!(text(((x & y) & (z & w)).q()), left);
    let [x, y, z, w] = terms();
    assert_eq!(text((x & (y & z) & w).q()), left);
    assert_eq!(left, "(id Gt 1i64 AND big Gt 2i64 AND id Gt 3i64 AND big Gt 4i64)");
}

#[test]
fn negations_of_negations_are_none() {
    on_a_small_stack(|| {
        let even = (0..TERMS).fold(plain(), |q, _| !q);
        assert_eq!(compiled(even).ok(), compiled(plain()).ok());
        let odd = (0..=TERMS).fold(plain(), |q, _| !q);
        assert_eq!(compiled(odd).ok(), compiled(!plain()).ok());
    });
}

#[test]
fn alternating_connectives_are_deep() {
    let alternating = |levels: usize| {
        (0..levels).fold(plain(), |q, i| match i % 2 {
            0 => (q & plain()).q(),
            _ => (plain() | q).q(),
        })
    };
    let negated = |levels: usize| (0..levels).fold(plain(), |q, _| !(q | plain()).q());
    on_a_small_stack(move || {
        assert!(compiled(alternating(198)).is_ok());
        assert_too_deep(compiled(alternating(TERMS)));
        assert!(compiled(negated(98)).is_ok());
        assert_too_deep(compiled(negated(TERMS)));
    });
}

#[test]
fn values_are_counted() {
    on_a_small_stack(|| {
        let of = |n: i64| Q::any_of((0..n).map(|i| b().id().eq(i)));
        let sql = compiled(of(65_535)).expect("as many as there can be");
        assert!(sql.ends_with("= $65535"), "the last parameter has its number");
        assert_too_many_parameters(compiled(of(65_536)));
        assert_too_many_parameters(compiled(of(TERMS as i64)));
        assert!(compiled(b().id().in_((0..TERMS as i64).collect::<Vec<_>>())).is_ok());
    });
}

#[test]
fn conditions_over_to_many_relations_are_counted() {
    on_a_small_stack(|| {
        let authors = || QuerySet::<Author>::unfiltered();
        let of = |n: usize| Q::any_of((0..n).map(|_| Author::paths().books().pages().gt(1)));
        let set = authors().exclude(|_| of(TERMS));
        assert!(matches!(set.sql(), Err(Error::Usage(message)) if message.contains("4000 tables")));
        // Of one relation under one AND, all of them are about one row.
        let all = |n: usize| {
            let year = || Author::paths().books().release_year().isnull(true);
            authors().exclude(|_| Q::all_of((0..n).map(|_| year()))).sql()
        };
        assert!(all(TERMS).is_ok());
        let set = (0..TERMS).fold(books(), |set, _| set.filter(|_| plain()));
        assert!(set.sql().is_ok());
    });
}

#[test]
fn calculations() {
    on_a_small_stack(|| {
        let left = |n: usize| (0..n).fold(b().id() + 1, |sum, _| sum + 1);
        let right = |n: usize| (0..n).fold(b().id() + 1, |sum, _| b().id() + sum);
        let borrowed = |n: usize| (0..n).fold(b().id() + 1, |sum, _| &sum * 2);
        let minus = |n: usize| (0..n).fold(-b().id(), |sum, _| -sum);
        for calculation in [left(150), right(150), borrowed(150), minus(150)] {
            assert!(selected(calculation).is_ok());
        }
        for calculation in [left(5_000), right(5_000), borrowed(5_000), minus(5_000)] {
            assert_too_deep(selected(calculation));
        }
        let text = (0..5_000).fold(b().name().lower(), |text, _| text.upper());
        assert_too_deep(selected(text));
    });
}

#[test]
fn choices() {
    on_a_small_stack(|| {
        let last = |n: usize| {
            let start = case().when(plain(), 1_i64).otherwise(b().id());
            (0..n).fold(start, |inner, _| case().when(plain(), 1_i64).otherwise(inner))
        };
        let first = |n: usize| {
            let start = case().when(plain(), 1_i64).otherwise(b().id());
            (0..n).fold(start, |inner, _| case().when(plain(), inner).otherwise(1))
        };
        let condition = |n: usize| {
            let start = case().when(plain(), 1_i64).otherwise(b().id());
            (0..n).fold(start, |inner, _| case().when(inner.gt(1), 1_i64).otherwise(2))
        };
        for chosen in [last(150), first(150), condition(75)] {
            assert!(selected(chosen).is_ok());
        }
        for chosen in [last(2_000), first(2_000), condition(2_000)] {
            assert_too_deep(selected(chosen));
        }
        let wide =
            (0..TERMS).fold(case().when(plain(), b().id()), |case, _| case.when(plain(), b().id()));
        assert!(selected(wide.otherwise(b().big())).is_ok());
    });
}

#[test]
fn queries_inside_of_queries() {
    on_a_small_stack(|| {
        let within = |n: usize| (0..n).fold(plain(), |q, _| exists(books().filter(|_| q)));
        let listed = |n: usize| {
            (0..n).fold(plain(), |q, _| b().id().in_(books().filter(|_| q).values(|b| b.id())).q())
        };
        let negated = |n: usize| (0..n).fold(plain(), |q, _| !exists(books().exclude(|_| q)));
        for condition in [within(30), listed(30), negated(30)] {
            assert!(compiled(condition).is_ok());
        }
        for condition in [within(500), listed(500), negated(500)] {
            assert_too_deep(compiled(condition));
        }
        let scalar = |n: usize| {
            (0..n).fold(Expr::<Book, Option<i64>>::from(b().id().max()), |inner, _| {
                subquery(books().values(|_| inner).limit(1))
            })
        };
        assert!(selected(scalar(30)).is_ok());
        assert_too_deep(selected(scalar(500)));
    });
}

fn time(build: Build, terms: usize) -> Duration {
    let start = Instant::now();
    drop(compiled(build(terms)));
    start.elapsed()
}

#[test]
fn time_grows_with_the_number_of_terms() {
    let some = ["or, to the left", "and, to the right", "halves", "a negated list"];
    for (name, build) in FLAT.iter().filter(|(name, _)| some.contains(name)) {
        on_a_small_stack(move || {
            // The least times count: on a busy machine others take a part of them.
            let (mut half, mut whole) = (Duration::MAX, Duration::MAX);
            for _ in 0..10 {
                half = half.min(time(*build, 20_000));
                whole = whole.min(time(*build, 40_000));
                if whole < half * 3 {
                    return;
                }
            }
            panic!("{name}: {half:?}, and {whole:?} for twice the terms");
        });
    }
}

#[test]
fn query_sets_that_are_combined() {
    let some = || books().filter(|b| b.release_year().isnull(true));
    type Combine = fn(QuerySet<Book>, QuerySet<Book>) -> QuerySet<Book>;
    let orders: [Combine; 4] =
        [|all, one| all | one, |all, one| one | all, |all, one| all & one, |all, one| one ^ all];
    for (place, combine) in orders.into_iter().enumerate() {
        on_a_small_stack(move || {
            let time = |n: usize| {
                let start = Instant::now();
                let all = (0..n).fold(some(), |all, _| combine(all, some()));
                assert!(all.sql().is_ok());
                start.elapsed()
            };
            let grows_alike = || time(TERMS) < time(TERMS / 2) * 3;
            assert!((0..10).any(|_| grows_alike()), "order {place}");
        });
    }
}
