//! What is reached through the facade, which re-exports from other libraries.

use super::lines::Lines;
use crate::Result;
use crate::rustdoc::{Library, implementations, items};
use rustdoc_types::{Crate, Id, Item, ItemEnum, StructKind, Type, Use, VariantKind};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write;

/// The libraries, the facade last.
pub struct Facade<'a> {
    libraries: &'a [Library],
    lines: Vec<Lines>,
}

/// An item of one of the libraries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    library: usize,
    id: Id,
}

/// What a module of the facade has: sections by the names of items.
type Sections = BTreeMap<String, BTreeSet<String>>;

impl<'a> Facade<'a> {
    pub fn new(libraries: &'a [Library]) -> Result<Facade<'a>> {
        let lines = libraries.iter().map(Lines::new).collect::<Result<Vec<_>>>()?;
        Ok(Facade { libraries, lines })
    }

    /// The text of each module, under the name of its file.
    ///
    /// An item is described where it is found first, from the root on; elsewhere it is a line.
    pub fn files(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        let mut described: BTreeMap<Place, String> = BTreeMap::new();
        let root = self.libraries.len() - 1;
        let module = Place { library: root, id: self.libraries[root].data.root };
        // The prelude only repeats.
        let mut prelude = None;
        let mut open = VecDeque::from([(self.libraries[root].name.clone(), module)]);
        described.insert(module, self.libraries[root].name.clone());
        while let Some((path, module)) = open.pop_front().or_else(|| prelude.take()) {
            let mut sections = Sections::new();
            for (name, place) in self.children(module) {
                let whole = format!("{path}::{name}");
                let section = sections.entry(name).or_default();
                if let Some(first) = described.get(&place) {
                    section.insert(format!("pub use {first}\n"));
                    continue;
                }
                described.insert(place, whole.clone());
                if let Some(ItemEnum::Module(_)) = self.item(place).map(|item| &item.inner) {
                    section.insert(format!("pub mod {whole}\n"));
                    if whole.ends_with("::prelude") {
                        prelude = Some((whole, place));
                    } else {
                        open.push_back((whole, place));
                    }
                } else {
                    section.insert(self.describe(place));
                }
            }
            files.insert(format!("{}.txt", path.replace("::", ".")), shown(&path, &sections));
        }
        files
    }

    fn item(&self, place: Place) -> Option<&'a Item> {
        self.libraries.get(place.library)?.data.index.get(&place.id)
    }

    /// The items of a module, with what it re-exports in the place of the re-exports.
    fn children(&self, module: Place) -> Vec<(String, Place)> {
        let Some(ItemEnum::Module(found)) = self.item(module).map(|item| &item.inner) else {
            return Vec::new();
        };
        let library = module.library;
        let mut children = Vec::new();
        for item in items(&self.libraries[library].data, &found.items) {
            match &item.inner {
                ItemEnum::Use(used) if used.is_glob => {
                    for place in self.used(library, used) {
                        children.extend(self.children(place));
                    }
                }
                ItemEnum::Use(used) => {
                    let places = self.used(library, used).into_iter();
                    children.extend(places.map(|place| (used.name.clone(), place)));
                }
                _ => {
                    let name = item.name.clone().unwrap_or_default();
                    children.push((name, Place { library, id: item.id }));
                }
            }
        }
        children
    }

    /// What a re-export leads to, in whichever library that is.
    fn used(&self, library: usize, used: &Use) -> Vec<Place> {
        let Some(id) = used.id else { return Vec::new() };
        let data = &self.libraries[library].data;
        if let Some(item) = data.index.get(&id) {
            return match &item.inner {
                ItemEnum::Use(next) => self.used(library, next),
                _ => vec![Place { library, id }],
            };
        }
        let Some(summary) = data.paths.get(&id) else { return Vec::new() };
        let from = data.external_crates.get(&summary.crate_id);
        let from = from.and_then(|from| self.libraries.iter().position(|to| to.name == from.name));
        let Some(library) = from else { return Vec::new() };
        let same = self.libraries[library].data.paths.iter().filter(|(_, other)| {
            other.crate_id == 0 && other.path == summary.path && other.kind == summary.kind
        });
        same.map(|(id, _)| Place { library, id: *id }).collect()
    }

