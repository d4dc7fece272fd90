//! Names with `{app}`, `{model}` and `{field}` in them, which are filled in while the program is compiled.
#![expect(clippy::indexing_slicing, reason = "constant functions have no iterators")]

/// The longest text with `{app}` and `{model}` filled in.
const LONGEST: usize = 192;

/// A text with `{app}` and `{model}` filled in while the program is compiled.
pub struct TextBuffer {
    bytes: [u8; LONGEST],
    length: usize,
}

impl TextBuffer {
    /// Fills them in. The name of the model is in lower case, as Django has it in names.
    pub const fn new(pattern: &str, app: &str, model: &str) -> Self {
        TextBuffer::of_field(pattern, app, model, "{field}")
    }

    /// The same with the name of a field.
    pub const fn of_field(pattern: &str, app: &str, model: &str, field: &str) -> Self {
        let (pattern, mut at) = (pattern.as_bytes(), 0);
        let mut filled = TextBuffer { bytes: [0; LONGEST], length: 0 };
        while at < pattern.len() {
            if begins(pattern, at, b"{app}") {
                filled.add(app.as_bytes());
                at += 5;
            } else if begins(pattern, at, b"{model}") {
                filled.add(model.as_bytes());
                at += 7;
            } else if begins(pattern, at, b"{field}") {
                filled.add(field.as_bytes());
                at += 7;
            } else {
                filled.add(&[pattern[at]]);
                at += 1;
            }
        }
        filled
    }

    const fn add(&mut self, text: &[u8]) {
        let mut at = 0;
        while at < text.len() {
            assert!(self.length < LONGEST, "a name with `{{app}}` and `{{model}}` is too long");
            self.bytes[self.length] = text[at];
            self.length += 1;
            at += 1;
        }
    }

    /// The text.
    pub const fn text(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.length);
        match std::str::from_utf8(text) {
            Ok(text) => text,
            // In constants of generated code only, so that it is an error when the program is compiled: three
            // texts that are put together, cut at letters of one byte, are a text.
            Err(_) => panic!("a name that is no text"),
        }
    }
}

const fn begins(text: &[u8], from: usize, with: &[u8]) -> bool {
    let mut at = 0;
    while at < with.len() {
        if from + at >= text.len() || text[from + at] != with[at] {
            return false;
        }
        at += 1;
    }
    true
}
