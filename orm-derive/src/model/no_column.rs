//! Types that are known to be no columns, each with what stands in its place.

use super::types::{argument, option_of, text};
use syn::{GenericArgument, PathArguments, Type};

/// Why a type is no column and what to write, with a type for the rest of the model to go on with.
pub struct NoColumn {
    pub message: String,
    pub instead: Type,
}

/// None for what can be a column.
pub fn no_column(ty: &Type) -> Option<NoColumn> {
    if let Some(inner) = option_of(ty) {
        return match option_of(inner) {
            Some(_) => mistake(ty, "NULL is one `Option`", inner.clone()),
            None => no_column(inner).map(|found| in_option(&found)),
        };
    }
    match ty {
        Type::Group(group) => no_column(&group.elem),
        Type::Paren(paren) => no_column(&paren.elem),
        Type::Reference(reference) => of_reference(ty, reference),
        Type::Tuple(_) => {
            mistake(ty, "give each part a field of its own, or keep it as `Json<…>`", parse("i64"))
        }
        Type::Array(array) => {
            let item = text(&array.elem);
            mistake(ty, &format!("a list is a `Vec<{item}>`"), parse(&format!("Vec<{item}>")))
        }
        Type::Path(path) if path.qself.is_none() => of_path(ty, path.path.segments.last()?),
        _ => None,
    }
}

fn of_reference(ty: &Type, reference: &syn::TypeReference) -> Option<NoColumn> {
    let held = match text(&reference.elem).as_str() {
        "str" => "String".to_owned(),
        "[u8]" => "Vec<u8>".to_owned(),
        other => other.to_owned(),
    };
    let cure = format!("a row holds its values itself: `{held}`");
    let instead = syn::parse_str(&held).unwrap_or_else(|_| parse("String"));
    mistake(ty, &cure, instead)
}

fn of_path(ty: &Type, last: &syn::PathSegment) -> Option<NoColumn> {
    let name = last.ident.to_string();
    let bare = last.arguments.is_none();
    let (cure, instead) = match name.as_str() {
        "u8" | "i8" if bare => ("the smallest integer is `i16`", "i16"),
        "u16" if bare => {
            ("PostgreSQL has no unsigned integers: `i32`, with `#[field(positive)]`", "i32")
        }
        "u32" | "u64" | "usize" if bare => {
            ("PostgreSQL has no unsigned integers: `i64`, with `#[field(positive)]`", "i64")
        }
        "isize" if bare => ("integers have a size: `i64`", "i64"),
        "u128" | "i128" if bare => ("integers have at most 64 bits: `i64`, or `Decimal`", "i64"),
        "char" if bare => ("a letter is a `String`, with `#[field(max_length = 1)]`", "String"),
        "str" | "PathBuf" | "OsString" | "Path" if bare => ("text is a `String`", "String"),
        "SystemTime" | "Instant" if bare => ("a moment is a `DateTime<Utc>`", "i64"),
        "HashMap" | "BTreeMap" | "IndexMap" => {
            let cure =
                format!("a map is kept as `Json<{}>`, and one of texts as `HStore`", text(ty));
            return mistake(ty, &cure, parse("i64"));
        }
        "HashSet" | "BTreeSet" | "VecDeque" | "LinkedList" => {
            let item = first_argument(last).map_or("…".to_owned(), |item| text(&item));
            return mistake(ty, &format!("a list is a `Vec<{item}>`"), parse("Vec<i64>"));
        }
        "Box" | "Rc" | "Arc" | "Cow" | "Cell" | "RefCell" | "Mutex" | "RwLock" => {
            return pointer(ty, last);
        }
        "Vec" => return of_list(ty, &first_argument(last)?),
        "ManyToMany" | "ForeignKey" | "OneToOne" => return of_relation(ty, &name, last),
        _ => return None,
    };
    mistake(ty, cure, parse(instead))
}

