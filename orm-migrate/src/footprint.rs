//! What operations read and write of the models: two that touch nothing in common can change places.

mod thing;

pub use thing::Thing;

use crate::operation::{
    ConstraintState, Operation, check_name, exclude_name, ordered_by, unique_name,
};
use crate::state::ProjectState;
use orm_core::tables::state::{
    FieldKind, FieldState, IndexState, ModelName, ModelState, PartKey, PartState, Through,
};
use orm_sql::ident::RawSql;
use orm_sql::schema::{ColumnType, Fill};
use orm_sql::sql_text::names;
use std::collections::BTreeSet;

/// False for operations that nobody sees through: code of the user's own, views, whose queries read
/// whatever they name, and enum types.
fn is_transparent(operation: &Operation, before: &ProjectState) -> bool {
    match operation {
        Operation::CreateModel(model) => model.view.is_none(),
        Operation::DeleteModel(name) => before.model(name).is_none_or(|model| model.view.is_none()),
        Operation::RunSql { .. }
        | Operation::RunRust { .. }
        | Operation::SeparateDatabaseAndState { .. }
        | Operation::AlterView { .. }
        | Operation::CreateCollation { .. }
        | Operation::DropCollation(_)
        | Operation::CreateEnum { .. }
        | Operation::DropEnum(_)
        | Operation::RenameEnum { .. }
        | Operation::AddEnumValue { .. }
        | Operation::RenameEnumValue { .. }
        | Operation::AlterEnum { .. } => false,
        _ => true,
    }
}

/// What an operation reads and writes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Footprint {
    /// What it writes.
    pub writes: BTreeSet<Thing>,
    /// What it reads, besides.
    pub reads: BTreeSet<Thing>,
}

impl Footprint {
    /// What an operation reads and writes that leads from one state to another.
    pub fn of(operation: &Operation, before: &ProjectState, after: &ProjectState) -> Footprint {
        let mut print = Footprint::default();
        let operation = operation.plain();
        match operation {
            _ if !is_transparent(operation, before) => print.write(Thing::Everything),
            Operation::CreateModel(model) => print.whole(model, after),
            Operation::DeleteModel(name) => {
                if let Some(model) = before.model(name) {
                    print.whole(model, before);
                }
            }
            Operation::RenameModel { from, to, .. } => print.rename(from, to, before, after),
            Operation::AlterTable { model, .. } => {
                for model in [before.model(model), after.model(model)].into_iter().flatten() {
                    print.tables(model);
                }
                print.write(Thing::Model(model.clone()));
            }
            Operation::AlterOptions { model, options } => {
                let managed = before.model(model).map(|old| old.managed);
                print.read(Thing::Model(model.clone()));
                let old = before.model(model).map(|old| old.ordering.as_slice());
                for entry in options.ordering.iter().chain(old.unwrap_or_default()) {
                    print.read(Thing::Field(model.clone(), ordered_by(entry).to_owned()));
                }
                print.write(match managed == Some(options.managed) {
                    true => Thing::Options(model.clone()),
                    false => Thing::Model(model.clone()),
                });
            }
            Operation::AlterPrimaryKey { model, fields } => {
                let old = before.model(model).map(|old| old.primary_key.as_slice());
                for field in fields.iter().chain(old.unwrap_or_default()) {
                    print.read(Thing::Field(model.clone(), field.clone()));
                }
                print.write(Thing::PrimaryKey(model.clone()));
            }
            Operation::AlterRowLevelSecurity { model, .. } => {
                print.tenant([before.model(model), after.model(model)]);
                print.write(Thing::RowLevelSecurity(model.clone()));
            }
            _ => print.of_need(operation, before, after),
        }
        print
    }

    /// The fields that the database keeps tenants apart by.
    fn tenant(&mut self, models: [Option<&ModelState>; 2]) {
        for model in models.into_iter().flatten() {
            self.read(Thing::Model(model.name.clone()));
            let tenant = model.row_level_security.iter();
            self.reads.extend(tenant.map(|name| Thing::Field(model.name.clone(), name.clone())));
        }
    }

    /// What models are built on.
    fn of_need(&mut self, operation: &Operation, before: &ProjectState, after: &ProjectState) {
        match operation {
            Operation::CreateSchema(name) | Operation::DropSchema(name) => {
                self.write(Thing::Schema(name.clone()));
            }
            Operation::CreateExtension(name) | Operation::DropExtension(name) => {
                self.write(Thing::Extension(name.clone()));
            }
            Operation::CreateEnum { .. }
            | Operation::DropEnum(_)
            | Operation::RenameEnum { .. }
            | Operation::AddEnumValue { .. }
            | Operation::RenameEnumValue { .. }
            | Operation::AlterEnum { .. } => self.write(Thing::Types),
            _ => self.of_field(operation, before, after),
        }
    }

    /// What two of them touch of which one writes it; nothing where they can change places.
    pub fn common(&self, other: &Footprint) -> BTreeSet<Thing> {
        let mut common = BTreeSet::new();
        for (one, other) in [(self, other), (other, self)] {
            for written in &one.writes {
                let touched = other.writes.iter().chain(&other.reads);
                common.extend(touched.filter(|thing| written.has(thing)).cloned());
                if other.writes.contains(&Thing::Everything) {
                    common.insert(Thing::Everything);
                }
            }
        }
        common
    }

