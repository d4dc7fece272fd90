//! The values of rows by columns, written as they are sent.

use super::keys::Key;
use crate::ir::{FieldMeta, ModelMeta};
use crate::lifecycle::{Columns, InColumns};
use orm_sql::error::{Error, Result};
use orm_sql::value::{ItemList, Items, Problem, SqlValue};

/// The values of rows: the columns of the key first, the written ones behind.
pub(super) struct Table {
    meta: &'static ModelMeta,
    fields: Vec<&'static FieldMeta>,
    /// The places of the written columns, each with its field where that does not keep every value.
    places: Vec<(usize, Option<&'static FieldMeta>)>,
    columns: Columns,
    /// The places of the rows among those that were given.
    given: Vec<usize>,
}

/// A field and its values.
pub(super) type Values = (&'static FieldMeta, Items);

/// All values of a call.
pub(super) struct Filled {
    /// Of each statement: the columns of the key, and the written ones.
    pub statements: Vec<(Vec<Values>, Vec<Values>)>,
    /// The keys of all of them.
    pub keys: Vec<Values>,
    /// The places of the rows among those that were given.
    pub given: Vec<usize>,
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
        let keys = meta.primary_key.iter().filter_map(at);
        let fields: Vec<_> = keys.chain(written.iter().copied()).map(|(_, field)| field).collect();
        let bounded = |(place, field): &(usize, &'static FieldMeta)| {
            (*place, field.is_bounded().then_some(*field))
        };
        let (places, columns) =
            (written.iter().map(bounded).collect(), Columns::new(fields.clone(), rows));
        Ok(Table { meta, fields, places, columns, given: Vec::with_capacity(rows) })
    }

    /// Adds a row: the values of its key, and its others by their places.
    pub fn add(&mut self, place: usize, key: Key, value: &dyn Fn(usize) -> SqlValue) {
        self.given.push(place);
        let mut columns = self.columns.begin_row().iter_mut();
        match key {
            Key::One(value) => {
                if let Some(column) = columns.next() {
                    column.push(value);
                }
            }
            Key::Several(values) => {
                let columns = columns.by_ref().take(values.len());
                columns.zip(values).for_each(|(column, value)| column.push(value));
            }
        }
        for (column, (place, bounded)) in columns.zip(&self.places) {
            match bounded {
                None => column.push(value(*place)),
                Some(field) => column.push(field.kept(value(*place))),
            }
        }
        self.columns.end_row();
    }

    /// The values of each statement.
    ///
    /// # Errors
    ///
    /// Where a value cannot be sent as one of many.
    pub fn filled(self) -> Result<Filled> {
        let Table { meta, fields, columns, given, .. } = self;
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
        Ok(Filled { statements, keys, given })
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
