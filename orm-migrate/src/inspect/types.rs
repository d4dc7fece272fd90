//! Rust types of columns.

use super::names::Names;
use crate::introspect::{ColumnFacts, TypeRow};
use orm_sql::schema::{Column, ColumnType};
use std::collections::{BTreeMap, HashMap};

/// The types of a database, and what was written for those that have no Rust type.
pub(super) struct Types {
    rows: HashMap<u32, TypeRow>,
    /// By the name of the type in SQL.
    own: BTreeMap<String, Own>,
}

/// A type that is written beside the models.
pub(super) struct Own {
    pub name: String,
    /// What SQL calls it.
    pub sql: String,
    /// The name itself, and its schema where SQL needs it.
    pub plain: (String, Option<String>),
    pub form: OwnForm,
    pub comment: Option<String>,
}

/// What a type of one's own is.
pub(super) enum OwnForm {
    /// An enum, with its labels and their variants.
    Enum(Vec<(String, String)>),
    /// A newtype around its text.
    Text,
    /// A newtype around its binary form.
    Binary,
}

/// What a column is in Rust.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Typed {
    /// The type without `Option`.
    pub rust: String,
    pub max_length: Option<u32>,
    pub digits: Option<(u16, u16)>,
    /// The type in the database, where that is not the one of the Rust type.
    pub db_type: Option<String>,
}

/// What stands for a type of the server: its number and name, and what its columns are called where
/// nothing is said about them.
struct Known {
    rust: &'static str,
    /// The name of the type in SQL, without a length or precision.
    sql: &'static str,
}

/// Types of the server that have a Rust type.
fn known(oid: u32) -> Option<Known> {
    let (rust, sql) = match oid {
        16 => ("bool", "boolean"),
        17 => ("Vec<u8>", "bytea"),
        20 => ("i64", "bigint"),
        21 => ("i16", "smallint"),
        23 => ("i32", "integer"),
        25 => ("String", "text"),
        650 => ("IpNet", "cidr"),
        700 => ("f32", "real"),
        701 => ("f64", "double precision"),
        869 => ("orm::column::Inet", "inet"),
        1082 => ("NaiveDate", "date"),
        1083 => ("NaiveTime", "time without time zone"),
        1114 => ("NaiveDateTime", "timestamp without time zone"),
        1184 => ("DateTime<Utc>", "timestamp with time zone"),
        1186 => ("orm::Interval", "interval"),
        1700 => ("Decimal", "numeric"),
        2950 => ("Uuid", "uuid"),
        3614 => ("orm::TsVector", "tsvector"),
        3802 => ("Value", "jsonb"),
        3904 => ("Range<i32>", "int4range"),
        3906 => ("Range<Decimal>", "numrange"),
        3908 => ("Range<NaiveDateTime>", "tsrange"),
        3910 => ("Range<DateTime<Utc>>", "tstzrange"),
        3912 => ("Range<NaiveDate>", "daterange"),
        3926 => ("Range<i64>", "int8range"),
        4451 => ("orm::Multirange<i32>", "int4multirange"),
        4532 => ("orm::Multirange<Decimal>", "nummultirange"),
        4533 => ("orm::Multirange<NaiveDateTime>", "tsmultirange"),
        4534 => ("orm::Multirange<DateTime<Utc>>", "tstzmultirange"),
        4535 => ("orm::Multirange<NaiveDate>", "datemultirange"),
        4536 => ("orm::Multirange<i64>", "int8multirange"),
        // Read and written as text.
        19 | 1042 | 1043 => ("String", "text"),
        _ => return None,
    };
    Some(Known { rust, sql })
}

/// Types whose binary form is their text.
const TEXTS: &[&str] = &["json", "xml", "citext"];

impl Types {
    pub(super) fn new(rows: HashMap<u32, TypeRow>) -> Self {
        Types { rows, own: BTreeMap::new() }
    }

    /// The types that are written beside the models, by name.
    pub(super) fn own(&self) -> impl Iterator<Item = &Own> {
        self.own.values()
    }

