//! Models as they were: metadata made from a state, for data migrations.
//!
//! Metadata is `&'static`, and so is this: it is made once for each state that is asked for, and kept for
//! good. A program runs few data migrations, and of each state only those models are made that are used.

mod intern;
mod make;

use crate::state::ProjectState;
use intern::Interned;
use orm_core::ir::{MetaOf, ModelMeta, Referrer, Relation, RuntimeMeta};
use orm_core::tables::state::{FieldKind, FieldState, ModelName, ModelState};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The models of a state.
pub(crate) struct History {
    state: ProjectState,
    models: OnceLock<BTreeMap<ModelName, &'static Model>>,
}

/// A model of a state; its metadata is made when somebody asks for it.
struct Model {
    history: &'static History,
    state: ModelState,
    made: OnceLock<ModelMeta>,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Model").field(&self.state.name).finish()
    }
}

impl RuntimeMeta for Model {
    fn meta(&'static self) -> &'static ModelMeta {
        self.made.get_or_init(|| self.make())
    }
}

impl History {
    /// The models of a state: the same ones whenever the state is the same.
    pub(crate) fn of(state: &ProjectState) -> &'static History {
        static ALL: Mutex<Vec<&'static History>> = Mutex::new(Vec::new());
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.iter().find(|known| known.state == *state) {
            return known;
        }
        let history = History { state: state.clone(), models: OnceLock::new() };
        let history: &'static History = Box::leak(Box::new(history));
        all.push(history);
        history
    }

    /// All models, those between others too.
    fn models(&'static self) -> &'static BTreeMap<ModelName, &'static Model> {
        self.models.get_or_init(|| {
            let mut all = BTreeMap::new();
            let mut add = |state: ModelState| {
                let name = state.name.clone();
                let model = Model { history: self, state, made: OnceLock::new() };
                all.insert(name, &*Box::leak(Box::new(model)));
            };
            for model in self.state.models.values() {
                for field in &model.fields {
                    if let FieldKind::ManyToMany(relation) = &field.kind {
                        self.state.between(model, field, relation).into_iter().for_each(&mut add);
                    }
                }
                add((**model).clone());
            }
            all
        })
    }

    /// The metadata of a model.
    pub(crate) fn model(&'static self, name: &ModelName) -> Option<&'static ModelMeta> {
        self.models().get(name).map(|model| model.meta())
    }

    /// The names of all models that people have written.
    pub(crate) fn names(&self) -> impl Iterator<Item = &ModelName> {
        self.state.models.keys()
    }

    /// Where a model is found; one of no columns where there is none, which no state refers to.
    fn meta_of(&'static self, name: &ModelName) -> MetaOf {
        static NONE: ModelMeta = ModelMeta::new("", "", "", &[], &[]);
        match self.models().get(name) {
            Some(model) => MetaOf::Runtime(*model),
            None => MetaOf::Program(|| &NONE),
        }
    }

    /// The keys that refer to a model.
    fn referrers(&'static self, to: &ModelName) -> Vec<Referrer> {
        let refers = |model: &&&'static Model| {
            model.state.fields.iter().any(|field| field.key().is_some_and(|key| key.to == *to))
        };
        let keys = |model: &&'static Model| {
            let meta = model.meta();
            let key = |field: &'static orm_core::ir::FieldMeta| {
                let relation = field.relation?;
                let state = model.state.field(field.name)?;
                let is_first = relation.fields().first() == Some(field);
                let is_to = state.key().is_some_and(|key| key.to == *to);
                (is_first && is_to).then_some(Referrer { model: meta, field, relation })
            };
            meta.fields.iter().filter_map(key).collect::<Vec<_>>()
        };
        self.models().values().filter(refers).flat_map(keys).collect()
    }

    /// The many-to-many fields that lead to a model.
    pub(crate) fn many_to_many(
        &'static self,
        to: &'static ModelMeta,
    ) -> impl Iterator<Item = &'static Relation> {
        let leads = move |model: &&&'static Model| {
            let mut named = model.state.fields.iter().filter_map(FieldState::to);
            named.any(|name| name.app == to.app && name.name == to.name)
        };
        let models = self.models().values().filter(leads);
        models
            .flat_map(|model| model.meta().many_to_many.iter().copied())
            .filter(move |relation| relation.to() == to)
    }

    /// True for types whose binary form is their text.
    pub(crate) fn is_text(&self, type_name: &str) -> bool {
        type_name == "citext"
            || self.state.enums.keys().any(|name| {
                type_name == name.quoted()
                    || type_name == name.to_string()
                    || type_name == name.name
            })
    }
}
