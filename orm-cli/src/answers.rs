//! Answers to what the autodetector asks: given beforehand, or at the terminal.

use crate::Result;
use crate::args;
use crate::output::can_ask;
use orm_core::tables::state::{FieldKind, FieldState, ModelName, ModelState};
use orm_migrate::detect::{NoInput, Questions};
use orm_migrate::operation::Misfit;
use orm_sql::ident::RawSql;
use orm_sql::schema::{ColumnType, TableName};
use orm_sql::value::SqlType;
use std::collections::{BTreeMap, BTreeSet};

/// Answers that were given beforehand; what else there is to know is asked.
#[derive(Debug)]
pub struct Answers {
    renamed: BTreeSet<(String, String)>,
    not_renamed: BTreeSet<(String, String)>,
    fills: BTreeMap<String, String>,
    recreated: BTreeSet<String>,
    used: BTreeSet<String>,
    can_ask: bool,
}

impl Answers {
    pub fn new(given: &args::Questions) -> Result<Answers> {
        let pair = |text: &String| {
            let (old, new) =
                text.split_once('=').filter(|(old, new)| !old.is_empty() && !new.is_empty())?;
            // `library.Book.name=title`: the new name of a field stands alone.
            let new = match (old.rsplit_once('.'), new.contains('.')) {
                (Some((of, _)), false) => format!("{of}.{new}"),
                _ => new.to_owned(),
            };
            Some((old.to_owned(), new))
        };
        let pairs = |texts: &[String]| -> Result<BTreeSet<(String, String)>> {
            let read =
                |text: &String| pair(text).ok_or_else(|| format!("`{text}` is not OLD=NEW").into());
            texts.iter().map(read).collect()
        };
        let fill = |text: &String| {
            let (field, sql) =
                text.split_once('=').ok_or_else(|| format!("`{text}` is not FIELD=SQL"))?;
            Ok((field.to_owned(), sql.to_owned()))
        };
        Ok(Answers {
            renamed: pairs(&given.renamed)?,
            not_renamed: pairs(&given.not_renamed)?,
            fills: given.fill.iter().map(fill).collect::<Result<_>>()?,
            recreated: given.recreate.iter().cloned().collect(),
            used: BTreeSet::new(),
            can_ask: !given.noinput && can_ask(),
        })
    }

    /// What was said and nobody asked for: a mistake in a name, most likely.
    pub fn check_all_used(&self) -> Result {
        match self.unused() {
            Some(one) => Err(format!("`{one}` answers no question: is the name right?").into()),
            None => Ok(()),
        }
    }

    /// A question without an answer, with an answer that may have been meant for it.
    pub fn with_unused(&self, refusal: String) -> String {
        match self.unused() {
            Some(one) => {
                format!("{refusal}\n`{one}` has answered no question yet: is the name right?")
            }
            None => refusal,
        }
    }

    fn unused(&self) -> Option<String> {
        let said =
            self.renamed.iter().chain(&self.not_renamed).map(|(old, new)| format!("{old}={new}"));
        let mut said = said.chain(self.fills.keys().cloned()).chain(self.recreated.iter().cloned());
        said.find(|one| !self.used.contains(one))
    }

    fn is_renamed(
        &mut self,
        (old, new): (String, String),
        question: &str,
        refusal: impl FnOnce() -> Result<bool, Misfit>,
    ) -> Result<bool, Misfit> {
        let pair = (old, new);
        for (answers, answer) in [(&self.renamed, true), (&self.not_renamed, false)] {
            if answers.contains(&pair) {
                self.used.insert(format!("{}={}", pair.0, pair.1));
                return Ok(answer);
            }
        }
        // Another answer says what became of one of the two.
        if self.renamed.iter().any(|(from, to)| *from == pair.0 || *to == pair.1) {
            return Ok(false);
        }
        if !self.can_ask {
            return refusal();
        }
        let asked = dialoguer::Confirm::new().with_prompt(question).interact();
        asked.map_err(|error| Misfit(error.to_string()))
    }
}

