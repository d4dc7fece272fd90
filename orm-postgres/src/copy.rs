//! Commands: scripts, and COPY in both directions.

use crate::codec;
use crate::connection::At;
use crate::error::{DriverError, Failed};
use crate::wire::CopySink;
use bytes::{BufMut, Bytes, BytesMut};
use orm_sql::Error;
use orm_sql::exec::{ByteSink, Command, CopyIn, CopyOut, OutputColumn};
use orm_sql::exec::{RowSource, Statement, TakesRow};
use orm_sql::value::SqlValue;
use postgres_types::IsNull;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};

/// So many bytes travel at once, more or less.
const CHUNK: usize = 64 << 10;

/// What the binary form begins with: a signature, flags, the length of an extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// And what it ends with.
const END: &[u8] = &(-1_i16).to_be_bytes();

/// A command, with the rows that were taken from their source and not sent: where the server had not begun,
/// they go over another connection.
pub(crate) struct Underway<'c> {
    command: Command<'c>,
    rows: Option<Encoder<'c>>,
}

impl<'c> Underway<'c> {
    pub(crate) fn new(command: Command<'c>) -> Self {
        Underway { command, rows: None }
    }

    /// The text of a script.
    pub(crate) fn script(&self) -> Option<&'c str> {
        match self.command {
            Command::Script(sql) => Some(sql),
            Command::CopyIn(..) | Command::CopyOut(..) => None,
        }
    }
}

impl At<'_> {
    /// Runs a command, and returns how many rows were copied.
    pub(crate) async fn carry_out(self, underway: &mut Underway<'_>) -> Result<u64, Failed> {
        match &mut underway.command {
            Command::Script(sql) => {
                let result = self.script(sql).await;
                self.note_foreign_sql();
                result.map_err(Failed::of_script)?;
                Ok(0)
            }
            Command::CopyIn(copy, source) => {
                let rows = underway.rows.get_or_insert_with(|| Encoder::new(copy));
                self.copy_in(copy, *source, rows).await
            }
            Command::CopyOut(copy, sink) => self.copy_out(copy, *sink).await,
        }
    }

    /// Sends rows by COPY. The server keeps none of them unless it gets the last one.
    async fn copy_in(
        self,
        copy: &CopyIn,
        source: &mut dyn RowSource,
        rows: &mut Encoder<'_>,
    ) -> Result<u64, Failed> {
        let started = self.shared().events.start(Some(&copy.statement));
        let result = self.send_rows(copy, source, rows).await;
        self.ended(started, &copy.statement, result.as_ref().copied());
        result
    }

    /// COPY begins with the first rows that are ready: what is wrong with one of them leaves the
    /// transaction as it is.
    async fn send_rows(
        self,
        copy: &CopyIn,
        source: &mut dyn RowSource,
        rows: &mut Encoder<'_>,
    ) -> Result<u64, Failed> {
        let mut sink = None;
        loop {
            let next = poll_fn(|cx| rows.poll_chunk(cx, source)).await;
            let more = next.map_err(|error| match sink {
                None => Failed::from(error),
                Some(_) => Failed::unfinished(error),
            })?;
            if !more {
                break;
            }
            self.begun(&mut sink, copy).await?.send(rows.take()).await?;
            source.sent(rows.count);
        }
        self.begun(&mut sink, copy).await?.send(rows.end()).await?;
        source.sent(rows.count);
        match sink {
            Some(sink) => sink.finish().await.map_err(|error| at_row(error, &copy.statement)),
            None => Ok(0),
        }
    }

    async fn begun<'s>(
        self,
        sink: &'s mut Option<CopySink>,
        copy: &CopyIn,
    ) -> Result<&'s mut CopySink, Failed> {
        let begun = match sink.take() {
            Some(begun) => begun,
            None => {
                let sent = self.lead().sent_by_driver(self.wire().copy_in(&copy.statement.sql));
                sent.await.map_err(Failed::at_start)?
            }
        };
        Ok(sink.insert(begun))
    }

    /// Writes the rows of a query as text.
    async fn copy_out(self, copy: &CopyOut, sink: &mut dyn ByteSink) -> Result<u64, Failed> {
        let started = self.shared().events.start(Some(&copy.statement));
        let result = self.take_rows(&copy.sql, sink).await;
        self.ended(started, &copy.statement, result.as_ref().copied());
        result
    }

    async fn take_rows(self, sql: &str, sink: &mut dyn ByteSink) -> Result<u64, Failed> {
        let lines = self.lead().sent_by_driver(self.wire().copy_out(sql)).await;
        let mut lines = lines.map_err(Failed::at_start)?;
        let mut bytes = BytesMut::new();
        let mut count = 0;
        // The server sends each line by itself.
        while let Some(line) = lines.next().await? {
            bytes.put_slice(&line);
            count += 1;
            if bytes.len() >= CHUNK {
                sink.write(&bytes).await.map_err(Failed::unfinished)?;
                bytes.clear();
            }
        }
        if !bytes.is_empty() {
            // The server has said all it had to say.
            sink.write(&bytes).await?;
        }
        Ok(count)
    }
}

/// Rows as the server reads them.
struct Encoder<'c> {
    columns: &'c [OutputColumn],
    binary: bool,
    bytes: BytesMut,
    /// How many rows there are.
    count: u64,
    /// The column of the next value.
    place: usize,
    /// The source has no more of them.
    all: bool,
}

