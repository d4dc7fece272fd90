//! What was compiled, kept for the next query of the same shape.

use orm_sql::hash::FoldState;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// So many are kept. One that nobody has asked for lately makes room for the next.
const LIMIT: usize = 2_000;

/// Values by their keys, the most of them in use.
pub(crate) struct Memory<K: ?Sized, V> {
    slots: RwLock<Slots<K, V>>,
}

struct Slots<K: ?Sized, V> {
    found: HashMap<Arc<K>, Arc<Kept<V>>, FoldState>,
    /// The keys in the order in which they are looked at when room is needed.
    turns: VecDeque<Arc<K>>,
}

/// A value that is kept.
pub(crate) struct Kept<V> {
    value: V,
    /// Somebody has asked for it since it was looked at last.
    used: AtomicBool,
}

impl<V> Deref for Kept<V> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.value
    }
}

impl<K: Hash + Eq + ?Sized, V> Default for Memory<K, V> {
    fn default() -> Self {
        let slots = Slots { found: HashMap::default(), turns: VecDeque::new() };
        Memory { slots: RwLock::new(slots) }
    }
}

impl<K: Hash + Eq + ?Sized, V> Memory<K, V> {
    /// The value of a key, where there is one.
    pub fn get(&self, key: &K) -> Option<Arc<Kept<V>>> {
        self.look(key, Arc::clone)
    }

    /// What a function makes of the value of a key, in a moment: nobody can keep another value meanwhile.
    /// Of those who only look, none writes to a count that all others read.
    pub fn look<R>(&self, key: &K, look: impl FnOnce(&Arc<Kept<V>>) -> R) -> Option<R> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        let kept = slots.found.get(key)?;
        // Many read it at the same time: it is written to only where that says something new.
        if !kept.used.load(Ordering::Relaxed) {
            kept.used.store(true, Ordering::Relaxed);
        }
        Some(look(kept))
    }

    /// Keeps a value.
    pub fn keep(&self, key: Arc<K>, value: V) {
        let kept = Arc::new(Kept { value, used: AtomicBool::new(false) });
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        if slots.found.insert(key.clone(), kept).is_some() {
            return;
        }
        slots.turns.push_back(key);
        if slots.found.len() > LIMIT {
            slots.make_room();
        }
    }
}

impl<K: Hash + Eq + ?Sized, V> Slots<K, V> {
    /// Drops the first value that nobody has asked for since its last turn.
    fn make_room(&mut self) {
        // After one turn of each, all have lost their marks.
        for _ in 0..2 * self.turns.len() {
            let Some(key) = self.turns.pop_front() else { return };
            let used =
                self.found.get(&*key).is_some_and(|kept| kept.used.swap(false, Ordering::Relaxed));
            if !used {
                self.found.remove(&*key);
                return;
            }
            self.turns.push_back(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stays() {
        let memory: Memory<u64, u64> = Memory::default();
        for n in 0..3 * LIMIT as u64 {
            memory.keep(Arc::new(n), n * 2);
            // Each of the first ten is asked for all the time.
            assert!((0..10.min(n)).all(|kept| memory.get(&kept).is_some_and(|v| **v == kept * 2)));
        }
        let slots = memory.slots.read().unwrap();
        assert_eq!((slots.found.len(), slots.turns.len()), (LIMIT, LIMIT));
    }

    #[test]
    fn a_key_is_kept_once() {
        let memory: Memory<u64, u64> = Memory::default();
        memory.keep(Arc::new(1), 1);
        memory.keep(Arc::new(1), 2);
        assert_eq!(memory.get(&1).map(|v| **v), Some(2));
        assert_eq!(memory.slots.read().unwrap().turns.len(), 1);
    }
}
