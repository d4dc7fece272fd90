//! What models take over from the structs that they flatten.
//!
//! The derive of a model cannot see the struct. It puts constants together: `#[derive(ModelFields)]`
//! writes what stands in a struct as a [`SharedMeta`], a tree where structs are nested, and the
//! functions here make the lists of the model of it while the program is compiled.
#![expect(clippy::indexing_slicing, reason = "constant functions have no iterators")]

use super::between::BetweenMeta;
use super::field::same_text;
use super::text::TextBuffer;
use super::{
    Behaviour, CheckMeta, ExcludeMeta, FieldMeta, IndexMeta, MetaOf, ModelMeta, NO_RELATION, Node,
    OrderNode, Query, Relation, RelationKind, UniqueMeta, no_model,
};
use std::sync::OnceLock;

/// What a flattened struct gives to the model that flattens it.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct SharedMeta {
    /// Its columns and the structs nested in it, in order.
    pub parts: &'static [SharedPart],
    /// Its own relations.
    pub relations: &'static [Relation],
    /// The models between of its many-to-many relations, in their order.
    pub between: &'static [BetweenMeta],
    /// The default ordering.
    pub ordering: Option<fn() -> Vec<OrderNode>>,
    /// The fields that `latest` and `earliest` use.
    pub get_latest_by: Option<fn() -> Vec<OrderNode>>,
    /// Unique constraints and unique indexes.
    pub uniques: &'static [UniqueMeta],
    /// Indexes.
    pub indexes: &'static [IndexMeta],
    /// Check constraints.
    pub checks: &'static [CheckMeta],
    /// Exclusion constraints.
    pub exclusions: &'static [ExcludeMeta],
    /// Saving validates first.
    pub validate: bool,
    /// Hooks and validation.
    pub behaviours: &'static [Behaviour],
    /// The query that the first of its managers starts with.
    pub default_query: Option<fn() -> Query>,
}

