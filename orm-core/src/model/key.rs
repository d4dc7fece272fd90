//! Typed keys: the values of relation fields.

use super::{InRow, Model};
use crate::column::{Column, NotNull, Single};
use crate::model::{Cardinality, Opt};
use crate::row::{Decoded, Reader};
use orm_sql::row::CellError;
use orm_sql::value::{SqlType, SqlValue};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

/// The types of a key's columns, in order.
#[derive(Clone, Copy, Debug)]
pub struct KeyTypes {
    types: [SqlType; KeyTypes::MOST],
    width: usize,
}

impl KeyTypes {
    /// How many columns a key has at the most.
    pub const MOST: usize = 16;

    /// No columns.
    pub const NONE: KeyTypes = KeyTypes { types: [SqlType::Bool; KeyTypes::MOST], width: 0 };

    /// One column.
    pub const fn one(sql_type: SqlType) -> Self {
        let mut types = KeyTypes::NONE;
        types.types[0] = sql_type;
        types.width = 1;
        types
    }

    /// These columns, and those of another key after them.
    #[expect(
        clippy::indexing_slicing,
        reason = "evaluated while compiling: a key that is too wide is an error then"
    )]
    pub const fn and(mut self, more: KeyTypes) -> Self {
        let mut place = 0;
        while place < more.width {
            self.types[self.width] = more.types[place];
            self.width += 1;
            place += 1;
        }
        self
    }

    /// How many columns there are.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// The type of a column that a key holds, where it can: a list cannot be one of a list of keys,
    /// by which prefetches and deletions find rows.
    #[track_caller]
    pub const fn referred(sql_type: SqlType) -> SqlType {
        assert!(
            !matches!(sql_type, SqlType::Array(_)),
            "a relation refers to a column that is a list (`Vec`), which keys cannot hold: let it \
             refer to another unique field, by `to_field`, or give the model another primary key"
        );
        sql_type
    }

    /// The type of a column; of one that is not there a type that no key has.
    pub fn at(&self, place: usize) -> SqlType {
        let types = self.types.get(..self.width).unwrap_or_default();
        types.get(place).copied().unwrap_or(SqlType::Jsonb)
    }

    /// The type of a column. Evaluated while compiling, where a place that is not there is reported
    /// by the derive.
    #[expect(clippy::indexing_slicing, reason = "the place is looked at before")]
    #[track_caller]
    pub const fn get(&self, place: usize) -> SqlType {
        if place < self.width { Self::referred(self.types[place]) } else { SqlType::Bool }
    }
}

/// A primary key: one column, or a tuple of them, or of keys.
pub trait Key: Clone + PartialEq + Send + Sync + 'static {
    /// The types of the columns.
    const TYPES: KeyTypes;

    /// Adds the values of the columns to a list, in order.
    fn add_to(&self, values: &mut Vec<SqlValue>);

    /// The values of the columns, in order.
    fn to_values(&self) -> Vec<SqlValue> {
        let mut values = Vec::with_capacity(Self::TYPES.width());
        self.add_to(&mut values);
        values
    }

    /// The same, of a key that is not needed any more.
    fn into_values(self) -> Vec<SqlValue> {
        self.to_values()
    }

    /// Reads the columns, in order.
    ///
    /// # Errors
    ///
    /// When a cell holds something else.
    fn decode(reader: &mut Reader<'_>) -> Decoded<Self>;
}

impl<T: Column<Inner = T, Null = NotNull> + Clone + PartialEq> Key for T {
    const TYPES: KeyTypes = KeyTypes::one(T::SQL_TYPE);

    fn add_to(&self, values: &mut Vec<SqlValue>) {
        values.push(self.to_value());
    }
    fn into_values(self) -> Vec<SqlValue> {
        vec![self.into_value()]
    }
    fn decode(reader: &mut Reader<'_>) -> Decoded<Self> {
        reader.column()
    }
}

