//! Generic relations: an enum of keys, each to another model.

use super::{Cardinality, ForeignKey, Model, ModelFields, NoValue, OneToOne};
use crate::column::{NotNull, Null, Nullness};
use crate::ir::OnDelete;
use crate::row::{Decoded, Reader};
use orm_sql::error::Result;
use orm_sql::exec::{BoxFuture, Executor};
use orm_sql::value::{SqlType, SqlValue};

/// A key to a row of one of several models: an enum of typed keys, with
/// `#[derive(GenericForeignKey)]`.
///
/// ```
/// # use orm_doctest::*;
/// #[derive(GenericForeignKey, Clone, Debug, PartialEq)]
/// pub enum Subject {
///     Book(ForeignKey<Book>),
///     Author(ForeignKey<Author>),
/// }
///
/// #[derive(Model)]
/// pub struct Note {
///     pub id: i64,
///     pub text: String,
///     #[field(generic, on_delete = Cascade, related_name = "notes")]
///     pub subject: Subject,
/// }
///
/// let notes = Note::objects().filter(|n| n.subject().book().name().eq("Emma"));
/// assert_sql!(
///     notes,
///     "SELECT t0.id, t0.text, t0.subject_book_id, t0.subject_author_id FROM note AS t0 JOIN book AS t1
///      ON t1.id = t0.subject_book_id WHERE t1.name = $1"
/// );
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no generic key",
    label = "not an enum of keys",
    note = "a field with `generic` holds an enum with `#[derive(GenericForeignKey)]`, or an `Option` of one: \
            `enum Target {{ Book(ForeignKey<Book>), Author(ForeignKey<Author>) }}`; an enum of kinds and a struct of \
            shared fields are `#[model(flatten)]`"
)]
pub trait GenericForeignKey: ModelFields + Clone {
    /// The row that a key leads to: `SubjectRow`.
    type Row: Send + 'static;
    /// The row that the key leads to.
    ///
    /// # Errors
    ///
    /// Those of `fetch`.
    #[doc(hidden)]
    #[track_caller]
    fn fetch_row<'a>(&self, db: &'a dyn Executor) -> BoxFuture<'a, Result<Self::Row>>;

    /// How many columns each kind has, in order.
    #[doc(hidden)]
    const WIDTHS: &'static [usize];
    /// All variants say what becomes of the row when the one it leads to goes.
    #[doc(hidden)]
    const SAYS_ON_DELETE: bool;
    /// One of them says `SetNull`.
    #[doc(hidden)]
    const SETS_NULL: bool;
    /// What tells the kinds apart where all have one column for the key, beside one for the kind.
    #[doc(hidden)]
    const TOLD_BY: ToldBy = ToldBy::Columns;

    /// The type of the column of the key, where that is another than those of the models' keys.
    #[doc(hidden)]
    const KEY_COLUMN: Option<SqlType> = None;

    /// The type of the keys of a kind.
    #[doc(hidden)]
    fn key_type(_: usize) -> SqlType {
        SqlType::Int8
    }

    /// What the column of the kind holds.
    #[doc(hidden)]
    fn kind_value(_: usize) -> SqlValue {
        SqlValue::Null
    }

    /// The place of the kind among all.
    #[doc(hidden)]
    fn kind_place(&self) -> usize;

    /// The values of the key.
    #[doc(hidden)]
    fn key_values(&self) -> Vec<SqlValue>;

    /// Reads the key of a kind.
    ///
    /// # Errors
    ///
    /// When a cell holds something else.
    #[doc(hidden)]
    fn read_key(kind: usize, reader: &mut Reader<'_>) -> Decoded<Self>;
}

/// What tells the kinds of a generic key apart.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldBy {
    /// Each has columns of its own, of which those of one are set.
    Columns,
    /// A text in a column.
    Text,
    /// The id of a row of Django's `django_content_type`.
    ContentType,
}

/// Generic keys that can lead to a row of `M`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` leads to no `{M}`",
    label = "no variant of `{Self}` is a key to `{M}`",
    note = "add one: `{M}(ForeignKey<{M}>)`"
)]
pub trait GenericTo<M: Model>: GenericForeignKey {
    /// How many rows there are on the other side.
    #[doc(hidden)]
    type Card: Cardinality;
    /// The place of the relation among those of the enum.
    #[doc(hidden)]
    const PLACE: usize;
    /// A key of this kind.
    #[doc(hidden)]
    fn of_key(key: ForeignKey<M>) -> Self;
}

/// What a generic key can be given: the enum, a row of one of its models, or a key to one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no row that `{G}` can lead to, nor a key of one",
    label = "expected a `{G}`, or a row or a key of one of its models",
    note = "`&book`, `book.into()`, `ForeignKey::<Book>::new(3)`; where there may be none, an `Option` of one"
)]
pub trait IntoGeneric<G: GenericForeignKey> {
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The key.
    fn into_generic(self) -> Option<G>;
}

macro_rules! rows_and_keys {
    ($($value:ty, |$row:ident| $key:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<M: Model, G: GenericTo<M>> IntoGeneric<G> for $value {
            type Null = NotNull;
            fn into_generic(self) -> Option<G> {
                let $row = self;
                Some(G::of_key($key))
            }
        }
    )*};
}
rows_and_keys! {
    &M, |row| ForeignKey::from(row);
    ForeignKey<M>, |key| key;
    &ForeignKey<M>, |key| key.clone();
    OneToOne<M>, |key| ForeignKey::new(key.pk());
    &OneToOne<M>, |key| ForeignKey::new(key.pk());
}

#[diagnostic::do_not_recommend]
impl<G: GenericForeignKey, V: IntoGeneric<G, Null = NotNull>> IntoGeneric<G> for Option<V> {
    type Null = Null;
    fn into_generic(self) -> Option<G> {
        self.and_then(V::into_generic)
    }
}

#[diagnostic::do_not_recommend]
impl<G: GenericForeignKey> IntoGeneric<G> for NoValue {
    type Null = Null;
    fn into_generic(self) -> Option<G> {
        None
    }
}

/// What is said of a generic key where a model has it.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct GenericSaid {
    /// What becomes of the row when the one it leads to goes.
    pub on_delete: Option<OnDelete>,
    /// What its rows are called on the other side.
    pub reverse: Option<&'static str>,
    /// There may be no key.
    pub optional: bool,
}

impl GenericSaid {
    /// Nothing.
    pub const NONE: GenericSaid = GenericSaid { on_delete: None, reverse: None, optional: false };
}
