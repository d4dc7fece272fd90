//! Models of today as plain values, from their metadata.

use super::state::{
    CheckState, ExcludeState, FieldKind, FieldState, IndexState, KeyState, ManyToManyState,
    ModelName, ModelState, OnDeleteState, PartKey, PartNames, PartState, Through, UniqueState,
    ViolationState,
};
use super::table::{Target, TargetColumn, Targets};
use crate::ir::{
    self, CheckMeta, Default, ExcludeMeta, FieldMeta, IndexMeta, IndexPart, ModelMeta, Node,
    OnDelete, OrderNode, Relation, RelationKind, UniqueMeta, Violation,
};
use crate::query::table_expr;
use orm_sql::ast::NullsOrder;
use orm_sql::error::{Error, Result};
use orm_sql::schema::{ColumnType, Fill, RawSql, Storage, TableName};

/// The name of a model's table.
pub fn name_of(model: &ModelMeta) -> TableName {
    TableName { schema: model.schema.map(str::to_owned), name: model.table.to_owned() }
}

fn model_name(model: &ModelMeta) -> ModelName {
    ModelName::new(model.app, model.name)
}

/// A model as a plain value.
///
/// ```
/// use orm_core::ir::{FieldMeta, ModelMeta};
/// use orm_core::tables::state_of;
///
/// static TAG: ModelMeta =
///     ModelMeta::new("Tag", "library", "library_tag", &[FieldMeta::auto_key("id")], &[0]);
/// assert_eq!(state_of(&TAG)?.primary_key, ["id"]);
/// # Ok::<(), orm_sql::Error>(())
/// ```
///
/// # Errors
///
/// When an expression of the model cannot stand in its table.
pub fn state_of(model: &'static ModelMeta) -> Result<ModelState> {
    let columns = model.own_fields().iter().filter(|field| !is_later_column(field));
    let mut fields = columns.map(|field| field_state(model, field)).collect::<Result<Vec<_>>>()?;
    fields.extend(model.many_to_many.iter().filter_map(|relation| many_to_many(relation)));
    let keys = model.primary_key.iter().filter_map(|place| model.fields.get(*place));
    let mut primary_key: Vec<String> = keys.map(|field| field.name.to_owned()).collect();
    primary_key.dedup();
    Ok(ModelState {
        fields,
        primary_key,
        primary_key_name: model.primary_key_name.map(str::to_owned),
        uniques: model.uniques.iter().map(|one| unique(model, one)).collect::<Result<_>>()?,
        indexes: model.indexes.iter().map(|one| index(model, one)).collect::<Result<_>>()?,
        checks: model.checks.iter().map(|one| check(model, one)).collect::<Result<_>>()?,
        exclusions: model
            .exclusions
            .iter()
            .map(|one| exclude(model, one))
            .collect::<Result<_>>()?,
        storage: storage(model.storage),
        tablespace: model.tablespace.map(str::to_owned),
        row_level_security: row_level_security(model),
        managed: model.managed && model.view.is_none(),
        view: super::view::state_of(model)?,
        ordering: ordering(model),
        comment: model.comment.map(str::to_owned),
        on_delete_in_library: model.on_delete_in_library,
        table: name_of(model),
        name: model_name(model),
    })
}

/// The field that the database asks for by itself.
fn row_level_security(model: &ModelMeta) -> Option<String> {
    let (_, field) = model.tenant_field().filter(|_| model.row_level_security)?;
    Some(field.name.to_owned())
}

