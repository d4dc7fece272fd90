//! What to write in place of a statement that runs over and over.

use crate::exec::instrumentation::{About, Accessor, Origin, Place, Subject, SubjectField, Work};

/// The advice for a statement, by what it does and how it was asked for.
pub(super) fn cure(sql: &str, about: &About, place: Place, same_values: bool) -> String {
    let model = about.model;
    match known_work(about.work, sql) {
        Work::Insert => created(model),
        Work::Update => {
            "write all rows at once: `bulk_update` for values that differ, or one `update` of a \
             query set with an expression"
                .to_owned()
        }
        Work::Delete => "delete all rows at once: `.filter(|x| x.….in_(…)).delete(&db)`".to_owned(),
        _ if same_values => {
            "it has the same values each time: load it once, before the loop, and keep it"
                .to_owned()
        }
        work => match (about.origin, model) {
            (Origin::Key, Some(model)) => by_key(model, place),
            (Origin::Related(accessor), _) => related(accessor, work),
            (_, Some(model)) => selected(model, work),
            (_, None) => "ask once, with all values in a list: `= ANY($1)`".to_owned(),
        },
    }
}

/// What a statement does; of the user's own text, the first word says it.
fn known_work(work: Work, sql: &str) -> Work {
    if work != Work::Unknown {
        return work;
    }
    let verb = sql.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    match verb.to_ascii_uppercase().as_str() {
        "INSERT" => Work::Insert,
        "UPDATE" => Work::Update,
        "DELETE" => Work::Delete,
        _ => Work::Unknown,
    }
}

fn created(model: Option<&dyn Subject>) -> String {
    match model {
        Some(model) => {
            format!(
                "insert all rows at once: `{}::objects().bulk_create(&db, drafts)`",
                model.name()
            )
        }
        None => "insert all rows at once: `INSERT … SELECT * FROM unnest(…)`".to_owned(),
    }
}

/// `book.author.fetch(&db)`: the key's name stands in the source only.
fn by_key(model: &dyn Subject, place: Place) -> String {
    let name = key_in_source(place);
    let (key, who) = match &name {
        Some(name) => (name.as_str(), ""),
        None => ("key", ", by the name of the key that is fetched here"),
    };
    format!(
        "load each `{}` with the row that holds its key: \
         `.select_related(|x| x.{key}())` on the query of those rows{who}",
        model.name()
    )
}

/// `author.books()`, and what was asked of it.
fn related(accessor: Accessor, work: Work) -> String {
    let Accessor { name: Some(name), model, many } = accessor else {
        return "load the related rows at once, by `prefetch_related`".to_owned();
    };
    let advice = if work == Work::Count {
        return format!(
            "count them in the query of the `{model}` rows: `.annotate(|x| x.{name}().count())`"
        );
    } else if work == Work::Exists {
        return format!(
            "ask in the query of the `{model}` rows: `.annotate(|x| exists(x.{name}().objects()))`"
        );
    } else if many {
        format!("prefetch_related(|x| x.{name}())")
    } else {
        format!("select_related(|x| x.{name}())")
    };
    let further = match many && matches!(work, Work::Read { narrowed: true, .. }) {
        true => format!(", with the conditions behind `x.{name}().objects()`"),
        false => String::new(),
    };
    format!("load them with the `{model}` rows: `{model}::objects().{advice}`{further}")
}

/// Rows of a model by one value.
fn selected(model: &dyn Subject, work: Work) -> String {
    let name = model.name();
    let by = match work {
        Work::Read { by, narrowed: _ } => by,
        _ => None,
    };
    match by.and_then(|column| model.field(column)) {
        Some(SubjectField { name: field, is_key: true, .. }) => format!(
            "ask for all keys at once: `{name}::objects().in_bulk(&db, keys)`, or \
             `.filter(|x| x.{field}().in_(keys))`; where the keys come from other rows, \
             `select_related` on their query"
        ),
        Some(SubjectField { name: field, refers_to: Some((to, reverse)), .. }) => {
            of_key(name, field, to, reverse)
        }
        Some(SubjectField { name: field, .. }) => format!(
            "ask for all values at once: `{name}::objects().filter(|x| x.{field}().in_(values))`"
        ),
        None => format!(
            "ask once, before the loop: `{name}::objects().filter(…)` with `in_` for what differs, \
             or `select_related` and `prefetch_related` on the query of the rows that this \
             belongs to"
        ),
    }
}

/// `Book::objects().filter(|b| b.author().eq(&author))`
fn of_key(model: &str, key: &str, to: &str, reverse: Option<&str>) -> String {
    let at_once = format!("`.filter(|x| x.{key}().in_(…))`");
    match reverse {
        Some(reverse) => format!(
            "load them with the `{to}` rows: `{to}::objects().prefetch_related(|x| \
             x.{reverse}())`; or ask for those of all at once: {at_once}"
        ),
        None => format!("ask for the `{model}` rows of all at once: {at_once}"),
    }
}

/// The line of a place, where its file can be read: while developing it can.
pub(super) fn source_line(place: Place) -> Option<String> {
    let text = std::fs::read_to_string(place.file()).ok()?;
    text.lines().nth(place.line() as usize - 1).map(str::to_owned)
}

/// `author` of `book.author.fetch(&db)`: the last word before `.fetch`.
fn key_in_source(place: Place) -> Option<String> {
    let line = source_line(place)?;
    let before = line.get(..place.column() as usize - 1)?;
    key_before(before)
}

fn key_before(before: &str) -> Option<String> {
    let chain = before.trim_end().strip_suffix('.')?.trim_end();
    let start = chain.rfind(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(0, |at| at + 1);
    let (owner, name) = chain.split_at(start);
    // A field of something: a variable of any name says nothing.
    let is_field = owner.ends_with('.') && !name.is_empty();
    is_field.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_key_is_read_from_the_source() {
        let name = |before| key_before(before);
        assert_eq!(name("let a = book.author.").as_deref(), Some("author"));
        assert_eq!(name("    push(rows[0].book.editor.").as_deref(), Some("editor"));
        assert_eq!(name("let a = key."), None);
        assert_eq!(name("let a = keys[0]."), None);
        assert_eq!(name("    ."), None);
        assert_eq!(name(""), None);
    }
}
