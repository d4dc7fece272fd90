//! Operations in words.

use super::Operation;
use std::fmt;

/// One line: `create model Book`, `add field isbn to Book`.
impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Operation::Safely(inner) => write!(f, "{inner}, safely"),
            Operation::CreateModel(model) => write!(f, "create model {}", model.name.name),
            Operation::DeleteModel(model) => write!(f, "delete model {}", model.name),
            Operation::RenameModel { from, to, .. } if from.app != to.app => {
                write!(f, "move model {from} to {to}")
            }
            Operation::RenameModel { from, to, .. } => {
                write!(f, "rename model {} to {}", from.name, to.name)
            }
            Operation::AlterTable { model, table } => {
                write!(f, "rename the table of {} to {table}", model.name)
            }
            Operation::AlterOptions { model, .. } => write!(f, "alter options of {}", model.name),
            Operation::AlterPrimaryKey { model, fields } => {
                write!(f, "make ({}) the primary key of {}", fields.join(", "), model.name)
            }
            Operation::AddField { model, field, .. } => {
                write!(f, "add field {} to {}", field.name, model.name)
            }
            Operation::RemoveField { model, name } => {
                write!(f, "remove field {name} from {}", model.name)
            }
            Operation::AlterField { model, field, .. } => {
                write!(f, "alter field {} of {}", field.name, model.name)
            }
            Operation::RenameField { model, from, to } => {
                write!(f, "rename field {from} of {} to {to}", model.name)
            }
            Operation::AlterRowLevelSecurity { model, tenant: Some(tenant) } => {
                write!(f, "enable row level security of {} by {tenant}", model.name)
            }
            Operation::AlterRowLevelSecurity { model, tenant: None } => {
                write!(f, "disable row level security of {}", model.name)
            }
            _ => self.part(f),
        }
    }
}

impl Operation {
    fn part(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_made_up = |name: &Option<String>| name.clone().unwrap_or_default();
        match self {
            Operation::AddIndex { model, index, .. } => {
                write!(f, "add index {} to {}", or_made_up(&index.name), model.name)
            }
            Operation::RemoveIndex { model, name, .. } => {
                write!(f, "remove index {name} from {}", model.name)
            }
            Operation::RenameIndex { model, from, to } => {
                write!(f, "rename index {from} of {} to {to}", model.name)
            }
            Operation::AddConstraint { model, constraint, .. } => {
                let name = constraint.name().unwrap_or_default();
                write!(f, "add constraint {name} to {}", model.name)
            }
            Operation::AlterConstraint { model, name, .. } => {
                write!(f, "alter constraint {name} of {}", model.name)
            }
            Operation::RemoveConstraint { model, name } => {
                write!(f, "remove constraint {name} from {}", model.name)
            }
            Operation::RenameConstraint { model, from, to } => {
                write!(f, "rename constraint {from} of {} to {to}", model.name)
            }
            Operation::ValidateConstraint { model, name } => {
                write!(f, "validate constraint {name} of {}", model.name)
            }
            Operation::RunSql { files: super::SqlFiles { sql: Some(file), .. }, .. } => {
                write!(f, "run SQL of {file}")
            }
            Operation::AlterView { model, view: Some(_) } => {
                write!(f, "alter the view {}", model.name)
            }
            Operation::AlterView { model, view: None } => write!(f, "drop the view {}", model.name),
            Operation::RunSql { .. } => f.write_str("run SQL"),
            Operation::SeparateDatabaseAndState { .. } => {
                f.write_str("separate database and state")
            }
            _ => self.enum_type(f),
        }
    }

    fn enum_type(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Operation::RunRust { function, .. } => write!(f, "run Rust {function}"),
            Operation::CreateSchema(name) => write!(f, "create schema {name}"),
            Operation::DropSchema(name) => write!(f, "drop schema {name}"),
            Operation::CreateExtension(name) => write!(f, "create extension {name}"),
            Operation::DropExtension(name) => write!(f, "drop extension {name}"),
            Operation::CreateCollation { name, .. } => write!(f, "create collation {name}"),
            Operation::DropCollation(name) => write!(f, "drop collation {name}"),
            Operation::CreateEnum { name, .. } => write!(f, "create enum {name}"),
            Operation::DropEnum(name) => write!(f, "drop enum {name}"),
            Operation::RenameEnum { from, to } => write!(f, "rename enum {from} to {to}"),
            Operation::AddEnumValue { name, value, .. } => {
                write!(f, "add value {value} to enum {name}")
            }
            Operation::RenameEnumValue { name, from, to } => {
                write!(f, "rename value {from} of enum {name} to {to}")
            }
            Operation::AlterEnum { name, .. } => write!(f, "alter enum {name}"),
            _ => Ok(()),
        }
    }
}