/// The default ordering as names. What is no path stands as SQL; where that takes more than the table,
/// nothing can be said of it.
fn ordering(model: &'static ModelMeta) -> Vec<String> {
    let text = |OrderNode { node, desc, nulls, sql_type: _ }: OrderNode| {
        let of = |path: &ir::PathBuf, last: Option<&str>| {
            let steps = path.steps.iter().filter_map(|step| step.accessor().name).chain(last);
            steps.collect::<Vec<_>>().join("__")
        };
        let what = match &node {
            Node::Column { path, field } => of(path, Some(field.name)),
            Node::Relation(path) => of(path, None),
            other => table_expr(other, model).unwrap_or_else(|_| "(an expression)".to_owned()),
        };
        let nulls = match nulls {
            None => "",
            Some(NullsOrder::First) => " nulls first",
            Some(NullsOrder::Last) => " nulls last",
        };
        format!("{}{what}{nulls}", if desc { "-" } else { "" })
    };
    model.ordering.map(|ordering| ordering()).unwrap_or_default().into_iter().map(text).collect()
}

/// True for the second column of a key of several, and those after it.
fn is_later_column(field: &'static FieldMeta) -> bool {
    let fields = field.relation.map(Relation::fields).unwrap_or_default();
    fields.contains(field) && fields.first() != Some(field)
}

/// The model with its fields, and nothing said about them: enough for the names of constraints.
pub(super) fn shape(model: &'static ModelMeta) -> ModelState {
    let columns = model.own_fields().iter().filter(|field| !is_later_column(field));
    ModelState {
        fields: columns.map(|field| FieldState::new(field.name, kind(field))).collect(),
        table: name_of(model),
        ..ModelState::new(model_name(model), "")
    }
}

fn kind(field: &'static FieldMeta) -> FieldKind {
    match field.relation {
        Some(relation) => FieldKind::Key(key(relation, field)),
        None => {
            FieldKind::Column { column: field.column.to_owned(), column_type: stored_type(field) }
        }
    }
}

fn field_state(model: &'static ModelMeta, field: &'static FieldMeta) -> Result<FieldState> {
    Ok(FieldState {
        null: field.null,
        unique: field.unique,
        // Keys have an index anyhow.
        db_index: field.db_index && field.relation.is_none(),
        positive: field.positive,
        names: PartNames {
            unique: field.unique_name.map(str::to_owned),
            unique_index: field.unique_index.map(str::to_owned),
            index: field.index_name.map(str::to_owned),
            constraint: field.constraint_name.map(str::to_owned),
        },
        no_index: field.no_index,
        key_type: field.relation.and(field.db_type).map(ColumnType::parse),
        fill: fill(model, field)?,
        collation: field.collation.map(str::to_owned),
        comment: field.comment.map(str::to_owned),
        // Those of an enum type are what the type has.
        choices: field
            .choices
            .iter()
            .filter(|_| field.enum_type.is_none())
            .map(|one| (one.value.to_owned(), one.label.to_owned()))
            .collect(),
        ..FieldState::new(field.name, kind(field))
    })
}

/// The type of a column that is no key.
fn stored_type(field: &FieldMeta) -> ColumnType {
    match field.db_type {
        Some(name) => ColumnType::parse(name),
        None => ColumnType::sized(field.sql_type, field.max_length, field.digits),
    }
}

fn fill(model: &'static ModelMeta, field: &'static FieldMeta) -> Result<Fill> {
    Ok(match (field.generated, field.default) {
        (Some(node), _) => Fill::Generated(expression(model, &node())?),
        _ if field.identity => Fill::Identity,
        (None, Default::Database(node)) => Fill::Default(expression(model, &node())?),
        _ => Fill::Nothing,
    })
}

fn key(relation: &'static Relation, field: &'static FieldMeta) -> KeyState {
    let columns = match relation.fields() {
        [] => vec![field.column.to_owned()],
        fields => fields.iter().map(|field| field.column.to_owned()).collect(),
    };
    KeyState {
        columns,
        to: model_name(relation.to()),
        to_field: relation.to_field.map(str::to_owned),
        one_to_one: relation.kind == RelationKind::OneToOne,
        on_delete: match relation.on_delete {
            // In the database it would take a part of the row only.
            OnDelete::Cascade if relation.from().link().is_some() && !relation.parent_link => {
                OnDeleteState::CascadeInLibrary
            }
            action => on_delete(action, field),
        },
        db_constraint: relation.db_constraint,
        deferrable: relation.deferrable,
    }
}

