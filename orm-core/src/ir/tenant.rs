//! Models whose rows belong to tenants: which field says to which, and what an executor sees.

use super::{FieldMeta, ModelMeta};
use crate::row::whole_number;
use orm_sql::error::{Error, Result};
use orm_sql::exec::Tenancy;
use orm_sql::value::{SqlType, SqlValue};

impl ModelMeta {
    /// The field of the model's own table that says to which tenant a row belongs, and its place.
    #[inline]
    pub fn tenant_field(&self) -> Option<(usize, &'static FieldMeta)> {
        self.field(self.tenant?)
    }

    /// All fields that say to which tenant a row belongs, with their places: the model's own first, then
    /// those of the models that it extends.
    pub(crate) fn tenant_fields(
        &'static self,
    ) -> impl Iterator<Item = (usize, &'static FieldMeta)> {
        self.lineage().filter_map(|level| {
            // The columns of a model that is extended stand first, at the same places.
            let (place, _) = level.tenant_field()?;
            Some((place, self.fields.get(place)?))
        })
    }

    /// The field that says to which tenant a row belongs, where a column is one.
    pub(crate) fn as_tenant(&'static self, column: &FieldMeta) -> Option<&'static FieldMeta> {
        self.tenant_fields().map(|(_, field)| field).find(|field| field.comes_from(column))
    }

    /// The models that this one extends and whose rows belong to tenants, each with the field that says so
    /// in rows of this one.
    pub(crate) fn tenants_above(
        &'static self,
    ) -> impl Iterator<Item = (&'static ModelMeta, &'static FieldMeta)> {
        self.lineage().skip(1).filter_map(|level| {
            let (place, _) = level.tenant_field()?;
            Some((level, self.fields.get(place)?))
        })
    }

    /// True where the table of a model that this one extends says to which tenant a row belongs.
    pub(crate) fn has_tenant_above(&'static self) -> bool {
        self.tenants_above().next().is_some()
    }
}

/// The tenant whose rows of a model are seen, as the type of its field; `None` for those of all.
///
/// # Errors
///
/// [`Error::Usage`] where nobody has said whose, and where the executor's tenant is of another type.
pub(crate) fn tenant_of(
    model: &ModelMeta,
    field: &FieldMeta,
    tenancy: &Tenancy,
) -> Result<Option<SqlValue>> {
    match tenancy {
        Tenancy::Unsaid => Err(Error::usage(format!(
            "the rows of `{0}` belong to tenants, by its field `{1}`, and this executor has no tenant: \
             run it on `db.for_tenant(…)`, or on `db.all_tenants()` for the rows of all of them",
            model.name, field.name
        ))),
        Tenancy::All => Ok(None),
        Tenancy::Shown => Ok(Some(SqlValue::Null)),
        Tenancy::Of(value, sql_type) => as_field(model, field, value, *sql_type).map(Some),
    }
}

/// A value in the type of a field.
fn as_field(
    model: &ModelMeta,
    field: &FieldMeta,
    value: &SqlValue,
    sql_type: SqlType,
) -> Result<SqlValue> {
    if field.sql_type == sql_type {
        return Ok(field.kept(value.clone()));
    }
    let fitting = whole_number(value).and_then(|n| match field.sql_type {
        SqlType::Int2 => i16::try_from(n).ok().map(SqlValue::I16),
        SqlType::Int4 => i32::try_from(n).ok().map(SqlValue::I32),
        SqlType::Int8 => Some(SqlValue::I64(n)),
        _ => None,
    });
    fitting.ok_or_else(|| {
        Error::usage(format!(
            "the tenant of this executor is no value of `{}` of `{}`: it is `{}`, and the field is \
             `{}`; give `for_tenant` the key of a tenant",
            field.name,
            model.name,
            sql_type.name(),
            field.sql_type.name()
        ))
    })
}

/// What is said of a row, or a draft, of another tenant.
pub(crate) fn of_another(model: &ModelMeta, field: &FieldMeta, what: &str) -> Error {
    Error::usage(format!(
        "{what} of `{}` is of another tenant than the executor, by its field `{}`: use that \
         tenant's executor, or `db.all_tenants()`",
        model.name, field.name
    ))
}

/// Whether a row is one that an executor sees.
///
/// # Errors
///
/// [`Error::Usage`] where it is not.
pub(crate) fn check_tenant(
    model: &'static ModelMeta,
    value_at: impl Fn(usize) -> SqlValue,
    tenancy: &Tenancy,
) -> Result<()> {
    for (place, field) in model.tenant_fields() {
        match tenant_of(model, field, tenancy)? {
            Some(tenant) if !tenant.is_same(&value_at(place)) => {
                return Err(of_another(model, field, "the row"));
            }
            _ => {}
        }
    }
    Ok(())
}
