#[path = "library/mod.rs"]
mod library;
use library::*;

pub struct AppError;

pub async fn run(db: &impl Executor) -> Result<(), AppError> {
    db.try_transaction::<_, AppError>(async |_| Err(AppError)).await
}

fn main() {}