/// What a key's `on_delete` is as a plain value.
pub(super) fn on_delete(on_delete: OnDelete, key: &FieldMeta) -> OnDeleteState {
    match on_delete {
        OnDelete::Cascade => OnDeleteState::Cascade,
        OnDelete::Protect => OnDeleteState::Protect,
        OnDelete::Restrict => OnDeleteState::Restrict,
        OnDelete::SetNull => OnDeleteState::SetNull,
        OnDelete::SetDefault if matches!(key.default, Default::Rust(_)) => OnDeleteState::Set,
        OnDelete::SetDefault => OnDeleteState::SetDefault,
        OnDelete::Set(_) => OnDeleteState::Set,
        OnDelete::DoNothing => OnDeleteState::DoNothing,
    }
}

fn many_to_many(relation: &'static Relation) -> Option<FieldState> {
    let through = relation.through?;
    let model = through.model();
    let through = match through.keys(relation) {
        Some((from, to)) if through.auto => Through::Table {
            table: name_of(model),
            sides: [from.name.to_owned(), to.name.to_owned()],
            db_constraint: from.db_constraint,
        },
        _ => Through::Model(model_name(model)),
    };
    let to = model_name(relation.to());
    let kind = FieldKind::ManyToMany(ManyToManyState { to, through });
    Some(FieldState::new(relation.name, kind))
}

/// A check as a plain value.
pub(super) fn check(model: &'static ModelMeta, check: &CheckMeta) -> Result<CheckState> {
    let condition = expression(model, &(check.condition)())?;
    let violation = violation(check.violation);
    Ok(CheckState { name: check.name.map(str::to_owned), condition, violation })
}

/// A unique constraint as a plain value.
pub(super) fn unique(
    model: &'static ModelMeta,
    unique: &'static UniqueMeta,
) -> Result<UniqueState> {
    Ok(UniqueState {
        name: unique.name.map(str::to_owned),
        parts: parts(model, unique.parts, unique.operator_classes)?,
        condition: condition(model, unique.condition)?,
        nulls_distinct: unique.nulls_distinct,
        include: owned(unique.include),
        deferrable: unique.deferrable,
        violation: violation(unique.violation),
        as_index: unique.as_index,
    })
}

/// An exclusion constraint as a plain value.
fn exclude(model: &'static ModelMeta, exclude: &'static ExcludeMeta) -> Result<ExcludeState> {
    let parts = parts(model, exclude.parts, exclude.operator_classes)?;
    let operators = exclude.operators.iter().map(|&operator| operator.to_owned());
    Ok(ExcludeState {
        name: exclude.name.map(str::to_owned),
        parts: parts.into_iter().zip(operators).collect(),
        method: exclude.method.unwrap_or("gist").to_owned(),
        condition: condition(model, exclude.condition)?,
        include: owned(exclude.include),
        deferrable: exclude.deferrable,
        violation: violation(exclude.violation),
    })
}

fn violation(violation: Violation) -> ViolationState {
    ViolationState {
        message: violation.message.map(str::to_owned),
        code: violation.code.map(str::to_owned),
    }
}

