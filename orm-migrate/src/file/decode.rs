//! Operations from tables.

use super::Files;
use super::encode::SEPARATE;
use super::keys::Keys;
use super::{Read, Replaced, field, model};
use crate::operation::{ConstraintState, Operation, Options, SqlFiles};
use orm_core::tables::state::ModelName;
use orm_sql::ident::RawSql;

/// The words that say what an operation does.
const WORDS: &[&str] = &[
    "create_model",
    "delete_model",
    "rename_model",
    "alter_table",
    "alter_options",
    "alter_primary_key",
    "alter_row_level_security",
    "add_field",
    "remove_field",
    "alter_field",
    "rename_field",
    "add_index",
    "remove_index",
    "rename_index",
    "add_unique",
    "add_check",
    "add_exclude",
    "alter_constraint",
    "remove_constraint",
    "rename_constraint",
    "validate_constraint",
    "alter_view",
    "drop_view",
    "run_sql",
    "run_sql_file",
    SEPARATE,
    "run_rust",
    "create_schema",
    "drop_schema",
    "create_extension",
    "drop_extension",
    "create_enum",
    "drop_enum",
    "rename_enum",
    "add_enum_value",
    "rename_enum_value",
    "alter_enum",
    "create_collation",
    "drop_collation",
];

/// The migrations that another one stands for.
pub(super) fn replaced(keys: &Keys<'_>) -> Read<Vec<Replaced>> {
    let one = |keys: Keys<'_>| {
        let name = keys.migration(&keys.needed_text("name")?);
        let replaced = Replaced { name, id: keys.needed_text("id")?, replaces: replaced(&keys)? };
        keys.finish()?;
        Ok(replaced)
    };
    keys.tables("replaces")?.into_iter().map(one).collect()
}

/// What stands around an operation.
pub(super) struct Around<'a> {
    /// The app of its migration.
    pub app: &'a str,
    /// What a file beside the migration says, by its path from there.
    pub files: &'a Files<'a>,
}

/// The word that says what an operation does.
fn word_of(keys: &Keys<'_>) -> Read<&'static str> {
    let is_there = |word: &&&str| keys.names().any(|name| name == **word);
    let words: Vec<&&str> = WORDS.iter().filter(is_there).collect();
    let [word] = *words else {
        let first = keys.names().next().unwrap_or("nothing");
        return Err(keys.wrong(format!(
            "an operation has one word that says what it does, such as `add_field`; here is `{first}`"
        )));
    };
    Ok(word)
}

/// An operation of a migration.
pub(super) fn operation(around: &Around<'_>, keys: Keys<'_>) -> Read<Operation> {
    let app = around.app;
    let word = word_of(&keys)?;
    if word == SEPARATE {
        return separate(around, keys);
    }
    let subject = keys.needed_text(word)?;
    let of = Of { app, keys: &keys, subject: &subject };
    let operation = match word {
        "run_sql" => run_sql(around, &keys, RawSql::new(&*subject), None)?,
        "run_sql_file" => {
            let sql = file(around, &keys, &subject)?;
            run_sql(around, &keys, sql, Some(subject.clone()))?
        }
        "run_rust" => Operation::RunRust {
            function: subject.clone(),
            reverse: keys.text("reverse")?,
            atomic: keys.flag_or("atomic", true)?,
        },
        "create_schema" => Operation::CreateSchema(subject.clone()),
        "drop_schema" => Operation::DropSchema(subject.clone()),
        "create_extension" => Operation::CreateExtension(subject.clone()),
        "drop_extension" => Operation::DropExtension(subject.clone()),
        "add_field" | "remove_field" | "alter_field" | "rename_field" => of.field(word)?,
        word if word.contains("enum") || word.contains("collation") => {
            super::enums::decode(word, &subject, &keys)?
        }
        word if word.contains("index") => of.index(word)?,
        "add_unique"
        | "add_check"
        | "add_exclude"
        | "alter_constraint"
        | "remove_constraint"
        | "rename_constraint"
        | "validate_constraint" => of.constraint(word)?,
        word => of.model(word)?,
    };
    let safely = operation.can_be_safe() && keys.flag("safely")?;
    keys.finish()?;
    Ok(if safely { operation.safely() } else { operation })
}

/// SQL of one's own, with what undoes it.
fn run_sql(
    around: &Around<'_>,
    keys: &Keys<'_>,
    sql: RawSql,
    path: Option<String>,
) -> Read<Operation> {
    let (reverse, reverse_path) = (keys.sql("reverse")?, keys.text("reverse_file")?);
    let reverse = match (&reverse, &reverse_path) {
        (_, None) => reverse,
        (None, Some(path)) => Some(file(around, keys, path)?),
        (Some(_), Some(_)) => return Err(keys.wrong("there is `reverse` or `reverse_file`")),
    };
    Ok(Operation::RunSql { sql, reverse, files: SqlFiles { sql: path, reverse: reverse_path } })
}

/// What a file says; the ends of its lines are those of the version control, and mean nothing.
fn file(around: &Around<'_>, keys: &Keys<'_>, path: &str) -> Read<RawSql> {
    let text = (around.files)(path).map_err(|message| keys.wrong(message))?;
    Ok(RawSql::new(text.replace("\r\n", "\n")))
}

fn separate(around: &Around<'_>, keys: Keys<'_>) -> Read<Operation> {
    let all = |key: &'static str| -> Read<Vec<Operation>> {
        keys.tables(key)?.into_iter().map(|keys| operation(around, keys)).collect()
    };
    if !keys.flag(SEPARATE)? {
        return Err(keys.wrong(format!("`{SEPARATE}` is `true`, or is not there")));
    }
    let (database, state) = (all("database")?, all("state")?);
    keys.finish()?;
    Ok(Operation::SeparateDatabaseAndState { database, state })
}

