//! Indexes of models, and unique constraints, which become indexes when they say more than columns.

use super::state::{
    CheckState, ExcludeState, FieldState, IndexState, ModelState, PartKey, PartState, UniqueState,
};
use super::table::is_unique;
use orm_sql::error::{Error, Result};
use orm_sql::schema::{
    Constraint, ConstraintKind, ExcludePart, Exclusion, Index, IndexKey, IndexPart, RawSql, Table,
    Unique, names,
};

/// Adds the indexes of fields, then the model's unique constraints, its indexes and its checks.
pub(super) fn add(model: &ModelState, table: &mut Table) -> Result<()> {
    for field in &model.fields {
        table.indexes.extend(of_field(model, field));
    }
    for unique in &model.uniques {
        match unique.made(model)? {
            Made::Constraint(constraint) => table.constraints.push(constraint),
            Made::Index(index) => table.indexes.push(index),
        }
    }
    for index in &model.indexes {
        table.indexes.push(index.made(model)?);
    }
    for exclusion in &model.exclusions {
        table.constraints.push(exclusion.made(model)?);
    }
    table.constraints.extend(model.checks.iter().map(|check| check.made(model)));
    Ok(())
}

/// Keys are indexed, as in Django; what is unique has its index already.
fn of_field(model: &ModelState, field: &FieldState) -> Option<Index> {
    let key = field.key().is_some_and(|key| !key.one_to_one) && !field.no_index;
    let wanted = field.db_index || key;
    let columns: Vec<&str> = field.columns().iter().map(String::as_str).collect();
    if let Some(name) = field.names.unique_index.clone().filter(|_| is_unique(model, field)) {
        let parts = columns.into_iter().map(IndexPart::column).collect();
        return Some(Index { unique: true, ..Index::new(name, parts) });
    }
    let covered = is_unique(model, field) || model.is_primary_key(field) || columns.is_empty();
    (wanted && !covered).then(|| {
        let made = || names::constraint(&model.table.name, &columns, &[], "");
        let name = field.names.index.clone().unwrap_or_else(made);
        Index::new(name, columns.into_iter().map(IndexPart::column).collect())
    })
}

/// What a unique constraint is in its table.
#[derive(Clone, Debug, PartialEq)]
pub enum Made {
    /// A constraint.
    Constraint(Constraint),
    /// A unique index, for expressions, descending fields and some of the rows.
    Index(Index),
}

impl UniqueState {
    /// What it is in the table of its model.
    ///
    /// # Errors
    ///
    /// When it names a field that there is not, or cannot be deferrable.
    pub fn made(&self, model: &ModelState) -> Result<Made> {
        let parts = Parts::of(model, &self.parts, self.condition.as_ref(), &self.include)?;
        let name = self.name.clone().unwrap_or_else(|| parts.unique_name(model, self));
        let nulls_distinct = self.nulls_distinct;
        let columns = if self.as_index { None } else { parts.plain_columns() };
        let Some(columns) = columns else {
            if self.deferrable.is_some() {
                return Err(Error::usage(format!(
                    "the unique constraint `{name}` of `{}` cannot be deferrable: one over an \
                     expression, a descending field or some of the rows is an index, and those do \
                     not wait",
                    model.name.name
                )));
            }
            let index = parts.index(name, "btree");
            return Ok(Made::Index(Index { unique: true, nulls_distinct, ..index }));
        };
        let (include, deferrable) = (parts.include, self.deferrable);
        let unique = Unique { columns, include, nulls_distinct, deferrable };
        Ok(Made::Constraint(Constraint { name, kind: ConstraintKind::Unique(unique) }))
    }
}

impl IndexState {
    /// What it is in the table of its model.
    ///
    /// # Errors
    ///
    /// When it names a field that there is not.
    pub fn made(&self, model: &ModelState) -> Result<Index> {
        let parts = Parts::of(model, &self.parts, self.condition.as_ref(), &self.include)?;
        let made = || parts.index_name(model, &self.method);
        let name = self.name.clone().unwrap_or_else(made);
        let (storage, tablespace) = (self.storage.clone(), self.tablespace.clone());
        Ok(Index { storage, tablespace, ..parts.index(name, &self.method) })
    }
}

impl ExcludeState {
    /// What it is in the table of its model.
    ///
    /// # Errors
    ///
    /// When it names a field that there is not, or one of several columns.
    pub fn made(&self, model: &ModelState) -> Result<Constraint> {
        let own: Vec<PartState> = self.parts.iter().map(|(part, _)| part.clone()).collect();
        let all = Parts::of(model, &own, self.condition.as_ref(), &self.include)?;
        if all.parts.len() != own.len() {
            return Err(Error::usage(format!(
                "an exclusion constraint of `{}` names a key of several columns: name an operator for \
                 each of them by an expression",
                model.name.name
            )));
        }
        let operators = self.parts.iter().map(|(_, operator)| operator.clone());
        let made = || {
            let mut more = all.more();
            more.extend(self.parts.iter().map(|(_, operator)| operator.as_str()));
            let columns: Vec<&str> = all.columns().map(|(name, _)| name).collect();
            names::constraint(&model.table.name, &columns, &more, "_excl")
        };
        let name = self.name.clone().unwrap_or_else(made);
        let parts = all.parts.into_iter().zip(operators);
        let kind = ConstraintKind::Exclude(Exclusion {
            method: self.method.clone(),
            parts: parts.map(|(part, operator)| ExcludePart { part, operator }).collect(),
            condition: all.condition,
            include: all.include,
            deferrable: self.deferrable,
        });
        Ok(Constraint { name, kind })
    }
}

