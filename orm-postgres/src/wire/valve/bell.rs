//! What the socket of an idle connection wakes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

/// Wakes the driver's task, and remembers that it has.
#[derive(Default)]
pub(super) struct Bell {
    rung: AtomicBool,
    driver: Mutex<Option<Waker>>,
}

impl Bell {
    /// The driver's task, from now on.
    pub(super) fn wakes(&self, driver: &Waker) {
        let mut slot = self.driver.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *slot {
            Some(waker) => waker.clone_from(driver),
            empty => *empty = Some(driver.clone()),
        }
    }

    /// The driver's task has ended.
    pub(super) fn wakes_nobody(&self) {
        *self.driver.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(super) fn wake_driver(&self) {
        if let Some(driver) = &*self.driver.lock().unwrap_or_else(PoisonError::into_inner) {
            driver.wake_by_ref();
        }
    }

    /// It has not rung from now on.
    pub(super) fn silence(&self) {
        self.rung.store(false, Ordering::Release);
    }

    /// True when something has come since it was silenced.
    #[inline]
    pub(super) fn has_rung(&self) -> bool {
        self.rung.load(Ordering::Acquire)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.wake_driver();
    }
}
