//! What indexes and constraints are over.

use super::Read;
use super::encode::Put;
use super::keys::Keys;
use super::model::each;
use orm_core::tables::state::{PartKey, PartState};
use toml_edit::InlineTable;

const NULLS: &[(&str, bool)] = &[("first", true), ("last", false)];

/// `fields = ["-pages"]`, or `parts` where there is more to say.
pub(super) fn encode(parts: &[PartState], table: &mut InlineTable) {
    let field = |part: &PartState| {
        let name = part.name().filter(|_| part.is_plain())?;
        Some(if part.desc { format!("-{name}") } else { name.to_owned() })
    };
    match parts.iter().map(field).collect::<Option<Vec<_>>>() {
        Some(fields) => table.texts("fields", &fields),
        None => table.tables("parts", parts, encode_one),
    }
}

pub(super) fn encode_one(part: &PartState, table: &mut InlineTable) {
    let PartState { key, collation, desc, nulls_first, operator_class } = part;
    match key {
        PartKey::Field(name) => table.text("field", name),
        PartKey::Expression(sql) => table.text("expression", sql.as_str()),
    }
    table.maybe("collation", collation.as_deref());
    table.flag("desc", *desc);
    table.maybe("nulls", nulls_first.map(|first| if first { "first" } else { "last" }));
    table.maybe("opclass", operator_class.as_deref());
}

pub(super) fn decode(keys: &Keys<'_>) -> Read<Vec<PartState>> {
    let fields = keys.texts("fields")?.into_iter().map(|text| match text.strip_prefix('-') {
        Some(name) => PartState { desc: true, ..PartState::field(name) },
        None => PartState::field(text),
    });
    let parts = each(keys.tables("parts")?, decode_one)?;
    let all: Vec<PartState> = fields.chain(parts).collect();
    if all.is_empty() { Err(keys.wrong("`fields` is missing")) } else { Ok(all) }
}

pub(super) fn decode_one(keys: &Keys<'_>) -> Read<PartState> {
    let key = match (keys.text("field")?, keys.sql("expression")?) {
        (Some(name), None) => PartKey::Field(name),
        (None, Some(sql)) => PartKey::Expression(sql),
        _ => return Err(keys.wrong("a part has one of `field` and `expression`")),
    };
    Ok(PartState {
        key,
        collation: keys.text("collation")?,
        desc: keys.flag("desc")?,
        nulls_first: keys.word("nulls", NULLS)?,
        operator_class: keys.text("opclass")?,
    })
}
