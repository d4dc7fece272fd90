//! The messages in `tests/ui`, counted.
//!
//! Most cases are a file with one mistake. Files named `many_…` hold many, each in a function or a
//! module of its own, so that the compiler runs once for all of them; so do those named
//! `compiler_…`, whose mistakes the compiler reports in its own words. Every error belongs to the
//! mistake that it points at.

use std::fs;
use std::path::PathBuf;

/// No error is longer than that: the beginning of it fits a terminal.
const LINES: usize = 30;

/// A mistake, and what the compiler says about it.
struct Case {
    file: String,
    /// Its name in a file with many.
    name: Option<String>,
    errors: Vec<String>,
}

impl Case {
    /// The first line of the first error.
    fn first(&self) -> &str {
        self.errors.first().and_then(|error| error.lines().next()).unwrap_or_default()
    }

    fn of_the_compiler(&self) -> bool {
        self.file.starts_with("compiler_")
    }

    fn called(&self) -> String {
        let name = self.name.as_deref().unwrap_or_default();
        format!("{} {name}", self.file)
    }
}

#[test]
fn every_case_has_its_message() {
    let cases = files("rs");
    let messages = files("stderr");
    assert!(cases.len() >= 40, "only {} cases", cases.len());
    assert_eq!(cases, messages, "a case without its `.stderr`, or the reverse");
}

#[test]
fn every_mistake_is_rejected() {
    let cases = cases();
    let accepted = cases.iter().filter(|case| case.errors.is_empty()).map(Case::called);
    let accepted: Vec<String> = accepted.collect();
    assert!(accepted.is_empty(), "no error points at {accepted:#?}");
}

#[test]
fn errors_are_short() {
    let cases = cases();
    let lines = |case: &Case| case.errors.iter().map(|error| error.lines().count()).max();
    let too_long = cases.iter().filter(|case| lines(case) > Some(LINES)).map(Case::called);
    let too_long: Vec<String> = too_long.collect();
    assert!(too_long.is_empty(), "errors of more than {LINES} lines: {too_long:#?}");
}

/// Counted over all mistakes: `cargo test --features cli --test compile_fail messages_are_short -- --nocapture`.
#[test]
fn messages_are_short() {
    let cases = cases();
    let lines_of = |case: &Case| case.errors.iter().map(|error| error.lines().count()).sum();
    let mut lines: Vec<usize> = cases.iter().map(lines_of).collect();
    lines.sort_unstable();
    let at = |part: usize| lines.get(lines.len() * part / 100).copied().unwrap_or_default();
    let share = |count: usize| count * 100 / cases.len();
    let own = share(cases.iter().filter(|case| ours(case.first())).count());
    let one = share(cases.iter().filter(|case| case.errors.len() == 1).count());
    println!(
        "{} mistakes, {own} % begin with our sentence, {one} % are one error; lines: median {}, \
         p90 {}, longest {}",
        cases.len(),
        at(50),
        at(90),
        lines.last().copied().unwrap_or_default(),
    );
    assert!(at(50) <= 9, "the median of lines is {}", at(50));
    assert!(at(90) <= 19, "one in ten has more than {} lines", at(90));
    assert!(own >= 85, "only {own} % begin with a sentence of ours");
    assert!(one >= 92, "only {one} % are one error");
}

/// The cases in which the language leaves the first line to the compiler, with what it says.
const OF_THE_COMPILER: &[(&str, &[&str])] = &[
    // A name that is nowhere: the compiler looks for a near one.
    (
        "error[E0599]: no method named",
        &[
            "bulk_update_unknown_field",
            "corpus_filter_unknown_field",
            "corpus_filter_unknown_lookup",
            "nested_unknown",
            "on_conflict_unknown_field",
            "q_unknown_field",
            "q_unknown_field_of_relation",
            "unknown_field_near",
            "unknown_method",
        ],
    ),
    (
        "error[E0425]: cannot find type",
        &[
            "derive_key_to_no_model",
            "derive_key_to_unknown_type",
            "derive_many_to_many_to_no_model",
        ],
    ),
    ("error[E0609]: no field", &["draft_unknown_field", "row_forgotten_relation"]),
    ("error[E0615]: attempted to take value of method", &["field_without_parentheses"]),
    // A struct of the user's, filled by `row!`.
    ("error[E0063]: missing field", &["row_missing_field"]),
    ("error[E0308]: mismatched types", &["row_nullable", "row_wrong_type"]),
    // A row of one column is that column, and no tuple.
    ("error[E0308]: mismatched types", &["corpus_values_flat_two_fields"]),
    ("error[E0560]: struct `Card` has no field", &["row_unknown_field"]),
    // Operators that Rust does not let a library have: `&&` and `||`, and those of one operand where
    // the type has none.
    ("error[E0308]: mismatched types", &["and_operator", "or_operator"]),
    ("error[E0600]: cannot apply unary operator `!`", &["not_operator_on_number"]),
    // A lint of the compiler, with our note.
    ("error: unused `QuerySet` that must be used", &["unused_query_set"]),
    // A function of the user's that takes another type.
    ("error[E0308]: mismatched types", &["derive_validator_of_another_type"]),
    ("error[E0600]: cannot apply unary operator `-`", &["order_by_negated_text"]),
    // Closures in transactions: what they return, and a `tx` that leaves its transaction.
    ("error[E0277]: the `?` operator", &["transaction_closure_without_result"]),
    ("error[E0283]: type annotations needed", &["try_transaction_without_error_type"]),
    ("error[E0308]: mismatched types", &["transaction_with_another_error"]),
    ("error[E0521]: borrowed data escapes", &["on_commit_borrows"]),
    ("error[E0507]: cannot move out of `*tx`", &["transaction_committed_inside"]),
    (
        "error: lifetime may not live long enough",
        &["transaction_kept_outside", "transaction_moved_out"],
    ),
    // Numbers that do not fit their type.
    ("error[E0600]: cannot apply unary operator `-`", &["corpus_order_negative_nth"]),
    (
        "error[E0277]: the trait bound `u64: Neg`",
        &["corpus_order_negative_index", "slice_negative"],
    ),
    (
        "error: literal out of range for `i32`",
        &[
            "corpus_lookups_int_out_of_range_exact",
            "corpus_lookups_int_out_of_range_gt",
            "corpus_lookups_int_out_of_range_lt",
        ],
    ),
];