    /// An item with its members and implementations.
    fn describe(&self, place: Place) -> String {
        let (library, lines) = (&self.libraries[place.library].data, &self.lines[place.library]);
        let mut text = String::new();
        let Some(item) = self.item(place) else { return text };
        let Some(line) = lines.of(place.id) else { return text };
        let _ = writeln!(text, "{line}");
        let mut members = BTreeSet::new();
        for member in items(library, &members_of(library, item)) {
            members.extend(lines.of_member(member).map(|line| format!("    {line}\n")));
        }
        text.extend(members);
        // Blocks with the same first line are one: in which file a method stands is no matter.
        let mut blocks: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut add = |block: &Item| {
            if let Some((line, members)) = implementation(library, lines, block) {
                blocks.entry(line).or_default().extend(members);
            }
        };
        items(library, implementations(item)).for_each(&mut add);
        if let ItemEnum::Trait(found) = &item.inner {
            let others = items(library, &found.implementations);
            let others = others.filter(|block| !is_of_own_type(library, block));
            let (tuples, others): (Vec<&Item>, Vec<&Item>) =
                others.partition(|block| tuple_of(block) > 2);
            others.into_iter().for_each(&mut add);
            if let Some(most) = tuples.into_iter().map(tuple_of).max() {
                let name = item.name.as_deref().unwrap_or_default();
                blocks.insert(format!("impl {name} for tuples of up to {most}"), BTreeSet::new());
            }
        }
        for (line, members) in blocks {
            let _ = writeln!(text, "  {line}");
            text.extend(members);
        }
        text
    }
}

/// Fields, variants with theirs, and what a trait has.
fn members_of(library: &Crate, item: &Item) -> Vec<Id> {
    let some = |ids: &[Option<Id>]| ids.iter().copied().flatten().collect();
    match &item.inner {
        ItemEnum::Struct(item) => match &item.kind {
            StructKind::Unit => Vec::new(),
            StructKind::Tuple(ids) => some(ids),
            StructKind::Plain { fields, .. } => fields.clone(),
        },
        ItemEnum::Variant(variant) => match &variant.kind {
            VariantKind::Struct { fields, .. } => fields.clone(),
            _ => Vec::new(),
        },
        ItemEnum::Enum(found) => {
            let variants = items(library, &found.variants);
            variants.flat_map(|item| [vec![item.id], members_of(library, item)].concat()).collect()
        }
        ItemEnum::Trait(item) => item.items.clone(),
        _ => Vec::new(),
    }
}

/// A block `impl`: its first line, and what it has; of that of a trait only the types.
fn implementation(
    library: &Crate,
    lines: &Lines,
    block: &Item,
) -> Option<(String, BTreeSet<String>)> {
    let ItemEnum::Impl(found) = &block.inner else { return None };
    // A marker of the compiler's, beside each derived `PartialEq`.
    if found.trait_.as_ref().is_some_and(|found| found.path.ends_with("StructuralPartialEq")) {
        return None;
    }
    let line = lines.of(block.id)?.to_owned();
    let is_shown =
        |item: &&Item| found.trait_.is_none() || matches!(item.inner, ItemEnum::AssocType { .. });
    let members = items(library, &found.items).filter(is_shown);
    let members = members.filter_map(|item| lines.of_member(item));
    let members: BTreeSet<String> = members.map(|line| format!("    {line}\n")).collect();
    let is_empty = members.is_empty() && found.trait_.is_none();
    (!is_empty).then_some((line, members))
}

/// How long the tuples are for which this is.
fn tuple_of(block: &Item) -> usize {
    match &block.inner {
        ItemEnum::Impl(found) => match &found.for_ {
            Type::Tuple(types) => types.len(),
            _ => 0,
        },
        _ => 0,
    }
}

/// True for implementations that are shown with their type.
fn is_of_own_type(library: &Crate, block: &Item) -> bool {
    match &block.inner {
        ItemEnum::Impl(found) => match &found.for_ {
            Type::ResolvedPath(path) => library.index.contains_key(&path.id),
            _ => false,
        },
        _ => false,
    }
}

/// A module as text.
fn shown(path: &str, sections: &Sections) -> String {
    let mut text = format!("{path}\n");
    for items in sections.values() {
        let described = items.iter().filter(|item| !item.is_empty());
        for item in described {
            // What is one line stands close.
            if item.lines().count() > 1 {
                text.push('\n');
            }
            text.push_str(item);
        }
    }
    text
}
