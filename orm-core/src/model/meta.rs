//! The metadata: plain statics, written by the derive.

use crate::column::Choice;
use crate::column::FileMeta;
use crate::column::{Column, Nullness};
use crate::exec::watch::{Subject, SubjectField};
use crate::node::{Node, OrderNode};
use crate::validation::{CleanDraft, FieldValidator};
use crate::value::{SqlType, SqlValue};
use smallvec::SmallVec;

/// Fields that make up a key, in order. One is the rule.
pub type KeyFields = SmallVec<[&'static FieldMeta; 2]>;

/// What is known about a model.
#[derive(Debug)]
pub struct ModelMeta {
    /// The struct's name: `Book`.
    pub name: &'static str,
    /// The app, which prefixes the default table name; empty for none.
    pub app: &'static str,
    /// The schema, where one is named.
    pub schema: Option<&'static str>,
    /// The table.
    pub table: &'static str,
    /// The columns, in the order of the struct. Many-to-many fields have none.
    pub fields: &'static [FieldMeta],
    /// The primary key's places in `fields`; more than one where it is composite.
    pub primary_key: &'static [usize],
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
    /// False where the table is not ours to create.
    pub managed: bool,
    /// A comment for people, on the table.
    pub comment: Option<&'static str>,
    /// What `on_delete` says of this model's keys is done by the library, not by the database: as
    /// in tables that Django has made.
    pub on_delete_in_library: bool,
    /// What `impl Clean` says of a draft, where the model has one.
    pub clean: Option<CleanDraft>,
    /// Saving validates first.
    pub validate: bool,
    /// A field is a file.
    pub files: bool,
    /// The model's own hooks: `#[model(hooks)]`.
    pub hooks: Option<&'static dyn crate::hooks::ModelHooks>,
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
            primary_key,
            many_to_many: &[],
            ordering: None,
            get_latest_by: None,
            uniques: &[],
            indexes: &[],
            checks: &[],
            managed: true,
            comment: None,
            on_delete_in_library: false,
            clean: None,
            validate: false,
            files: has_files(fields),
            hooks: None,
        }
    }

    /// The field of a name, and its place.
    pub fn field(&self, name: &str) -> Option<(usize, &'static FieldMeta)> {
        let fields: &'static [FieldMeta] = self.fields;
        fields.iter().enumerate().find(|(_, field)| field.name == name)
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

/// What those who watch statements ask.
impl Subject for ModelMeta {
    fn name(&self) -> &'static str {
        self.name
    }

    fn table(&self) -> &'static str {
        self.table
    }

    fn field(&self, column: &str) -> Option<SubjectField> {
        let field = self.fields.iter().find(|field| field.column == column)?;
        let refers_to = field.relation.map(|relation| ((relation.to)().name, relation.reverse));
        let is_key = self.single_key() == Some(field);
        Some(SubjectField { name: field.name, is_key, refers_to })
    }
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct FieldMeta {
    /// The field's name in Rust: `author`.
    pub name: &'static str,
    /// The column: `author_id`.
    pub column: &'static str,
    /// The type on the wire.
    pub sql_type: SqlType,
    /// NULL is allowed.
    pub null: bool,
    /// `varchar(n)` instead of `text` (or, in an array, of its items).
    pub max_length: Option<u32>,
    /// `numeric(digits, places)`.
    pub digits: Option<(u16, u16)>,
    /// A single-column unique constraint.
    pub unique: bool,
    /// A single-column index.
    pub db_index: bool,
    /// `GENERATED BY DEFAULT AS IDENTITY`.
    pub identity: bool,
    /// What fills the column where a draft does not.
    pub default: Default,
    /// `GENERATED ALWAYS AS (…) STORED`.
    pub generated: Option<fn() -> Node>,
    /// `CHECK (column >= 0)`.
    pub positive: bool,
    /// Set to now on every save.
    pub auto_now: bool,
    /// Set to now on creation.
    pub auto_now_add: bool,
    /// Counts the saves of the row: who saves an older one is told so.
    pub version: bool,
    /// The choices of a `#[derive(Choices)]` enum.
    pub choices: &'static [Choice],
    /// A collation of its own.
    pub collation: Option<&'static str>,
    /// A comment for people, on the column.
    pub comment: Option<&'static str>,
    /// The label for people.
    pub label: Option<&'static str>,
    /// A longer text for people.
    pub help_text: Option<&'static str>,
    /// Empty text is allowed when validating.
    pub blank: bool,
    /// What is said of a field of files.
    pub file: Option<&'static FileMeta>,
    /// What validates its values, beyond what the other options say.
    pub validators: Option<fn() -> &'static [FieldValidator]>,
    /// The relation, where this column is a key.
    pub relation: Option<&'static Relation>,
}

