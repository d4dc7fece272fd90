//! Two counts over two to-many relations: in subqueries of their own, over one join, and as a person would
//! write them, over 10,000 rows with 100,000 related ones each.
//!
//! ```text
//! cargo run --release --bin several_relations
//! ```

use orm::prelude::*;
use orm_bench::Result;
use orm_bench::contest::median;
use orm_testkit::TestDatabase;
use std::time::Instant;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(table = "book")]
pub struct Book {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(table = "review")]
pub struct Review {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "reviews")]
    pub book: ForeignKey<Book>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(table = "award")]
pub struct Award {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "awards")]
    pub book: ForeignKey<Book>,
}

/// How often each query runs.
const TIMES: usize = 30;

/// What a person would write: each relation grouped by itself.
const BY_HAND: &str = "SELECT b.id, COALESCE(r.n, 0), COALESCE(a.n, 0) FROM book b \
    LEFT JOIN (SELECT book_id, COUNT(*) AS n FROM review GROUP BY 1) r ON r.book_id = b.id \
    LEFT JOIN (SELECT book_id, COUNT(*) AS n FROM award GROUP BY 1) a ON a.book_id = b.id \
    WHERE b.id <= $1";

fn main() -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(measure())
}

async fn measure() -> Result<()> {
    let db = TestDatabase::empty().await?;
    create_tables::<(Book, Review, Award)>(&*db).await?;
    db.execute("INSERT INTO book SELECT n, 'x' FROM generate_series(1, 10000) n", params![])
        .await?;
    for table in ["review", "award"] {
        let sql = format!(
            "INSERT INTO {table} SELECT n, 1 + n % 10000 FROM generate_series(1, 100000) n"
        );
        db.execute(&sql, params![]).await?;
        db.execute(&format!("ANALYZE {table}"), params![]).await?;
    }
    println!("rows     own subqueries   one join, distinct   by hand");
    for rows in [20_i64, 1_000, 10_000] {
        let (mut own, mut joined, mut by_hand) = (Vec::new(), Vec::new(), Vec::new());
        let books = || Book::objects().filter(|b| b.id().lte(rows));
        for _ in 0..TIMES {
            let start = Instant::now();
            let apart = books().values(|b| (b.id(), b.reviews().count(), b.awards().count()));
            let apart = apart.all(&*db).await?;
            own.push(start.elapsed().as_secs_f64() * 1e3);
            let start = Instant::now();
            let distinct = books().values(|b| {
                (b.id(), b.reviews().count().distinct(), b.awards().count().distinct())
            });
            let distinct = distinct.all(&*db).await?;
            joined.push(start.elapsed().as_secs_f64() * 1e3);
            let start = Instant::now();
            let hand = db.query_as::<(i64, i64, i64)>(BY_HAND, params![rows]).await?;
            by_hand.push(start.elapsed().as_secs_f64() * 1e3);
            assert_eq!((apart.len(), distinct.len()), (hand.len(), hand.len()));
        }
        let [own, joined, by_hand] =
            [own, joined, by_hand].map(|times| median(times).unwrap_or_default());
        println!("{rows:<8} {own:>11.2} ms {joined:>17.2} ms {by_hand:>9.2} ms");
    }
    Ok(())
}
