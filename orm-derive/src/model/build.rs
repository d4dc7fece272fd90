//! From a struct to its description.

use super::no_column::{is_plain, no_column};
use super::{Field, Kind, Model, View, ViewRows, column, fill, generic, relation, types};
use crate::attr::field::{self, FieldAttrs};
use crate::attr::model::ModelAttrs;
use crate::attr::{self, At};
use crate::errors::{Errors, did_you_mean};
use proc_macro2::TokenTree;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields};

/// The fields of a struct.
pub type Named = syn::punctuated::Punctuated<syn::Field, syn::Token![,]>;

/// What a field's description needs to know of its model.
pub struct Context<'a> {
    pub ident: &'a syn::Ident,
    pub app: &'a str,
    pub errors: &'a Errors,
    /// Fields that the struct's `primary_key` names.
    pub composite: &'a [String],
    /// A field is marked as the key, so that `id` is a column like any other.
    pub marked_key: bool,
    /// The rows come from a query.
    pub view: bool,
    /// It is a struct that models flatten.
    pub shared: bool,
    /// It is a variant of an enum, whose columns begin like this.
    pub prefix: Option<&'a str>,
}

impl Context<'_> {
    /// What a field is called among those of the model.
    pub fn named(&self, ident: &syn::Ident) -> String {
        let name = ident.unraw().to_string();
        self.prefix.map_or(name.clone(), |prefix| format!("{prefix}_{name}"))
    }

    /// A name with `{app}` and `{model}` filled in; as it is where that is done later.
    pub fn fill(&self, name: &At<String>) -> At<String> {
        if self.shared {
            return name.clone();
        }
        let model = self.ident.unraw().to_string().to_lowercase();
        At::new(fill(&name.value, self.app, &model), name.span)
    }
}

/// What a struct is described as.
#[derive(Clone, Copy)]
struct Form<'a> {
    /// What models flatten.
    shared: bool,
    /// What its columns begin with, where it is what a variant holds.
    prefix: Option<&'a str>,
}

/// Describes a struct. None where its form cannot be a model at all.
pub fn model(input: &DeriveInput, errors: &Errors) -> Option<Model> {
    described(input, Form { shared: false, prefix: None }, errors)
}

/// Describes a struct that models flatten.
pub fn shared(input: &DeriveInput, errors: &Errors) -> Option<Model> {
    described(input, Form { shared: true, prefix: None }, errors)
}

/// Describes what a variant of an enum holds; its columns begin with the prefix.
pub fn variant(input: &DeriveInput, prefix: &str, errors: &Errors) -> Option<Model> {
    described(input, Form { shared: true, prefix: Some(prefix) }, errors)
}

impl Form<'_> {
    fn attrs(self, input: &DeriveInput, errors: &Errors) -> ModelAttrs {
        let mut attrs = attr::model::parse(&input.attrs, errors);
        if self.shared {
            attrs.only_shared(errors);
        }
        attrs
    }
}

fn described(input: &DeriveInput, form: Form<'_>, errors: &Errors) -> Option<Model> {
    let shared = form.shared;
    let named = named_fields(input, if shared { "ModelFields" } else { "Model" }, errors)?;
    let mut attrs = form.attrs(input, errors);
    let app = attrs.app.as_ref().map_or(String::new(), |app| app.value.clone());
    let fields = fields(input, named, &attrs, form, errors);
    let view = view(&mut attrs, errors);
    let name = input.ident.unraw().to_string();
    let lower = name.to_lowercase();
    let primary_key = primary_key(&attrs.primary_key, &fields, errors);
    let shared_key = shared_key(input, &primary_key, &fields, shared, errors);
    Some(Model {
        shared,
        of_enum: None,
        shared_key,
        ident: input.ident.clone(),
        name,
        vis: input.vis.clone(),
        table: table(attrs.table.as_ref(), &app, &lower),
        primary_key_name: attrs.primary_key_name.map(|key| fill(&key.value, &app, &lower)),
        schema: attrs.schema.map(|schema| schema.value),
        comment: attrs.comment.map(|comment| comment.value),
        managed: view.is_none() && attrs.managed.is_none_or(|managed| managed.value),
        view,
        on_delete_in_library: attrs.on_delete_in_library,
        clean: is_on(&attrs.clean),
        validate: is_on(&attrs.validate),
        managers: attrs.managers,
        hooks: attrs.hooks.filter(|hooks| hooks.value).map(|hooks| hooks.span),
        primary_key,
        fields,
        ordering: attrs.ordering,
        get_latest_by: attrs.get_latest_by,
        uniques: attrs.uniques,
        indexes: attrs.indexes,
        checks: attrs.checks,
        exclusions: attrs.exclusions,
        storage: attrs.storage,
        tablespace: attrs.tablespace.map(|tablespace| tablespace.value),
        tenant: attrs.tenant,
        row_level_security: attrs.row_level_security.filter(|on| on.value).map(|on| on.span),
        app,
    })
}

