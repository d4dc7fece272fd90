//! Drafts of which nothing has to be found out: they give what others before them did, in values that are
//! sent as they are.

use super::RawDraft;
use crate::ir::{Default, FieldMeta, ModelMeta};
use crate::query::InsertValue;
use bytes::BytesMut;
use orm_sql::value::{SqlType, write_cell};

/// What is known of each field of drafts that give the same ones.
pub(crate) struct Plain {
    known: Vec<Known>,
    /// How many values are given.
    width: u16,
}

#[derive(Clone, Copy, PartialEq)]
enum Known {
    /// A value that is given is sent as it is, as a value of a type.
    Given(SqlType),
    /// A value that is not given is left to the database.
    Left,
    /// Neither.
    No,
}

impl Plain {
    /// The fields of drafts that give those at some places, and leave the others to the database.
    pub fn new(model: &'static ModelMeta, given: impl Fn(usize) -> bool) -> Plain {
        if model.tenant_fields().next().is_some() {
            return Plain { known: vec![Known::No; model.width()], width: 0 };
        }
        let known = |(place, field): (usize, &FieldMeta)| match given(place) {
            _ if field.auto_now => Known::No,
            true if field.is_bounded() || field.may_be_own_binary() => Known::No,
            true => Known::Given(field.sql_type),
            false if field.auto_now_add => Known::No,
            false if field.is_drawn() => Known::Left,
            false if matches!(field.default, Default::Database(_)) => Known::Left,
            false => Known::No,
        };
        let known: Vec<Known> = model.fields.iter().enumerate().map(known).collect();
        let width = known.iter().filter(|known| matches!(known, Known::Given(_))).count();
        Plain { known, width: width.try_into().unwrap_or_default() }
    }

    /// The values of a draft, those that are not given among them; `None` where something has to be
    /// found out.
    #[inline]
    pub fn values<'d>(&self, draft: &'d RawDraft) -> Option<&'d [Option<InsertValue>]> {
        if draft.rest.is_some() {
            return None;
        }
        let is_plain = |(value, known): (&Option<InsertValue>, &Known)| match value {
            Some(InsertValue::Value(_)) => matches!(known, Known::Given(_)),
            None => *known == Known::Left,
            Some(_) => false,
        };
        draft.values.iter().zip(&self.known).all(is_plain).then_some(&*draft.values)
    }

    /// Writes a draft as binary COPY has it; false, and nothing is written, where [`values`](Self::values)
    /// has none, and where a value is none of the type of its column.
    pub fn write(&self, draft: &RawDraft, out: &mut BytesMut) -> bool {
        let start = out.len();
        out.extend_from_slice(&self.width.to_be_bytes());
        let written = |(value, known): (&Option<InsertValue>, &Known)| match (value, known) {
            (Some(InsertValue::Value(value)), Known::Given(sql_type)) => {
                write_cell(value, *sql_type, out)
            }
            (None, Known::Left) => true,
            _ => false,
        };
        let all = draft.rest.is_none() && draft.values.iter().zip(&self.known).all(written);
        if !all {
            out.truncate(start);
        }
        all
    }
}
