//! `cargo run`: the web service, on port 3000.

use orm::prelude::*;

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("DATABASE_URL")?;
    let db = Database::connect(&url).await?;
    // Several instances that start at once wait for each other.
    let ran = bookshop::MIGRATIONS.run(&db).await?;
    println!("{ran} migrations have run; listening on http://127.0.0.1:3000");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, bookshop::service::router(db)).await?;
    Ok(())
}
