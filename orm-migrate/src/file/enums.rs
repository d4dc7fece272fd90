//! Operations on enum types and collations.

use super::Read;
use super::encode::Put;
use super::keys::Keys;
use crate::operation::{Operation, ValuePlace};
use orm_sql::schema::{Collation, TableName};
use toml_edit::InlineTable;

pub(super) fn encode(operation: &Operation, out: &mut InlineTable) {
    let mut named = |word: &str, name: &TableName| {
        out.text(word, &name.name);
        out.maybe("schema", name.schema.as_deref());
    };
    match operation {
        Operation::CreateEnum { name, values } => {
            named("create_enum", name);
            out.texts("values", values);
        }
        Operation::DropEnum(name) => named("drop_enum", name),
        Operation::CreateCollation { name, collation } => {
            named("create_collation", name);
            encode_collation(collation, out);
        }
        Operation::DropCollation(name) => named("drop_collation", name),
        Operation::RenameEnum { from, to } => {
            named("rename_enum", from);
            out.text("to", &to.name);
            out.maybe("to_schema", to.schema.as_deref());
        }
        Operation::AddEnumValue { name, value, place } => {
            named("add_enum_value", name);
            out.text("value", value);
            match place {
                ValuePlace::Last => {}
                ValuePlace::Before(next) => out.text("before", next),
                ValuePlace::After(other) => out.text("after", other),
            }
        }
        Operation::RenameEnumValue { name, from, to } => {
            named("rename_enum_value", name);
            out.text("value", from);
            out.text("to", to);
        }
        Operation::AlterEnum { name, values, replace } => {
            named("alter_enum", name);
            out.texts("values", values);
            out.pairs("replace", replace);
        }
        _ => {}
    }
}

fn encode_collation(collation: &Collation, out: &mut InlineTable) {
    let Collation { locale, provider, deterministic } = collation;
    out.text("locale", locale);
    out.text("provider", provider);
    out.flag("nondeterministic", !deterministic);
}

pub(super) fn decode(word: &str, name: &str, keys: &Keys<'_>) -> Read<Operation> {
    let name = TableName { schema: keys.text("schema")?, name: name.to_owned() };
    Ok(match word {
        "create_enum" => Operation::CreateEnum { name, values: keys.texts("values")? },
        "drop_enum" => Operation::DropEnum(name),
        "create_collation" => {
            let (locale, provider) = (keys.needed_text("locale")?, keys.needed_text("provider")?);
            let deterministic = !keys.flag("nondeterministic")?;
            let collation = Collation { locale, provider, deterministic };
            Operation::CreateCollation { name, collation }
        }
        "drop_collation" => Operation::DropCollation(name),
        "rename_enum" => {
            let to = keys.needed_text("to")?;
            let to = TableName { schema: keys.text("to_schema")?, name: to };
            Operation::RenameEnum { from: name, to }
        }
        "add_enum_value" => {
            let place = match (keys.text("before")?, keys.text("after")?) {
                (None, None) => ValuePlace::Last,
                (Some(next), None) => ValuePlace::Before(next),
                (None, Some(other)) => ValuePlace::After(other),
                _ => return Err(keys.wrong("a value comes `before` or `after` another one")),
            };
            Operation::AddEnumValue { name, value: keys.needed_text("value")?, place }
        }
        "rename_enum_value" => {
            let (from, to) = (keys.needed_text("value")?, keys.needed_text("to")?);
            Operation::RenameEnumValue { name, from, to }
        }
        _ => Operation::AlterEnum {
            name,
            values: keys.texts("values")?,
            replace: keys.pairs("replace")?,
        },
    })
}
