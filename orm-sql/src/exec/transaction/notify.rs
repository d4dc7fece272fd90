//! NOTIFY, with the channel and the text as parameters.

use crate::error::{Error, Result};
use crate::exec::{Executor, NoRows, Statement};
use crate::value::{SqlType, SqlValue};

pub(super) async fn notify<X: Executor + ?Sized>(
    executor: &X,
    statement: Result<Statement>,
) -> Result<()> {
    executor.run(&statement?, &mut NoRows).await.map(|_| ())
}

pub(super) fn statement(channel: &str, payload: &str) -> Result<Statement> {
    check_channel(channel)?;
    let text = |text: &str| (SqlValue::Text(text.to_owned()), SqlType::Text);
    Ok(Statement {
        sql: "SELECT pg_notify($1, $2)".into(),
        params: vec![text(channel), text(payload)],
        cached: true,
        ..Statement::default()
    })
}

/// Checks the name of a channel: LISTEN would cut a long one, and NOTIFY would not.
///
/// # Errors
///
/// `Error::Usage` for a name that no channel can have.
pub fn check_channel(channel: &str) -> Result<()> {
    if channel.is_empty() || channel.len() > 63 || channel.contains('\0') {
        return Err(Error::Usage(format!(
            "{channel:?} is no name of a channel; it has 1 to 63 bytes"
        )));
    }
    Ok(())
}
