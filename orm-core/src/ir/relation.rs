//! The metadata of relations.

use super::{Comparison, FieldMeta, KeyFields, ModelMeta, Node, PathBuf};
use orm_sql::schema::Deferrable;
use orm_sql::value::{SqlType, SqlValue};
use smallvec::SmallVec;

/// Where the metadata of a model is found. Relations lead in circles, so it is asked for when it is
/// needed.
#[derive(Debug, Clone, Copy)]
#[doc(hidden)]
pub enum MetaOf {
    /// [`Model::meta`](crate::model::Model::meta) of a model of the program.
    Program(fn() -> &'static ModelMeta),
    /// A model that is known at run time only.
    Runtime(&'static dyn RuntimeMeta),
    /// One of the models between, of the relations that a model has from structs it flattens.
    Listed(fn(usize) -> &'static ModelMeta, usize),
}

/// Metadata that is made when it is asked for, once.
#[doc(hidden)]
pub trait RuntimeMeta: std::fmt::Debug + Sync {
    /// The metadata.
    fn meta(&'static self) -> &'static ModelMeta;
}

impl MetaOf {
    /// The metadata.
    #[inline]
    pub fn get(self) -> &'static ModelMeta {
        match self {
            MetaOf::Program(meta) => meta(),
            MetaOf::Runtime(model) => model.meta(),
            MetaOf::Listed(model, place) => model(place),
        }
    }
}

/// What the derive writes.
type ProgramMeta = fn() -> &'static ModelMeta;

/// A relation from the model that declares it to another.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Relation {
    /// The field's name: `author`.
    pub name: &'static str,
    /// Key, one-to-one or many-to-many.
    pub kind: RelationKind,
    /// The model that declares it.
    pub from: MetaOf,
    /// The model it points to.
    pub to: MetaOf,
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
    /// When its constraint is checked, if not at once.
    pub deferrable: Option<Deferrable>,
    /// It is the key of a model to the one that it extends.
    pub parent_link: bool,
    /// A condition on the rows that may be chosen.
    pub limit_choices_to: Option<fn() -> Node>,
    /// The columns of the generic key of which this is one kind: the others are NULL.
    #[doc(hidden)]
    pub whole: Option<fn() -> &'static [FieldMeta]>,
    /// Of a generic key in two columns, kind and key: the value of the kind.
    #[doc(hidden)]
    pub only: Option<fn() -> SqlValue>,
}

impl Relation {
    /// A key to another model that is not NULL, with nothing else said about it.
    pub const fn key(
        name: &'static str,
        column: &'static str,
        from: ProgramMeta,
        to: ProgramMeta,
    ) -> Self {
        Relation::between(name, column, MetaOf::Program(from), MetaOf::Program(to))
    }

    /// [`key`](Self::key) between any two models.
    #[doc(hidden)]
    pub const fn between(
        name: &'static str,
        column: &'static str,
        from: MetaOf,
        to: MetaOf,
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
            deferrable: None,
            parent_link: false,
            limit_choices_to: None,
            whole: None,
            only: None,
        }
    }

    /// A many-to-many relation over a table between.
    pub const fn many_to_many(
        name: &'static str,
        from: ProgramMeta,
        to: ProgramMeta,
        through: Through,
    ) -> Self {
        let mut relation = Relation::key(name, "", from, to).kind(RelationKind::ManyToMany);
        relation.through = Some(through);
        relation
    }

    /// The model that declares it.
    #[inline]
    pub fn from(&self) -> &'static ModelMeta {
        self.from.get()
    }

    /// The model it points to.
    #[inline]
    pub fn to(&self) -> &'static ModelMeta {
        self.to.get()
    }

    /// The columns of `from` that hold the key, which stand beside each other; none for
    /// many-to-many.
    pub fn fields(&self) -> &'static [FieldMeta] {
        if let (Some(_), Some(whole)) = (self.only, self.whole) {
            return whole().get(1..).unwrap_or_default();
        }
        let fields = self.from().fields;
        let own = |field: &FieldMeta| field.relation.is_some_and(|key| std::ptr::eq(key, self));
        let first = fields.iter().position(own).unwrap_or(fields.len());
        let fields = fields.get(first..).unwrap_or_default();
        let width = fields.iter().take_while(|field| own(field)).count();
        fields.get(..width).unwrap_or_default()
    }

    /// The place of the first of [`fields`](Self::fields) among the columns of `from`.
    pub fn place(&self) -> Option<usize> {
        if self.only.is_some() {
            return self.fields().first().and_then(|first| self.from().place_of(first));
        }
        let own = |field: &FieldMeta| field.relation.is_some_and(|key| std::ptr::eq(key, self));
        self.from().fields.iter().position(own)
    }

    /// The fields that the key refers to: `to_field`, or the primary key. In the order of
    /// [`fields`](Self::fields).
    pub fn targets(&self) -> KeyFields {
        let to = self.to();
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
        let to = self.to();
        match self.to_field {
            Some(name) => to.field(name).map(|(_, field)| field),
            None => to.single_key(),
        }
    }
}