    /// True where two cannot change places.
    pub fn conflicts(&self, other: &Footprint) -> bool {
        let clash = |one: &Footprint, other: &Footprint| {
            let touches = |written: &Thing| {
                other.writes.iter().chain(&other.reads).any(|thing| written.has(thing))
            };
            one.writes.iter().any(touches)
        };
        let is_barrier = |one: &Footprint| one.writes.contains(&Thing::Everything);
        is_barrier(self) || is_barrier(other) || clash(self, other) || clash(other, self)
    }

    /// What both of them touch.
    pub(crate) fn extend(&mut self, other: Footprint) {
        self.writes.extend(other.writes);
        self.reads.extend(other.reads);
    }

    fn write(&mut self, thing: Thing) {
        self.writes.insert(thing);
    }

    fn read(&mut self, thing: Thing) {
        self.reads.insert(thing);
    }

    /// A model that comes or goes.
    fn whole(&mut self, model: &ModelState, state: &ProjectState) {
        self.write(Thing::Model(model.name.clone()));
        self.tables(model);
        for field in &model.fields {
            self.refers(model, field, state);
        }
        let schema = || model.table.schema.clone();
        let indexes = model.indexes.iter().filter_map(|one| one.name.clone());
        let uniques = model.uniques.iter().filter_map(|one| one.name.clone());
        let named = indexes.chain(uniques).map(|name| Thing::Name(schema(), name));
        self.writes.extend(named);
    }

    fn tables(&mut self, model: &ModelState) {
        let between = model.fields.iter().filter_map(|field| match &field.kind {
            FieldKind::ManyToMany(relation) => match &relation.through {
                Through::Table { table, .. } => Some(table),
                Through::Model(_) => None,
            },
            _ => None,
        });
        for table in std::iter::once(&model.table).chain(between) {
            self.write(Thing::Table(table.clone()));
            self.reads.extend(table.schema.clone().map(Thing::Schema));
        }
    }

    /// A new name, and who names it.
    fn rename(
        &mut self,
        from: &ModelName,
        to: &ModelName,
        before: &ProjectState,
        after: &ProjectState,
    ) {
        for (name, state) in [(from, before), (to, after)] {
            if let Some(model) = state.model(name) {
                self.whole(model, state);
            }
        }
        for model in before.models.values() {
            let refers = |field: &&FieldState| referred(field).any(|name| name == from);
            for field in model.fields.iter().filter(refers) {
                self.write(Thing::Field(model.name.clone(), field.name.clone()));
            }
        }
    }

    fn of_field(&mut self, operation: &Operation, before: &ProjectState, after: &ProjectState) {
        let (model, fields) = match operation {
            Operation::AddField { model, field, .. } => {
                self.write(Thing::Order(model.clone(), "fields"));
                (model, [Some(&field.name), None])
            }
            Operation::AlterField { model, field, .. } => (model, [Some(&field.name), None]),
            Operation::RemoveField { model, name } => (model, [Some(name), None]),
            Operation::RenameField { model, from, to } => {
                self.follows(model, from, before);
                (model, [Some(from), Some(to)])
            }
            _ => return self.of_part(operation, before, after),
        };
        self.read(Thing::Model(model.clone()));
        for field in fields.into_iter().flatten() {
            self.write(Thing::Field(model.clone(), field.clone()));
            for state in [before, after] {
                let Some(model) = state.model(model) else { continue };
                if let Some(field) = model.field(field) {
                    self.refers(model, field, state);
                }
            }
        }
    }

    /// The keys that name a field which gets another name.
    fn follows(&mut self, model: &ModelName, from: &str, state: &ProjectState) {
        if state.model(model).is_some_and(|model| model.primary_key.iter().any(|name| name == from))
        {
            self.write(Thing::PrimaryKey(model.clone()));
        }
        for other in state.models.values() {
            let follows = |field: &&FieldState| {
                field
                    .key()
                    .is_some_and(|key| key.to == *model && key.to_field.as_deref() == Some(from))
            };
            for field in other.fields.iter().filter(follows) {
                self.write(Thing::Field(other.name.clone(), field.name.clone()));
            }
        }
    }

    /// What a field needs: the models and fields that it refers to, and the columns that it is made of.
    fn refers(&mut self, model: &ModelState, field: &FieldState, state: &ProjectState) {
        self.reads.extend(referred(field).cloned().map(Thing::Model));
        let sides = match &field.kind {
            FieldKind::Column { column_type, .. } => {
                if is_named(column_type) {
                    self.read(Thing::Types);
                }
                self.reads
                    .extend(column_type.extension().map(|it| Thing::Extension(it.to_owned())));
                [None, None]
            }
            FieldKind::Key(key) => match &key.to_field {
                Some(name) => {
                    self.read(Thing::Field(key.to.clone(), name.clone()));
                    [None, None]
                }
                None => [state.model(&key.to), None],
            },
            FieldKind::ManyToMany(relation) => [state.model(&relation.to), Some(model)],
        };
        for side in sides.into_iter().flatten() {
            self.read(Thing::PrimaryKey(side.name.clone()));
            let fields = side.primary_key.iter();
            self.reads.extend(fields.map(|name| Thing::Field(side.name.clone(), name.clone())));
        }
        if let Fill::Default(sql) | Fill::Generated(sql) = &field.fill {
            self.text(model, sql);
        }
    }

