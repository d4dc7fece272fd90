//! Rows that stand in the way of a deletion.

use std::fmt;

/// A deletion that rows stand in the way of. [`Protected::rows`] has the keys of them, which are in
/// no message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Protected {
    /// The model whose rows were to be deleted.
    pub model: &'static str,
    /// The rows that stand in the way, by the key with which they do.
    pub rows: Vec<ProtectedRows>,
}

/// Rows that stand in the way of a deletion.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProtectedRows {
    /// Their model.
    pub model: &'static str,
    /// The key of theirs that refers to what was to go.
    pub field: &'static str,
    /// The model that it refers to: the one that was to be deleted, or one that a cascade reaches.
    pub refers_to: &'static str,
    /// The key says `Restrict`, not `Protect`: the rows may go in the same deletion by another way.
    pub restrict: bool,
    /// The primary keys of up to 20 of them, as the database shows them; none where the server
    /// refused before the library had looked.
    pub keys: Vec<String>,
    /// How many there are; 0 where that is not known.
    pub total: u64,
}

impl Protected {
    /// A deletion of rows of a model, and the rows that stand in its way.
    pub fn new(model: &'static str, rows: Vec<ProtectedRows>) -> Self {
        Protected { model, rows }
    }
}

impl ProtectedRows {
    /// Rows of a model that refer to another by a key, with nothing known about which they are.
    pub fn new(model: &'static str, field: &'static str, refers_to: &'static str) -> Self {
        ProtectedRows { model, field, refers_to, restrict: false, keys: Vec::new(), total: 0 }
    }
}

impl fmt::Display for Protected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot delete `{}`", self.model)?;
        for (place, rows) in self.rows.iter().enumerate() {
            let ProtectedRows { model, field, refers_to, total, .. } = rows;
            f.write_str(if place == 0 { ": " } else { "; " })?;
            match total {
                0 => write!(f, "rows of `{model}` refer")?,
                1 => write!(f, "one row of `{model}` refers")?,
                _ => write!(f, "{total} rows of `{model}` refer")?,
            }
            write!(f, " to `{refers_to}` by `{field}`, which is ")?;
            f.write_str(if rows.restrict { "`Restrict`" } else { "`Protect`" })?;
        }
        f.write_str("; delete these first, or let them refer to something else")
    }
}

impl fmt::Debug for ProtectedRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProtectedRows")
            .field("model", &self.model)
            .field("field", &self.field)
            .field("refers_to", &self.refers_to)
            .field("restrict", &self.restrict)
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}
