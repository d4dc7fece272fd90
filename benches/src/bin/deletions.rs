//! What counting the rows of cascades costs, beside a plain DELETE with `ON DELETE CASCADE`.
//!
//! ```text
//! cargo run --release --bin deletions
//! ```

use orm::prelude::*;
use orm_bench::Result;
use orm_bench::contest::median;
use orm_bench::models::{Account, Comment, Post};
use orm_testkit::TestDatabase;
use std::time::Instant;

/// Accounts with so many posts, of so many comments each, deleted so many times.
const SIZES: [(i64, i64, usize); 4] = [(0, 0, 300), (1, 10, 300), (10, 10, 200), (100, 100, 20)];

fn main() -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(measure())
}

async fn measure() -> Result<()> {
    let db = TestDatabase::empty().await?;
    create_tables::<(Account, Post, Comment)>(&*db).await?;
    println!("posts × comments   plain DELETE   counted   ratio");
    for (posts, comments, times) in SIZES {
        let (mut plain, mut counted) = (Vec::new(), Vec::new());
        for _ in 0..times {
            fill(&db, posts, comments).await?;
            let start = Instant::now();
            db.execute("DELETE FROM account WHERE id = $1", params![1_i64]).await?;
            plain.push(start.elapsed().as_secs_f64() * 1e3);
            fill(&db, posts, comments).await?;
            let start = Instant::now();
            let gone = Account::objects().filter(|a| a.id().eq(1)).delete(&*db).await?;
            counted.push(start.elapsed().as_secs_f64() * 1e3);
            assert_eq!(gone.total as i64, 1 + posts + posts * comments);
        }
        let (plain, counted) = (median(plain).unwrap_or(0.0), median(counted).unwrap_or(0.0));
        let size = format!("{posts} × {comments}");
        println!("{size:<18} {plain:>9.2} ms {counted:>6.2} ms {:>7.2}", counted / plain);
    }
    Ok(())
}

/// One account with its posts and their comments.
async fn fill(db: &Database, posts: i64, comments: i64) -> Result<()> {
    db.execute("INSERT INTO account VALUES (1, 'x')", params![]).await?;
    let sql = "INSERT INTO post SELECT n, 'x', 1 FROM generate_series(1, $1) AS n";
    db.execute(sql, params![posts]).await?;
    let sql = "INSERT INTO comment SELECT 1000 * p + n, 'x', p \
               FROM generate_series(1, $1) AS p, generate_series(1, $2) AS n";
    db.execute(sql, params![posts, comments]).await?;
    Ok(())
}
