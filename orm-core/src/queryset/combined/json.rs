//! Rows of a model as an object of JSON, which a view can hold.

use crate::ir::Node;
use orm_sql::ast::Template;
use orm_sql::exec::OutputColumn;
use orm_sql::value::{SqlType, SqlValue};

static OBJECT: Template = Template::never_null("jsonb_build_object({*})");
static AND: Template = Template::never_null("{} || {}");

/// A function has 100 arguments at the most, and a key and its value are two.
const MOST: usize = 50;

/// The keys of the object, with the types of what they hold: the names of the fields, with the model's name
/// where another one has the same.
pub(super) fn columns(columns: &[OutputColumn]) -> Vec<(String, SqlType)> {
    let mut all: Vec<(String, SqlType)> = Vec::with_capacity(columns.len());
    for (place, column) in columns.iter().enumerate() {
        let mut name = column.field.to_owned();
        if all.iter().any(|(known, _)| *known == name) {
            name = format!("{}.{}", column.model, column.field);
        }
        if all.iter().any(|(known, _)| *known == name) {
            name = format!("{name}.{place}");
        }
        all.push((name, column.sql_type));
    }
    all
}

/// The object.
pub(super) fn object(of: &[OutputColumn], cells: Vec<Node>) -> Node {
    let mut pairs = columns(of).into_iter().zip(cells).map(|((name, sql_type), cell)| {
        let name = Node::Value(SqlValue::Text(name), SqlType::Text);
        // What an extension makes of its values in JSON, it need not read again.
        let cell = match sql_type.extension() {
            Some(_) => Node::Cast(Box::new(cell), SqlType::Text),
            None => cell,
        };
        [name, cell]
    });
    let mut objects = std::iter::from_fn(|| {
        let some: Vec<Node> = pairs.by_ref().take(MOST).flatten().collect();
        (!some.is_empty()).then_some(Node::Template(&OBJECT, some))
    });
    let first = objects.next().unwrap_or(Node::Template(&OBJECT, Vec::new()));
    objects.fold(first, |all, more| Node::Template(&AND, vec![all, more]))
}
