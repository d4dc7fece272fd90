//! Writing COPY.

use super::Writer;
use crate::ast::Body;
use crate::ident::Ident;

/// How rows stand in the text of a COPY.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CopyFormat {
    /// Comma-separated values: `1,"a ""b""",` where the last one is NULL.
    #[default]
    Csv,
    /// PostgreSQL's own: columns separated by tabs, `\N` for NULL, backslashes for what would
    /// disturb.
    Text,
}

impl<'a> Writer<'a> {
    /// `COPY … FROM STDIN`.
    pub(crate) fn copy_in<'n>(
        &mut self,
        (schema, table): (Option<&'static str>, &'static str),
        columns: impl Iterator<Item = &'n str>,
        binary: bool,
    ) {
        self.raw("COPY ");
        self.table_name(schema, table);
        for (place, column) in columns.enumerate() {
            self.raw(if place == 0 { " (" } else { ", " });
            self.ident(Ident::new(column));
        }
        self.raw(if binary { ") FROM STDIN (FORMAT binary)" } else { ") FROM STDIN" });
    }

    /// `COPY (SELECT …) TO STDOUT`.
    pub(crate) fn copy_out(&mut self, body: &Body<'a>, format: CopyFormat, header: bool) {
        self.raw("COPY (");
        self.body(body);
        self.raw(match (format, header) {
            (CopyFormat::Csv, false) => ") TO STDOUT (FORMAT csv)",
            (CopyFormat::Csv, true) => ") TO STDOUT (FORMAT csv, HEADER)",
            (CopyFormat::Text, false) => ") TO STDOUT",
            (CopyFormat::Text, true) => ") TO STDOUT (FORMAT text, HEADER)",
        });
    }
}
