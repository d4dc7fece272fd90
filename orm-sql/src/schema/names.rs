//! Names for what was given none: the ones that Django makes, at most 63 bytes, the same on every
//! run, and told apart by a digest of what they stand for.

use crate::error::{Error, Result};
use md5::{Digest, Md5};

/// What the server keeps of a name; it cuts off the rest.
pub const MAX: usize = 63;

/// Refuses a name that the server would cut off: it would then mean another thing that begins so.
///
/// # Errors
///
/// [`Error::Usage`], which names it.
pub fn check_name(name: String, what: &str) -> Result<String> {
    match name.len() {
        ..=MAX => Ok(name),
        length => Err(Error::usage(format!(
            "the {what} name `{name}` has {length} bytes, and the server keeps {MAX}"
        ))),
    }
}

/// `library_book_name_edition_1f2e3d4c_uniq`: table, columns, digest, and what it is.
///
/// `more` tells apart what the columns do not, such as conditions.
pub fn constraint(table: &str, columns: &[&str], more: &[&str], suffix: &str) -> String {
    let tail = digest([table].iter().chain(columns).chain(more), 8) + suffix;
    let whole = [&[table], columns, &[&tail]].concat().join("_");
    if whole.len() <= MAX {
        return whole;
    }
    let tail = cut(&tail, MAX / 3);
    let each = (MAX - tail.len()) / 2 - 1;
    let name = format!("{}_{}_{tail}", cut(table, each), cut(&columns.join("_"), each));
    if starts_badly(&name) { format!("D{}", cut(&name, name.len() - 1)) } else { name }
}

/// The name of a foreign key.
pub fn foreign_key(table: &str, columns: &[&str], to_table: &str, to_columns: &[&str]) -> String {
    let to_columns = to_columns.join("_");
    constraint(table, columns, &[], &format!("_fk_{to_table}_{to_columns}"))
}

/// `library_boo_name_1f2e3d_idx`: Django's short form for indexes that the model lists.
///
/// A column that is descending stands in `ordered` with a minus sign.
pub fn index(table: &str, ordered: &[&str], more: &[&str], suffix: &str) -> String {
    let digest = digest([table].iter().chain(ordered).chain(&[suffix]).chain(more), 6);
    let first = ordered.first().map_or("expr", |column| column.trim_start_matches('-'));
    let (table, first, suffix) = (cut(table, 11), cut(first, 7), cut(suffix, 20));
    let name = format!("{table}_{first}_{digest}_{suffix}");
    if starts_badly(&name) { format!("D{}", &name[1..]) } else { name }
}

/// `library_book_pkey`: what the server calls primary keys, or Django's form where that is long.
pub fn primary_key(table: &str) -> String {
    plain(table, &[], "_pkey")
}

/// `library_book_pages_check`: what the server calls the check of a column.
pub fn positive(table: &str, column: &str) -> String {
    plain(table, &[column], "_check")
}

fn plain(table: &str, columns: &[&str], suffix: &str) -> String {
    let parts: Vec<&str> = [table].iter().chain(columns).copied().collect();
    let whole = parts.join("_") + suffix;
    if whole.len() <= MAX { whole } else { constraint(table, columns, &[], suffix) }
}

/// The first characters of MD5 over the texts, one after the other.
fn digest<'a>(texts: impl Iterator<Item = &'a &'a str>, length: usize) -> String {
    let mut md5 = Md5::new();
    texts.for_each(|text| md5.update(text));
    let bytes = md5.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()[..length].to_owned()
}

/// The longest beginning that has at most so many bytes and ends with a whole character.
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// True for beginnings that Django puts a letter before.
fn starts_badly(name: &str) -> bool {
    name.starts_with(|c: char| c == '_' || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Django 5.2 answers for the same.
    #[test]
    fn names_are_those_of_django() {
        let check = |table, columns: &[&str], suffix, expected| {
            assert_eq!(constraint(table, columns, &[], suffix), expected);
        };
        check("library_book", &["author_id"], "", "library_book_author_id_d9a3b67e");
        let fk = "library_book_author_id_d9a3b67e_fk_library_author_id";
        check("library_book", &["author_id"], "_fk_library_author_id", fk);
        assert_eq!(foreign_key("library_book", &["author_id"], "library_author", &["id"]), fk);
        let uniq = "library_book_name_edition_bd563afa_uniq";
        check("library_book", &["name", "edition"], "_uniq", uniq);
        check(
            "a_table_with_a_rather_long_name_indeed",
            &["and_a_column_with_a_long_name_too"],
            "_uniq",
            "a_table_with_a_rather_lo_and_a_column_with_a_long_11615f54_uniq",
        );
        check(
            "a_table_with_a_rather_long_name_indeed",
            &["author_id"],
            "_fk_another_table_with_a_long_name_id",
            "a_table_with_a_rathe_author_id_68b8da88_fk_another_t",
        );
        check(
            "_hidden_table_with_a_long_name_for_nothing",
            &["and_a_column_with_a_long_name_too"],
            "_uniq",
            "D_hidden_table_with_a_lon_and_a_column_with_a_long_12c703d1_uni",
        );
    }

    /// What Django 5.2 answers for the same.
    #[test]
    fn index_names_are_those_of_django() {
        let check = |table, ordered: &[&str], suffix, expected| {
            assert_eq!(index(table, ordered, &[], suffix), expected);
        };
        check("library_book", &["-release_year"], "idx", "library_boo_release_6f5b7d_idx");
        check("library_book", &["name", "-release_year"], "idx", "library_boo_name_3a9b2f_idx");
        check("library_book", &["name"], "gin", "library_boo_name_644f2b_gin");
        check("library_book", &["release_year"], "brin", "library_boo_release_4a6f23_brin");
        check("_odd", &["name"], "idx", "Dodd_name_a29d8f_idx");
    }

    #[test]
    fn names_fit_and_are_told_apart_whatever_is_in_them() {
        let table = "ß".repeat(31);
        let column = "日本".repeat(10);
        let names = [
            constraint(&table, &[&column], &[], ""),
            constraint(&table, &[&column], &[], "_uniq"),
            constraint(&table, &[&column], &["a > 1"], "_uniq"),
            constraint(&table, &[&column], &["a > 2"], "_uniq"),
            foreign_key(&table, &[&column], &table, &["id"]),
            index(&table, &[&column], &[], "idx"),
            index(&table, &[], &["lower(a)"], "idx"),
            index(&table, &[], &["upper(a)"], "idx"),
            primary_key(&table),
            positive(&table, &column),
        ];
        for (place, name) in names.iter().enumerate() {
            assert!(name.len() <= MAX, "{name} has {} bytes", name.len());
            assert!(!names[..place].contains(name), "{name} is taken");
        }
    }

    #[test]
    fn keys_and_checks_of_columns_are_named_as_the_server_does() {
        assert_eq!(primary_key("library_book"), "library_book_pkey");
        assert_eq!(positive("library_book", "pages"), "library_book_pages_check");
    }
}
