//! Columns that are found by their names.

use super::{ByName, OutputColumn, Statement};
use crate::error::{Error, Result};

/// Where each column that is read stands in what a statement returns, whose columns are called like
/// this.
///
/// # Errors
///
/// [`Error::Decode`], which names a column that is missing, there twice, or not read.
pub fn places(statement: &Statement, found: &[&str]) -> Result<Vec<usize>> {
    let wanted = &statement.columns;
    let mut places: Vec<usize> = (0..wanted.len()).collect();
    for ByName { first, count } in &statement.by_name {
        // Alone, they may stand anywhere.
        let whole = *count == wanted.len();
        let end = if whole { found.len() } else { found.len().min(first + count) };
        let window = found.get(*first..end).unwrap_or_default();
        let own = wanted.iter().skip(*first).take(*count);
        for (place, column) in places.iter_mut().skip(*first).zip(own.clone()) {
            *place = first + place_in(window, column)?;
        }
        let is_read = |name: &&&str| own.clone().any(|column| column.field == **name);
        if let (true, Some(extra)) = (whole, window.iter().find(|name| !is_read(name))) {
            let model = wanted.first().map_or("the raw query", |column| column.model);
            let message =
                "the query returns it, and nothing reads it: leave it out, or give it a field";
            return Err(unread(model, extra, message));
        }
    }
    Ok(places)
}

fn place_in(window: &[&str], column: &OutputColumn) -> Result<usize> {
    let same = |(_, name): &(usize, &&str)| **name == column.field;
    let mut there = window.iter().enumerate().filter(same).map(|(place, _)| place);
    match (there.next(), there.next()) {
        (Some(place), None) => Ok(place),
        (Some(_), Some(_)) => {
            let message =
                "the query returns several columns of this name: give the others another one";
            Err(unread(column.model, column.field, message))
        }
        (None, _) => {
            let message = match window {
                [] => "the query does not return it".to_owned(),
                names => format!(
                    "the query does not return it here; it returns `{}`",
                    names.join("`, `")
                ),
            };
            Err(unread(column.model, column.field, &message))
        }
    }
}

fn unread(model: &str, field: &str, message: &str) -> Error {
    let (model, field) = (model.to_owned(), field.to_owned());
    Error::Decode { model, field, message: message.to_owned().into() }
}