impl FieldMeta {
    /// The column of a Rust type, with nothing said about it.
    pub const fn new<T: Column>(name: &'static str, column: &'static str) -> Self {
        FieldMeta {
            name,
            column,
            sql_type: T::SQL_TYPE,
            null: <T::Null as Nullness>::NULL,
            max_length: T::MAX_LENGTH,
            digits: None,
            unique: false,
            db_index: false,
            identity: false,
            default: Default::None,
            generated: None,
            positive: false,
            auto_now: false,
            auto_now_add: false,
            version: false,
            choices: T::CHOICES,
            collation: None,
            comment: None,
            label: None,
            help_text: None,
            blank: false,
            file: T::FILE,
            validators: None,
            relation: None,
        }
    }

    /// A key that a model must have: the identity column of models that the derive makes.
    pub const fn identity(name: &'static str) -> Self {
        FieldMeta { identity: true, ..FieldMeta::new::<i64>(name, name) }
    }

    /// One column of a key to a model whose own key has several.
    pub const fn key_part<K: super::Key>(
        name: &'static str,
        column: &'static str,
        place: usize,
        null: bool,
    ) -> Self {
        let field = FieldMeta::new::<Option<bool>>(name, column);
        FieldMeta { sql_type: K::TYPES.get(place), null, ..field }
    }
}

/// Puts the fields of flattened structs between those of the model, at compile time.
///
/// `N` must be the number of all fields; what is too much is cut off, what is missing is empty.
pub const fn concat_fields<const N: usize>(parts: &[&[FieldMeta]]) -> [FieldMeta; N] {
    let mut all = [FieldMeta::new::<Option<bool>>("", ""); N];
    let (mut part, mut at) = (0, 0);
    while part < parts.len() {
        let mut field = 0;
        while field < parts[part].len() && at < N {
            all[at] = parts[part][field];
            field += 1;
            at += 1;
        }
        part += 1;
    }
    all
}

const fn has_files(fields: &[FieldMeta]) -> bool {
    let mut at = 0;
    while at < fields.len() {
        if fields[at].file.is_some() {
            return true;
        }
        at += 1;
    }
    false
}

/// True where a field of this name is among them; at compile time.
pub const fn has_field(fields: &[FieldMeta], name: &str) -> bool {
    let mut at = 0;
    while at < fields.len() {
        if same_text(fields[at].name.as_bytes(), name.as_bytes()) {
            return true;
        }
        at += 1;
    }
    false
}

const fn same_text(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// A field of no model. Nothing that compiles refers to it.
pub static NO_FIELD: FieldMeta = FieldMeta::new::<Option<String>>("", "");

/// What fills a column that a draft leaves out.
#[derive(Debug, Clone, Copy)]
pub enum Default {
    /// Nothing: the draft must name it.
    None,
    /// A Rust expression, evaluated for each draft.
    Rust(fn() -> SqlValue),
    /// An expression in the database.
    Database(fn() -> Node),
}

/// A relation from the model that declares it to another.
#[derive(Debug)]
pub struct Relation {
    /// The field's name: `author`.
    pub name: &'static str,
    /// Key, one-to-one or many-to-many.
    pub kind: RelationKind,
    /// The model that declares it.
    pub from: fn() -> &'static ModelMeta,
    /// The model it points to.
    pub to: fn() -> &'static ModelMeta,
    /// The key's column in `from`'s table, the first where there are several; empty for
    /// many-to-many.
    pub column: &'static str,
    /// The field of `to` that the key refers to, where it is not the primary key.
    pub to_field: Option<&'static str>,
    /// The key may be NULL.
    pub null: bool,
    /// What becomes of this row when the other goes.
    pub on_delete: OnDelete,
    /// The accessor on the other side; `None` where there is none (`"+"`).
    pub reverse: Option<&'static str>,
    /// The table between, for many-to-many.
    pub through: Option<Through>,
    /// Many-to-many on self that holds in both directions.
    pub symmetrical: bool,
    /// A constraint in the database.
    pub db_constraint: bool,
    /// `DEFERRABLE INITIALLY DEFERRED`.
    pub deferrable: bool,
    /// A condition on the rows that may be chosen.
    pub limit_choices_to: Option<fn() -> Node>,
}

impl Relation {
    /// A key to another model that is not NULL, with nothing else said about it.
    pub const fn key(
        name: &'static str,
        column: &'static str,
        from: fn() -> &'static ModelMeta,
        to: fn() -> &'static ModelMeta,
    ) -> Self {
        Relation {
            name,
            kind: RelationKind::ForeignKey,
            from,
            to,
            column,
            to_field: None,
            null: false,
            on_delete: OnDelete::Cascade,
            reverse: None,
            through: None,
            symmetrical: false,
            db_constraint: true,
            deferrable: false,
            limit_choices_to: None,
        }
    }

    /// A many-to-many relation over a table between.
    pub const fn many_to_many(
        name: &'static str,
        from: fn() -> &'static ModelMeta,
        to: fn() -> &'static ModelMeta,
        through: Through,
    ) -> Self {
        Relation {
            kind: RelationKind::ManyToMany,
            through: Some(through),
            ..Relation::key(name, "", from, to)
        }
    }

    /// The columns of `from` that hold the key, which stand beside each other; none for
    /// many-to-many.
    pub fn fields(&self) -> &'static [FieldMeta] {
        let fields = (self.from)().fields;
        let own = |field: &FieldMeta| field.relation.is_some_and(|key| std::ptr::eq(key, self));
        let first = fields.iter().position(own).unwrap_or(fields.len());
        let fields = fields.get(first..).unwrap_or_default();
        let width = fields.iter().take_while(|field| own(field)).count();
        fields.get(..width).unwrap_or_default()
    }

    /// The place of the first of [`fields`](Self::fields) among the columns of `from`.
    pub fn place(&self) -> Option<usize> {
        let own = |field: &FieldMeta| field.relation.is_some_and(|key| std::ptr::eq(key, self));
        (self.from)().fields.iter().position(own)
    }

    /// The fields that the key refers to: `to_field`, or the primary key. In the order of
    /// [`fields`](Self::fields).
    pub fn targets(&self) -> KeyFields {
        let to = (self.to)();
        match self.to_field {
            Some(name) => to.field(name).map(|(_, field)| field).into_iter().collect(),
            None => to.key_fields(),
        }
    }

    /// The columns of the key, each with the field that it holds the value of. None where there is
    /// no such field, or the two sides are not of one width.
    pub fn pairs(&self) -> SmallVec<[(&'static FieldMeta, &'static FieldMeta); 2]> {
        let (fields, targets) = (self.fields(), self.targets());
        if fields.len() != targets.len() {
            return SmallVec::new();
        }
        fields.iter().zip(targets).collect()
    }

    /// The names of the columns of the key, and of those that they refer to.
    pub(crate) fn column_names(&self) -> (Vec<&'static str>, Vec<&'static str>) {
        self.pairs().iter().map(|(own, target)| (own.column, target.column)).unzip()
    }

    /// The field that the key refers to, where that is one.
    pub fn target(&self) -> Option<&'static FieldMeta> {
        let to = (self.to)();
        match self.to_field {
            Some(name) => to.field(name).map(|(_, field)| field),
            None => to.single_key(),
        }
    }
}

