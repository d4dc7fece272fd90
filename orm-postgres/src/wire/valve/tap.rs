//! The driver's end of a valve.

use super::Valve;
use super::incoming::Frame;
use super::preceding::Owner;
use super::traffic::{Broken, Gathers, Traffic};
use bytes::Buf;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsStream};

/// So much may wait to be sent before the driver must wait as well.
const MOST_WAITING: usize = 1 << 20;

/// What the driver takes for its socket.
pub(crate) struct Tap(Arc<Valve>);

impl Tap {
    pub(super) fn new(valve: Arc<Valve>) -> Self {
        Tap(valve)
    }
}

impl TlsStream for Tap {
    fn channel_binding(&self) -> ChannelBinding {
        match &self.0.traffic().stream {
            Some(stream) => stream.channel_binding(),
            None => ChannelBinding::none(),
        }
    }
}

impl AsyncRead for Tap {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut traffic = self.0.traffic();
        let traffic = &mut *traffic;
        traffic.bell.wakes(cx.waker());
        if traffic.gathers == Gathers::Asked {
            traffic.gathers = Gathers::Waited;
            cx.waker().wake_by_ref();
        } else {
            // What callers have left behind.
            let _ = traffic.poll_send(cx);
        }
        loop {
            // All that is there at once: the driver waits on end where an answer comes to it in more
            // pieces than somebody still takes who has seen enough of it and asks for something else.
            while !traffic.is_read_by_callers() && traffic.may_read_on() && traffic.route() {}
            if traffic.for_driver.has_remaining() {
                let count = traffic.for_driver.remaining().min(buffer.remaining());
                buffer.put_slice(&traffic.for_driver.split_to(count));
                if traffic.for_driver.is_empty() {
                    traffic.wake_callers();
                }
                return Poll::Ready(Ok(()));
            }
            // What is on its way to a connection of no more use is waited for, and nobody's.
            if let Some(why) = traffic.broken.filter(|_| !traffic.is_draining()) {
                return Poll::Ready(end(why));
            }
            if traffic.is_read_by_callers() {
                if std::mem::take(&mut traffic.wakes_driver) {
                    traffic.wake_callers();
                }
                return Poll::Pending;
            }
            let received = traffic.poll_receive(cx);
            traffic.wakes_driver = true;
            ready!(received);
        }
    }
}

fn end(why: Broken) -> io::Result<()> {
    match why {
        Broken::Closed | Broken::Malformed => Ok(()),
        Broken::Failed(kind) => Err(kind.into()),
    }
}

impl AsyncWrite for Tap {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut traffic = self.0.traffic();
        if traffic.out.len() > MOST_WAITING {
            ready!(traffic.poll_send(cx));
        }
        if let Some(why) = traffic.broken {
            end(why)?;
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if self.0.logged_in.load(Ordering::Relaxed) {
            note_requests(&mut traffic, bytes);
        }
        traffic.out.extend_from_slice(bytes);
        // The driver flushes where it wants to know.
        let _ = traffic.poll_send(cx);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut traffic = self.0.traffic();
        ready!(traffic.poll_send(cx));
        Poll::Ready(traffic.broken.map_or(Ok(()), end))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut traffic = self.0.traffic();
        ready!(traffic.poll_send(cx));
        match &mut traffic.stream {
            Some(stream) => Pin::new(stream).poll_shutdown(cx),
            None => Poll::Ready(Ok(())),
        }
    }
}

/// The driver hands over whole messages. Those that the server answers with a ReadyForQuery have
/// their place among the answers.
fn note_requests(traffic: &mut Traffic, mut bytes: &[u8]) {
    while let Ok(Some(Frame { tag, whole, .. })) = Frame::first(bytes) {
        if matches!(tag, b'S' | b'Q') {
            traffic.queue.push_back(Owner::Driver);
        }
        bytes = bytes.get(whole.len()..).unwrap_or_default();
    }
}

/// The driver has done with the connection, and so has everybody.
impl Drop for Tap {
    fn drop(&mut self) {
        let mut traffic = self.0.traffic();
        traffic.bell.wakes_nobody();
        traffic.stream = None;
        traffic.break_off(Broken::Closed);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::Valve;
    use crate::wire::stream::Stream;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixStream;

    #[tokio::test]
    async fn an_answer_that_is_there_comes_in_one_piece() {
        let (socket, mut server) = UnixStream::pair().unwrap();
        let (valve, mut tap) = Valve::new(Stream::File(socket));
        valve.open();
        tap.write_all(b"S\0\0\0\x04").await.unwrap();
        // BindComplete, CommandComplete, ReadyForQuery.
        let answer = b"2\0\0\0\x04C\0\0\0\x0dSELECT 0\0Z\0\0\0\x05I";
        server.write_all(answer).await.unwrap();
        let mut read = [0; 64];
        let count = tap.read(&mut read).await.unwrap();
        assert_eq!(read.get(..count), Some(&answer[..]));
    }
}
