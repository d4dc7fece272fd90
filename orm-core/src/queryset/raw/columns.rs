//! What rows of raw SQL are read as: columns by their places, models and structs by names.

use crate::column::Column;
use crate::ir::ModelMeta;
use crate::model::Model;
use crate::row::{Decoded, Decoder, Reader, RowDecoder};
use orm_sql::exec::{ByName, OutputColumn, Statement, places};
use orm_sql::row::Cells;
use orm_sql::value::SqlType;
use std::sync::OnceLock;

/// The columns that a row is read from.
#[derive(Default)]
pub struct RawColumns {
    columns: Vec<OutputColumn>,
    by_name: Vec<ByName>,
}

impl RawColumns {
    /// One column, by its place.
    pub fn column<T: Column>(&mut self) {
        let (model, field) = ("the raw query", "a column");
        self.columns.push(OutputColumn { model, field, sql_type: T::SQL_TYPE });
    }

    /// The columns of a model, by their names.
    pub fn model(&mut self, meta: &'static ModelMeta) {
        self.named(meta.name, meta.fields.iter().map(|field| (field.column, field.sql_type)));
    }

    /// The columns of a struct, by their names.
    pub fn named(
        &mut self,
        model: &'static str,
        columns: impl IntoIterator<Item = (&'static str, SqlType)>,
    ) {
        let first = self.columns.len();
        let columns = columns.into_iter();
        self.columns.extend(columns.map(|(field, sql_type)| OutputColumn {
            model,
            field,
            sql_type,
        }));
        self.by_name.push(ByName { first, count: self.columns.len() - first });
    }

    /// A statement that returns them.
    pub(super) fn of(self, statement: Statement) -> Statement {
        let (columns, by_name) = (self.columns.into(), self.by_name);
        Statement { columns, by_name, handle: None, ..statement }
    }
}

/// A row of raw SQL: a tuple of columns, of models, and of both; a model; a struct with
/// `#[derive(ColumnRow)]`.
///
/// Columns of a tuple are read by their places. Those of a model or a struct are read by their names,
/// among as many columns as it has.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no row of raw SQL",
    label = "expected a tuple such as `(i64, Option<String>)`, a model, or a struct with `#[derive(ColumnRow)]`",
    note = "one column is a tuple as well: `(i64,)`"
)]
pub trait ColumnRow: Sized + Send + 'static {
    /// Adds its columns.
    #[doc(hidden)]
    fn columns(into: &mut RawColumns);
    /// Reads the columns.
    ///
    /// # Errors
    ///
    /// When a cell holds something else.
    #[doc(hidden)]
    fn read(reader: &mut Reader<'_>) -> Decoded<Self>;
}

/// An element of such a tuple: a column, a model, a struct with `#[derive(ColumnRow)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no part of a row of raw SQL",
    label = "neither a column, nor a model, nor a struct with `#[derive(ColumnRow)]`"
)]
pub trait RowElement: Sized + Send + 'static {
    /// Adds its columns.
    #[doc(hidden)]
    fn columns(into: &mut RawColumns);
    /// Reads the columns.
    ///
    /// # Errors
    ///
    /// When a cell holds something else.
    #[doc(hidden)]
    fn read(reader: &mut Reader<'_>) -> Decoded<Self>;
}

#[diagnostic::do_not_recommend]
impl<T: Column + Send> RowElement for T {
    fn columns(into: &mut RawColumns) {
        into.column::<T>();
    }
    fn read(reader: &mut Reader<'_>) -> Decoded<Self> {
        reader.column()
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model> ColumnRow for M {
    fn columns(into: &mut RawColumns) {
        into.model(M::meta());
    }
    fn read(reader: &mut Reader<'_>) -> Decoded<Self> {
        M::decode(reader)
    }
}

/// A model, or another struct, as a row of raw SQL or a part of one: what the derives call.
#[doc(hidden)]
#[macro_export]
macro_rules! __raw_rows {
    ($row:ty: $bound:path, |$into:ident| $columns:expr, |$reader:ident| $read:expr) => {
        $crate::__raw_rows!(@one ColumnRow: $bound: $row, $into, $columns, $reader, $read);
        $crate::__raw_rows!(@one RowElement: $bound: $row, $into, $columns, $reader, $read);
    };
    (@model $model:ty) => {
        $crate::__raw_rows!(
            @one RowElement: $crate::model::Model: $model,
            into,
            <$model as $crate::queryset::ColumnRow>::columns(into),
            reader,
            <$model as $crate::model::Model>::decode(reader)
        );
    };
    (@one $name:ident: $bound:path: $row:ty, $into:ident, $columns:expr, $reader:ident, $read:expr) => {
        // The bound is assumed here, so that what is wrong about a struct is said once, of the struct.
        #[diagnostic::do_not_recommend]
        impl $crate::queryset::$name for $row
        where
            for<'any> $row: $bound,
        {
            fn columns($into: &mut $crate::queryset::RawColumns) {
                $columns
            }
            fn read($reader: &mut $crate::row::Reader<'_>) -> $crate::row::Decoded<Self> {
                $read
            }
        }
    };
}

macro_rules! column_rows {
    ($($t:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($t: RowElement),*> ColumnRow for ($($t,)*) {
            fn columns(into: &mut RawColumns) {
                $($t::columns(into);)*
            }
            fn read(reader: &mut Reader<'_>) -> Decoded<Self> {
                Ok(($($t::read(reader)?,)*))
            }
        }
    };
}
tuples!(column_rows);

/// What reads the rows of a statement.
pub(super) fn decoder<T: ColumnRow>(statement: &Statement) -> Decoder<T> {
    if statement.by_name.is_empty() {
        return Decoder::Fn(T::read);
    }
    let (columns, by_name) = (statement.columns.clone(), statement.by_name.clone());
    let statement = Statement { columns, by_name, ..Statement::default() };
    Decoder::new(Named { statement, places: OnceLock::new(), read: T::read })
}

/// Reads columns by their names: the server says in each row what they are called.
struct Named<T> {
    statement: Statement,
    /// Where each column stands, once a row is there.
    places: OnceLock<Vec<usize>>,
    read: fn(&mut Reader<'_>) -> Decoded<T>,
}

impl<T: 'static> RowDecoder for Named<T> {
    type Out = T;
    fn decode(&self, reader: &mut Reader<'_>) -> Decoded<T> {
        let places = match self.places.get() {
            Some(places) => places,
            None => {
                let found = reader.names();
                let places = match found.is_empty() {
                    true => (0..self.statement.columns.len()).collect(),
                    false => places(&self.statement, &found)
                        .map_err(|error| reader.error(error.to_string()))?,
                };
                self.places.get_or_init(|| places)
            }
        };
        (self.read)(&mut Reader::new(&Ordered { cells: reader.cells(), places }))
    }
}

/// Cells in the order in which they are read.
struct Ordered<'r> {
    cells: &'r dyn Cells,
    places: &'r [usize],
}

impl Cells for Ordered<'_> {
    fn cell(&self, index: usize) -> Option<&[u8]> {
        self.cells.cell(*self.places.get(index)?)
    }
}