/// The kind of a [`Relation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum RelationKind {
    ForeignKey,
    OneToOne,
    ManyToMany,
}

/// The table between two models of a many-to-many relation.
#[derive(Debug, Clone, Copy)]
pub struct Through {
    /// Its model: one of yours, or one that the derive made.
    pub model: fn() -> &'static ModelMeta,
    /// The field of the through model that points to the declaring model, where it must be said.
    pub from_field: Option<&'static str>,
    /// The field of the through model that points to the other model, where it must be said.
    pub to_field: Option<&'static str>,
    /// The derive made it.
    pub auto: bool,
}

impl Through {
    /// The keys of the through model: to the declaring model, and to the other.
    pub fn keys(&self, relation: &Relation) -> Option<(&'static Relation, &'static Relation)> {
        let through = (self.model)();
        let (from, to) = ((relation.from)(), (relation.to)());
        let points = |target: &'static ModelMeta, wanted: Option<&str>, not: Option<&str>| {
            through.fields.iter().filter_map(|field| field.relation).find(|key| match wanted {
                Some(name) => key.name == name,
                None => std::ptr::eq((key.to)(), target) && Some(key.name) != not,
            })
        };
        let first = points(from, self.from_field, self.to_field)?;
        let second = points(to, self.to_field, Some(first.name))?;
        Some((first, second))
    }
}

/// What becomes of a row when the row that its key refers to goes.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub enum OnDelete {
    Cascade,
    Protect,
    Restrict,
    SetNull,
    SetDefault,
    Set(fn() -> SqlValue),
    DoNothing,
}

/// A unique constraint (or, with an expression or a condition, a unique index).
#[derive(Debug)]
pub struct UniqueMeta {
    /// The name, with `{app}` and `{model}` already filled in; `None` for a made one.
    pub name: Option<&'static str>,
    /// The parts.
    pub parts: &'static [IndexPart],
    /// A condition: a partial unique index.
    pub condition: Option<fn() -> Node>,
    /// `NULLS NOT DISTINCT` when false.
    pub nulls_distinct: bool,
    /// Names of fields carried along.
    pub include: &'static [&'static str],
    /// `DEFERRABLE INITIALLY DEFERRED`.
    pub deferrable: bool,
}

/// An index.
#[derive(Debug)]
pub struct IndexMeta {
    /// The name; `None` for a made one.
    pub name: Option<&'static str>,
    /// The parts.
    pub parts: &'static [IndexPart],
    /// The method: `gin`, `gist`, `brin`, `hash`; `None` for `btree`.
    pub method: Option<&'static str>,
    /// A condition: a partial index.
    pub condition: Option<fn() -> Node>,
    /// Names of fields carried along.
    pub include: &'static [&'static str],
}

/// One part of an index.
#[derive(Debug, Clone, Copy)]
pub enum IndexPart {
    /// A field by name, descending or not.
    Field {
        /// The field's name.
        name: &'static str,
        /// Descending.
        desc: bool,
    },
    /// An expression.
    Expression(fn() -> Node),
}

/// A check constraint.
#[derive(Debug)]
pub struct CheckMeta {
    /// The name; `None` for a made one.
    pub name: Option<&'static str>,
    /// The condition.
    pub condition: fn() -> Node,
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
