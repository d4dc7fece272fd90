//! What a file names of its own crate: imports, paths, and tokens of macros.

use crate::source::{File, attributes, is_test};
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use std::collections::BTreeSet;
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, ImplItemFn, Item, ItemMod, ItemUse, Macro, UseTree};

/// A path from the root of the crate, without `crate`.
///
/// A macro that is called by its bare name has a `!` behind it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    pub line: usize,
    pub path: Vec<String>,
}

impl Name {
    pub fn shown(&self) -> String {
        match self.path.as_slice() {
            [] => "crate".to_owned(),
            [name] if name.ends_with('!') => name.clone(),
            path => format!("crate::{}", path.join("::")),
        }
    }
}

/// All names in a file, but for those in tests.
pub fn of(file: &File) -> BTreeSet<Name> {
    let mut names = Names {
        module: file.module.clone(),
        own_macros: own_macros(&file.syntax.items),
        found: BTreeSet::new(),
    };
    names.visit_file(&file.syntax);
    names.found
}

fn own_macros(items: &[Item]) -> BTreeSet<String> {
    let names = items.iter().filter_map(|item| match item {
        Item::Macro(item) => item.ident.as_ref().map(Ident::to_string),
        _ => None,
    });
    names.collect()
}

struct Names {
    /// The module in which we are.
    module: Vec<String>,
    own_macros: BTreeSet<String>,
    found: BTreeSet<Name>,
}

impl Names {
    /// Notes a path as it is written, if it is one of our own crate.
    fn note(&mut self, line: usize, segments: &[String]) {
        if let Some(path) = self.absolute(segments) {
            self.found.insert(Name { line, path });
        }
    }

    /// The path from the root of the crate.
    fn absolute(&self, segments: &[String]) -> Option<Vec<String>> {
        let (first, mut rest) = segments.split_first()?;
        let mut base = match first.as_str() {
            "crate" => Vec::new(),
            "self" | "super" => self.module.clone(),
            _ => return None,
        };
        if first == "super" {
            base.pop();
            while let Some((_, after)) = rest.split_first().filter(|(next, _)| *next == "super") {
                base.pop();
                rest = after;
            }
        }
        // A lone `self` is a value.
        if first == "self" && rest.is_empty() {
            return None;
        }
        base.extend(rest.iter().cloned());
        Some(base)
    }

    fn note_use(&mut self, tree: &UseTree, path: &mut Vec<String>) {
        let leaf = |names: &mut Names, name: &Ident, written: &str| {
            let mut whole = path.clone();
            if written != "self" || whole.is_empty() {
                whole.push(written.to_owned());
            }
            names.note(name.span().start().line, &whole);
        };
        match tree {
            UseTree::Path(part) => {
                path.push(part.ident.to_string());
                if let UseTree::Glob(_) = &*part.tree {
                    let mut whole = path.clone();
                    // The whole crate stays an empty path.
                    if self.absolute(&whole).is_some_and(|path| !path.is_empty()) {
                        whole.push("*".to_owned());
                    }
                    self.note(part.ident.span().start().line, &whole);
                } else {
                    self.note_use(&part.tree, path);
                }
                path.pop();
            }
            UseTree::Name(name) => leaf(self, &name.ident, &name.ident.to_string()),
            UseTree::Rename(name) => leaf(self, &name.ident, &name.ident.to_string()),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.note_use(tree, path);
                }
            }
            _ => {}
        }
    }

    /// Finds paths among tokens, whatever they stand for.
    fn note_tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Group(group) => self.note_tokens(group.stream()),
                TokenTree::Ident(name) if *name == "crate" || *name == "super" => {
                    at = self.note_path(&tokens, at - 1, &[]);
                }
                _ => {}
            }
        }
    }

    /// Notes the path that begins at a token, and returns where it ends.
    fn note_path(&mut self, tokens: &[TokenTree], start: usize, before: &[String]) -> usize {
        let mut path = before.to_vec();
        let mut at = start;
        let mut line = 0;
        while let Some(TokenTree::Ident(name)) = tokens.get(at) {
            line = name.span().start().line;
            path.push(name.to_string());
            at += 1;
            if !is_colons(tokens, at) {
                break;
            }
            at += 2;
            if let Some(TokenTree::Group(group)) = tokens.get(at)
                && group.delimiter() == Delimiter::Brace
            {
                self.note_group(group.stream(), &path);
                return at + 1;
            }
        }
        // `super` alone is `pub(super)`, and `crate` alone `pub(crate)`.
        if path.len() > 1 {
            self.note(line, &path);
        }
        at
    }

    /// `{a, b::c}` behind a path.
    fn note_group(&mut self, tokens: TokenStream, path: &[String]) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is_comma =
            |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
        for part in tokens.split(is_comma) {
            self.note_path(part, 0, path);
        }
    }
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    let is_colon =
        |at| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    is_colon(at) && is_colon(at + 1)
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let test = matches!(item, ImplItem::Fn(ImplItemFn { attrs, .. }) if is_test(attrs));
        if !test {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.note_use(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> =
            path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let line = path.segments.first().map_or(0, |first| first.ident.span().start().line);
        if segments.len() > 1 && path.leading_colon.is_none() {
            self.note(line, &segments);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        if let Some(name) = call.path.get_ident() {
            let written = name.to_string();
            if !self.own_macros.contains(&written) {
                let line = name.span().start().line;
                self.found.insert(Name { line, path: vec![format!("{written}!")] });
            }
        }
        self.note_tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }

    fn visit_attribute(&mut self, attr: &'ast Attribute) {
        if let syn::Meta::List(list) = &attr.meta {
            self.note_tokens(list.tokens.clone());
        }
        visit::visit_attribute(self, attr);
    }
}
