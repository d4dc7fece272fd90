//! The keys of a table, read one by one; what nobody has read is a mistake.

use super::{MigrationName, Read, Wrong};
use orm_core::tables::state::ModelName;
use orm_sql::ident::RawSql;
use orm_sql::schema::{Storage, TableName};
use std::cell::RefCell;
use toml_edit::{Item, TableLike, Value};

pub(super) struct Keys<'a> {
    table: &'a dyn TableLike,
    at: Option<usize>,
    /// What was asked for, which are the keys that there are here.
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Keys<'a> {
    pub(super) fn new(table: &'a dyn TableLike, at: Option<usize>) -> Self {
        Keys { table, at, known: RefCell::default() }
    }

    pub(super) fn wrong(&self, message: impl Into<String>) -> Wrong {
        Wrong { message: message.into(), at: self.at }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.table.iter().map(|(name, _)| name)
    }

    fn item(&self, key: &'static str) -> Option<&'a Item> {
        self.known.borrow_mut().push(key);
        self.table.get(key)
    }

    fn is_no(&self, key: &str, what: &str, item: &Item) -> Wrong {
        let at = item.span().map(|span| span.start).or(self.at);
        Wrong { message: format!("`{key}` is not {what}"), at }
    }

    pub(super) fn text(&self, key: &'static str) -> Read<Option<String>> {
        let Some(item) = self.item(key) else { return Ok(None) };
        let text = item.as_str().ok_or_else(|| self.is_no(key, "a text", item))?;
        Ok(Some(text.to_owned()))
    }

    pub(super) fn needed_text(&self, key: &'static str) -> Read<String> {
        self.text(key)?.ok_or_else(|| self.wrong(format!("`{key}` is missing")))
    }

    pub(super) fn sql(&self, key: &'static str) -> Read<Option<RawSql>> {
        Ok(self.text(key)?.map(RawSql::new))
    }

    pub(super) fn flag(&self, key: &'static str) -> Read<bool> {
        self.flag_or(key, false)
    }

    pub(super) fn flag_or(&self, key: &'static str, default: bool) -> Read<bool> {
        let Some(item) = self.item(key) else { return Ok(default) };
        item.as_bool().ok_or_else(|| self.is_no(key, "`true` or `false`", item))
    }

    pub(super) fn texts(&self, key: &'static str) -> Read<Vec<String>> {
        let Some(item) = self.item(key) else { return Ok(Vec::new()) };
        let wrong = || self.is_no(key, "a list of texts", item);
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(wrong);
        item.as_array().ok_or_else(wrong)?.iter().map(text).collect()
    }

    /// Pairs of texts: `[["a", "A"], ["b", "B"]]`.
    pub(super) fn pairs(&self, key: &'static str) -> Read<Vec<(String, String)>> {
        let Some(item) = self.item(key) else { return Ok(Vec::new()) };
        let wrong = || self.is_no(key, "a list of pairs of texts", item);
        let pair = |value: &Value| {
            let pair = value.as_array().filter(|pair| pair.len() == 2).ok_or_else(wrong)?;
            let mut texts = pair.iter().map(|text| text.as_str().map(str::to_owned));
            match (texts.next().flatten(), texts.next().flatten()) {
                (Some(first), Some(second)) => Ok((first, second)),
                _ => Err(wrong()),
            }
        };
        item.as_array().ok_or_else(wrong)?.iter().map(pair).collect()
    }

    /// A table of texts, by their names.
    pub(super) fn table(&self, key: &'static str) -> Read<Storage> {
        let Some(item) = self.item(key) else { return Ok(Storage::new()) };
        let wrong = || self.is_no(key, "a table of texts", item);
        let text = |(name, item): (&str, &Item)| {
            Ok((name.to_owned(), item.as_str().ok_or_else(wrong)?.to_owned()))
        };
        item.as_table_like().ok_or_else(wrong)?.iter().map(text).collect()
    }

    /// Tables, in lines of their own or in a list.
    pub(super) fn tables(&self, key: &'static str) -> Read<Vec<Keys<'a>>> {
        let Some(item) = self.item(key) else { return Ok(Vec::new()) };
        let wrong = || self.is_no(key, "a list of tables", item);
        if let Some(tables) = item.as_array_of_tables() {
            let table =
                |table: &'a toml_edit::Table| Keys::new(table, table.span().map(|span| span.start));
            return Ok(tables.iter().map(table).collect());
        }
        let table = |value: &'a Value| {
            let table = value.as_inline_table().ok_or_else(wrong)?;
            Ok(Keys::new(table, value.span().map(|span| span.start)))
        };
        item.as_array().ok_or_else(wrong)?.iter().map(table).collect()
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(
        &self,
        key: &'static str,
        words: &[(&'static str, T)],
    ) -> Read<Option<T>> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        match words.iter().find(|(word, _)| *word == text) {
            Some((_, value)) => Ok(Some(*value)),
            None => {
                let choices: Vec<String> =
                    words.iter().map(|(word, _)| format!("`{word}`")).collect();
                Err(self.wrong(format!("`{key}` is one of {}", choices.join(", "))))
            }
        }
    }

    pub(super) fn table_name(&self) -> Read<Option<TableName>> {
        let schema = self.text("schema")?;
        Ok(self.text("table")?.map(|name| TableName { schema, name }))
    }

    /// `library.Book`, or `Book` of no app.
    pub(super) fn model(&self, text: &str) -> ModelName {
        let (app, name) = text.rsplit_once('.').unwrap_or(("", text));
        ModelName::new(app, name)
    }

    /// `library.0001_initial`, or `0001_initial` of no app.
    pub(super) fn migration(&self, text: &str) -> MigrationName {
        let (app, name) = text.split_once('.').unwrap_or(("", text));
        MigrationName { app: app.to_owned(), name: name.to_owned() }
    }

    /// What nobody asked for is a mistake.
    pub(super) fn finish(self) -> Read<()> {
        let known = self.known.into_inner();
        let Some((unknown, _)) = self.table.iter().find(|(key, _)| !known.contains(key)) else {
            return Ok(());
        };
        let at = self.table.key(unknown).and_then(|key| key.span()).map(|span| span.start);
        let near = known.iter().find(|known| is_near(known, unknown));
        let help = near.map_or_else(
            || format!("; there are {}", list(&known)),
            |known| format!("; did you mean `{known}`?"),
        );
        Err(Wrong { message: format!("there is no `{unknown}` here{help}"), at: at.or(self.at) })
    }
}

fn list(known: &[&str]) -> String {
    let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// One letter too many, too few or another.
fn is_near(known: &str, unknown: &str) -> bool {
    let (known, unknown): (Vec<char>, Vec<char>) =
        (known.chars().collect(), unknown.chars().collect());
    let same = known.iter().zip(&unknown).take_while(|(one, other)| one == other).count();
    let tail = |skip: usize, chars: &[char]| chars.get(same + skip..).unwrap_or_default().to_vec();
    tail(1, &known) == tail(0, &unknown)
        || tail(0, &known) == tail(1, &unknown)
        || tail(1, &known) == tail(1, &unknown)
}
