//! `#[derive(Choices)]`: an enum whose variants stand for texts or numbers.

use crate::attr::{At, options, options_of, snake, text};
use crate::errors::Errors;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{
    Attribute, Data, DeriveInput, Expr, ExprLit, ExprUnary, Ident, Lit, LitInt, LitStr, UnOp,
};

/// A variant with what it stands for.
struct Variant {
    ident: Ident,
    value: Value,
    label: String,
}

/// What a variant stands for.
enum Value {
    Text(At<String>),
    Number(At<i64>),
    Missing,
}

/// Expands the derive; what is wrong is left out.
pub fn expand(input: &DeriveInput, errors: &Errors) -> TokenStream {
    let Data::Enum(data) = &input.data else {
        let message = "`#[derive(Choices)]` needs an enum; for a newtype use `#[derive(Column)]`";
        errors.at(input.ident.span(), message);
        return TokenStream::new();
    };
    if let Some(parameter) = input.generics.params.first() {
        let message = "an enum of choices cannot have parameters";
        errors.push(syn::Error::new_spanned(parameter, message));
        return TokenStream::new();
    }
    let mut next = None;
    let variants: Vec<Variant> =
        data.variants.iter().map(|variant| describe(variant, &mut next, errors)).collect();
    let plain = data.variants.iter().all(|variant| variant.fields.is_empty());
    if plain {
        check(input, &variants, errors);
    }
    let repr = repr(input, &variants, errors);
    let enum_type = enum_type(input, &repr, errors);
    // Those that hold something are no values: what is said of them is all.
    let variants = if plain { variants } else { Vec::new() };
    implement(&input.ident, &variants, &repr, enum_type.as_ref(), plain)
}

/// The type column of an enum of kinds: a choice for each variant, by its name unless another text or
/// number is said. `own` is the enum of their names.
pub fn of_kinds(
    own: &Ident,
    input: &DeriveInput,
    data: &syn::DataEnum,
    errors: &Errors,
) -> TokenStream {
    let mut next = None;
    let named = data.variants.iter().map(|variant| {
        let plain = syn::Variant { fields: syn::Fields::Unit, ..variant.clone() };
        describe(&plain, &mut next, errors)
    });
    let mut variants: Vec<Variant> = named.collect();
    let numbers = variants.iter().any(|variant| matches!(variant.value, Value::Number(_)));
    for Variant { ident, value, .. } in variants.iter_mut().filter(|_| !numbers) {
        if let Value::Missing = value {
            let name = snake(&ident.unraw().to_string());
            *value = Value::Text(At::new(name, ident.span()));
        }
    }
    check(input, &variants, errors);
    let repr = repr(input, &variants, errors);
    let enum_type = enum_type(input, &repr, errors);
    implement(own, &variants, &repr, enum_type.as_ref(), true)
}

/// The enum type of the database, whose values are texts.
fn enum_type(input: &DeriveInput, repr: &Ident, errors: &Errors) -> Option<EnumType> {
    let enum_type = EnumType::read(&input.attrs, errors);
    if let Some(enum_type) = enum_type.as_ref().filter(|_| *repr != "String") {
        let message = "the values of an enum type are texts: `#[choice(\"…\")]` on every variant";
        errors.at(enum_type.name.span, message);
    }
    enum_type
}

/// An enum type of the database: `#[choice(db_enum = "mood", schema = "shop")]` on the enum.
struct EnumType {
    name: At<String>,
    schema: Option<At<String>>,
}

impl EnumType {
    fn read(attributes: &[Attribute], errors: &Errors) -> Option<Self> {
        let (mut name, mut schema) = (None, None);
        let known = ["db_enum", "schema"];
        options(attributes, "choice", &known, errors, |option, ident, input| {
            let is_name = option == "db_enum";
            let text = text(input)?;
            if text.value.is_empty() {
                return Err(syn::Error::new(ident.span(), "a name is not empty"));
            }
            *(if is_name { &mut name } else { &mut schema }) = Some(text);
            Ok(())
        });
        if let (None, Some(schema)) = (&name, &schema) {
            errors
                .at(schema.span, "a schema is that of an enum type: say `db_enum = \"…\"` as well");
        }
        Some(EnumType { name: name?, schema })
    }

    /// As SQL has it.
    fn sql(&self) -> String {
        let name = quoted(&self.name.value);
        self.schema
            .as_ref()
            .map_or_else(|| name.clone(), |s| format!("{}.{name}", quoted(&s.value)))
    }
}

