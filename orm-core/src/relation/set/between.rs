//! The table between the two sides of a many-to-many relation.

use crate::draft::RawDraft;
use crate::ir::{
    Comparison, FieldMeta, IndexPart, ModelMeta, Node, PathBuf, Query, Relation, Step,
};
use crate::query::{Conflict, ConflictTarget, InsertValue};
use orm_sql::error::{Error, Result};
use orm_sql::value::SqlValue;

/// What a row between says beside its two keys.
pub(crate) type Data = [(&'static FieldMeta, Node)];

/// The table between, its key to this side and its key to the other.
pub(super) struct Between {
    pub model: &'static ModelMeta,
    pub here: &'static FieldMeta,
    pub there: &'static FieldMeta,
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
        let model = (through.model)();
        let field = |key: &Relation| model.fields.iter().find(|field| field.column == key.column);
        let (from, to) = (field(from).ok_or_else(missing)?, field(to).ok_or_else(missing)?);
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

    /// All rows between.
    pub fn rows(&self) -> Query {
        let mut query = Query::new(self.model);
        query.order.by = Some(Vec::new());
        query
    }

    /// That a row between belongs to an instance, seen from one of the two sides.
    pub fn belongs(&self, query: &Query, side: &'static FieldMeta, key: &SqlValue) -> Node {
        let value = Node::Value(key.clone(), side.sql_type);
        Node::compare(Comparison::Eq, self.column(query, side), value)
    }

    /// A column of the rows between.
    pub fn column(&self, query: &Query, field: &'static FieldMeta) -> Node {
        Node::Column { path: PathBuf::root(query.scope, self.model), field }
    }

    /// How an insertion leaves out what is there. Where most of it is, it looks first, so that no
    /// keys are drawn in vain.
    pub fn unless_there(&self, most: bool) -> Conflict {
        let fields = vec![self.here, self.there];
        match self.is_unique() {
            true if !most => Conflict::Nothing(Some(ConflictTarget::Fields(fields))),
            unique => Conflict::There { fields, unique },
        }
    }

    /// True where no two rows may have the same two keys.
    fn is_unique(&self) -> bool {
        let key: Vec<_> =
            self.model.primary_key.iter().filter_map(|at| self.model.fields.get(*at)).collect();
        let pair = |names: &[&str]| {
            names.len() == 2 && names.contains(&self.here.name) && names.contains(&self.there.name)
        };
        let unique = self
            .model
            .uniques
            .iter()
            .filter(|unique| unique.condition.is_none() && !unique.deferrable);
        let mut unique = unique.filter_map(|unique| {
            let name = |part: &IndexPart| match part {
                IndexPart::Field { name, .. } => Some(*name),
                IndexPart::Expression(_) => None,
            };
            unique.parts.iter().map(name).collect::<Option<Vec<_>>>()
        });
        pair(&key.iter().map(|field| field.name).collect::<Vec<_>>())
            || unique.any(|names| pair(&names))
    }

    /// The row between an instance and a key; `side` is where the instance stands.
    pub fn draft(
        &self,
        side: &'static FieldMeta,
        instance: &SqlValue,
        key: &SqlValue,
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
        draft.set(self.place(side), InsertValue::Value(instance.clone()));
        draft.set(self.place(other), InsertValue::Value(key.clone()));
        draft
    }

    /// Whether a row between can be made: all that it requires is given, and nothing else.
    pub fn check(&self, draft: &RawDraft, data: &Data) -> Result<()> {
        let own = |field: &&'static FieldMeta| self.model.fields.contains(field);
        let free = |field: &&'static FieldMeta| *field != self.here && *field != self.there;
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
