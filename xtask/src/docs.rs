//! Public methods and functions that have no example, and SQL in documentation that nothing
//! checks.

mod blocks;

use crate::rustdoc::{self, implementations, items};
use crate::{Result, root};
use blocks::{Block, blocks};
use rustdoc_types::{Crate, Item, ItemEnum};
use std::collections::BTreeSet;
use std::fs;

/// The types and traits whose methods users call.
const SURFACE: &[&str] = &[
    "BulkCreate",
    "Case",
    "CaseStart",
    "CompositeKey",
    "CopyIn",
    "CopyOut",
    "Database",
    "Expr",
    "FetchOpt",
    "Fields",
    "ForeignKey",
    "FullClean",
    "FullCleanDraft",
    "Manager",
    "Model",
    "ModelExt",
    "Nested",
    "OnConflict",
    "OneToOne",
    "Ordering",
    "QuerySet",
    "RawQuery",
    "SaveDraft",
    "Tracked",
    "Transaction",
    "Transactions",
    "UpdateOrCreate",
    "Upsert",
];

/// Modules of the machinery, whose types have the same names as others.
const MACHINERY: &[&str] = &["ast", "query"];

/// The modules whose functions users call.
const MODULES: &[&str] = &["expr"];

/// Lists all of it, or with `--count` only how much there is, which fails nothing.
pub fn run(words: &[String]) -> Result<()> {
    let only_count = match words {
        [] => false,
        [word] if word == "--count" => true,
        _ => return Err("`cargo xtask docs` takes `--count` or nothing".into()),
    };
    let Some(libraries) = rustdoc::libraries()? else { return Ok(()) };
    let mut found = Found::default();
    for library in &libraries {
        found.read(&library.data);
    }
    for name in SURFACE.iter().filter(|name| !found.types.contains(**name)) {
        found.problems.insert(format!("xtask/src/docs.rs: there is no type or trait `{name}`"));
    }
    println!("{}", found.summary());
    if only_count || found.problems.is_empty() {
        return Ok(());
    }
    let problems: Vec<String> = found.problems.into_iter().collect();
    Err(format!("{}\ndocs: {} problems", problems.join("\n"), problems.len()))
}

#[derive(Default)]
struct Found {
    /// What of the surface is there.
    types: BTreeSet<String>,
    methods: usize,
    without_example: usize,
    /// Whose examples are compiled, but not run.
    not_run: usize,
    /// Whose examples show that they are true.
    asserted: usize,
    unchecked: usize,
    problems: BTreeSet<String>,
}

impl Found {
    fn summary(&self) -> String {
        let Found { methods, without_example, not_run, asserted, unchecked, .. } = self;
        format!(
            "{methods} methods and functions: {without_example} without an example, {not_run} with \
             examples that are not run, {asserted} with one that asserts; {unchecked} blocks of SQL \
             that nothing checks"
        )
    }

    fn read(&mut self, library: &Crate) {
        for item in library.index.values().filter(|item| item.crate_id == 0) {
            let path = library.paths.get(&item.id).map_or(&[][..], |summary| &summary.path);
            if path.iter().any(|module| MACHINERY.contains(&module.as_str())) {
                continue;
            }
            self.unchecked_sql(item);
            let Some(name) = item.name.as_deref() else { continue };
            match &item.inner {
                ItemEnum::Module(module) if MODULES.contains(&name) => {
                    for item in items(library, &module.items) {
                        self.function(item, None);
                    }
                }
                ItemEnum::Trait(found) if SURFACE.contains(&name) => {
                    self.types.insert(name.to_owned());
                    for item in items(library, &found.items) {
                        self.function(item, Some(name));
                    }
                }
                ItemEnum::Struct(_) | ItemEnum::Enum(_) if SURFACE.contains(&name) => {
                    self.types.insert(name.to_owned());
                    self.methods(library, item, name);
                }
                _ => {}
            }
        }
    }

    /// The methods of a type, but for those of traits.
    fn methods(&mut self, library: &Crate, item: &Item, name: &str) {
        for block in items(library, implementations(item)) {
            let ItemEnum::Impl(block) = &block.inner else { continue };
            if block.trait_.is_none() {
                for item in items(library, &block.items) {
                    self.function(item, Some(name));
                }
            }
        }
    }

    /// A function, with the type that has it.
    fn function(&mut self, item: &Item, of: Option<&str>) {
        let (ItemEnum::Function(_), Some(name)) = (&item.inner, item.name.as_deref()) else {
            return;
        };
        self.methods += 1;
        let blocks = blocks(item.docs.as_deref().unwrap_or_default());
        let compiled: Vec<&Block> = blocks.iter().filter(|block| block.is_compiled).collect();
        if compiled.is_empty() {
            self.without_example += 1;
            let shown = of.map_or_else(|| name.to_owned(), |of| format!("{of}::{name}"));
            self.problems.insert(format!("{}: `{shown}` has no example", place(item)));
        } else if compiled.iter().any(|block| block.asserts && block.is_run) {
            self.asserted += 1;
        } else if compiled.iter().all(|block| !block.is_run) {
            self.not_run += 1;
        }
    }

    /// Blocks of SQL that could be compared with what the library makes.
    fn unchecked_sql(&mut self, item: &Item) {
        for block in blocks(item.docs.as_deref().unwrap_or_default()) {
            if !block.is_compiled && block.is_sql {
                self.unchecked += 1;
                let name = item.name.as_deref().unwrap_or_default();
                let problem = format!("{}: SQL that nothing checks, of `{name}`", place(item));
                self.problems.insert(problem);
            }
        }
    }
}

/// The file and line of an item; of one that a macro makes, those of its name in the macro's call.
fn place(item: &Item) -> String {
    let (Some(span), Some(name)) = (&item.span, item.name.as_deref()) else {
        return "somewhere".to_owned();
    };
    let path = span.filename.display();
    let source = root()
        .and_then(|root| fs::read_to_string(root.join(&span.filename)).map_err(|e| e.to_string()));
    let source = source.unwrap_or_default();
    let lines = source.lines().enumerate().map(|(at, line)| (at + 1, line));
    let within = lines.filter(|(at, _)| (span.begin.0..=span.end.0).contains(at));
    let named = within.filter(|(_, line)| {
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        !line.trim_start().starts_with("//") && words.any(|word| word == name)
    });
    let line = named.map(|(at, _)| at).next().unwrap_or(span.begin.0);
    format!("{path}:{line}")
}
