//! Queries made and compiled to SQL, but not run: one of five conditions over two joins, and one of each
//! construct beyond that.
//!
//! We aim at 0.5 µs and 6 allocations for the first, and at 4 µs for the others.

use crate::Result;
use crate::clock::Clock;
use crate::command::{Counted, Counter};
use crate::contest::{Effort, median};
use crate::models::{Account, Comment, Post};
use orm::SqlValue;
use orm::prelude::*;
use std::fmt::Write;
use std::hint::black_box;
use std::time::Duration;

/// One way to make the query.
pub struct Way {
    /// The name in the table.
    pub name: &'static str,
    /// Makes it once, and returns the length of its text.
    pub make: fn(i64) -> usize,
}

/// The ways, the reference first.
pub const WAYS: &[Way] = &[
    Way { name: "one String and one Vec", make: by_hand },
    Way { name: "orm, sql_with_params()", make: with_params },
    Way { name: "orm, sql()", make: ours },
    Way { name: "a total of related rows", make: |id| length(totals(id).sql()) },
    Way { name: "a subquery for each row", make: |id| length(newest(id).sql()) },
    Way { name: "a window of two functions", make: |id| length(ranked(id).sql()) },
    Way { name: "a union, ordered", make: |id| length(either(id).sql()) },
    Way { name: "a query set beside rows", make: |id| length(beside(id).sql()) },
    Way { name: "a case, ordered by", make: |id| length(kinds(id).sql()) },
    Way { name: "a lock", make: |id| length(locked(id).sql()) },
];

/// The median of the CPU time of each way, where so many threads do the same.
pub fn times(effort: Effort, threads: u32) -> Vec<Duration> {
    const TIMES: u32 = 5_000;
    let mut spans = vec![Vec::new(); WAYS.len()];
    for _ in 0..effort.rounds {
        for (way, spans) in WAYS.iter().zip(&mut spans) {
            let work = || {
                for i in 0..TIMES {
                    black_box((way.make)(black_box(i64::from(i))));
                }
            };
            let start = Clock::now();
            std::thread::scope(|scope| {
                for _ in 1..threads {
                    scope.spawn(work);
                }
                work();
            });
            spans.push(start.elapsed().cpu.as_secs_f64() / f64::from(TIMES * threads));
        }
    }
    let medians = spans.into_iter().map(|spans| median(spans).unwrap_or_default());
    medians.map(Duration::from_secs_f64).collect()
}

/// What each way allocates.
pub fn allocations(counter: Counter<'_>) -> Vec<Counted> {
    let count = |way: &Way| {
        // Before, for what is made once, and for what a thread copies that asks for it again.
        (way.make)(0);
        (way.make)(1);
        counter(&mut || {
            black_box((way.make)(black_box(2)));
        })
    };
    WAYS.iter().map(count).collect()
}

/// The texts, to be looked at.
///
/// # Errors
///
/// Where the query has no SQL.
pub fn text() -> Result<String> {
    Ok(query(5).sql()?)
}

fn query(id: i64) -> orm::QuerySet<Comment> {
    Comment::objects()
        .filter(|c| {
            c.id().gt(id)
                & c.body().startswith("what")
                & c.post().title().contains("number")
                & c.post().account().id().lt(90)
                & c.post().account().name().ne("nobody")
        })
        .order_by(|c| c.id())
}

fn totals(id: i64) -> orm::QuerySet<Account, impl Send + 'static> {
    Account::objects()
        .filter(|a| a.id().gt(id))
        .annotate(|a| (a.posts().count(), a.posts().comments().id().max()))
        .order_by(|a| a.posts().count().desc())
}

fn newest(id: i64) -> orm::QuerySet<Post, impl Send + 'static> {
    Post::objects().filter(|p| p.id().gt(id)).annotate(|p| {
        let comments = Comment::objects().filter(|c| c.post().id().eq(outer_ref(p.id())));
        subquery(comments.order_by(|c| c.id().desc()).values(|c| c.body()).limit(1))
    })
}

fn ranked(id: i64) -> orm::QuerySet<Post, impl Send + 'static> {
    Post::objects().filter(|p| p.id().gt(id)).annotate(|p| {
        let w = window().partition_by(p.account()).order_by(p.id().desc());
        (rank().over(&w), p.id().sum().over(&w))
    })
}

fn either(id: i64) -> orm::Nested<Post, (i64, String), impl Send + 'static> {
    let posts = Post::objects().filter(|p| p.id().gt(id)).values(|p| (p.id(), p.title()));
    let comments = Comment::objects().filter(|c| c.id().lt(id)).values(|c| (c.id(), c.body()));
    posts.union(comments).order_by(|(id, text)| (text.clone(), id.clone())).limit(10)
}

fn beside(id: i64) -> orm::Nested<Account, (Account, (i64, i64)), impl Send + 'static> {
    let counts = Post::objects()
        .filter(|p| p.id().gt(id))
        .values(|p| p.account().id())
        .annotate(|p| p.id().count());
    Account::objects().join(counts, |a, (account, _)| a.id().eq(account.clone()))
}

fn kinds(id: i64) -> orm::QuerySet<Post, impl Send + 'static> {
    let p = Post::paths();
    let old = p.title().startswith("old");
    let kind = case().when(p.id().gt(id), "new").when(old, "old").otherwise("other");
    let again = kind.clone();
    Post::objects().annotate(move |_| kind.clone()).order_by(move |_| again.clone())
}

fn locked(id: i64) -> orm::QuerySet<Post> {
    Post::objects().filter(|p| p.id().eq(id)).select_for_update().skip_locked()
}

fn length(sql: orm::Result<String>) -> usize {
    sql.map_or(0, |sql| sql.len())
}

fn ours(id: i64) -> usize {
    query(id).sql().map_or(0, |sql| sql.len())
}

fn with_params(id: i64) -> usize {
    query(id).sql_with_params().map_or(0, |(sql, params)| sql.len() + params.len())
}

/// As a program that puts together conditions would do it.
fn by_hand(id: i64) -> usize {
    let mut sql = String::with_capacity(400);
    let mut params: Vec<SqlValue> = Vec::with_capacity(5);
    sql.push_str("SELECT c.id, c.body, c.post_id FROM comment c JOIN post p ON p.id = c.post_id ");
    sql.push_str("JOIN account a ON a.id = p.account_id WHERE ");
    let mut condition = |text: &str, value: SqlValue| {
        if !params.is_empty() {
            sql.push_str(" AND ");
        }
        params.push(value);
        let _ = write!(sql, "{text} ${}", params.len());
    };
    condition("c.id >", SqlValue::I64(id));
    condition("c.body LIKE", SqlValue::Text("what%".to_owned()));
    condition("p.title LIKE", SqlValue::Text("%number%".to_owned()));
    condition("a.id <", SqlValue::I64(90));
    condition("a.name <>", SqlValue::Text("nobody".to_owned()));
    sql.push_str(" ORDER BY c.id");
    sql.len() + params.len()
}
