//! Values given as text, read as the type of a field.

use crate::ir::{Comparison, Node};
use orm_sql::error::{Error, Result};
use orm_sql::value::{SqlType, SqlValue, yes_or_no};

/// The type that a value compared with this must have.
pub(super) fn type_of(node: &Node) -> Option<&'static SqlType> {
    match node {
        Node::Column { field, .. } => Some(&field.sql_type),
        Node::Relation(path) => {
            let target = match path.steps.last() {
                Some(step) => step.relation()?.target(),
                None => path.target().single_key(),
            };
            target.map(|field| &field.sql_type)
        }
        _ => None,
    }
}

/// A lookup of text by its name.
pub(super) fn text_lookup(name: &str, sql_type: SqlType, lookup: &str) -> Result<Comparison> {
    let comparison = match lookup {
        "iexact" => Comparison::IExact,
        "contains" => Comparison::Contains,
        "icontains" => Comparison::IContains,
        "startswith" => Comparison::StartsWith,
        "istartswith" => Comparison::IStartsWith,
        "endswith" => Comparison::EndsWith,
        "iendswith" => Comparison::IEndsWith,
        _ => {
            return Err(Error::usage(format!(
                "`{name}` ends in `{lookup}`, which is no lookup; lookups are: exact, ne, gt, gte, \
                 lt, lte, in, isnull, iexact, contains, icontains, startswith, istartswith, \
                 endswith, iendswith"
            )));
        }
    };
    match sql_type {
        SqlType::Text => Ok(comparison),
        _ => Err(Error::usage(format!("`{name}` is a text lookup, but the field is no text"))),
    }
}

/// A value as the type of its field.
pub(super) fn value(name: &str, sql_type: SqlType, text: &str) -> Result<SqlValue> {
    sql_type.parse(text).map_err(|wanted| wrong(name, &wanted))
}

/// `true`, `1`, `false`, `0`.
pub(super) fn boolean(name: &str, text: &str) -> Result<bool> {
    yes_or_no(text).ok_or_else(|| wrong(name, "`true` or `false`"))
}

fn wrong(name: &str, wanted: &str) -> Error {
    Error::usage(format!("the value of `{name}` must be {wanted}"))
}
