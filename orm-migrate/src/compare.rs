//! Tables as they should be, and as they are: what is different, in words.

use orm_sql::schema::{Column, Constraint, ConstraintKind, Fill, Index, Table, TableName};
use std::fmt;

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: TableName,
    /// What is different of it.
    pub what: What,
    /// How, in words.
    pub text: String,
}

/// What is different of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It is missing, or nobody asked for it.
    Table,
    /// A column: rows cannot be read or written as they should be.
    Column,
    /// A default, a constraint, an index, a comment.
    Part,
}

/// In words: `library_book: column title is varchar(100), and should be text`.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.table, self.text)
    }
}

/// What is different between tables as they should be and those that there are. Both come from a
/// database: expressions are compared as it writes them.
///
/// ```
/// use orm_migrate::compare::differences;
/// use orm_sql::schema::{Column, ColumnType, Table};
///
/// let (mut wanted, mut there) = (Table::new("book"), Table::new("book"));
/// wanted.columns.push(Column::new("isbn", ColumnType::Varchar(13)));
/// there.columns.push(Column::new("isbn", ColumnType::Varchar(10)).nullable());
/// let found = differences(&[wanted], &[there]);
/// assert_eq!(
///     found[0].to_string(),
///     "book: column isbn is varchar(10), and should be varchar(13) NOT NULL"
/// );
/// ```
pub fn differences(wanted: &[Table], there: &[Table]) -> Vec<Difference> {
    let mut found = Vec::new();
    for table in wanted {
        match there.iter().find(|one| one.name == table.name) {
            Some(other) => of_table(table, other, &mut found),
            None => found.push(of(table, What::Table, "the table is missing".to_owned())),
        }
    }
    let extra = there.iter().filter(|one| !wanted.iter().any(|table| table.name == one.name));
    found
        .extend(extra.map(|table| of(table, What::Table, "nobody asked for the table".to_owned())));
    found
}

fn of(table: &Table, what: What, text: String) -> Difference {
    Difference { table: table.name.clone(), what, text }
}

fn of_table(wanted: &Table, there: &Table, found: &mut Vec<Difference>) {
    let mut add = |what, text| found.push(of(wanted, what, text));
    for column in &wanted.columns {
        let Some(other) = there.column(&column.name) else {
            add(What::Column, format!("column {} is missing", column.name));
            continue;
        };
        let (is, should) = (in_words(other), in_words(column));
        if is != should {
            let text = format!("column {} is {is}, and should be {should}", column.name);
            add(What::Column, text);
        } else if default(other) != default(column) {
            let text = |sql: Option<&str>| sql.map_or("none".to_owned(), |sql| format!("`{sql}`"));
            let (is, should) = (text(default(other)), text(default(column)));
            let name = &column.name;
            add(What::Part, format!("the default of {name} is {is}, and should be {should}"));
        }
    }
    for column in there.columns.iter().filter(|one| wanted.column(&one.name).is_none()) {
        add(What::Column, format!("nobody asked for column {}", column.name));
    }
    if wanted.primary_key() != there.primary_key() {
        let (is, should) = (there.primary_key().join(", "), wanted.primary_key().join(", "));
        add(What::Column, format!("the primary key is ({is}), and should be ({should})"));
    }
    of_parts(wanted, there, &mut add);
    if wanted.comment != there.comment {
        add(What::Part, "it has another comment".to_owned());
    }
}

fn of_parts(wanted: &Table, there: &Table, add: &mut impl FnMut(What, String)) {
    let is_key = |one: &&Constraint| matches!(one.kind, ConstraintKind::PrimaryKey { .. });
    let constraints = |table: &'_ Table| -> Vec<(String, String)> {
        let all = table.constraints.iter().filter(|one| !is_key(one));
        all.map(|one| (one.name.clone(), format!("{:?}", one.kind))).collect()
    };
    pairs("constraint", &constraints(wanted), &constraints(there), add);
    let indexes = |table: &'_ Table| -> Vec<(String, String)> {
        let unnamed = |one: &Index| Index { name: String::new(), ..one.clone() };
        let all = table.indexes.iter();
        all.map(|one| (one.name.clone(), format!("{:?}", unnamed(one)))).collect()
    };
    pairs("index", &indexes(wanted), &indexes(there), add);
}

/// Things with names that say something.
fn pairs(
    what: &str,
    wanted: &[(String, String)],
    there: &[(String, String)],
    add: &mut impl FnMut(What, String),
) {
    let named = |all: &[(String, String)], name: &String| {
        all.iter().find(|(other, _)| other == name).map(|(_, says)| says.clone())
    };
    for (name, says) in wanted {
        match named(there, name) {
            Some(other) if other == *says => {}
            Some(_) => add(What::Part, format!("{what} {name} says something else")),
            None => {
                match there.iter().find(|(other, it)| it == says && named(wanted, other).is_none())
                {
                    Some((other, _)) => {
                        add(What::Part, format!("{what} {name} is called {other}"));
                    }
                    None => add(What::Part, format!("{what} {name} is missing")),
                }
            }
        }
    }
    let is_other = |(name, says): &&(String, String)| {
        named(wanted, name).is_none()
            && !wanted.iter().any(|(other, it)| it == says && named(there, other).is_none())
    };
    for (name, _) in there.iter().filter(is_other) {
        add(What::Part, format!("nobody asked for {what} {name}"));
    }
}

/// What matters for the values of a column.
fn in_words(column: &Column) -> String {
    let mut text = column.column_type.to_string();
    if let Some(collation) = &column.collation {
        text.push_str(&format!(" COLLATE {collation}"));
    }
    match &column.fill {
        Fill::Identity => text.push_str(" with numbers of its own"),
        Fill::Generated(sql) => text.push_str(&format!(" generated as {}", sql.as_str())),
        Fill::Nothing | Fill::Default(_) => {}
    }
    if !column.null {
        text.push_str(" NOT NULL");
    }
    text
}

fn default(column: &Column) -> Option<&str> {
    match &column.fill {
        Fill::Default(sql) => Some(sql.as_str()),
        _ => None,
    }
}
