//! All models of the program, and which of their keys refer to a model.

use super::{FieldMeta, ModelMeta, Relation};
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

/// A model of the program. The derive submits one for each, in whatever crate it stands, so that a
/// deletion knows every key that refers to a row.
pub struct Registered(pub fn() -> &'static ModelMeta);

inventory::collect!(Registered);

/// A key that refers to a model.
#[derive(Debug, Clone, Copy)]
pub struct Referrer {
    /// The model that has the key.
    pub model: &'static ModelMeta,
    /// The key's column, the first where there are several.
    pub field: &'static FieldMeta,
    /// The relation of that column.
    pub relation: &'static Relation,
}

impl Referrer {
    /// The columns of the key.
    pub fn fields(&self) -> &'static [FieldMeta] {
        self.relation.fields()
    }
}

/// The keys that refer to a model that is known at run time only, which no registry has: a behaviour of
/// such a model.
#[doc(hidden)]
pub struct Referrers(pub Box<dyn Fn() -> Vec<Referrer> + Send + Sync>, OnceLock<Vec<Referrer>>);

impl Referrers {
    /// What is found when it is asked for.
    pub fn new(find: impl Fn() -> Vec<Referrer> + Send + Sync + 'static) -> Self {
        Referrers(Box::new(find), OnceLock::new())
    }
}

impl ModelMeta {
    /// The keys that refer to this model, of all models that are linked into the program and of
    /// the tables between them.
    ///
    /// A column that two models describe counts once.
    ///
    /// ```
    /// use orm_core::ir::{FieldMeta, ModelMeta};
    ///
    /// static TAG: ModelMeta = ModelMeta::new("Tag", "", "tag", &[FieldMeta::auto_key("id")], &[0]);
    /// assert!(TAG.referrers().is_empty());
    /// ```
    pub fn referrers(&'static self) -> &'static [Referrer] {
        static ALL: OnceLock<HashMap<usize, Vec<Referrer>>> = OnceLock::new();
        if let Some(Referrers(find, found)) = self.behaviour() {
            return found.get_or_init(find);
        }
        let all = ALL.get_or_init(|| by_target(&registered()));
        all.get(&address(self)).map_or(&[], Vec::as_slice)
    }
}

/// All models that are linked into the program, in whatever crate they stand: those of tables of
/// somebody else's last, by app and name.
///
/// ```standalone_crate
/// assert!(orm_core::ir::models().is_empty(), "there are none in this program");
/// ```
pub fn models() -> Vec<&'static ModelMeta> {
    let all = inventory::iter::<Registered>.into_iter();
    in_order(all.map(|model| (model.0)()).collect())
}

/// Every model, and those between them.
fn registered() -> Vec<&'static ModelMeta> {
    let mut models = models();
    let between = |model: &&'static ModelMeta| {
        let auto = |relation: &&'static Relation| relation.through.filter(|through| through.auto);
        let models = model.many_to_many.iter().filter_map(auto).map(|through| through.model());
        models.collect::<Vec<_>>()
    };
    let between: Vec<_> = models.iter().flat_map(between).collect();
    models.extend(between);
    in_order(models)
}

/// In which order the linker has them is nobody's business: statements must not depend on it.
fn in_order(mut models: Vec<&'static ModelMeta>) -> Vec<&'static ModelMeta> {
    models.sort_by_key(|model| (!model.managed, model.app, model.name, model.table));
    models
}

fn by_target(models: &[&'static ModelMeta]) -> HashMap<usize, Vec<Referrer>> {
    let mut all: HashMap<usize, Vec<Referrer>> = HashMap::new();
    let mut seen = HashSet::new();
    for model in models {
        for field in model.own_fields() {
            for relation in field.relations() {
                if relation.fields().first() != Some(field) {
                    continue;
                }
                let to = address(relation.to());
                if seen.insert((to, model.schema, model.table, field.column)) {
                    all.entry(to).or_default().push(Referrer { model, field, relation });
                }
            }
        }
    }
    all
}

fn address(model: &'static ModelMeta) -> usize {
    std::ptr::from_ref(model).addr()
}