impl Questions for Answers {
    fn is_renamed_model(&mut self, from: &ModelName, to: &ModelName) -> Result<bool, Misfit> {
        let question = format!("Was the model {from} renamed to {to}?");
        let pair = (from.to_string(), to.to_string());
        self.is_renamed(pair, &question, || NoInput.is_renamed_model(from, to))
    }

    fn is_renamed_field(
        &mut self,
        model: &ModelName,
        from: &str,
        to: &str,
    ) -> Result<bool, Misfit> {
        let question = format!("Was {model}.{from} renamed to {model}.{to}?");
        let pair = (format!("{model}.{from}"), format!("{model}.{to}"));
        self.is_renamed(pair, &question, || NoInput.is_renamed_field(model, from, to))
    }

    fn is_renamed_value(
        &mut self,
        enum_type: &TableName,
        from: &str,
        to: &str,
    ) -> Result<bool, Misfit> {
        let question = format!("Was the value {from} of the enum {enum_type} renamed to {to}?");
        let pair = (format!("{enum_type}.{from}"), format!("{enum_type}.{to}"));
        self.is_renamed(pair, &question, || NoInput.is_renamed_value(enum_type, from, to))
    }

    fn fill(
        &mut self,
        model: &ModelState,
        field: &FieldState,
        is_new: bool,
    ) -> Result<Option<RawSql>, Misfit> {
        let name = format!("{}.{}", model.name, field.name);
        if let Some(sql) = self.fills.get(&name) {
            self.used.insert(name);
            return Ok((!sql.is_empty()).then(|| RawSql::new(sql)));
        }
        if !self.can_ask {
            return NoInput.fill(model, field, is_new);
        }
        let ask = || -> dialoguer::Result<Option<RawSql>> {
            let question =
                format!("{name} is NOT NULL and has no default. The rows that are there get");
            match choose(question, ["an expression of SQL, once", "nothing: there are none"])? {
                0 => {
                    let sql: String = dialoguer::Input::new()
                        .with_prompt("SQL, such as '' or 0 or now()")
                        .interact_text()?;
                    Ok(Some(RawSql::new(sql)))
                }
                _ => Ok(None),
            }
        };
        ask().map_err(|error| Misfit(error.to_string()))
    }

    fn is_recreated(
        &mut self,
        model: &ModelState,
        old: &FieldState,
        new: &FieldState,
    ) -> Result<bool, Misfit> {
        let name = format!("{}.{}", model.name, new.name);
        if self.recreated.contains(&name) {
            self.used.insert(name);
            return Ok(true);
        }
        // Of other types, what does not fit is found before anything happens.
        if !self.can_ask || !is_text(old) || is_text(new) {
            return Ok(false);
        }
        let what = match new.to() {
            Some(to) => format!("{name} is text, and becomes a key to {to}. Its values"),
            None => format!("{name} is text, and becomes another type. Its values"),
        };
        let kept = match new.to() {
            Some(_) => "are keys already; where one is not, the migration does nothing",
            None => "are converted; where one cannot be, the migration does nothing",
        };
        let choices = [kept, "are given up: the column is removed, and made anew"];
        let chosen = choose(what, choices).map_err(|error| Misfit(error.to_string()))?;
        Ok(chosen == 1)
    }
}

fn is_text(field: &FieldState) -> bool {
    let FieldKind::Column { column_type, .. } = &field.kind else { return false };
    matches!(column_type, ColumnType::Varchar(_) | ColumnType::Plain(SqlType::Text))
}

/// Which of two answers somebody chooses, who may also leave it.
fn choose(question: String, choices: [&str; 2]) -> dialoguer::Result<usize> {
    let [first, second] = choices;
    let all = [first, second, "quit"];
    let chosen = dialoguer::Select::new().with_prompt(question).items(all).default(0).interact()?;
    if chosen == 2 {
        eprintln!("No migration is written.");
        std::process::exit(3);
    }
    Ok(chosen)
}
