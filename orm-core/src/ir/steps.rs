//! The relations that a path follows.
//!
//! Every expression has a path, and clones it on its way into a query. What programs write has few lists
//! of relations, and so these are kept for good, each once: a clone is a copy of its address, and a
//! number says which it is.

use super::Step;
use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

/// The relations that a path follows, in order.
#[derive(Clone)]
pub struct Steps(List);

#[derive(Clone)]
enum List {
    Kept(&'static Kept),
    /// Of those there can be any number: users of a program may write them.
    Owned(Arc<Vec<Step>>),
}

/// A list that is kept.
struct Kept {
    steps: &'static [Step],
    /// Its own. That of the empty one is 0.
    number: u32,
}

static EMPTY: Kept = Kept { steps: &[], number: 0 };

/// Longer ones are not kept.
const MOST_STEPS: usize = 12;

/// So many are kept.
const MOST_KEPT: usize = 1 << 14;

/// The number of a list, and the direction and the relation of the step that follows it.
type Next = (u32, u8, usize);

static KEPT: LazyLock<RwLock<HashMap<Next, &'static Kept>>> = LazyLock::new(Default::default);

/// Lists that a thread has asked for lately, by what they are made of.
type Recent = [Cell<Option<(Next, &'static Kept)>>; RECENT];

/// How many there are of them: a power of two.
const RECENT: usize = 64;

thread_local! {
    static LATELY: Recent = const { [const { Cell::new(None) }; RECENT] };
}

/// None.
impl Default for Steps {
    #[inline]
    fn default() -> Self {
        Steps(List::Kept(&EMPTY))
    }
}

impl Steps {
    /// Which list it is, where it is kept: two lists have one number only if they are the same, of the
    /// same metadata. That of the empty one is 0.
    #[inline]
    pub fn number(&self) -> Option<u32> {
        match &self.0 {
            List::Kept(kept) => Some(kept.number),
            List::Owned(_) => None,
        }
    }

    /// The list with one step more.
    pub fn then(&self, step: Step) -> Self {
        match &self.0 {
            List::Kept(kept) => kept.then(step),
            List::Owned(steps) => owned(steps, step),
        }
    }

    /// One step more.
    pub fn push(&mut self, step: Step) {
        match &mut self.0 {
            List::Kept(kept) => *self = kept.then(step),
            List::Owned(steps) => Arc::make_mut(steps).push(step),
        }
    }

    /// Leaves the first ones.
    pub fn truncate(&mut self, len: usize) {
        *self = self.iter().take(len).copied().collect();
    }
}

/// Copied.
fn owned(steps: &[Step], step: Step) -> Steps {
    let steps = steps.iter().copied().chain([step]);
    Steps(List::Owned(Arc::new(steps.collect())))
}

impl Kept {
    fn then(&'static self, step: Step) -> Steps {
        match self.kept_then(step) {
            Some(kept) => Steps(List::Kept(kept)),
            None => owned(self.steps, step),
        }
    }

    fn kept_then(&'static self, step: Step) -> Option<&'static Kept> {
        let next = self.next(step)?;
        let lately = |recent: &Recent| {
            let (found, kept) = recent.get(place(next))?.get()?;
            (found == next).then_some(kept)
        };
        // During the end of a thread there are none.
        LATELY.try_with(lately).ok().flatten().or_else(|| self.look_up(next, step))
    }

    /// `None` where the list with this step is not kept.
    #[inline]
    fn next(&self, step: Step) -> Option<Next> {
        let (kind, relation) = match step {
            Step::Forward(relation) => (0, relation),
            Step::Reverse(relation) => (1, relation),
            // Known by a number and not by metadata, it is no step of many paths.
            Step::Output(..) => return None,
        };
        let is_short = self.steps.len() < MOST_STEPS;
        is_short.then(|| (self.number, kind, std::ptr::from_ref(relation).addr()))
    }

    /// The list in the memory of all threads, where it goes if there is room.
    #[inline(never)]
    fn look_up(&self, next: Next, step: Step) -> Option<&'static Kept> {
        let (known, is_full) = {
            let all = KEPT.read().unwrap_or_else(PoisonError::into_inner);
            (all.get(&next).copied(), all.len() >= MOST_KEPT)
        };
        let kept = match known {
            Some(kept) => kept,
            None if is_full => return None,
            None => self.keep(next, step)?,
        };
        // During the end of a thread there is no place for it.
        let _ = LATELY
            .try_with(|recent| recent.get(place(next)).map(|place| place.set(Some((next, kept)))));
        Some(kept)
    }

    fn keep(&self, next: Next, step: Step) -> Option<&'static Kept> {
        let mut all = KEPT.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = all.get(&next) {
            return Some(kept);
        }
        let number = u32::try_from(all.len() + 1).ok()?;
        let steps: Vec<Step> = self.steps.iter().copied().chain([step]).collect();
        let kept: &'static Kept = Box::leak(Box::new(Kept { steps: steps.leak(), number }));
        all.insert(next, kept);
        Some(kept)
    }
}

/// Where a thread remembers it.
#[inline]
fn place((list, kind, address): Next) -> usize {
    let word = address ^ (list as usize) << 8 ^ usize::from(kind) << 4;
    // Metadata stands at multiples of eight, one piece after the other.
    (word ^ word >> 6 ^ word >> 12).wrapping_mul(5) >> 3 & (RECENT - 1)
}

impl Deref for Steps {
    type Target = [Step];

    #[inline]
    fn deref(&self) -> &[Step] {
        match &self.0 {
            List::Kept(kept) => kept.steps,
            List::Owned(steps) => steps,
        }
    }
}

impl<'s> IntoIterator for &'s Steps {
    type Item = &'s Step;
    type IntoIter = std::slice::Iter<'s, Step>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Extend<Step> for Steps {
    fn extend<I: IntoIterator<Item = Step>>(&mut self, steps: I) {
        for step in steps {
            self.push(step);
        }
    }
}

impl FromIterator<Step> for Steps {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        let mut all = Steps::default();
        all.extend(steps);
        all
    }
}

impl PartialEq for Steps {
    fn eq(&self, other: &Self) -> bool {
        let same = matches!((self.number(), other.number()), (Some(a), Some(b)) if a == b);
        // The metadata of one relation may stand in two places.
        same || **self == **other
    }
}

impl fmt::Debug for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
