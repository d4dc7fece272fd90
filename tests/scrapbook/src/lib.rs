//! What both programs have: the functions of data migrations. The models are in the programs, since a
//! struct cannot be changed while a test runs: `before` has them as they were, `after` as they are.

use orm::migrate::data::DataStep;
use orm::prelude::*;

/// "How to create a migration that updates existing records."
#[orm::data_migration]
async fn update_license_info(step: &DataStep<'_>) -> Result<()> {
    for name in ["core.Venue", "core.Experience"] {
        for mut row in step.model(name)?.objects().all(step).await? {
            row.set("license", "cc0")?;
            row.save(step).await?;
        }
    }
    Ok(())
}