/// A name in quotes, where it is another one without.
fn quoted(name: &str) -> String {
    let letter = |c: char| c.is_ascii_lowercase() || c == '_';
    let plain = name.starts_with(letter) && name.chars().all(|c| letter(c) || c.is_ascii_digit());
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

fn describe(variant: &syn::Variant, next: &mut Option<i64>, errors: &Errors) -> Variant {
    let ident = variant.ident.clone();
    if !variant.fields.is_empty() {
        let message = format!(
            "the choice `{ident}` cannot hold anything: a column has one of a few values; what varies is a field beside it"
        );
        errors.push(syn::Error::new_spanned(&variant.fields, message));
    }
    let (text, label) = attributes(&variant.attrs, errors);
    let number = match &variant.discriminant {
        Some((_, expr)) => errors.take(number(expr)),
        None => next.map(|value| At::new(value, ident.span())),
    };
    *next = number.as_ref().and_then(|number| number.value.checked_add(1));
    let value = match (text, number) {
        (Some(text), _) => Value::Text(text),
        (None, Some(number)) => Value::Number(number),
        (None, None) => Value::Missing,
    };
    let label = label.unwrap_or_else(|| spaced(&ident.unraw().to_string()));
    Variant { ident, value, label }
}

/// `#[choice("o", label = "Open")]`
fn attributes(attributes: &[Attribute], errors: &Errors) -> (Option<At<String>>, Option<String>) {
    let (mut value, mut label) = (None, None);
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("choice")) {
        let parsed = attribute.parse_args_with(|input: ParseStream<'_>| {
            if input.peek(LitStr) {
                let text: LitStr = input.parse()?;
                value = Some(At::new(text.value(), text.span()));
                input.parse::<Option<syn::Token![,]>>()?;
            } else if let Some(found) = unquoted(input, errors)? {
                value = Some(found);
                input.parse::<Option<syn::Token![,]>>()?;
            }
            options_of(input, "choice", &["label"], errors, &mut |_, _, input| {
                label = Some(text(input)?.value);
                Ok(())
            });
            Ok(())
        });
        errors.take(parsed);
    }
    (value, label)
}

/// A value that is no text in quotes, with what is said of it: `#[choice(open)]`, `#[choice(1)]`,
/// `#[choice(value = "o")]`.
fn unquoted(input: ParseStream<'_>, errors: &Errors) -> syn::Result<Option<At<String>>> {
    if input.peek(LitInt) {
        let number: LitInt = input.parse()?;
        let message =
            "numbers are those of the variants, `Open = 1`, with `#[repr(i16)]` on the enum";
        errors.at(number.span(), message);
        return Ok(Some(At::new(number.to_string(), number.span())));
    }
    if !input.peek(Ident) {
        return Ok(None);
    }
    let named = input.peek2(syn::Token![=]);
    let ident: Ident = input.fork().parse()?;
    if named && ident != "value" || ident == "label" {
        return Ok(None);
    }
    input.parse::<Ident>()?;
    let text = match named {
        true => text(input)?,
        false => At::new(ident.to_string(), ident.span()),
    };
    let message = format!("the value is a text by itself: `#[choice(\"{}\")]`", text.value);
    errors.at(ident.span(), message);
    Ok(Some(text))
}

fn number(expr: &Expr) -> syn::Result<At<i64>> {
    use syn::spanned::Spanned;
    let (digits, sign) = match expr {
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => (&**expr, "-"),
        other => (other, ""),
    };
    match digits {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => {
            let value = format!("{sign}{}", number.base10_digits()).parse();
            let value =
                value.map_err(|_| syn::Error::new(expr.span(), "this number is too big"))?;
            Ok(At::new(value, expr.span()))
        }
        _ => Err(syn::Error::new(expr.span(), "the value of a choice is a plain number")),
    }
}

/// `InProgress` as people read it: `In progress`.
fn spaced(name: &str) -> String {
    let mut text = String::new();
    for (place, letter) in name.chars().enumerate() {
        match letter.is_uppercase() && place > 0 {
            true => text.extend([' '].into_iter().chain(letter.to_lowercase())),
            false => text.push(letter),
        }
    }
    text
}

fn check(input: &DeriveInput, variants: &[Variant], errors: &Errors) {
    if variants.is_empty() {
        errors.at(input.ident.span(), "an enum of choices needs at least one");
    }
    let texts = variants.iter().any(|variant| matches!(variant.value, Value::Text(_)));
    let missing = |variant: &Variant| matches!(variant.value, Value::Missing);
    if let Some(first) = variants.first().filter(|_| variants.iter().all(missing)) {
        let message = format!(
            "choices need values: `#[choice(\"…\")]` on every variant for text, or `{} = 1` for \
             numbers",
            first.ident
        );
        errors.at(input.ident.span(), message);
        return;
    }
    let mut seen = Vec::new();
    for Variant { ident, value, .. } in variants {
        let (text, span) = match value {
            Value::Text(text) => (text.value.clone(), text.span),
            Value::Number(number) if !texts => (number.value.to_string(), number.span),
            Value::Number(_) | Value::Missing => {
                let message = format!(
                    "`{ident}` needs a value: `#[choice(\"…\")]` for text on every variant, or \
                     `{ident} = 1` for numbers"
                );
                errors.at(ident.span(), message);
                continue;
            }
        };
        if seen.contains(&text) {
            errors.at(span, format!("a second choice has the value `{text}`"));
        }
        seen.push(text);
    }
}

