//! What a migration is called, from what it does.

use crate::file::Replaced;
use crate::graph::Graph;
use crate::operation::Operation;

/// How long a name may become before it says `and_more`; Django's limit.
const LONG: usize = 52;

/// The greatest number of an app's migrations, and of those that others stand for.
pub(crate) fn last_number(graph: &Graph, app: &str) -> usize {
    let replaced = graph.files().flat_map(|one| &one.replaces).flat_map(Replaced::all);
    let names = graph.files().map(|one| &one.name).chain(replaced.map(|one| &one.name));
    let number = |name: &str| name.split('_').next()?.parse().ok();
    names.filter(|name| name.app == app).filter_map(|name| number(&name.name)).max().unwrap_or(0)
}

/// `0001_initial`, `0002_book_isbn`, `0003_remove_book_isbn_and_more`.
pub(super) fn of(number: usize, operations: &[Operation]) -> String {
    let creates = |one: &Operation| {
        matches!(
            one,
            Operation::CreateModel(_)
                | Operation::CreateSchema(_)
                | Operation::CreateExtension(_)
                | Operation::CreateEnum { .. }
        )
    };
    if number == 1 && operations.iter().any(creates) {
        return "0001_initial".to_owned();
    }
    let mut words = operations.iter().map(word);
    let mut name = words.next().unwrap_or_else(|| "auto".to_owned());
    for word in words {
        if name.len() + 1 + word.len() > LONG {
            name.push_str("_and_more");
            break;
        }
        name.push('_');
        name.push_str(&word);
    }
    format!("{number:04}_{name}")
}

fn word(operation: &Operation) -> String {
    let word = match operation.plain() {
        Operation::CreateModel(model) => model.name.name.clone(),
        Operation::DeleteModel(model) => format!("delete_{}", model.name),
        Operation::RenameModel { from, to, .. } => format!("rename_{}_{}", from.name, to.name),
        Operation::AlterTable { model, .. } => format!("alter_{}_table", model.name),
        Operation::AlterOptions { model, .. } => format!("alter_{}_options", model.name),
        Operation::AlterPrimaryKey { model, .. } => format!("alter_{}_primary_key", model.name),
        Operation::AddField { model, field, .. } => format!("{}_{}", model.name, field.name),
        Operation::RemoveField { model, name } => format!("remove_{}_{name}", model.name),
        Operation::AlterField { model, field, .. } => {
            format!("alter_{}_{}", model.name, field.name)
        }
        Operation::RenameField { model, from, to } => {
            format!("rename_{from}_{}_{to}", model.name)
        }
        other => part(other),
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    word.to_lowercase().chars().map(|c| if is_plain(c) { c } else { '_' }).collect()
}

fn part(operation: &Operation) -> String {
    match operation {
        Operation::AddIndex { model, index, .. } => match &index.name {
            Some(name) => name.clone(),
            None => format!("{}_index", model.name),
        },
        Operation::AddConstraint { model, .. } => format!("{}_constraint", model.name),
        Operation::RemoveIndex { name, .. } | Operation::RemoveConstraint { name, .. } => {
            format!("remove_{name}")
        }
        Operation::RenameIndex { from, to, .. } | Operation::RenameConstraint { from, to, .. } => {
            format!("rename_{from}_{to}")
        }
        Operation::ValidateConstraint { name, .. } => format!("validate_{name}"),
        Operation::AlterConstraint { name, .. } => format!("alter_{name}"),
        Operation::AlterView { model, view: Some(_) } => format!("alter_{}_view", model.name),
        Operation::AlterView { model, view: None } => format!("drop_{}_view", model.name),
        Operation::AlterRowLevelSecurity { model, tenant } => match tenant {
            Some(_) => format!("{}_row_level_security", model.name),
            None => format!("remove_{}_row_level_security", model.name),
        },
        Operation::RunSql { .. } => "run_sql".to_owned(),
        Operation::SeparateDatabaseAndState { .. } => "separate".to_owned(),
        Operation::RunRust { function, .. } => function.clone(),
        Operation::CreateSchema(name) | Operation::CreateExtension(name) => name.clone(),
        Operation::DropSchema(name) | Operation::DropExtension(name) => format!("drop_{name}"),
        Operation::CreateEnum { name, .. } | Operation::CreateCollation { name, .. } => {
            name.name.clone()
        }
        Operation::DropEnum(name) | Operation::DropCollation(name) => format!("drop_{}", name.name),
        Operation::RenameEnum { from, to } => format!("rename_{}_{}", from.name, to.name),
        Operation::AddEnumValue { name, value, .. } => format!("{}_{value}", name.name),
        Operation::RenameEnumValue { name, from, to } => {
            format!("rename_{}_{from}_{to}", name.name)
        }
        Operation::AlterEnum { name, .. } => format!("alter_{}", name.name),
        _ => "auto".to_owned(),
    }
}
