//! A project some changes later.

use super::generate::{
    Family, add_value, family, fresh, is_generated, key, many_to_many, model, options, part, plain,
    storage, tables, tenant, types, value,
};
use super::random::Random;
use super::views;
use orm_core::tables::state::{FieldKind, FieldState, ModelName, ModelState};
use orm_migrate::detect::Questions;
use orm_migrate::operation::{Misfit, Operation};
use orm_migrate::state::ProjectState;
use orm_sql::ident::RawSql;
use orm_sql::schema::{Fill, TableName};

/// What was renamed on the way, who answers questions about it.
#[derive(Clone, Default, Debug)]
pub struct Known {
    pub models: Vec<(ModelName, ModelName)>,
    /// By the last name of the model.
    pub fields: Vec<(ModelName, String, String)>,
    gone: Vec<(ModelName, ModelName)>,
    values: Vec<(TableName, String, String)>,
    /// A field has another name and is another as well: a new field, for which rows have no value.
    pub fields_are_lost: bool,
}

impl Known {
    /// What a model is called in the end.
    pub fn model(&self, name: &ModelName) -> ModelName {
        let renamed = self.models.iter().find(|(old, _)| old == name);
        renamed.map_or_else(|| name.clone(), |(_, new)| new.clone())
    }

    /// True where a model that was renamed has less than half of its fields.
    pub fn models_changed_much(&self, before: &ProjectState, after: &ProjectState) -> bool {
        self.models.iter().any(|(old, new)| {
            let (Some(old), Some(new)) = (before.model(old), after.model(new)) else {
                return false;
            };
            let same = old.fields.iter().filter(|field| new.field(&field.name) == Some(field));
            2 * same.count() < old.fields.len().max(new.fields.len())
        })
    }

    /// Forgets the renames of fields that are no operation. False where one of a model is none.
    pub fn keep_found(&mut self, operations: &[Operation]) -> bool {
        let found = |pair: &(ModelName, ModelName)| {
            operations.iter().any(|one| match one {
                Operation::RenameModel { from, to, .. } => *from == pair.0 && *to == pair.1,
                _ => false,
            })
        };
        self.gone.extend(self.models.extract_if(.., |pair| !found(pair)));
        let fields = operations.iter().filter_map(|one| match one {
            Operation::RenameField { model, from, to } => {
                Some((model.clone(), from.clone(), to.clone()))
            }
            _ => None,
        });
        let found: Vec<_> = fields.collect();
        self.fields_are_lost = self.fields.iter().any(|one| !found.contains(one));
        self.fields = found;
        self.gone.is_empty()
    }

    /// What a field is called in the end.
    pub fn field(&self, model: &ModelName, name: &str) -> String {
        let model = self.model(model);
        let renamed = self.fields.iter().find(|(of, old, _)| *of == model && old == name);
        renamed.map_or_else(|| name.to_owned(), |(_, _, new)| new.clone())
    }
}

impl Questions for Known {
    fn is_renamed_model(&mut self, from: &ModelName, to: &ModelName) -> Result<bool, Misfit> {
        Ok(self.models.iter().any(|(old, new)| old == from && new == to))
    }

    fn is_renamed_field(
        &mut self,
        model: &ModelName,
        from: &str,
        to: &str,
    ) -> Result<bool, Misfit> {
        Ok(self.fields.iter().any(|(of, old, new)| of == model && old == from && new == to))
    }

    fn is_renamed_value(&mut self, name: &TableName, from: &str, to: &str) -> Result<bool, Misfit> {
        Ok(self.values.iter().any(|(of, old, new)| of == name && old == from && new == to))
    }

    fn fill(
        &mut self,
        _: &ModelState,
        field: &FieldState,
        _: bool,
    ) -> Result<Option<RawSql>, Misfit> {
        let FieldKind::Column { column_type, .. } = &field.kind else { return Ok(None) };
        Ok(Some(RawSql::new(value(column_type, 3))))
    }
}

pub fn mutated(before: &ProjectState, random: &mut Random) -> (ProjectState, Known) {
    let mut state = before.clone();
    let mut known = Known::default();
    let mut done = 0;
    let wanted = 1 + random.below(6);
    for _ in 0..60 {
        if done == wanted {
            break;
        }
        let mut trial = state.clone();
        let mut trial_known = known.clone();
        let is_done = change(before, &mut trial, &mut trial_known, random).is_some();
        if is_done && trial.tables().is_ok() {
            views::sync(&mut trial);
        }
        if is_done && trial.check().is_ok() && trial.tables().is_ok() && trial != state {
            state = trial;
            known = trial_known;
            done += 1;
        }
    }
    (state, known)
}

