//! The tokens of a shape, as words: they are compared and hashed for every query that is sent.

use super::Kind;
use crate::ir::Comparison;
use orm_sql::value::SqlType;
use std::cell::Cell;
use std::ops::Deref;

/// A piece of a shape. Each is followed by as many others as it says or always has, so that two
/// queries of one shape are the same but for their values. Metadata and templates are static: their
/// addresses say which they are.
#[derive(Clone, Copy)]
pub(in crate::query) enum Token {
    /// What kind of thing follows.
    Is(Kind),
    /// A number, a flag, an address, or how many of something follow.
    Word(u64),
    Type(SqlType),
    Compare(Comparison),
    /// A value, and whether it is NULL.
    Value(SqlType, bool),
    /// Sixteen bytes of a text whose length stands before them.
    Bytes([u8; 16]),
}

/// What a token begins with, in the highest bits of its first word.
#[derive(Clone, Copy)]
enum Mark {
    Is = 1,
    Word,
    LongWord,
    Type,
    Named,
    Array,
    Compare,
    Operator,
    Value,
    Null,
    Bytes,
}

/// So many bits are below the mark.
const BITS: u32 = 60;

/// The words of tokens.
pub(in crate::query) struct Tokens(Vec<u64>);

thread_local! {
    /// The room of the last ones, for the next.
    static ROOM: Cell<Vec<u64>> = const { Cell::new(Vec::new()) };
}

/// Larger ones are not kept.
const MOST_ROOM: usize = 1 << 12;

impl Tokens {
    pub(super) fn new() -> Self {
        // During the end of a thread there is none.
        let mut room = ROOM.try_with(Cell::take).unwrap_or_default();
        room.clear();
        Tokens(room)
    }

    /// In its callers, which know what kind of token it is: then one word is pushed.
    #[inline(always)]
    pub(super) fn push(&mut self, token: Token) {
        match token {
            Token::Is(kind) => self.mark(Mark::Is, kind as u64),
            Token::Word(word) if word >> BITS == 0 => self.mark(Mark::Word, word),
            Token::Word(word) => {
                self.mark(Mark::LongWord, 0);
                self.0.push(word);
            }
            Token::Type(sql_type) => self.sql_type(sql_type),
            Token::Compare(op) => self.comparison(op),
            Token::Value(sql_type, is_null) => {
                let mark = if is_null { Mark::Null } else { Mark::Value };
                match sql_type {
                    SqlType::Named(_) | SqlType::Array(_) => {
                        self.mark(mark, 0);
                        self.sql_type(sql_type);
                    }
                    plain => self.mark(mark, 1 + u64::from(plain.place())),
                }
            }
            Token::Bytes(bytes) => {
                self.mark(Mark::Bytes, 0);
                let (words, _) = bytes.as_chunks::<8>();
                self.0.extend(words.iter().map(|word| u64::from_le_bytes(*word)));
            }
        }
    }

    /// Several words, one after the other.
    #[inline]
    pub(super) fn words<const N: usize>(&mut self, words: [u64; N]) {
        if words.iter().all(|word| word >> BITS == 0) {
            self.0.extend_from_slice(&words.map(|word| (Mark::Word as u64) << BITS | word));
        } else {
            words.into_iter().for_each(|word| self.push(Token::Word(word)));
        }
    }

    #[inline]
    fn mark(&mut self, mark: Mark, rest: u64) {
        self.0.push((mark as u64) << BITS | rest);
    }

    fn comparison(&mut self, op: Comparison) {
        use Comparison as C;
        let number = match op {
            C::Eq => 0,
            C::Ne => 1,
            C::Gt => 2,
            C::Gte => 3,
            C::Lt => 4,
            C::Lte => 5,
            C::IExact => 6,
            C::Contains => 7,
            C::IContains => 8,
            C::StartsWith => 9,
            C::IStartsWith => 10,
            C::EndsWith => 11,
            C::IEndsWith => 12,
            C::Regex => 13,
            C::IRegex => 14,
            C::Operator(text) => {
                self.mark(Mark::Operator, text.as_ptr().addr() as u64);
                return self.0.push(text.len() as u64);
            }
        };
        self.mark(Mark::Compare, number);
    }

    /// Types of one name that stand in several places of the program are several, which costs no
    /// more than a statement that is kept twice.
    #[inline]
    fn sql_type(&mut self, sql_type: SqlType) {
        match sql_type {
            SqlType::Named(name) => {
                self.mark(Mark::Named, name.as_ptr().addr() as u64);
                self.0.push(name.len() as u64);
            }
            SqlType::Array(item) => {
                self.mark(Mark::Array, std::ptr::from_ref(item).addr() as u64);
            }
            other => self.mark(Mark::Type, u64::from(other.place())),
        }
    }
}

impl Deref for Tokens {
    type Target = [u64];

    #[inline]
    fn deref(&self) -> &[u64] {
        &self.0
    }
}

impl Drop for Tokens {
    fn drop(&mut self) {
        if self.0.capacity() <= MOST_ROOM {
            let room = std::mem::take(&mut self.0);
            // During the end of a thread nobody needs it.
            let _ = ROOM.try_with(|kept| kept.set(room));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tokens that could be taken for one another.
    #[test]
    fn each_token_has_words_of_its_own() {
        let all = [
            Token::Is(Kind::Column),
            Token::Word(0),
            Token::Word(1),
            Token::Word(u64::MAX),
            Token::Type(SqlType::Int4),
            Token::Type(SqlType::Int8),
            Token::Type(SqlType::Named("mood")),
            Token::Type(SqlType::Array(&SqlType::Int4)),
            Token::Type(SqlType::Array(&SqlType::Int8)),
            Token::Compare(Comparison::Eq),
            Token::Compare(Comparison::Ne),
            Token::Compare(Comparison::Operator("@>")),
            Token::Value(SqlType::Int4, false),
            Token::Value(SqlType::Int4, true),
            Token::Value(SqlType::Int8, false),
            Token::Value(SqlType::Int8, true),
            Token::Value(SqlType::Named("mood"), false),
            Token::Value(SqlType::Array(&SqlType::Int4), false),
            Token::Bytes([0; 16]),
            Token::Bytes([1; 16]),
        ];
        let words = all.map(|token| {
            let mut tokens = Tokens::new();
            tokens.push(token);
            tokens.to_vec()
        });
        for (place, one) in words.iter().enumerate() {
            assert!(words.iter().take(place).all(|other| !one.starts_with(other)), "{place}");
        }
    }
}
