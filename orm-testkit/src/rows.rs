//! Rows compared, with a difference that people can read.

use similar::{ChangeTag, TextDiff};
use std::fmt;

/// How two lists of rows differ, one row a line: `-` is missing, `+` was not expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference(String);

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Difference {}

/// Compares rows in order.
///
/// # Errors
///
/// The difference, one row a line.
///
/// ```
/// let difference = orm_testkit::same_rows(&[1, 3], &[1, 2]).unwrap_err();
/// assert_eq!(difference.to_string(), "rows differ (- expected, + found):\n  1\n- 2\n+ 3\n");
/// ```
pub fn same_rows<A, B>(found: &[A], expected: &[B]) -> Result<(), Difference>
where
    A: PartialEq<B> + fmt::Debug,
    B: fmt::Debug,
{
    let same = found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| a == b);
    if same { Ok(()) } else { Err(difference(lines(found), lines(expected))) }
}

/// Compares rows in any order; equal rows count.
///
/// # Errors
///
/// The difference, one row a line, sorted.
///
/// ```
/// assert!(orm_testkit::same_rows_unordered(&[2, 1, 1], &[1, 2, 1]).is_ok());
/// assert!(orm_testkit::same_rows_unordered(&[2, 1, 1], &[1, 2, 2]).is_err());
/// ```
pub fn same_rows_unordered<A, B>(found: &[A], expected: &[B]) -> Result<(), Difference>
where
    A: PartialEq<B> + fmt::Debug,
    B: fmt::Debug,
{
    let mut left: Vec<&B> = expected.iter().collect();
    let all = found.iter().all(|row| match left.iter().position(|other| row == *other) {
        Some(place) => {
            left.swap_remove(place);
            true
        }
        None => false,
    });
    if all && left.is_empty() {
        return Ok(());
    }
    let (mut found, mut expected) = (lines(found), lines(expected));
    found.sort();
    expected.sort();
    Err(difference(found, expected))
}

fn lines<T: fmt::Debug>(rows: &[T]) -> Vec<String> {
    rows.iter().map(|row| format!("{row:?}\n")).collect()
}

fn difference(found: Vec<String>, expected: Vec<String>) -> Difference {
    let (found, expected) = (found.concat(), expected.concat());
    let mut text = String::from("rows differ (- expected, + found):\n");
    for change in TextDiff::from_lines(&expected, &found).iter_all_changes() {
        text.push_str(match change.tag() {
            ChangeTag::Equal => "  ",
            ChangeTag::Delete => "- ",
            ChangeTag::Insert => "+ ",
        });
        text.push_str(change.value());
    }
    Difference(text)
}

/// Asserts that rows are these, in this order.
///
/// ```
/// orm_testkit::assert_rows!(vec!["a", "b"], ["a", "b"]);
/// ```
#[macro_export]
macro_rules! assert_rows {
    ($found:expr, $expected:expr $(,)?) => {
        if let Err(difference) = $crate::same_rows(&$found[..], &$expected[..]) {
            panic!("{difference}");
        }
    };
}

/// Asserts that rows are these, in any order.
///
/// ```
/// orm_testkit::assert_rows_unordered!(vec!["b", "a"], ["a", "b"]);
/// ```
#[macro_export]
macro_rules! assert_rows_unordered {
    ($found:expr, $expected:expr $(,)?) => {
        if let Err(difference) = $crate::same_rows_unordered(&$found[..], &$expected[..]) {
            panic!("{difference}");
        }
    };
}
