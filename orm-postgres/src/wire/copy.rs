//! The streams of COPY.

use super::valve::Driving;
use crate::error::{DriverError, is_unexpected};
use bytes::Bytes;
use futures_util::{SinkExt, TryStreamExt};
use std::pin::Pin;
use tokio_postgres::{CopyInSink, CopyOutStream};

/// Takes what is sent to the server. Dropped before its end, it tells the server to give up.
pub(crate) struct CopySink {
    sink: Pin<Box<CopyInSink<Bytes>>>,
    driving: Option<Driving>,
}

impl CopySink {
    pub(super) fn new(sink: CopyInSink<Bytes>, driving: Option<Driving>) -> Self {
        CopySink { sink: Box::pin(sink), driving }
    }

    pub(crate) async fn send(&mut self, bytes: Bytes) -> Result<(), DriverError> {
        Ok(self.sink.send(bytes).await?)
    }

    /// The end; the server says how many rows it has taken, and outside of a transaction commits
    /// them.
    pub(crate) async fn finish(mut self) -> Result<u64, DriverError> {
        let rows = self.sink.as_mut().finish().await?;
        // The driver does not read further, but the commit comes after that, and it can fail.
        let ended = ended(self.sink.as_mut().finish().await.map(drop).map_err(DriverError::from));
        self.driving.into_iter().for_each(Driving::ended);
        ended.map(|()| rows)
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
        if let Some(line) = self.0.try_next().await? {
            return Ok(Some(line));
        }
        // The driver does not read further: the server says that the statement is complete, and
        // after the commit that it is ready.
        ended(self.0.try_next().await.map(drop).map_err(DriverError::from))?;
        ended(self.0.try_next().await.map(drop).map_err(DriverError::from))?;
        Ok(None)
    }
}

/// What the server says after the end of a COPY. What is no error of its own or of the connection
/// is what was waited for, which the driver does not expect.
fn ended(answer: Result<(), DriverError>) -> Result<(), DriverError> {
    match answer {
        Err(error) if !is_unexpected(&error) => Err(error),
        _ => Ok(()),
    }
}
