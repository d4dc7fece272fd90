//! Maps of texts to texts (`hstore`).

use super::{Column, NotNull, Single};
use orm_sql::row::CellError;
use orm_sql::value::{Form, HStore, SqlType, SqlValue};

impl Single for HStore {}

#[diagnostic::do_not_recommend]
impl Column for HStore {
    type Inner = Self;
    type Null = NotNull;
    const SQL_TYPE: SqlType = SqlType::HStore;

    fn decode(raw: &[u8]) -> Result<Self, CellError> {
        Form::read(raw)
    }

    fn to_value(&self) -> SqlValue {
        SqlValue::HStore(self.clone())
    }

    fn into_value(self) -> SqlValue {
        SqlValue::HStore(self)
    }
}
