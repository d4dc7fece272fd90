//! The rows of a model that go, by their keys, in binary form.

use super::gone::Gone;
use crate::hooks;
use crate::ir::{FieldMeta, ModelMeta, Referrer};
use crate::lifecycle;
use crate::query::Returning;
use crate::query::{Found, KindOfKey, TableRef};
use orm_sql::error::Result;
use orm_sql::exec::{Executor, Statement};
use orm_sql::hash::FoldState;
use orm_sql::row::{BufferedRow, RowBuffer};
use orm_sql::sql::Param;
use orm_sql::value::{SqlType, SqlValue};
use smallvec::SmallVec;
use std::collections::HashSet;

/// How many keys travel in one statement.
pub(super) const BATCH: usize = 50_000;

/// Values of one column, as an array that goes back to the server.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyColumn {
    pub count: usize,
    encoded: Vec<u8>,
}

impl KeyColumn {
    #[expect(clippy::cast_possible_truncation, reason = "a cell has less than 2^30 bytes")]
    fn push(&mut self, cell: Option<&[u8]>) {
        // What is NULL is referred to by no key.
        let Some(cell) = cell else { return };
        self.count += 1;
        self.encoded.extend_from_slice(&(cell.len() as i32).to_be_bytes());
        self.encoded.extend_from_slice(cell);
    }

    /// Adds the values of another.
    pub fn extend(&mut self, other: &KeyColumn) {
        self.count += other.count;
        self.encoded.extend_from_slice(&other.encoded);
    }

    /// The array of a field's values.
    pub fn param(&self, field: &'static FieldMeta) -> Param {
        let cells = SqlValue::Cells { count: self.count, encoded: self.encoded.clone() };
        (cells, SqlType::Array(&field.sql_type))
    }
}

/// Values that a key refers to: for each of its columns one. Where there are several, none of them
/// is ever NULL, so that those at one place are one key.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyBatch(SmallVec<[KeyColumn; 1]>);

impl KeyBatch {
    /// How many keys there are.
    pub fn count(&self) -> usize {
        self.0.first().map_or(0, |column| column.count)
    }

    /// The rows that have one of the keys of some batches in their own columns.
    pub fn found(batches: &[KeyBatch], referrer: &Referrer) -> Found {
        // The values are those of the other side, which a generic key may hold as another type.
        let pairs = referrer.relation.pairs();
        let keys = pairs.iter().enumerate().map(|(place, (own, target))| {
            let field = if referrer.relation.only.is_some() { target } else { own };
            let mut all = KeyColumn::default();
            let columns = batches.iter().filter_map(|batch| batch.0.get(place));
            columns.for_each(|column| all.extend(column));
            all.param(field)
        });
        let keys = keys.collect();
        let columns = referrer.fields().iter().map(|field| field.column).collect();
        Found { columns, keys, kind: kind_of(referrer) }
    }
}

/// What the column of the kind holds, of a generic key in two columns.
pub(super) fn kind_of(referrer: &Referrer) -> Option<KindOfKey> {
    let (field, value) = referrer.relation.kind_is()?;
    let as_text = referrer.relation.is_held_as_text();
    Some(KindOfKey { column: field.column, kind: (value, field.sql_type), as_text })
}

/// Some rows' keys, column by column.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub columns: Vec<KeyColumn>,
    rows: usize,
}

/// The rows of one model that go.
#[derive(Debug)]
pub(super) struct Taken {
    pub model: &'static ModelMeta,
    /// The columns that are kept of each row: first the primary key, then what other keys refer to.
    pub columns: Vec<&'static FieldMeta>,
    /// Where they stand among the columns that are read.
    places: Vec<usize>,
    /// All columns are read: somebody wants to see the rows.
    whole: bool,
    seen: HashSet<Box<[u8]>, FoldState>,
    pub batches: Vec<Batch>,
    /// How many of the batches have been asked for what refers to them.
    pub asked: usize,
    /// The rows themselves, where somebody wants to see them.
    pub gone: Gone,
}

impl Taken {
    /// No rows yet of the model whose deletion was asked for; `whole` where they are returned.
    pub fn roots(model: &'static ModelMeta, whole: bool) -> Taken {
        let mut columns = primary_key(model);
        let referred = model.referrers().iter().flat_map(|key| key.relation.targets());
        for field in referred {
            if !columns.contains(&field) {
                columns.push(field);
            }
        }
        let whole = whole || lifecycle::wanted(model, hooks::DELETING);
        let place = |field: &&'static FieldMeta| model.fields.iter().position(|own| own == *field);
        let places = match whole {
            true => columns.iter().filter_map(place).collect(),
            false => (0..columns.len()).collect(),
        };
        let width = if whole { model.width() } else { 0 };
        let gone = Gone::new(model, width);
        let (seen, batches) = (HashSet::default(), Vec::new());
        Taken { model, columns, places, whole, seen, batches, asked: 0, gone }
    }