fn change(
    before: &ProjectState,
    state: &mut ProjectState,
    known: &mut Known,
    random: &mut Random,
) -> Option<()> {
    let all: Vec<ModelName> = state.models.keys().cloned().collect();
    let names = tables(state);
    match random.below(20) {
        16 => return views::add(state, before, random),
        17 => {
            let views: Vec<ModelName> =
                all.iter().filter(|name| !names.contains(name)).cloned().collect();
            return views::change(state, random.pick(&views)?);
        }
        18 | 19 => return change_enum(before, state, known, random),
        0 => {
            let model = model(state, random);
            // A name that was there would be the same model.
            let used = before.models.keys().any(|old| old.name == model.name.name);
            if used {
                return None;
            }
            state.insert(model);
            return Some(());
        }
        1 => {
            let name = random.pick(&all)?;
            state.models.remove(name)?;
            return Some(());
        }
        2 => return rename_model(before, state, known, random.pick(&names)?, random),
        _ => {}
    }
    let name = random.pick(&names)?.clone();
    let mut model = state.model(&name)?.clone();
    match random.below(13) {
        0 | 1 => {
            let mut field = plain(state, &model, random);
            let is_old = was_there(before, known, &name, &field.name);
            if is_old {
                return None;
            }
            // What all rows get cannot be different in each.
            field.unique = field.unique && field.null && field.fill == Fill::Nothing;
            model.fields.push(field);
        }
        2 => {
            let to = random.pick(&names)?;
            let mut field = key(state, &model, to, random)?;
            if was_there(before, known, &name, &field.name) {
                return None;
            }
            field.null = true;
            model.fields.push(field);
        }
        3 => {
            let to = random.pick(&names)?;
            let field = many_to_many(&model, to, random);
            if was_there(before, known, &name, &field.name) {
                return None;
            }
            model.fields.push(field);
        }
        4 | 5 => remove_field(&mut model, random)?,
        6 | 7 => return rename_field(before, state, known, &name, random),
        8 => retype(&mut model, random)?,
        9 => {
            let place = random.below(model.fields.len());
            let is_key = model.is_primary_key(model.fields.get(place)?)
                || model.primary_key.contains(&model.fields.get(place)?.name);
            let field = model.fields.get_mut(place)?;
            if is_key || is_generated(field) {
                return None;
            }
            let (null, unique) = (field.null, field.unique);
            options(field, random);
            field.unique &= unique || field.null;
            if null && !field.null && !matches!(field.kind, FieldKind::Column { .. }) {
                return None;
            }
        }
        10 => {
            let before = model.clone();
            part(&mut model, random);
            // Rows that are there may not be different in it.
            model.uniques.truncate(before.uniques.len());
            model.exclusions.truncate(before.exclusions.len());
        }
        11 => match random.below(5) {
            3 => drop(model.exclusions.pop()?),
            4 => {
                let message = Some(format!("message {}", random.below(9)));
                match random.below(3) {
                    0 => model.checks.last_mut()?.violation.message = message,
                    1 => model.uniques.last_mut()?.violation.message = message,
                    _ => model.exclusions.last_mut()?.violation.message = message,
                }
            }
            0 => drop(model.indexes.pop()?),
            1 => drop(model.uniques.pop()?),
            _ => drop(model.checks.pop()?),
        },
        _ => match random.below(9) {
            7 => model.row_level_security = None,
            8 => model.row_level_security = tenant(&model, random),
            6 => {
                let field = model.fields.last()?.name.clone();
                let minus = if random.one_in(2) { "-" } else { "" };
                model.ordering = vec![format!("{minus}{field}")];
            }
            4 => model.storage = storage(random),
            5 => model.indexes.last_mut()?.storage = storage(random),
            3 => {
                let number = random.once();
                model.primary_key_name = random.one_in(2).then(|| format!("key_{number}"));
            }
            0 => model.comment = Some(format!("comment {}", random.below(9))),
            1 => model.on_delete_in_library = !model.on_delete_in_library,
            _ => model.indexes.last_mut()?.name = Some(format!("renamed_{}", random.once())),
        },
    }
    state.insert(model);
    Some(())
}

