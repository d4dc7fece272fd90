//! What the server would refuse, or worse cut off, said by the model's name before any I/O.

use orm_sql::error::{Error, Result};
use orm_sql::schema::names::MAX;
use orm_sql::schema::{ConstraintKind, Table};
use std::collections::HashMap;

/// A table and the model it is of.
pub(super) type Owned = (&'static str, Table);

/// Names are neither too long nor taken twice.
pub(super) fn check(tables: &[Owned]) -> Result<()> {
    let mut relations = Taken::default();
    for (model, table) in tables {
        let schema = table.name.schema.as_deref();
        relations.take(schema, &table.name.name, "table", model)?;
        let mut inside = Taken::default();
        for column in &table.columns {
            inside.take(Some("column"), &column.name, "column", model)?;
        }
        for constraint in &table.constraints {
            inside.take(Some("constraint"), &constraint.name, "constraint", model)?;
            let owns_index = matches!(
                constraint.kind,
                ConstraintKind::PrimaryKey { .. }
                    | ConstraintKind::Unique(_)
                    | ConstraintKind::Exclude(_)
            );
            if owns_index {
                relations.take(schema, &constraint.name, "constraint", model)?;
            }
        }
        for index in &table.indexes {
            relations.take(schema, &index.name, "index", model)?;
        }
    }
    Ok(())
}

/// Names by where they must be unique, with what has them.
#[derive(Default)]
struct Taken<'a>(HashMap<(Option<&'a str>, &'a str), (&'static str, &'static str)>);

impl<'a> Taken<'a> {
    fn take(
        &mut self,
        scope: Option<&'a str>,
        name: &'a str,
        what: &'static str,
        model: &'static str,
    ) -> Result<()> {
        if name.len() > MAX {
            let length = name.len();
            return Err(Error::usage(format!(
                "the {what} name `{name}` of `{model}` has {length} bytes, and the server keeps \
                 {MAX}; give it a shorter one"
            )));
        }
        match self.0.insert((scope, name), (what, model)) {
            Some((other, owner)) => Err(Error::usage(format!(
                "the {what} name `{name}` of `{model}` is taken by a {other} of `{owner}`; give one \
                 of them another name"
            ))),
            None => Ok(()),
        }
    }
}
