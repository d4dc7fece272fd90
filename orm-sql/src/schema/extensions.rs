//! The extensions that a table needs, as far as that is known.

use super::{ColumnType, ConstraintKind, ExcludePart, Exclusion, IndexKey, IndexPart, Table};
use crate::value::SqlType;
use std::collections::BTreeSet;

/// Operator classes that belong to an extension.
const CLASSES: &[(&str, &str)] = &[
    ("gin_trgm_ops", "pg_trgm"),
    ("gist_trgm_ops", "pg_trgm"),
    ("gin_hstore_ops", "hstore"),
    ("gist_hstore_ops", "hstore"),
    ("citext_ops", "citext"),
    ("gist_ltree_ops", "ltree"),
    ("gist__ltree_ops", "ltree"),
    ("ltree_ops", "ltree"),
    ("vector_ops", "vector"),
    ("vector_l2_ops", "vector"),
    ("vector_ip_ops", "vector"),
    ("vector_cosine_ops", "vector"),
    ("vector_l1_ops", "vector"),
];

/// Types that belong to an extension of another name than theirs, or of theirs. Not those of `isn`: a domain of
/// the application is called `isbn` more often.
const TYPES: &[(&str, &str)] = &[
    ("hstore", "hstore"),
    ("citext", "citext"),
    ("ltree", "ltree"),
    ("lquery", "ltree"),
    ("ltxtquery", "ltree"),
    ("vector", "vector"),
    ("halfvec", "vector"),
    ("sparsevec", "vector"),
    ("cube", "cube"),
    ("geometry", "postgis"),
    ("geography", "postgis"),
];

/// The extension that has a type, by its name as SQL writes it, with or without a length.
///
/// ```
/// use orm_sql::schema::extension_of_type;
///
/// assert_eq!(extension_of_type("vector(3)"), Some("vector"));
/// assert_eq!(extension_of_type("lquery"), Some("ltree"));
/// assert_eq!(extension_of_type("mood"), None);
/// ```
pub fn extension_of_type(name: &str) -> Option<&'static str> {
    let name = name.split_once('(').map_or(name, |(name, _)| name).trim_end();
    TYPES.iter().find(|(known, _)| *known == name).map(|(_, extension)| *extension)
}

/// Functions that belong to an extension.
const FUNCTIONS: &[(&str, &[&str])] = &[
    ("pg_trgm", &["similarity", "word_similarity", "strict_word_similarity", "show_trgm"]),
    ("unaccent", &["unaccent"]),
    ("pgcrypto", &["digest", "hmac", "crypt", "gen_salt", "pgp_sym_encrypt", "pgp_sym_decrypt"]),
    ("fuzzystrmatch", &["levenshtein", "soundex", "metaphone", "dmetaphone", "difference"]),
    ("hstore", &["hstore", "akeys", "avals", "hstore_to_jsonb"]),
    ("ltree", &["nlevel", "subpath", "subltree", "lca", "text2ltree", "ltree2text"]),
    ("vector", &["l2_distance", "l1_distance", "cosine_distance", "inner_product", "vector_dims"]),
    ("uuid-ossp", &["uuid_generate_v1", "uuid_generate_v4", "uuid_generate_v5"]),
    ("tablefunc", &["crosstab", "connectby", "normal_rand"]),
];

/// Operators of text that belong to `pg_trgm`.
const OF_TRIGRAMS: &[&str] =
    &["%", "%>", "<%", "%>>", "<<%", "<->", "<<->", "<->>", "<<<->", "<->>>"];

/// The extension that has what the server says it does not know, by its SQLSTATE and its message, in
/// whatever language: a function or an operator (42883), a type, an operator class or an access method
/// (42704).
///
/// ```
/// use orm_sql::schema::extension_of_missing;
///
/// let of = |message| extension_of_missing("42883", message);
/// assert_eq!(of("function similarity(text, text) does not exist"), Some("pg_trgm"));
/// assert_eq!(of("Operator existiert nicht: text % text"), Some("pg_trgm"));
/// assert_eq!(of("operator does not exist: integer % text"), None);
/// assert_eq!(of("function my_similarity(text) does not exist"), None);
/// assert_eq!(extension_of_missing("42704", "type \"lquery\" does not exist"), Some("ltree"));
/// ```
pub fn extension_of_missing(code: &str, message: &str) -> Option<&'static str> {
    match code {
        "42883" => of_function(message).or_else(|| of_operator(message)),
        "42704" => message.split(['"', '«', '»', '„', '“', '”']).find_map(of_name),
        _ => None,
    }
}

