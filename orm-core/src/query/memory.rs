//! What was compiled, kept for the next query of the same shape.

use orm_sql::hash::FoldState;
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher as _, Hash};
use std::ops::Deref;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::LocalKey;

/// So many are kept. One that nobody has asked for lately makes room for the next.
const LIMIT: usize = 2_000;

/// Values by their keys, the most of them in use.
pub(crate) struct Memory<K: ?Sized, V> {
    slots: RwLock<Slots<K, V>>,
    hasher: FoldState,
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

impl<V> Kept<V> {
    /// Somebody asks for it. Many do at the same time: it is written to only where that says something new.
    #[inline]
    fn mark(&self) {
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
    }
}

impl<V> Deref for Kept<V> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.value
    }
}

impl<K: Hash + Eq + ?Sized, V> Default for Memory<K, V> {
    fn default() -> Self {
        let hasher = FoldState::default();
        let found = HashMap::with_hasher(hasher);
        Memory { slots: RwLock::new(Slots { found, turns: VecDeque::new() }), hasher }
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
        kept.mark();
        Some(look(kept))
    }

    /// A key that is kept, with its value.
    fn entry(&self, key: &K) -> Option<(Arc<K>, Arc<Kept<V>>)> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        let (key, kept) = slots.found.get_key_value(key)?;
        kept.mark();
        Some((key.clone(), kept.clone()))
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

/// A value of which a thread can have a copy that shares nothing with others.
pub(crate) trait Copied {
    /// Such a copy.
    fn copied(&self) -> Self;
}

/// So many values a thread has copies of: a power of two.
const NEAR: usize = 256;

/// What one thread has asked for lately, each with a copy of its own. A lock and counts that all threads
/// write to wander from core to core.
pub(crate) struct Near<K: ?Sized, V> {
    slots: RefCell<Vec<Option<Slot<K, V>>>>,
}

struct Slot<K: ?Sized, V> {
    key: Arc<K>,
    kept: Arc<Kept<V>>,
    own: Rc<V>,
}

impl<K: Hash + Eq + ?Sized, V: Copied> Near<K, V> {
    /// Nothing so far.
    pub const fn new() -> Self {
        Near { slots: RefCell::new(Vec::new()) }
    }

    /// The value of a key, where all threads know it.
    pub fn find(near: &'static LocalKey<Self>, all: &Memory<K, V>, key: &K) -> Option<Rc<V>> {
        // During the end of a thread it has none.
        let found = near.try_with(|near| near.get(all, key));
        found.unwrap_or_else(|_| all.get(key).map(|kept| Rc::new(kept.copied())))
    }

    fn get(&self, all: &Memory<K, V>, key: &K) -> Option<Rc<V>> {
        #[expect(clippy::cast_possible_truncation, reason = "only some of its bits are needed")]
        let place = all.hasher.hash_one(key) as usize % NEAR;
        if let Some(Some(slot)) = self.slots.borrow().get(place)
            && *slot.key == *key
        {
            slot.kept.mark();
            return Some(slot.own.clone());
        }
        self.get_from(all, key, place)
    }

    #[inline(never)]
    fn get_from(&self, all: &Memory<K, V>, key: &K, place: usize) -> Option<Rc<V>> {
        let (key, kept) = all.entry(key)?;
        let own = Rc::new(kept.copied());
        let slot = Slot { key, kept, own: own.clone() };
        let mut slots = self.slots.borrow_mut();
        slots.resize_with(NEAR, || None);
        if let Some(place) = slots.get_mut(place) {
            *place = Some(slot);
        }
        Some(own)
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

    impl Copied for Arc<u64> {
        fn copied(&self) -> Self {
            Arc::new(**self)
        }
    }

    type Own = Near<u64, Arc<u64>>;

    #[test]
    fn threads_have_copies_of_their_own() {
        thread_local! {
            static OWN: Own = const { Near::new() };
        }
        let memory: Memory<u64, Arc<u64>> = Memory::default();
        let find = |key| Near::find(&OWN, &memory, &key);
        assert_eq!(find(1), None);
        let value = Arc::new(10);
        memory.keep(Arc::new(1), value.clone());
        let own = find(1).unwrap();
        assert!(*own == value && !Arc::ptr_eq(&own, &value));
        assert!(Rc::ptr_eq(&find(1).unwrap(), &own));
        let elsewhere =
            std::thread::scope(|scope| scope.spawn(|| (*find(1).unwrap()).clone()).join().unwrap());
        assert!(elsewhere == value && !Arc::ptr_eq(&elsewhere, &own));
    }

    #[test]
    fn what_a_thread_asks_for_stays_and_what_has_no_place_there_is_found() {
        thread_local! {
            static OWN: Own = const { Near::new() };
        }
        let memory: Memory<u64, Arc<u64>> = Memory::default();
        let find = |key| Near::find(&OWN, &memory, &key).map(|value| **value);
        for n in 0..3 * LIMIT as u64 {
            memory.keep(Arc::new(n), Arc::new(n * 2));
            assert!((0..10.min(n)).all(|kept| find(kept) == Some(kept * 2)));
        }
        let last: Vec<u64> = (3 * LIMIT as u64 - 1_000..3 * LIMIT as u64).collect();
        for _ in 0..2 {
            assert!(last.iter().all(|n| find(*n) == Some(n * 2)));
        }
        assert!((0..10).all(|n| memory.get(&n).is_some()));
    }
}
