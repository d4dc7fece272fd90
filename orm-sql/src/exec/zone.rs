//! Executors with a time zone, a schema or a tenant of their own.

use super::layer::{Layer, Said};
use super::refused::Refused;
use super::tenancy::{Secured, Settings, Tenancy};
use super::{Backend, Executor};
use std::fmt;

/// An executor whose moments fall on the days and hours of a time zone: [`Executor::in_zone`].
pub struct InZone<'a>(Layer<'a>);

impl<'a> InZone<'a> {
    pub(super) fn new(db: &'a dyn Backend, zone: &str) -> Self {
        InZone(Layer::new(db, Said { zone: Some(zone.into()), tenancy: None }))
    }
}

#[diagnostic::do_not_recommend]
impl Executor for InZone<'_> {
    fn as_dyn(&self) -> &dyn Backend {
        &self.0
    }
}

impl fmt::Debug for InZone<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InZone").field("zone", &self.0.said.zone).finish_non_exhaustive()
    }
}

/// An executor whose statements are about one tenant: about the tables of its schema
/// ([`Executor::tenant`]), or about its rows.
pub struct Tenant<'a>(Layer<'a>);

impl<'a> Tenant<'a> {
    pub(super) fn of_schema(db: &'a dyn Backend, name: &str) -> Self {
        Tenant(match Settings::of_schema(name) {
            Ok(settings) => Layer::within(db, settings, Said::default()),
            Err(message) => Layer::of(Box::new(Refused::new(message))),
        })
    }

    /// One that sees the rows of a tenant, or of all of them. Where the database has row level
    /// security, the session is told of it.
    #[doc(hidden)]
    pub fn of_rows(db: &'a dyn Backend, tenancy: Tenancy, secured: Option<Secured>) -> Self {
        let said = Said { zone: None, tenancy: Some(tenancy) };
        Tenant(match secured {
            Some(Secured::Of(text)) if text.contains('\0') => {
                Layer::of(Box::new(Refused::new("the text of a tenant contains a NUL")))
            }
            None => Layer::new(db, said),
            Some(secured) => {
                let settings = Settings { schema: None, tenant: Some(secured) };
                Layer::within(db, settings, said)
            }
        })
    }
}

#[diagnostic::do_not_recommend]
impl Executor for Tenant<'_> {
    fn as_dyn(&self) -> &dyn Backend {
        &self.0
    }
}

impl fmt::Debug for Tenant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant").finish_non_exhaustive()
    }
}
