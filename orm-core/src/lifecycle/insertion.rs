//! Drafts as the statements that insert them: which of them go together, and in which form.
//!
//! - Up to [`VALUES_UP_TO`] rows stand in VALUES: a text for each number of rows, so that a model
//!   has no more texts than that, and the server plans each of them once.
//! - More of them travel by columns, an array each: one text for any number of rows. These arrays
//!   are put together nowhere ([`SqlValue::Items`]): they are copied from columns that drafts of one
//!   kind are written to as they come (`collected`), or written from where other drafts have their
//!   values.
//! - Of many drafts, those that leave different columns to the database go into different
//!   statements, since an array has no place for DEFAULT. Those with expressions stand in VALUES.
//!
//! The rows of a statement come back in the order of its drafts. The server promises no order of
//! RETURNING in general; but it inserts rows in the order in which they reach the insertion, and
//! returns each as it is inserted. Here they come from VALUES or from UNNEST, which are read from
//! the first to the last, and nothing that could change the order (a join, a sort, parallel
//! workers) stands in between.
//!
//! Rows that may be there already are sent in the order of their keys (`order`), so that calls which
//! write the same rows lock them in the same order.

mod collected;
mod order;

pub(crate) use collected::Collected;
pub(crate) use order::compare_values;

use super::columns::{BYTES, Columns, InColumns, ROWS};
use super::copied::{Copied, drawn_key};
use crate::draft::{Plain, RawDraft, Row, now};
use crate::execute::{KnownBy, Part};
use crate::ir::{FieldMeta, ModelMeta};
use crate::query::{self, Conflict, Given, Insert, InsertValue, Returning};
use crate::validation;
use collected::Filled;
use orm_sql::error::Result;
use orm_sql::exec::{Executor, Statement, Tenancy};
use orm_sql::value::{ItemList, Items, Problem, SqlValue};
use smallvec::SmallVec;
use std::ops::Range;
use std::sync::Arc;

/// How many rows stand in VALUES, at the most.
const VALUES_UP_TO: usize = 24;
/// How many rows do whose text is seldom sent again: with expressions, or without any value.
const ODD_ROWS: usize = 500;
/// How many values a statement with expressions is given; the expressions have some of their own.
const PARAMETERS: usize = 30_000;

/// What is said of all rows of an insertion.
pub(crate) struct Insertion {
    pub(crate) model: &'static ModelMeta,
    pub(crate) conflict: Option<Conflict>,
    pub(crate) returning: Returning,
    /// Whose rows they are, where the model has tenants.
    pub(crate) tenancy: Tenancy,
}

impl Insertion {
    /// Rows that are inserted on an executor and returned.
    pub(crate) fn new(model: &'static ModelMeta, db: &(impl Executor + ?Sized)) -> Self {
        let tenancy = db.as_dyn().tenancy().clone();
        Insertion { model, conflict: None, returning: Returning::Rows, tenancy }
    }

    /// The statement for one draft.
    ///
    /// # Errors
    ///
    /// [`orm_sql::Error::Usage`] for a draft that is not complete.
    pub(crate) fn one(&self, mut draft: RawDraft) -> Result<Part> {
        draft.give_tenant(&self.tenancy)?;
        validation::before_insert(self.model, std::slice::from_mut(&mut draft))?;
        let row = draft.into_row(&now())?;
        let kind = Kind::of(self.model, &row);
        self.value_rows(vec![row], Vec::new(), kind, true)
    }

    /// The fields by which rows are put in order; none where they stay in that of the drafts.
    fn ordered_by(&self, rows: &[Row]) -> Vec<usize> {
        self.conflict.as_ref().map_or_else(Vec::new, |it| order::fields(self.model, it, rows))
    }

    /// The statements for drafts.
    ///
    /// # Errors
    ///
    /// [`orm_sql::Error::Usage`] for a draft that is not complete.
    pub(crate) fn all(&self, drafts: Vec<RawDraft>) -> Result<Vec<Part>> {
        Ok(self.many(drafts)?.0)
    }

