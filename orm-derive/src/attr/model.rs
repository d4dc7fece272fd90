//! `#[model(…)]` on a struct.

use super::index::{IndexAttrs, Item, items};
use super::{At, flag, index, options, storage, text, value};
use crate::errors::Errors;
use syn::parse::ParseStream;
use syn::{Attribute, Expr, Ident, Path, Token, parenthesized};

/// The options of a model, as written.
#[derive(Default)]
pub struct ModelAttrs {
    pub app: Option<At<String>>,
    pub table: Option<At<String>>,
    pub schema: Option<At<String>>,
    pub comment: Option<At<String>>,
    pub ordering: Vec<Item>,
    pub get_latest_by: Vec<Item>,
    pub uniques: Vec<IndexAttrs>,
    pub indexes: Vec<IndexAttrs>,
    pub checks: Vec<IndexAttrs>,
    pub exclusions: Vec<IndexAttrs>,
    pub storage: Vec<(String, String)>,
    pub tablespace: Option<At<String>>,
    pub managed: Option<At<bool>>,
    pub managers: Option<Vec<(Ident, Expr)>>,
    pub primary_key: Vec<Item>,
    pub primary_key_name: Option<At<String>>,
    pub on_delete_in_library: bool,
    pub clean: Option<At<bool>>,
    pub validate: Option<At<bool>>,
    pub hooks: Option<At<bool>>,
    pub view: Option<At<Expr>>,
    pub view_sql: Option<At<Expr>>,
    pub materialized: Option<At<bool>>,
    /// What `combined!` says of the model that it writes: the text of its rows.
    pub combined: Option<At<Expr>>,
    pub extends: Option<At<syn::Path>>,
    pub tenant: Option<Ident>,
    pub row_level_security: Option<At<bool>>,
    /// The model that it is a proxy of.
    pub proxy: Option<At<Path>>,
}

const KNOWN: &[&str] = &[
    "app",
    "table",
    "schema",
    "comment",
    "ordering",
    "get_latest_by",
    "unique",
    "index",
    "check",
    "managed",
    "managers",
    "primary_key",
    "primary_key_name",
    "on_delete_in",
    "clean",
    "validate",
    "exclude",
    "with",
    "tablespace",
    "hooks",
    "view",
    "view_sql",
    "materialized",
    "combined",
    "tenant",
    "row_level_security",
    "proxy",
    "extends",
];

/// Reads the attributes of a struct.
pub fn parse(attributes: &[Attribute], errors: &Errors) -> ModelAttrs {
    super::misplaced::on_struct(attributes, errors);
    let mut attrs = ModelAttrs::default();
    options(attributes, "model", KNOWN, errors, |option, ident, input| {
        attrs.take(option, ident, input, errors)
    });
    attrs
}

impl ModelAttrs {
    fn take(
        &mut self,
        option: &str,
        ident: &Ident,
        input: ParseStream<'_>,
        errors: &Errors,
    ) -> syn::Result<()> {
        match option {
            "app" => self.app = Some(text(input)?),
            "table" => self.table = Some(text(input)?),
            "schema" => self.schema = Some(text(input)?),
            "comment" => self.comment = Some(text(input)?),
            "on_delete_in" => self.on_delete_in_library = on_delete_in(input)?,
            "ordering" => self.ordering = items(input)?,
            "get_latest_by" => self.get_latest_by = items(input)?,
            "primary_key" => self.primary_key = items(input)?,
            "primary_key_name" => self.primary_key_name = Some(text(input)?),
            "unique" => self.uniques.push(index::parse(ident, input, errors)?),
            "index" => self.indexes.push(index::parse(ident, input, errors)?),
            "check" => self.checks.push(index::parse(ident, input, errors)?),
            "exclude" => self.exclusions.push(index::parse(ident, input, errors)?),
            "with" => self.storage = storage(input)?,
            "tablespace" => self.tablespace = Some(text(input)?),
            "clean" => self.clean = Some(flag(ident, input)?),
            "validate" => self.validate = Some(flag(ident, input)?),
            "managed" => self.managed = Some(flag(ident, input)?),
            "hooks" => self.hooks = Some(flag(ident, input)?),
            "view" => self.view = Some(At::new(value(input)?, ident.span())),
            "view_sql" => self.view_sql = Some(At::new(value(input)?, ident.span())),
            "materialized" => self.materialized = Some(flag(ident, input)?),
            "combined" => self.combined = Some(At::new(value(input)?, ident.span())),
            "extends" => self.extends = Some(At::new(value(input)?, ident.span())),
            "tenant" => self.tenant = Some(value(input)?),
            "row_level_security" => self.row_level_security = Some(flag(ident, input)?),
            "proxy" => self.proxy = Some(At::new(value(input)?, ident.span())),
            "managers" => self.managers = Some(managers(input)?),
            later => {
                let message = format!("`{later}` is not available yet");
                return Err(syn::Error::new(ident.span(), message));
            }
        }
        Ok(())
    }
}

