//! The versions of PostgreSQL that brought functions, as far as that is known.

use super::extensions::function_of;

/// Functions that not every server in use has, by the version that has them first: the release notes of
/// each, "Functions".
const FUNCTIONS: &[(u32, &[&str])] = &[
    (15, &["regexp_count", "regexp_instr", "regexp_like", "regexp_substr"]),
    (
        16,
        &[
            "any_value",
            "array_sample",
            "array_shuffle",
            "date_add",
            "date_subtract",
            "erf",
            "erfc",
            "pg_input_error_info",
            "pg_input_is_valid",
            "random_normal",
        ],
    ),
    (
        17,
        &[
            "to_bin",
            "to_oct",
            "unicode_assigned",
            "uuid_extract_timestamp",
            "uuid_extract_version",
            "xmltext",
        ],
    ),
    (
        18,
        &[
            "array_reverse",
            "array_sort",
            "casefold",
            "crc32",
            "crc32c",
            "gamma",
            "lgamma",
            "uuidv4",
            "uuidv7",
        ],
    ),
];

/// The version of PostgreSQL that has what an older server says it does not know, by its SQLSTATE and
/// its message, in whatever language: a function (42883).
///
/// ```
/// use orm_sql::schema::version_of_missing;
///
/// assert_eq!(version_of_missing("42883", "function uuidv7() does not exist"), Some(18));
/// assert_eq!(version_of_missing("42883", "Funktion any_value(text) existiert nicht"), Some(16));
/// assert_eq!(version_of_missing("42883", "function my_own(text) does not exist"), None);
/// ```
pub fn version_of_missing(code: &str, message: &str) -> Option<u32> {
    let name = (code == "42883").then(|| function_of(message)).flatten()?;
    FUNCTIONS.iter().find(|(_, names)| names.contains(&name)).map(|(version, _)| *version)
}
