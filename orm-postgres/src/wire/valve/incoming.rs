//! What was read from the socket and not yet taken, and the messages in it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, ReadBuf};

/// So much is read at once.
const ROOM: usize = 64 << 10;

/// Below this it is better to move what is there to the front.
const LITTLE: usize = 8 << 10;

/// A larger buffer is given back once it is empty.
const LARGE: usize = 1 << 20;

/// A message of the server's, whole.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'b> {
    pub(crate) tag: u8,
    pub(crate) body: &'b [u8],
    /// With the tag and the length in front.
    pub(super) whole: &'b [u8],
}

impl<'b> Frame<'b> {
    /// The message at the beginning; `None` where it is not there yet, an error where it can be none.
    #[inline]
    pub(super) fn first(bytes: &'b [u8]) -> Result<Option<Self>, NoMessage> {
        let Some((tag, rest)) = bytes.split_first() else { return Ok(None) };
        let Some((length, _)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let length = usize::try_from(i32::from_be_bytes(*length)).map_err(|_| NoMessage)?;
        if length < 4 {
            return Err(NoMessage);
        }
        let (Some(whole), Some(body)) = (bytes.get(..=length), rest.get(4..length)) else {
            return Ok(None);
        };
        Ok(Some(Frame { tag: *tag, body, whole }))
    }

    /// True for what the server sends at any time, to nobody's request.
    #[inline]
    pub(super) fn is_asynchronous(self) -> bool {
        matches!(self.tag, b'N' | b'A' | b'S')
    }
}

/// What came has a length that no message has.
#[derive(Debug)]
pub(super) struct NoMessage;

/// Bytes that were read.
#[derive(Default)]
pub(super) struct Incoming {
    /// Written to once, so that reading needs not clear it.
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Incoming {
    #[inline]
    pub(super) fn there(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    #[inline]
    pub(super) fn take(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
    }

    /// Reads what has come; how much that was, 0 at the end.
    pub(super) fn poll_fill(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        self.make_room();
        let mut free = ReadBuf::new(self.bytes.get_mut(self.end..).unwrap_or_default());
        ready!(Pin::new(stream).poll_read(cx, &mut free))?;
        let read = free.filled().len();
        self.end += read;
        Poll::Ready(Ok(read))
    }

    fn make_room(&mut self) {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            if self.bytes.len() > LARGE {
                self.bytes = Vec::new();
            }
        }
        if self.bytes.len() - self.end >= LITTLE {
            return;
        }
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.bytes.len() - self.end < LITTLE {
            // A message that is longer than it says can only be as long as what comes.
            self.bytes.resize((self.bytes.len() * 2).max(ROOM), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_however_they_are_cut() {
        let bytes = [&b"T\0\0\0\x06ab"[..], b"Z\0\0\0\x05I"].concat();
        for cut in 0..bytes.len() {
            let mut incoming = Incoming::default();
            let mut found = Vec::new();
            for part in [&bytes[..cut], &bytes[cut..]] {
                let mut part = part;
                let mut cx = Context::from_waker(std::task::Waker::noop());
                assert!(incoming.poll_fill(&mut part, &mut cx).is_ready());
                while let Some(frame) = Frame::first(incoming.there()).expect("messages") {
                    found.push((frame.tag, frame.body.to_vec()));
                    let length = frame.whole.len();
                    incoming.take(length);
                }
            }
            assert_eq!(found, [(b'T', b"ab".to_vec()), (b'Z', b"I".to_vec())], "{cut}");
        }
    }

    #[test]
    fn a_length_that_no_message_has_is_an_error() {
        assert!(Frame::first(b"T\0\0\0\x03ab").is_err());
        assert!(Frame::first(b"T\xff\0\0\x03ab").is_err());
    }
}