fn fields(
    input: &DeriveInput,
    named: &Named,
    attrs: &ModelAttrs,
    form: Form<'_>,
    errors: &Errors,
) -> Vec<Field> {
    let app = attrs.app.as_ref().map_or(String::new(), |app| app.value.clone());
    let composite: Vec<String> = attrs.primary_key.iter().map(attr::index::Item::name).collect();
    let extends = attrs.extends.as_ref();
    let parent = extends.and_then(|extends| super::parent::find(named, extends, errors));
    let cx = Context {
        ident: &input.ident,
        app: &app,
        errors,
        composite: &composite,
        marked_key: parent.is_some() || named.iter().any(is_marked_key),
        view: attrs.is_view(),
        shared: form.shared,
        prefix: form.prefix,
    };
    // Columns that are inherited come first, and with them the row that has them.
    let (link, others): (Vec<_>, Vec<_>) =
        named.iter().enumerate().partition(|(place, _)| parent == Some(*place));
    let link = link.into_iter().filter_map(|(_, field)| super::parent::describe(&cx, field));
    let first = usize::from(parent.is_some());
    let others = others.into_iter().enumerate();
    let others = others.filter_map(|(index, (_, field))| describe(&cx, first + index, field));
    link.chain(others).collect()
}

/// The name of the table.
fn table(named: Option<&At<String>>, app: &str, model: &str) -> String {
    match named {
        Some(table) => fill(&table.value, app, model),
        None if app.is_empty() => model.to_owned(),
        None => format!("{app}_{model}"),
    }
}

/// The query of a view.
fn view(attrs: &mut ModelAttrs, errors: &Errors) -> Option<View> {
    let materialized = attrs.materialized.take();
    let rows = match (attrs.combined.take(), attrs.view.take(), attrs.view_sql.take()) {
        (Some(read_as), Some(query), _) => {
            ViewRows::Stored { query: query.value, read_as: read_as.value }
        }
        (Some(read_as), None, _) => ViewRows::Inline(read_as.value),
        (None, Some(query), sql) => {
            if let Some(sql) = sql {
                errors.at(sql.span, "a view has one query: remove `view` or `view_sql`");
            }
            ViewRows::Query(query.value)
        }
        (None, None, Some(sql)) => ViewRows::Sql(sql.value),
        (None, None, None) => {
            if let Some(flag) = materialized {
                let message = "`materialized` is for views, beside `view` or `view_sql`";
                errors.at(flag.span, message);
            }
            return None;
        }
    };
    Some(View { rows, materialized: is_on(&materialized) })
}

fn is_on(flag: &Option<At<bool>>) -> bool {
    flag.as_ref().is_some_and(|flag| flag.value)
}

/// The named fields of a struct without parameters.
pub fn named_fields<'a>(
    input: &'a DeriveInput,
    derive: &str,
    errors: &Errors,
) -> Option<&'a Named> {
    let name = &input.ident;
    let plain = "a row of a table has columns of fixed types";
    if let Some(parameter) = input.generics.params.first() {
        let message = format!("`{name}` cannot have parameters: {plain}; remove them");
        errors.push(syn::Error::new_spanned(parameter, message));
        return None;
    }
    let form = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => return Some(&fields.named),
            Fields::Unnamed(_) => "a tuple struct",
            Fields::Unit => "a struct without fields",
        },
        Data::Enum(_) => "an enum",
        Data::Union(_) => "a union",
    };
    let cure = match (&input.data, derive) {
        (Data::Enum(_), _) => "; for an enum in a column use `#[derive(Choices)]`",
        (Data::Struct(_), "Model") => "; for a newtype in a column use `#[derive(Column)]`",
        _ => "",
    };
    let message =
        format!("`#[derive({derive})]` needs a struct with named fields, and this is {form}{cure}");
    errors.at(name.span(), message);
    None
}

