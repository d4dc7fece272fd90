//! Models, indexes and constraints.

use super::Read;
use super::encode::Put;
use super::field::{self, DEFERRABLE, word};
use super::keys::Keys;
use orm_core::tables::state::{
    CheckState, IndexState, ModelName, ModelState, PartState, UniqueState, ViewState,
};
use toml_edit::InlineTable;

pub(super) fn encode(model: &ModelState, table: &mut InlineTable) {
    let ModelState {
        name: _,
        table: table_name,
        fields,
        primary_key,
        primary_key_name,
        uniques,
        indexes,
        checks,
        managed,
        view,
        comment,
        on_delete_in_library,
    } = model;
    table.table_name(table_name);
    table.texts("primary_key", primary_key);
    table.maybe("primary_key_name", primary_key_name.as_deref());
    // A view is no table of ours anyhow.
    table.flag("unmanaged", !managed && view.is_none());
    table.maybe("comment", comment.as_deref());
    table.flag("on_delete_in_library", *on_delete_in_library);
    table.tables("fields", fields, |field, table| {
        table.text("name", &field.name);
        field::encode(field, table);
    });
    table.tables("uniques", uniques, encode_unique);
    table.tables("indexes", indexes, encode_index);
    table.tables("checks", checks, encode_check);
    if let Some(view) = view {
        encode_view(view, "view", table);
    }
}

pub(super) fn encode_view(view: &ViewState, key: &str, table: &mut InlineTable) {
    let ViewState { query, columns, materialized } = view;
    table.flag("materialized", *materialized);
    table.pairs("view_columns", columns);
    table.text(key, query.as_str());
}

pub(super) fn decode_view(keys: &Keys<'_>, key: &'static str) -> Read<Option<ViewState>> {
    let (materialized, columns) = (keys.flag("materialized")?, keys.pairs("view_columns")?);
    Ok(keys.sql(key)?.map(|query| ViewState { query, columns, materialized }))
}

pub(super) fn decode(name: ModelName, keys: &Keys<'_>) -> Read<ModelState> {
    let fields = keys.tables("fields")?.into_iter().map(|keys| {
        let name = keys.needed_text("name")?;
        let field = field::decode(&name, &keys)?;
        keys.finish()?;
        Ok(field)
    });
    let table = keys.table_name()?;
    let view = decode_view(keys, "view")?;
    Ok(ModelState {
        table: table.ok_or_else(|| keys.wrong(format!("`table` of `{name}` is missing")))?,
        fields: fields.collect::<Read<_>>()?,
        primary_key: keys.texts("primary_key")?,
        primary_key_name: keys.text("primary_key_name")?,
        uniques: each(keys.tables("uniques")?, decode_unique)?,
        indexes: each(keys.tables("indexes")?, decode_index)?,
        checks: each(keys.tables("checks")?, decode_check)?,
        managed: !keys.flag("unmanaged")? && view.is_none(),
        view,
        comment: keys.text("comment")?,
        on_delete_in_library: keys.flag("on_delete_in_library")?,
        name,
    })
}

fn each<T>(tables: Vec<Keys<'_>>, decode: impl Fn(&Keys<'_>) -> Read<T>) -> Read<Vec<T>> {
    let one = |keys: Keys<'_>| {
        let one = decode(&keys)?;
        keys.finish()?;
        Ok(one)
    };
    tables.into_iter().map(one).collect()
}

pub(super) fn encode_unique(unique: &UniqueState, table: &mut InlineTable) {
    let UniqueState { name, parts, condition, nulls_distinct, include, deferrable, as_index } =
        unique;
    table.maybe("name", name.as_deref());
    encode_parts(parts, table);
    table.maybe("where", condition.as_ref().map(|sql| sql.as_str()));
    table.flag("nulls_not_distinct", !nulls_distinct);
    table.texts("include", include);
    table.maybe("deferrable", deferrable.as_ref().and_then(|one| word(DEFERRABLE, one)));
    table.flag("as_index", *as_index);
}

pub(super) fn decode_unique(keys: &Keys<'_>) -> Read<UniqueState> {
    Ok(UniqueState {
        name: keys.text("name")?,
        parts: decode_parts(keys)?,
        condition: keys.sql("where")?,
        nulls_distinct: !keys.flag("nulls_not_distinct")?,
        include: keys.texts("include")?,
        deferrable: keys.word("deferrable", DEFERRABLE)?,
        as_index: keys.flag("as_index")?,
    })
}

pub(super) fn encode_index(index: &IndexState, table: &mut InlineTable) {
    let IndexState { name, parts, method, condition, include } = index;
    table.maybe("name", name.as_deref());
    encode_parts(parts, table);
    if method != "btree" {
        table.text("method", method);
    }
    table.maybe("where", condition.as_ref().map(|sql| sql.as_str()));
    table.texts("include", include);
}

pub(super) fn decode_index(keys: &Keys<'_>) -> Read<IndexState> {
    Ok(IndexState {
        name: keys.text("name")?,
        parts: decode_parts(keys)?,
        method: keys.text("method")?.unwrap_or_else(|| "btree".to_owned()),
        condition: keys.sql("where")?,
        include: keys.texts("include")?,
    })
}

pub(super) fn encode_check(check: &CheckState, table: &mut InlineTable) {
    table.maybe("name", check.name.as_deref());
    table.text("check", check.condition.as_str());
}

pub(super) fn decode_check(keys: &Keys<'_>) -> Read<CheckState> {
    let condition = keys.sql("check")?;
    let condition = condition.ok_or_else(|| keys.wrong("`check` is missing"))?;
    Ok(CheckState { name: keys.text("name")?, condition })
}

/// `fields = ["-pages"]`, or `parts` where there are expressions among them.
fn encode_parts(parts: &[PartState], table: &mut InlineTable) {
    let field = |part: &PartState| match part {
        PartState::Field { name, desc: false } => Some(name.clone()),
        PartState::Field { name, desc: true } => Some(format!("-{name}")),
        PartState::Expression(_) => None,
    };
    if let Some(fields) = parts.iter().map(field).collect::<Option<Vec<_>>>() {
        return table.texts("fields", &fields);
    }
    table.tables("parts", parts, |part, table| match part {
        PartState::Field { name, desc } => {
            table.text("field", name);
            table.flag("desc", *desc);
        }
        PartState::Expression(sql) => table.text("expression", sql.as_str()),
    });
}

fn decode_parts(keys: &Keys<'_>) -> Read<Vec<PartState>> {
    let fields = keys.texts("fields")?.into_iter().map(|text| match text.strip_prefix('-') {
        Some(name) => PartState::Field { name: name.to_owned(), desc: true },
        None => PartState::Field { name: text, desc: false },
    });
    let parts =
        each(keys.tables("parts")?, |keys| match (keys.text("field")?, keys.sql("expression")?) {
            (Some(name), None) => Ok(PartState::Field { name, desc: keys.flag("desc")? }),
            (None, Some(sql)) => Ok(PartState::Expression(sql)),
            _ => Err(keys.wrong("a part has one of `field` and `expression`")),
        })?;
    let all: Vec<PartState> = fields.chain(parts).collect();
    if all.is_empty() { Err(keys.wrong("`fields` is missing")) } else { Ok(all) }
}