    /// The statements for drafts that were collected, and what is tried before them.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub(crate) fn collected(&self, drafts: Collected) -> Result<(Vec<Part>, Option<Copied>)> {
        if self.conflict.is_some() {
            return self.many(drafts.into_drafts()?);
        }
        let Filled { kind, columns, rows, .. } = match drafts.into_either()? {
            Ok(filled) => filled,
            Err(drafts) => return self.many(drafts),
        };
        let fields = kind.fields(self.model);
        let written = columns.into_parts();
        let part = |InColumns { items, rows, .. }: &InColumns| {
            let arrays = items.iter().cloned().map(SqlValue::Items).collect();
            let statement = self.statement(fields.clone(), Given::Arrays(arrays))?;
            let (places, known_by) = (Vec::new(), KnownBy::default());
            Ok(Part { statement, rows: *rows, places, known_by, fields: fields.clone() })
        };
        let parts = written.iter().map(part).collect::<Result<_>>()?;
        let key = drawn_key(self, &kind, rows);
        Ok((parts, key.map(|key| Copied::new(self.model, key, written))))
    }

    /// The statements for drafts, and what is tried before them.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    fn many(&self, mut drafts: Vec<RawDraft>) -> Result<(Vec<Part>, Option<Copied>)> {
        if self.model.tenant_fields().next().is_some() {
            drafts.iter_mut().try_for_each(|draft| draft.give_tenant(&self.tenancy))?;
        }
        validation::before_insert(self.model, &mut drafts)?;
        match drafts.len() {
            0 => return Ok((Vec::new(), None)),
            // DEFAULT cannot stand among the rows of several tables.
            1..=VALUES_UP_TO if self.model.link().is_none() => {
                return Ok((vec![self.few(drafts)?], None));
            }
            _ => {}
        }
        let mut groups = self.groups(drafts)?;
        let mut moved = false;
        for group in &mut groups {
            let by = self.ordered_by(&group.rows);
            moved |= order::sort(&mut group.rows, &mut group.places, &by);
        }
        if let ([only], false) = (groups.as_mut_slice(), moved) {
            only.places.clear();
        }
        let (mut parts, mut copied) = (Vec::new(), None);
        let only = groups.len() == 1;
        for group in groups {
            match drawn_key(self, &group.kind, group.rows.len()).filter(|_| only) {
                Some(key) => {
                    let fields = group.kind.fields(self.model);
                    let written = written(&fields, &group.rows);
                    self.arrays(Arc::new(group.rows), &group.places, &fields, &mut parts)?;
                    copied = Some(Copied::new(self.model, key, written));
                }
                None => self.group(group, &mut parts)?,
            }
        }
        Ok((parts, copied))
    }

    /// Drafts by what they leave to the database.
    fn groups(&self, drafts: Vec<RawDraft>) -> Result<Vec<Group>> {
        let now = now();
        let rows = drafts.len();
        let mut groups: Vec<Group> = Vec::new();
        let mut at = 0;
        for (place, draft) in drafts.into_iter().enumerate() {
            let row = draft.into_row(&now)?;
            let kind = Kind::of(self.model, &row);
            // Drafts mostly come from one place, so this one is of the kind of the last.
            if groups.get(at).is_none_or(|group| group.kind != kind) {
                let found = groups.iter().position(|group| group.kind == kind);
                at = found.unwrap_or(groups.len());
            }
            if at == groups.len() {
                let room = if at == 0 { rows } else { 0 };
                let (rows, places) = (Vec::with_capacity(room), Vec::with_capacity(room));
                groups.push(Group { kind, rows, places });
            }
            if let Some(group) = groups.get_mut(at) {
                group.rows.push(row);
                group.places.push(place);
            }
        }
        Ok(groups)
    }

    /// Few rows go into one statement, whatever they are.
    fn few(&self, drafts: Vec<RawDraft>) -> Result<Part> {
        let now = now();
        let mut rows = Vec::with_capacity(drafts.len());
        let (mut kind, mut same) = (Kind::default(), true);
        let mut first: Option<(Kind, Plain)> = None;
        for draft in drafts {
            if let Some((_, plain)) = &first
                && plain.values(&draft).is_some()
            {
                rows.push(draft.into_slots());
                continue;
            }
            let row = draft.into_row(&now)?;
            let own = Kind::of(self.model, &row);
            match &first {
                None => {
                    kind = own.clone();
                    let plain = Plain::new(self.model, |place| !own.leaves(place));
                    first = Some((own, plain));
                }
                Some((first, _)) if *first == own => {}
                Some(_) => {
                    same = false;
                    kind = kind.and(&own);
                }
            }
            rows.push(row);
        }
        let mut places = (0..rows.len()).collect();
        let by = self.ordered_by(&rows);
        if !order::sort(&mut rows, &mut places, &by) {
            places.clear();
        }
        self.value_rows(rows, places, kind, same)
    }

    /// The statements for rows of one kind.
    fn group(&self, group: Group, parts: &mut Vec<Part>) -> Result<()> {
        let Group { kind, rows, places } = group;
        let fields = kind.fields(self.model);
        let plain = !kind.odd && !fields.is_empty();
        if plain && rows.len() > VALUES_UP_TO {
            return self.arrays(Arc::new(rows), &places, &fields, parts);
        }
        let chunk = ODD_ROWS.min(PARAMETERS / fields.len().max(1)).max(1);
        let mut places = places.as_slice();
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let some: Vec<Row> = rows.by_ref().take(chunk).collect();
            let (here, rest) = places.split_at(some.len().min(places.len()));
            places = rest;
            parts.push(self.value_rows(some, here.to_vec(), kind.clone(), plain)?);
        }
        Ok(())
    }

    /// Rows that stand in VALUES; `same` where all have values for the same fields.
    fn value_rows(
        &self,
        rows: Vec<Row>,
        places: Vec<usize>,
        kind: Kind,
        same: bool,
    ) -> Result<Part> {
        let count = rows.len();
        let known_by = self.known_by(&rows, &places);
        let fields = kind.fields(self.model);
        let plain = same && !kind.odd && !fields.is_empty();
        let given = match plain {
            true => Given::Alike(rows),
            false => Given::Rows(count, kind.values(rows, fields.len())),
        };
        let statement = self.statement(fields.clone(), given)?;
        let cached = count == 1 || (plain && count <= VALUES_UP_TO);
        let statement = Statement { cached, ..statement };
        let fields = if plain { fields } else { Vec::new() };
        Ok(Part { statement, rows: count, places, known_by, fields })
    }

    /// Rows that travel as arrays.
    fn arrays(
        &self,
        rows: Arc<Vec<Row>>,
        places: &[usize],
        fields: &[&'static FieldMeta],
        parts: &mut Vec<Part>,
    ) -> Result<()> {
        for range in chunks(&rows) {
            let column = |field: &&'static FieldMeta| {
                let place = self.model.fields.iter().position(|other| std::ptr::eq(other, *field));
                let (rows, place) = (rows.clone(), place.unwrap_or(usize::MAX));
                SqlValue::Items(Items::new(ColumnOf { rows, place, range: range.clone() }))
            };
            let arrays = fields.iter().map(column).collect();
            let statement = self.statement(fields.to_vec(), Given::Arrays(arrays))?;
            let places = places.get(range.clone()).unwrap_or_default().to_vec();
            let rows_here = rows.get(range).unwrap_or_default();
            let (known_by, rows) = (self.known_by(rows_here, &places), rows_here.len());
            parts.push(Part { statement, rows, places, known_by, fields: fields.to_vec() });
        }
        Ok(())
    }

    /// The keys of rows that are sent in another order, where some of them may not come back.
    fn known_by(&self, rows: &[Row], places: &[usize]) -> KnownBy {
        let may_miss = match &self.conflict {
            None => false,
            Some(Conflict::Update { filter, .. }) => filter.is_some(),
            Some(Conflict::Nothing(_) | Conflict::There { .. }) => {
                !matches!(self.returning, Returning::Nothing)
            }
        };
        if places.is_empty() || !may_miss {
            return KnownBy::default();
        }
        let fields = order::given(rows, self.ordered_by(rows));
        KnownBy { keys: rows.iter().map(|row| order::key(row, &fields)).collect(), fields }
    }

    fn statement(&self, fields: Vec<&'static FieldMeta>, rows: Given) -> Result<Statement> {
        query::insert(Insert {
            model: self.model,
            fields,
            rows,
            conflict: self.conflict.clone(),
            returning: self.returning.clone(),
            tenancy: self.tenancy.clone(),
        })
    }
}

