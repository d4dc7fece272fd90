//! What can be watched, and sets of it.

use std::ops::BitOr;

/// What happens to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum Event {
    BeforeSave,
    AfterSave,
    BeforeCreate,
    AfterCreate,
    BeforeUpdate,
    AfterUpdate,
    BeforeDelete,
    AfterDelete,
    /// A many-to-many relation changes; [`RelatedAction`](super::RelatedAction) says how.
    RelatedChange,
}

/// A set of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Events(u16);

impl Events {
    /// None.
    pub const NONE: Events = Events(0);

    /// Some events.
    #[expect(clippy::indexing_slicing, reason = "a constant function has no iterators")]
    pub const fn of(events: &[Event]) -> Events {
        let (mut bits, mut at) = (0, 0);
        while at < events.len() {
            bits |= 1 << events[at] as u16;
            at += 1;
        }
        Events(bits)
    }

    /// True where an event is among them.
    pub const fn has(self, event: Event) -> bool {
        self.0 & (1 << event as u16) != 0
    }

    /// True where the two have an event in common.
    pub const fn meets(self, other: Events) -> bool {
        self.0 & other.0 != 0
    }
}

impl Events {
    /// Those of these that are among others.
    pub const fn among(self, others: Events) -> Events {
        Events(self.0 & others.0)
    }
}

impl BitOr for Events {
    type Output = Events;
    fn bitor(self, other: Events) -> Events {
        Events(self.0 | other.0)
    }
}

/// What happens when a row is created.
pub(crate) const CREATING: Events =
    Events::of(&[Event::BeforeSave, Event::BeforeCreate, Event::AfterCreate, Event::AfterSave]);

/// What happens when a row is updated.
pub(crate) const UPDATING: Events =
    Events::of(&[Event::BeforeSave, Event::BeforeUpdate, Event::AfterUpdate, Event::AfterSave]);

/// What happens when a row is deleted.
pub(crate) const DELETING: Events = Events::of(&[Event::BeforeDelete, Event::AfterDelete]);

/// What models with files want to know of: what new files become, and which are let go.
pub(crate) const OF_FILES: Events =
    Events::of(&[Event::BeforeCreate, Event::BeforeUpdate, Event::AfterDelete]);