impl Relation {
    /// The column of the kind and its value, where this is one of several kinds in two columns: rows of
    /// other kinds have the same key column.
    pub(crate) fn kind_is(&self) -> Option<(&'static FieldMeta, SqlValue)> {
        let (only, whole) = (self.only?, self.whole?);
        Some((whole().first()?, only()))
    }

    /// Whether the key is one of several kinds that are held as texts, though it is none.
    pub(crate) fn is_held_as_text(&self) -> bool {
        let as_text = |(own, target): &(&FieldMeta, &FieldMeta)| {
            own.sql_type == SqlType::Text && target.sql_type != SqlType::Text
        };
        self.only.is_some() && self.pairs().iter().any(as_text)
    }

    /// That a row is of this kind; none where every row is.
    pub(crate) fn is_kind(&self, row: &PathBuf) -> Option<Node> {
        let (field, value) = self.kind_is()?;
        let kind = Node::Column { path: row.clone(), field };
        Some(Node::compare(Comparison::Eq, kind, Node::Value(value, field.sql_type)))
    }
}

/// The columns of a generic key beside those of the kind that these are: one kind is set.
pub(crate) fn other_kinds(key: &'static [FieldMeta]) -> impl Iterator<Item = &'static FieldMeta> {
    let whole = key.first().and_then(|field| field.relation?.whole);
    let all = whole.map_or(&[][..], |whole| whole());
    all.iter().filter(|field| key.iter().all(|own| own.column != field.column))
}

/// No model, where one is put in later.
#[doc(hidden)]
pub fn no_model() -> &'static ModelMeta {
    static NONE: ModelMeta = ModelMeta::new("", "", "", &[], &[]);
    &NONE
}

/// A relation of no model, where that of one is put in later.
#[doc(hidden)]
pub static NO_RELATION: Relation = Relation::key("", "", no_model, no_model);

says! { Relation {
    kind(kind: RelationKind) => kind;
    to_field(name: &'static str) => Some(name);
    null() => true;
    on_delete(on_delete: OnDelete) => on_delete;
    reverse(name: &'static str) => Some(name);
    symmetrical() => true;
    db_constraint(is_one: bool) => is_one;
    deferrable(deferrable: Deferrable) => Some(deferrable);
    parent_link() => true;
    limit_choices_to(condition: fn() -> Node) => Some(condition);
} }

/// The kind of a [`Relation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum RelationKind {
    ForeignKey,
    OneToOne,
    ManyToMany,
}

/// The table between two models of a many-to-many relation.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Through {
    /// Its model: one of yours, or one that the derive made.
    pub model: MetaOf,
    /// The field of the through model that points to the declaring model, where it must be said.
    pub from_field: Option<&'static str>,
    /// The field of the through model that points to the other model, where it must be said.
    pub to_field: Option<&'static str>,
    /// The derive made it.
    pub auto: bool,
}

impl Through {
    /// A table of a model of yours.
    pub const fn of(model: ProgramMeta) -> Self {
        Through::of_meta(MetaOf::Program(model))
    }

    /// A table of any model.
    #[doc(hidden)]
    pub const fn of_meta(model: MetaOf) -> Self {
        Through { model, from_field: None, to_field: None, auto: false }
    }

    /// The model between.
    #[inline]
    pub fn model(&self) -> &'static ModelMeta {
        self.model.get()
    }

    /// A table of a model that the derive makes.
    pub const fn auto(model: ProgramMeta) -> Self {
        Through { auto: true, ..Through::of(model) }
    }

    /// The keys of the through model: to the declaring model, and to the other.
    pub fn keys(&self, relation: &Relation) -> Option<(&'static Relation, &'static Relation)> {
        let through = self.model();
        let (from, to) = (relation.from(), relation.to());
        let points = |target: &'static ModelMeta, wanted: Option<&str>, not: Option<&str>| {
            through.fields.iter().filter_map(|field| field.relation).find(|key| match wanted {
                Some(name) => key.name == name,
                None => std::ptr::eq(key.to(), target) && Some(key.name) != not,
            })
        };
        let first = points(from, self.from_field, self.to_field)?;
        let second = points(to, self.to_field, Some(first.name))?;
        Some((first, second))
    }
}

says! { Through {
    from_field(name: &'static str) => Some(name);
    to_field(name: &'static str) => Some(name);
} }

/// What becomes of a row when the row that its key refers to goes.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum OnDelete {
    Cascade,
    Protect,
    Restrict,
    SetNull,
    SetDefault,
    Set(fn() -> SqlValue),
    DoNothing,
}