impl CheckState {
    /// What it is in the table of its model.
    pub fn made(&self, model: &ModelState) -> Constraint {
        let condition = self.condition.clone();
        let made = || names::constraint(&model.table.name, &[], &[condition.as_str()], "_check");
        let name = self.name.clone().unwrap_or_else(made);
        Constraint { name, kind: ConstraintKind::Check { condition } }
    }
}

/// What an index is over, with names of columns for names of fields.
struct Parts {
    parts: Vec<IndexPart>,
    condition: Option<RawSql>,
    include: Vec<String>,
}

impl Parts {
    fn of(
        model: &ModelState,
        parts: &[PartState],
        condition: Option<&RawSql>,
        include: &[String],
    ) -> Result<Parts> {
        let mut all = Vec::with_capacity(parts.len());
        for part in parts {
            let made = |key: IndexKey| IndexPart {
                key,
                collation: part.collation.clone(),
                desc: part.desc,
                nulls_first: part.nulls_first.filter(|first| *first != part.desc),
                operator_class: part.operator_class.clone(),
            };
            match &part.key {
                PartKey::Field(name) => {
                    let column = |name: &String| made(IndexKey::Column(name.clone()));
                    all.extend(columns_of(model, name)?.iter().map(column));
                }
                PartKey::Expression(sql) => all.push(made(IndexKey::Expression(sql.clone()))),
            }
        }
        let include = include.iter().map(|name| columns_of(model, name));
        Ok(Parts {
            parts: all,
            condition: condition.cloned(),
            include: include.collect::<Result<Vec<_>>>()?.concat(),
        })
    }

    fn index(self, name: String, method: &str) -> Index {
        let Parts { parts, condition, include } = self;
        Index { method: method.to_owned(), condition, include, ..Index::new(name, parts) }
    }

    /// The columns, where there is nothing else than ascending columns.
    fn plain_columns(&self) -> Option<Vec<String>> {
        let plain = |part: &IndexPart| match &part.key {
            IndexKey::Column(name) if *part == IndexPart::column(name) => Some(name.clone()),
            _ => None,
        };
        let columns = self.parts.iter().map(plain).collect();
        if self.condition.is_some() { None } else { columns }
    }

    fn unique_name(&self, model: &ModelState, unique: &UniqueState) -> String {
        let columns: Vec<&str> = self.columns().map(|(name, _)| name).collect();
        let mut more = self.more();
        more.extend(self.columns().filter(|(_, desc)| *desc).map(|(name, _)| name));
        if !unique.nulls_distinct {
            more.push("nulls not distinct");
        }
        if unique.deferrable.is_some() {
            more.push("deferrable");
        }
        names::constraint(&model.table.name, &columns, &more, "_uniq")
    }

    fn index_name(&self, model: &ModelState, method: &str) -> String {
        let sign = |desc| if desc { "-" } else { "" };
        let signed = self.columns().map(|(name, desc)| format!("{}{name}", sign(desc)));
        let signed: Vec<String> = signed.collect();
        let signed: Vec<&str> = signed.iter().map(String::as_str).collect();
        let suffix = if method == "btree" { "idx" } else { method };
        names::index(&model.table.name, &signed, &self.more(), suffix)
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
        let classes = self.parts.iter().filter_map(|part| part.operator_class.as_deref());
        let collations = self.parts.iter().filter_map(|part| part.collation.as_deref());
        let nulls = self.parts.iter().filter_map(|part| part.nulls_first);
        let nulls = nulls.map(|first| if first { "nulls first" } else { "nulls last" });
        let expressions = self.parts.iter().flat_map(|part| match &part.key {
            IndexKey::Expression(sql) if part.desc => vec![sql.as_str(), "desc"],
            IndexKey::Expression(sql) => vec![sql.as_str()],
            IndexKey::Column(_) => Vec::new(),
        });
        let condition = self.condition.iter().map(RawSql::as_str);
        let include = self.include.iter().map(String::as_str);
        let all = expressions.chain(condition).chain(include);
        all.chain(classes).chain(collations).chain(nulls).collect()
    }
}

/// The columns of a field: several for a key of several columns.
fn columns_of<'a>(model: &'a ModelState, name: &str) -> Result<&'a [String]> {
    match model.columns_of(name) {
        columns @ [_, ..] => Ok(columns),
        [] => {
            let choices: Vec<String> =
                model.fields.iter().map(|field| format!("`{}`", field.name)).collect();
            Err(Error::usage(format!(
                "an index or a unique constraint of `{}` names the field `{name}`, which is not \
                 one of {}",
                model.name.name,
                choices.join(", ")
            )))
        }
    }
}