/// Columns, or the struct that stands between them.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub enum SharedPart {
    /// Columns.
    Fields(&'static [FieldMeta]),
    /// A struct.
    Nested(&'static SharedMeta),
    /// The columns of a variant, which rows of other kinds leave empty.
    Kind(&'static SharedMeta),
}

impl SharedPart {
    /// The struct that stands here.
    const fn nested(&self) -> Option<&'static SharedMeta> {
        match self {
            SharedPart::Fields(_) => None,
            SharedPart::Nested(nested) | SharedPart::Kind(nested) => Some(nested),
        }
    }
}

impl SharedMeta {
    /// A struct with its columns, and nothing else said about it.
    pub const fn new(parts: &'static [SharedPart]) -> Self {
        SharedMeta {
            parts,
            relations: &[],
            between: &[],
            ordering: None,
            get_latest_by: None,
            uniques: &[],
            indexes: &[],
            checks: &[],
            exclusions: &[],
            validate: false,
            behaviours: &[],
            default_query: None,
        }
    }
}

says! { SharedMeta {
    relations(relations: &'static [Relation]) => relations;
    between(models: &'static [BetweenMeta]) => models;
    ordering(ordering: fn() -> Vec<OrderNode>) => Some(ordering);
    get_latest_by(ordering: fn() -> Vec<OrderNode>) => Some(ordering);
    uniques(uniques: &'static [UniqueMeta]) => uniques;
    indexes(indexes: &'static [IndexMeta]) => indexes;
    checks(checks: &'static [CheckMeta]) => checks;
    exclusions(exclusions: &'static [ExcludeMeta]) => exclusions;
    validate() => true;
    behaviours(behaviours: &'static [Behaviour]) => behaviours;
    default_query(query: fn() -> Query) => Some(query);
} }

impl ModelMeta {
    /// What the model does not say itself, from the first of the structs that says it.
    #[doc(hidden)]
    #[must_use]
    pub const fn inherits(mut self, shared: &[SharedMeta]) -> Self {
        let mut at = 0;
        while at < shared.len() {
            self = self.inherits_of(&shared[at]);
            at += 1;
        }
        self
    }

    const fn inherits_of(mut self, shared: &SharedMeta) -> Self {
        if self.ordering.is_none() {
            self.ordering = shared.ordering;
        }
        if self.get_latest_by.is_none() {
            self.get_latest_by = shared.get_latest_by;
        }
        self.validate |= shared.validate;
        let mut part = 0;
        while part < shared.parts.len() {
            if let SharedPart::Nested(nested) = &shared.parts[part] {
                self = self.inherits_of(nested);
            }
            part += 1;
        }
        self
    }
}

impl SharedMeta {
    /// The query of the first manager in the struct, or in those nested in it.
    pub(crate) fn first_query(&self) -> Option<fn() -> Query> {
        let nested = || {
            self.parts.iter().find_map(|part| match part {
                SharedPart::Nested(nested) => nested.first_query(),
                SharedPart::Fields(_) | SharedPart::Kind(_) => None,
            })
        };
        self.default_query.or_else(nested)
    }
}

/// Puts the fields of flattened structs between those of the model, at compile time, and keys
/// together with the relations of the model.
///
/// `N` must be the number of all fields; what is too much is cut off, what is missing is empty. Two
/// fields of one name, or with one column, end compiling.
#[track_caller]
pub const fn concat_fields<const N: usize>(
    parts: &[SharedPart],
    relations: &'static [Relation],
) -> [FieldMeta; N] {
    let mut all = [FieldMeta::new::<Option<bool>>("", ""); N];
    put_fields(&mut all, 0, parts);
    let mut at = 0;
    while at < N {
        if all[at].relation.is_some() {
            all[at].relation = relation_of(relations, all[at].name);
        }
        let mut before = 0;
        while before < at {
            differ(&all[before], &all[at]);
            before += 1;
        }
        at += 1;
    }
    all
}

/// Two fields have two columns, and two names, unless they are one key of several columns.
#[track_caller]
const fn differ(a: &FieldMeta, b: &FieldMeta) {
    let twin = TextBuffer::new(
        "two fields of the model have one column, `{model}`: a flattened struct brings it along; rename one by `column = \"…\"`",
        "",
        b.column,
    );
    assert!(!same_text(a.column.as_bytes(), b.column.as_bytes()), "{}", twin.text());
    let is_key = a.relation.is_some() && b.relation.is_some();
    let twin = TextBuffer::new(
        "two fields of the model are named `{model}`: a flattened struct brings one along; rename one of them",
        "",
        b.name,
    );
    assert!(is_key || !same_text(a.name.as_bytes(), b.name.as_bytes()), "{}", twin.text());
}

#[track_caller]
const fn put_fields(all: &mut [FieldMeta], mut at: usize, parts: &[SharedPart]) -> usize {
    let mut part = 0;
    while part < parts.len() {
        match &parts[part] {
            SharedPart::Fields(fields) => {
                let mut field = 0;
                while field < fields.len() && at < all.len() {
                    all[at] = fields[field];
                    field += 1;
                    at += 1;
                }
            }
            SharedPart::Nested(nested) => at = put_fields(all, at, nested.parts),
            SharedPart::Kind(kind) => {
                let first = at;
                at = put_fields(all, at, kind.parts);
                super::kinds::left_empty(all, first, at);
            }
        }
        part += 1;
    }
    at
}

const fn relation_of(relations: &'static [Relation], name: &str) -> Option<&'static Relation> {
    let mut at = 0;
    while at < relations.len() {
        if same_text(relations[at].name.as_bytes(), name.as_bytes()) {
            return Some(&relations[at]);
        }
        at += 1;
    }
    None
}

/// The relations of a model: its own, then those of the structs that it flattens. `names` are what the
/// model calls the other sides of those; `between` finds the models between of them.
#[track_caller]
pub const fn concat_relations<const N: usize>(
    own: &[Relation],
    shared: &[SharedMeta],
    names: &[(&'static str, &'static str)],
    between: fn(usize) -> &'static ModelMeta,
) -> [Relation; N] {
    let mut all =
        [Relation::between("", "", MetaOf::Listed(between, 0), MetaOf::Listed(between, 0)); N];
    let mut at = 0;
    while at < own.len() {
        all[at] = own[at];
        at += 1;
    }
    let mut place = 0;
    while place < shared.len() {
        at = put_relations(&mut all, at, &shared[place]);
        place += 1;
    }
    let (mut at, mut many) = (own.len(), 0);
    while at < N {
        let mut name = 0;
        while name < names.len() {
            if same_text(names[name].0.as_bytes(), all[at].name.as_bytes()) {
                all[at].reverse = Some(names[name].1);
            }
            name += 1;
        }
        only_one(&all, at);
        if let Some(through) = &mut all[at].through {
            through.model = MetaOf::Listed(between, many);
            many += 1;
        }
        at += 1;
    }
    all
}

/// A relation has another name than those before it.
#[track_caller]
const fn only_one(all: &[Relation], at: usize) {
    let mut before = 0;
    while before < at {
        let twin = TextBuffer::new(
            "two relations of the model are named `{model}`: a flattened struct brings one along; rename one of them",
            "",
            all[at].name,
        );
        let same = same_text(all[before].name.as_bytes(), all[at].name.as_bytes());
        assert!(!same, "{}", twin.text());
        before += 1;
    }
}

const fn put_relations(all: &mut [Relation], mut at: usize, shared: &SharedMeta) -> usize {
    let mut relation = 0;
    while relation < shared.relations.len() && at < all.len() {
        all[at] = shared.relations[relation];
        relation += 1;
        at += 1;
    }
    let mut part = 0;
    while part < shared.parts.len() {
        if let Some(nested) = shared.parts[part].nested() {
            let first = at;
            at = put_relations(all, at, nested);
            if let SharedPart::Kind(_) = shared.parts[part] {
                super::kinds::may_be_missing(all, first, at);
            }
        }
        part += 1;
    }
    at
}

/// The many-to-many relations among these. `N` must be their number.
pub const fn many_of<const N: usize>(relations: &'static [Relation]) -> [&'static Relation; N] {
    let (mut all, mut at, mut relation) = ([&NO_RELATION; N], 0, 0);
    while relation < relations.len() {
        if matches!(relations[relation].kind, RelationKind::ManyToMany) && at < N {
            all[at] = &relations[relation];
            at += 1;
        }
        relation += 1;
    }
    all
}

/// The models between of the relations that a model has from structs.
pub struct Listed<const N: usize> {
    all: [BetweenMeta; N],
    made: [OnceLock<&'static ModelMeta>; N],
}

/// The models between of the relations in these structs. `N` must be their number.
pub const fn listed<const N: usize>(
    shared: &[SharedMeta],
    own: fn(usize) -> &'static ModelMeta,
) -> Listed<N> {
    let mut all = [BetweenMeta::NONE; N];
    let (mut at, mut place) = (0, 0);
    while place < shared.len() {
        at = put_between(&mut all, at, &shared[place]);
        place += 1;
    }
    let mut at = 0;
    while at < N {
        all[at].own = MetaOf::Listed(own, at);
        at += 1;
    }
    Listed { all, made: [const { OnceLock::new() }; N] }
}

const fn put_between(all: &mut [BetweenMeta], mut at: usize, shared: &SharedMeta) -> usize {
    let mut place = 0;
    while place < shared.between.len() && at < all.len() {
        all[at] = shared.between[place];
        place += 1;
        at += 1;
    }
    let mut part = 0;
    while part < shared.parts.len() {
        if let Some(nested) = shared.parts[part].nested() {
            at = put_between(all, at, nested);
        }
        part += 1;
    }
    at
}

impl<const N: usize> Listed<N> {
    /// The metadata of one of them.
    pub fn model(&'static self, place: usize) -> &'static ModelMeta {
        match (self.all.get(place), self.made.get(place)) {
            (Some(meta), Some(made)) => made.get_or_init(|| meta.leak()),
            _ => no_model(),
        }
    }
}

macro_rules! lists {
    ($($(#[$doc:meta])* $concat:ident $count:ident $put:ident: $type:ty = $empty:expr;)*) => {$(
        $(#[$doc])*
        ///
        /// `N` must be the number of all.
        pub const fn $concat<const N: usize>(
            own: &[$type],
            shared: &[SharedMeta],
        ) -> [$type; N] {
            let empty: $type = $empty;
            let (mut all, mut at, mut place) = ([empty; N], 0, 0);
            while at < own.len() && at < N {
                all[at] = own[at];
                at += 1;
            }
            while place < shared.len() {
                at = $put(&mut all, at, &shared[place]);
                place += 1;
            }
            all
        }

        const fn $put(all: &mut [$type], mut at: usize, shared: &SharedMeta) -> usize {
            let (mut place, mut part) = (0, 0);
            while place < shared.$concat.len() && at < all.len() {
                all[at] = shared.$concat[place];
                place += 1;
                at += 1;
            }
            while part < shared.parts.len() {
                if let Some(nested) = shared.parts[part].nested() {
                    at = $put(all, at, nested);
                }
                part += 1;
            }
            at
        }

        /// How many of them there are in structs.
        pub const fn $count(shared: &[SharedMeta]) -> usize {
            let (mut all, mut place) = (0, 0);
            while place < shared.len() {
                let shared = &shared[place];
                all += shared.$concat.len();
                let mut part = 0;
                while part < shared.parts.len() {
                    if let Some(nested) = shared.parts[part].nested() {
                        all += $count(&[*nested]);
                    }
                    part += 1;
                }
                place += 1;
            }
            all
        }
    )*};
}
lists! {
    /// Unique constraints: the model's own, then those of structs.
    uniques count_uniques put_uniques: UniqueMeta = UniqueMeta::new(&[]);
    /// Indexes: the model's own, then those of structs.
    indexes count_indexes put_indexes: IndexMeta = IndexMeta::new(&[]);
    /// Checks: the model's own, then those of structs.
    checks count_checks put_checks: CheckMeta = CheckMeta::new(Node::null);
    /// Exclusion constraints: the model's own, then those of structs.
    exclusions count_exclusions put_exclusions: ExcludeMeta = ExcludeMeta::new(&[], &[]);
    /// Behaviours: the model's own, then those of structs.
    behaviours count_behaviours put_behaviours: Behaviour = &();
}

/// The name of a field that must be in the struct. Where it is not, compiling ends with the message.
pub const fn field_of(
    shared: &SharedMeta,
    name: &'static str,
    message: &'static str,
) -> &'static str {
    assert!(has_field(shared, name), "{}", message);
    name
}

const fn has_field(shared: &SharedMeta, name: &str) -> bool {
    let mut part = 0;
    while part < shared.parts.len() {
        match &shared.parts[part] {
            SharedPart::Fields(fields) => {
                let mut at = 0;
                while at < fields.len() {
                    if same_text(fields[at].name.as_bytes(), name.as_bytes()) {
                        return true;
                    }
                    at += 1;
                }
            }
            SharedPart::Nested(nested) | SharedPart::Kind(nested) if has_field(nested, name) => {
                return true;
            }
            SharedPart::Nested(_) | SharedPart::Kind(_) => {}
        }
        part += 1;
    }
    false
}
