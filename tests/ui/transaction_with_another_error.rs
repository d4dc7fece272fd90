#[path = "library/mod.rs"]
mod library;
use library::*;

pub struct AppError;

pub async fn run(db: &impl Executor) -> Result<(), AppError> {
    db.transaction(async |_| Err(AppError)).await
}

fn main() {}