macro_rules! composite_keys {
    ($($t:ident)+) => {
        impl<$($t: Key),+> Key for ($($t,)+) {
            const TYPES: KeyTypes = KeyTypes::NONE$(.and($t::TYPES))+;

            #[allow(non_snake_case)]
            fn add_to(&self, values: &mut Vec<SqlValue>) {
                let ($($t,)+) = self;
                $($t.add_to(values);)+
            }
            fn decode(reader: &mut Reader<'_>) -> Decoded<Self> {
                Ok(($($t::decode(reader)?,)+))
            }
        }
    };
}
key_tuples!(composite_keys);

/// A key of one column.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the key of this model has several columns: name those that refer to them, `#[field(columns = [\"a\", \"b\"])]`",
    label = "a key of several columns",
    note = "there is one for each column of the key, in their order"
)]
pub trait SingleKey: Column<Inner = Self, Null = NotNull> {}
#[diagnostic::do_not_recommend]
impl<K: Column<Inner = K, Null = NotNull>> SingleKey for K {}

macro_rules! key_types {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        ///
        /// The second parameter is the type of the field that the key refers to, where
        /// `#[field(to_field = …)]` names another than the primary key.
        pub struct $name<T: Model, K = <T as Model>::Pk>(K, PhantomData<fn() -> T>);

        impl<T: Model, K> $name<T, K> {
            /// The key of a row that is known to exist.
            ///
            /// ```
            /// # use orm_doctest::*;
            /// let author: ForeignKey<Author> = ForeignKey::new(3);
            /// let profile: OneToOne<Author> = OneToOne::new(3);
            /// assert_eq!(author.pk(), profile.pk());
            /// ```
            pub fn new(key: impl Into<K>) -> Self {
                $name(key.into(), PhantomData)
            }

            /// The key itself, borrowed.
            ///
            /// ```
            /// # use orm_doctest::*;
            /// assert_eq!(ForeignKey::<Author>::new(3).key(), &3);
            /// ```
            pub fn key(&self) -> &K {
                &self.0
            }
        }

        impl<T: Model, K: Clone> $name<T, K> {
            /// The key itself.
            ///
            /// ```
            /// # use orm_doctest::*;
            /// assert_eq!(ForeignKey::<Author>::new(3).pk(), 3);
            /// ```
            pub fn pk(&self) -> K {
                self.0.clone()
            }
        }

        impl<T: Model, K: Clone> Clone for $name<T, K> {
            fn clone(&self) -> Self {
                $name(self.0.clone(), PhantomData)
            }
        }
        impl<T: Model, K: Copy> Copy for $name<T, K> {}
        impl<T: Model, K: PartialEq> PartialEq for $name<T, K> {
            fn eq(&self, other: &Self) -> bool {
                self.0 == other.0
            }
        }
        impl<T: Model, K: Eq> Eq for $name<T, K> {}
        impl<T: Model, K: Hash> Hash for $name<T, K> {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.hash(state);
            }
        }
        impl<T: Model, K: PartialOrd> PartialOrd for $name<T, K> {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                self.0.partial_cmp(&other.0)
            }
        }
        impl<T: Model, K: Ord> Ord for $name<T, K> {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.0.cmp(&other.0)
            }
        }
        impl<T: Model, K: fmt::Debug> fmt::Debug for $name<T, K> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl<T: Model, K: fmt::Display> fmt::Display for $name<T, K> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl<T: Model, K: serde::Serialize> serde::Serialize for $name<T, K> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }
        }
        impl<'de, T: Model, K: serde::Deserialize<'de>> serde::Deserialize<'de> for $name<T, K> {
            fn deserialize<D: serde::Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
                K::deserialize(de).map(|key| $name(key, PhantomData))
            }
        }
        impl<T: Model> From<&T> for $name<T> {
            fn from(row: &T) -> Self {
                $name(row.pk(), PhantomData)
            }
        }
        impl<T: Model> From<T> for $name<T> {
            fn from(row: T) -> Self {
                $name(row.pk(), PhantomData)
            }
        }
        impl<T: Model, K: 'static> Single for $name<T, K> {}
        impl<T: Model, K: SingleKey> Column for $name<T, K> {
            type Inner = Self;
            type Null = NotNull;
            const SQL_TYPE: SqlType = KeyTypes::referred(K::SQL_TYPE);
            fn decode(raw: &[u8]) -> Result<Self, CellError> {
                K::decode(raw).map(|key| $name(key, PhantomData))
            }
            fn to_value(&self) -> SqlValue {
                self.0.to_value()
            }
        }
        impl<T: Model> KeyField for $name<T> {
            type Model = T;
            fn held(&self, place: usize) -> InRow<'_> {
                self.0.to_values().into_iter().nth(place).map_or(InRow::Null, InRow::Value)
            }
            fn decode(reader: &mut Reader<'_>) -> Decoded<Self> {
                T::Pk::decode(reader).map(|key| $name(key, PhantomData))
            }
        }
        impl<T: Model> KeyField for Option<$name<T>> {
            type Model = T;
            fn held(&self, place: usize) -> InRow<'_> {
                self.as_ref().map_or(InRow::Null, |key| key.held(place))
            }
            fn decode(reader: &mut Reader<'_>) -> Decoded<Self> {
                let key = Opt::decode_key::<T>(reader)?;
                Ok(key.map(|key| $name(key, PhantomData)))
            }
        }
        #[diagnostic::do_not_recommend]
        impl<T: Model> KeyOf<T> for $name<T> {
            fn into_values(self) -> Vec<SqlValue> {
                self.0.to_values()
            }
        }
        #[diagnostic::do_not_recommend]
        impl<T: Model> KeyOf<T> for &$name<T> {
            fn into_values(self) -> Vec<SqlValue> {
                self.0.to_values()
            }
        }
    )*};
}