/// `#[field(primary_key)]`; its form is looked at later.
fn is_marked_key(field: &syn::Field) -> bool {
    let attrs = field.attrs.iter().filter(|attribute| attribute.path().is_ident("field"));
    let mut tokens = attrs.filter_map(|attribute| attribute.meta.require_list().ok());
    tokens.any(|list| {
        let mut tokens = list.tokens.clone().into_iter();
        tokens.any(|token| matches!(token, TokenTree::Ident(ident) if ident == "primary_key"))
    })
}

/// Describes one field.
pub fn describe(cx: &Context<'_>, index: usize, field: &syn::Field) -> Option<Field> {
    let ident = field.ident.clone()?;
    let mut attrs = field::parse(&field.attrs, cx.errors);
    let held = types::without_self(&field.ty, cx.ident);
    let ty = checked(cx, &held, &attrs);
    if ends_in_relation(&held) && !is_relation(&ty) {
        // What is said of the type is enough.
        attrs = FieldAttrs {
            flatten: attrs.flatten,
            flat: attrs.flat,
            accessor: attrs.accessor,
            ..FieldAttrs::default()
        };
    }
    let is_generic = attrs.generic.as_ref().is_some_and(|generic| generic.value);
    let generic = is_generic.then(|| generic::describe(cx, &ident, &ty, &attrs));
    let kind = match &generic {
        Some(Some(_)) => Kind::Flatten,
        // What is said of it is enough.
        Some(None) => {
            let on_delete = attrs.on_delete.clone().filter(|_| ends_in_relation(&held));
            kind(cx, &ident, &ty, &FieldAttrs { on_delete, ..FieldAttrs::default() })
        }
        None => kind(cx, &ident, &ty, &attrs),
    };
    flat_options(cx, &kind, &attrs);
    Some(Field {
        name: cx.named(&ident),
        accessor: field::accessor(&attrs, &ident),
        docs: field::docs(&field.attrs),
        ty,
        held,
        kind,
        flat: attrs.flat,
        variant: None,
        generic: generic.flatten(),
        index,
        ident,
    })
}

/// What stands beside `flatten`, and not without it.
fn flat_options(cx: &Context<'_>, kind: &Kind, attrs: &FieldAttrs) {
    let flat = &attrs.flat;
    if matches!(kind, Kind::Flatten) {
        return;
    }
    if let Some(span) = flat.primary_key {
        cx.errors.at(span, "a field is the key by `#[field(primary_key)]`");
    }
    let spans = flat.with.iter().filter_map(|path| path.segments.first().map(|s| s.ident.span()));
    let related = flat.related.iter().map(|related| related.field.span());
    for span in spans.chain(related) {
        cx.errors.at(span, "this is said of flattened structs: `#[model(flatten, …)]`");
    }
}

/// The type, or what stands in its place where it is known to be no column type.
fn checked(cx: &Context<'_>, held: &syn::Type, attrs: &FieldAttrs) -> syn::Type {
    let is_on = |flag: &Option<At<bool>>| flag.as_ref().is_some_and(|flag| flag.value);
    let shared = is_on(&attrs.flatten) || is_on(&attrs.generic);
    match no_column(held).filter(|_| !shared) {
        Some(found) => {
            cx.errors.push(syn::Error::new_spanned(held, found.message));
            found.instead
        }
        // What is said of `on_delete` is enough: a row in place of its key is no second mistake.
        None if !shared && attrs.on_delete.is_some() && !is_relation(held) && !is_plain(held) => {
            syn::parse_quote!(i64)
        }
        None => held.clone(),
    }
}

/// A relation by its name, whatever stands in its brackets or around it.
fn ends_in_relation(ty: &syn::Type) -> bool {
    let text = types::text(ty);
    ["ForeignKey<", "OneToOne<", "ManyToMany<"].iter().any(|name| text.contains(name))
}

