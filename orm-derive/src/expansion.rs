//! Tests of what the derives expand to: it is written down, so that a change is read with the code
//! that makes it, and a model may have so many lines and no more.
//!
//! `EXPANSION=overwrite cargo test -p orm-derive expansion` writes it down again.

use crate::errors::Errors;
use crate::model::build;
use crate::{check, choices, expand, fields, kinds};
use proc_macro2::TokenStream;
use std::fs;
use std::path::{Path, PathBuf};
use syn::{Data, DeriveInput, Item};

/// The lines that a model may have, and those that each of its fields and [`EXTRAS`] may add.
const MODEL: usize = 140;
const FIELD: usize = 10;

/// The lines that flattening may add: what is taken over from structs is put together there.
const FLATTENING: usize = 100;

/// What may be said beyond a field with its type and flags, as tokens are written.
const EXTRAS: [&str; 6] =
    ["unique (", "index (", "check (", "validators (", "flatten", "ManyToMany <"];

/// What to do about a difference.
const HOW: &str = "if that is meant: `EXPANSION=overwrite cargo test -p orm-derive expansion`";

#[test]
fn small() {
    compare("small");
}

#[test]
fn twelve_fields() {
    compare("twelve_fields");
}

#[test]
fn everything() {
    compare("everything");
}

