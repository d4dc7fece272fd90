//! A query of five conditions over two joins, made and compiled to SQL, but not run.
//!
//! We aim at 1.5 µs and 20 allocations.

use crate::Result;
use crate::clock::Clock;
use crate::command::{Counted, Counter};
use crate::contest::{Effort, median};
use crate::models::Comment;
use orm::{ModelExt, SqlValue};
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
];

/// The median time of each way.
pub fn times(effort: Effort) -> Vec<Duration> {
    const TIMES: u32 = 2_000;
    let mut spans = vec![Vec::new(); WAYS.len()];
    for _ in 0..effort.rounds {
        for (way, spans) in WAYS.iter().zip(&mut spans) {
            let start = Clock::now();
            for i in 0..TIMES {
                black_box((way.make)(black_box(i64::from(i))));
            }
            spans.push(start.elapsed().cpu.as_secs_f64() / f64::from(TIMES));
        }
    }
    let medians = spans.into_iter().map(|spans| median(spans).unwrap_or_default());
    medians.map(Duration::from_secs_f64).collect()
}

/// What each way allocates.
pub fn allocations(counter: Counter<'_>) -> Vec<Counted> {
    let count = |way: &Way| {
        // Once before, for what is made once.
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