    /// What a column is in Rust; `None` where the server has no binary form of its type.
    pub(super) fn of(
        &mut self,
        column: &Column,
        facts: &ColumnFacts,
        names: &mut Names,
    ) -> Option<Typed> {
        let plain = Typed { rust: String::new(), max_length: None, digits: None, db_type: None };
        match &column.column_type {
            ColumnType::Varchar(length) => {
                return Some(Typed {
                    rust: "String".to_owned(),
                    max_length: Some(*length),
                    ..plain
                });
            }
            ColumnType::Numeric { digits, places } => {
                let digits = Some((*digits, *places));
                return Some(Typed { rust: "Decimal".to_owned(), digits, ..plain });
            }
            _ => {}
        }
        let (rust, sql) = self.rust(facts.oid, facts.dimensions, names)?;
        let sized = |column_type: &ColumnType| match column_type {
            ColumnType::Varchar(length) => (Some(*length), None),
            ColumnType::Numeric { digits, places } => (None, Some((*digits, *places))),
            _ => (None, None),
        };
        let mut item = &column.column_type;
        while let ColumnType::Array(inner) = item {
            item = inner;
        }
        let (max_length, digits) = sized(item);
        let is_said = max_length.is_some() || digits.is_some() || sql == facts.sql;
        let db_type = (!is_said).then(|| facts.sql.clone());
        Some(Typed { rust, max_length, digits, db_type })
    }

    /// The Rust type for a type of the server, and what the Rust type is called in SQL by itself.
    fn rust(&mut self, oid: u32, dimensions: u32, names: &mut Names) -> Option<(String, String)> {
        if let Some(known) = known(oid) {
            return Some((known.rust.to_owned(), known.sql.to_owned()));
        }
        let row = self.rows.get(&oid)?.clone();
        if let Some(base) = row.base() {
            return self.rust(base, row.dimensions, names);
        }
        if let Some(item) = row.item {
            let (mut rust, sql) = self.rust(item, 0, names)?;
            for _ in 0..dimensions.max(1) {
                rust = format!("Vec<{rust}>");
            }
            return Some((rust, format!("{sql}[]")));
        }
        let of_extension = match (row.extension.as_deref(), row.name.as_str()) {
            (Some("hstore"), "hstore") => Some("orm::HStore"),
            (Some("ltree"), "ltree") => Some("orm::Ltree"),
            _ => None,
        };
        if let Some(rust) = of_extension {
            return Some((rust.to_owned(), row.name.clone()));
        }
        if !row.readable {
            return None;
        }
        let own = self.own.entry(row.sql.clone()).or_insert_with(|| own(&row, names));
        Some((own.name.clone(), row.sql))
    }

    /// The variant of an enum type that has a label.
    pub(super) fn variant(&self, rust: &str, label: &str) -> Option<String> {
        let own = self.own.values().find(|own| own.name == rust)?;
        match &own.form {
            OwnForm::Enum(labels) => {
                let found = labels.iter().find(|(one, _)| one == label);
                found.map(|(_, variant)| format!("{rust}::{variant}"))
            }
            OwnForm::Text | OwnForm::Binary => None,
        }
    }
}

fn own(row: &TypeRow, names: &mut Names) -> Own {
    let labels = row.labels.clone().unwrap_or_default();
    let form = match row.is_enum() && !labels.is_empty() {
        true => OwnForm::Enum(super::names::variants(labels)),
        false if row.is_enum() || TEXTS.contains(&row.name.as_str()) => OwnForm::Text,
        false => OwnForm::Binary,
    };
    let stem = match row.name.as_str() {
        "char" => "OneChar",
        "json" => "JsonText",
        name => name,
    };
    let name = names.item(stem, Some(&row.schema));
    // `mood`, `"Mood"`, or with the schema before it.
    let is_qualified = row.sql.len() > row.name.len() + 2;
    let plain = (row.name.clone(), is_qualified.then(|| row.schema.clone()));
    Own { name, sql: row.sql.clone(), plain, form, comment: row.comment.clone() }
}
