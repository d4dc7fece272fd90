//! All models of a project at one time, as plain values.

use orm_core::ir::ModelMeta;
use orm_core::tables::state::{
    FieldKind, FieldState, KeyState, ManyToManyState, ModelName, ModelState, OnDeleteState,
    PartState, Through, UniqueState,
};
use orm_core::tables::{Enums, Target, TargetColumn, Targets, enums_of, refers_to_view, state_of};
use orm_sql::error::{Error, Result};
use orm_sql::schema::{Collation, ColumnType, Fill, Table, TableName};
use orm_sql::value::SqlType;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// All models at one time, and what their tables need. Cheap to clone: models are shared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProjectState {
    /// The models, by name.
    pub models: BTreeMap<ModelName, Arc<ModelState>>,
    /// The enum types, with their labels in order.
    pub enums: Enums,
    /// The collations that migrations have made.
    pub collations: BTreeMap<TableName, Collation>,
    /// The extensions.
    pub extensions: BTreeSet<String>,
    /// The schemas besides `public`.
    pub schemas: BTreeSet<String>,
}

impl ProjectState {
    /// The models of today, from their metadata.
    ///
    /// # Errors
    ///
    /// When two of them have one name, or one has no table that could be made.
    pub fn of_models(models: &[&'static ModelMeta]) -> Result<ProjectState> {
        let mut state = ProjectState::default();
        for model in models {
            let model = state_of(model)?;
            let name = model.name.clone();
            if state.models.insert(name.clone(), Arc::new(model)).is_some() {
                return Err(Error::usage(format!(
                    "two models are called `{name}`: give one another name or another app"
                )));
            }
        }
        state.enums = enums_of(models)?;
        state.collect_needs()?;
        Ok(state)
    }

    /// Notes the extensions and schemas that the tables need.
    fn collect_needs(&mut self) -> Result<()> {
        for table in self.tables()? {
            self.extensions.extend(table.extensions().into_iter().map(str::to_owned));
            self.schemas.extend(table.name.schema.filter(|schema| schema != "public"));
        }
        let of_enums = self.enums.keys().filter_map(|name| name.schema.clone());
        self.schemas.extend(of_enums.filter(|schema| schema != "public"));
        let views = self.models.values().filter(|model| model.view.is_some());
        let schemas = views.filter_map(|view| view.table.schema.clone());
        self.schemas.extend(schemas.filter(|schema| schema != "public"));
        Ok(())
    }

    /// The model of a name.
    pub fn model(&self, name: &ModelName) -> Option<&ModelState> {
        self.models.get(name).map(Arc::as_ref)
    }

    /// Adds a model, or puts another in its place.
    pub fn insert(&mut self, model: ModelState) {
        self.models.insert(model.name.clone(), Arc::new(model));
    }

    /// The tables of all models that are managed, with those between models.
    ///
    /// # Errors
    ///
    /// When a model refers to what there is not.
    pub fn tables(&self) -> Result<Vec<Table>> {
        let mut tables = Vec::with_capacity(self.models.len());
        for model in self.models.values() {
            tables.extend(self.tables_of(model)?);
        }
        Ok(tables)
    }

    /// The table of a model, where it is managed, and those of its many-to-many fields.
    ///
    /// # Errors
    ///
    /// When it refers to what there is not.
    pub fn tables_of(&self, model: &ModelState) -> Result<Vec<Table>> {
        if !model.managed {
            return Ok(Vec::new());
        }
        let mut tables = vec![model.table(self)?];
        for field in &model.fields {
            if let FieldKind::ManyToMany(relation) = &field.kind
                && let Some(between) = self.between(model, field, relation)
            {
                tables.push(between.table(self)?);
            }
        }
        Ok(tables)
    }

    /// The model between the two sides of a many-to-many field that names none.
    pub fn between(
        &self,
        model: &ModelState,
        field: &FieldState,
        relation: &ManyToManyState,
    ) -> Option<ModelState> {
        let Through::Table { table, sides, db_constraint } = &relation.through else { return None };
        let name = ModelName::new(&*model.name.app, format!("{}_{}", model.name.name, field.name));
        let mut id = FieldState::column("id", ColumnType::from(SqlType::Int8));
        id.fill = Fill::Identity;
        let mut fields = vec![id];
        for (side, to) in sides.iter().zip([&model.name, &relation.to]) {
            fields.push(FieldState::new(
                side,
                FieldKind::Key(KeyState {
                    columns: self.columns_for(side, to),
                    to: to.clone(),
                    to_field: None,
                    one_to_one: false,
                    on_delete: OnDeleteState::Cascade,
                    db_constraint: *db_constraint,
                    deferrable: None,
                }),
            ));
        }
        let unique = UniqueState::new(sides.iter().map(PartState::field).collect());
        Some(ModelState {
            table: table.clone(),
            fields,
            primary_key: vec!["id".to_owned()],
            uniques: vec![unique],
            on_delete_in_library: model.on_delete_in_library,
            ..ModelState::new(name, "")
        })
    }

    /// The columns of a key that is called so and refers to a model.
    fn columns_for(&self, side: &str, to: &ModelName) -> Vec<String> {
        match self.model(to).map(ModelState::key_columns).unwrap_or_default().as_slice() {
            [] | [_] => vec![format!("{side}_id")],
            columns => columns.iter().map(|column| format!("{side}_{column}")).collect(),
        }
    }

    /// A column as it is stored, for a key to it.
    fn stored(&self, model: &ModelState, name: &str, depth: usize) -> Vec<TargetColumn> {
        let Some(field) = model.field(name) else { return Vec::new() };
        let named = |name: &String, column_type: &ColumnType, collation: Option<String>| {
            TargetColumn { name: name.clone(), column_type: column_type.clone(), collation }
        };
        match &field.kind {
            FieldKind::Column { column, column_type } => {
                vec![named(column, column_type, field.collation.clone())]
            }
            // A key that refers to keys in a circle ends somewhere in it.
            FieldKind::Key(key) if depth < 16 => {
                let Some(to) = self.model(&key.to) else { return Vec::new() };
                let stored = self.stored_key(to, key, depth + 1);
                let of = |(name, stored): (&String, TargetColumn)| {
                    let collation = field.collation.clone().or(stored.collation);
                    named(name, &stored.column_type, collation)
                };
                key.columns.iter().zip(stored).map(of).collect()
            }
            FieldKind::Key(_) | FieldKind::ManyToMany(_) => Vec::new(),
        }
    }

    /// What a key to a model refers to.
    fn stored_key(&self, to: &ModelState, key: &KeyState, depth: usize) -> Vec<TargetColumn> {
        match &key.to_field {
            Some(name) => self.stored(to, name, depth),
            None => to.primary_key.iter().flat_map(|name| self.stored(to, name, depth)).collect(),
        }
    }
}

impl Targets for ProjectState {
    fn target(&self, model: &ModelState, field: &FieldState, key: &KeyState) -> Result<Target> {
        let Some(to) = self.model(&key.to) else {
            let own = ModelName::new(&*model.name.app, &*key.to.name);
            let meant = match key.to.app.is_empty() && self.model(&own).is_some() {
                true => format!("; did you mean `{own}`?"),
                false => String::new(),
            };
            return Err(Error::usage(format!(
                "`{}` of `{}` refers to `{}`, and there is no such model{meant}",
                field.name, model.name, key.to
            )));
        };
        if to.view.is_some() && key.db_constraint && model.view.is_none() {
            return Err(refers_to_view(&model.name.name, field, &to.name.name));
        }
        let unique = key.to_field.as_ref().is_none_or(|name| to.is_unique_by_itself(name));
        Ok(Target { table: to.table.clone(), columns: self.stored_key(to, key, 0), unique })
    }
}
