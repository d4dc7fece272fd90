//! The streams of COPY.

use crate::error::DriverError;
use bytes::Bytes;
use futures_util::{SinkExt, TryStreamExt};
use std::pin::Pin;
use tokio_postgres::{CopyInSink, CopyOutStream};

/// Takes what is sent to the server. Dropped before its end, it tells the server to give up.
pub(crate) struct CopySink(Pin<Box<CopyInSink<Bytes>>>);

impl CopySink {
    pub(super) fn new(sink: CopyInSink<Bytes>) -> Self {
        CopySink(Box::pin(sink))
    }

    pub(crate) async fn send(&mut self, bytes: Bytes) -> Result<(), DriverError> {
        self.0.send(bytes).await
    }

    /// The end; the server says how many rows it has taken.
    pub(crate) async fn finish(mut self) -> Result<u64, DriverError> {
        self.0.as_mut().finish().await
    }
}

/// Gives what the server sends.
pub(crate) struct CopyLines(Pin<Box<CopyOutStream>>);

impl CopyLines {
    pub(super) fn new(stream: CopyOutStream) -> Self {
        CopyLines(Box::pin(stream))
    }

    /// The next line; `None` after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, DriverError> {
        self.0.try_next().await
    }
}
