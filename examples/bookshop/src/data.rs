//! Data migrations: functions that the files in `migrations` name.

use orm::migrate::data::{DataStep, f, lower};
use orm::prelude::*;

/// Emails were kept as they were typed.
#[orm::data_migration]
async fn lower_emails(step: &DataStep<'_>) -> Result<()> {
    let customers = step.model("sales.Customer")?.objects();
    customers.update(step, [("email", lower(f("email")))]).await?;
    Ok(())
}