/// Compares what a file of models expands to with what is written down beside it.
fn compare(name: &str) {
    let source = fs::read_to_string(file(&format!("{name}.rs"))).expect("the models can be read");
    let items = syn::parse_file(&source).expect("the models are Rust").items;
    let mut text = String::new();
    let mut too_long = Vec::new();
    for input in items.into_iter().filter_map(derived) {
        let (derive, tokens) = expanded(&input);
        let expansion = format(tokens);
        let lines = expansion.lines().filter(|line| !line.trim().is_empty()).count();
        let flattens = quote::quote!(#input).to_string().contains("flatten");
        let most = MODEL
            + FIELD * (count_fields(&input) + count_extras(&input))
            + if flattens { FLATTENING } else { 0 };
        text.push_str(&format!("// {derive} of `{}`: {lines} lines\n\n{expansion}\n", input.ident));
        if derive == "Model" && lines > most {
            too_long
                .push(format!("`{}` expands to {lines} lines, {most} are the most", input.ident));
        }
    }
    let written = file(&format!("{name}.expanded"));
    if std::env::var("EXPANSION").is_ok_and(|value| value == "overwrite") {
        fs::write(&written, &text).expect("the expansion can be written");
    }
    let before = fs::read_to_string(&written).unwrap_or_default();
    if let Some((at, (now, before))) =
        text.lines().zip(before.lines()).enumerate().find(|(_, (now, before))| now != before)
    {
        panic!("{}:{}:\n  now    {now}\n  before {before}\n{HOW}", written.display(), at + 1);
    }
    let (now, before) = (text.lines().count(), before.lines().count());
    assert_eq!(now, before, "lines of {}\n{HOW}", written.display());
    assert!(too_long.is_empty(), "{too_long:#?}");
}

/// What a derive makes of an item, as `Model`, `Choices`, `Kinds` or `ModelFields`.
fn expanded(input: &DeriveInput) -> (&'static str, TokenStream) {
    let errors = Errors::default();
    let derives = |name| quote::quote!(#input).to_string().contains(name);
    let is_model_fields = derives("ModelFields");
    let (derive, tokens) = match &input.data {
        Data::Enum(_) if derives("Kinds") => ("Kinds", kinds::expand(input, &errors)),
        Data::Enum(_) => ("Choices", choices::expand(input, &errors)),
        _ if is_model_fields => ("ModelFields", fields::expand(input, &errors)),
        _ => {
            let mut model = build::model(input, &errors).expect("it is a model");
            check::check(&mut model, &errors);
            ("Model", expand::model(&model))
        }
    };
    assert!(errors.messages().is_empty(), "{:?}", errors.messages());
    (derive, tokens)
}

fn derived(item: Item) -> Option<DeriveInput> {
    match item {
        Item::Struct(item) => Some(item.into()),
        Item::Enum(item) => Some(item.into()),
        _ => None,
    }
}

fn count_fields(input: &DeriveInput) -> usize {
    match &input.data {
        Data::Struct(data) => data.fields.len(),
        _ => 0,
    }
}

fn count_extras(input: &DeriveInput) -> usize {
    let text = quote::quote!(#input).to_string();
    EXTRAS.iter().map(|extra| text.matches(extra).count()).sum()
}

fn format(tokens: TokenStream) -> String {
    let file = syn::parse2(tokens).expect("the expansion is Rust");
    prettyplease::unparse(&file)
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expansion").join(name)
}

/// Names that a field can have, of every odd kind.
const NAMES: [&str; 32] = [
    "name",
    "_owner",
    "a__b",
    "été",
    "owner_",
    "__x",
    "__",
    "___",
    "_0",
    "x1",
    "a_1_",
    "X",
    "Name",
    "fieldName",
    "r#type",
    "r#match",
    "r#async",
    "r#fn",
    "ñ",
    "名前",
    "ß",
    "ǅ",
    "i",
    "id_",
    "pk_",
    "a_b",
    "a_B",
    "aB",
    "t0",
    "self_",
    "__0",
    "has_name",
];

#[test]
fn every_name_of_a_field_expands_to_rust() {
    let kinds = [
        "pub NAME: String",
        "pub NAME: Option<i32>",
        "#[field(on_delete = Cascade)] pub NAME: ForeignKey<Author>",
        "#[field(on_delete = Cascade)] pub NAME: OneToOne<Author>",
        "#[field(on_delete = SetNull, related = \"trait\")] pub NAME: Option<ForeignKey<Author>>",
        "pub NAME: ManyToMany<Author>",
        "#[field(related = \"trait\")] pub NAME: ManyToMany<Author>",
        "#[model(flatten)] pub NAME: Timestamps",
    ];
    for name in NAMES {
        for kind in kinds {
            model_of(&[kind.replace("NAME", name)]);
        }
    }
}

#[test]
fn two_relations_to_one_model_have_traits_of_two_names() {
    let kind = "#[field(on_delete = Cascade, related = \"trait\", related_name = \"RELATED\")] \
                pub NAME: ForeignKey<Author>";
    for (place, first) in NAMES.iter().enumerate() {
        for second in NAMES.iter().skip(place + 1) {
            let field =
                |name: &str, related: &str| kind.replace("NAME", name).replace("RELATED", related);
            let tokens = model_of(&[field(first, "ones"), field(second, "twos")]);
            let file: syn::File = syn::parse2(tokens).expect("it is Rust");
            let mut traits: Vec<String> = file
                .items
                .iter()
                .filter_map(|item| match item {
                    Item::Trait(item) => Some(item.ident.to_string()),
                    _ => None,
                })
                .filter(|name| name.starts_with("BookOn"))
                .collect();
            traits.sort();
            let all = traits.len();
            traits.dedup();
            assert_eq!((all, traits.len()), (4, 4), "{first} {second}: {traits:?}");
        }
    }
}

/// What a model with these fields expands to. A name may be refused, in words.
fn model_of(fields: &[String]) -> TokenStream {
    let source = format!("struct Book {{ pub id: i64, {} }}", fields.join(", "));
    let input: DeriveInput = syn::parse_str(&source).unwrap_or_else(|e| panic!("{source}: {e}"));
    let errors = Errors::default();
    let mut model = build::model(&input, &errors).expect("it is a model");
    check::check(&mut model, &errors);
    let tokens = expand::model(&model);
    let parsed = syn::parse2::<syn::File>(tokens.clone());
    assert!(parsed.is_ok(), "{source}: {:?}", parsed.err());
    tokens
}

#[test]
fn names_that_the_server_would_cut_off_are_refused() {
    let long = "a".repeat(64);
    for (source, what) in [
        (format!("struct {} {{ pub id: i64 }}", "A".repeat(64)), "table"),
        (format!("#[model(table = \"{long}\")] struct Book {{ pub id: i64 }}"), "table"),
        (format!("#[model(app = \"{long}\")] struct Book {{ pub id: i64 }}"), "table"),
        (format!("#[model(schema = \"{long}\")] struct Book {{ pub id: i64 }}"), "schema"),
        (format!("struct Book {{ pub id: i64, pub {long}: i32 }}"), "column"),
        (
            format!("struct Book {{ pub id: i64, #[field(column = \"{long}\")] pub a: i32 }}"),
            "column",
        ),
        (format!("struct Book {{ pub id: i64, pub {}: ManyToMany<Tag> }}", &long[..60]), "table"),
        (
            format!("#[model(index(fields = [id], name = \"{long}\"))] struct Book {{ id: i64 }}"),
            "index",
        ),
    ] {
        let input: DeriveInput = syn::parse_str(&source).expect("it is Rust");
        let errors = Errors::default();
        let mut model = build::model(&input, &errors).expect("it is a model");
        check::check(&mut model, &errors);
        let messages = errors.messages();
        let found = messages.iter().any(|m| m.contains(what) && m.contains("the server keeps 63"));
        assert!(found, "{source}: {messages:?}");
    }
}
