//! The values of rows by columns, written as they are sent.

use super::AnyRows;
use crate::ir::{FieldMeta, ModelMeta};
use crate::lifecycle::{Columns, InColumns};
use orm_sql::error::{Error, Result};
use orm_sql::value::{ItemList, Items, Problem, SqlValue};

/// The values of rows: the columns of the key first, the written ones behind.
pub(super) struct Table {
    meta: &'static ModelMeta,
    fields: Vec<&'static FieldMeta>,
    written: Vec<Written>,
    columns: Columns,
}

/// A column that is written.
pub(super) struct Written {
    /// Its place among those of the model.
    pub place: usize,
    /// Its field, where that does not keep every value.
    pub bounded: Option<&'static FieldMeta>,
}

/// A field and its values.
pub(super) type Values = (&'static FieldMeta, Items);

/// All values of a call.
pub(super) struct Filled {
    /// Of each statement: the columns of the key, and the written ones.
    pub statements: Vec<(Vec<Values>, Vec<Values>)>,
    /// The keys of all of them.
    pub keys: Vec<Values>,
}

impl Table {
    pub fn new(meta: &'static ModelMeta, places: &[usize], rows: usize) -> Result<Table> {
        if places.is_empty() {
            return Err(Error::usage(format!(
                "`bulk_update` of `{}` names no fields: say which to write, as in `|b| (b.name(), \
                 b.pages())`",
                meta.name
            )));
        }
        let at = |place: &usize| Some((*place, meta.fields.get(*place)?));
        let own = |(_, field): &(usize, &FieldMeta)| !field.auto_now && !field.version;
        let mut written: Vec<_> = places.iter().filter_map(at).filter(own).collect();
        written.extend(meta.version().and_then(|(place, _)| at(&place)));
        let keys: Vec<_> = meta.primary_key.iter().filter_map(at).collect();
        let fields: Vec<_> = keys.iter().chain(&written).map(|(_, field)| *field).collect();
        let key = |(place, _): &(usize, _)| Written { place: *place, bounded: None };
        let other = |(place, field): &(usize, &'static FieldMeta)| Written {
            place: *place,
            bounded: field.is_bounded().then_some(*field),
        };
        let written = keys.iter().map(key).chain(written.iter().map(other)).collect();
        let columns = Columns::new(fields.clone(), rows);
        Ok(Table { meta, fields, written, columns })
    }

    /// Adds rows, in an order.
    pub fn add(&mut self, rows: &dyn AnyRows, order: &[usize]) {
        rows.write(order, &self.written, &mut self.columns);
    }

    /// The values of each statement.
    ///
    /// # Errors
    ///
    /// Where a value cannot be sent as one of many.
    pub fn filled(self) -> Result<Filled> {
        let Table { meta, fields, columns, .. } = self;
        let width = meta.primary_key.len();
        let parts = columns.into_parts();
        let mut statements = Vec::with_capacity(parts.len());
        for InColumns { items, .. } in parts {
            let mut keys: Vec<Values> = fields.iter().copied().zip(items).collect();
            keys.iter().try_for_each(|(field, values)| refuse_binary(meta, field, values))?;
            let others = keys.split_off(width.min(keys.len()));
            statements.push((keys, others));
        }
        let keys = match statements.as_slice() {
            [(keys, _)] => keys.clone(),
            many => {
                let all = |place: usize| {
                    let part = |(keys, _): &(Vec<Values>, _)| Some(keys.get(place)?.1.clone());
                    Items::new(Joined(many.iter().filter_map(part).collect()))
                };
                let keys = fields.iter().take(width).enumerate();
                keys.map(|(place, field)| (*field, all(place))).collect()
            }
        };
        Ok(Filled { statements, keys })
    }
}

/// A type that is known by its name only travels as text here, so its own binary form cannot.
fn refuse_binary(meta: &ModelMeta, field: &FieldMeta, values: &Items) -> Result<()> {
    if field.may_be_own_binary() && !values.all(|value| !field.is_own_binary(value)) {
        return Err(Error::usage(format!(
            "`{}` of `{}` travels in a binary form of its own, which `bulk_update` cannot send: \
             save its rows one by one",
            field.name, meta.name
        )));
    }
    Ok(())
}

/// The values of several statements.
struct Joined(Vec<Items>);

impl ItemList for Joined {
    fn count(&self) -> usize {
        self.0.iter().map(Items::count).sum()
    }

    fn try_each(
        &self,
        take: &mut dyn FnMut(&SqlValue) -> std::result::Result<(), Problem>,
    ) -> std::result::Result<(), Problem> {
        self.0.iter().try_for_each(|items| items.try_each(&mut *take))
    }
}