key_types! {
    /// A typed key: the primary key of a `T` that exists.
    ///
    /// `Copy` where the key is, compared and hashed by the key, and (de)serialized as the key.
    ForeignKey
    /// A typed key that no two rows share.
    OneToOne
}

/// A many-to-many relation. It holds nothing: the rows stand in the table between.
pub struct ManyToMany<T>(PhantomData<fn() -> T>);

impl<T> Default for ManyToMany<T> {
    fn default() -> Self {
        ManyToMany(PhantomData)
    }
}
/// Nothing is written, since the row knows none of its links: `null`, which is read again. To leave
/// it out, `#[serde(skip)]` the field.
impl<T> serde::Serialize for ManyToMany<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}
/// Whatever stands there is passed over; so is a field that is missing, with `#[serde(default)]`.
impl<'de, T> serde::Deserialize<'de> for ManyToMany<T> {
    fn deserialize<D: serde::Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        Option::<serde::de::IgnoredAny>::deserialize(de).map(|_| ManyToMany::default())
    }
}
impl<T> Clone for ManyToMany<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for ManyToMany<T> {}
impl<T> PartialEq for ManyToMany<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl<T> Eq for ManyToMany<T> {}
impl<T> Hash for ManyToMany<T> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}
impl<T> fmt::Debug for ManyToMany<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ManyToMany")
    }
}

/// A field that is a key of several columns: what generated code goes through.
#[doc(hidden)]
pub trait KeyField: Sized {
    /// The model that the key refers to.
    type Model: Model;

    /// What is in one of the columns.
    fn held(&self, place: usize) -> InRow<'_>;

    /// Reads the columns, in order.
    ///
    /// # Errors
    ///
    /// When a cell holds something else.
    fn decode(reader: &mut Reader<'_>) -> Decoded<Self>;
}

/// What can be the value of a key of several columns that is never NULL: an instance, its key.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `{M}`, nor its key",
    label = "expected `&{M}`, its key as a tuple, or a `ForeignKey<{M}>`"
)]
pub trait KeyOf<M: Model> {
    /// The values of the columns, in order.
    fn into_values(self) -> Vec<SqlValue>;
}

#[diagnostic::do_not_recommend]
impl<M: Model> KeyOf<M> for &M {
    fn into_values(self) -> Vec<SqlValue> {
        self.pk().to_values()
    }
}
