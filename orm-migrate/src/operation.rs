//! What leads from one state of a project to the next.
//!
//! An operation changes the state, and says what cannot be seen in the two states: which model or field
//! has a new name, what old rows get. What happens to the database follows from the states, forwards
//! and backwards alike: see [`Operation::changes`].

mod apply;
mod check;
mod database;
mod describe;
pub(crate) mod enum_changes;
mod enums;
mod names;
mod rename;
pub(crate) mod safely;
mod separate;
mod together;

pub(crate) use apply::{check_name, exclude_name, unique_name};
pub use database::project;
pub(crate) use rename::ordered_by;
pub use safely::{Stage, Work, safely, stages};
pub(crate) use safely::{is_checked, is_volatile};
pub use together::are_atomic;

use orm_core::tables::state::{
    CheckState, ExcludeState, FieldState, IndexState, ModelName, ModelState, UniqueState,
    ViewState, ViolationState,
};
use orm_sql::ident::RawSql;
use orm_sql::schema::{Collation, Storage, TableName};
use std::fmt;

/// A change of the models, and what it does to the database.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Operation {
    /// An operation on fields, indexes or constraints in steps that do not hold up who uses the table: see
    /// [`stages`]. The migration is no transaction then; a run that was cut off goes on, or goes back,
    /// from the step that it had reached.
    Safely(Box<Operation>),
    /// A model, and its table.
    CreateModel(Box<ModelState>),
    /// A model goes, and its table with all rows.
    DeleteModel(ModelName),
    /// A model is called otherwise from now on, or belongs to another app.
    RenameModel {
        /// As it was called.
        from: ModelName,
        /// As it is called.
        to: ModelName,
        /// The new name of its table; `None` where that stays.
        table: Option<TableName>,
    },
    /// The table of a model is called otherwise.
    AlterTable {
        /// The model.
        model: ModelName,
        /// The table.
        table: TableName,
    },
    /// What a model says of itself as a whole.
    AlterOptions {
        /// The model.
        model: ModelName,
        /// What it says now.
        options: Options,
    },
    /// The database itself keeps the rows of tenants apart, or does so no more.
    AlterRowLevelSecurity {
        /// The model.
        model: ModelName,
        /// The field that says to which tenant a row belongs; `None`: all rows are seen.
        tenant: Option<String>,
    },
    /// A model has another primary key.
    AlterPrimaryKey {
        /// The model.
        model: ModelName,
        /// The fields of the key.
        fields: Vec<String>,
    },
    /// A field, and its column.
    AddField {
        /// The model.
        model: ModelName,
        /// The field.
        field: Box<FieldState>,
        /// What rows get that are there already, once.
        fill: Option<RawSql>,
    },
    /// A field goes, and its column with all values.
    RemoveField {
        /// The model.
        model: ModelName,
        /// The field.
        name: String,
    },
    /// A field becomes another: its type, whether it may be NULL, its default.
    AlterField {
        /// The model.
        model: ModelName,
        /// The field as it is from now on; its name stays.
        field: Box<FieldState>,
        /// What rows get, once, that have nothing where something is asked for from now on.
        fill: Option<RawSql>,
        /// How values become those of another type, where that is not a cast.
        using: Option<RawSql>,
    },
    /// A field is called otherwise.
    RenameField {
        /// The model.
        model: ModelName,
        /// As it was called.
        from: String,
        /// As it is called.
        to: String,
    },
    /// An index.
    AddIndex {
        /// The model.
        model: ModelName,
        /// The index.
        index: Box<IndexState>,
        /// Writers are not locked out meanwhile. The migration is no transaction then.
        concurrently: bool,
    },
    /// An index goes.
    RemoveIndex {
        /// The model.
        model: ModelName,
        /// The name.
        name: String,
        /// Nobody is locked out meanwhile. The migration is no transaction then.
        concurrently: bool,
    },
    /// An index is called otherwise.
    RenameIndex {
        /// The model.
        model: ModelName,
        /// As it was called.
        from: String,
        /// As it is called.
        to: String,
    },
    /// A constraint.
    AddConstraint {
        /// The model.
        model: ModelName,
        /// The constraint.
        constraint: Box<ConstraintState>,
        /// The rows that are there are not looked at.
        not_valid: bool,
    },
    /// What is said where a constraint is violated. The database knows nothing of it.
    AlterConstraint {
        /// The model.
        model: ModelName,
        /// The name.
        name: String,
        /// What is said from now on.
        violation: ViolationState,
    },
    /// A constraint goes.
    RemoveConstraint {
        /// The model.
        model: ModelName,
        /// The name.
        name: String,
    },
    /// A constraint is called otherwise.
    RenameConstraint {
        /// The model.
        model: ModelName,
        /// As it was called.
        from: String,
        /// As it is called.
        to: String,
    },
    /// A constraint that did not look at the rows that were there does so now.
    ValidateConstraint {
        /// The model.
        model: ModelName,
        /// The name.
        name: String,
    },
    /// The query of a view becomes another one; `None`: the view goes, and its model stays.
    AlterView {
        /// The model.
        model: ModelName,
        /// The view as it is from now on.
        view: Option<Box<ViewState>>,
    },
    /// SQL of one's own. The models know nothing of it.
    RunSql {
        /// The statements.
        sql: RawSql,
        /// Those that undo it, empty where there is nothing to do; `None` where it cannot be undone.
        reverse: Option<RawSql>,
        /// Where they stand, if not in the migration itself.
        files: SqlFiles,
    },
    /// Operations on the database that the models know nothing of, and operations on the models that
    /// the database knows nothing of.
    SeparateDatabaseAndState {
        /// What happens to the database, from the state that there is.
        database: Vec<Operation>,
        /// What happens to the state.
        state: Vec<Operation>,
    },
    /// An enum type of the database.
    CreateEnum {
        /// Its name.
        name: TableName,
        /// Its values, in order.
        values: Vec<String>,
    },
    /// An enum type goes, which no field has.
    DropEnum(TableName),
    /// An enum type is called otherwise.
    RenameEnum {
        /// As it was called.
        from: TableName,
        /// As it is called.
        to: TableName,
    },
    /// An enum type gets another value. What uses the value comes in another transaction.
    AddEnumValue {
        /// The type.
        name: TableName,
        /// The value.
        value: String,
        /// Where it stands.
        place: ValuePlace,
    },
    /// A value of an enum type is called otherwise.
    RenameEnumValue {
        /// The type.
        name: TableName,
        /// As it was called.
        from: String,
        /// As it is called.
        to: String,
    },
    /// An enum type loses values, or has them in another order: it is made anew, and so are the
    /// columns that have it.
    AlterEnum {
        /// The type.
        name: TableName,
        /// Its values from now on.
        values: Vec<String>,
        /// What rows get that have a value which goes. Without it, such rows are an error before
        /// anything happens.
        replace: Vec<(String, String)>,
    },
    /// A collation of the database.
    CreateCollation {
        /// Its name.
        name: TableName,
        /// What it is.
        collation: Collation,
    },
    /// A collation goes.
    DropCollation(TableName),
    /// A function of the program's: a data migration. The models know nothing of it.
    RunRust {
        /// The name that it is registered under.
        function: String,
        /// That of the function that undoes it, empty where there is nothing to do; `None` where it cannot
        /// be undone.
        reverse: Option<String>,
        /// False where it is no transaction: its batches are one each. Nor is the migration then.
        atomic: bool,
    },
    /// A schema of the database.
    CreateSchema(String),
    /// A schema goes, which must be empty.
    DropSchema(String),
    /// An extension of the server.
    CreateExtension(String),
    /// An extension goes.
    DropExtension(String),
}

