//! What few queries have.

use super::{Distinct, GroupSets, JoinNode, Lock, Node, Query, RelatedSet, Scopes};
use orm_sql::exec::Tenancy;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// What few queries have. It is a part of each [`Query`], which derefs to it: queries are made, moved and
/// cloned all the time, and so most of them have no place for this.
#[derive(Clone, Debug, PartialEq)]
pub struct Rare {
    /// The scopes of query sets that were combined into this one.
    pub also: Scopes,
    /// What stands beside its rows.
    pub joins: Vec<JoinNode>,
    /// Aggregates that were selected earlier, before what is selected now. They are those of the
    /// rows as the filters before them left these, wherever they stand again.
    pub earlier: Vec<Node>,
    /// What the rows were grouped by before something else was selected: it stays, whatever is
    /// selected now, until an aggregate is added to that.
    pub grouped: Vec<Node>,
    /// Groups with subtotals, of some of what is selected.
    pub sets: Vec<GroupSets>,
    /// `DISTINCT`.
    pub distinct: Distinct,
    /// `FOR UPDATE` and its relatives.
    pub lock: Option<Lock>,
    /// The instance that a related set hangs on.
    pub related: Option<RelatedSet>,
    /// The time zone of moments that have none of their own; `None` for UTC.
    pub zone: Option<Arc<str>>,
    /// Whose rows are seen of models that have tenants; `None` where no executor has said it.
    pub tenancy: Option<Tenancy>,
    /// The first mistake that types could not catch. It is reported when the query is compiled.
    pub error: Option<String>,
}

impl Rare {
    /// That of most queries.
    const NOTHING: Rare = Rare {
        also: Scopes::NONE,
        joins: Vec::new(),
        earlier: Vec::new(),
        grouped: Vec::new(),
        sets: Vec::new(),
        distinct: Distinct::No,
        lock: None,
        related: None,
        zone: None,
        tenancy: None,
        error: None,
    };
}

static NOTHING: Rare = Rare::NOTHING;

/// The place of what a query has of it, in a box where that is anything.
#[derive(Clone, Debug)]
pub struct RareBox(Option<Box<Rare>>);

impl RareBox {
    /// That of most queries.
    pub(super) const NOTHING: RareBox = RareBox(None);

    /// What there is of it.
    #[inline]
    pub(crate) fn there(&self) -> Option<&Rare> {
        self.0.as_deref()
    }

    /// The same to be changed; nothing is made where there is nothing.
    #[inline]
    pub(super) fn there_mut(&mut self) -> Option<&mut Rare> {
        self.0.as_deref_mut()
    }
}

impl PartialEq for RareBox {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_deref().unwrap_or(&NOTHING) == other.0.as_deref().unwrap_or(&NOTHING)
    }
}

impl Deref for Query {
    type Target = Rare;

    #[inline]
    fn deref(&self) -> &Rare {
        self.rare.there().unwrap_or(&NOTHING)
    }
}

impl DerefMut for Query {
    #[inline]
    fn deref_mut(&mut self) -> &mut Rare {
        self.rare.0.get_or_insert_with(|| Box::new(Rare::NOTHING))
    }
}