#[test]
fn errors_begin_with_our_sentence() {
    let mut wrong = Vec::new();
    for case in cases().iter().filter(|case| !case.of_the_compiler()) {
        let first = case.first();
        let listed = OF_THE_COMPILER.iter().find(|(_, names)| names.contains(&&*case.file));
        match listed {
            Some((says, _)) if first.contains(says) => {}
            None if ours(first) => {}
            _ => wrong.push(format!("{}: {first}", case.called())),
        }
    }
    assert!(wrong.is_empty(), "unexpected first lines: {wrong:#?}");
}

/// What the compiler says in its own words stands on the page about errors, by its number or its
/// words.
#[test]
fn the_book_names_what_the_compiler_says() {
    let book = fs::read_to_string(root().join("docs/book/compile-errors.md"));
    let book = book.expect("the page can be read");
    let mut missing = Vec::new();
    for case in cases().iter().filter(|case| case.of_the_compiler()) {
        let first = case.first();
        let number = first.strip_prefix("error[").and_then(|rest| rest.split(']').next());
        let words = number.unwrap_or_else(|| first.trim_start_matches("error: "));
        if !book.contains(words) || ours(first) {
            missing.push(format!("{}: {first}", case.called()));
        }
    }
    assert!(missing.is_empty(), "not on the page, or ours by now: {missing:#?}");
}

/// What the compiler's own first lines begin with, where they have no number of their own.
const WORDS_OF_THE_COMPILER: &[&str] = &[
    "the trait bound",
    "type mismatch",
    "the size for",
    "literal",
    "expected",
    "the `?`",
    "`?` couldn't",
    "can't compare",
    "cannot ",
    "implementation of",
    "lifetime",
    "unused",
];

/// True for sentences of the library: those of the derive have no number, or stand in an assertion,
/// and those of `#[diagnostic::on_unimplemented]` have E0277 and do not speak of trait bounds.
fn ours(first: &str) -> bool {
    let begins = ["error[E0277]: ", "error: ", "error[E0080]: evaluation panicked: "];
    let sentence = begins.iter().find_map(|begin| first.strip_prefix(begin));
    sentence.is_some_and(|text| !WORDS_OF_THE_COMPILER.iter().any(|words| text.starts_with(words)))
}

fn cases() -> Vec<Case> {
    files("stderr").iter().flat_map(|file| cases_of(file)).collect()
}

/// The mistakes of a file with their errors.
fn cases_of(file: &str) -> Vec<Case> {
    let errors = errors(file);
    let case = |name, errors| Case { file: file.to_owned(), name, errors };
    if !file.starts_with("many_") && !file.starts_with("compiler_") {
        return vec![case(None, errors)];
    }
    let begins = begins(file);
    let named = begins.iter().map(|(_, name)| case(Some(name.clone()), Vec::new()));
    let mut cases: Vec<Case> = named.collect();
    for error in errors {
        let line = line_of(&error, file);
        let place = begins.iter().rposition(|(begin, _)| *begin <= line);
        let case = place.and_then(|place| cases.get_mut(place));
        case.expect("each error points at a mistake").errors.push(error);
    }
    cases
}

/// The lines at which the mistakes of a file begin, with their names.
fn begins(file: &str) -> Vec<(usize, String)> {
    let source = fs::read_to_string(directory().join(format!("{file}.rs")));
    let source = source.expect("the case can be read");
    let named = source.lines().zip(1..).filter_map(|(line, number)| {
        let name = line.strip_prefix("pub async fn ").or_else(|| line.strip_prefix("mod "))?;
        let name = name.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next()?;
        (name != "library").then(|| (number, name.to_owned()))
    });
    named.collect()
}

/// The line that an error points at.
fn line_of(error: &str, file: &str) -> usize {
    let place = format!("tests/ui/{file}.rs:");
    let line = error.split(&place).nth(1).and_then(|rest| rest.split(':').next());
    line.and_then(|line| line.parse().ok()).unwrap_or_default()
}

/// The names of the files of a kind.
fn files(extension: &str) -> Vec<String> {
    let entries = fs::read_dir(directory()).expect("tests/ui is there");
    let paths = entries.map(|entry| entry.expect("tests/ui can be read").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    let stem = |path: PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let mut names: Vec<String> = paths.filter_map(stem).collect();
    names.sort();
    names
}

/// The errors of a file, one by one.
fn errors(name: &str) -> Vec<String> {
    let text = fs::read_to_string(directory().join(format!("{name}.stderr")));
    let text = text.expect("the message can be read");
    let mut errors: Vec<String> = Vec::new();
    for line in text.lines() {
        match errors.last_mut() {
            Some(error) if !line.starts_with("error") && !line.starts_with("warning") => {
                error.push_str(line);
                error.push('\n');
            }
            _ => errors.push(format!("{line}\n")),
        }
    }
    errors.iter().map(|error| error.trim_end().to_owned()).collect()
}

fn directory() -> PathBuf {
    root().join("tests/ui")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