/// An enum type gets values, loses some, has them in another order, or others instead of some.
fn change_enum(
    before: &ProjectState,
    state: &mut ProjectState,
    known: &mut Known,
    random: &mut Random,
) -> Option<()> {
    let names: Vec<TableName> = state.enums.keys().cloned().collect();
    let Some(name) = random.pick(&names).cloned().filter(|_| !random.one_in(6)) else {
        let values = (0..3).map(|value| format!("v{value}")).collect();
        let was_there = |name: &TableName| !before.enums.contains_key(name);
        let name = Some(TableName::new(format!("type{}", random.below(9)))).filter(was_there)?;
        state.enums.insert(name, values);
        return Some(());
    };
    if random.one_in(6) && before.has_field_of(&name) && !state.has_field_of(&name) {
        state.enums.remove(&name);
        return Some(());
    }
    let values = state.enums.get_mut(&name)?;
    let place = random.below(values.len());
    match random.below(5) {
        0 | 1 => add_value(values, random),
        2 => {
            let value = values.remove(place);
            values.insert(random.below(values.len() + 1), value);
        }
        3 if !values[place].starts_with('v') => drop(values.remove(place)),
        4 if !values[place].starts_with('v') => {
            let from = values[place].clone();
            let to = fresh(|name| values.iter().any(|one| one == name), "new ", random);
            let was_there = before.enums.get(&name).is_some_and(|old| old.contains(&from));
            if !was_there {
                return None;
            }
            let (of, old, new) = (name.clone(), from.clone(), to.clone());
            Operation::RenameEnumValue { name, from, to }.apply(state).ok()?;
            known.values.push((of, old, new));
        }
        _ => return None,
    }
    Some(())
}

fn was_there(before: &ProjectState, known: &Known, model: &ModelName, field: &str) -> bool {
    let old = known.models.iter().find(|(_, new)| new == model).map_or(model, |(old, _)| old);
    before.model(old).is_some_and(|model| model.field(field).is_some())
}

fn rename_model(
    before: &ProjectState,
    state: &mut ProjectState,
    known: &mut Known,
    name: &ModelName,
    random: &mut Random,
) -> Option<()> {
    if !before.models.contains_key(name) || known.models.iter().any(|(_, new)| new == name) {
        return None;
    }
    let used = |text: &str| {
        let all = before.models.keys().chain(state.models.keys());
        all.into_iter().any(|one| one.name == text)
    };
    let to = ModelName::new(&*name.app, fresh(used, "Other", random));
    let table = random
        .one_in(2)
        .then(|| orm_sql::schema::TableName::new(format!("{}_{}", to.app, to.name.to_lowercase())));
    let (from, to_name) = (name.clone(), to.clone());
    Operation::RenameModel { from, to: to_name, table }.apply(state).ok()?;
    for (model, _, _) in &mut known.fields {
        if model == name {
            *model = to.clone();
        }
    }
    known.models.push((name.clone(), to));
    Some(())
}

fn rename_field(
    before: &ProjectState,
    state: &mut ProjectState,
    known: &mut Known,
    model: &ModelName,
    random: &mut Random,
) -> Option<()> {
    let old = state.model(model)?;
    let from = random.pick(&old.fields)?.name.clone();
    let again = known.fields.iter().any(|(of, _, new)| of == model && *new == from);
    if again || !was_there(before, known, model, &from) {
        return None;
    }
    let to = fresh(|name| old.field(name).is_some(), "renamed", random);
    let rename =
        Operation::RenameField { model: model.clone(), from: from.clone(), to: to.clone() };
    rename.apply(state).ok()?;
    known.fields.push((model.clone(), from, to));
    Some(())
}

fn remove_field(model: &mut ModelState, random: &mut Random) -> Option<()> {
    let name = random.pick(&model.fields)?.name.clone();
    if model.primary_key.contains(&name) {
        return None;
    }
    model.fields.retain(|field| field.name != name);
    Some(())
}

/// Another type of the same family.
fn retype(model: &mut ModelState, random: &mut Random) -> Option<()> {
    let place = random.below(model.fields.len());
    let field = model.fields.get_mut(place)?;
    let FieldKind::Column { column_type, .. } = &mut field.kind else { return None };
    if matches!(family(column_type), Family::Other | Family::Enum)
        || matches!(field.fill, Fill::Generated(_))
    {
        return None;
    }
    let all = types(Some(family(column_type)));
    let new = random.pick(&all)?.clone();
    if field.fill == Fill::Identity
        && !["smallint", "integer", "bigint"].contains(&&*format!("{}", Sql(&new)))
    {
        return None;
    }
    *column_type = new;
    Some(())
}

/// The name of a type, for numbers.
struct Sql<'a>(&'a orm_sql::schema::ColumnType);

impl std::fmt::Display for Sql<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use orm_sql::schema::ColumnType;
        use orm_sql::value::SqlType;
        f.write_str(match self.0 {
            ColumnType::Plain(SqlType::Int2) => "smallint",
            ColumnType::Plain(SqlType::Int4) => "integer",
            ColumnType::Plain(SqlType::Int8) => "bigint",
            _ => "",
        })
    }
}
