//! Fields, as they stand in a list of fields or in an operation of their own.

use super::encode::Put;
use super::keys::Keys;
use super::{Read, Wrong};
use orm_core::tables::state::{
    FieldKind, FieldState, KeyState, ManyToManyState, OnDeleteState, PartNames, Through,
};
use orm_sql::schema::{ColumnType, Deferrable, Fill};
use toml_edit::InlineTable;

const ON_DELETE: &[(&str, OnDeleteState)] = &[
    ("cascade", OnDeleteState::Cascade),
    ("cascade_in_library", OnDeleteState::CascadeInLibrary),
    ("protect", OnDeleteState::Protect),
    ("restrict", OnDeleteState::Restrict),
    ("set_null", OnDeleteState::SetNull),
    ("set_default", OnDeleteState::SetDefault),
    ("set", OnDeleteState::Set),
    ("do_nothing", OnDeleteState::DoNothing),
];

pub(super) const DEFERRABLE: &[(&str, Deferrable)] =
    &[("deferred", Deferrable::Deferred), ("immediate", Deferrable::Immediate)];

/// The word for a value.
pub(super) fn word<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> Option<&'static str> {
    words.iter().find(|(_, one)| one == value).map(|(word, _)| *word)
}

pub(super) fn encode(field: &FieldState, table: &mut InlineTable) {
    match &field.kind {
        FieldKind::Column { column, column_type } => {
            table.text("type", &column_type.to_string());
            if *column != field.name {
                table.text("column", column);
            }
        }
        FieldKind::Key(key) => encode_key(&field.name, key, table),
        FieldKind::ManyToMany(relation) => {
            table.text("many_to_many", &relation.to.to_string());
            match &relation.through {
                Through::Model(model) => table.text("through", &model.to_string()),
                Through::Table { table: name, sides, db_constraint } => {
                    table.table_name(name);
                    table.texts("sides", sides);
                    table.flag("no_db_constraint", !db_constraint);
                }
            }
            return;
        }
    }
    encode_options(field, table);
}

fn encode_options(field: &FieldState, table: &mut InlineTable) {
    let FieldState {
        name: _,
        kind: _,
        null,
        unique,
        db_index,
        positive,
        fill,
        names: PartNames { unique: unique_name, unique_index, index, constraint },
        no_index,
        key_type,
        collation,
        comment,
        choices,
    } = field;
    table.flag("null", *null);
    table.flag("unique", *unique);
    table.flag("db_index", *db_index);
    table.flag("positive", *positive);
    match fill {
        Fill::Nothing => {}
        Fill::Identity => table.flag("identity", true),
        Fill::Default(sql) => table.text("default", sql.as_str()),
        Fill::Generated(sql) => table.text("generated", sql.as_str()),
    }
    table.maybe("unique_name", unique_name.as_deref());
    table.maybe("unique_index", unique_index.as_deref());
    table.maybe("index_name", index.as_deref());
    table.maybe("constraint_name", constraint.as_deref());
    table.flag("no_index", *no_index);
    table.maybe("key_type", key_type.as_ref().map(ColumnType::to_string).as_deref());
    table.maybe("collation", collation.as_deref());
    table.maybe("comment", comment.as_deref());
    table.pairs("choices", choices);
}

fn encode_key(name: &str, key: &KeyState, table: &mut InlineTable) {
    let KeyState { columns, to, to_field, one_to_one, on_delete, db_constraint, deferrable } = key;
    table.text(if *one_to_one { "one_to_one" } else { "foreign_key" }, &to.to_string());
    if *columns != [format!("{name}_id")] {
        table.texts("columns", columns);
    }
    table.maybe("to_field", to_field.as_deref());
    table.maybe("on_delete", word(ON_DELETE, on_delete));
    table.flag("no_db_constraint", !db_constraint);
    table.maybe("deferrable", deferrable.as_ref().and_then(|one| word(DEFERRABLE, one)));
}

