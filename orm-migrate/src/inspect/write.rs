//! The text of the models, laid out as rustfmt does.

use super::literal::{quoted, text};
use super::names::written;
use super::plan::{Field, Kind, Model};
use super::types::{Own, OwnForm};

const HEAD: &str = "\
//! Models of a live database, as `inspectdb` has read them.

use orm::prelude::*;
";

/// The whole file.
pub(super) fn file(models: &[Model], own: &[&Own]) -> String {
    let mut out = HEAD.to_owned();
    for one in own {
        out.push('\n');
        write_own(one, &mut out);
    }
    for model in models {
        out.push('\n');
        write_model(model, models, &mut out);
    }
    out
}

fn write_own(own: &Own, out: &mut String) {
    let Own { name, sql, plain, form, comment } = own;
    comment_lines(comment.as_deref(), "/// ", out);
    match form {
        OwnForm::Enum(labels) => {
            line(out, &format!("/// The type `{sql}` of the database."));
            line(
                out,
                "#[derive(Choices, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]",
            );
            let mut options = vec![text("db_enum", &plain.0)];
            options.extend(plain.1.as_ref().map(|schema| text("schema", schema)));
            attribute(out, "", "choice", &options);
            line(out, &format!("pub enum {name} {{"));
            for (label, variant) in labels {
                line(out, &format!("    #[choice({})]", quoted(label)));
                line(out, &format!("    {variant},"));
            }
            line(out, "}");
        }
        OwnForm::Text | OwnForm::Binary => {
            let (inner, form) = match form {
                OwnForm::Binary => ("Vec<u8>", "binary form"),
                _ => ("String", "text"),
            };
            line(out, &format!("/// The type `{sql}` of the database, in its {form}."));
            line(out, "#[derive(Column, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]");
            attribute(out, "", "column", &[text("type", sql)]);
            line(out, &format!("pub struct {name}(pub {inner});"));
            if inner == "String" {
                line(out, "");
                line(out, &format!("impl orm::expr::Text for {name} {{}}"));
            }
        }
    }
}

fn write_model(model: &Model, models: &[Model], out: &mut String) {
    for unsaid in &model.unsaid {
        comment_lines(Some(&format!("Not said: {unsaid}")), "// ", out);
    }
    line(out, "#[derive(Model, Clone, Debug, PartialEq)]");
    for option in &model.options {
        attribute(out, "", "model", std::slice::from_ref(option));
    }
    line(out, &format!("pub struct {} {{", model.name));
    for field in &model.fields {
        write_field(model, field, models, out);
    }
    line(out, "}");
}

fn write_field(model: &Model, field: &Field, models: &[Model], out: &mut String) {
    let mut options = field.options.clone();
    let related = match &field.kind {
        Kind::Key(key) => key.related_name.as_ref(),
        Kind::Many { related_name, .. } => related_name.as_ref(),
        Kind::Plain(_) => None,
    };
    options.extend(to_field(field, models));
    options.extend(related.map(|name| text("related_name", name)));
    attribute(out, "    ", "field", &options);
    let target = |place: usize| match models.get(place) {
        Some(target) if target.name == model.name => "Self".to_owned(),
        Some(target) => target.name.clone(),
        None => String::new(),
    };
    let held = match &field.kind {
        Kind::Plain(typed) => typed.rust.clone(),
        Kind::Key(key) => {
            let name = if key.one_to_one { "OneToOne" } else { "ForeignKey" };
            match &key.to_column {
                Some((_, rust)) => format!("{name}<{}, {rust}>", target(key.to)),
                None => format!("{name}<{}>", target(key.to)),
            }
        }
        Kind::Many { to, .. } => format!("ManyToMany<{}>", target(*to)),
    };
    let held = if field.null { format!("Option<{held}>") } else { held };
    line(out, &format!("    pub {}: {held},", written(&field.name)));
}

/// What a key refers to, where that is not the primary key.
fn to_field(field: &Field, models: &[Model]) -> Option<String> {
    let Kind::Key(key) = &field.kind else { return None };
    let (column, _) = key.to_column.as_ref()?;
    let target = models.get(key.to)?.field_of(column)?;
    Some(format!("to_field = {}", written(&target.name)))
}

/// How many letters several arguments of an attribute have at the most, in one line.
const WIDEST_ARGUMENTS: usize = 70;

/// `#[field(unique, max_length = 20)]`: in one line, or in one line for each option. Those that are no
/// literals are no attributes that rustfmt lays out, and stay in one line.
///
/// Of what is indented by four, rustfmt wants one letter less in a line.
fn attribute(out: &mut String, indent: &str, name: &str, options: &[String]) {
    if options.is_empty() {
        return;
    }
    let whole = options.join(", ");
    let is_laid_out = options.iter().all(|option| is_meta(option));
    let letters = whole.chars().count();
    let width = indent.len() * 5 / 4 + name.len() + letters + 5;
    let is_wide = width > 100 || options.len() > 1 && letters > WIDEST_ARGUMENTS;
    // A text of several lines stays as it is.
    if is_laid_out && is_wide && !whole.contains('\n') {
        line(out, &format!("{indent}#[{name}("));
        let last = options.len().saturating_sub(1);
        for (place, option) in options.iter().enumerate() {
            let comma = if place == last { "" } else { "," };
            line(out, &format!("{indent}    {option}{comma}"));
        }
        return line(out, &format!("{indent})]"));
    }
    line(out, &format!("{indent}#[{name}({whole})]"));
}

/// A word, or a word and a literal.
fn is_meta(option: &str) -> bool {
    match option.split_once(" = ") {
        None => !option.contains('('),
        Some((name, value)) => {
            !name.contains('(')
                && (value.starts_with('"')
                    || value.starts_with("r#")
                    || value == "true"
                    || value == "false"
                    || value.chars().all(|digit| digit.is_ascii_digit()))
        }
    }
}

fn comment_lines(comment: Option<&str>, start: &str, out: &mut String) {
    for text in comment.iter().flat_map(|comment| comment.lines()) {
        line(out, &format!("{start}{}", text.trim()));
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}
