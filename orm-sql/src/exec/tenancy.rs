//! Whose rows and whose tables an executor's statements are about.

use crate::value::{SqlType, SqlValue};
use std::fmt;
use std::sync::Arc;

/// The longest name that PostgreSQL keeps whole, in bytes.
const NAME: usize = 63;

/// What the session is set to while statements of an executor run, beside what its pool says.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Settings {
    /// The schema that unqualified names are looked up in first.
    pub schema: Option<Arc<str>>,
    /// Whose rows row level security shows; without any it shows none.
    pub tenant: Option<Secured>,
}

/// Whose rows row level security shows.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Secured {
    /// Those of a tenant, as text: `orm.tenant`.
    Of(Arc<str>),
    /// Those of all tenants: `orm.all_tenants`.
    All,
}

impl Secured {
    /// What the settings `orm.tenant` and `orm.all_tenants` say.
    pub(crate) fn said(secured: Option<&Secured>) -> (&str, &'static str) {
        match secured {
            None => ("", ""),
            Some(Secured::Of(tenant)) => (tenant, ""),
            Some(Secured::All) => ("", "on"),
        }
    }
}

/// Without the tenant, which is a value.
impl fmt::Debug for Secured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Secured::Of(_) => "Of(…)",
            Secured::All => "All",
        })
    }
}

impl Settings {
    /// These, and those of other settings that say nothing of a schema or a tenant.
    pub fn or(&self, outer: &Settings) -> Settings {
        Settings {
            schema: self.schema.clone().or_else(|| outer.schema.clone()),
            tenant: self.tenant.clone().or_else(|| outer.tenant.clone()),
        }
    }

    /// The schema of a tenant.
    ///
    /// # Errors
    ///
    /// What is wrong with the name.
    pub fn of_schema(name: &str) -> Result<Settings, String> {
        check_schema(name)?;
        Ok(Settings { schema: Some(name.into()), tenant: None })
    }
}

/// Names only: the tenant of rows is a value.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("schema", &self.schema).finish_non_exhaustive()
    }
}

/// Whether a text can be the name of a tenant's schema.
///
/// # Errors
///
/// What is wrong with it.
pub fn check_schema(name: &str) -> Result<(), String> {
    let wrong = match name {
        "" => "it is empty",
        _ if name.contains('\0') => "it contains a NUL",
        _ if name.len() > NAME => {
            "it is longer than 63 bytes, which the server would cut off to the name of another one"
        }
        _ if name.starts_with("pg_") || name == "information_schema" => {
            "it is the name of a schema of the server's own"
        }
        _ => return Ok(()),
    };
    Err(format!("`{name}` cannot be the schema of a tenant: {wrong}"))
}

/// Which rows an executor sees of the models whose rows belong to tenants.
#[derive(Clone, Default, PartialEq)]
pub enum Tenancy {
    /// Nobody has said it: a query of such a model is an error.
    #[default]
    Unsaid,
    /// Those of all tenants.
    All,
    /// Those of one that is not known, for texts that are only shown.
    Shown,
    /// Those of one, by the value of the column and its type.
    Of(SqlValue, SqlType),
}

/// Without the value.
impl fmt::Debug for Tenancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Tenancy::Unsaid => "Unsaid",
            Tenancy::All => "All",
            Tenancy::Shown => "Shown",
            Tenancy::Of(..) => "Of(…)",
        })
    }
}