/// The columns of rows, which give all of some fields.
fn written(fields: &[&'static FieldMeta], rows: &[Row]) -> Vec<InColumns> {
    let mut columns = Columns::new(fields.to_vec(), rows.len());
    rows.iter().for_each(|row| columns.add(row));
    columns.into_parts()
}

/// Rows that can go together.
struct Group {
    kind: Kind,
    rows: Vec<Row>,
    places: Vec<usize>,
}

/// What decides with which others a row can go.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Kind {
    /// The fields that it leaves to the database, by place: bits.
    left: SmallVec<[u64; 2]>,
    /// It has values that are no item of an array.
    odd: bool,
}

impl Kind {
    fn of(model: &ModelMeta, row: &Row) -> Kind {
        let mut kind = Kind::default();
        for (row, fields) in row.chunks(64).zip(model.fields.chunks(64)) {
            let mut left = 0;
            for (place, (value, field)) in row.iter().zip(fields).enumerate() {
                match value {
                    Some(InsertValue::Value(value)) => kind.odd |= field.is_own_binary(value),
                    Some(InsertValue::Node(_)) => kind.odd = true,
                    Some(InsertValue::Default) | None => left |= 1 << place,
                }
            }
            kind.left.push(left);
        }
        kind
    }

    /// What rows of both kinds leave to the database.
    fn and(mut self, other: &Kind) -> Kind {
        self.left.iter_mut().zip(&other.left).for_each(|(bits, other)| *bits &= other);
        self.odd |= other.odd;
        self
    }

