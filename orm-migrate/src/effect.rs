//! What a list of operations does, told apart from how: two lists with one effect can stand for each
//! other, on databases with rows as well.

use crate::operation::{Misfit, Operation, check_name, unique_name};
use crate::state::ProjectState;
use orm_core::tables::state::{FieldKind, FieldState, ModelName};
use orm_sql::ident::RawSql;
use orm_sql::schema::{ColumnType, Fill};
use std::collections::{BTreeMap, BTreeSet};

/// What operations lead to, and what becomes of the rows that are there.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// The state that they lead to.
    pub state: ProjectState,
    /// The models, with what they were called before; `None` for those that are new.
    pub models: BTreeMap<ModelName, Option<ModelName>>,
    /// The fields of models that were there.
    pub fields: BTreeMap<(ModelName, String), History>,
    /// The constraints that do not look at the rows that are there.
    pub unchecked: BTreeSet<(ModelName, String)>,
}

/// What has become of the values of a field.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// What the field was called; `None` for one that is new.
    pub origin: Option<String>,
    /// What rows that are there get for a new field; `None` for nothing.
    pub value: Option<Value>,
    /// What happens to the values, in order.
    pub steps: Vec<Conversion>,
    /// False where rows have a value for certain.
    null: bool,
}

/// What rows get.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The same for all.
    Same(RawSql),
    /// A number each.
    Numbers,
    /// What is calculated from other columns.
    Calculated(RawSql),
}

/// What happens to the values of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Conversion {
    /// They become values of another type: how, where that is not a cast.
    Type(Box<Kind>, Option<RawSql>),
    /// Rows that have nothing get this.
    Fill(RawSql),
}

/// What values are of.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A type and a collation.
    Column(ColumnType, Option<String>),
    /// That of the key of a model, or of a field there.
    Key(ModelName, Option<String>),
}

impl Kind {
    /// What the values of a field are of; `None` for fields without columns.
    pub(crate) fn of(field: &FieldState) -> Option<Kind> {
        match &field.kind {
            FieldKind::Column { column_type, .. } => {
                Some(Kind::Column(column_type.clone(), field.collation.clone()))
            }
            FieldKind::Key(key) => Some(Kind::Key(key.to.clone(), key.to_field.clone())),
            FieldKind::ManyToMany(_) => None,
        }
    }
}

/// What rows get that are there when a field is added.
pub(crate) fn value(field: &FieldState, fill: Option<&RawSql>) -> Option<Value> {
    match (&field.fill, fill) {
        (Fill::Generated(sql), _) => Some(Value::Calculated(sql.clone())),
        (Fill::Identity, _) => Some(Value::Numbers),
        (_, Some(sql)) | (Fill::Default(sql), None) if is_null(sql) => None,
        (_, Some(sql)) | (Fill::Default(sql), None) => Some(Value::Same(sql.clone())),
        (Fill::Nothing, None) => None,
    }
}

fn is_null(sql: &RawSql) -> bool {
    sql.as_str().trim().eq_ignore_ascii_case("null")
}

/// What rows get that have nothing when a field becomes NOT NULL.
pub(crate) fn filled(field: &FieldState, fill: Option<&RawSql>) -> Option<RawSql> {
    let default = match &field.fill {
        Fill::Default(sql) => Some(sql),
        _ => None,
    };
    fill.or(default).cloned()
}

