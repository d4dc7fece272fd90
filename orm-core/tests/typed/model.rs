//! Two models by hand: what `#[derive(Model)]` will write.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use orm_core::column::{Column, Json, NotNull, Range, Single};
use orm_core::expr::Field;
use orm_core::ir::*;
use orm_core::model::*;
use orm_core::row::{Decoded, Reader};
use orm_sql::row::CellError;
use orm_sql::value::{SqlType, SqlValue};
use rust_decimal::Decimal;
use std::marker::PhantomData;
use uuid::Uuid;

/// Newtypes as `#[derive(Column)]` makes them.
macro_rules! newtype {
    ($name:ident($inner:ty)) => {
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name(pub $inner);
        impl Single for $name {}
        impl Column for $name {
            type Inner = Self;
            type Null = NotNull;
            const SQL_TYPE: SqlType = <$inner as Column>::SQL_TYPE;
            fn decode(raw: &[u8]) -> Result<Self, CellError> {
                <$inner as Column>::decode(raw).map($name)
            }
            fn to_value(&self) -> SqlValue {
                self.0.to_value()
            }
        }
    };
}
newtype!(Slug(String));
newtype!(Cents(i64));
impl orm_core::expr::Text for Slug {}

static AUTHOR: Relation =
    Relation::key("author", "author_id", Book::meta_, Author::meta_).reverse("books");
static EDITOR: Relation = Relation::key("editor", "editor_id", Book::meta_, Author::meta_).null();

macro_rules! model {
    ($model:ident $fields:ident { $($name:ident: $t:ty,)* } $($key:expr),*) => {
        pub struct $model;
        pub struct $fields<R, K>(PathBuf, PhantomData<fn() -> (R, K)>);
        impl $model {
            fn meta_() -> &'static ModelMeta {
                static FIELDS: &[FieldMeta] =
                    &[$(FieldMeta::new::<$t>(stringify!($name), stringify!($name)),)* $($key),*];
                static META: ModelMeta =
                    ModelMeta::new(stringify!($model), "library", stringify!($model), FIELDS, &[0]);
                &META
            }
            pub fn paths() -> Fields<$model> {
                Fields::at(PathBuf::root(Scope::ANY, Self::meta_()))
            }
        }
        impl Single for $model {}
        impl Model for $model {
            type Fields<R: Model, K: Cardinality> = $fields<R, K>;
            type Pk = i64;
            type First = Self;
            type DraftFields = ();
            type Required = ();
            const FIELDS: &'static [FieldMeta] = &[];
            fn draft_fields() {}
            fn meta() -> &'static ModelMeta {
                Self::meta_()
            }
            fn pk(&self) -> i64 {
                0
            }
            fn values(&self) -> Vec<SqlValue> {
                Vec::new()
            }
            fn held(&self, _: usize) -> InRow<'_> {
                InRow::Null
            }
            fn decode(_: &mut Reader<'_>) -> Decoded<Self> {
                Ok($model)
            }
        }
        impl<R, K> Accessors for $fields<R, K> {
            type Model = $model;
            fn at(path: PathBuf) -> Self {
                $fields(path, PhantomData)
            }
            fn path(&self) -> &PathBuf {
                &self.0
            }
        }
        impl<R: Model, K: Cardinality> $fields<R, K> {
            $(pub fn $name(&self) -> Field<R, $t, K> {
                let (_, field) = $model::meta_().field(stringify!($name)).unwrap();
                Field::column(&self.0, field)
            })*
        }
    };
}

model!(Author AuthorFields {
    id: i64,
    name: String,
    age: Option<i32>,
});

model!(Book BookFields {
    id: i64,
    name: String,
    subtitle: Option<String>,
    pages: i32,
    release_year: Option<i32>,
    big: i64,
    small: i16,
    price: Decimal,
    discount: Option<Decimal>,
    rating: f64,
    weight: f32,
    in_print: bool,
    signed: Option<bool>,
    code: Uuid,
    created: DateTime<Utc>,
    published: NaiveDate,
    recorded: Option<NaiveDateTime>,
    opens: NaiveTime,
    lent_for: TimeDelta,
    meta: serde_json::Value,
    extra: Option<serde_json::Value>,
    settings: Json<Vec<i32>>,
    labels: Vec<String>,
    scores: Option<Vec<Option<i32>>>,
    seats: Range<i32>,
    during: Option<Range<DateTime<Utc>>>,
    host: std::net::IpAddr,
    slug: Slug,
    cost: Option<Cents>,
}
FieldMeta::new::<i64>("author", "author_id").relation(&AUTHOR),
FieldMeta::new::<Option<i64>>("editor", "editor_id").relation(&EDITOR));

impl<R: Model, K: Cardinality> BookFields<R, K> {
    pub fn author(&self) -> Fields<Author, R, K::Then<One>> {
        Fields::at(self.0.then(Step::Forward(&AUTHOR)))
    }
    pub fn editor(&self) -> Fields<Author, R, K::Then<Opt>> {
        Fields::at(self.0.then(Step::Forward(&EDITOR)))
    }
}

impl<R: Model, K: Cardinality> AuthorFields<R, K> {
    pub fn books(&self) -> Fields<Book, R, K::Then<Many>> {
        Fields::at(self.0.then(Step::Reverse(&AUTHOR)))
    }
}
