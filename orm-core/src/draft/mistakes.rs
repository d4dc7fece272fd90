//! Names that drafts have in other libraries.

use super::Unsaved;

mistakes! {
    #[diagnostic::on_unimplemented(
        message = "a draft is inserted by `.save(&db)`, or given to `.create(&db, draft)` and `.bulk_create(&db, drafts)`",
        label = "has another name"
    )]
    InsertedBySave;

    #[diagnostic::on_unimplemented(
        message = "a draft is validated by `.full_clean()?`, and with the database by `.full_clean_with(&db).await?`",
        label = "has another name"
    )]
    ValidatedByFullClean;

    #[diagnostic::on_unimplemented(
        message = "the fields of a draft are given together, `draft!(Tag {{ name: \"x\" }})`, or one by one by `.with(|t| t.name, \"x\")`",
        label = "has another name"
    )]
    GivenTogether;

    #[diagnostic::on_unimplemented(
        message = "a key takes a row that is saved, and not a draft: `author: &draft!(Author {{ … }}).save(&db).await?`",
        label = "no relation whose rows refer to this one",
        note = "drafts stand for rows that refer to this one, which are saved after it"
    )]
    SavedBefore;
}

macro_rules! not_of_drafts {
    ($($mistake:ident: $($name:ident($($arg:ident),*))*;)*) => {
        /// What one may look for at a draft. They take `&mut self`, so that methods of the same name
        /// that users give to drafts come first.
        #[doc(hidden)]
        #[allow(missing_docs)]
        pub trait DraftMistakes<M>: Sized {$($(
            fn $name<$($arg),*>(&mut self $(, _: $arg)*) -> <(M,) as $mistake>::Is
            where
                (M,): $mistake,
            {
                <(M,)>::never()
            }
        )*)*}
        impl<M, G> DraftMistakes<M> for Unsaved<M, G> {}
    };
}
not_of_drafts! {
    InsertedBySave: insert(A) execute(A) create(A) update(A) insert_one(A) store(A) persist(A)
        save_or_update(A) commit(A) upsert(A) exec(A) asave(A) save_new(A) insert_into(A, B);
    ValidatedByFullClean: validate() is_valid() clean() clean_fields();
    GivenTogether: set(A, B) field(A, B) value(A, B) build() finish() set_field(A, B);
}