impl Effect {
    /// What operations do that begin in a state.
    ///
    /// # Errors
    ///
    /// When one does not fit.
    pub fn of<'a>(
        before: &ProjectState,
        operations: impl IntoIterator<Item = &'a Operation>,
    ) -> Result<Effect, Misfit> {
        let mut effect = Effect {
            state: before.clone(),
            models: BTreeMap::new(),
            fields: BTreeMap::new(),
            unchecked: BTreeSet::new(),
        };
        for model in before.models.values() {
            effect.models.insert(model.name.clone(), Some(model.name.clone()));
            for field in &model.fields {
                let history = History {
                    origin: Some(field.name.clone()),
                    value: None,
                    steps: Vec::new(),
                    null: field.null,
                };
                effect.fields.insert((model.name.clone(), field.name.clone()), history);
            }
        }
        for operation in operations {
            let old = effect.state.clone();
            operation.apply(&mut effect.state)?;
            effect.follow(operation.plain(), &old);
        }
        // What is known on the way is no effect.
        effect.fields.values_mut().for_each(|history| history.null = true);
        Ok(effect)
    }

    fn is_new(&self, model: &ModelName) -> bool {
        !matches!(self.models.get(model), Some(Some(_)))
    }

    fn follow(&mut self, operation: &Operation, old: &ProjectState) {
        match operation {
            Operation::CreateModel(model) => drop(self.models.insert(model.name.clone(), None)),
            Operation::DeleteModel(name) => {
                self.forget(name);
                self.models.remove(name);
                self.unchecked.retain(|(model, _)| model != name);
            }
            Operation::RenameModel { from, to, .. } => self.rename_model(from, to),
            // Its table goes, or comes.
            Operation::AlterOptions { model, options }
                if old.model(model).is_some_and(|old| old.managed != options.managed) =>
            {
                self.forget(model);
                self.models.insert(model.clone(), None);
            }
            Operation::RenameField { model, from, to } => {
                if let Some(history) = self.fields.remove(&(model.clone(), from.clone())) {
                    self.fields.insert((model.clone(), to.clone()), history);
                }
            }
            Operation::RemoveField { model, name } => {
                self.fields.remove(&(model.clone(), name.clone()));
            }
            Operation::AddField { model, field, fill } if !self.is_new(model) => {
                let value = value(field, fill.as_ref());
                let null = value.is_none();
                let history = History { origin: None, value, steps: Vec::new(), null };
                self.fields.insert((model.clone(), field.name.clone()), history);
            }
            Operation::AlterField { model, field, fill, using } => {
                let before = old.model(model).and_then(|old| old.field(&field.name));
                let history = self.fields.get_mut(&(model.clone(), field.name.clone()));
                if let (Some(before), Some(history)) = (before, history) {
                    history.alter(before, field, fill.as_ref(), using.as_ref());
                }
            }
            _ => {}
        }
        self.follow_constraints(operation, old);
    }

    fn forget(&mut self, name: &ModelName) {
        self.fields.retain(|(model, _), _| model != name);
    }

    fn rename_model(&mut self, from: &ModelName, to: &ModelName) {
        if let Some(origin) = self.models.remove(from) {
            self.models.insert(to.clone(), origin);
        }
        let name = |model: ModelName| if model == *from { to.clone() } else { model };
        let fields = std::mem::take(&mut self.fields);
        self.fields = fields
            .into_iter()
            .map(|((model, field), mut history)| {
                for step in &mut history.steps {
                    if let Conversion::Type(kind, _) = step
                        && let Kind::Key(model, _) = &mut **kind
                        && model == from
                    {
                        model.clone_from(to);
                    }
                }
                ((name(model), field), history)
            })
            .collect();
        let unchecked = std::mem::take(&mut self.unchecked);
        self.unchecked = unchecked.into_iter().map(|(model, part)| (name(model), part)).collect();
    }

    /// Names that were made up follow those of tables and columns.
    fn follow_constraints(&mut self, operation: &Operation, old: &ProjectState) {
        match operation {
            Operation::AddConstraint { model, not_valid: true, .. } => {
                let name = self.state.model(model).map(names_of).unwrap_or_default().pop();
                let known = old.model(model).map(names_of).unwrap_or_default();
                let new = self.state.model(model).map(names_of).unwrap_or_default();
                let added = new.into_iter().find(|name| !known.contains(name)).or(name);
                self.unchecked.extend(added.map(|name| (model.clone(), name)));
            }
            Operation::ValidateConstraint { model, name }
            | Operation::RemoveConstraint { model, name } => {
                self.unchecked.remove(&(model.clone(), name.clone()));
            }
            _ => {
                let moved = |(model, name): (ModelName, String)| {
                    let before = match operation {
                        Operation::RenameModel { from, to, .. } if *to == model => from,
                        _ => &model,
                    };
                    let names = old.model(before).map(names_of).unwrap_or_default();
                    let place = names.iter().position(|one| *one == name);
                    let names = self.state.model(&model).map(names_of).unwrap_or_default();
                    let name = place.and_then(|place| names.get(place).cloned()).unwrap_or(name);
                    (model, name)
                };
                let unchecked = std::mem::take(&mut self.unchecked);
                self.unchecked = unchecked.into_iter().map(moved).collect();
            }
        }
    }
}

/// The names of the constraints of a model, in order.
fn names_of(model: &orm_core::tables::state::ModelState) -> Vec<String> {
    let uniques = model.uniques.iter().map(|one| unique_name(model, one).unwrap_or_default());
    uniques.chain(model.checks.iter().map(|one| check_name(model, one))).collect()
}

impl History {
    fn alter(
        &mut self,
        old: &FieldState,
        new: &FieldState,
        fill: Option<&RawSql>,
        using: Option<&RawSql>,
    ) {
        if let Fill::Generated(sql) = &new.fill {
            if old.fill != new.fill || Kind::of(old) != Kind::of(new) {
                self.value = Some(Value::Calculated(sql.clone()));
                self.steps.clear();
            }
            return;
        }
        let is_nothing = self.origin.is_none() && self.value.is_none() && self.steps.is_empty();
        if let Some(kind) = Kind::of(new)
            && Kind::of(old).as_ref() != Some(&kind)
            && (!is_nothing || using.is_some())
        {
            self.steps.push(Conversion::Type(Box::new(kind), using.cloned()));
            self.null |= using.is_some();
        }
        if old.null && !new.null && self.null {
            self.null = false;
            match filled(new, fill) {
                Some(sql) if is_nothing && self.steps.is_empty() => {
                    self.value = Some(Value::Same(sql));
                }
                Some(sql) => self.steps.push(Conversion::Fill(sql)),
                None => {}
            }
        }
    }
}
