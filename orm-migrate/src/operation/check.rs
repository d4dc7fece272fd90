//! What holds for every state: nothing names what there is not, and no name is there twice.

use super::Misfit;
use super::apply::taken;
use crate::state::ProjectState;
use orm_core::tables::Targets;
use orm_core::tables::state::{
    FieldKind, FieldState, KeyState, ModelName, ModelState, PartNames, Through,
};
use orm_sql::schema::TableName;
use std::collections::{HashMap, HashSet};

impl ProjectState {
    /// Whether nothing names what there is not, and no name is there twice.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), Misfit> {
        let mut tables: HashMap<&TableName, &ModelName> = HashMap::new();
        let mut names: HashMap<(&Option<String>, &String), &ModelName> = HashMap::new();
        super::names::check(self)?;
        for model in self.models.values() {
            let between = model.fields.iter().filter_map(|field| match &field.kind {
                FieldKind::ManyToMany(relation) => match &relation.through {
                    Through::Table { table, .. } => Some(table),
                    Through::Model(_) => None,
                },
                FieldKind::Column { .. } | FieldKind::Key(_) => None,
            });
            for table in
                std::iter::once(&model.table).chain(between).filter(|_| has_relation(model))
            {
                if let Some(other) = tables.insert(table, &model.name) {
                    return Err(Misfit(format!(
                        "`{other}` and `{}` have one table, `{table}`",
                        model.name
                    )));
                }
            }
            // Names that were made up have the table in them.
            let indexes = model.indexes.iter().filter_map(|index| index.name.as_ref());
            let uniques = model.uniques.iter().filter_map(|unique| unique.name.as_ref());
            let fields = model.fields.iter().flat_map(|field| {
                let PartNames { unique, unique_index, index, constraint: _ } = &field.names;
                unique.iter().chain(unique_index).chain(index)
            });
            let exclusions = model.exclusions.iter().filter_map(|one| one.name.as_ref());
            let all = indexes.chain(uniques).chain(exclusions).chain(fields);
            let all = all.chain(&model.primary_key_name);
            for name in all.filter(|_| has_relation(model)) {
                if let Some(other) = names.insert((&model.table.schema, name), &model.name) {
                    return Err(Misfit(format!(
                        "`{other}` and `{}` have an index or a constraint of one name, `{name}`",
                        model.name
                    )));
                }
            }
            self.check_model(model)?;
        }
        Ok(())
    }

    fn check_model(&self, model: &ModelState) -> Result<(), Misfit> {
        if model.managed && model.view.is_some() {
            return Err(Misfit(format!(
                "`{}` is a view, and cannot have a table as well",
                model.name
            )));
        }
        let (mut fields, mut columns) = (HashSet::new(), HashSet::new());
        for field in &model.fields {
            if !fields.insert(&field.name) {
                return Err(taken("field", &field.name, model));
            }
            if let Some(column) = field.columns().iter().find(|column| !columns.insert(*column)) {
                return Err(taken("column", column, model));
            }
            match &field.kind {
                FieldKind::Column { .. } => {}
                FieldKind::Key(key) => self.check_key(model, field, key)?,
                FieldKind::ManyToMany(relation) => {
                    let through = match &relation.through {
                        Through::Model(through) => Some(through),
                        Through::Table { .. } => None,
                    };
                    let mut named = std::iter::once(&relation.to).chain(through);
                    if let Some(missing) = named.find(|name| self.model(name).is_none()) {
                        return Err(refers_to_nothing(model, field, missing));
                    }
                }
            }
        }
        check_parts(model)
    }

    fn check_key(
        &self,
        model: &ModelState,
        field: &FieldState,
        key: &KeyState,
    ) -> Result<(), Misfit> {
        if self.model(&key.to).is_none() {
            return Err(refers_to_nothing(model, field, &key.to));
        }
        let target = self.target(model, field, key)?;
        if target.columns.len() != key.columns.len() || !target.unique {
            return Err(Misfit(format!(
                "`{}` of `{}` refers to columns of `{}` that are others, or not unique",
                field.name, model.name, key.to
            )));
        }
        Ok(())
    }
}

/// True where there is a table or a view of ours.
fn has_relation(model: &ModelState) -> bool {
    model.managed || model.view.is_some()
}

fn refers_to_nothing(model: &ModelState, field: &FieldState, missing: &ModelName) -> Misfit {
    Misfit(format!(
        "`{}` of `{}` refers to `{missing}`, and there is no such model",
        field.name, model.name
    ))
}

/// The fields that keys, indexes and constraints name are there, and so are the columns that
/// expressions do.
fn check_parts(model: &ModelState) -> Result<(), Misfit> {
    let mut named = model.named_fields().into_iter();
    if let Some(missing) = named.find(|name| model.columns_of(name).is_empty()) {
        return Err(Misfit(format!(
            "a key, an index or a constraint of `{}` names the field `{missing}`, which it has not",
            model.name
        )));
    }
    let columns: HashSet<&str> =
        model.fields.iter().flat_map(FieldState::columns).map(String::as_str).collect();
    for sql in model.texts() {
        let quoted = orm_sql::sql_text::quoted_columns(sql.as_str());
        if let Some(missing) = quoted.into_iter().find(|name| !columns.contains(&**name)) {
            return Err(Misfit(format!(
                "an expression of `{}` names the column `{missing}`, which it has not: {}",
                model.name,
                sql.as_str()
            )));
        }
    }
    Ok(())
}