/// The type in the database: text, or the integer of `#[repr(…)]`, or else `i32`.
fn repr(input: &DeriveInput, variants: &[Variant], errors: &Errors) -> Ident {
    if variants.iter().any(|variant| matches!(variant.value, Value::Text(_))) {
        return format_ident!("String");
    }
    let mut repr = format_ident!("i32");
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("repr")) {
        if let Some(ident) = errors.take(attribute.parse_args::<Ident>()) {
            if ["i16", "i32", "i64"].contains(&ident.to_string().as_str()) {
                repr = ident;
            } else {
                errors.at(ident.span(), "choices are `i16`, `i32` or `i64` in the database");
            }
        }
    }
    let fits = |value: i64| match repr.to_string().as_str() {
        "i16" => i16::try_from(value).is_ok(),
        "i32" => i32::try_from(value).is_ok(),
        _ => true,
    };
    for variant in variants {
        if let Value::Number(number) = &variant.value
            && !fits(number.value)
        {
            errors.at(number.span, format!("this does not fit `{repr}`; add `#[repr(i64)]`"));
        }
    }
    repr
}

/// ```text
/// impl Single for Status {}
/// impl Choices for Status { … }
/// impl Column for Status { … }
/// ```
fn implement(
    own: &Ident,
    variants: &[Variant],
    repr: &Ident,
    enum_type: Option<&EnumType>,
    plain: bool,
) -> TokenStream {
    let repr = match repr == "String" {
        true => quote!(::std::string::String),
        false => quote!(#repr),
    };
    let (choices, column) = (choices(own, variants, &repr, plain), column(own, &repr, enum_type));
    quote! {
        const _: () = {
            use ::orm::private as __orm;
            impl __orm::Single for #own {}
            #choices
            #column
        };
    }
}

/// ```text
/// impl Choices for Status { type Repr = String; const CHOICES …; const ALL …; fn place(&self) … }
/// ```
fn choices(own: &Ident, variants: &[Variant], repr: &TokenStream, plain: bool) -> TokenStream {
    let choices = variants.iter().map(|variant| {
        let value = match &variant.value {
            Value::Text(text) => text.value.clone(),
            Value::Number(number) => number.value.to_string(),
            Value::Missing => String::new(),
        };
        let label = &variant.label;
        quote!(__orm::Choice { value: #value, label: #label })
    });
    let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let places = (0..variants.len()).map(Literal::usize_unsuffixed);
    let place = match variants.is_empty() {
        true if !plain => quote!(0),
        true => quote!(match *self {}),
        false => quote!(match self { #(#own::#idents => #places,)* }),
    };
    quote! {
        impl __orm::Choices for #own {
            type Repr = #repr;
            const CHOICES: &'static [__orm::Choice] = &[#(#choices),*];
            const ALL: &'static [Self] = &[#(#own::#idents),*];
            fn place(&self) -> usize {
                #place
            }
        }
    }
}

/// ```text
/// impl Column for Status { const SQL_TYPE … = String::SQL_TYPE; const CHOICES …; … }
/// ```
fn column(own: &Ident, repr: &TokenStream, enum_type: Option<&EnumType>) -> TokenStream {
    let sql_type = match enum_type.map(EnumType::sql) {
        Some(name) => quote!(__orm::SqlType::Named(#name)),
        None => quote!(<#repr as __orm::Column>::SQL_TYPE),
    };
    let enum_type = enum_type.map(|EnumType { name, schema }| {
        let name = &name.value;
        let schema = match schema.as_ref().map(|schema| &schema.value) {
            Some(schema) => quote!(::core::option::Option::Some(#schema)),
            None => quote!(::core::option::Option::None),
        };
        quote! {
            const ENUM_TYPE: ::core::option::Option<&'static __orm::EnumType> =
                ::core::option::Option::Some(&__orm::EnumType::new(
                    #schema,
                    #name,
                    <Self as __orm::Choices>::CHOICES,
                ));
        }
    });
    quote! {
        #[diagnostic::do_not_recommend]
        impl __orm::Column for #own {
            type Inner = Self;
            type Null = __orm::NotNull;
            const SQL_TYPE: __orm::SqlType = #sql_type;
            const CHOICES: &'static [__orm::Choice] = <Self as __orm::Choices>::CHOICES;
            #enum_type
            fn decode(raw: &[u8]) -> ::core::result::Result<Self, __orm::CellError> {
                __orm::choices::decode(raw)
            }
            fn to_value(&self) -> __orm::SqlValue {
                __orm::choices::to_value(self)
            }
        }
    }
}
