//! What a query means before it is compiled: the metadata of models, expressions by path, and the
//! state of query sets.
//!
//! Metadata holds expressions, expressions hold queries, and queries hold metadata: one module owns
//! the recursion. Nothing here knows the types of models, SQL text or a connection.

mod alike;
mod between;
mod clauses;
mod constraint;
mod field;
mod groups;
pub(crate) mod held_as;
mod kept;
mod kinds;
mod meta;
mod node;
mod path;
mod query;
mod rare;
mod registry;
mod relation;
mod selected;
mod shared;
mod source;
mod steps;
pub(crate) mod tenant;
mod text;
mod view;
pub(crate) mod visit;

pub use between::{Between, BetweenMeta};
pub use clauses::{Distinct, Filter, Filters, KeyValues, Lock, Ordering, RelatedSet};
pub use constraint::{CheckMeta, ExcludeMeta, IndexMeta, IndexPart, UniqueMeta, Violation};
pub use field::{Default, FieldMeta, Inherited, NO_FIELD, are_free, extended, is_free};
pub use groups::Grouping;
pub(crate) use kept::is_own_binary;
pub use meta::{Behaviour, KeyFields, ModelMeta};
pub use node::{
    AggregateNode, CaseNode, Child, Comparison, DEEPEST, FrameBound, FrameNode, Members, Node,
    OrderNode, Terms, WindowNode, WindowSpec,
};
pub(crate) use node::{KeyParts, TOO_DEEP};
pub use path::{PathBuf, Scope, Scopes, Step, StepOn};
pub use query::Query;
pub use rare::{Rare, RareBox};
pub use registry::{Referrer, Referrers, Registered, models};
pub(crate) use relation::other_kinds;
pub use relation::{
    MetaOf, NO_RELATION, OnDelete, Relation, RelationKind, RuntimeMeta, Through, no_model,
};
pub use selected::{Group, GroupSets, SelectList, Selected, SetsKind};
pub use shared::{
    Listed, SharedMeta, SharedPart, behaviours, checks, concat_fields, concat_relations,
    count_behaviours, count_checks, count_exclusions, count_indexes, count_uniques, exclusions,
    field_of, indexes, listed, many_of, uniques,
};
pub use source::{
    Change, Cte, CteBody, CteRows, InsertRows, JoinNode, RawRows, Recursion, Search, Source,
};
pub use steps::Steps;
pub use text::TextBuffer;
pub use view::{ViewMeta, ViewRows};
pub use visit::is_grouped;
