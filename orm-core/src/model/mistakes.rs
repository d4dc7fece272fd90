//! Names that rows, their keys and their many-to-many fields have in other libraries.

use super::{ForeignKey, ManyToMany, Model, OneToOne};

mistakes! {
    WrittenBySave
        "a row is written by `.save(&db)`, read again by `.refresh(&db)` and removed by `.delete(&db)`; a new one is `draft!(…).save(&db)`"
        "has another name";
    ToldByTracked
        "what was changed is known to `Tracked::new(row)`: `.is_changed(|b| b.title())`, `.changed()`"
        "not known to a row"
        note "within a hook it is `cx.changed(self, |b| b.title()).await?`";
    ValidatedByFullClean
        "a row is validated by `.full_clean()?`, and with the database by `.full_clean_with(&db).await?`"
        "has another name";
    WrittenBySerde
        "rows are written as JSON by serde: `#[derive(serde::Serialize)]` on the model, `serde_json::to_value(&row)`"
        "has another name";
    FetchedByKey
        "a key is not the row that it refers to: `.fetch(&db)` loads one, `select_related` those of all rows, and `.pk()` is the key"
        "only a key";
    SetIsAMethod
        "the field of a many-to-many relation holds nothing: the set of a row is the method of that name, `book.tags()`"
        "a field without a value"
        note "`book.tags().all(&db)`, `book.tags().add(&db, [&tag])`; `prefetch_related` loads those of all rows";
}

macro_rules! not_of_rows {
    ($($(#[$doc:meta])* $trait:ident<$($of:ident: $bound:path),*> for $ty:ty; $mark:ty: $mistake:ident:
        $($name:ident($($arg:ident),*))*;)*) => {$(
        $(#[$doc])*
        ///
        /// They take `&mut self`, so that methods of the same name that users give to them come first.
        #[doc(hidden)]
        #[allow(missing_docs, clippy::should_implement_trait, clippy::wrong_self_convention)]
        pub trait $trait<$($of),*>: Sized {$(
            fn $name<$($arg),*>(&mut self $(, _: $arg)*) -> <$mark as $mistake>::Is
            where
                $mark: $mistake,
            {
                <$mark>::never()
            }
        )*}
        impl<$($of: $bound),*> $trait<$($of),*> for $ty {}
    )*};
}
not_of_rows! {
    /// What one may look for at a row.
    RowMistakes<M: Model> for M; (M,): WrittenBySave:
        refresh_from_db(A) into_active_model() destroy(A) reload_from_db(A) save_changes(A)
        delete_instance(A) update_instance(A) insert(A) reload(A) asave(A) adelete(A)
        arefresh_from_db(A) save_or_update(A);
    /// What one may look for at a row, to learn what was changed.
    ChangeMistakes<M: Model> for M; (M,): ToldByTracked:
        is_changed(A) is_dirty() changed() has_changed(A) dirty_fields() changed_fields() original();
    /// What one may look for at a row, to validate it.
    CleanMistakes<M: Model> for M; (M,): ValidatedByFullClean:
        is_valid() clean_fields() validate_unique();
    /// What one may look for at a row, to send it on.
    JsonMistakes<M: Model> for M; (M,): WrittenBySerde:
        to_json() to_dict() as_json() into_json() to_value() as_dict();
    /// What one may look for at a key, as if it was the row.
    KeyMistakes<T: Model, K: Sized> for ForeignKey<T, K>; (T, K): FetchedByKey:
        get(A) load(A) one(A) first(A) find(A) select(A) unwrap() get_result(A) await_row(A)
        select_related(A);
    /// What one may look for at the field of a many-to-many relation.
    SetMistakes<T: Model> for ManyToMany<T>; (T,): SetIsAMethod:
        all(A) filter(A) exclude(A) add(A, B) set(A, B) remove(A, B) clear(A) create(A, B) count(A)
        push(A) iter() into_iter() len() is_empty() get(A) first(A) exists(A) load(A) insert(A)
        extend(A) contains(A) map(A);
}
impl<T: Model, K> KeyMistakes<T, K> for OneToOne<T, K> {}

macro_rules! no_iterators {
    ($($set:ty),*) => {$(
        #[doc(hidden)]
        impl<T: Model> Iterator for $set
        where
            (T,): SetIsAMethod,
        {
            type Item = T;
            fn next(&mut self) -> Option<T> {
                None
            }
        }
    )*};
}
no_iterators!(ManyToMany<T>, &ManyToMany<T>);
