//! What the catalogue says, as it comes, and what it means.

use super::{ColumnFacts, ViewFacts};
use orm_sql::ident::RawSql;
use orm_sql::schema::{
    Action, Column, ColumnType, Constraint, ConstraintKind, Deferrable, ExcludePart, Exclusion,
    Fill, ForeignKey, Index, IndexKey, IndexPart, RowLevelSecurity, Storage, Table, TableName,
    Unique,
};
use orm_sql::value::SqlType;
use serde::Deserialize;

/// How names with their schemas are written.
pub(super) struct Names {
    /// The schema that names without one mean.
    pub current: String,
}

impl Names {
    pub(super) fn of(&self, schema: &str, name: &str) -> TableName {
        match schema == self.current {
            true => TableName::new(name),
            false => TableName::within(schema, name),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct TableRow {
    schema: String,
    name: String,
    pub kind: String,
    pub partition: bool,
    comment: Option<String>,
    storage: Option<Vec<String>>,
    tablespace: Option<String>,
    row_level_security: Option<SecurityRow>,
}

/// The policy that migrations make, and whether it is asked for.
#[derive(Deserialize)]
struct SecurityRow {
    enabled: bool,
    forced: bool,
    /// Without one it is not as it was made.
    using: Option<String>,
}

impl SecurityRow {
    fn read(self) -> RowLevelSecurity {
        let using = RawSql::new(self.using.as_deref().unwrap_or("false"));
        RowLevelSecurity { using, enabled: self.enabled, forced: self.forced }
    }
}

/// Storage parameters as the catalogue has them: `fillfactor=70`.
fn storage(options: Option<Vec<String>>) -> Storage {
    let pair = |option: &String| {
        let (name, value) = option.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    };
    options.iter().flatten().filter_map(pair).collect()
}

impl TableRow {
    pub(super) fn read(self, names: &Names) -> Table {
        let name = names.of(&self.schema, &self.name);
        let (storage, tablespace) = (storage(self.storage), self.tablespace);
        let row_level_security = self.row_level_security.map(SecurityRow::read);
        let comment = self.comment;
        Table { comment, name, storage, tablespace, row_level_security, ..Table::new("") }
    }
}

#[derive(Deserialize)]
pub(crate) struct EnumRow {
    pub schema: String,
    pub name: String,
    pub labels: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct ColumnRow {
    pub schema: String,
    pub table: String,
    name: String,
    oid: u32,
    item: u32,
    modifier: i32,
    dimensions: u32,
    r#type: String,
    not_null: bool,
    default: Option<String>,
    identity: String,
    generated: String,
    collation: Option<String>,
    serial: bool,
    readable: bool,
    comment: Option<String>,
}

impl ColumnRow {
    /// What is known of the column besides.
    pub(super) fn facts(&self) -> ColumnFacts {
        ColumnFacts {
            oid: self.oid,
            dimensions: self.dimensions,
            sql: self.r#type.clone(),
            serial: self.serial,
            readable: self.readable,
        }
    }

    pub(super) fn read(self) -> Column {
        let column_type = self.column_type();
        let fill = match (self.default.map(RawSql::new), &*self.generated, &*self.identity) {
            (Some(sql), "s" | "v", _) => Fill::Generated(sql),
            (_, _, "d" | "a") => Fill::Identity,
            (Some(sql), ..) => Fill::Default(sql),
            (None, ..) => Fill::Nothing,
        };
        Column {
            name: self.name,
            column_type,
            null: !self.not_null,
            fill,
            collation: self.collation,
            comment: self.comment,
        }
    }

    fn column_type(&self) -> ColumnType {
        if self.item != 0 && self.r#type.ends_with("[]") {
            let item = sized(self.item, self.modifier, self.r#type.trim_end_matches("[]"));
            let nested = |item, _| ColumnType::Array(Box::new(item));
            return (0..self.dimensions.max(1)).fold(item, nested);
        }
        sized(self.oid, self.modifier, &self.r#type)
    }
}

/// A type that a column has, or that such a type is made of.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct TypeRow {
    pub oid: u32,
    pub schema: String,
    pub name: String,
    /// As SQL names it.
    pub sql: String,
    kind: String,
    base: u32,
    pub dimensions: u32,
    /// There is a binary form.
    pub readable: bool,
    /// What an array holds.
    pub item: Option<u32>,
    /// The labels of an enum type, in order.
    pub labels: Option<Vec<String>>,
    pub comment: Option<String>,
    pub extension: Option<String>,
}

impl TypeRow {
    /// The type beneath a domain.
    pub(crate) fn base(&self) -> Option<u32> {
        (self.kind == "d").then_some(self.base)
    }

    pub(crate) fn is_enum(&self) -> bool {
        self.kind == "e"
    }
}

/// A view, with what its query depends on.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ViewRow {
    pub schema: String,
    pub table: String,
    pub query: String,
    reads: Vec<(String, String)>,
    /// Functions, operators, …
    pub needs: Vec<String>,
}

impl ViewRow {
    pub(super) fn read(self, names: &Names) -> ViewFacts {
        let reads = self.reads.iter().map(|(schema, name)| names.of(schema, name)).collect();
        let query = self.query.trim().trim_end_matches(';').to_owned();
        ViewFacts { query, reads, needs: self.needs }
    }
}

/// Something on a table that models say nothing of.
#[derive(Deserialize)]
pub(super) struct UnsaidRow {
    pub schema: String,
    pub table: String,
    pub text: String,
}

/// The number of `varchar`, which is no type of its own on the wire.
const VARCHAR: u32 = 1043;

/// A type by its number, with its length or precision.
fn sized(oid: u32, modifier: i32, name: &str) -> ColumnType {
    // What the server adds to lengths and precisions.
    let size = u32::try_from(modifier - 4).ok();
    match (SqlType::of_oid(oid), size) {
        _ if oid == VARCHAR && size.is_some() => ColumnType::Varchar(size.unwrap_or_default()),
        (Some(SqlType::Numeric), Some(size)) => {
            let part = |bits: u32| u16::try_from(bits & 0x7ff).unwrap_or_default();
            let (digits, places) = (part(size >> 16), part(size));
            // A scale may be negative, or more than there are digits.
            match places <= digits {
                true => ColumnType::Numeric { digits, places },
                false => ColumnType::Named(RawSql::new(name)),
            }
        }
        (Some(sql_type), None) => ColumnType::Plain(sql_type),
        _ => ColumnType::Named(RawSql::new(name)),
    }
}

#[derive(Deserialize)]
pub(super) struct ConstraintRow {
    pub schema: String,
    pub table: String,
    name: String,
    kind: String,
    columns: Option<Vec<String>>,
    to_schema: Option<String>,
    to: Option<String>,
    to_columns: Option<Vec<String>>,
    on_delete: String,
    deferrable: bool,
    deferred: bool,
    condition: Option<String>,
    definition: String,
    include: Option<Vec<String>>,
    method: Option<String>,
    r#where: Option<String>,
    operators: Option<Vec<String>>,
    parts: Option<Vec<PartRow>>,
}

impl ConstraintRow {
    /// What we have a form for.
    pub(super) fn read(self, names: &Names) -> Option<Constraint> {
        let columns = self.columns.unwrap_or_default();
        let deferrable = self.deferrable.then_some(match self.deferred {
            true => Deferrable::Deferred,
            false => Deferrable::Immediate,
        });
        let kind = match &*self.kind {
            "p" => ConstraintKind::PrimaryKey { columns },
            "u" => ConstraintKind::Unique(Unique {
                columns,
                include: self.include.unwrap_or_default(),
                nulls_distinct: !self.definition.contains("NULLS NOT DISTINCT"),
                deferrable,
            }),
            "f" => ConstraintKind::ForeignKey(ForeignKey {
                columns,
                to: names.of(&self.to_schema?, &self.to?),
                to_columns: self.to_columns.unwrap_or_default(),
                on_delete: match &*self.on_delete {
                    "r" => Action::Restrict,
                    "c" => Action::Cascade,
                    "n" => Action::SetNull,
                    "d" => Action::SetDefault,
                    _ => Action::NoAction,
                },
                deferrable,
            }),
            "c" => ConstraintKind::Check { condition: RawSql::new(self.condition?) },
            "x" => {
                let parts = self.parts.into_iter().flatten().map(PartRow::read);
                let parts = parts.zip(self.operators.into_iter().flatten());
                ConstraintKind::Exclude(Exclusion {
                    method: self.method?,
                    parts: parts.map(|(part, operator)| ExcludePart { part, operator }).collect(),
                    condition: self.r#where.map(RawSql::new),
                    include: self.include.unwrap_or_default(),
                    deferrable,
                })
            }
            _ => return None,
        };
        Some(Constraint { name: self.name, kind })
    }
}

#[derive(Deserialize)]
pub(super) struct IndexRow {
    pub schema: String,
    pub table: String,
    name: String,
    unique: bool,
    method: String,
    condition: Option<String>,
    definition: String,
    parts: Option<Vec<PartRow>>,
    include: Option<Vec<String>>,
    storage: Option<Vec<String>>,
    tablespace: Option<String>,
}

#[derive(Deserialize)]
struct PartRow {
    column: Option<String>,
    expression: Option<String>,
    descending: bool,
    nulls_first: bool,
    class: Option<String>,
    collation: Option<String>,
}

impl PartRow {
    fn read(self) -> IndexPart {
        let key = match (self.column, self.expression) {
            (Some(name), _) => IndexKey::Column(name),
            (None, sql) => IndexKey::Expression(RawSql::new(sql.unwrap_or_default())),
        };
        IndexPart {
            key,
            collation: self.collation,
            desc: self.descending,
            nulls_first: Some(self.nulls_first).filter(|first| *first != self.descending),
            operator_class: self.class,
        }
    }
}

impl IndexRow {
    pub(super) fn read(self) -> Index {
        Index {
            unique: self.unique,
            method: self.method,
            include: self.include.unwrap_or_default(),
            nulls_distinct: !self.definition.contains("NULLS NOT DISTINCT"),
            condition: self.condition.map(RawSql::new),
            storage: storage(self.storage),
            tablespace: self.tablespace,
            ..Index::new(self.name, self.parts.into_iter().flatten().map(PartRow::read).collect())
        }
    }
}