/// The files of SQL that stands outside of its migration: paths from the folder of the app. What they
/// say is what the operation is known by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SqlFiles {
    /// That of the statements.
    pub sql: Option<String>,
    /// That of those that undo them.
    pub reverse: Option<String>,
}

/// Where a value of an enum type stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ValuePlace {
    /// After all others.
    #[default]
    Last,
    /// Before this one.
    Before(String),
    /// After this one.
    After(String),
}

/// What a model says of itself as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// False for a table that is somebody else's.
    pub managed: bool,
    /// The default ordering.
    pub ordering: Vec<String>,
    /// A comment for people.
    pub comment: Option<String>,
    /// Storage parameters of the table.
    pub storage: Storage,
    /// The tablespace of the table, where it is not the default one.
    pub tablespace: Option<String>,
    /// What happens to rows that refer to a deleted one is done by the library.
    pub on_delete_in_library: bool,
    /// The name of the primary key; `None` for a made one.
    pub primary_key_name: Option<String>,
}

impl Options {
    /// The options of a model.
    pub fn of(model: &ModelState) -> Options {
        Options {
            managed: model.managed,
            ordering: model.ordering.clone(),
            comment: model.comment.clone(),
            storage: model.storage.clone(),
            tablespace: model.tablespace.clone(),
            on_delete_in_library: model.on_delete_in_library,
            primary_key_name: model.primary_key_name.clone(),
        }
    }
}

/// A constraint of a model.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ConstraintState {
    /// What no two rows share.
    Unique(UniqueState),
    /// What each row must be like.
    Check(CheckState),
    /// What no two rows have that compare in some way.
    Exclude(ExcludeState),
}

impl ConstraintState {
    /// The name that was given.
    pub fn name(&self) -> Option<&str> {
        match self {
            ConstraintState::Unique(one) => one.name.as_deref(),
            ConstraintState::Check(one) => one.name.as_deref(),
            ConstraintState::Exclude(one) => one.name.as_deref(),
        }
    }
}

/// An operation does not fit the state: why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit(pub String);

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misfit {}

impl From<orm_sql::Error> for Misfit {
    fn from(error: orm_sql::Error) -> Self {
        Misfit(error.to_string())
    }
}