pub(super) fn decode(name: &str, keys: &Keys<'_>) -> Read<FieldState> {
    let column_type = keys.text("type")?;
    let foreign_key = keys.text("foreign_key")?;
    let one_to_one = keys.text("one_to_one")?;
    let many_to_many = keys.text("many_to_many")?;
    let kind = match (column_type, foreign_key, one_to_one, many_to_many) {
        (Some(column_type), None, None, None) => FieldKind::Column {
            column: keys.text("column")?.unwrap_or_else(|| name.to_owned()),
            column_type: ColumnType::parse(&column_type),
        },
        (None, Some(to), None, None) => FieldKind::Key(key(name, &to, false, keys)?),
        (None, None, Some(to), None) => FieldKind::Key(key(name, &to, true, keys)?),
        (None, None, None, Some(to)) => return many(name, &to, keys),
        _ => {
            return Err(keys.wrong(format!(
                "the field `{name}` has one of `type`, `foreign_key`, `one_to_one`, `many_to_many`"
            )));
        }
    };
    Ok(FieldState {
        null: keys.flag("null")?,
        unique: keys.flag("unique")?,
        db_index: keys.flag("db_index")?,
        positive: keys.flag("positive")?,
        fill: fill(name, keys)?,
        names: PartNames {
            unique: keys.text("unique_name")?,
            unique_index: keys.text("unique_index")?,
            index: keys.text("index_name")?,
            constraint: keys.text("constraint_name")?,
        },
        no_index: keys.flag("no_index")?,
        key_type: keys.text("key_type")?.map(|text| ColumnType::parse(&text)),
        collation: keys.text("collation")?,
        comment: keys.text("comment")?,
        choices: keys.pairs("choices")?,
        ..FieldState::new(name, kind)
    })
}

fn fill(name: &str, keys: &Keys<'_>) -> Read<Fill> {
    match (keys.flag("identity")?, keys.sql("default")?, keys.sql("generated")?) {
        (false, None, None) => Ok(Fill::Nothing),
        (true, None, None) => Ok(Fill::Identity),
        (false, Some(sql), None) => Ok(Fill::Default(sql)),
        (false, None, Some(sql)) => Ok(Fill::Generated(sql)),
        _ => Err(keys.wrong(format!(
            "the field `{name}` has one of `identity`, `default`, `generated` at the most"
        ))),
    }
}

fn key(name: &str, to: &str, one_to_one: bool, keys: &Keys<'_>) -> Read<KeyState> {
    let columns = keys.texts("columns")?;
    let on_delete = keys.word("on_delete", ON_DELETE)?;
    Ok(KeyState {
        columns: if columns.is_empty() { vec![format!("{name}_id")] } else { columns },
        to: keys.model(to),
        to_field: keys.text("to_field")?,
        one_to_one,
        on_delete: on_delete
            .ok_or_else(|| keys.wrong(format!("`on_delete` of the field `{name}` is missing")))?,
        db_constraint: !keys.flag("no_db_constraint")?,
        deferrable: keys.word("deferrable", DEFERRABLE)?,
    })
}

fn many(name: &str, to: &str, keys: &Keys<'_>) -> Read<FieldState> {
    let missing = |what: &str| -> Wrong {
        keys.wrong(format!("`{what}` of the many-to-many field `{name}` is missing"))
    };
    let through = match keys.text("through")? {
        Some(model) => Through::Model(keys.model(&model)),
        None => Through::Table {
            table: keys.table_name()?.ok_or_else(|| missing("table"))?,
            sides: keys.texts("sides")?.try_into().map_err(|_| missing("sides"))?,
            db_constraint: !keys.flag("no_db_constraint")?,
        },
    };
    let relation = ManyToManyState { to: keys.model(to), through };
    Ok(FieldState::new(name, FieldKind::ManyToMany(relation)))
}
