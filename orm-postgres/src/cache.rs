//! The prepared statements of one connection: the least recently used one goes first.

use crate::names::has_names;
use crate::wire::Prepared;
use orm_sql::exec::{OutputColumn, Statement};
use orm_sql::hash::FoldState;
use orm_sql::value::SqlType;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The schema of a tenant, where there is one.
pub(crate) type Schema<'a> = Option<&'a Arc<str>>;

/// Prepared statements by their text and the types of their parameters.
///
/// A statement that falls out is closed on the server when its last user drops it.
pub(crate) struct PreparedStatements {
    /// By text; more than one entry where the same text was used with other parameter types.
    entries: HashMap<Box<str>, Vec<Entry>, FoldState>,
    len: usize,
    limit: usize,
    /// The bytes of all texts.
    bytes: usize,
    most_bytes: usize,
    clock: u64,
    /// Texts whose columns are others in the schema of another tenant.
    apart: HashSet<Box<str>>,
}

struct Entry {
    params: Box<[SqlType]>,
    /// The schema of the tenant that it was prepared for, where it is for that one only.
    schema: Option<Arc<str>>,
    prepared: Prepared,
    /// The column types that this statement was compared with and found to return.
    checked: Option<Box<[SqlType]>>,
    used: u64,
}

/// What the cache knows of a statement.
pub(crate) enum Found {
    /// Prepared, and its columns are what the caller reads.
    Ready(Prepared),
    /// Prepared, but its columns were not compared with those that the caller reads.
    Unchecked(Prepared),
    Missing,
}

impl PreparedStatements {
    pub(crate) fn new(limit: usize, most_bytes: usize) -> Self {
        let entries = HashMap::default();
        let apart = HashSet::new();
        PreparedStatements { entries, len: 0, limit, bytes: 0, most_bytes, clock: 0, apart }
    }

    /// The schema that a statement must be prepared for apart from others: where it names types,
    /// or where its columns were found to be others. All other statements the server plans anew by
    /// itself.
    fn schema<'s>(&self, statement: &Statement, schema: Schema<'s>) -> Schema<'s> {
        let apart = || !self.apart.is_empty() && self.apart.contains(statement.sql.as_str());
        schema.filter(|_| has_names(statement) || apart())
    }

    /// The columns of a statement are others for another tenant. True where that was not known.
    pub(crate) fn set_apart(&mut self, statement: &Statement, schema: Schema<'_>) -> bool {
        if schema.is_none() || has_names(statement) {
            return false;
        }
        if self.apart.len() >= self.limit {
            self.apart.clear();
        }
        self.apart.insert(statement.sql.as_str().into())
    }

    pub(crate) fn get(&mut self, statement: &Statement, schema: Schema<'_>) -> Found {
        self.clock += 1;
        let clock = self.clock;
        let schema = self.schema(statement, schema);
        let Some(entry) = self.entry(statement, schema) else { return Found::Missing };
        entry.used = clock;
        if statement.by_name.is_empty() && entry.fits(&statement.columns) {
            Found::Ready(entry.prepared.clone())
        } else {
            Found::Unchecked(entry.prepared.clone())
        }
    }

    /// Keeps a statement whose columns were checked.
    pub(crate) fn insert(&mut self, statement: &Statement, schema: Schema<'_>, prepared: Prepared) {
        let schema = self.schema(statement, schema);
        self.remove(statement, schema);
        let bytes = statement.sql.len();
        while self.len > 0 && (self.len >= self.limit || self.bytes + bytes > self.most_bytes) {
            self.evict();
        }
        let entry = Entry {
            params: statement.params.iter().map(|p| p.1).collect(),
            schema: schema.cloned(),
            prepared,
            checked: column_types(statement),
            used: self.clock,
        };
        self.entries.entry(statement.sql.as_str().into()).or_default().push(entry);
        self.len += 1;
        self.bytes += bytes;
    }

    /// Remembers that the columns of a statement were checked.
    pub(crate) fn checked(&mut self, statement: &Statement, schema: Schema<'_>) {
        let schema = self.schema(statement, schema);
        if let Some(entry) = self.entry(statement, schema) {
            entry.checked = column_types(statement);
        }
    }

    fn remove(&mut self, statement: &Statement, schema: Schema<'_>) {
        if let Some(same_text) = self.entries.get_mut(statement.sql.as_str()) {
            let before = same_text.len();
            same_text.retain(|entry| !entry.takes(statement, schema));
            let gone = before - same_text.len();
            self.len -= gone;
            self.bytes = self.bytes.saturating_sub(gone * statement.sql.len());
            if same_text.is_empty() {
                self.entries.remove(statement.sql.as_str());
            }
        }
    }

    /// Drops the statements with types that are known by their names.
    pub(crate) fn forget_named(&mut self) {
        let named = |types: &[SqlType]| types.iter().any(|t| t.looked_up().is_some());
        self.retain(|entry| !named(&entry.params) && !entry.checked.as_deref().is_some_and(named));
    }

    /// Forgets all of them.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        (self.len, self.bytes) = (0, 0);
    }

    fn entry(&mut self, statement: &Statement, schema: Schema<'_>) -> Option<&mut Entry> {
        let same_text = self.entries.get_mut(statement.sql.as_str())?;
        same_text.iter_mut().find(|entry| entry.takes(statement, schema))
    }

    /// Drops the entry that was not used for longest. Walks over all of them, which is nothing
    /// beside the round trip that prepares its successor.
    fn evict(&mut self) {
        let uses = self.entries.values().flatten().map(|entry| entry.used);
        let Some(oldest) = uses.min() else { return };
        self.retain(|entry| entry.used != oldest);
    }

    fn retain(&mut self, keep: impl Fn(&Entry) -> bool) {
        let (mut gone, mut bytes) = (0, 0);
        self.entries.retain(|text, same_text| {
            let before = same_text.len();
            same_text.retain(&keep);
            gone += before - same_text.len();
            bytes += (before - same_text.len()) * text.len();
            !same_text.is_empty()
        });
        self.len -= gone;
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

impl Entry {
    fn takes(&self, statement: &Statement, schema: Schema<'_>) -> bool {
        self.schema.as_ref() == schema
            && self.params.iter().eq(statement.params.iter().map(|(_, sql_type)| sql_type))
    }

    fn fits(&self, columns: &[OutputColumn]) -> bool {
        columns.is_empty()
            || self.checked.as_ref().is_some_and(|checked| {
                checked.iter().eq(columns.iter().map(|column| &column.sql_type))
            })
    }
}

fn column_types(statement: &Statement) -> Option<Box<[SqlType]>> {
    Some(statement.columns.iter().map(|column| column.sql_type).collect())
}
