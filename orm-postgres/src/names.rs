//! Types that only the server's catalogue knows, looked up once per pool.

use crate::error::Failed;
use crate::types;
use crate::wire::Wire;
use orm_sql::exec::Statement;
use orm_sql::sql::catalogue;
use orm_sql::value::SqlType;
use orm_sql::{Error, Result};
use postgres_types::{Kind, Oid, Type};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// A type found by its name.
#[derive(Debug)]
pub(crate) struct NamedType {
    plain: Type,
    array: Option<Type>,
    /// The type and, for a domain, the types beneath it: columns are reported as those.
    accepted: Vec<Oid>,
}

/// The types found so far.
#[derive(Debug, Default)]
pub(crate) struct NamedTypes {
    known: RwLock<HashMap<&'static str, Arc<NamedType>>>,
}

impl NamedTypes {
    /// Looks up the named types of a statement that are not known yet.
    pub(crate) async fn resolve(
        &self,
        wire: Wire<'_>,
        statement: &Statement,
    ) -> Result<(), Failed> {
        let columns = statement.columns.iter().map(|column| column.sql_type);
        let params = statement.params.iter().map(|param| param.1);
        for name in params.chain(columns).filter_map(SqlType::looked_up) {
            if self.get(name).is_none() {
                let found = look_up(wire, name).await?;
                let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
                known.insert(name, Arc::new(found));
            }
        }
        Ok(())
    }

    /// The names found so far.
    pub(crate) fn known(&self) -> Vec<&'static str> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    /// The wire type of a named type that a column is said to have; `None` for all others.
    pub(crate) fn of_column(&self, sql_type: SqlType) -> Option<Oid> {
        sql_type.looked_up()?;
        self.wire(sql_type).ok().map(|wire| wire.oid())
    }

    /// Forgets the named types of a statement; true if there were any.
    pub(crate) fn forget(&self, statement: &Statement) -> bool {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let mut any = false;
        let columns = statement.columns.iter().map(|column| column.sql_type);
        let params = statement.params.iter().map(|param| param.1);
        for name in params.chain(columns).filter_map(SqlType::looked_up) {
            any |= known.remove(name).is_some();
        }
        any
    }

    /// The wire types of a statement's parameters, once its names are resolved.
    pub(crate) fn of_params(&self, statement: &Statement) -> Result<Vec<Type>> {
        statement.params.iter().map(|param| self.wire(param.1)).collect()
    }

    /// True when a column of this wire type is one of the named type.
    pub(crate) fn accepts(&self, name: &str, found: &Type) -> bool {
        self.get(name).is_some_and(|named| named.accepted.contains(&found.oid()))
    }

    fn wire(&self, sql_type: SqlType) -> Result<Type> {
        if let Some(builtin) = types::builtin(sql_type) {
            return Ok(builtin);
        }
        let named = sql_type.looked_up().and_then(|name| self.get(name));
        let wire = match (sql_type, &named) {
            (SqlType::Array(_), Some(named)) => named.array.clone(),
            (_, Some(named)) => Some(named.plain.clone()),
            (_, None) => None,
        };
        wire.ok_or_else(|| Error::Usage(format!("the type `{}` cannot be sent", sql_type.name())))
    }

    fn get(&self, name: &str) -> Option<Arc<NamedType>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

fn missing(name: &str) -> String {
    let of_extension = SqlType::ALL
        .iter()
        .find(|known| known.looked_up() == Some(name))
        .and_then(|known| known.extension());
    match of_extension {
        Some(extension) => format!(
            "the type `{name}` does not exist in the database; run `CREATE EXTENSION {extension}`, \
             or let `create_tables` do it"
        ),
        None => format!(
            "the type `{name}` does not exist in the database; create it, or the extension that \
             has it"
        ),
    }
}

async fn look_up(wire: Wire<'_>, name: &'static str) -> Result<NamedType, Failed> {
    let rows = wire.ask(catalogue::TYPE, &[(&name, Type::TEXT)]).await.map_err(Failed::harmless)?;
    let Some(first) = rows.first() else {
        return Err(Error::Usage(missing(name)).into());
    };
    let accepted: Vec<Oid> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    let (oid, type_name, schema): (Oid, String, String) =
        (first.get(0)?, first.get(1)?, first.get(2)?);
    let array: Oid = first.get(3)?;
    let plain = Type::from_oid(oid)
        .unwrap_or_else(|| Type::new(type_name.clone(), oid, Kind::Simple, schema.clone()));
    let array = (array != 0)
        .then(|| Type::new(format!("_{type_name}"), array, Kind::Array(plain.clone()), schema));
    Ok(NamedType { plain, array, accepted })
}
