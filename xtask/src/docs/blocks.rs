//! The blocks of code in documentation.

/// A block between fences.
#[derive(Debug, Default, PartialEq)]
pub struct Block {
    /// True for Rust that the tests of documentation compile.
    pub is_compiled: bool,
    /// True for Rust that they also run.
    pub is_run: bool,
    /// True where something is asserted.
    pub asserts: bool,
    /// True where there is SQL.
    pub is_sql: bool,
}

/// What a fence may say of Rust that is compiled.
const COMPILED: &[&str] = &["rust", "no_run", "should_panic", "compile_fail"];

/// Words with which SQL begins, and the mark behind which it stands beside a call.
const SQL: &[&str] =
    &["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ", "CREATE ", "ALTER ", "DROP ", "WHERE "];

/// The blocks of a piece of documentation.
pub fn blocks(docs: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for line in docs.lines() {
        let line = line.trim_start();
        match (line.strip_prefix("```"), &mut open) {
            (Some(info), None) => open = Some(opened(info)),
            (Some(_), Some(_)) => found.extend(open.take()),
            (None, Some(block)) => {
                block.asserts |= line.contains("assert");
                block.is_sql |=
                    line.contains(" -- ") || SQL.iter().any(|word| line.starts_with(word));
            }
            (None, None) => {}
        }
    }
    found
}

fn opened(info: &str) -> Block {
    let words: Vec<&str> =
        info.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty()).collect();
    let is_compiled =
        words.iter().all(|word| COMPILED.contains(word) || word.starts_with("edition"));
    let is_run =
        is_compiled && !words.iter().any(|word| matches!(*word, "no_run" | "compile_fail"));
    Block { is_compiled, is_run, ..Block::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(docs: &str) -> Block {
        let mut blocks = blocks(docs);
        assert_eq!(blocks.len(), 1, "{docs}");
        blocks.remove(0)
    }

    #[test]
    fn rust_is_compiled_unless_it_says_otherwise() {
        for info in ["", "rust", "should_panic", "rust,edition2024"] {
            let block = one(&format!("Text.\n\n```{info}\nrun();\n```\n"));
            assert!(block.is_compiled && block.is_run, "{info}");
        }
        let block = one("```no_run\nrun();\n```");
        assert!(block.is_compiled && !block.is_run);
        for info in ["text", "ignore", "sql", "console", "rust,ignore"] {
            assert!(!one(&format!("```{info}\nrun();\n```")).is_compiled, "{info}");
        }
    }

    #[test]
    fn sql_and_assertions_are_seen() {
        assert!(one("```text\nb.pages().gt(1)    -- pages > $1\n```").is_sql);
        assert!(one("```sql\n  SELECT 1\n```").is_sql);
        assert!(!one("```text\na -> b\n```").is_sql);
        assert!(one("```\nassert_eq!(1, 1);\n```").asserts);
    }

    #[test]
    fn blocks_are_told_apart() {
        let both = blocks("```text\nSELECT 1\n```\n\nText: SELECT 1\n\n```\nrun();\n```\n");
        assert_eq!(both.iter().map(|block| block.is_sql).collect::<Vec<_>>(), [true, false]);
    }
}
