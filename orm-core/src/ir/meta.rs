//! The metadata of models: plain statics, written by the derive.

use super::field::{has_files, inherited};
use super::{
    CheckMeta, ExcludeMeta, FieldMeta, IndexMeta, OrderNode, Relation, UniqueMeta, ViewMeta,
};
use orm_sql::exec::instrumentation::{Subject, SubjectField};
use smallvec::SmallVec;
use std::any::Any;

/// What a model or a field does beyond what its metadata says. Modules that are built on this one
/// (hooks, validation) have a type for what they add, and find it again by that type.
pub type Behaviour = &'static (dyn Any + Send + Sync);

/// Fields that make up a key, in order. One is the rule.
pub type KeyFields = SmallVec<[&'static FieldMeta; 2]>;

/// What is known about a model.
#[non_exhaustive]
pub struct ModelMeta {
    /// The struct's name: `Book`.
    pub name: &'static str,
    /// The app, which prefixes the default table name; empty for none.
    pub app: &'static str,
    /// The schema, where one is named.
    pub schema: Option<&'static str>,
    /// The table.
    pub table: &'static str,
    /// The columns of its rows, in the order of the struct. Many-to-many fields have none. Of a model
    /// that extends another, those of that one come first.
    pub fields: &'static [FieldMeta],
    /// How many of `fields` stand in the table of the model that this one extends.
    pub(super) inherited: usize,
    /// The primary key's places in `fields`; more than one where it is composite.
    pub primary_key: &'static [usize],
    /// The name of the primary key; `None` for a made one.
    pub primary_key_name: Option<&'static str>,
    /// The many-to-many fields. Keys stand at their [`FieldMeta::relation`].
    pub many_to_many: &'static [&'static Relation],
    /// The default ordering; empty for none.
    pub ordering: Option<fn() -> Vec<OrderNode>>,
    /// The fields that `latest` and `earliest` use.
    pub get_latest_by: Option<fn() -> Vec<OrderNode>>,
    /// Unique constraints and unique indexes over more than a single field's `unique`.
    pub uniques: &'static [UniqueMeta],
    /// Indexes beyond a single field's `db_index`.
    pub indexes: &'static [IndexMeta],
    /// Check constraints.
    pub checks: &'static [CheckMeta],
    /// Exclusion constraints.
    pub exclusions: &'static [ExcludeMeta],
    /// Storage parameters of the table with their values.
    pub storage: &'static [(&'static str, &'static str)],
    /// The tablespace of the table.
    pub tablespace: Option<&'static str>,
    /// False where the table is not ours to create.
    pub managed: bool,
    /// The query that its rows come from, where it is a view.
    pub view: Option<ViewMeta>,
    /// A comment for people, on the table.
    pub comment: Option<&'static str>,
    /// What `on_delete` says of this model's keys is done by the library, not by the database: as
    /// in tables that Django has made.
    pub on_delete_in_library: bool,
    /// Saving validates first.
    pub validate: bool,
    /// A field is a file.
    pub files: bool,
    /// The name of the field that says to which tenant a row belongs.
    pub tenant: Option<&'static str>,
    /// The database keeps tenants apart by itself: migrations make a policy, and the session is told of
    /// the tenant.
    pub row_level_security: bool,
    /// What else the model does: its hooks, its own validation.
    pub behaviours: &'static [Behaviour],
}

impl ModelMeta {
    /// A model with its table and columns, and nothing else said about it.
    pub const fn new(
        name: &'static str,
        app: &'static str,
        table: &'static str,
        fields: &'static [FieldMeta],
        primary_key: &'static [usize],
    ) -> Self {
        ModelMeta {
            name,
            app,
            schema: None,
            table,
            fields,
            inherited: inherited(fields),
            primary_key,
            primary_key_name: None,
            many_to_many: &[],
            ordering: None,
            get_latest_by: None,
            uniques: &[],
            indexes: &[],
            checks: &[],
            exclusions: &[],
            storage: &[],
            tablespace: None,
            managed: true,
            view: None,
            comment: None,
            on_delete_in_library: false,
            validate: false,
            files: has_files(fields),
            tenant: None,
            row_level_security: false,
            behaviours: &[],
        }
    }