fn is_relation(ty: &syn::Type) -> bool {
    let ty = types::option_of(ty).unwrap_or(ty);
    ["ForeignKey", "OneToOne", "ManyToMany"]
        .iter()
        .any(|relation| types::argument(ty, relation).is_some())
}

fn kind(cx: &Context<'_>, ident: &syn::Ident, ty: &syn::Type, attrs: &FieldAttrs) -> Kind {
    if attrs.flatten.as_ref().is_some_and(|flatten| flatten.value) {
        if types::known(ty) == types::Known::Other && types::option_of(ty).is_none() {
            return Kind::Flatten;
        }
        let message = format!(
            "`{ident}` is flattened, and `{}` is no struct of shared fields: those have \
             `#[derive(ModelFields)]`",
            types::text(ty)
        );
        cx.errors.push(syn::Error::new_spanned(ty, message));
    }
    if let Some(many) = relation::many_to_many(cx, ident, ty, attrs) {
        return Kind::Many(Box::new(many));
    }
    Kind::Column(Box::new(column::column(cx, ident, ty, attrs)))
}

/// The places of the key's fields.
fn primary_key(named: &[attr::index::Item], fields: &[Field], errors: &Errors) -> Vec<usize> {
    let mut places = Vec::new();
    if let [one] = named {
        let message = "a key of one field is marked on the field: `#[field(primary_key)]`";
        errors.at(one.span(), message);
    }
    for item in named {
        let name = item.name();
        match fields.iter().position(|field| field.name == name) {
            Some(place) => places.push(place),
            None => {
                let near = did_you_mean(&name, fields.iter().map(|field| field.name.as_str()));
                let message = format!("`primary_key` names `{name}`, which is no field{near}");
                errors.at(item.span(), message);
            }
        }
    }
    if !named.is_empty() {
        return places;
    }
    let is_key = |field: &&Field| matches!(&field.kind, Kind::Column(column) if column.primary_key);
    let keys: Vec<&Field> = fields.iter().filter(is_key).collect();
    if let Some(second) = keys.get(1) {
        let message = "a second `primary_key`; for a key of several columns write \
                       `#[model(primary_key = [a, b])]` on the struct";
        errors.at(second.ident.span(), message);
    }
    let first = keys.first().and_then(|key| fields.iter().position(|f| f.index == key.index));
    first.into_iter().collect()
}

/// The flattened struct that has the key, where the model has none itself.
fn shared_key(
    input: &DeriveInput,
    own: &[usize],
    fields: &[Field],
    shared: bool,
    errors: &Errors,
) -> Option<usize> {
    let is_flat = |field: &&Field| matches!(field.kind, Kind::Flatten);
    let mut marked = fields.iter().filter(|field| field.flat.primary_key.is_some());
    let first = marked.next();
    let second = marked.next().or(first.filter(|_| !own.is_empty()));
    if let Some(span) = second.and_then(|second| second.flat.primary_key) {
        errors.at(span, "a second `primary_key`: a model has one");
        return None;
    }
    if first.is_some() || !own.is_empty() {
        return first.and_then(|first| fields.iter().position(|field| field.index == first.index));
    }
    let mut flat = fields.iter().enumerate().filter(|(_, field)| is_flat(field));
    let name = &input.ident;
    let cure = match (flat.next(), flat.next()) {
        _ if shared || misplaced_key(input) => return None,
        (Some((place, _)), None) => return Some(place),
        (Some(_), _) => {
            "; where a flattened struct has it, mark that: `#[model(flatten, primary_key)]`"
        }
        (None, _) => "",
    };
    let message = format!(
        "`{name}` has no primary key; add `pub id: i64`, or mark a field with \
         `#[field(primary_key)]`{cure}"
    );
    errors.at(name.span(), message);
    None
}

/// A field is said to be the key in the words of another library, which has an error of its own.
fn misplaced_key(input: &DeriveInput) -> bool {
    match &input.data {
        Data::Struct(data) => data.fields.iter().any(attr::misplaced::is_key),
        _ => false,
    }
}
