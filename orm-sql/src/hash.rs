//! Hashing that is fast and has a secret: keys of rows can be chosen by those who send them, to
//! collide where the hash is known.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Builds [`FoldHasher`]s of one map, with a secret of its own.
#[derive(Clone, Copy, Debug)]
pub struct FoldState {
    seed: u64,
    factor: u64,
}

impl Default for FoldState {
    fn default() -> Self {
        let random = RandomState::new();
        FoldState { seed: random.hash_one(0_u8), factor: random.hash_one(1_u8) | 1 }
    }
}

impl BuildHasher for FoldState {
    type Hasher = FoldHasher;

    #[inline]
    fn build_hasher(&self) -> FoldHasher {
        FoldHasher { hash: self.seed, factor: self.factor }
    }
}

/// Multiplies and folds, eight bytes at a time.
#[derive(Clone, Copy, Debug)]
pub struct FoldHasher {
    hash: u64,
    factor: u64,
}

impl Hasher for FoldHasher {
    fn finish(&self) -> u64 {
        self.hash
    }

    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.write_u64(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            self.write_u64(rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
        }
    }

    #[inline]
    fn write_u8(&mut self, byte: u8) {
        self.write_u64(u64::from(byte));
    }

    #[inline]
    fn write_u32(&mut self, word: u32) {
        self.write_u64(u64::from(word));
    }

    #[inline]
    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the halves of the product are mixed")]
    fn write_u64(&mut self, word: u64) {
        let mixed = u128::from(self.hash ^ word) * u128::from(self.factor);
        self.hash = (mixed >> 64) as u64 ^ mixed as u64;
    }
}
