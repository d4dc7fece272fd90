//! Statements before they are sent: prepared once and checked once, or sent with their types.

use super::At;
use crate::cache::{Found, Schema};
use crate::error::{DriverError, Failed, is_unsent};
use crate::rows::Answer;
use crate::settings::Doing;
use crate::wire::{self, Prepared, Rows};
use crate::{check, codec};
use orm_sql::Error;
use orm_sql::exec::{OutputColumn, Statement};
use orm_sql::value::SqlType;
use postgres_types::Type;
use std::sync::atomic::Ordering;
use std::task::Context;
use std::time::Instant;

impl<'a> At<'a> {
    /// The schema of the tenant.
    fn schema(self) -> Schema<'a> {
        self.settings().schema.as_ref()
    }

    async fn send_prepare(
        self,
        statement: &Statement,
        params: &[Type],
    ) -> Result<Prepared, DriverError> {
        // What is prepared by mistake is gone with the connection.
        self.lead().sent(Doing::Reads, self.wire().prepare(&statement.sql, params)).await
    }

    /// Sends a statement that is prepared and can be sent as it is; `None` for all others.
    #[inline]
    pub(super) fn send_at_once(
        self,
        cx: &mut Context<'_>,
        statement: &Statement,
    ) -> Option<Result<wire::Answer, DriverError>> {
        // What is timed is timed up to the server's word that it has accepted the statement.
        if !self.caches(statement) || self.shared().distance.start().is_some() {
            return None;
        }
        if self.names().is_stale(statement) {
            return None;
        }
        let Found::Ready(prepared) = self.cache().get(statement, self.schema()) else {
            return None;
        };
        let doing = Doing::of(statement);
        let _behind_it = match self.lead().enter(doing) {
            Ok(behind) => behind?,
            Err(error) => return Some(Err(error)),
        };
        let sent = self.wire().run_at_once(
            cx,
            doing.is_harmless(),
            &prepared,
            codec::params(statement),
        )?;
        if !sent.as_ref().is_err_and(is_unsent) {
            self.sent_count().fetch_add(1, Ordering::Relaxed);
        }
        Some(sent)
    }

    /// Sends a statement that is prepared.
    pub(super) async fn send_prepared(
        self,
        prepared: &Prepared,
        statement: &Statement,
    ) -> Result<Rows, DriverError> {
        let (doing, params) = (Doing::of(statement), codec::params(statement));
        self.counted(doing, self.wire().run(doing.is_harmless(), prepared, params)).await
    }

    /// Sends a statement that counts. One that cannot be written down does not: COMMIT must not be sent
    /// as if it had been.
    async fn counted(
        self,
        doing: Doing,
        request: impl Future<Output = Result<Rows, DriverError>>,
    ) -> Result<Rows, DriverError> {
        let request = async {
            self.sent_count().fetch_add(1, Ordering::Relaxed);
            request.await
        };
        let rows = self.lead().sent(doing, request).await;
        if rows.as_ref().is_err_and(is_unsent) {
            self.sent_count().fetch_sub(1, Ordering::Relaxed);
        }
        rows
    }

    pub(super) async fn warm_up(self, statement: &Statement) -> Result<(), Failed> {
        if self.caches(statement) {
            self.prepared(statement).await?;
        }
        Ok(())
    }

    pub(super) fn caches(self, statement: &Statement) -> bool {
        statement.cached && self.prepares() && self.keeps(statement)
    }

    /// False for a text that would take the place of too many others.
    fn keeps(self, statement: &Statement) -> bool {
        statement.sql.len() <= self.shared().statement_bytes / 4
    }

    /// A statement from the cache, or prepared and checked.
    pub(super) async fn prepared(self, statement: &Statement) -> Result<Prepared, Failed> {
        if self.names().is_stale(statement) {
            Box::pin(self.renew_names()).await?;
        }
        let found = self.cache().get(statement, self.schema());
        match found {
            Found::Ready(prepared) => Ok(prepared),
            // In a box: this is rare, and futures that are small are made and moved faster.
            found => Box::pin(self.prepare_first(statement, found)).await,
        }
    }

    /// Looks up names again. Statements that were prepared with what they meant are of no use where
    /// they mean something else.
    async fn renew_names(self) -> Result<(), Failed> {
        if self.names().refresh(self.lead()).await? {
            self.cache().forget_named();
        }
        Ok(())
    }

    /// Looks up the named types of a statement.
    async fn resolve(self, statement: &Statement) -> Result<(), Failed> {
        if self.names().is_stale(statement) {
            Box::pin(self.renew_names()).await?;
        }
        self.names().resolve(self.lead(), statement, &self.shared().names).await
    }

    /// Prepares and checks a statement as far as that was not done yet.
    async fn prepare_first(self, statement: &Statement, found: Found) -> Result<Prepared, Failed> {
        match found {
            Found::Ready(prepared) => Ok(prepared),
            Found::Unchecked(prepared) => match self.check(statement, &prepared).await {
                Ok(()) => {
                    self.cache().checked(statement, self.schema());
                    Ok(prepared)
                }
                // It may have been prepared for another tenant, whose tables differ.
                Err(_) if self.cache().set_apart(statement, self.schema()) => {
                    Box::pin(self.prepare_first(statement, Found::Missing)).await
                }
                Err(failed) => Err(failed),
            },
            Found::Missing => {
                let since = self.shared().events.is_heard().then(Instant::now);
                let prepared = self.prepare(statement).await?;
                self.check(statement, &prepared).await?;
                if let Some(since) = since {
                    self.shared().events.prepared(statement, since);
                }
                if self.keeps(statement) {
                    self.cache().insert(statement, self.schema(), prepared.clone());
                }
                Ok(prepared)
            }
        }
    }

    async fn check(self, statement: &Statement, prepared: &Prepared) -> Result<(), Failed> {
        let names = self.names();
        self.resolve(statement).await?;
        let checked = check::columns(statement, prepared.columns(), names);
        if checked.is_err() && names.forget(statement) {
            // A named type may have been dropped and made anew since it was looked up.
            self.resolve(statement).await?;
            return Ok(check::columns(statement, prepared.columns(), names)?);
        }
        Ok(checked?)
    }

    async fn prepare(self, statement: &Statement) -> Result<Prepared, Failed> {
        let names = self.names();
        self.resolve(statement).await?;
        let params = names.of_params(statement)?;
        match self.send_prepare(statement, &params).await {
            // A named type may have been dropped and made anew since it was looked up. In a
            // transaction, which has failed by now, the first error is the one to tell.
            Err(error) if names.forget(statement) => {
                let again = Box::pin(self.prepare_again(statement)).await;
                again.map_err(|_| Failed::harmless(error))
            }
            result => result.map_err(Failed::harmless),
        }
    }

    /// Prepares a statement with types that are learnt again.
    async fn prepare_again(self, statement: &Statement) -> Result<Prepared, Failed> {
        self.resolve(statement).await?;
        let params = self.names().of_params(statement)?;
        self.send_prepare(statement, &params).await.map_err(Failed::harmless)
    }

    /// Runs text that is not worth a place in the cache, or must not have one.
    pub(super) async fn start_once(self, statement: &Statement) -> Result<Answer, Failed> {
        let looks_up = |column: &OutputColumn| may_need_lookup(column.sql_type);
        if self.prepares() && statement.columns.iter().any(looks_up) {
            let prepared = self.prepare(statement).await?;
            self.check(statement, &prepared).await?;
            return self.execute(&prepared, statement).await;
        }
        let types = self.typed(statement).await?;
        let (doing, params) = (Doing::of(statement), codec::params(statement));
        let request = self.wire().run_text(doing.is_harmless(), &statement.sql, &types, params);
        let rows = self.counted(doing, request).await;
        Ok(Answer { rows: rows.map_err(Failed::at_start)?, checked: false })
    }

    /// The types of the parameters of a statement that is not prepared.
    pub(super) async fn typed(self, statement: &Statement) -> Result<Vec<Type>, Failed> {
        self.resolve(statement).await?;
        self.knows_columns(statement)?;
        Ok(self.names().of_params(statement)?)
    }

    /// Fails for a column whose type was made, or first heard of, after the connection was: the
    /// next connection will know it.
    fn knows_columns(self, statement: &Statement) -> Result<(), Failed> {
        let Some(known) = self.known_types().get() else { return Ok(()) };
        for column in statement.columns.iter() {
            let wire = self.names().of_column(column.sql_type);
            if wire.is_some_and(|oid| Type::from_oid(oid).is_none() && !known.contains(&oid)) {
                let message = format!(
                    "the connection does not know the type `{}` of `{}`, which was not used in \
                     any table when it was made; run the transaction again, on a new connection",
                    column.sql_type.name(),
                    column.field
                );
                self.retire();
                let error = Error::connection(message, None);
                return Err(Failed::from(error).having_run(false));
            }
        }
        Ok(())
    }

    pub(super) async fn execute(
        self,
        prepared: &Prepared,
        statement: &Statement,
    ) -> Result<Answer, Failed> {
        let rows = self.send_prepared(prepared, statement).await;
        Ok(Answer { rows: rows.map_err(Failed::at_start)?, checked: true })
    }
}

/// True for columns whose type the driver may have to look up on the server. While it does, it
/// does not read the rows of a statement that was sent without preparing it, and with many rows
/// both would wait for each other.
fn may_need_lookup(sql_type: SqlType) -> bool {
    sql_type.leaf() == SqlType::Text || sql_type.looked_up().is_some()
}