    /// The behaviour of a type, where the model has it.
    #[inline]
    pub fn behaviour<T: Any>(&self) -> Option<&'static T> {
        self.behaviours.iter().find_map(|behaviour| behaviour.downcast_ref())
    }

    /// The field of a name, and its place.
    pub fn field(&self, name: &str) -> Option<(usize, &'static FieldMeta)> {
        let fields: &'static [FieldMeta] = self.fields;
        fields.iter().enumerate().find(|(_, field)| field.name == name)
    }

    /// The columns of its own table: all but those that are inherited.
    pub fn own_fields(&self) -> &'static [FieldMeta] {
        let fields: &'static [FieldMeta] = self.fields;
        fields.get(self.inherited..).unwrap_or_default()
    }

    /// The key to the row of the model that this one extends.
    pub fn link(&self) -> Option<&'static Relation> {
        let fields: &'static [FieldMeta] = self.fields;
        fields.first().and_then(|field| field.inherited).map(|from| from.link)
    }

    /// The model that this one extends.
    pub fn parent(&self) -> Option<&'static ModelMeta> {
        self.link().map(Relation::to)
    }

    /// This model, the one that it extends, the one which that extends, and so on.
    pub fn lineage(&'static self) -> impl Iterator<Item = &'static ModelMeta> {
        std::iter::successors(Some(self), |model| model.parent())
    }

    /// The default ordering: its own, or else that of the model which it extends.
    pub fn default_ordering(&self) -> Option<fn() -> Vec<OrderNode>> {
        self.ordering.or_else(|| self.parent()?.default_ordering())
    }

    /// What `latest` and `earliest` order by: its own, or else that of the model which it extends.
    pub fn latest_by(&self) -> Option<fn() -> Vec<OrderNode>> {
        self.get_latest_by.or_else(|| self.parent()?.latest_by())
    }

    /// True where a column is a key of the row: the primary key, also in the table of a model that
    /// this one extends.
    pub fn is_key_at(&'static self, place: usize) -> bool {
        self.lineage().any(|model| model.primary_key.contains(&place))
    }

    /// The place of a column among its rows', be it its own or an inherited one.
    pub fn place_of(&self, field: &FieldMeta) -> Option<usize> {
        let fields: &'static [FieldMeta] = self.fields;
        let same = |own: &FieldMeta| std::ptr::eq(own, field);
        let own = fields.iter().position(same);
        let inherited = || {
            let inherited = fields.get(..self.inherited).unwrap_or_default();
            inherited.iter().position(|own| own.comes_from(field))
        };
        own.or_else(inherited)
    }

    /// The field that counts the saves of a row, and its place; `None` where the model has none.
    pub fn version(&self) -> Option<(usize, &'static FieldMeta)> {
        let fields: &'static [FieldMeta] = self.fields;
        fields.iter().enumerate().find(|(_, field)| field.version)
    }

    /// The fields of the primary key, in its order.
    pub fn key_fields(&self) -> KeyFields {
        let fields: &'static [FieldMeta] = self.fields;
        self.primary_key.iter().filter_map(|place| fields.get(*place)).collect()
    }

    /// How many columns a row has.
    pub const fn width(&self) -> usize {
        self.fields.len()
    }

    /// The columns of the field of a name: several where it is a key of several columns.
    pub fn columns_of(&self, name: &str) -> &'static [FieldMeta] {
        let Some((place, field)) = self.field(name) else { return &[] };
        match field.relation {
            Some(relation) if relation.fields().len() > 1 => relation.fields(),
            _ => self.fields.get(place..=place).unwrap_or_default(),
        }
    }

    /// The only field of the primary key; `None` where it is composite.
    pub fn single_key(&self) -> Option<&'static FieldMeta> {
        match self.primary_key {
            [place] => self.fields.get(*place),
            _ => None,
        }
    }
}

says! { ModelMeta {
    schema(name: &'static str) => Some(name);
    primary_key_name(name: &'static str) => Some(name);
    many_to_many(relations: &'static [&'static Relation]) => relations;
    ordering(ordering: fn() -> Vec<OrderNode>) => Some(ordering);
    get_latest_by(ordering: fn() -> Vec<OrderNode>) => Some(ordering);
    uniques(uniques: &'static [UniqueMeta]) => uniques;
    indexes(indexes: &'static [IndexMeta]) => indexes;
    checks(checks: &'static [CheckMeta]) => checks;
    exclusions(exclusions: &'static [ExcludeMeta]) => exclusions;
    storage(parameters: &'static [(&'static str, &'static str)]) => parameters;
    tablespace(name: &'static str) => Some(name);
    managed(is_ours: bool) => is_ours;
    view(view: ViewMeta) => Some(view);
    comment(text: &'static str) => Some(text);
    on_delete_in_library() => true;
    validate() => true;
    tenant(field: &'static str) => Some(field);
    row_level_security() => true;
    behaviours(behaviours: &'static [Behaviour]) => behaviours;
} }

/// What instrumentation of statements needs.
impl Subject for ModelMeta {
    fn name(&self) -> &'static str {
        self.name
    }

    fn table(&self) -> &'static str {
        self.table
    }

    fn field(&self, column: &str) -> Option<SubjectField> {
        let field = self.fields.iter().find(|field| field.column == column)?;
        let refers_to = field.relation.map(|relation| (relation.to().name, relation.reverse));
        let is_key = self.single_key() == Some(field);
        Some(SubjectField { name: field.name, is_key, refers_to })
    }

    fn key(&self) -> Vec<&'static str> {
        self.key_fields().iter().map(|field| field.name).collect()
    }
}

/// Metadata are statics: equal means the same one.
macro_rules! same_static {
    ($($t:ty)*) => {$(
        impl PartialEq for $t {
            fn eq(&self, other: &Self) -> bool {
                std::ptr::eq(self, other)
            }
        }
    )*};
}
same_static!(ModelMeta FieldMeta Relation);

/// By name: what is static is printed once for each expression that names it.
macro_rules! named {
    ($($t:ident)*) => {$(
        impl std::fmt::Debug for $t {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($t)).field(&self.name).finish()
            }
        }
    )*};
}
named!(ModelMeta FieldMeta Relation);
