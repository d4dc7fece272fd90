//! The models between the two sides of many-to-many relations that name no model of their own.

use super::{FieldMeta, IndexPart, MetaOf as AnyMeta, ModelMeta, Relation, UniqueMeta, no_model};
use std::sync::OnceLock;

/// Where the metadata of a model of the program is found.
type MetaOf = fn() -> &'static ModelMeta;

/// One side of a table between: the name of the key to it, and its model.
type Side = (&'static str, MetaOf);

/// What is known of a table between while compiling.
#[derive(Debug, Clone, Copy)]
pub struct BetweenMeta {
    /// The model's name: `Book_tags`.
    pub name: &'static str,
    /// The app of the model that declares the relation.
    pub app: &'static str,
    /// The schema, where one is named.
    pub schema: Option<&'static str>,
    /// The table.
    pub table: &'static str,
    /// The keys: to the model that declares the relation, and to the other.
    pub sides: [Side; 2],
    /// [`Between::model`] of the static that this stands in.
    pub own: AnyMeta,
    /// The keys are constraints in the database.
    pub db_constraint: bool,
    /// False where the table is not ours to create.
    pub managed: bool,
    /// Deletions are followed by the library.
    pub on_delete_in_library: bool,
    /// It is one of a flattened struct: what is named after the model is found when it is made.
    pub shared: bool,
}

impl BetweenMeta {
    /// A table between two models, with nothing else said about it.
    pub const fn new(
        name: &'static str,
        app: &'static str,
        table: &'static str,
        sides: [Side; 2],
        own: MetaOf,
    ) -> Self {
        BetweenMeta {
            name,
            app,
            schema: None,
            table,
            sides,
            own: AnyMeta::Program(own),
            shared: false,
            db_constraint: true,
            managed: true,
            on_delete_in_library: false,
        }
    }

    /// None.
    pub(super) const NONE: BetweenMeta =
        BetweenMeta::new("", "", "", [("", no_model), ("", no_model)], no_model);

    /// The table between of a relation in a struct that `from` flattens, named after that model.
    pub const fn shared(field: &'static str, from: MetaOf, to: MetaOf) -> Self {
        let mut meta = BetweenMeta::new(field, "", "", [("", from), ("", to)], from);
        meta.shared = true;
        meta
    }
}

says! { BetweenMeta {
    schema(name: &'static str) => Some(name);
    table(name: &'static str) => name;
    db_constraint(is_one: bool) => is_one;
    managed(is_ours: bool) => is_ours;
    on_delete_in_library() => true;
} }

/// A table between. How many columns its keys have depends on the models that they refer to, so
/// its metadata is made when it is asked for, once.
#[derive(Debug)]
pub struct Between {
    meta: BetweenMeta,
    made: OnceLock<&'static ModelMeta>,
}

impl Between {
    /// A table between two models.
    pub const fn new(meta: BetweenMeta) -> Self {
        Between { meta, made: OnceLock::new() }
    }

    /// Its metadata.
    pub fn model(&'static self) -> &'static ModelMeta {
        self.made.get_or_init(|| self.meta.leak())
    }
}

impl BetweenMeta {
    /// The metadata of the model, which stays.
    pub(super) fn leak(&self) -> &'static ModelMeta {
        let meta = if self.shared { self.named_after() } else { *self };
        Box::leak(Box::new(meta.make()))
    }

    /// As the derive of the model would have written it.
    fn named_after(&self) -> Self {
        let [(_, from), (_, to)] = self.sides;
        let (own, other) = (from(), to());
        let field = self.name;
        let (first, second) = (own.name.to_lowercase(), other.name.to_lowercase());
        let (first, second) = match first == second {
            true => (format!("from_{first}"), format!("to_{second}")),
            false => (first, second),
        };
        BetweenMeta {
            name: format!("{}_{field}", own.name).leak(),
            app: own.app,
            schema: own.schema,
            table: match self.table {
                "" => format!("{}_{field}", own.table).leak(),
                table => table,
            },
            sides: [(first.leak(), from), (second.leak(), to)],
            managed: own.managed,
            on_delete_in_library: own.on_delete_in_library,
            ..*self
        }
    }

    fn make(&self) -> ModelMeta {
        let mut fields = vec![FieldMeta::auto_key("id")];
        for side in self.sides {
            self.key(side, &mut fields);
        }
        let parts = self.sides.map(|(name, _)| IndexPart::Field { name, desc: false });
        let unique = UniqueMeta::new(Box::leak(Box::new(parts)));
        ModelMeta {
            schema: self.schema,
            managed: self.managed,
            on_delete_in_library: self.on_delete_in_library,
            uniques: Box::leak(Box::new([unique])),
            ..ModelMeta::new(self.name, self.app, self.table, Vec::leak(fields), &[0])
        }
    }

    /// The columns of a key: `tag_id`, or those of the other model's key after the name.
    fn key(&self, (name, to): Side, fields: &mut Vec<FieldMeta>) {
        let targets = to().key_fields();
        let column = |target: &FieldMeta| match targets.len() {
            1 => &*format!("{name}_id").leak(),
            _ => &*format!("{name}_{}", target.column).leak(),
        };
        let columns: Vec<&'static str> = targets.iter().map(|target| column(target)).collect();
        let first = columns.first().copied().unwrap_or_default();
        let db_constraint = self.db_constraint;
        let to = AnyMeta::Program(to);
        let relation = Relation::between(name, first, self.own, to).db_constraint(db_constraint);
        let relation: &'static Relation = Box::leak(Box::new(relation));
        fields.extend(columns.into_iter().zip(&targets).map(|(column, target)| FieldMeta {
            sql_type: target.sql_type,
            null: false,
            db_index: true,
            relation: Some(relation),
            ..FieldMeta::new::<Option<bool>>(name, column)
        }));
    }
}