    /// The fields that an expression names.
    fn text(&mut self, model: &ModelState, sql: &RawSql) {
        let is_named =
            |field: &&FieldState| field.columns().iter().any(|column| names(sql.as_str(), column));
        let named = model.fields.iter().filter(is_named);
        self.reads.extend(named.map(|field| Thing::Field(model.name.clone(), field.name.clone())));
    }

    fn of_part(&mut self, operation: &Operation, before: &ProjectState, after: &ProjectState) {
        let (model, parts) = match operation {
            Operation::AddIndex { model, index, .. } => {
                self.write(Thing::Order(model.clone(), "indexes"));
                let name = after.model(model).and_then(|model| index_name(model, index));
                (model, [name, None])
            }
            Operation::AddConstraint { model, constraint, .. } => {
                self.write(Thing::Order(model.clone(), "constraints"));
                let name = after.model(model).and_then(|model| constraint_name(model, constraint));
                (model, [name, None])
            }
            Operation::RemoveIndex { model, name, .. }
            | Operation::RemoveConstraint { model, name }
            | Operation::AlterConstraint { model, name, .. }
            | Operation::ValidateConstraint { model, name } => (model, [Some(name.clone()), None]),
            Operation::RenameIndex { model, from, to }
            | Operation::RenameConstraint { model, from, to } => {
                (model, [Some(from.clone()), Some(to.clone())])
            }
            // Nobody knows what it does.
            _ => return self.write(Thing::Everything),
        };
        self.read(Thing::Model(model.clone()));
        for name in parts.into_iter().flatten() {
            for model in [before.model(model), after.model(model)].into_iter().flatten() {
                self.part(model, &name);
            }
            self.write(Thing::Part(model.clone(), name));
        }
    }

    /// What is in an index or a constraint of a name.
    fn part(&mut self, model: &ModelState, name: &str) {
        self.write(Thing::Name(model.table.schema.clone(), name.to_owned()));
        let indexes = model
            .indexes
            .iter()
            .filter(|one| index_name(model, one).as_deref() == Some(name))
            .map(|one| (&one.parts, &one.include, &one.condition));
        let uniques = model
            .uniques
            .iter()
            .filter(|one| unique_name(model, one).as_deref() == Some(name))
            .map(|one| (&one.parts, &one.include, &one.condition));
        let field = |name: &String| Thing::Field(model.name.clone(), name.clone());
        for (parts, include, condition) in indexes.chain(uniques) {
            self.reads.extend(include.iter().map(field));
            condition.iter().for_each(|sql| self.text(model, sql));
            for part in parts {
                self.index_part(model, part);
            }
        }
        let exclusions = model.exclusions.iter().filter(|one| exclude_name(model, one) == name);
        for exclude in exclusions {
            self.reads.extend(exclude.include.iter().map(field));
            exclude.condition.iter().for_each(|sql| self.text(model, sql));
            exclude.parts.iter().for_each(|(part, _)| self.index_part(model, part));
        }
        for check in model.checks.iter().filter(|one| check_name(model, one) == name) {
            self.text(model, &check.condition);
        }
    }

    fn index_part(&mut self, model: &ModelState, part: &PartState) {
        match &part.key {
            PartKey::Field(name) => self.read(Thing::Field(model.name.clone(), name.clone())),
            PartKey::Expression(sql) => self.text(model, sql),
        }
    }
}

/// True for what may be an enum.
fn is_named(column_type: &ColumnType) -> bool {
    match column_type {
        ColumnType::Named(_) => true,
        ColumnType::Array(item) => is_named(item),
        _ => false,
    }
}

/// The models that a field refers to.
pub(crate) fn referred(field: &FieldState) -> impl Iterator<Item = &ModelName> {
    let through = match &field.kind {
        FieldKind::ManyToMany(relation) => match &relation.through {
            Through::Model(model) => Some(model),
            Through::Table { .. } => None,
        },
        FieldKind::Column { .. } | FieldKind::Key(_) => None,
    };
    field.to().into_iter().chain(through)
}

/// The name of an index in the database.
pub(crate) fn index_name(model: &ModelState, index: &IndexState) -> Option<String> {
    index.made(model).ok().map(|index| index.name)
}

/// The name of a constraint in the database.
pub(crate) fn constraint_name(model: &ModelState, constraint: &ConstraintState) -> Option<String> {
    match constraint {
        ConstraintState::Unique(unique) => unique_name(model, unique),
        ConstraintState::Check(check) => Some(check_name(model, check)),
        ConstraintState::Exclude(exclude) => Some(exclude_name(model, exclude)),
    }
}
