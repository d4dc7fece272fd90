//! Writing COPY.

use super::Writer;
use crate::ast::Body;
use crate::ident::Ident;
use crate::model::{FieldMeta, ModelMeta};

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
    pub(crate) fn copy_in(&mut self, model: &ModelMeta, fields: &[&FieldMeta], binary: bool) {
        self.raw("COPY ");
        self.table_name(model.schema, model.table);
        for (place, field) in fields.iter().enumerate() {
            self.raw(if place == 0 { " (" } else { ", " });
            self.ident(Ident::new(field.column));
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
