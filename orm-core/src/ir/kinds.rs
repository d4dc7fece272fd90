//! What becomes of columns and relations that are those of one kind of rows.
#![expect(clippy::indexing_slicing, reason = "constant functions have no iterators")]

use super::text::TextBuffer;
use super::{Default, FieldMeta, Relation};

/// The columns of a variant, which rows of other kinds leave empty. What fills a column by itself
/// would fill it in those rows, too, and ends compiling.
#[track_caller]
pub(super) const fn left_empty(all: &mut [FieldMeta], mut at: usize, end: usize) {
    while at < end && at < all.len() {
        let field = &mut all[at];
        let says = TextBuffer::new(
            "`{model}` is a column of one kind of rows, and is filled in for all of them (by `auto_now`, \
             `auto_now_add`, `version`, `identity` or `generated`): put it beside the enum",
            "",
            field.name,
        );
        let filled = field.auto_now || field.auto_now_add || field.version || field.identity;
        assert!(!filled && field.generated.is_none(), "{}", says.text());
        field.null = true;
        field.default = Default::None;
        at += 1;
    }
}

/// The relations of a variant, whose keys are NULL in rows of other kinds.
pub(super) const fn may_be_missing(all: &mut [Relation], mut at: usize, end: usize) {
    while at < end && at < all.len() {
        all[at].null = true;
        at += 1;
    }
}
