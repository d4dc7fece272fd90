//! How long files and functions are, in lines of code: blank lines, comments and tests do not
//! count.

use crate::source::{Tree, attributes, is_test};
use crate::{Result, text};
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use syn::Item;
use syn::spanned::Spanned;

/// No file is longer than that.
const FILE: usize = 400;

/// No function is longer than that.
const FUNCTION: usize = 45;

/// What is still longer, a line each.
pub const ALLOWED: &str = "xtask/too-long.txt";

/// Something that is measured.
struct Measured {
    /// What it is called in the list of what is allowed: a path, with `::name` for a function.
    name: String,
    line: usize,
    lines: usize,
    limit: usize,
}

/// Files and functions that are too long, but for those that are named in `allowed`; and what is
/// named there without need.
pub fn check(tree: &Tree, allowed: &str) -> Result<Vec<String>> {
    let lines = allowed.lines().map(str::trim);
    let allowed: BTreeSet<&str> =
        lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let mut too_long = Vec::new();
    for path in tree.paths() {
        let measured = measure(path, tree.text(path).unwrap_or_default())?;
        too_long.extend(measured.into_iter().filter(|part| part.lines > part.limit));
    }
    let mut problems: Vec<String> = too_long
        .iter()
        .filter(|part| !allowed.contains(part.name.as_str()))
        .map(|Measured { name, line, lines, limit }| match name.split_once("::") {
            Some((path, function)) => {
                format!(
                    "{path}:{line}: `{function}` has {lines} lines of code, {limit} are the most"
                )
            }
            None => format!("{name}: {lines} lines of code, {limit} are the most"),
        })
        .collect();
    for name in allowed {
        if !too_long.iter().any(|part| part.name == name) {
            problems.push(format!("{ALLOWED}: `{name}` is not too long any more: remove the line"));
        }
    }
    Ok(problems)
}

/// Measures a file and its functions.
fn measure(path: &str, source: &str) -> Result<Vec<Measured>> {
    let tokens: TokenStream = source.parse().map_err(|error| format!("{path}: {error}"))?;
    let syntax = syn::parse_file(source).map_err(text)?;
    let mut tests = Vec::new();
    test_lines(&syntax.items, &mut tests);
    if is_test(&syntax.attrs) {
        return Ok(Vec::new());
    }
    let mut code = Code::default();
    code.read(tokens);
    let is_tested = |line: &usize| tests.iter().any(|range| range.contains(line));
    code.lines.retain(|line| !is_tested(line));
    let whole = Measured { name: path.into(), line: 1, lines: code.lines.len(), limit: FILE };
    let functions = code.functions.iter().filter(|function| !is_tested(function.range.start()));
    let functions = functions.map(|Function { name, range }| Measured {
        name: format!("{path}::{name}"),
        line: *range.start(),
        lines: code.lines.range(range.clone()).count(),
        limit: FUNCTION,
    });
    Ok(std::iter::once(whole).chain(functions).collect())
}

/// The lines of items that are compiled for tests only.
pub fn test_lines(items: &[Item], found: &mut Vec<RangeInclusive<usize>>) {
    for item in items {
        if is_test(attributes(item)) {
            let span = item.span();
            found.push(span.start().line..=span.end().line);
        } else if let Item::Mod(item) = item
            && let Some((_, items)) = &item.content
        {
            test_lines(items, found);
        }
    }
}

struct Function {
    name: String,
    range: RangeInclusive<usize>,
}

/// The lines with code, and where functions are: among tokens, so that those which macros make
/// count as well.
#[derive(Default)]
struct Code {
    lines: BTreeSet<usize>,
    functions: Vec<Function>,
}

impl Code {
    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            if let Some(after) = after_doc_comment(&tokens, at) {
                at = after;
                continue;
            }
            if let Some(function) = function(&tokens, at) {
                self.functions.push(function);
            }
            match token {
                TokenTree::Group(group) => {
                    self.add(group.span_open());
                    self.read(group.stream());
                    self.add(group.span_close());
                }
                token => self.add(token.span()),
            }
            at += 1;
        }
    }

    fn add(&mut self, span: Span) {
        self.lines.extend(span.start().line..=span.end().line);
    }
}

