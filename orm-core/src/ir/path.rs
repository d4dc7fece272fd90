//! Paths without types: from the root of a query over relations.

use super::{FieldMeta, ModelMeta, NO_FIELD, Node, Relation, RelationKind, Steps};
use orm_sql::exec::instrumentation::Accessor;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A thread takes so many numbers at once: what all threads count up wanders from core to core.
const BLOCK: u64 = 1 << 10;

thread_local! {
    /// The next number of this thread; where it has used all of them, a multiple of [`BLOCK`].
    static NEXT: Cell<u64> = const { Cell::new(0) };
}

/// The first number of a block.
fn block() -> u64 {
    static BLOCKS: AtomicU64 = AtomicU64::new(0);
    BLOCKS.fetch_add(1, Ordering::Relaxed) * BLOCK + 1
}

/// Which query set a path belongs to, to tell two query sets of one model apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(u64);

impl Scope {
    /// Of no query set in particular: paths made by `Book::paths()` and conditions kept in a `Q`.
    pub const ANY: Scope = Scope(0);

    /// A scope that no other query set has.
    pub fn fresh() -> Scope {
        let own = |next: &Cell<u64>| {
            let scope = match next.get() {
                used if used % BLOCK == 0 => block(),
                next => next,
            };
            next.set(scope + 1);
            scope
        };
        // During the end of a thread it has none of its own.
        Scope(NEXT.try_with(own).unwrap_or_else(|_| block()))
    }
}

/// The scopes of query sets that were combined into one: in order, so that each is found at once
/// however many there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// None.
    pub(super) const NONE: Scopes = Scopes(Vec::new());

    /// True where the scope is one of them.
    #[inline]
    pub fn contains(&self, scope: Scope) -> bool {
        !self.0.is_empty() && self.0.binary_search(&scope).is_ok()
    }

    /// True where nothing was combined.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }

    /// One more.
    pub fn add(&mut self, scope: Scope) {
        if let Err(place) = self.0.binary_search(&scope) {
            self.0.insert(place, scope);
        }
    }

    /// All of others. The shorter list goes into the longer one, so that it does not matter in
    /// which order many query sets are combined.
    pub fn add_all(&mut self, mut others: Scopes) {
        if self.0.len() < others.0.len() {
            std::mem::swap(self, &mut others);
        }
        for scope in others.0 {
            self.add(scope);
        }
    }
}

/// An untyped path: the query it starts at, and the relations it follows.
#[derive(Clone, Debug, PartialEq)]
pub struct PathBuf {
    /// The query set that the path belongs to.
    pub scope: Scope,
    /// The model that the path starts at.
    pub root: &'static ModelMeta,
    /// The relations, in order.
    pub steps: Steps,
    /// Which of the rows that they lead to count, where that is said.
    pub on: Option<Arc<StepOn>>,
}

/// Conditions that the rows of a path's relations must satisfy to be there at all.
#[derive(Clone, Debug, PartialEq)]
pub struct StepOn {
    /// How many relations lead to those rows.
    pub steps: usize,
    /// The condition, over paths of no query in particular.
    pub node: Node,
    /// Those on rows before.
    pub before: Option<Arc<StepOn>>,
}

impl PathBuf {
    /// A path of no steps.
    pub fn root(scope: Scope, root: &'static ModelMeta) -> Self {
        PathBuf { scope, root, steps: Steps::default(), on: None }
    }

    /// Gives a path of one scope another one.
    pub(super) fn move_to(&mut self, from: Scope, to: Scope) {
        if self.scope == from {
            self.scope = to;
        }
    }

    /// The path to those of its rows that satisfy a condition.
    pub(crate) fn on(&self, node: Node) -> Self {
        let mut path = self.clone();
        let before = path.on.take();
        path.on = Some(Arc::new(StepOn { steps: path.steps.len(), node, before }));
        path
    }

    /// The conditions on the rows that so many relations lead to.
    pub(crate) fn on_at(&self, steps: usize) -> impl Iterator<Item = &Node> {
        let all = std::iter::successors(self.on.as_deref(), |on| on.before.as_deref());
        all.filter(move |on| on.steps == steps).map(|on| &on.node)
    }

    /// The path without conditions, and those on its last rows; `None` where there are others.
    pub(crate) fn take_on(mut self) -> Option<(Self, Vec<Node>)> {
        let last: Vec<Node> = self.on_at(self.steps.len()).cloned().collect();
        let all = std::iter::successors(self.on.as_deref(), |on| on.before.as_deref()).count();
        self.on = None;
        (last.len() == all).then_some((self, last))
    }

