//! A model's metadata from its state.

use super::intern::{size, sql_type};
use super::{Interned, Model};
use orm_core::ir::{
    Behaviour, Default, FieldMeta, IndexPart, MetaOf, ModelMeta, Node, OnDelete, Referrers,
    Relation, RelationKind, Through as ThroughMeta, UniqueMeta,
};
use orm_core::tables::state::{
    FieldKind, FieldState, KeyState, ManyToManyState, ModelName, OnDeleteState, PartState, Through,
};
use orm_core::tables::{TargetColumn, Targets};
use orm_sql::schema::{ColumnType, Fill};

impl Model {
    /// The metadata. What only Rust knows is not in a state: hooks, validation, defaults in Rust, managers,
    /// orderings.
    pub(super) fn make(&'static self) -> ModelMeta {
        let state = &self.state;
        let fields: &'static [FieldMeta] = self.fields().leak();
        let is_key = |field: &&FieldMeta| state.primary_key.iter().any(|name| name == field.name);
        let places = state.primary_key.iter().flat_map(|name| {
            let own = fields.iter().enumerate().filter(|(_, field)| is_key(field));
            own.filter(|(_, field)| field.name == name).map(|(place, _)| place).collect::<Vec<_>>()
        });
        let ModelName { app, name } = &state.name;
        let table = state.table.name.interned();
        let key: &'static [usize] = places.collect::<Vec<_>>().leak();
        let mut meta = ModelMeta::new(name.interned(), app.interned(), table, fields, key);
        meta.schema = state.table.schema.as_deref().map(Interned::interned);
        meta.managed = state.managed;
        meta.on_delete_in_library = state.on_delete_in_library;
        meta.many_to_many = self.many_to_many().leak();
        meta.uniques = self.uniques().leak();
        let referrers = Referrers::new(move || self.history.referrers(&self.state.name));
        let referrers: Behaviour = Box::leak(Box::new(referrers));
        meta.behaviours = vec![referrers].leak();
        meta
    }

    fn fields(&'static self) -> Vec<FieldMeta> {
        let mut all = Vec::with_capacity(self.state.fields.len());
        for field in &self.state.fields {
            match &field.kind {
                FieldKind::Column { column, column_type } => {
                    all.push(self.field(field, column, column_type));
                }
                FieldKind::Key(key) => all.extend(self.key(field, key)),
                FieldKind::ManyToMany(_) => {}
            }
        }
        all
    }

    fn field(&self, state: &FieldState, column: &str, column_type: &ColumnType) -> FieldMeta {
        let name = state.name.interned();
        let mut field = FieldMeta::new::<Option<String>>(name, column.interned());
        field.sql_type = sql_type(column_type);
        (field.max_length, field.digits) = size(column_type);
        field.null = state.null;
        field.unique = state.unique;
        field.db_index = state.db_index;
        field.positive = state.positive;
        field.collation = state.collation.as_deref().map(Interned::interned);
        field.reads = |_| Ok(());
        match &state.fill {
            Fill::Nothing => {}
            Fill::Identity => field.identity = true,
            Fill::Default(_) => field.default = Default::Database(of_the_server),
            Fill::Generated(_) => field.generated = Some(of_the_server),
        }
        field
    }

    /// The columns of a key.
    fn key(&'static self, state: &FieldState, key: &KeyState) -> Vec<FieldMeta> {
        let (name, first) = (&state.name, key.columns.first().map_or("", String::as_str));
        let (from, to) = (self.own(), self.history.meta_of(&key.to));
        let mut relation = Relation::between(name.interned(), first.interned(), from, to);
        if key.one_to_one {
            relation = relation.kind(RelationKind::OneToOne);
        }
        relation.to_field = key.to_field.as_deref().map(Interned::interned);
        relation.null = state.null;
        relation.on_delete = on_delete(key.on_delete);
        relation.db_constraint = key.db_constraint;
        relation.deferrable = key.deferrable;
        let relation: &'static Relation = Box::leak(Box::new(relation));
        let target = self.history.state.target(&self.state, state, key);
        let targets = target.map(|target| target.columns).unwrap_or_default();
        let column = |(column, target): (&String, TargetColumn)| {
            let mut field = self.field(state, column, &target.column_type);
            field.relation = Some(relation);
            field
        };
        key.columns.iter().zip(targets).map(column).collect()
    }

    fn many_to_many(&'static self) -> Vec<&'static Relation> {
        let relation = |field: &FieldState| match &field.kind {
            FieldKind::ManyToMany(relation) => Some(self.relation(field, relation)),
            FieldKind::Column { .. } | FieldKind::Key(_) => None,
        };
        self.state.fields.iter().filter_map(relation).collect()
    }

    fn relation(&'static self, field: &FieldState, state: &ManyToManyState) -> &'static Relation {
        let history = self.history;
        let through = match &state.through {
            Through::Model(name) => ThroughMeta::of_meta(history.meta_of(name)),
            Through::Table { sides: [from, to], .. } => {
                let ModelName { app, name } = &self.state.name;
                let between = ModelName::new(&**app, format!("{name}_{}", field.name));
                let mut through = ThroughMeta::of_meta(history.meta_of(&between));
                through.from_field = Some(from.interned());
                through.to_field = Some(to.interned());
                through.auto = true;
                through
            }
        };
        let (from, to) = (self.own(), history.meta_of(&state.to));
        let mut relation = Relation::between(field.name.interned(), "", from, to);
        relation = relation.kind(RelationKind::ManyToMany);
        relation.through = Some(through);
        Box::leak(Box::new(relation))
    }

    /// Those that are over fields alone, by which conflicts are told.
    fn uniques(&self) -> Vec<UniqueMeta> {
        let plain = self.state.uniques.iter().filter(|unique| unique.condition.is_none());
        let meta = plain.filter_map(|unique| {
            let part = |part: &PartState| {
                let name = part.name().filter(|_| part.is_plain() && !part.desc)?;
                Some(IndexPart::Field { name: name.interned(), desc: false })
            };
            let parts: Vec<IndexPart> = unique.parts.iter().map(part).collect::<Option<_>>()?;
            let mut meta = UniqueMeta::new(parts.leak());
            meta.name = unique.name.as_deref().map(Interned::interned);
            meta.deferrable = unique.deferrable;
            Some(meta)
        });
        meta.collect()
    }

    fn own(&'static self) -> MetaOf {
        MetaOf::Runtime(self)
    }
}

/// What the server calculates: a state has it as text only, and it is asked for nowhere.
fn of_the_server() -> Node {
    Node::Failed("what the database fills in is known to the database only")
}

fn on_delete(state: OnDeleteState) -> OnDelete {
    match state {
        OnDeleteState::Cascade | OnDeleteState::CascadeInLibrary => OnDelete::Cascade,
        // What the value is, only the Rust of that time knew.
        OnDeleteState::Protect | OnDeleteState::Set => OnDelete::Protect,
        OnDeleteState::Restrict => OnDelete::Restrict,
        OnDeleteState::SetNull => OnDelete::SetNull,
        OnDeleteState::SetDefault => OnDelete::SetDefault,
        OnDeleteState::DoNothing => OnDelete::DoNothing,
    }
}
