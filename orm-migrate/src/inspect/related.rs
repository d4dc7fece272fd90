//! Many-to-many fields, and the names of relations on their other side.

use super::names::{INSTANCES, PATHS, snake, unique, written};
use super::plan::{Field, Kind, Model};
use orm_sql::schema::{ConstraintKind, Fill};
use std::collections::HashSet;

/// Adds a field for each table that stands between two models, and is nothing else.
pub(super) fn many_to_many(models: &mut [Model]) {
    let between: Vec<Between> = models
        .iter()
        .enumerate()
        .filter_map(|(place, model)| Between::of(place, model, models))
        .collect();
    for between in between {
        let Some(through) = models.get(between.through) else { continue };
        let through_name = through.name.clone();
        let own = between.from == between.to;
        let Some(model) = models.get_mut(between.from) else { continue };
        let taken = |name: &str| model.fields.iter().any(|field| field.name == name);
        let name = unique(between.name, |name| taken(name) || INSTANCES.contains(&name));
        let mut options = vec![format!("through = {through_name}")];
        if own {
            let [from, to] = between.sides.map(|side| written(&side));
            options.push(format!("through_fields = ({from}, {to})"));
            options.push("symmetrical = false".to_owned());
        }
        if PATHS.contains(&name.as_str()) {
            options.push(super::literal::text("accessor", &format!("{name}_")));
        }
        let kind = Kind::Many { to: between.to, related_name: None };
        model.fields.push(Field { name, columns: Vec::new(), null: false, kind, options });
    }
}

/// A table between two models.
struct Between {
    through: usize,
    from: usize,
    to: usize,
    sides: [String; 2],
    name: String,
}

impl Between {
    /// Two keys that together are different in each row, and at the most a number besides.
    fn of(place: usize, model: &Model, models: &[Model]) -> Option<Between> {
        let is_number = |field: &&Field| match &field.kind {
            Kind::Plain(_) => {
                let column = field.columns.first().and_then(|name| model.table.column(name));
                model.key == field.columns
                    && column.is_some_and(|column| column.fill == Fill::Identity)
            }
            _ => false,
        };
        let rest: Vec<&Field> = model.fields.iter().filter(|field| !is_number(field)).collect();
        let [first, second] = rest.as_slice() else { return None };
        let (Kind::Key(from), Kind::Key(to)) = (&first.kind, &second.kind) else { return None };
        let plain = !first.null && !second.null && !from.one_to_one && !to.one_to_one;
        let plain = plain && from.to_column.is_none() && to.to_column.is_none();
        if !plain || !model.is_table || !model.has_key {
            return None;
        }
        let both: HashSet<&String> = first.columns.iter().chain(&second.columns).collect();
        let same = |columns: &[String]| columns.iter().collect::<HashSet<_>>() == both;
        let is_unique = model.table.constraints.iter().any(|one| match &one.kind {
            ConstraintKind::PrimaryKey { columns } => same(columns),
            ConstraintKind::Unique(unique) => same(&unique.columns),
            _ => false,
        });
        let by_index = model.table.indexes.iter().any(|index| {
            index.unique
                && index.condition.is_none()
                && super::keys::columns_of(index).is_some_and(|columns| same(&columns))
        });
        if !is_unique && !by_index {
            return None;
        }
        // The table is named by the model that has the field, and the field.
        let name_of = |place: usize| models.get(place).map(|model| model.table.name.name.as_str());
        let table = model.table.name.name.as_str();
        let rest = |side: usize| table.strip_prefix(name_of(side)?)?.strip_prefix('_');
        let ends = [(first, from.to, second, to.to), (second, to.to, first, from.to)];
        let named = ends.into_iter().find(|(_, side, ..)| rest(*side).is_some());
        let (near, from, far, to) = named.unwrap_or((first, from.to, second, to.to));
        let name = rest(from).map_or_else(|| snake(&far.name), snake);
        let sides = [near.name.clone(), far.name.clone()];
        Some(Between { through: place, from, to, sides, name })
    }
}

/// Gives relations a name on the other side, where the usual one would be that of another.
pub(super) fn names(models: &mut [Model]) {
    let mut paths: Vec<HashSet<String>> = models.iter().map(accessors).collect();
    let mut instances: Vec<HashSet<String>> = models.iter().map(methods).collect();
    for place in 0..models.len() {
        let Some(model) = models.get(place) else { continue };
        let (lower, model_name) = (model.lower(), snake(&model.name));
        let relations: Vec<(usize, String, usize, bool)> = model
            .fields
            .iter()
            .enumerate()
            .filter_map(|(field, one)| match &one.kind {
                Kind::Key(key) => Some((field, one.name.clone(), key.to, key.one_to_one)),
                Kind::Many { to, .. } => Some((field, one.name.clone(), *to, false)),
                Kind::Plain(_) => None,
            })
            .collect();
        for (field, name, to, one_to_one) in relations {
            let (Some(paths), Some(instances)) = (paths.get_mut(to), instances.get_mut(to)) else {
                continue;
            };
            let usual = if one_to_one { lower.clone() } else { format!("{lower}_set") };
            let is_keyword = written(&lower) != lower;
            let free = !paths.contains(&lower) && !instances.contains(&usual) && !is_keyword;
            if free {
                paths.insert(lower.clone());
                instances.insert(usual);
                continue;
            }
            let end = if one_to_one { "" } else { "_set" };
            let is_taken = |name: &str| paths.contains(name) || instances.contains(name);
            let given = unique(format!("{name}_{model_name}{end}"), is_taken);
            paths.insert(given.clone());
            instances.insert(given.clone());
            let field = models.get_mut(place).and_then(|model| model.fields.get_mut(field));
            match field.map(|field| &mut field.kind) {
                Some(Kind::Key(key)) => key.related_name = Some(given),
                Some(Kind::Many { related_name, .. }) => *related_name = Some(given),
                _ => {}
            }
        }
    }
}

/// The names of fields in paths.
fn accessors(model: &Model) -> HashSet<String> {
    let fields = model.fields.iter().map(|field| match PATHS.contains(&field.name.as_str()) {
        true => format!("{}_", field.name),
        false => field.name.clone(),
    });
    fields.chain(PATHS.iter().map(|&name| name.to_owned())).collect()
}

/// The names of relations on instances.
fn methods(model: &Model) -> HashSet<String> {
    let many = model.fields.iter().filter(|field| matches!(field.kind, Kind::Many { .. }));
    let names = many.map(|field| field.name.clone());
    names.chain(INSTANCES.iter().map(|&name| name.to_owned())).collect()
}