    /// The path continued by a step.
    pub fn then(&self, step: Step) -> Self {
        let PathBuf { scope, root, steps, on } = self;
        PathBuf { scope: *scope, root, steps: steps.then(step), on: on.clone() }
    }

    /// The columns of the key of the path's own model that it follows; no field where it is not
    /// one of those.
    pub(crate) fn own_key(&self) -> &'static [FieldMeta] {
        let none = std::slice::from_ref(&NO_FIELD);
        let is_link = |step: &&Step| matches!(step, Step::Forward(key) if key.parent_link);
        let links = self.steps.iter().take_while(is_link).count();
        let own = match self.steps.get(links..) {
            Some([Step::Forward(relation)]) => relation.fields(),
            Some([]) => self.steps.last().and_then(Step::relation).map_or(none, Relation::fields),
            _ => return none,
        };
        let is_own = own.first().is_some_and(|first| self.root.place_of(first).is_some());
        if is_own { own } else { none }
    }

    /// The field by which a row at the end is told, where that is not the primary key.
    pub(crate) fn to_field(&self) -> Option<&'static str> {
        self.steps.last().copied().and_then(Step::to_field)
    }

    /// The model at the end.
    pub fn target(&self) -> &'static ModelMeta {
        self.steps.last().map_or(self.root, Step::target)
    }
}

/// One relation followed in one direction.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// From the model that declares the relation.
    Forward(&'static Relation),
    /// To the model that declares the relation.
    Reverse(&'static Relation),
    /// No relation: the model whose columns begin at a place of a nested query's row.
    Output(u16, &'static ModelMeta),
}

impl PartialEq for Step {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Step::Forward(a), Step::Forward(b)) | (Step::Reverse(a), Step::Reverse(b)) => a == b,
            (Step::Output(a, _), Step::Output(b, _)) => a == b,
            _ => false,
        }
    }
}

impl Step {
    /// The relation, where one is followed.
    pub fn relation(&self) -> Option<&'static Relation> {
        match self {
            Step::Forward(relation) | Step::Reverse(relation) => Some(relation),
            Step::Output(..) => None,
        }
    }

    /// The model that the step leads to.
    pub fn target(&self) -> &'static ModelMeta {
        match self {
            Step::Forward(relation) => relation.to(),
            Step::Reverse(relation) => relation.from(),
            Step::Output(_, model) => model,
        }
    }

    /// The field of the target that the last key on the way refers to, where there is one and that is not
    /// the primary key.
    pub(crate) fn to_field(self) -> Option<&'static str> {
        let relation = self.relation()?;
        let key = match (relation.kind, self) {
            (RelationKind::ManyToMany, step) => {
                let (from, to) = relation.through?.keys(relation)?;
                if matches!(step, Step::Forward(_)) { to } else { from }
            }
            (_, Step::Forward(key)) => key,
            _ => return None,
        };
        key.to_field
    }

    /// The opposite direction.
    pub fn back(&self) -> Self {
        match *self {
            Step::Forward(relation) => Step::Reverse(relation),
            Step::Reverse(relation) => Step::Forward(relation),
            output => output,
        }
    }

    /// How the model that the step starts at names it.
    pub fn accessor(&self) -> Accessor {
        let name = match self {
            Step::Forward(relation) => Some(relation.name),
            Step::Reverse(relation) => relation.reverse,
            Step::Output(..) => None,
        };
        Accessor { name, model: self.back().target().name, many: self.is_many() }
    }

    /// True where the step can lead to more than one row.
    pub fn is_many(&self) -> bool {
        match self {
            Step::Forward(relation) => relation.kind == RelationKind::ManyToMany,
            Step::Reverse(relation) => relation.kind != RelationKind::OneToOne,
            Step::Output(..) => false,
        }
    }

    /// True where the step can lead to no row.
    pub fn is_nullable(&self) -> bool {
        match self {
            Step::Forward(relation) => relation.null || relation.kind == RelationKind::ManyToMany,
            Step::Reverse(_) => true,
            Step::Output(..) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Scope};
    use std::collections::HashSet;

    #[test]
    fn no_two_query_sets_have_one_scope() {
        let many = || (0..3 * BLOCK).map(|_| Scope::fresh()).collect::<Vec<_>>();
        let all = std::thread::scope(|scope| {
            let threads = [(); 3].map(|()| scope.spawn(many));
            threads.map(|thread| thread.join().unwrap_or_default())
        });
        let all: Vec<Scope> = all.into_iter().flatten().collect();
        let different: HashSet<&Scope> = all.iter().collect();
        assert_eq!((all.len() as u64, different.len()), (9 * BLOCK, all.len()));
        assert!(!different.contains(&Scope::ANY));
    }
}
