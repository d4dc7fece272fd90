//! The table between the two sides of a many-to-many relation.

use crate::draft::RawDraft;
use crate::ir::{
    Comparison, FieldMeta, IndexPart, Members, ModelMeta, Node, PathBuf, Query, Relation, Step,
};
use crate::query::{Conflict, ConflictTarget, InsertValue};
use orm_sql::error::{Error, Result};
use orm_sql::value::SqlValue;

/// What a row between says beside its two keys.
pub(crate) type Data = [(&'static FieldMeta, Node)];

/// The columns of a key.
pub(super) type Side = &'static [FieldMeta];

/// The table between, its key to this side and its key to the other.
pub(super) struct Between {
    pub model: &'static ModelMeta,
    pub here: Side,
    pub there: Side,
    relation: &'static Relation,
}

impl Between {
    /// The table that a relation goes over.
    pub fn new(step: Step) -> Result<Between> {
        let missing = || {
            Error::usage(format!(
                "the through model of `{}` needs one key to each side; say which with `through_fields`",
                step.relation().map_or("this relation", |relation| relation.name)
            ))
        };
        let relation = step.relation().ok_or_else(missing)?;
        let through = relation.through.as_ref().ok_or_else(missing)?;
        let (from, to) = through.keys(relation).ok_or_else(missing)?;
        let model = through.model();
        let (from, to) = (from.fields(), to.fields());
        let (here, there) = match step {
            Step::Reverse(_) => (to, from),
            _ => (from, to),
        };
        Ok(Between { model, here, there, relation })
    }

    /// It holds in both directions.
    pub fn is_symmetrical(&self) -> bool {
        self.relation.symmetrical
    }

    fn place(&self, field: &'static FieldMeta) -> usize {
        self.model.fields.iter().position(|other| other == field).unwrap_or(usize::MAX)
    }

    /// The names of its two keys.
    fn names(&self) -> [&'static str; 2] {
        [self.here, self.there].map(|side| side.first().map_or("", |field| field.name))
    }

    /// All rows between.
    pub fn rows(&self) -> Query {
        let mut query = Query::new(self.model);
        query.order.by = Some(Vec::new());
        query
    }

    /// That a row between belongs to an instance, seen from one of the two sides.
    pub fn belongs(&self, query: &Query, side: Side, key: &[SqlValue]) -> Node {
        let same = side.iter().zip(key).map(|(field, value)| {
            let value = Node::Value(value.clone(), field.sql_type);
            Node::compare(Comparison::Eq, self.column(query, field), value)
        });
        same.reduce(Node::and).unwrap_or(Node::Bool(false))
    }

    /// That a row between belongs to one of these rows, seen from one of the two sides.
    pub fn among(&self, query: &Query, side: Side, keys: &[Vec<SqlValue>]) -> Node {
        if let [field] = side {
            let values = keys.iter().filter_map(|key| key.first().cloned()).collect();
            let members = Members::Values(values, &field.sql_type);
            return Node::In(Box::new(self.column(query, field)), members);
        }
        let relation = side.first().and_then(|field| field.relation);
        let Some(relation) = relation else { return Node::Bool(false) };
        let path = PathBuf::root(query.scope, self.model).then(Step::Forward(relation));
        Node::In(Box::new(Node::relation(path)), Members::Keys(keys.to_vec()))
    }

    /// That a row between belongs to a row of a query, seen from one of the two sides.
    pub fn within(&self, query: &Query, side: Side, rows: Query) -> Node {
        let Some(relation) = side.first().and_then(|field| field.relation) else {
            return Node::Bool(false);
        };
        let path = PathBuf::root(query.scope, self.model).then(Step::Forward(relation));
        Node::In(Box::new(Node::relation(path)), Members::Query(Box::new(rows)))
    }

    /// A column of the rows between.
    pub fn column(&self, query: &Query, field: &'static FieldMeta) -> Node {
        Node::Column { path: PathBuf::root(query.scope, self.model), field }
    }

    /// How an insertion leaves out what is there. Where most of it is, it looks first, so that no
    /// keys are drawn in vain.
    pub fn unless_there(&self, most: bool) -> Conflict {
        let fields = self.here.iter().chain(self.there).collect();
        match self.is_unique() {
            true if !most => Conflict::Nothing(Some(ConflictTarget::Fields(fields))),
            unique => Conflict::There { fields, unique },
        }
    }

    /// True where no two rows may have the same two keys.
    fn is_unique(&self) -> bool {
        let key: Vec<_> =
            self.model.primary_key.iter().filter_map(|at| self.model.fields.get(*at)).collect();
        let [here, there] = self.names();
        let pair = |names: &[&str]| {
            names.iter().all(|name| *name == here || *name == there)
                && names.contains(&here)
                && names.contains(&there)
        };
        let unique = self
            .model
            .uniques
            .iter()
            .filter(|unique| unique.condition.is_none() && unique.deferrable.is_none());
        let mut unique = unique.filter_map(|unique| {
            let name = |part: &IndexPart| match part {
                IndexPart::Field { name, .. } => Some(*name),
                IndexPart::Expression(_) | IndexPart::Ordered(_) => None,
            };
            unique.parts.iter().map(name).collect::<Option<Vec<_>>>()
        });
        pair(&key.iter().map(|field| field.name).collect::<Vec<_>>())
            || unique.any(|names| pair(&names))
    }

    /// The row between an instance and a key; `side` is where the instance stands.
    pub fn draft(
        &self,
        side: Side,
        instance: &[SqlValue],
        key: &[SqlValue],
        data: &Data,
    ) -> RawDraft {
        let other = if side == self.here { self.there } else { self.here };
        let mut draft = RawDraft::new(self.model);
        for (field, value) in data {
            let value = match value {
                Node::Value(value, _) => InsertValue::Value(value.clone()),
                node => InsertValue::Node(Box::new(node.clone())),
            };
            draft.set(self.place(field), value);
        }
        draft.set_key(side, instance);
        draft.set_key(other, key);
        draft
    }

    /// Whether a row between can be made: all that it requires is given, and nothing else.
    pub fn check(&self, draft: &RawDraft, data: &Data) -> Result<()> {
        let own = |field: &&'static FieldMeta| self.model.fields.contains(field);
        let free =
            |field: &&'static FieldMeta| !self.here.contains(field) && !self.there.contains(field);
        if !data.iter().all(|(field, _)| own(field) && free(field)) {
            return Err(Error::usage(format!(
                "`through` sets the fields of `{}` itself, but for its keys to both sides: these \
                 come from the relation",
                self.model.name
            )));
        }
        draft.check().map_err(|error| {
            Error::usage(format!(
                "{error}, and `{}` goes over `{}`: give it by `.through(|t| t.….set(…))`",
                self.relation.name, self.model.name
            ))
        })
    }
}