fn of_function(message: &str) -> Option<&'static str> {
    let name = function_of(message)?;
    let has = |(_, names): &&(&str, &[&str])| names.contains(&name);
    FUNCTIONS.iter().find(has).map(|(extension, _)| *extension)
}

/// The name of the function that a message speaks of: what stands before its arguments.
pub(super) fn function_of(message: &str) -> Option<&str> {
    let (before, _) = message.split_once('(')?;
    before.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next()
}

fn of_operator(message: &str) -> Option<&'static str> {
    let words: Vec<&str> = message.split_whitespace().collect();
    // `character varying`: before the operator stands its last word, and behind it the first.
    let is_text =
        |word: &str| matches!(word, "text" | "character" | "varying" | "unknown" | "citext");
    let between = words.windows(3).any(|three| match three {
        [left, operator, right] => {
            is_text(left) && OF_TRIGRAMS.contains(operator) && is_text(right)
        }
        _ => false,
    });
    between.then_some("pg_trgm")
}

fn of_name(name: &str) -> Option<&'static str> {
    let class = CLASSES.iter().find(|(class, _)| *class == name).map(|(_, extension)| *extension);
    let method = matches!(name, "hnsw" | "ivfflat").then_some("vector");
    extension_of_type(name).or(class).or(method)
}

impl Table {
    /// The extensions that have the types of its columns and the operator classes of its indexes, and
    /// `btree_gist` or `btree_gin` where such an index has a column of an ordinary type.
    ///
    /// ```
    /// use orm_sql::schema::{Index, IndexPart, Table};
    ///
    /// let mut table = Table::new("book");
    /// let class = Some("gin_trgm_ops".to_owned());
    /// let part = IndexPart { operator_class: class, ..IndexPart::column("title") };
    /// table.indexes.push(Index { method: "gin".into(), ..Index::new("by_title", vec![part]) });
    /// assert_eq!(table.extensions(), ["pg_trgm"]);
    /// ```
    pub fn extensions(&self) -> Vec<&'static str> {
        let mut found: BTreeSet<&'static str> = BTreeSet::new();
        found.extend(self.columns.iter().filter_map(|column| column.column_type.extension()));
        for index in &self.indexes {
            for part in &index.parts {
                found.extend(self.extension_of(part, &index.method));
            }
        }
        for constraint in &self.constraints {
            if let ConstraintKind::Exclude(Exclusion { method, parts, .. }) = &constraint.kind {
                for ExcludePart { part, .. } in parts {
                    found.extend(self.extension_of(part, method));
                }
            }
        }
        found.into_iter().collect()
    }

    fn extension_of(&self, part: &IndexPart, method: &str) -> Option<&'static str> {
        if let Some(class) = &part.operator_class {
            return CLASSES.iter().find(|(name, _)| name == class).map(|(_, extension)| *extension);
        }
        let IndexKey::Column(name) = &part.key else { return None };
        let is_ordinary = match &self.column(name)?.column_type {
            ColumnType::Varchar(_) | ColumnType::Numeric { .. } => true,
            ColumnType::Plain(sql_type) => ORDINARY.contains(sql_type),
            ColumnType::Array(_) | ColumnType::Named(_) => false,
        };
        match method {
            "gist" if is_ordinary => Some("btree_gist"),
            "gin" if is_ordinary => Some("btree_gin"),
            _ => None,
        }
    }
}

/// The types that neither GiST nor GIN has operator classes for without an extension.
const ORDINARY: &[SqlType] = &[
    SqlType::Bool,
    SqlType::Int2,
    SqlType::Int4,
    SqlType::Int8,
    SqlType::Float4,
    SqlType::Float8,
    SqlType::Numeric,
    SqlType::Text,
    SqlType::Bytea,
    SqlType::Date,
    SqlType::Time,
    SqlType::Timestamp,
    SqlType::TimestampTz,
    SqlType::Interval,
    SqlType::Uuid,
];