/// What an operation is of.
struct Of<'a> {
    app: &'a str,
    keys: &'a Keys<'a>,
    subject: &'a str,
}

impl Of<'_> {
    fn name(&self) -> ModelName {
        ModelName::new(self.app, self.subject)
    }

    fn model(&self, word: &str) -> Read<Operation> {
        let (keys, model) = (self.keys, self.name());
        Ok(match word {
            "create_model" => Operation::CreateModel(Box::new(model::decode(model, keys)?)),
            "delete_model" => Operation::DeleteModel(model),
            "drop_view" => Operation::AlterView { model, view: None },
            "alter_view" => {
                let view = model::decode_view(keys, "query")?;
                let view = view.ok_or_else(|| keys.wrong("`query` is missing"))?;
                Operation::AlterView { model, view: Some(Box::new(view)) }
            }
            "rename_model" => Operation::RenameModel {
                from: model,
                to: keys.model(&keys.needed_text("to")?),
                table: keys.table_name()?,
            },
            "alter_table" => {
                let table = keys.table_name()?.ok_or_else(|| keys.wrong("`table` is missing"))?;
                Operation::AlterTable { model, table }
            }
            "alter_row_level_security" => {
                Operation::AlterRowLevelSecurity { model, tenant: keys.text("tenant")? }
            }
            "alter_primary_key" => {
                Operation::AlterPrimaryKey { model, fields: keys.texts("fields")? }
            }
            _ => Operation::AlterOptions {
                model,
                options: Options {
                    managed: !keys.flag("unmanaged")?,
                    ordering: keys.texts("ordering")?,
                    comment: keys.text("comment")?,
                    storage: keys.table("storage")?,
                    tablespace: keys.text("tablespace")?,
                    on_delete_in_library: keys.flag("on_delete_in_library")?,
                    primary_key_name: keys.text("primary_key_name")?,
                },
            },
        })
    }

    fn field(&self, word: &str) -> Read<Operation> {
        let keys = self.keys;
        let (model, name) = self.subject.split_once('.').ok_or_else(|| {
            keys.wrong(format!(
                "a field is named with its model, `Book.title`, and not `{}`",
                self.subject
            ))
        })?;
        let model = ModelName::new(self.app, model);
        Ok(match word {
            "add_field" => Operation::AddField {
                model,
                field: Box::new(field::decode(name, keys)?),
                fill: keys.sql("fill")?,
            },
            "alter_field" => Operation::AlterField {
                model,
                field: Box::new(field::decode(name, keys)?),
                fill: keys.sql("fill")?,
                using: keys.sql("using")?,
            },
            "rename_field" => {
                Operation::RenameField { model, from: name.to_owned(), to: keys.needed_text("to")? }
            }
            _ => Operation::RemoveField { model, name: name.to_owned() },
        })
    }

    fn index(&self, word: &str) -> Read<Operation> {
        let (keys, model) = (self.keys, self.name());
        Ok(match word {
            "add_index" => Operation::AddIndex {
                model,
                index: Box::new(model::decode_index(keys)?),
                concurrently: keys.flag("concurrently")?,
            },
            "remove_index" => Operation::RemoveIndex {
                model,
                name: keys.needed_text("name")?,
                concurrently: keys.flag("concurrently")?,
            },
            _ => Operation::RenameIndex {
                model,
                from: keys.needed_text("name")?,
                to: keys.needed_text("to")?,
            },
        })
    }

    fn constraint(&self, word: &str) -> Read<Operation> {
        let (keys, model) = (self.keys, self.name());
        let added = |constraint| -> Read<Operation> {
            let not_valid = keys.flag("not_valid")?;
            let constraint = Box::new(constraint);
            Ok(Operation::AddConstraint { model: model.clone(), constraint, not_valid })
        };
        match word {
            "add_unique" => return added(ConstraintState::Unique(model::decode_unique(keys)?)),
            "add_check" => return added(ConstraintState::Check(model::decode_check(keys)?)),
            "add_exclude" => return added(ConstraintState::Exclude(model::decode_exclude(keys)?)),
            _ => {}
        }
        let name = keys.needed_text("name")?;
        Ok(match word {
            "alter_constraint" => {
                let violation = model::decode_violation(keys)?;
                Operation::AlterConstraint { model, name, violation }
            }
            "remove_constraint" => Operation::RemoveConstraint { model, name },
            "rename_constraint" => {
                Operation::RenameConstraint { model, from: name, to: keys.needed_text("to")? }
            }
            _ => Operation::ValidateConstraint { model, name },
        })
    }
}
