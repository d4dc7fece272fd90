//! Unique constraints, indexes, checks and exclusion constraints as plain values.

use orm_sql::schema::{Deferrable, RawSql, Storage};

/// A part of an index or a constraint.
#[derive(Clone, Debug, PartialEq)]
pub struct PartState {
    /// What it is.
    pub key: PartKey,
    /// The collation, where it is not that of the column.
    pub collation: Option<String>,
    /// Descending.
    pub desc: bool,
    /// NULL comes first or last, where that is not the rule: first of what is descending, last of what
    /// is ascending.
    pub nulls_first: Option<bool>,
    /// The operator class, where it is not the default one of the type.
    pub operator_class: Option<String>,
}

/// What a part of an index or a constraint is.
#[derive(Clone, Debug, PartialEq)]
pub enum PartKey {
    /// A field, by its name.
    Field(String),
    /// An expression.
    Expression(RawSql),
}

impl PartState {
    /// A field, ascending.
    ///
    /// ```
    /// use orm_core::tables::state::PartState;
    ///
    /// assert_eq!(PartState::field("pages").name(), Some("pages"));
    /// ```
    pub fn field(name: impl Into<String>) -> PartState {
        PartState::new(PartKey::Field(name.into()))
    }

    /// A field or an expression, ascending.
    pub fn new(key: PartKey) -> PartState {
        PartState { key, collation: None, desc: false, nulls_first: None, operator_class: None }
    }

    /// The field that it is.
    pub fn name(&self) -> Option<&str> {
        match &self.key {
            PartKey::Field(name) => Some(name),
            PartKey::Expression(_) => None,
        }
    }

    /// The same, to be changed.
    pub fn name_mut(&mut self) -> Option<&mut String> {
        match &mut self.key {
            PartKey::Field(name) => Some(name),
            PartKey::Expression(_) => None,
        }
    }

    /// The expression that it is.
    pub fn expression(&self) -> Option<&RawSql> {
        match &self.key {
            PartKey::Field(_) => None,
            PartKey::Expression(sql) => Some(sql),
        }
    }

    /// The same, to be changed.
    pub fn expression_mut(&mut self) -> Option<&mut RawSql> {
        match &mut self.key {
            PartKey::Field(_) => None,
            PartKey::Expression(sql) => Some(sql),
        }
    }

    /// True where nothing is said but the field and its direction.
    pub fn is_plain(&self) -> bool {
        let PartState { key, collation, desc: _, nulls_first, operator_class } = self;
        matches!(key, PartKey::Field(_))
            && collation.is_none()
            && nulls_first.is_none()
            && operator_class.is_none()
    }
}

/// What validation says where a constraint is violated. The database knows nothing of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ViolationState {
    /// The message.
    pub message: Option<String>,
    /// The code.
    pub code: Option<String>,
}

/// A unique constraint.
#[derive(Clone, Debug, PartialEq)]
pub struct UniqueState {
    /// Its name; `None` for one that is made up.
    pub name: Option<String>,
    /// What is unique, together.
    pub parts: Vec<PartState>,
    /// Among the rows where this holds.
    pub condition: Option<RawSql>,
    /// False: two NULLs are the same.
    pub nulls_distinct: bool,
    /// Fields carried along in its index.
    pub include: Vec<String>,
    /// When it is checked, if not at once.
    pub deferrable: Option<Deferrable>,
    /// A unique index, even where it could be a constraint.
    pub as_index: bool,
    /// What is said where it is violated.
    pub violation: ViolationState,
}

impl UniqueState {
    /// A unique constraint over these, and nothing else.
    pub fn new(parts: Vec<PartState>) -> UniqueState {
        UniqueState {
            name: None,
            parts,
            condition: None,
            nulls_distinct: true,
            include: Vec::new(),
            deferrable: None,
            as_index: false,
            violation: ViolationState::default(),
        }
    }
}

/// An index.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexState {
    /// Its name; `None` for one that is made up.
    pub name: Option<String>,
    /// What is indexed.
    pub parts: Vec<PartState>,
    /// `btree`, `gin`, …
    pub method: String,
    /// Only rows where this holds.
    pub condition: Option<RawSql>,
    /// Fields carried along.
    pub include: Vec<String>,
    /// Storage parameters: `fillfactor`, …
    pub storage: Storage,
    /// The tablespace, where it is not the default one.
    pub tablespace: Option<String>,
}

impl IndexState {
    /// A plain index over these.
    pub fn new(parts: Vec<PartState>) -> IndexState {
        IndexState {
            name: None,
            parts,
            method: "btree".to_owned(),
            condition: None,
            include: Vec::new(),
            storage: Storage::new(),
            tablespace: None,
        }
    }
}

/// A check.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckState {
    /// Its name; `None` for one that is made up.
    pub name: Option<String>,
    /// What holds for each row.
    pub condition: RawSql,
    /// What is said where it is violated.
    pub violation: ViolationState,
}

/// An exclusion constraint: no two rows have parts that compare like this, all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct ExcludeState {
    /// Its name; `None` for one that is made up.
    pub name: Option<String>,
    /// What is compared, and the operator for each.
    pub parts: Vec<(PartState, String)>,
    /// The method of its index: `gist`, …
    pub method: String,
    /// Among the rows where this holds.
    pub condition: Option<RawSql>,
    /// Fields carried along in its index.
    pub include: Vec<String>,
    /// When it is checked, if not at once.
    pub deferrable: Option<Deferrable>,
    /// What is said where it is violated.
    pub violation: ViolationState,
}
