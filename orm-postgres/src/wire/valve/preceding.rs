//! Whose answers are under way, and what goes in front of a request.

use super::message::in_front;
use bytes::BytesMut;
use orm_sql::sql::IN_BLOCK;
use std::io;

/// Whose request an answer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Driver,
    /// What stands in front of the next one's. It ends without a ReadyForQuery of its own.
    InFront,
    /// The same, of what begins a transaction.
    Begin,
    /// The same, of what fails outside of one.
    Guard,
    Caller(u64),
    /// Of somebody who does not wait any more, or who does not care.
    Nobody,
    /// The end of a transaction, for which nobody waits.
    End,
    /// A setting of the session, for which nobody waits.
    Setting,
}

impl Owner {
    /// True for what ends without a ReadyForQuery.
    pub(super) fn is_in_front(self) -> bool {
        matches!(self, Owner::InFront | Owner::Begin | Owner::Guard)
    }

    /// True for what nobody waits for, and others rely on.
    pub(super) fn must_succeed(self) -> bool {
        self.is_in_front() || matches!(self, Owner::End | Owner::Setting)
    }
}

/// Commands that go with the next request: where one of them fails, that is not carried out.
#[derive(Default)]
pub(super) struct Held {
    /// As messages.
    bytes: BytesMut,
    /// Their places in the queue.
    places: Vec<Owner>,
}

impl Held {
    /// Takes all of these commands, or none. `begins`: the first of them begins a transaction.
    pub(super) fn hold(&mut self, commands: &[impl AsRef<str>], begins: bool) -> io::Result<()> {
        let before = (self.bytes.len(), self.places.len());
        for (place, command) in commands.iter().enumerate() {
            let owner = if begins && place == 0 { Owner::Begin } else { Owner::InFront };
            if let Err(error) = self.add(command.as_ref(), owner) {
                self.bytes.truncate(before.0);
                self.places.truncate(before.1);
                return Err(error);
            }
        }
        Ok(())
    }

    /// What fails outside of a transaction.
    pub(super) fn guard(&mut self) -> io::Result<()> {
        IN_BLOCK.iter().try_for_each(|command| self.add(command, Owner::Guard))
    }

    fn add(&mut self, command: &str, owner: Owner) -> io::Result<()> {
        in_front(command, &mut self.bytes)?;
        self.places.push(owner);
        Ok(())
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    #[inline]
    pub(super) fn write(&self, out: &mut BytesMut) {
        if !self.is_empty() {
            out.extend_from_slice(&self.bytes);
        }
    }

    /// They were written down; their places.
    pub(super) fn go(&mut self) -> impl Iterator<Item = Owner> + '_ {
        self.bytes.clear();
        self.places.drain(..)
    }
}
