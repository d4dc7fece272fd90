//! Identifiers for what has other names in the database.

use std::collections::HashSet;

/// Names of items, each once.
#[derive(Default)]
pub(super) struct Names {
    taken: HashSet<String>,
}

/// Names that the text itself uses, those of traits that derives name, and those of types that the derive
/// knows to be no columns.
const USED: &[&str] = &[
    "Arc",
    "AsMut",
    "AsRef",
    "BTreeMap",
    "BTreeSet",
    "Box",
    "Cell",
    "Choices",
    "Clone",
    "Column",
    "Copy",
    "Cow",
    "DateTime",
    "Debug",
    "Decimal",
    "Default",
    "Drop",
    "Eq",
    "Err",
    "File",
    "Fn",
    "FnMut",
    "FnOnce",
    "ForeignKey",
    "From",
    "HashMap",
    "HashSet",
    "Hash",
    "IndexMap",
    "Instant",
    "Into",
    "IntoIterator",
    "IpNet",
    "Iterator",
    "Json",
    "LinkedList",
    "ManyToMany",
    "Model",
    "Mutex",
    "NaiveDate",
    "NaiveDateTime",
    "NaiveTime",
    "None",
    "Ok",
    "OneToOne",
    "Option",
    "Ord",
    "OsString",
    "PartialEq",
    "PartialOrd",
    "Path",
    "PathBuf",
    "Range",
    "Rc",
    "RefCell",
    "Result",
    "RwLock",
    "Self",
    "Send",
    "Sized",
    "Some",
    "String",
    "Sync",
    "SystemTime",
    "TimeDelta",
    "ToOwned",
    "ToString",
    "Utc",
    "Uuid",
    "Value",
    "Vec",
    "VecDeque",
];

impl Names {
    /// The name of a struct or an enum: `OrderLine` for `order_line`. Its schema tells it apart from
    /// one that has the same name in another.
    pub(super) fn item(&mut self, name: &str, schema: Option<&str>) -> String {
        let mut camel = camel(name);
        if USED.contains(&camel.as_str()) {
            camel.push_str("Row");
        }
        if let Some(schema) = schema.filter(|_| !self.is_free(&camel)) {
            let longer = self::camel(&format!("{schema}_{name}"));
            if self.is_free(&longer) {
                camel = longer;
            }
        }
        let name = unique(camel, |name| !self.is_free(name));
        self.taken.extend(made(&name));
        name
    }

    fn is_free(&self, name: &str) -> bool {
        !made(name).iter().any(|name| self.taken.contains(name))
    }
}

/// The items that there are once a model has a name.
fn made(name: &str) -> [String; 4] {
    [name.to_owned(), format!("{name}Fields"), format!("{name}Fields_"), format!("{name}Draft")]
}

/// The name with the lowest number behind it that is free.
pub(super) fn unique(name: String, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(&name) {
        return name;
    }
    let numbered = (2..u32::MAX).map(|number| format!("{name}{number}"));
    numbered.into_iter().find(|name| !is_taken(name)).unwrap_or(name)
}

/// The parts of a name: at what is no letter and no digit, and before capitals behind small letters.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut last: Option<char> = None;
    let letters: Vec<char> = name.chars().collect();
    for (place, letter) in letters.iter().copied().enumerate() {
        if !is_part(letter) {
            words.push(String::new());
            last = None;
            continue;
        }
        let next_is_small = letters.get(place + 1).is_some_and(|next| next.is_lowercase());
        let begins = letter.is_uppercase()
            && last.is_some_and(|last| {
                last.is_lowercase() || last.is_numeric() || last.is_uppercase() && next_is_small
            });
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(letter);
        }
        last = Some(letter);
    }
    words.retain(|word| !word.is_empty());
    words
}

/// True for what identifiers may have.
fn is_part(letter: char) -> bool {
    letter != '_' && (letter.is_ascii_alphanumeric() || syn_accepts(letter))
}

/// A letter that is none of ASCII, as far as Rust takes it in the middle of a name.
fn syn_accepts(letter: char) -> bool {
    !letter.is_ascii() && unicode_ident::is_xid_continue(letter)
}