impl<'c> Encoder<'c> {
    fn new(copy: &'c CopyIn) -> Self {
        let mut bytes = BytesMut::with_capacity(CHUNK + CHUNK / 4);
        if copy.binary {
            bytes.put_slice(HEADER);
        }
        Encoder {
            columns: &copy.statement.columns,
            binary: copy.binary,
            bytes,
            count: 0,
            place: 0,
            all: false,
        }
    }

    /// Takes rows until there is a chunk of them; false where there are no more.
    fn poll_chunk(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut dyn RowSource,
    ) -> Poll<Result<bool, Error>> {
        while !self.all {
            if self.bytes.len() >= CHUNK {
                return Poll::Ready(Ok(true));
            }
            match ready!(source.poll_row(cx, self))? {
                true => self.end_row(),
                false => self.all = true,
            }
        }
        Poll::Ready(Ok(false))
    }

    fn begin_row(&mut self) -> Result<(), Error> {
        if self.binary {
            let columns = self.columns.len();
            self.bytes.put_i16(i16::try_from(columns).map_err(|_| {
                // no SQL: a message
                Error::Usage(format!("COPY of {columns} columns; PostgreSQL has 1,600 at most"))
            })?);
        }
        Ok(())
    }

    fn end_row(&mut self) {
        self.place = 0;
        self.count += 1;
        if !self.binary {
            self.bytes.put_u8(b'\n');
        }
    }

    #[cold]
    fn refused(&self, column: &OutputColumn, problem: &codec::Problem) -> Error {
        Error::Encode {
            position: self.place + 1,
            message: format!(
                "`{}` of `{}` in row {} of COPY: {problem}",
                column.field,
                column.model,
                self.count + 1
            ),
        }
    }

    fn add_text(&mut self, place: usize, value: &SqlValue) -> Result<(), codec::Problem> {
        if place > 0 {
            self.bytes.put_u8(b'\t');
        }
        let mut text = BytesMut::new();
        if let IsNull::Yes = codec::text::encode(value, &mut text)? {
            self.bytes.put_slice(b"\\N");
            return Ok(());
        }
        for byte in text {
            match byte {
                b'\\' => self.bytes.put_slice(b"\\\\"),
                b'\n' => self.bytes.put_slice(b"\\n"),
                b'\r' => self.bytes.put_slice(b"\\r"),
                b'\t' => self.bytes.put_slice(b"\\t"),
                byte => self.bytes.put_u8(byte),
            }
        }
        Ok(())
    }

    fn take(&mut self) -> Bytes {
        let full = std::mem::replace(&mut self.bytes, BytesMut::with_capacity(CHUNK + CHUNK / 4));
        full.freeze()
    }

    fn end(&mut self) -> Bytes {
        if self.binary {
            self.bytes.put_slice(END);
        }
        std::mem::take(&mut self.bytes).freeze()
    }
}

impl TakesRow for Encoder<'_> {
    fn value(&mut self, value: &SqlValue) -> Result<(), Error> {
        if self.place == 0 {
            self.begin_row()?;
        }
        // There is one for each value.
        let Some(column) = self.columns.get(self.place) else { return Ok(()) };
        let added = match self.binary {
            true => codec::cell(value, column.sql_type, &mut self.bytes),
            false => self.add_text(self.place, value),
        };
        added.map_err(|problem| self.refused(column, &problem))?;
        self.place += 1;
        Ok(())
    }

    fn encoded(&mut self) -> Option<&mut BytesMut> {
        self.binary.then_some(&mut self.bytes)
    }
}

/// The server's error with the place of the row that it is about, where it tells that, and the field
/// whose value it refuses.
fn at_row(error: DriverError, statement: &Statement) -> Failed {
    let place = error.server().and_then(|said| said.context.clone());
    let place = place.and_then(|context| Some((row_of(&context)?, column_of(&context))));
    let mut failed = Failed::from(error);
    let Some((row, column)) = place else { return failed };
    if let (Some(column), Some(model), Error::Database(error)) =
        (column, statement.about.model, &mut failed.error)
        && let Some(field) = model.field(&column)
    {
        error.message = format!("`{}` of `{}`: {}", field.name, model.name(), error.message);
    }
    let message = match &mut failed.error {
        Error::Unique(e)
        | Error::ForeignKey(e)
        | Error::NotNull(e)
        | Error::Check(e)
        | Error::Exclusion(e) => &mut e.message,
        Error::Database(e) | Error::Serialization(e) | Error::Deadlock(e) => &mut e.message,
        _ => return failed,
    };
    message.push_str(&format!(" (row {row} of COPY)"));
    failed
}

/// The number in `COPY book, line 3, column name: "…"`, which can go on with a value.
fn row_of(context: &str) -> Option<u64> {
    // no SQL: what the server says of where an error is
    let behind = context.strip_prefix("COPY ")?.split_once(", line ")?.1;
    behind.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// The column in it.
fn column_of(context: &str) -> Option<String> {
    let behind = context.split_once(", line ")?.1.split_once(", column ")?.1;
    Some(behind.split_once(':').map_or(behind, |(column, _)| column).to_owned())
}

#[cfg(test)]
mod tests {
    use super::{column_of, row_of};

    #[test]
    fn the_row_is_read_from_the_context() {
        assert_eq!(row_of("COPY book, line 3"), Some(3));
        assert_eq!(row_of("COPY book, line 12, column name: \"x, line 7\""), Some(12));
        assert_eq!(row_of("SQL statement"), None);
        assert_eq!(column_of("COPY book, line 3"), None);
        assert_eq!(column_of("COPY book, line 3, column name").as_deref(), Some("name"));
        let quoted = column_of("COPY book, line 12, column name: \"x, column 7\"");
        assert_eq!(quoted.as_deref(), Some("name"));
    }
}
