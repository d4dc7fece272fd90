//! Rust source as the checks read it: the files of a tree, and the modules of a crate.

use crate::{Result, text};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use syn::{Attribute, Expr, Item, ItemMod, Lit, Meta};

/// Files by their path from the root of the workspace.
#[derive(Default)]
pub struct Tree(BTreeMap<String, String>);

impl Tree {
    /// Reads every file with that extension below some directories of the workspace.
    pub fn read(root: &Path, directories: &[&str], extension: &str) -> Result<Tree> {
        let mut tree = Tree::default();
        for directory in directories {
            tree.add(root, &root.join(directory), extension)?;
        }
        Ok(tree)
    }

    fn add(&mut self, root: &Path, directory: &Path, extension: &str) -> Result<()> {
        let entries = fs::read_dir(directory);
        let entries = entries.map_err(|error| format!("{}: {error}", directory.display()))?;
        for entry in entries {
            let path = entry.map_err(text)?.path();
            if path.is_dir() {
                self.add(root, &path, extension)?;
            } else if path.extension().is_some_and(|found| found == extension) {
                let name = path.strip_prefix(root).map_err(text)?.to_string_lossy().into_owned();
                self.0.insert(name, fs::read_to_string(&path).map_err(text)?);
            }
        }
        Ok(())
    }

    /// A tree that is made up, for tests.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Tree {
        Tree(files.iter().map(|(path, text)| (path.to_string(), text.to_string())).collect())
    }

    pub fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// A file of a crate, with the path of the module that it is.
pub struct File {
    pub path: String,
    pub module: Vec<String>,
    pub syntax: syn::File,
}

/// The files of a crate from its root file on, without those that are compiled for tests only.
pub fn files(tree: &Tree, root: &str) -> Result<Vec<File>> {
    let mut files = Vec::new();
    add_file(tree, root, Vec::new(), true, &mut files)?;
    Ok(files)
}

fn add_file(
    tree: &Tree,
    path: &str,
    module: Vec<String>,
    is_root: bool,
    files: &mut Vec<File>,
) -> Result<()> {
    let text = tree.text(path).ok_or_else(|| format!("{path}: there is no such file"))?;
    let syntax = syn::parse_file(text)
        .map_err(|error| format!("{path}:{}: {error}", error.span().start().line))?;
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    let below = match name.strip_suffix(".rs").unwrap_or(name) {
        _ if is_root => directory.to_owned(),
        "mod" => directory.to_owned(),
        stem => format!("{directory}/{stem}"),
    };
    let mut children = Vec::new();
    declared(&syntax.items, &below, directory, &module, &mut children);
    files.push(File { path: path.to_owned(), module, syntax });
    for child in children {
        let Some(path) = child.candidates.iter().find(|path| tree.text(path).is_some()) else {
            return Err(format!("{path}: there is no file of the module `{}`", child.name()));
        };
        add_file(tree, path, child.module.clone(), false, files)?;
    }
    Ok(())
}

/// A module that stands in a file of its own.
struct Declared {
    module: Vec<String>,
    candidates: Vec<String>,
}

impl Declared {
    fn name(&self) -> String {
        self.module.join("::")
    }
}

/// Collects the modules that items declare, also inside of inline modules.
fn declared(
    items: &[Item],
    below: &str,
    directory: &str,
    module: &[String],
    found: &mut Vec<Declared>,
) {
    for item in items {
        let Item::Mod(item) = item else { continue };
        if is_test(&item.attrs) {
            continue;
        }
        let name = item.ident.to_string();
        let mut path = module.to_vec();
        path.push(name.clone());
        match &item.content {
            Some((_, items)) => {
                let below = format!("{below}/{name}");
                declared(items, &below, &below, &path, found);
            }
            None => found.push(Declared {
                candidates: candidates(item, &name, below, directory),
                module: path,
            }),
        }
    }
}

fn candidates(item: &ItemMod, name: &str, below: &str, directory: &str) -> Vec<String> {
    match named_path(&item.attrs) {
        Some(path) => vec![format!("{directory}/{path}")],
        None => vec![format!("{below}/{name}.rs"), format!("{below}/{name}/mod.rs")],
    }
}

/// The value of `#[path = "…"]`.
fn named_path(attrs: &[Attribute]) -> Option<String> {
    attrs.iter().find_map(|attr| match &attr.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(value) => match &value.lit {
                Lit::Str(path) => Some(path.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}

/// True for what has `#[cfg(test)]` or `#[test]`.
pub fn is_test(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| match &attr.meta {
        Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string() == "test",
        Meta::Path(path) => path.is_ident("test"),
        _ => false,
    })
}

/// The attributes of an item.
pub fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
