//! Indexes of models, and unique constraints, which become indexes when they say more than columns.

use super::parts::{columns, deferred, expression, is_primary_key, is_unique};
use crate::ir::{self, FieldMeta, IndexMeta, ModelMeta, Node, RelationKind, UniqueMeta};
use orm_sql::error::{Error, Result};
use orm_sql::schema::{
    Constraint, ConstraintKind, Index, IndexKey, IndexPart, RawSql, Table, Unique, names,
};

/// Adds what belongs to fields, then the model's unique constraints, then its indexes.
pub(super) fn add(model: &'static ModelMeta, table: &mut Table) -> Result<()> {
    for field in model.fields {
        table.indexes.extend(of_field(model, field));
    }
    for unique in model.uniques {
        add_unique(model, unique, table)?;
    }
    for index in model.indexes {
        table.indexes.push(of_model(model, index)?);
    }
    Ok(())
}

/// Keys are indexed, as in Django; what is unique has its index already.
fn of_field(model: &'static ModelMeta, field: &'static FieldMeta) -> Option<Index> {
    let key = field.relation.is_some_and(|key| key.kind == RelationKind::ForeignKey);
    let wanted = field.db_index || key;
    let columns: Vec<&str> = columns(field).iter().map(|field| field.column).collect();
    let covered = is_unique(model, field) || is_primary_key(model, field) || columns.is_empty();
    (wanted && !covered).then(|| {
        let name = names::constraint(model.table, &columns, &[], "");
        Index::new(name, columns.into_iter().map(IndexPart::column).collect())
    })
}

fn add_unique(
    model: &'static ModelMeta,
    unique: &'static UniqueMeta,
    table: &mut Table,
) -> Result<()> {
    let parts = Parts::of(model, unique.parts, unique.condition, unique.include)?;
    let name = unique.name.map_or_else(|| parts.unique_name(model, unique), str::to_owned);
    let Some(columns) = parts.plain_columns() else {
        if unique.deferrable {
            return Err(Error::usage(format!(
                "the unique constraint `{name}` of `{}` cannot be deferrable: one over an \
                 expression, a descending field or some of the rows is an index, and those do not \
                 wait",
                model.name
            )));
        }
        let index = parts.index(name, "btree");
        let nulls_distinct = unique.nulls_distinct;
        table.indexes.push(Index { unique: true, nulls_distinct, ..index });
        return Ok(());
    };
    let kind = ConstraintKind::Unique(Unique {
        columns,
        include: parts.include,
        nulls_distinct: unique.nulls_distinct,
        deferrable: deferred(unique.deferrable),
    });
    table.constraints.push(Constraint { name, kind });
    Ok(())
}

/// The name of a unique constraint or index, made up where the model gives none.
pub(super) fn unique_name(
    model: &'static ModelMeta,
    unique: &'static UniqueMeta,
) -> Result<String> {
    match unique.name {
        Some(name) => Ok(name.to_owned()),
        None => {
            let parts = Parts::of(model, unique.parts, unique.condition, unique.include)?;
            Ok(parts.unique_name(model, unique))
        }
    }
}

fn of_model(model: &'static ModelMeta, index: &'static IndexMeta) -> Result<Index> {
    let parts = Parts::of(model, index.parts, index.condition, index.include)?;
    let method = index.method.unwrap_or("btree");
    let made = || parts.index_name(model, method);
    let name = index.name.map_or_else(made, str::to_owned);
    Ok(parts.index(name, method))
}

/// What an index is over, with names of columns for names of fields.
struct Parts {
    parts: Vec<IndexPart>,
    condition: Option<RawSql>,
    include: Vec<String>,
}

impl Parts {
    fn of(
        model: &'static ModelMeta,
        parts: &'static [ir::IndexPart],
        condition: Option<fn() -> Node>,
        include: &'static [&'static str],
    ) -> Result<Parts> {
        let mut all = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                ir::IndexPart::Field { name, desc } => {
                    let part = |key| IndexPart { key: IndexKey::Column(key), desc: *desc };
                    all.extend(columns_of(model, name)?.into_iter().map(part));
                }
                ir::IndexPart::Expression(node) => {
                    let key = IndexKey::Expression(expression(model, &node())?);
                    all.push(IndexPart { key, desc: false });
                }
            }
        }
        let include = include.iter().map(|name| columns_of(model, name));
        Ok(Parts {
            parts: all,
            condition: condition.map(|node| expression(model, &node())).transpose()?,
            include: include.collect::<Result<Vec<_>>>()?.concat(),
        })
    }

    fn index(self, name: String, method: &str) -> Index {
        let Parts { parts, condition, include } = self;
        Index { method: method.to_owned(), condition, include, ..Index::new(name, parts) }
    }

    /// The columns, where there is nothing else than ascending columns.
    fn plain_columns(&self) -> Option<Vec<String>> {
        let plain = |part: &IndexPart| match (&part.key, part.desc) {
            (IndexKey::Column(name), false) => Some(name.clone()),
            _ => None,
        };
        let columns = self.parts.iter().map(plain).collect();
        if self.condition.is_some() { None } else { columns }
    }

    fn unique_name(&self, model: &'static ModelMeta, unique: &'static UniqueMeta) -> String {
        let columns: Vec<&str> = self.columns().map(|(name, _)| name).collect();
        let mut more = self.more();
        more.extend(self.columns().filter(|(_, desc)| *desc).map(|(name, _)| name));
        if !unique.nulls_distinct {
            more.push("nulls not distinct");
        }
        if unique.deferrable {
            more.push("deferrable");
        }
        names::constraint(model.table, &columns, &more, "_uniq")
    }

    fn index_name(&self, model: &'static ModelMeta, method: &str) -> String {
        let sign = |desc| if desc { "-" } else { "" };
        let signed = self.columns().map(|(name, desc)| format!("{}{name}", sign(desc)));
        let signed: Vec<String> = signed.collect();
        let signed: Vec<&str> = signed.iter().map(String::as_str).collect();
        let suffix = if method == "btree" { "idx" } else { method };
        names::index(model.table, &signed, &self.more(), suffix)
    }

    /// The columns, and which are descending.
    fn columns(&self) -> impl Iterator<Item = (&str, bool)> {
        self.parts.iter().filter_map(|part| match &part.key {
            IndexKey::Column(name) => Some((name.as_str(), part.desc)),
            IndexKey::Expression(_) => None,
        })
    }

    /// What tells apart indexes over the same columns.
    fn more(&self) -> Vec<&str> {
        let expressions = self.parts.iter().filter_map(|part| match &part.key {
            IndexKey::Expression(sql) => Some(sql.as_str()),
            IndexKey::Column(_) => None,
        });
        let condition = self.condition.iter().map(RawSql::as_str);
        expressions.chain(condition).chain(self.include.iter().map(String::as_str)).collect()
    }
}

/// The columns of a field: several for a key of several columns.
fn columns_of(model: &'static ModelMeta, name: &str) -> Result<Vec<String>> {
    match model.columns_of(name) {
        fields @ [_, ..] => Ok(fields.iter().map(|field| field.column.to_owned()).collect()),
        [] => {
            let choices: Vec<String> =
                model.fields.iter().map(|field| format!("`{}`", field.name)).collect();
            Err(Error::usage(format!(
                "an index or a unique constraint of `{}` names the field `{name}`, which is not \
                 one of {}",
                model.name,
                choices.join(", ")
            )))
        }
    }
}
