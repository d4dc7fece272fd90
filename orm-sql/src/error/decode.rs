//! Why a row could not be read.

use std::fmt;
use std::ops::Deref;

/// What was expected of a cell and what was found, as a text; and which row it was, beside it.
#[derive(Clone, PartialEq, Eq)]
pub struct DecodeMessage(Box<Message>);

#[derive(Clone, PartialEq, Eq)]
struct Message {
    text: String,
    row_key: Option<String>,
}

impl DecodeMessage {
    /// A message with the key of its row.
    pub(crate) fn new(text: String, row_key: Option<String>) -> Self {
        DecodeMessage(Box::new(Message { text, row_key }))
    }

    /// The key of the row.
    pub(super) fn row_key(&self) -> Option<&str> {
        self.0.row_key.as_deref()
    }
}

impl From<String> for DecodeMessage {
    fn from(text: String) -> Self {
        DecodeMessage::new(text, None)
    }
}

impl From<&str> for DecodeMessage {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl Deref for DecodeMessage {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0.text
    }
}

impl fmt::Display for DecodeMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl fmt::Debug for DecodeMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0.text, f)
    }
}