fn storage(parameters: &[(&str, &str)]) -> Storage {
    parameters.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn index(model: &'static ModelMeta, index: &'static IndexMeta) -> Result<IndexState> {
    Ok(IndexState {
        name: index.name.map(str::to_owned),
        parts: parts(model, index.parts, index.operator_classes)?,
        method: index.method.unwrap_or("btree").to_owned(),
        condition: condition(model, index.condition)?,
        include: owned(index.include),
        storage: storage(index.storage),
        tablespace: index.tablespace.map(str::to_owned),
    })
}

fn parts(
    model: &'static ModelMeta,
    parts: &'static [ir::IndexPart],
    operator_classes: &[&str],
) -> Result<Vec<PartState>> {
    let mut all = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            IndexPart::Field { name, desc } => {
                all.push(PartState { desc: *desc, ..PartState::field(*name) });
            }
            IndexPart::Expression(node) => all.push(expression_part(model, &node())?),
            IndexPart::Ordered(order) => {
                for OrderNode { node, desc, nulls, sql_type: _ } in order() {
                    let nulls_first = nulls.map(|nulls| nulls == NullsOrder::First);
                    let part = expression_part(model, &node)?;
                    all.push(PartState { desc, nulls_first, ..part });
                }
            }
        }
    }
    for (part, class) in all.iter_mut().zip(operator_classes) {
        part.operator_class = Some((*class).to_owned()).filter(|class| !class.is_empty());
    }
    Ok(all)
}

/// An expression; a column of the model's own is the field.
fn expression_part(model: &'static ModelMeta, node: &Node) -> Result<PartState> {
    Ok(match node {
        Node::Column { path, field } if path.steps.is_empty() => PartState::field(field.name),
        node => PartState::new(PartKey::Expression(expression(model, node)?)),
    })
}

fn condition(model: &'static ModelMeta, node: Option<fn() -> Node>) -> Result<Option<RawSql>> {
    node.map(|node| expression(model, &node())).transpose()
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// The text of an expression over a model's own columns.
fn expression(model: &'static ModelMeta, node: &Node) -> Result<RawSql> {
    match table_expr(node, model) {
        Ok(sql) => Ok(RawSql::new(sql)),
        Err(Error::Usage(message)) => {
            Err(Error::usage(format!("in the table of `{}`: {message}", model.name)))
        }
        Err(other) => Err(other),
    }
}

/// What the keys of a model refer to, by the metadata.
pub(super) struct OfMeta(pub(super) &'static ModelMeta);

impl Targets for OfMeta {
    fn target(&self, _: &ModelState, field: &FieldState, key: &KeyState) -> Result<Target> {
        let relation = self.0.field(&field.name).and_then(|(_, field)| field.relation);
        let Some(relation) = relation else {
            return Err(Error::usage(format!("`{}` of `{}` is no key", field.name, self.0.name)));
        };
        let to = relation.to();
        if to.view.is_some() && key.db_constraint && self.0.view.is_none() {
            return Err(refers_to_view(self.0.name, field, to.name));
        }
        let columns = relation.pairs().into_iter().map(|(own, target)| {
            let stored = stored_as(own);
            TargetColumn {
                name: target.column.to_owned(),
                column_type: match stored.db_type {
                    Some(name) => ColumnType::parse(name),
                    None => ColumnType::sized(own.sql_type, stored.max_length, stored.digits),
                },
                collation: stored.collation.map(str::to_owned),
            }
        });
        let unique = match &key.to_field {
            Some(name) => state_of(to)?.is_unique_by_itself(name),
            None => true,
        };
        Ok(Target { table: name_of(to), columns: columns.collect(), unique })
    }
}

/// A key to a view, of which the server can know nothing.
pub fn refers_to_view(model: &str, field: &FieldState, to: &str) -> Error {
    Error::usage(format!(
        "`{}` of `{model}` refers to `{to}`, which is a view, and the server knows keys to tables only: \
         say `#[field(db_constraint = false)]`",
        field.name
    ))
}

/// The field whose length, precision and collation this one has: for a key, the field that it
/// refers to in the end.
pub(super) fn stored_as(field: &'static FieldMeta) -> &'static FieldMeta {
    let mut stored = field;
    // A key that refers to keys in a circle ends somewhere in it.
    for _ in 0..16 {
        let pairs = stored.relation.map(Relation::pairs).unwrap_or_default();
        match pairs.iter().find(|(own, _)| *own == stored) {
            Some((_, target)) => stored = target,
            None => break,
        }
    }
    stored
}
