//! Rows: values, keys and drafts without a database.

use crate::library::*;
use orm::Model;
use orm::draft::RawDraft;
use orm::prelude::*;
use orm::value::SqlValue;

#[test]
fn values_stand_in_the_order_of_the_columns() {
    let author = ForeignKey::<Author>::new(7);
    let tag = Tag { id: 3, name: "sea".into() };
    assert_eq!(tag.pk(), 3);
    assert_eq!(tag.values(), [SqlValue::I64(3), SqlValue::Text("sea".into())]);
    let profile = Profile {
        id: 1,
        author: OneToOne::new(7),
        bio: String::new(),
        website: None,
        wakes_at: None,
    };
    assert_eq!(Model::value(&profile, 1), SqlValue::I64(7));
    assert_eq!(Model::value(&profile, 3), SqlValue::Null);
    assert_eq!(Model::value(&profile, 9), SqlValue::Null);
    assert_eq!(author.pk(), 7);
}

#[test]
fn a_draft_copies_all_but_the_key() {
    let tag = Tag { id: 3, name: "sea".into() };
    let draft: RawDraft = orm::Draft::into_raw(draft!(Tag { ..tag }));
    assert_eq!(draft.model().name, "Tag");
    let text = format!("{draft:?}");
    assert!(text.contains("sea") && !text.contains("I64(3)"), "{text}");
}