    pub(super) fn leaves(&self, place: usize) -> bool {
        self.left.get(place / 64).is_some_and(|bits| bits & (1 << (place % 64)) != 0)
    }

    /// The values of rows, one after another, for the fields that are not left to the database.
    fn values(&self, rows: Vec<Row>, width: usize) -> Vec<InsertValue> {
        let mut values = Vec::with_capacity(rows.len() * width);
        for row in rows {
            for (place, value) in row.into_iter().enumerate() {
                if !self.leaves(place) {
                    values.push(value.unwrap_or(InsertValue::Default));
                }
            }
        }
        values
    }

    /// It has values that are no item of an array.
    pub(super) fn is_odd(&self) -> bool {
        self.odd
    }

    /// The fields that are not left to the database.
    fn fields(&self, model: &'static ModelMeta) -> Vec<&'static FieldMeta> {
        let fields = model.fields.iter().enumerate();
        fields.filter(|(place, _)| !self.leaves(*place)).map(|(_, field)| field).collect()
    }
}

/// One column of some rows.
struct ColumnOf {
    rows: Arc<Vec<Row>>,
    place: usize,
    range: Range<usize>,
}

static NULL: SqlValue = SqlValue::Null;

impl ItemList for ColumnOf {
    fn count(&self) -> usize {
        self.range.len()
    }

    fn try_each(
        &self,
        take: &mut dyn FnMut(&SqlValue) -> std::result::Result<(), Problem>,
    ) -> std::result::Result<(), Problem> {
        let rows = self.rows.get(self.range.clone()).unwrap_or_default();
        rows.iter().try_for_each(|row| match row.get(self.place) {
            Some(Some(InsertValue::Value(value))) => take(value),
            _ => take(&NULL),
        })
    }
}

/// The rows of each statement: so many, and of so many bytes.
fn chunks(rows: &[Row]) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (place, row) in rows.iter().enumerate() {
        let size = row.iter().map(size).sum::<usize>();
        if place > start && (place - start == ROWS || bytes + size > BYTES) {
            chunks.push(start..place);
            (start, bytes) = (place, 0);
        }
        bytes += size;
    }
    chunks.push(start..rows.len());
    chunks
}

/// About how many bytes a value takes.
fn size(value: &Option<InsertValue>) -> usize {
    match value {
        Some(InsertValue::Value(value)) => value.size(),
        _ => 0,
    }
}