/// `OrderLine`
pub(super) fn camel(name: &str) -> String {
    let mut all = String::new();
    for word in words(name) {
        let mut letters = word.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        // A digit behind a digit would read as one number.
        if all.ends_with(|last: char| last.is_ascii_digit())
            && word.starts_with(|first: char| first.is_ascii_digit())
        {
            all.push('_');
        }
        all.extend(first);
        all.extend(letters.flat_map(char::to_lowercase));
    }
    if !all.chars().next().is_some_and(unicode_ident::is_xid_start) {
        all.insert_str(0, "Table");
    }
    all
}

/// `order_line`
pub(super) fn snake(name: &str) -> String {
    let words: Vec<String> = words(name).iter().map(|word| word.to_lowercase()).collect();
    let mut all = words.join("_");
    if !all.chars().next().is_some_and(unicode_ident::is_xid_start) {
        all.insert_str(0, if all.is_empty() { "field" } else { "field_" });
    }
    match all.as_str() {
        "self" | "super" | "crate" => all + "_",
        _ => all,
    }
}

/// A name as it is written: `r#type`.
pub(super) fn written(name: &str) -> String {
    const KEYWORDS: &[&str] = &[
        "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do",
        "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in",
        "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
        "return", "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe",
        "unsized", "use", "virtual", "where", "while", "yield",
    ];
    if KEYWORDS.contains(&name) { format!("r#{name}") } else { name.to_owned() }
}

/// The variants of an enum for its labels.
pub(super) fn variants(labels: Vec<String>) -> Vec<(String, String)> {
    let mut taken: HashSet<String> = HashSet::from(["Self".to_owned()]);
    let variant = |label: String| {
        let name = match camel(&label).strip_prefix("Table") {
            // What does not begin with a letter.
            Some(rest) if !camel_begins(&label) => format!("Value{rest}"),
            _ => camel(&label),
        };
        let name = unique(name, |name| taken.contains(name));
        taken.insert(name.clone());
        (label, name)
    };
    labels.into_iter().map(variant).collect()
}

fn camel_begins(label: &str) -> bool {
    let words = words(label);
    let first = words.first().and_then(|word| word.chars().next());
    first.is_some_and(unicode_ident::is_xid_start)
}

/// Methods that relation paths have: no field and no relation can be called so in paths.
pub(super) const PATHS: &[&str] = &[
    "objects",
    "joined_on",
    "count",
    "eq",
    "ne",
    "in_",
    "isnull",
    "joined_on",
    "set",
    "asc",
    "desc",
    "pk",
    "clone",
    "clone_from",
    "clone_into",
    "to_owned",
    "borrow",
    "into",
    "try_into",
    "on",
];

/// Methods that models have: no relation can be called so on instances.
pub(super) const INSTANCES: &[&str] = &[
    "objects",
    "unfiltered",
    "paths",
    "q",
    "draft",
    "dyn_draft",
    "pk",
    "save",
    "save_fields",
    "save_or_insert",
    "update",
    "refresh",
    "refresh_fields",
    "get_next_by",
    "get_previous_by",
    "delete",
    "delete_keep_parents",
    "full_clean",
    "full_clean_with",
    "full_clean_without",
    "clone",
];

#[cfg(test)]
mod tests {
    use super::{INSTANCES, PATHS};

    /// The derive refuses the same names, and a macro crate can export none of its lists.
    #[test]
    fn names_that_the_derive_refuses_are_known() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../orm-derive/src/check/reserved.rs");
        let source = std::fs::read_to_string(path).unwrap();
        for (list, known) in [("PATHS", PATHS), ("INSTANCES", INSTANCES)] {
            let start = source.split_once(&format!("const {list}: &[&str] = &[")).unwrap().1;
            let names = start.split_once("];").unwrap().0.split('"').skip(1).step_by(2);
            let missing: Vec<&str> = names.filter(|name| !known.contains(name)).collect();
            assert!(missing.is_empty(), "{list}: {missing:?}");
        }
    }
}
