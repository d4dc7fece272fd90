//! Operations put into migrations: one for each app, or more where apps refer to each other in turn.

mod history;
mod name;

pub(crate) use name::last_number;

use crate::detect::views::read_by;
use crate::detect::{NoInput, detect};
use crate::file::{Migration, MigrationName};
use crate::footprint::referred;
use crate::graph::{Graph, GraphError};
use crate::operation::{Misfit, Operation, are_atomic};
use crate::state::ProjectState;
use crate::views::in_order;
use orm_core::tables::state::{ModelName, ModelState};
use orm_sql::schema::TableName;
use std::collections::{BTreeMap, BTreeSet};

/// The migrations that follow those of a graph. `id` makes an identifier that nobody has.
///
/// # Errors
///
/// When an operation does not fit.
pub fn migrations(
    graph: &Graph,
    state: &ProjectState,
    operations: Vec<Operation>,
    id: &mut dyn FnMut() -> String,
) -> Result<Vec<Migration>, Misfit> {
    let mut state = state.clone();
    let mut parts = Parts::default();
    let history = history::referring_apps(graph);
    let enums = history::enum_apps(graph);
    for (app, operation) in with_apps(operations) {
        let mut touches = Touches::of(&state, &operation);
        operation.apply(&mut state)?;
        touches.extend(Touches::of(&state, &operation));
        let mut older = history::needed(&history, operation.plain());
        older.extend(touches.enums().filter_map(|name| enums.get(name)).flatten().cloned());
        parts.add(app, operation, touches, older);
    }
    Ok(parts.into_migrations(graph, id))
}

/// What a new migration would do, in words, so that those of a graph lead to a state: nothing where they
/// do. A question that nobody answers is a difference as well.
///
/// # Errors
///
/// When an operation of the graph does not fit.
pub fn missing(graph: &Graph, state: &ProjectState) -> Result<Vec<String>, GraphError> {
    Ok(match detect(&graph.state()?, state, &mut NoInput) {
        Ok(operations) => operations.iter().map(Operation::to_string).collect(),
        Err(misfit) => vec![misfit.to_string()],
    })
}

/// A migration of an app without operations, for those that are written by hand.
pub fn empty(graph: &Graph, app: &str, id: String) -> Migration {
    let name = name::of(name::last_number(graph, app) + 1, &[]);
    Migration {
        name: MigrationName { app: app.to_owned(), name },
        id,
        dependencies: graph.leaves(app).into_iter().cloned().collect(),
        ..Migration::default()
    }
}

/// Operations with the app whose migration they stand in. What belongs to no model stands beside what
/// does.
fn with_apps(operations: Vec<Operation>) -> Vec<(String, Operation)> {
    let apps: Vec<Option<String>> =
        operations.iter().map(|one| one.app().map(str::to_owned)).collect();
    let app = |place: usize| {
        let after = apps.get(place..).unwrap_or_default().iter().flatten().next();
        let before = || apps.get(..place).unwrap_or_default().iter().rev().flatten().next();
        after.or_else(before).cloned().unwrap_or_default()
    };
    operations.into_iter().enumerate().map(|(place, one)| (app(place), one)).collect()
}

/// What operations are about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Model(ModelName),
    Enum(TableName),
}

/// The things that an operation is about, and those that it refers to.
#[derive(Default)]
struct Touches {
    own: BTreeSet<Thing>,
    others: BTreeSet<Thing>,
}