    /// No rows yet of a model that a cascade reaches.
    pub fn new(model: &'static ModelMeta) -> Taken {
        Taken::roots(model, false)
    }

    /// The columns that a statement has to return of the rows.
    pub fn read(&self) -> Vec<&'static FieldMeta> {
        match self.whole {
            true => self.model.fields.iter().collect(),
            false => self.columns.clone(),
        }
    }

    /// [`read`](Self::read) for a statement of the planner.
    pub fn returning(&self) -> Returning {
        Returning::Fields(self.read())
    }

    /// Runs a statement and takes its rows.
    pub async fn load(&mut self, db: &dyn Executor, statement: &Statement) -> Result<()> {
        let mut rows = self.buffer();
        db.run(statement, &mut rows).await?;
        self.take(&rows);
        Ok(())
    }

    /// A buffer for the rows of a statement.
    pub fn buffer(&self) -> RowBuffer {
        RowBuffer::new(self.read().len())
    }

    /// Takes rows that are not taken yet.
    pub fn take(&mut self, rows: &RowBuffer) {
        for row in (0..rows.len()).map(|row| rows.row(row)) {
            let cells = self.places.iter().map(|place| row.get(*place));
            let cells: Vec<Option<&[u8]>> = cells.collect();
            let key = cells.get(..self.model.primary_key.len()).unwrap_or(&cells);
            if !self.seen.insert(identity(key)) {
                continue;
            }
            let batch = self.open_batch();
            batch.rows += 1;
            for (column, cell) in batch.columns.iter_mut().zip(cells) {
                column.push(cell);
            }
            if self.whole {
                self.gone.push(&row);
            }
        }
    }

    /// The batch that takes the next row: one that nobody was asked about yet.
    #[expect(clippy::indexing_slicing, reason = "where there is no batch, one is added")]
    fn open_batch(&mut self) -> &mut Batch {
        let open = self.batches.len() > self.asked;
        let full = self.batches.last().is_some_and(|batch| batch.rows >= BATCH);
        if !open || full {
            let columns = self.columns.iter().map(|_| KeyColumn::default()).collect();
            self.batches.push(Batch { columns, rows: 0 });
        }
        let last = self.batches.len() - 1;
        &mut self.batches[last]
    }

    /// True where a row, of which the primary key was read, is among them.
    pub fn has(&self, key: &BufferedRow<'_>) -> bool {
        let cells = (0..self.model.primary_key.len()).map(|place| key.get(place));
        self.seen.contains(&identity(&cells.collect::<Vec<_>>()))
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// The values that a key refers to, of one batch.
    pub fn referred(&self, referrer: &Referrer, batch: &Batch) -> KeyBatch {
        let values = referrer.relation.targets().into_iter().map(|target| {
            let place = self.columns.iter().position(|field| *field == target);
            place.and_then(|place| batch.columns.get(place)).cloned().unwrap_or_default()
        });
        KeyBatch(values.collect())
    }

    /// The rows of some batches, by their primary key.
    pub fn found(&self, batches: &[Batch]) -> Found {
        let width = self.model.primary_key.len();
        let key = self.columns.get(..width).unwrap_or(&self.columns);
        let keys = key.iter().enumerate().map(|(place, field)| {
            let mut all = KeyColumn::default();
            batches.iter().filter_map(|batch| batch.columns.get(place)).for_each(|c| all.extend(c));
            all.param(field)
        });
        let columns = key.iter().map(|field| field.column).collect();
        Found { columns, keys: keys.collect(), kind: None }
    }
}

/// The fields of a model's primary key.
pub(super) fn primary_key(model: &'static ModelMeta) -> Vec<&'static FieldMeta> {
    model.primary_key.iter().filter_map(|place| model.fields.get(*place)).collect()
}

/// The table of a model.
pub(super) fn table(model: &'static ModelMeta) -> TableRef {
    TableRef { schema: model.schema, name: model.table }
}

/// The cells of a primary key, as one piece that tells it from all others.
#[expect(clippy::cast_possible_truncation, reason = "a cell has less than 2^30 bytes")]
fn identity(cells: &[Option<&[u8]>]) -> Box<[u8]> {
    if let [Some(only)] = cells {
        return (*only).into();
    }
    let mut all = Vec::new();
    for cell in cells.iter().flatten() {
        all.extend_from_slice(&(cell.len() as u32).to_be_bytes());
        all.extend_from_slice(cell);
    }
    all.into()
}