fn pointer(ty: &Type, last: &syn::PathSegment) -> Option<NoColumn> {
    let held = first_argument(last).map_or("String".to_owned(), |held| text(&held));
    let held = if held == "str" { "String".to_owned() } else { held };
    let instead = syn::parse_str(&held).unwrap_or_else(|_| parse("String"));
    let plain = is_plain(&instead);
    let cure = match plain || held.contains("ForeignKey<") {
        true => format!("a row holds its values itself: `{held}`"),
        false => format!(
            "a row holds its values itself: `{held}`; if that is a model, the field is its key: \
             `ForeignKey<{held}>`"
        ),
    };
    mistake(ty, &cure, if plain { instead } else { parse("i64") })
}

fn of_list(ty: &Type, item: &Type) -> Option<NoColumn> {
    for relation in ["ForeignKey", "OneToOne", "ManyToMany"] {
        let Some(target) = argument(item, relation).and_then(|found| found.first().copied()) else {
            continue;
        };
        let cure = format!("many rows are a `ManyToMany<{}>`", text(target));
        return mistake(ty, &cure, parse("Vec<i64>"));
    }
    if text(item) == "u8" {
        return None;
    }
    let found = no_column(item)?;
    let inner = &found.instead;
    Some(NoColumn { instead: syn::parse_quote!(Vec<#inner>), ..found })
}

/// Types that are columns as they stand.
pub fn is_plain(ty: &Type) -> bool {
    const PLAIN: &[&str] = &[
        "i16",
        "i32",
        "i64",
        "f32",
        "f64",
        "bool",
        "String",
        "Uuid",
        "Decimal",
        "NaiveDate",
        "NaiveTime",
        "NaiveDateTime",
        "DateTime",
        "TimeDelta",
        "Value",
        "Vec",
        "Json",
        "Range",
        "File",
    ];
    match option_of(ty).unwrap_or(ty) {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| PLAIN.iter().any(|name| last.ident == name)),
        _ => false,
    }
}

/// Types that cannot be models, whatever users call theirs.
fn is_primitive(ty: &Type) -> bool {
    const PRIMITIVE: &[&str] = &[
        "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize",
        "f32", "f64", "bool", "char", "str", "String", "Uuid",
    ];
    PRIMITIVE.contains(&text(ty).as_str())
}

/// `ForeignKey<Option<Author>>`, `ForeignKey<i64>`, `ForeignKey<"Author">`
fn of_relation(ty: &Type, name: &str, last: &syn::PathSegment) -> Option<NoColumn> {
    let Some(target) = first_argument(last) else {
        let quoted = matches!(&last.arguments, PathArguments::AngleBracketed(_));
        let cure = format!("the model is named without quotes: `{name}<Author>`");
        return quoted.then(|| mistake(ty, &cure, parse("i64"))).flatten();
    };
    if is_primitive(&target) {
        let cure = format!(
            "a relation names the model that it leads to, `{name}<Author>`: the type of the key \
             follows from it"
        );
        return mistake(ty, &cure, parse("i64"));
    }
    if let Some(row) = argument(&target, "Vec").and_then(|rows| rows.first().copied()) {
        let cure = format!("many rows are a `ManyToMany<{}>`", text(row));
        return mistake(ty, &cure, parse("i64"));
    }
    let inner = text(option_of(&target)?);
    let cure = match name {
        "ManyToMany" => format!("it may be empty as it is: `ManyToMany<{inner}>`"),
        _ => format!("the `Option` stands around the key: `Option<{name}<{inner}>>`"),
    };
    mistake(ty, &cure, parse("i64"))
}

fn first_argument(segment: &syn::PathSegment) -> Option<Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty.clone()),
        _ => None,
    })
}

fn in_option(found: &NoColumn) -> NoColumn {
    let inner = &found.instead;
    NoColumn { message: found.message.clone(), instead: syn::parse_quote!(Option<#inner>) }
}

fn mistake(ty: &Type, cure: &str, instead: Type) -> Option<NoColumn> {
    Some(NoColumn { message: format!("`{}` is not a column type: {cure}", text(ty)), instead })
}

fn parse(ty: &str) -> Type {
    syn::parse_str(ty).unwrap_or_else(|_| syn::parse_quote!(i64))
}