impl Touches {
    fn of(state: &ProjectState, operation: &Operation) -> Touches {
        let operation = operation.plain();
        let mut touches = Touches::default();
        touches.own.extend(operation.model().cloned().map(Thing::Model));
        touches.own.extend(enums_of(operation).into_iter().cloned().map(Thing::Enum));
        match operation {
            Operation::RenameModel { from, to, .. } => {
                touches.own.insert(Thing::Model(to.clone()));
                touches.refer(state.model(from).or(state.model(to)));
                // Whoever refers to it has another state afterwards.
                let refers = |model: &&ModelState| {
                    model
                        .fields
                        .iter()
                        .any(|field| field.to().is_some_and(|name| name == from || name == to))
                };
                let models = state.models.values().map(AsRef::as_ref).filter(refers);
                touches.own.extend(models.map(|model| Thing::Model(model.name.clone())));
            }
            Operation::CreateModel(model) => touches.refer(Some(model)),
            Operation::AlterView { view: Some(view), model } => {
                let read = state.model(model).map(|model| {
                    let view = Some((**view).clone());
                    ModelState { view, ..model.clone() }
                });
                touches.refer(read.as_ref());
                touches.read(state, read.as_ref());
            }
            _ => {
                let model = operation.model().and_then(|name| state.model(name));
                touches.refer(model);
            }
        }
        touches.views(state, operation);
        touches
    }

    /// The views of which the operation is, and those that read what it is about: the latter have
    /// another query where a name is another one.
    fn views(&mut self, state: &ProjectState, operation: &Operation) {
        if let Operation::CreateModel(model) = operation {
            self.read(state, Some(model));
        }
        let own = self.own.iter().filter_map(|thing| match thing {
            Thing::Model(name) => Some(name.clone()),
            Thing::Enum(_) => None,
        });
        let own: Vec<ModelName> = own.collect();
        for name in &own {
            self.read(state, state.model(name));
        }
        if !matches!(
            operation,
            Operation::RenameModel { .. }
                | Operation::RenameField { .. }
                | Operation::AlterTable { .. }
        ) {
            return;
        }
        let tables: Vec<&TableName> =
            own.iter().filter_map(|name| Some(&state.model(name)?.table)).collect();
        for (model, view) in in_order(state) {
            if tables.iter().any(|table| view.reads(table)) {
                self.own.insert(Thing::Model(model.name.clone()));
            }
        }
    }

    /// What a view reads.
    fn read(&mut self, state: &ProjectState, model: Option<&ModelState>) {
        if let Some(view) = model.and_then(ModelState::made_view) {
            self.others.extend(read_by(state, &view).into_iter().map(Thing::Model));
        }
    }

    fn refer(&mut self, model: Option<&ModelState>) {
        for field in model.into_iter().flat_map(|model| &model.fields) {
            self.others.extend(referred(field).cloned().map(Thing::Model));
            self.others.extend(field.own_type().map(Thing::Enum));
        }
    }

    fn enums(&self) -> impl Iterator<Item = &TableName> {
        self.own.iter().chain(&self.others).filter_map(|thing| match thing {
            Thing::Enum(name) => Some(name),
            Thing::Model(_) => None,
        })
    }

    fn extend(&mut self, other: Touches) {
        self.own.extend(other.own);
        self.others.extend(other.others);
    }
}

/// The enum types that an operation is about.
fn enums_of(operation: &Operation) -> Vec<&TableName> {
    match operation {
        Operation::CreateEnum { name, .. }
        | Operation::DropEnum(name)
        | Operation::AddEnumValue { name, .. }
        | Operation::RenameEnumValue { name, .. }
        | Operation::AlterEnum { name, .. } => vec![name],
        Operation::RenameEnum { from, to } => vec![from, to],
        _ => Vec::new(),
    }
}

/// A migration that is being put together.
struct Part {
    app: String,
    operations: Vec<Operation>,
    /// Earlier parts that it depends on.
    needs: BTreeSet<usize>,
    /// Apps whose migrations that are there already it depends on.
    apps: BTreeSet<String>,
}

#[derive(Default)]
struct Parts {
    all: Vec<Part>,
    /// The last part of each app, to which more can be added.
    open: BTreeMap<String, usize>,
    /// The parts that changed something, and those that referred to it.
    changed: BTreeMap<Thing, BTreeSet<usize>>,
    referred: BTreeMap<Thing, BTreeSet<usize>>,
}

