//! The prepared statements of one connection: the least recently used one goes first.

use crate::names::has_names;
use crate::wire::Prepared;
use orm_sql::exec::{Handle, OutputColumn, Statement};
use orm_sql::hash::FoldState;
use orm_sql::value::SqlType;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The schema of a tenant, where there is one.
pub(crate) type Schema<'a> = Option<&'a Arc<str>>;

/// Prepared statements by their text and the types of their parameters, and by the handles of those
/// who ask for them.
///
/// A statement that falls out is closed on the server when its last user drops it.
pub(crate) struct PreparedStatements {
    /// By text; more than one entry where the same text was used with other parameter types.
    entries: HashMap<Arc<str>, Vec<Arc<Entry>>, FoldState>,
    /// Those that are ready for whoever has the handle.
    handles: HashMap<Handle, Arc<Entry>, FoldState>,
    len: usize,
    limit: usize,
    /// The bytes of all texts.
    bytes: usize,
    most_bytes: usize,
    clock: u64,
    /// Texts whose columns are others in the schema of another tenant.
    apart: HashSet<Arc<str>>,
}

/// So many handles are known for each statement, on the average. Statements that are compiled again
/// have new ones.
const HANDLES: usize = 4;

struct Entry {
    params: Box<[SqlType]>,
    /// The schema of the tenant that it was prepared for, where it is for that one only.
    schema: Option<Arc<str>>,
    prepared: Prepared,
    /// The column types that this statement was compared with and found to return.
    checked: Box<[SqlType]>,
    used: AtomicU64,
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
        PreparedStatements {
            entries: HashMap::default(),
            handles: HashMap::default(),
            len: 0,
            limit,
            bytes: 0,
            most_bytes,
            clock: 0,
            apart: HashSet::new(),
        }
    }

    /// The schema that a statement must be prepared for apart from others: where it names types,
    /// or where its columns were found to be others. All other statements the server plans anew by
    /// itself.
    fn schema<'s>(&self, statement: &Statement, schema: Schema<'s>) -> Schema<'s> {
        let apart = || !self.apart.is_empty() && self.apart.contains(&*statement.sql);
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
        self.handles.clear();
        self.apart.insert(statement.sql.clone())
    }

    #[inline]
    pub(crate) fn get(&mut self, statement: &Statement, schema: Schema<'_>) -> Found {
        self.clock += 1;
        if let Some(handle) = &statement.handle
            && let Some(entry) = self.handles.get(handle)
        {
            entry.used.store(self.clock, Ordering::Relaxed);
            return Found::Ready(entry.prepared.clone());
        }
        self.find(statement, schema)
    }

    fn find(&mut self, statement: &Statement, schema: Schema<'_>) -> Found {
        let schema = self.schema(statement, schema);
        let Some(entry) = self.entry(statement, schema) else { return Found::Missing };
        entry.used.store(self.clock, Ordering::Relaxed);
        if !statement.by_name.is_empty() || !entry.fits(&statement.columns) {
            return Found::Unchecked(entry.prepared.clone());
        }
        let (entry, prepared) = (entry.clone(), entry.prepared.clone());
        self.note_handle(statement, entry);
        Found::Ready(prepared)
    }

    /// Whoever has the handle of a statement gets this entry, unless it depends on more.
    fn note_handle(&mut self, statement: &Statement, entry: Arc<Entry>) {
        let Some(handle) = statement.handle else { return };
        if entry.schema.is_some() || !self.apart.is_empty() || has_names(statement) {
            return;
        }
        if self.handles.len() >= HANDLES * self.limit {
            self.handles.clear();
        }
        self.handles.insert(handle, entry);
    }

    /// Keeps a statement whose columns were checked.
    pub(crate) fn insert(&mut self, statement: &Statement, schema: Schema<'_>, prepared: Prepared) {
        let schema = self.schema(statement, schema);
        self.remove(statement, schema);
        let bytes = statement.sql.len();
        while self.len > 0 && (self.len >= self.limit || self.bytes + bytes > self.most_bytes) {
            self.evict();
        }
        let entry = Arc::new(Entry {
            params: statement.params.iter().map(|p| p.1).collect(),
            schema: schema.cloned(),
            prepared,
            checked: column_types(statement),
            used: AtomicU64::new(self.clock),
        });
        self.entries.entry(statement.sql.clone()).or_default().push(entry.clone());
        self.len += 1;
        self.bytes += bytes;
        if statement.by_name.is_empty() {
            self.note_handle(statement, entry);
        }
    }

    /// Remembers that the columns of a statement were checked.
    pub(crate) fn checked(&mut self, statement: &Statement, schema: Schema<'_>) {
        let found = self.schema(statement, schema);
        let prepared = self.entry(statement, found).map(|entry| entry.prepared.clone());
        if let Some(prepared) = prepared {
            self.insert(statement, schema, prepared);
        }
    }

    fn remove(&mut self, statement: &Statement, schema: Schema<'_>) {
        self.retain(|text, entry| *text != *statement.sql || !entry.takes(statement, schema));
    }

    /// Drops the statements with types that are known by their names.
    pub(crate) fn forget_named(&mut self) {
        let named = |types: &[SqlType]| types.iter().any(|t| t.looked_up().is_some());
        self.retain(|_, entry| !named(&entry.params) && !named(&entry.checked));
    }

    /// Forgets all of them.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.handles.clear();
        (self.len, self.bytes) = (0, 0);
    }

    fn entry(&self, statement: &Statement, schema: Schema<'_>) -> Option<&Arc<Entry>> {
        let same_text = self.entries.get(&*statement.sql)?;
        same_text.iter().find(|entry| entry.takes(statement, schema))
    }

    /// Drops the entry that was not used for longest. Walks over all of them, which is nothing
    /// beside the round trip that prepares its successor.
    fn evict(&mut self) {
        let used = |entry: &Entry| entry.used.load(Ordering::Relaxed);
        let uses = self.entries.values().flatten().map(|entry| used(entry));
        let Some(oldest) = uses.min() else { return };
        self.retain(|_, entry| used(entry) != oldest);
    }

    fn retain(&mut self, keep: impl Fn(&str, &Entry) -> bool) {
        let (mut gone, mut bytes) = (Vec::new(), 0);
        self.entries.retain(|text, same_text| {
            same_text.retain(|entry| {
                let kept = keep(text, entry);
                if !kept {
                    gone.push(entry.clone());
                    bytes += text.len();
                }
                kept
            });
            !same_text.is_empty()
        });
        if gone.is_empty() {
            return;
        }
        self.handles.retain(|_, entry| !gone.iter().any(|gone| Arc::ptr_eq(gone, entry)));
        self.len -= gone.len();
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

impl Entry {
    fn takes(&self, statement: &Statement, schema: Schema<'_>) -> bool {
        self.schema.as_ref() == schema
            && self.params.iter().eq(statement.params.iter().map(|(_, sql_type)| sql_type))
    }

    fn fits(&self, columns: &[OutputColumn]) -> bool {
        columns.is_empty() || self.checked.iter().eq(columns.iter().map(|column| &column.sql_type))
    }
}

fn column_types(statement: &Statement) -> Box<[SqlType]> {
    statement.columns.iter().map(|column| column.sql_type).collect()
}