impl ModelAttrs {
    /// Its rows come from a query.
    pub fn is_view(&self) -> bool {
        self.view.is_some() || self.view_sql.is_some() || self.combined.is_some()
    }

    /// Takes out what belongs to one model.
    pub fn only_shared(&mut self, errors: &Errors) {
        let taken = [
            ("app", self.app.take().map(|at| at.span)),
            ("table", self.table.take().map(|at| at.span)),
            ("schema", self.schema.take().map(|at| at.span)),
            ("comment", self.comment.take().map(|at| at.span)),
            ("tablespace", self.tablespace.take().map(|at| at.span)),
            ("managed", self.managed.take().map(|at| at.span)),
            ("primary_key_name", self.primary_key_name.take().map(|at| at.span)),
            ("view", self.view.take().map(|at| at.span)),
            ("view_sql", self.view_sql.take().map(|at| at.span)),
            ("materialized", self.materialized.take().map(|at| at.span)),
            ("combined", self.combined.take().map(|at| at.span)),
            ("proxy", self.proxy.take().map(|at| at.span)),
            ("tenant", self.tenant.take().map(|name| name.span())),
            ("row_level_security", self.row_level_security.take().map(|at| at.span)),
        ];
        for (option, span) in taken {
            let Some(span) = span else { continue };
            let message = format!(
                "`{option}` belongs to one model, and a shared struct to several: say it of each model"
            );
            errors.at(span, message);
        }
    }
}

impl ModelAttrs {
    /// Takes out what a proxy cannot say.
    pub fn only_proxy(&mut self, errors: &Errors) {
        let index = |all: &mut Vec<IndexAttrs>| all.drain(..).next().map(|one| one.span);
        let item = |all: &mut Vec<Item>| all.drain(..).next().map(|one| one.span());
        let taken = [
            ("app", self.app.take().map(|at| at.span)),
            ("table", self.table.take().map(|at| at.span)),
            ("schema", self.schema.take().map(|at| at.span)),
            ("comment", self.comment.take().map(|at| at.span)),
            ("managed", self.managed.take().map(|at| at.span)),
            ("hooks", self.hooks.take().map(|at| at.span)),
            ("clean", self.clean.take().map(|at| at.span)),
            ("validate", self.validate.take().map(|at| at.span)),
            ("view", self.view.take().map(|at| at.span)),
            ("view_sql", self.view_sql.take().map(|at| at.span)),
            ("combined", self.combined.take().map(|at| at.span)),
            ("tenant", self.tenant.take().map(|name| name.span())),
            ("row_level_security", self.row_level_security.take().map(|at| at.span)),
            ("primary_key", item(&mut self.primary_key)),
            ("get_latest_by", item(&mut self.get_latest_by)),
            ("unique", index(&mut self.uniques)),
            ("index", index(&mut self.indexes)),
            ("check", index(&mut self.checks)),
            ("exclude", index(&mut self.exclusions)),
        ];
        for (option, span) in taken {
            let Some(span) = span else { continue };
            let message = format!(
                "`{option}` is said of the model that has the table: a proxy has `ordering`, `managers` and methods \
                 of its own"
            );
            errors.at(span, message);
        }
    }
}

/// Who follows `on_delete`: true for the library.
fn on_delete_in(input: ParseStream<'_>) -> syn::Result<bool> {
    let place = text(input)?;
    match place.value.as_str() {
        "library" => Ok(true),
        "database" => Ok(false),
        _ => {
            let message = "`on_delete_in` is \"library\" or \"database\"";
            Err(syn::Error::new(place.span, message))
        }
    }
}

fn managers(input: ParseStream<'_>) -> syn::Result<Vec<(Ident, Expr)>> {
    let content;
    parenthesized!(content in input);
    let manager = |input: ParseStream<'_>| {
        let name: Ident = input.parse()?;
        input.parse::<Token![=]>()?;
        Ok((name, input.parse()?))
    };
    Ok(content.parse_terminated(manager, Token![,])?.into_iter().collect())
}
