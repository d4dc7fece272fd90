//! Models, indexes and constraints.

use super::Read;
use super::encode::Put;
use super::field::{self, DEFERRABLE, word};
use super::keys::Keys;
use super::parts;
use orm_core::tables::state::{
    CheckState, ExcludeState, IndexState, ModelName, ModelState, UniqueState, ViewState,
    ViolationState,
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
        exclusions,
        managed,
        view,
        ordering,
        comment,
        storage,
        tablespace,
        row_level_security,
        on_delete_in_library,
    } = model;
    table.table_name(table_name);
    table.texts("primary_key", primary_key);
    table.maybe("primary_key_name", primary_key_name.as_deref());
    // A view is no table of ours anyhow.
    table.flag("unmanaged", !managed && view.is_none());
    table.texts("ordering", ordering);
    table.maybe("comment", comment.as_deref());
    table.table("storage", storage);
    table.maybe("tablespace", tablespace.as_deref());
    table.maybe("row_level_security", row_level_security.as_deref());
    table.flag("on_delete_in_library", *on_delete_in_library);
    table.tables("fields", fields, |field, table| {
        table.text("name", &field.name);
        field::encode(field, table);
    });
    table.tables("uniques", uniques, encode_unique);
    table.tables("indexes", indexes, encode_index);
    table.tables("checks", checks, encode_check);
    table.tables("exclusions", exclusions, encode_exclude);
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
        exclusions: each(keys.tables("exclusions")?, decode_exclude)?,
        managed: !keys.flag("unmanaged")? && view.is_none(),
        view,
        ordering: keys.texts("ordering")?,
        comment: keys.text("comment")?,
        storage: keys.table("storage")?,
        tablespace: keys.text("tablespace")?,
        row_level_security: keys.text("row_level_security")?,
        on_delete_in_library: keys.flag("on_delete_in_library")?,
        name,
    })
}

pub(super) fn each<T>(
    tables: Vec<Keys<'_>>,
    decode: impl Fn(&Keys<'_>) -> Read<T>,
) -> Read<Vec<T>> {
    let one = |keys: Keys<'_>| {
        let one = decode(&keys)?;
        keys.finish()?;
        Ok(one)
    };
    tables.into_iter().map(one).collect()
}

pub(super) fn encode_unique(unique: &UniqueState, table: &mut InlineTable) {
    let UniqueState {
        name,
        parts,
        condition,
        nulls_distinct,
        include,
        deferrable,
        as_index,
        violation,
    } = unique;
    table.maybe("name", name.as_deref());
    parts::encode(parts, table);
    table.maybe("where", condition.as_ref().map(|sql| sql.as_str()));
    table.flag("nulls_not_distinct", !nulls_distinct);
    table.texts("include", include);
    table.maybe("deferrable", deferrable.as_ref().and_then(|one| word(DEFERRABLE, one)));
    table.flag("as_index", *as_index);
    encode_violation(violation, table);
}

pub(super) fn decode_unique(keys: &Keys<'_>) -> Read<UniqueState> {
    Ok(UniqueState {
        name: keys.text("name")?,
        parts: parts::decode(keys)?,
        condition: keys.sql("where")?,
        nulls_distinct: !keys.flag("nulls_not_distinct")?,
        include: keys.texts("include")?,
        deferrable: keys.word("deferrable", DEFERRABLE)?,
        as_index: keys.flag("as_index")?,
        violation: decode_violation(keys)?,
    })
}

pub(super) fn encode_index(index: &IndexState, table: &mut InlineTable) {
    let IndexState { name, parts, method, condition, include, storage, tablespace } = index;
    table.maybe("name", name.as_deref());
    parts::encode(parts, table);
    if method != "btree" {
        table.text("method", method);
    }
    table.maybe("where", condition.as_ref().map(|sql| sql.as_str()));
    table.texts("include", include);
    table.table("storage", storage);
    table.maybe("tablespace", tablespace.as_deref());
}

pub(super) fn decode_index(keys: &Keys<'_>) -> Read<IndexState> {
    Ok(IndexState {
        name: keys.text("name")?,
        parts: parts::decode(keys)?,
        method: keys.text("method")?.unwrap_or_else(|| "btree".to_owned()),
        condition: keys.sql("where")?,
        include: keys.texts("include")?,
        storage: keys.table("storage")?,
        tablespace: keys.text("tablespace")?,
    })
}

pub(super) fn encode_check(check: &CheckState, table: &mut InlineTable) {
    table.maybe("name", check.name.as_deref());
    table.text("check", check.condition.as_str());
    encode_violation(&check.violation, table);
}

pub(super) fn decode_check(keys: &Keys<'_>) -> Read<CheckState> {
    let condition = keys.sql("check")?;
    let condition = condition.ok_or_else(|| keys.wrong("`check` is missing"))?;
    Ok(CheckState { name: keys.text("name")?, condition, violation: decode_violation(keys)? })
}

pub(super) fn encode_exclude(exclude: &ExcludeState, table: &mut InlineTable) {
    let ExcludeState { name, parts, method, condition, include, deferrable, violation } = exclude;
    table.maybe("name", name.as_deref());
    table.tables("parts", parts, |(part, operator), table| {
        parts::encode_one(part, table);
        table.text("operator", operator);
    });
    if method != "gist" {
        table.text("method", method);
    }
    table.maybe("where", condition.as_ref().map(|sql| sql.as_str()));
    table.texts("include", include);
    table.maybe("deferrable", deferrable.as_ref().and_then(|one| word(DEFERRABLE, one)));
    encode_violation(violation, table);
}

pub(super) fn decode_exclude(keys: &Keys<'_>) -> Read<ExcludeState> {
    let parts = each(keys.tables("parts")?, |keys| {
        Ok((parts::decode_one(keys)?, keys.needed_text("operator")?))
    })?;
    if parts.is_empty() {
        return Err(keys.wrong("`parts` is missing"));
    }
    Ok(ExcludeState {
        name: keys.text("name")?,
        parts,
        method: keys.text("method")?.unwrap_or_else(|| "gist".to_owned()),
        condition: keys.sql("where")?,
        include: keys.texts("include")?,
        deferrable: keys.word("deferrable", DEFERRABLE)?,
        violation: decode_violation(keys)?,
    })
}

pub(super) fn encode_violation(violation: &ViolationState, table: &mut InlineTable) {
    table.maybe("message", violation.message.as_deref());
    table.maybe("code", violation.code.as_deref());
}

pub(super) fn decode_violation(keys: &Keys<'_>) -> Read<ViolationState> {
    Ok(ViolationState { message: keys.text("message")?, code: keys.text("code")? })
}
