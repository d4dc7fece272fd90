//! Drafts as they are collected. Many of one kind are written by columns at once, so that none of them
//! is kept: what one of them held is free again before the next one is made.

use super::{Kind, VALUES_UP_TO};
use crate::draft::{Now, Plain, RawDraft, Row, now};
use crate::ir::{FieldMeta, ModelMeta};
use crate::lifecycle::columns::{Columns, InColumns};
use crate::query::InsertValue;
use orm_sql::error::{Error, Result};
use orm_sql::value::SqlValue;
use std::vec;

/// Drafts of which nothing is known yet but that they go together.
pub(crate) struct Collected {
    model: &'static ModelMeta,
    now: Now,
    /// How many there may be.
    room: usize,
    drafts: Vec<RawDraft>,
    /// In their place, where there are many of one kind.
    filled: Option<Filled>,
    /// They are kept as they are.
    as_they_are: bool,
    error: Option<Error>,
}

/// The columns of drafts that leave the same fields to the database.
pub(super) struct Filled {
    pub kind: Kind,
    plain: Plain,
    pub columns: Columns,
    pub rows: usize,
}

impl Collected {
    /// None of a model yet; so many may come.
    pub fn new(model: &'static ModelMeta, room: usize) -> Collected {
        // What is checked, and what stands in several tables, is needed as it is; so is what is still to
        // be given its tenant.
        let as_they_are =
            model.validate || model.link().is_some() || model.tenant_fields().next().is_some();
        let drafts = Vec::with_capacity(room.min(VALUES_UP_TO));
        Collected { model, now: now(), room, drafts, filled: None, as_they_are, error: None }
    }

    /// The next one.
    pub fn add(&mut self, draft: RawDraft) {
        if self.error.is_some() {
            return;
        }
        if self.filled.is_none() && !self.as_they_are && self.drafts.len() == VALUES_UP_TO {
            self.begin(&draft);
        }
        let Some(filled) = &mut self.filled else { return self.drafts.push(draft) };
        match filled.add(self.model, draft, &self.now) {
            Ok(None) => {}
            Ok(Some(row)) => {
                self.take_back();
                self.drafts.push(RawDraft::of_row(self.model, row));
            }
            Err(error) => self.error = Some(error),
        }
    }

    /// Begins to write columns, of the fields that a draft gives.
    fn begin(&mut self, draft: &RawDraft) {
        let first = match draft.clone().into_row(&self.now) {
            Ok(first) => first,
            // It is said in its turn.
            Err(_) => return self.as_they_are = true,
        };
        let kind = Kind::of(self.model, &first);
        let fields = kind.fields(self.model);
        if kind.is_odd() || fields.is_empty() {
            return self.as_they_are = true;
        }
        let columns = Columns::new(fields, self.room);
        let plain = Plain::new(self.model, |place| !kind.leaves(place));
        self.filled = Some(Filled { kind, plain, columns, rows: 0 });
        for draft in std::mem::take(&mut self.drafts) {
            self.add(draft);
        }
    }

    /// The drafts again: one of them is of another kind than those before it.
    fn take_back(&mut self) {
        self.as_they_are = true;
        if let Some(filled) = self.filled.take() {
            self.drafts = filled.into_drafts(self.model);
        }
    }

    /// The drafts.
    ///
    /// # Errors
    ///
    /// What is wrong with one of them, as far as it was found out.
    pub fn into_drafts(mut self) -> Result<Vec<RawDraft>> {
        self.take_back();
        match self.error {
            None => Ok(self.drafts),
            Some(error) => Err(error),
        }
    }

    /// Their columns, where there are; the drafts otherwise.
    pub(super) fn into_either(self) -> Result<std::result::Result<Filled, Vec<RawDraft>>> {
        match self {
            Collected { filled: Some(filled), error: None, .. } => Ok(Ok(filled)),
            other => other.into_drafts().map(Err),
        }
    }
}

impl Filled {
    /// Adds a draft; its row, where that is of another kind.
    fn add(
        &mut self,
        model: &'static ModelMeta,
        mut draft: RawDraft,
        now: &Now,
    ) -> Result<Option<Row>> {
        match self.plain.values(&draft) {
            Some(values) => {
                self.columns.add(values);
                draft.reuse();
            }
            None => {
                let row = draft.into_row(now)?;
                if Kind::of(model, &row) != self.kind {
                    return Ok(Some(row));
                }
                self.columns.add(&row);
            }
        }
        self.rows += 1;
        Ok(None)
    }

    fn into_drafts(self, model: &'static ModelMeta) -> Vec<RawDraft> {
        let mut drafts = Vec::with_capacity(self.rows + 1);
        for InColumns { rows, items } in self.columns.into_parts() {
            let mut columns: Vec<vec::IntoIter<SqlValue>> =
                items.iter().map(|items| items.to_vec().into_iter()).collect();
            for _ in 0..rows {
                let mut given = columns.iter_mut().map(|values| values.next());
                let value = |(place, _): (usize, &FieldMeta)| match self.kind.leaves(place) {
                    true => Some(InsertValue::Default),
                    false => given.next().flatten().map(InsertValue::Value),
                };
                let row = model.fields.iter().enumerate().map(value).collect();
                drafts.push(RawDraft::of_row(model, row));
            }
        }
        drafts
    }
}
