//! Executors for the rows of one tenant, of models whose rows belong to tenants.

use crate::column::{Column, NotNull};
use crate::ir::models;
use orm_sql::exec::{Executor, Secured, Tenancy, Tenant};
use orm_sql::value::{SqlType, SqlValue};
use std::sync::OnceLock;

/// What says which tenant: a value of the type of the models' field.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which tenant",
    label = "expected the key of a tenant: a number, a UUID, a text, or a `Key<Model>`",
    note = "for example `db.for_tenant(org.id)`; the rows of all tenants are those of `db.all_tenants()`"
)]
pub trait TenantKey {
    #[doc(hidden)]
    fn into_tenant(self) -> (SqlValue, SqlType);
}

#[diagnostic::do_not_recommend]
impl<V: Column<Null = NotNull>> TenantKey for V {
    fn into_tenant(self) -> (SqlValue, SqlType) {
        (self.to_value(), V::SQL_TYPE)
    }
}

#[diagnostic::do_not_recommend]
impl TenantKey for &str {
    fn into_tenant(self) -> (SqlValue, SqlType) {
        self.to_owned().into_tenant()
    }
}

/// Executors for the rows of one tenant: of models with `#[model(tenant = org)]`. The trait is in the
/// prelude.
///
/// Every query of such a model, also in a subquery or a join, asks for the tenant of its executor,
/// and drafts get it. On an executor that has none it is an error. Models without that attribute are not
/// concerned.
pub trait Tenants: Executor {
    /// The same executor for the rows of one tenant, also in transactions that begin on it.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let acme = db.for_tenant(7);
    /// let notes = Note::objects().filter(|n| n.text().contains("sea")).all(&acme).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT t0.id, t0.org, t0.text FROM note AS t0 WHERE t0.org = $1 AND t0.text LIKE $2"
    /// );
    /// draft!(Note { text: "a beach" }).save(&acme).await?;
    /// assert_sent!(db, "INSERT INTO note AS t0 (org, text) VALUES ($1, $2) RETURNING …");
    /// # let _ = notes; Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// None here. A value of another type than the model's field is the
    /// [`Error::Usage`](orm_sql::Error::Usage) of each statement.
    fn for_tenant(&self, tenant: impl TenantKey) -> Tenant<'_> {
        let (value, sql_type) = tenant.into_tenant();
        let secured = is_secured().then(|| Secured::Of(value.text().unwrap_or_default().into()));
        Tenant::of_rows(self.as_dyn(), Tenancy::Of(value, sql_type), secured)
    }

    /// The same executor for the rows of all tenants: for reports, and for the work of those who
    /// run the application. Where the database keeps tenants apart by itself (`row_level_security`), the
    /// session is told so: `orm.all_tenants`.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let error = Note::objects().count(&db).await.unwrap_err().to_string();
    /// assert!(error.contains("db.for_tenant(…)"));
    /// let all = Note::objects().count(&db.all_tenants()).await?;
    /// assert_sent!(db, "SELECT COUNT(*) FROM note AS t0");
    /// # let _ = all; Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// None here.
    fn all_tenants(&self) -> Tenant<'_> {
        Tenant::of_rows(self.as_dyn(), Tenancy::All, is_secured().then_some(Secured::All))
    }
}

impl<X: Executor + ?Sized> Tenants for X {}

/// True where a model of the program is secured by the database.
fn is_secured() -> bool {
    static SECURED: OnceLock<bool> = OnceLock::new();
    *SECURED.get_or_init(|| models().iter().any(|model| model.row_level_security))
}
