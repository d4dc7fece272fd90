//! Types that only the server's catalogue knows, looked up once per connection.
//!
//! Which type a name means is said by the `search_path`, which any SQL of the user's can set, for a
//! transaction or for the session. So after such SQL, and after the end of a transaction that had
//! some, the names that are in use are looked up again before the next of their statements. The
//! schema of a tenant has types of its own, which are known apart.

use crate::error::{Failed, brought};
use crate::settings::Lead;
use crate::types;
use orm_sql::exec::Statement;
use orm_sql::schema::extension_of_type;
use orm_sql::sql::catalogue;
use orm_sql::value::SqlType;
use orm_sql::{Error, Result};
use postgres_types::{Kind, Oid, ToSql, Type};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A type found by its name.
#[derive(Debug)]
pub(crate) struct NamedType {
    plain: Type,
    array: Option<Type>,
    /// The type and, for a domain, the types beneath it: columns are reported as those.
    accepted: Vec<Oid>,
}

/// The names that any connection of a pool has looked up.
#[derive(Debug, Default)]
pub(crate) struct KnownNames(RwLock<HashSet<&'static str>>);

impl KnownNames {
    pub(crate) fn all(&self) -> Vec<&'static str> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    fn add(&self, name: &'static str) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(name);
    }
}

/// A name, and the schema of the tenant that it was looked up for.
type Key = (Option<Arc<str>>, &'static str);

/// The types that a connection has found, as they are named in the schema of a tenant.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    pub(crate) types: &'a NamedTypes,
    pub(crate) schema: Option<&'a Arc<str>>,
}

/// The types that a connection has found.
#[derive(Debug, Default)]
pub(crate) struct NamedTypes {
    known: RwLock<HashMap<Key, Arc<NamedType>>>,
    /// SQL of the user's ran on the connection.
    foreign: AtomicBool,
    /// The names may mean other types by now.
    stale: AtomicBool,
}

impl NamedTypes {
    /// SQL of the user's has run, which may have set the `search_path`.
    pub(crate) fn note_foreign_sql(&self) {
        self.foreign.store(true, Ordering::Relaxed);
        self.note_end();
    }

    /// What was set in a transaction, or after a savepoint, may not hold any more.
    pub(crate) fn note_end(&self) {
        if self.foreign.load(Ordering::Relaxed) && !self.read().is_empty() {
            self.stale.store(true, Ordering::Relaxed);
        }
    }

    /// Forgets all of them: one was dropped, and perhaps made anew.
    pub(crate) fn forget_all(&self) {
        self.write().clear();
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<Key, Arc<NamedType>>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<Key, Arc<NamedType>>> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Names<'_> {
    fn key(self, name: &'static str) -> Key {
        (self.schema.cloned(), name)
    }

    /// True where the types of a statement must be looked up again before it is used.
    #[inline]
    pub(crate) fn is_stale(self, statement: &Statement) -> bool {
        self.types.stale.load(Ordering::Relaxed) && has_names(statement)
    }

    /// Looks up the names of this schema again, and forgets those of others; true where one of them
    /// means another type now.
    pub(crate) async fn refresh(self, lead: Lead<'_>) -> Result<bool, Failed> {
        self.types.stale.store(false, Ordering::Relaxed);
        let before: Vec<_> = self.types.write().drain().collect();
        let (mine, others): (Vec<_>, Vec<_>) =
            before.into_iter().partition(|((schema, _), _)| schema.as_ref() == self.schema);
        let mut changed = !others.is_empty();
        for ((_, name), was) in mine {
            let found = find(lead, name).await?;
            changed |= found.as_ref().is_none_or(|found| found.plain != was.plain);
            if let Some(found) = found {
                self.types.write().insert(self.key(name), Arc::new(found));
            }
        }
        Ok(changed)
    }

    /// Looks up the named types of a statement that are not known yet.
    pub(crate) async fn resolve(
        self,
        lead: Lead<'_>,
        statement: &Statement,
        all: &KnownNames,
    ) -> Result<(), Failed> {
        for name in names_of(statement) {
            if self.get(name).is_none() {
                let found = find(lead, name).await?;
                let found = found.ok_or_else(|| Failed::from(Error::Usage(missing(name))))?;
                self.types.write().insert(self.key(name), Arc::new(found));
                all.add(name);
            }
        }
        Ok(())
    }

    /// The wire type of a named type that a column is said to have; `None` for all others.
    pub(crate) fn of_column(self, sql_type: SqlType) -> Option<Oid> {
        sql_type.looked_up()?;
        self.wire(sql_type).ok().map(|wire| wire.oid())
    }

    /// Forgets the named types of a statement; true if there were any.
    pub(crate) fn forget(self, statement: &Statement) -> bool {
        let mut known = self.types.write();
        let mut any = false;
        for name in names_of(statement) {
            any |= known.remove(&self.key(name)).is_some();
        }
        any
    }

    /// The wire types of a statement's parameters, once its names are resolved.
    pub(crate) fn of_params(self, statement: &Statement) -> Result<Vec<Type>> {
        statement.params.iter().map(|param| self.wire(param.1)).collect()
    }

    /// True when a column of this wire type is one of the named type.
    pub(crate) fn accepts(self, name: &'static str, found: &Type) -> bool {
        self.get(name).is_some_and(|named| named.accepted.contains(&found.oid()))
    }

    fn wire(self, sql_type: SqlType) -> Result<Type> {
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

    fn get(self, name: &'static str) -> Option<Arc<NamedType>> {
        self.types.read().get(&self.key(name)).cloned()
    }
}

/// The names of the types of a statement.
fn names_of(statement: &Statement) -> impl Iterator<Item = &'static str> {
    let columns = statement.columns.iter().map(|column| column.sql_type);
    let params = statement.params.iter().map(|param| param.1);
    params.chain(columns).filter_map(SqlType::looked_up)
}

/// True for a statement that names such types, which are others in another schema.
pub(crate) fn has_names(statement: &Statement) -> bool {
    names_of(statement).next().is_some()
}

fn missing(name: &str) -> String {
    match extension_of_type(name) {
        Some(extension) => format!(
            "the type `{name}` does not exist in the database: it belongs to the extension \
             `{extension}`; {}, and `create_tables` does it where a model has such a column",
            brought(extension)
        ),
        None => format!(
            "the type `{name}` does not exist in the database; create it, or the extension that \
             has it"
        ),
    }
}

async fn find(lead: Lead<'_>, name: &'static str) -> Result<Option<NamedType>, Failed> {
    let params: [(&(dyn ToSql + Sync), Type); 1] = [(&name, Type::TEXT)];
    let rows = lead
        .sent_by_driver(lead.wire.ask(catalogue::TYPE, &params))
        .await
        .map_err(Failed::harmless)?;
    let Some(first) = rows.first() else { return Ok(None) };
    let accepted: Vec<Oid> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    let (oid, type_name, schema): (Oid, String, String) =
        (first.get(0)?, first.get(1)?, first.get(2)?);
    let array: Oid = first.get(3)?;
    let plain = Type::from_oid(oid)
        .unwrap_or_else(|| Type::new(type_name.clone(), oid, Kind::Simple, schema.clone()));
    let array = (array != 0)
        .then(|| Type::new(format!("_{type_name}"), array, Kind::Array(plain.clone()), schema));
    Ok(Some(NamedType { plain, array, accepted }))
}
