//! A model's table, from the model as a plain value.

use super::constraints;
use super::state::{FieldKind, FieldState, KeyState, ModelState};
use orm_sql::error::{Error, Result};
use orm_sql::ident::Ident;
use orm_sql::schema::{
    Action, Column, ColumnType, Constraint, ConstraintKind, ForeignKey, RawSql, RowLevelSecurity,
    Table, TableName, Unique, names,
};

/// What the keys of a model refer to.
pub trait Targets {
    /// The table and the columns that a key refers to.
    ///
    /// # Errors
    ///
    /// When there is no such model.
    fn target(&self, model: &ModelState, field: &FieldState, key: &KeyState) -> Result<Target>;
}

/// What a key refers to.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The table.
    pub table: TableName,
    /// The columns; none where the model has no such field.
    pub columns: Vec<TargetColumn>,
    /// No two rows have the same values in these columns, as far as is known.
    pub unique: bool,
}

/// A column that a key refers to.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetColumn {
    /// Its name.
    pub name: String,
    /// Its type, which the key has as well.
    pub column_type: ColumnType,
    /// Its collation, which the key has as well.
    pub collation: Option<String>,
}

impl ModelState {
    /// The table. Those of many-to-many fields are tables of their own.
    ///
    /// Names that the model does not give are those that Django makes; those of unique and
    /// primary keys do not depend on when they were added to the model. There is no second index
    /// with `varchar_pattern_ops` on unique or indexed text, unlike in Django.
    ///
    /// # Errors
    ///
    /// When an index or a constraint names a field that there is not, or a key refers to what
    /// cannot be referred to.
    pub fn table(&self, targets: &dyn Targets) -> Result<Table> {
        let mut table = Table {
            name: self.table.clone(),
            columns: Vec::with_capacity(self.fields.len()),
            constraints: Vec::new(),
            indexes: Vec::new(),
            comment: self.comment.clone(),
            storage: self.storage.clone(),
            tablespace: self.tablespace.clone(),
            row_level_security: None,
        };
        table.constraints.extend(primary_key(self));
        for field in &self.fields {
            let key = match &field.kind {
                FieldKind::Column { column, column_type } => {
                    let collation = field.collation.clone();
                    table.columns.push(own_column(field, column, column_type.clone(), collation));
                    None
                }
                FieldKind::Key(key) => {
                    let target = targets.target(self, field, key)?;
                    add_key_columns(self, field, key, &target, &mut table)?;
                    foreign_key(self, field, key, target)?
                }
                FieldKind::ManyToMany(_) => continue,
            };
            table.constraints.extend(unique(self, field));
            table.constraints.extend(positive(self, field));
            table.constraints.extend(key);
        }
        constraints::add(self, &mut table)?;
        table.row_level_security = self.secured(&table);
        Ok(table)
    }

    /// The row level security of the table, by the column of the tenant.
    fn secured(&self, table: &Table) -> Option<RowLevelSecurity> {
        let [name] = self.columns_of(self.row_level_security.as_ref()?) else { return None };
        Some(RowLevelSecurity::of(name, &table.column(name)?.column_type))
    }
}

fn own_column(
    field: &FieldState,
    name: &str,
    column_type: ColumnType,
    collation: Option<String>,
) -> Column {
    Column {
        name: name.to_owned(),
        column_type,
        null: field.null,
        fill: field.fill.clone(),
        collation,
        comment: field.comment.clone(),
    }
}

fn add_key_columns(
    model: &ModelState,
    field: &FieldState,
    key: &KeyState,
    target: &Target,
    table: &mut Table,
) -> Result<()> {
    if key.columns.is_empty() || key.columns.len() != target.columns.len() {
        return Err(no_target(model, field, key));
    }
    for (name, target) in key.columns.iter().zip(&target.columns) {
        let collation = field.collation.clone().or_else(|| target.collation.clone());
        let column_type = field.key_type.as_ref().unwrap_or(&target.column_type);
        table.columns.push(own_column(field, name, column_type.clone(), collation));
    }
    Ok(())
}

fn primary_key(model: &ModelState) -> Option<Constraint> {
    let columns: Vec<String> = model.key_columns().into_iter().map(str::to_owned).collect();
    (!columns.is_empty()).then(|| Constraint {
        name: (model.primary_key_name.clone())
            .unwrap_or_else(|| names::primary_key(&model.table.name)),
        kind: ConstraintKind::PrimaryKey { columns },
    })
}

/// True where no two rows may have the same value, all columns of a primary key aside.
pub(super) fn is_unique(model: &ModelState, field: &FieldState) -> bool {
    let one_to_one = field.key().is_some_and(|key| key.one_to_one);
    (field.unique || one_to_one) && !model.is_primary_key(field)
}

fn unique(model: &ModelState, field: &FieldState) -> Option<Constraint> {
    let columns: Vec<&str> = field.columns().iter().map(String::as_str).collect();
    let is_constraint = is_unique(model, field) && field.names.unique_index.is_none();
    is_constraint.then(|| Constraint {
        name: (field.names.unique.clone())
            .unwrap_or_else(|| names::constraint(&model.table.name, &columns, &[], "_uniq")),
        kind: ConstraintKind::Unique(Unique {
            columns: field.columns().to_vec(),
            include: Vec::new(),
            nulls_distinct: true,
            deferrable: None,
        }),
    })
}

fn positive(model: &ModelState, field: &FieldState) -> Option<Constraint> {
    let column = field.columns().first().filter(|_| field.positive)?;
    let condition = RawSql::new(format!("{} >= 0", Ident::new(column)));
    let name = names::positive(&model.table.name, column);
    Some(Constraint { name, kind: ConstraintKind::Check { condition } })
}

fn foreign_key(
    model: &ModelState,
    field: &FieldState,
    key: &KeyState,
    target: Target,
) -> Result<Option<Constraint>> {
    if !key.db_constraint {
        return Ok(None);
    }
    if let Some(name) = &key.to_field
        && !target.unique
    {
        return Err(Error::usage(format!(
            "`{}` of `{}` refers to `{name}` of `{}`, which is not unique, so that it may mean \
             several rows: make that `#[field(unique)]`, or refer to the primary key",
            field.name, model.name.name, key.to.name
        )));
    }
    let columns: Vec<&str> = key.columns.iter().map(String::as_str).collect();
    let to_columns: Vec<String> = target.columns.into_iter().map(|column| column.name).collect();
    let to: Vec<&str> = to_columns.iter().map(String::as_str).collect();
    Ok(Some(Constraint {
        name: field.names.constraint.clone().unwrap_or_else(|| {
            names::foreign_key(&model.table.name, &columns, &target.table.name, &to)
        }),
        kind: ConstraintKind::ForeignKey(ForeignKey {
            columns: key.columns.clone(),
            to_columns,
            to: target.table,
            on_delete: match model.on_delete_in_library {
                true => Action::NoAction,
                false => key.on_delete.action(),
            },
            deferrable: key.deferrable,
        }),
    }))
}

fn no_target(model: &ModelState, field: &FieldState, key: &KeyState) -> Error {
    let (name, model, to) = (&field.name, &model.name.name, &key.to.name);
    Error::usage(match &key.to_field {
        Some(field) => {
            format!("`{name}` of `{model}` refers to `{to}`, which has no field `{field}`")
        }
        None => format!(
            "`{name}` of `{model}` has other columns than the primary key of `{to}`, which it \
             refers to"
        ),
    })
}
