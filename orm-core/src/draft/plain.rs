//! Drafts of which nothing has to be found out: they give what others before them did, in values that are
//! sent as they are.

use super::RawDraft;
use crate::ir::{Default, FieldMeta, ModelMeta};
use crate::query::InsertValue;

/// What is known of each field of drafts that give the same ones.
pub(crate) struct Plain(Vec<Known>);

#[derive(Clone, Copy, PartialEq)]
enum Known {
    /// A value that is given is sent as it is.
    Given,
    /// A value that is not given is left to the database.
    Left,
    /// Neither.
    No,
}

impl Plain {
    /// The fields of drafts that give those at some places, and leave the others to the database.
    pub fn new(model: &'static ModelMeta, given: impl Fn(usize) -> bool) -> Plain {
        if model.tenant_fields().next().is_some() {
            return Plain(vec![Known::No; model.width()]);
        }
        let known = |(place, field): (usize, &FieldMeta)| match given(place) {
            _ if field.auto_now => Known::No,
            true if field.is_bounded() || field.may_be_own_binary() => Known::No,
            true => Known::Given,
            false if field.auto_now_add => Known::No,
            false if field.is_drawn() => Known::Left,
            false if matches!(field.default, Default::Database(_)) => Known::Left,
            false => Known::No,
        };
        Plain(model.fields.iter().enumerate().map(known).collect())
    }

    /// The values of a draft, those that are not given among them; `None` where something has to be
    /// found out.
    #[inline]
    pub fn values<'d>(&self, draft: &'d RawDraft) -> Option<&'d [Option<InsertValue>]> {
        if draft.rest.is_some() {
            return None;
        }
        let is_plain = |(value, known): (&Option<InsertValue>, &Known)| match value {
            Some(InsertValue::Value(_)) => *known == Known::Given,
            None => *known == Known::Left,
            Some(_) => false,
        };
        draft.values.iter().zip(&self.0).all(is_plain).then_some(&*draft.values)
    }
}
