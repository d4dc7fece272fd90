//! What operations read and write, one by one.

use orm_core::tables::state::ModelName;
use orm_sql::schema::TableName;
use std::fmt;

/// Something that operations read and write.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Thing {
    /// Whatever there is.
    Everything,
    /// A model with all that it has. To read it is to need it.
    Model(ModelName),
    /// What a model says of itself as a whole.
    Options(ModelName),
    /// Whether the database keeps the tenants of a model apart.
    RowLevelSecurity(ModelName),
    /// Which fields are the primary key of a model.
    PrimaryKey(ModelName),
    /// A field.
    Field(ModelName, String),
    /// An index or a constraint, by its name.
    Part(ModelName, String),
    /// The order of what is added to a model.
    Order(ModelName, &'static str),
    /// A table.
    Table(TableName),
    /// The name of an index or a constraint, in its schema.
    Name(Option<String>, String),
    /// A schema.
    Schema(String),
    /// An extension.
    Extension(String),
    /// The enum types.
    Types,
}

impl Thing {
    fn model(&self) -> Option<&ModelName> {
        match self {
            Thing::Model(model)
            | Thing::Options(model)
            | Thing::RowLevelSecurity(model)
            | Thing::PrimaryKey(model)
            | Thing::Field(model, _)
            | Thing::Part(model, _)
            | Thing::Order(model, _) => Some(model),
            _ => None,
        }
    }

    /// True where something else is this, or belongs to it.
    pub(crate) fn has(&self, other: &Thing) -> bool {
        match self {
            Thing::Everything => true,
            Thing::Model(model) => other.model() == Some(model),
            _ => self == other,
        }
    }
}

/// In words: `field title of library.Book`.
impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Thing::Everything => f.write_str("what nobody can see"),
            Thing::Model(model) => write!(f, "model {model}"),
            Thing::Options(model) => write!(f, "the options of {model}"),
            Thing::RowLevelSecurity(model) => write!(f, "the row level security of {model}"),
            Thing::PrimaryKey(model) => write!(f, "the primary key of {model}"),
            Thing::Field(model, field) => write!(f, "field {field} of {model}"),
            Thing::Part(model, name) => write!(f, "{name} of {model}"),
            Thing::Order(model, what) => write!(f, "the order of the {what} of {model}"),
            Thing::Table(table) => write!(f, "table {table}"),
            Thing::Name(_, name) => write!(f, "the name {name}"),
            Thing::Schema(name) => write!(f, "schema {name}"),
            Thing::Extension(name) => write!(f, "extension {name}"),
            Thing::Types => f.write_str("the enum types"),
        }
    }
}