impl Parts {
    fn add(
        &mut self,
        app: String,
        operation: Operation,
        touches: Touches,
        older: BTreeSet<String>,
    ) {
        let mut needs = BTreeSet::new();
        for name in touches.own.iter().chain(&touches.others) {
            needs.extend(self.changed.get(name).into_iter().flatten());
        }
        for name in &touches.own {
            needs.extend(self.referred.get(name).into_iter().flatten());
        }
        let place = self.place_for(app, &operation, &needs);
        for name in touches.own {
            self.changed.entry(name).or_default().insert(place);
        }
        for name in &touches.others {
            self.referred.entry(name.clone()).or_default().insert(place);
        }
        if let Some(part) = self.all.get_mut(place) {
            needs.remove(&place);
            part.needs.extend(needs);
            part.apps.extend(touches.others.into_iter().filter_map(|thing| match thing {
                Thing::Model(name) => Some(name.app),
                Thing::Enum(_) => None,
            }));
            part.apps.extend(older);
            part.operations.push(operation);
        }
    }

    /// The open part of an app, or a new one where the operation cannot stand in that.
    fn place_for(&mut self, app: String, operation: &Operation, needs: &BTreeSet<usize>) -> usize {
        let open = self.open.get(&app).copied();
        if let Some(open) = open
            && !needs.iter().any(|need| *need != open && self.reaches(*need, open))
            && self.fits(open, operation)
        {
            return open;
        }
        self.all.push(Part {
            app: app.clone(),
            operations: Vec::new(),
            needs: open.into_iter().collect(),
            apps: BTreeSet::new(),
        });
        self.open.insert(app, self.all.len() - 1);
        self.all.len() - 1
    }

    /// False where the operation uses a value of an enum type that is there after the transaction of
    /// the part only, or one of both is done step by step and the other is not.
    fn fits(&self, part: usize, operation: &Operation) -> bool {
        let Some(part) = self.all.get(part) else { return false };
        let is_safe = |one: &Operation| matches!(one, Operation::Safely(_));
        if part.operations.iter().any(is_safe) != is_safe(operation) {
            return false;
        }
        let is_added = |one: &Operation| matches!(one, Operation::AddEnumValue { .. });
        if !part.operations.iter().any(is_added) || !operation.is_atomic() {
            return true;
        }
        let mut operations = part.operations.clone();
        operations.push(operation.clone());
        are_atomic(&operations) || !are_atomic(&part.operations)
    }

    /// True where a part depends on another, over others as well.
    fn reaches(&self, from: usize, to: usize) -> bool {
        from == to
            || self
                .all
                .get(from)
                .is_some_and(|part| part.needs.iter().any(|need| self.reaches(*need, to)))
    }

    fn into_migrations(self, graph: &Graph, id: &mut dyn FnMut() -> String) -> Vec<Migration> {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut names: Vec<MigrationName> = Vec::with_capacity(self.all.len());
        for part in &self.all {
            let number =
                numbers.entry(&part.app).or_insert_with(|| name::last_number(graph, &part.app));
            *number += 1;
            let name = name::of(*number, &part.operations);
            names.push(MigrationName { app: part.app.clone(), name });
        }
        let mut migrations = Vec::with_capacity(self.all.len());
        for (part, name) in self.all.iter().zip(&names) {
            let needed = part.needs.iter().filter_map(|need| names.get(*need).cloned());
            let mut dependencies: BTreeSet<MigrationName> = needed.collect();
            // What is there already, unless something of this run comes after it.
            let new: BTreeSet<String> = dependencies.iter().map(|one| one.app.clone()).collect();
            for app in part.apps.iter().chain([&part.app]).filter(|app| !new.contains(*app)) {
                dependencies.extend(graph.leaves(app).into_iter().cloned());
            }
            migrations.push(Migration {
                name: name.clone(),
                id: id(),
                dependencies: dependencies.into_iter().collect(),
                operations: part.operations.clone(),
                ..Migration::default()
            });
        }
        migrations
    }
}