/// Comments of documentation are tokens as well: `#[doc = "…"]`.
pub fn after_doc_comment(tokens: &[TokenTree], at: usize) -> Option<usize> {
    let is = |at: usize, wanted: char| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == wanted);
    if !is(at, '#') {
        return None;
    }
    let at = if is(at + 1, '!') { at + 2 } else { at + 1 };
    let Some(TokenTree::Group(group)) = tokens.get(at) else { return None };
    let mut inside = group.stream().into_iter();
    let is_doc = matches!(inside.next(), Some(TokenTree::Ident(name)) if name == "doc");
    let has_value =
        matches!(inside.next(), Some(TokenTree::Punct(punct)) if punct.as_char() == '=');
    (is_doc && has_value).then_some(at + 1)
}

/// The function that begins with a token, if it has a body.
fn function(tokens: &[TokenTree], at: usize) -> Option<Function> {
    let Some(TokenTree::Ident(word)) = tokens.get(at) else { return None };
    if *word != "fn" {
        return None;
    }
    // In a macro, the name may be one of its variables: `fn $name`.
    let name = match (tokens.get(at + 1)?, tokens.get(at + 2)?) {
        (TokenTree::Ident(name), _) => name.to_string(),
        (TokenTree::Punct(dollar), TokenTree::Ident(name)) if dollar.as_char() == '$' => {
            format!("${name}")
        }
        _ => return None,
    };
    for token in tokens.get(at + 1..)? {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ';' => return None,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let range = word.span().start().line..=group.span_close().end().line;
                return Some(Function { name, range });
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(source: &str, allowed: &str) -> Vec<String> {
        check(&Tree::of(&[("c/src/a.rs", source)]), allowed).expect("the source can be read")
    }

    /// A function of so many lines.
    fn function_of(lines: usize) -> String {
        format!("fn long() {{\n{}}}\n", "    call();\n".repeat(lines - 2))
    }

    #[test]
    fn a_file_of_more_than_400_lines_is_too_long() {
        assert!(problems(&"const A: () = ();\n".repeat(400), "").is_empty());
        let said = problems(&"const A: () = ();\n".repeat(401), "");
        assert_eq!(said, ["c/src/a.rs: 401 lines of code, 400 are the most"]);
    }

    #[test]
    fn a_function_of_more_than_45_lines_is_too_long() {
        assert!(problems(&function_of(45), "").is_empty());
        let said = problems(&format!("\n\n{}", function_of(46)), "");
        assert_eq!(said, ["c/src/a.rs:3: `long` has 46 lines of code, 45 are the most"]);
    }

    #[test]
    fn methods_and_functions_of_macros_are_measured() {
        for (before, name) in
            [("struct A;\nimpl A {", "long"), ("macro_rules! m { () => {", "long")]
        {
            let source = format!("{before}\n{}\n}}", function_of(46));
            let source = if before.starts_with("macro") { format!("{source} }}") } else { source };
            let said = problems(&source, "");
            assert_eq!(said.len(), 1, "{source}");
            assert!(said[0].contains(&format!("`{name}` has 46 lines")), "{said:?}");
        }
    }

    #[test]
    fn blank_lines_comments_and_tests_do_not_count() {
        let filler = "\n// comment\n/// Doc.\n/* more\n   of it */\n#[doc = \"x\"]\n".repeat(100);
        let source = format!("//! Doc.\n{filler}struct A;\n");
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", function_of(46).repeat(10));
        assert!(problems(&format!("{source}{tests}"), "").is_empty());
        let inside = format!("fn f() {{\n{}}}\n", "\n    // comment\n    call();\n".repeat(43));
        assert!(problems(&inside, "").is_empty());
    }

    #[test]
    fn what_is_allowed_has_to_be_too_long() {
        assert!(problems(&function_of(46), "# text\nc/src/a.rs::long\n").is_empty());
        let said = problems(&function_of(45), "c/src/a.rs::long\n");
        assert_eq!(said.len(), 1);
        assert!(said[0].contains("`c/src/a.rs::long` is not too long any more"), "{said:?}");
    }
}
