//! Whether all floats of a value are numbers that JSON has.

use serde::ser::{self, Serialize, Serializer};
use std::fmt;

/// Passes over a value and fails at a float that is NaN or infinite.
#[derive(Clone, Copy)]
pub(crate) struct Finite;

/// There is one, or the value cannot be serialized at all.
#[derive(Debug)]
pub(crate) struct NotFinite;

impl fmt::Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not finite")
    }
}

impl std::error::Error for NotFinite {}

impl ser::Error for NotFinite {
    fn custom<T: fmt::Display>(_: T) -> Self {
        NotFinite
    }
}

type Done = Result<(), NotFinite>;

/// What is no float, or holds none.
macro_rules! passed {
    ($($method:ident($($t:ty),*);)*) => {$(
        fn $method(self $(, _: $t)*) -> Done {
            Ok(())
        }
    )*};
}

macro_rules! floats {
    ($($method:ident($t:ty);)*) => {$(
        fn $method(self, value: $t) -> Done {
            if value.is_finite() { Ok(()) } else { Err(NotFinite) }
        }
    )*};
}

/// What is a value within something.
macro_rules! wrapped {
    ($($method:ident($($before:ty),*);)*) => {$(
        fn $method<T: ?Sized + Serialize>(self, $(_: $before,)* value: &T) -> Done {
            value.serialize(self)
        }
    )*};
}

/// What is followed by the values in it.
macro_rules! begun {
    ($($method:ident($($t:ty),*);)*) => {$(
        fn $method(self $(, _: $t)*) -> Result<Self, NotFinite> {
            Ok(self)
        }
    )*};
}

impl Serializer for Finite {
    type Ok = ();
    type Error = NotFinite;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    passed! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }
    floats! {
        serialize_f32(f32);
        serialize_f64(f64);
    }
    wrapped! {
        serialize_some();
        serialize_newtype_struct(&'static str);
        serialize_newtype_variant(&'static str, u32, &'static str);
    }
    begun! {
        serialize_seq(Option<usize>);
        serialize_tuple(usize);
        serialize_tuple_struct(&'static str, usize);
        serialize_tuple_variant(&'static str, u32, &'static str, usize);
        serialize_map(Option<usize>);
        serialize_struct(&'static str, usize);
        serialize_struct_variant(&'static str, u32, &'static str, usize);
    }

    fn collect_str<T: ?Sized + fmt::Display>(self, _: &T) -> Done {
        Ok(())
    }
}

macro_rules! compounds {
    ($($compound:ident $method:ident($($before:ty),*);)*) => {$(
        impl ser::$compound for Finite {
            type Ok = ();
            type Error = NotFinite;

            fn $method<T: ?Sized + Serialize>(&mut self, $(_: $before,)* value: &T) -> Done {
                value.serialize(*self)
            }

            fn end(self) -> Done {
                Ok(())
            }
        }
    )*};
}
compounds! {
    SerializeSeq serialize_element();
    SerializeTuple serialize_element();
    SerializeTupleStruct serialize_field();
    SerializeTupleVariant serialize_field();
    SerializeStruct serialize_field(&'static str);
    SerializeStructVariant serialize_field(&'static str);
}

impl ser::SerializeMap for Finite {
    type Ok = ();
    type Error = NotFinite;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Done {
        key.serialize(*self)
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Done {
        value.serialize(*self)
    }

    fn end(self) -> Done {
        Ok(())
    }
}