/// What has a new name in an operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Renamed {
    /// A model: as it was called, and as it is.
    pub model: Option<(ModelName, ModelName)>,
    /// A field: its model, as it was called, and as it is.
    pub field: Option<(ModelName, String, String)>,
    /// An enum type: as it was called, and as it is.
    pub enum_type: Option<(TableName, TableName)>,
    /// A value of an enum type: the type, the value as it was called, and as it is.
    pub value: Option<(TableName, String, String)>,
}

impl Renamed {
    /// The way back.
    fn inverted(self) -> Renamed {
        Renamed {
            model: self.model.map(|(from, to)| (to, from)),
            field: self.field.map(|(model, from, to)| (model, to, from)),
            enum_type: self.enum_type.map(|(from, to)| (to, from)),
            value: self.value.map(|(name, from, to)| (name, to, from)),
        }
    }
}

impl Operation {
    /// The app whose migration it belongs to; none for what belongs to no model.
    pub fn app(&self) -> Option<&str> {
        Some(&self.model()?.app)
    }

    /// The model that it is about, by its name before it.
    pub fn model(&self) -> Option<&ModelName> {
        Some(match self {
            Operation::Safely(inner) => return inner.model(),
            Operation::CreateModel(model) => &model.name,
            Operation::DeleteModel(model)
            | Operation::RenameModel { from: model, .. }
            | Operation::AlterTable { model, .. }
            | Operation::AlterOptions { model, .. }
            | Operation::AlterRowLevelSecurity { model, .. }
            | Operation::AlterPrimaryKey { model, .. }
            | Operation::AddField { model, .. }
            | Operation::RemoveField { model, .. }
            | Operation::AlterField { model, .. }
            | Operation::RenameField { model, .. }
            | Operation::AddIndex { model, .. }
            | Operation::RemoveIndex { model, .. }
            | Operation::RenameIndex { model, .. }
            | Operation::AddConstraint { model, .. }
            | Operation::AlterConstraint { model, .. }
            | Operation::RemoveConstraint { model, .. }
            | Operation::RenameConstraint { model, .. }
            | Operation::ValidateConstraint { model, .. }
            | Operation::AlterView { model, .. } => model,
            Operation::SeparateDatabaseAndState { database, state } => {
                return state.iter().chain(database).find_map(Operation::model);
            }
            Operation::RunSql { .. }
            | Operation::CreateCollation { .. }
            | Operation::DropCollation(_)
            | Operation::RunRust { .. }
            | Operation::CreateEnum { .. }
            | Operation::DropEnum(_)
            | Operation::RenameEnum { .. }
            | Operation::AddEnumValue { .. }
            | Operation::RenameEnumValue { .. }
            | Operation::AlterEnum { .. }
            | Operation::CreateSchema(_)
            | Operation::DropSchema(_)
            | Operation::CreateExtension(_)
            | Operation::DropExtension(_) => return None,
        })
    }

    /// What has a new name.
    pub fn renamed(&self) -> Renamed {
        let mut renamed = Renamed::default();
        match self {
            Operation::RenameModel { from, to, .. } => {
                renamed.model = Some((from.clone(), to.clone()));
            }
            Operation::RenameField { model, from, to } => {
                renamed.field = Some((model.clone(), from.clone(), to.clone()));
            }
            Operation::RenameEnum { from, to } => {
                renamed.enum_type = Some((from.clone(), to.clone()));
            }
            Operation::RenameEnumValue { name, from, to } => {
                renamed.value = Some((name.clone(), from.clone(), to.clone()));
            }
            _ => {}
        }
        renamed
    }

    /// What happens to the state: the operation itself, unless it says otherwise.
    pub fn state_operations(&self) -> &[Operation] {
        match self {
            Operation::SeparateDatabaseAndState { state, .. } => state,
            other => std::slice::from_ref(other.plain()),
        }
    }

    /// What happens to the database: the operation itself, unless it says otherwise.
    pub fn database_operations(&self) -> &[Operation] {
        match self {
            Operation::SeparateDatabaseAndState { database, .. } => database,
            other => std::slice::from_ref(other),
        }
    }

    /// True for what stands in no transaction, and can be gone back from wherever it was cut off.
    pub(crate) fn is_undone_half_way(&self) -> bool {
        matches!(
            self,
            Operation::Safely(_)
                | Operation::AddIndex { concurrently: true, .. }
                | Operation::RemoveIndex { concurrently: true, .. }
        )
    }

    /// False for what cannot stand in a transaction.
    pub fn is_atomic(&self) -> bool {
        match self {
            Operation::AddIndex { concurrently, .. }
            | Operation::RemoveIndex { concurrently, .. } => !concurrently,
            Operation::Safely(_) => false,
            Operation::SeparateDatabaseAndState { database, .. } => are_atomic(database),
            Operation::RunRust { atomic, .. } => *atomic,
            _ => true,
        }
    }
}
