//! Fields as plain values.

use super::ModelName;
use orm_sql::schema::{Action, ColumnType, Deferrable, Fill, TableName};

/// A field at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldState {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// NULL is allowed.
    pub null: bool,
    /// No two rows have the same value.
    pub unique: bool,
    /// It has an index of its own, as foreign keys have anyhow.
    pub db_index: bool,
    /// A check refuses what is below zero.
    pub positive: bool,
    /// What fills the column where an INSERT does not.
    pub fill: Fill,
    /// Names of what the database keeps for it, where they are not the made ones.
    pub names: PartNames,
    /// A key without an index.
    pub no_index: bool,
    /// The type of a key's column, where it is not that of the column which the key refers to.
    pub key_type: Option<ColumnType>,
    /// A collation of its own.
    pub collation: Option<String>,
    /// A comment for people.
    pub comment: Option<String>,
    /// The values it may have, with their labels. The database knows nothing of them.
    pub choices: Vec<(String, String)>,
}

impl FieldState {
    /// A field that is NOT NULL, and nothing else.
    ///
    /// ```
    /// use orm_core::tables::state::{FieldKind, FieldState};
    /// use orm_sql::schema::ColumnType;
    ///
    /// let title = FieldState::column("title", ColumnType::Varchar(200));
    /// assert_eq!(title.columns(), ["title"]);
    /// ```
    pub fn column(name: impl Into<String>, column_type: ColumnType) -> Self {
        let name = name.into();
        FieldState::new(name.clone(), FieldKind::Column { column: name, column_type })
    }

    /// A field that is NOT NULL, of some kind.
    pub fn new(name: impl Into<String>, kind: FieldKind) -> Self {
        FieldState {
            name: name.into(),
            kind,
            null: false,
            unique: false,
            db_index: false,
            positive: false,
            fill: Fill::Nothing,
            names: PartNames::default(),
            no_index: false,
            key_type: None,
            collation: None,
            comment: None,
            choices: Vec::new(),
        }
    }

    /// Its columns: several for a key of several columns, none for a many-to-many field.
    pub fn columns(&self) -> &[String] {
        match &self.kind {
            FieldKind::Column { column, .. } => std::slice::from_ref(column),
            FieldKind::Key(key) => &key.columns,
            FieldKind::ManyToMany(_) => &[],
        }
    }

    /// The type of the database's own that it has, or that its items have. A key has the type of what
    /// it refers to.
    pub fn own_type(&self) -> Option<TableName> {
        match &self.kind {
            FieldKind::Column { column_type, .. } => column_type.own_type(),
            FieldKind::Key(_) | FieldKind::ManyToMany(_) => None,
        }
    }

    /// The key that it is.
    pub fn key(&self) -> Option<&KeyState> {
        match &self.kind {
            FieldKind::Key(key) => Some(key),
            FieldKind::Column { .. } | FieldKind::ManyToMany(_) => None,
        }
    }

    /// The model that it refers to.
    pub fn to(&self) -> Option<&ModelName> {
        match &self.kind {
            FieldKind::Column { .. } => None,
            FieldKind::Key(key) => Some(&key.to),
            FieldKind::ManyToMany(relation) => Some(&relation.to),
        }
    }
}

/// Names of what the database keeps for a field, where they are not the made ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartNames {
    /// Of the unique constraint.
    pub unique: Option<String>,
    /// Of the unique index that there is in place of a constraint.
    pub unique_index: Option<String>,
    /// Of the index.
    pub index: Option<String>,
    /// Of the foreign key.
    pub constraint: Option<String>,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldKind {
    /// A value.
    Column {
        /// Its column.
        column: String,
        /// The type, with its length or precision.
        column_type: ColumnType,
    },
    /// The key of a row of another model. Its type is that of the column it refers to.
    Key(KeyState),
    /// Rows of another model, through a table between the two.
    ManyToMany(ManyToManyState),
}

/// A foreign key or a one-to-one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyState {
    /// Its columns, in the order of those it refers to.
    pub columns: Vec<String>,
    /// The model it refers to.
    pub to: ModelName,
    /// The field there; `None` for the primary key.
    pub to_field: Option<String>,
    /// No two rows refer to the same one.
    pub one_to_one: bool,
    /// What becomes of this row when the other is deleted.
    pub on_delete: OnDeleteState,
    /// The server knows of it: there is a constraint.
    pub db_constraint: bool,
    /// When that constraint is checked, if not at once.
    pub deferrable: Option<Deferrable>,
}

/// A many-to-many field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManyToManyState {
    /// The model it refers to.
    pub to: ModelName,
    /// The model between, where there is one; otherwise the table between is made by the field.
    pub through: Through,
}

/// What stands between the two sides of a many-to-many field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Through {
    /// A model.
    Model(ModelName),
    /// A table that exists for the field alone.
    Table {
        /// Its name.
        table: TableName,
        /// The name of the key to the model that has the field, and of that to the other one.
        sides: [String; 2],
        /// The server knows of its keys.
        db_constraint: bool,
    },
}

/// What becomes of a row when the one it refers to is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum OnDeleteState {
    #[default]
    Cascade,
    /// The library follows it: the row extends one of another model, which goes with it.
    CascadeInLibrary,
    Protect,
    Restrict,
    SetNull,
    SetDefault,
    /// A value that Rust calculates, or a default that it does.
    Set,
    DoNothing,
}

impl OnDeleteState {
    /// What the server does for it.
    ///
    /// `Protect` is RESTRICT, which no `deferrable` puts off. `Restrict` is NO ACTION: rows that a
    /// cascade of the same statement takes first are no hindrance, as in Django, and for a
    /// `deferrable` key in whatever order they go. What only Rust knows is left to the library; NO
    /// ACTION refuses what slips past it.
    ///
    /// ```
    /// use orm_core::tables::state::OnDeleteState;
    /// use orm_sql::schema::Action;
    ///
    /// assert_eq!(OnDeleteState::Cascade.action(), Action::Cascade);
    /// assert_eq!(OnDeleteState::DoNothing.action(), Action::NoAction);
    /// ```
    pub fn action(self) -> Action {
        match self {
            OnDeleteState::Cascade => Action::Cascade,
            OnDeleteState::Protect => Action::Restrict,
            OnDeleteState::SetNull => Action::SetNull,
            OnDeleteState::SetDefault => Action::SetDefault,
            OnDeleteState::CascadeInLibrary
            | OnDeleteState::Restrict
            | OnDeleteState::Set
            | OnDeleteState::DoNothing => Action::NoAction,
        }
    }
}
