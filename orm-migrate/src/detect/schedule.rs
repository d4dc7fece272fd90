//! An order in which each operation fits the state that those before it lead to.

use crate::operation::{ConstraintState, Misfit, Operation, check_name, exclude_name, unique_name};
use crate::state::ProjectState;
use orm_core::tables::state::{
    CheckState, ExcludeState, FieldKind, FieldState, IndexState, ModelName, ModelState, PartKey,
    PartState, Through, UniqueState,
};
use orm_sql::ident::RawSql;
use orm_sql::sql_text::{names, reads};
use std::collections::{HashSet, VecDeque};

/// The operations in such an order, applied to the state.
///
/// # Errors
///
/// When there is none.
pub(super) fn order(
    now: &mut ProjectState,
    pending: Vec<Operation>,
) -> Result<Vec<Operation>, Misfit> {
    let mut pending: VecDeque<Operation> = pending.into();
    let mut done = Vec::with_capacity(pending.len());
    while !pending.is_empty() {
        match first_that_fits(now, &pending, true) {
            Ok(place) => done.extend(pending.remove(place)),
            Err(_) if split(now, &mut pending) => {}
            Err(_) => {
                let place = first_that_fits(now, &pending, false)?;
                done.extend(pending.remove(place));
            }
        }
    }
    Ok(done)
}

/// The place of the first operation that fits, which is applied; or what is wrong with the first.
fn first_that_fits(
    now: &mut ProjectState,
    pending: &VecDeque<Operation>,
    views_wait: bool,
) -> Result<usize, Misfit> {
    let mut problem = None;
    for (place, operation) in pending.iter().enumerate() {
        if views_wait && waits(now, pending, operation) {
            continue;
        }
        match operation.apply(now) {
            Ok(()) => return Ok(place),
            Err(misfit) => problem = problem.or(Some(misfit)),
        }
    }
    Err(problem.unwrap_or_else(|| Misfit("nothing fits".to_owned())))
}

/// True where an operation makes a view whose query reads what others have to make first.
fn waits(now: &ProjectState, pending: &VecDeque<Operation>, operation: &Operation) -> bool {
    let view = match operation {
        Operation::CreateModel(model) => model.view.as_ref(),
        Operation::AlterView { view, .. } => view.as_deref(),
        _ => None,
    };
    let Some(view) = view else { return false };
    let of_others = pending.iter().filter(|other| other.model() != operation.model());
    let mut made = of_others.filter_map(|other| match other {
        Operation::CreateModel(model) => Some(&model.table),
        Operation::AddField { model, .. } | Operation::AlterField { model, .. } => {
            now.model(model).map(|model| &model.table)
        }
        _ => None,
    });
    made.any(|table| reads(view.query.as_str(), (table.schema.as_deref(), &table.name)))
}

/// Takes what goes in a circle out of an operation, so that it fits. False where there is nothing.
fn split(now: &ProjectState, pending: &mut VecDeque<Operation>) -> bool {
    for place in 0..pending.len() {
        let Some(operation) = pending.get_mut(place) else { continue };
        let more = match operation {
            Operation::CreateModel(model) => without_missing(now, model),
            _ => Vec::new(),
        };
        if !more.is_empty() {
            // After all that is created, before what is built on it.
            let is_creation = |one: &Operation| matches!(one, Operation::CreateModel(_));
            let at = pending.iter().rposition(is_creation).map_or(pending.len(), |last| last + 1);
            for (offset, operation) in more.into_iter().enumerate() {
                pending.insert(at + offset, operation);
            }
            return true;
        }
    }
    let gone: HashSet<ModelName> = pending
        .iter()
        .filter_map(|operation| match operation {
            Operation::DeleteModel(name) => Some(name.clone()),
            _ => None,
        })
        .collect();
    let removal = gone.iter().find_map(|name| removal_of_key(now.model(name)?, &gone));
    let found = removal.is_some();
    for operation in removal.into_iter().flatten() {
        pending.push_front(operation);
    }
    found
}

/// Takes the fields out of a model that refer to what is not there yet, with what is built on them.
fn without_missing(now: &ProjectState, model: &mut ModelState) -> Vec<Operation> {
    let name = model.name.clone();
    let is_missing = |to: &ModelName| *to != name && now.model(to).is_none();
    let refers = |field: &FieldState| {
        let through = match &field.kind {
            FieldKind::ManyToMany(relation) => match &relation.through {
                Through::Model(through) => is_missing(through),
                Through::Table { .. } => false,
            },
            FieldKind::Column { .. } | FieldKind::Key(_) => false,
        };
        through || field.to().is_some_and(is_missing)
    };
    let taken: Vec<FieldState> = model.fields.extract_if(.., |field| refers(field)).collect();
    let on = On::of(&taken);
    let mut constraints: Vec<ConstraintState> = Vec::new();
    constraints
        .extend(model.uniques.extract_if(.., |one| on.unique(one)).map(ConstraintState::Unique));
    constraints
        .extend(model.checks.extract_if(.., |one| on.check(one)).map(ConstraintState::Check));
    let exclusions = model.exclusions.extract_if(.., |one| on.exclude(one));
    constraints.extend(exclusions.map(ConstraintState::Exclude));
    let constraints = constraints.into_iter().map(|constraint| Operation::AddConstraint {
        model: name.clone(),
        constraint: Box::new(constraint),
        not_valid: false,
    });
    let indexes = model.indexes.extract_if(.., |one| on.index(one)).map(|index| {
        let (model, index) = (name.clone(), Box::new(index));
        Operation::AddIndex { model, index, concurrently: false }
    });
    let tenant = model.row_level_security.take_if(|tenant| on.fields.contains(&**tenant));
    let secured = tenant.map(|tenant| {
        let (model, tenant) = (name.clone(), Some(tenant));
        Operation::AlterRowLevelSecurity { model, tenant }
    });
    let after: Vec<Operation> = constraints.chain(indexes).chain(secured).collect();
    let fields = taken.into_iter().map(|field| {
        let (model, field) = (name.clone(), Box::new(field));
        Operation::AddField { model, field, fill: None }
    });
    fields.chain(after).collect()
}

/// Takes a key out of a model that will go, to another that will go, with what is built on it.
fn removal_of_key(model: &ModelState, gone: &HashSet<ModelName>) -> Option<Vec<Operation>> {
    let is_key =
        |field: &&FieldState| field.to().is_some_and(|to| *to != model.name && gone.contains(to));
    let field = model.fields.iter().find(is_key)?;
    let name = field.name.clone();
    let mut removals = vec![Operation::RemoveField { model: model.name.clone(), name }];
    removals.extend(without_parts_on(model, std::slice::from_ref(field)).ok()?.1);
    Some(removals)
}

/// The model without what is built on some fields, and what takes that away.
pub(super) fn without_parts_on(
    model: &ModelState,
    fields: &[FieldState],
) -> Result<(ModelState, Vec<Operation>), Misfit> {
    let on = On::of(fields);
    let name = || model.name.clone();
    let uniques = model.uniques.iter().filter(|one| on.unique(one));
    let uniques = uniques.filter_map(|one| unique_name(model, one));
    let checks = model.checks.iter().filter(|one| on.check(one)).map(|one| check_name(model, one));
    let exclusions = model.exclusions.iter().filter(|one| on.exclude(one));
    let exclusions = exclusions.map(|one| exclude_name(model, one));
    let constraints = uniques.chain(checks).chain(exclusions);
    let mut removals: Vec<Operation> =
        constraints.map(|part| Operation::RemoveConstraint { model: name(), name: part }).collect();
    for index in model.indexes.iter().filter(|one| on.index(one)) {
        let index = index.made(model)?.name;
        removals.push(Operation::RemoveIndex { model: name(), name: index, concurrently: false });
    }
    let mut rest = model.clone();
    if rest.row_level_security.take_if(|tenant| on.fields.contains(&**tenant)).is_some() {
        removals.push(Operation::AlterRowLevelSecurity { model: name(), tenant: None });
    }
    rest.uniques.retain(|one| !on.unique(one));
    rest.checks.retain(|one| !on.check(one));
    rest.exclusions.retain(|one| !on.exclude(one));
    rest.indexes.retain(|one| !on.index(one));
    Ok((rest, removals))
}

/// What is built on some fields.
struct On<'a> {
    fields: HashSet<&'a str>,
    columns: Vec<&'a str>,
}

impl<'a> On<'a> {
    fn of(fields: &'a [FieldState]) -> Self {
        On {
            fields: fields.iter().map(|field| &*field.name).collect(),
            columns: fields.iter().flat_map(FieldState::columns).map(String::as_str).collect(),
        }
    }

    fn unique(&self, unique: &UniqueState) -> bool {
        self.parts(&unique.parts, &unique.include) || self.condition(&unique.condition)
    }

    fn index(&self, index: &IndexState) -> bool {
        self.parts(&index.parts, &index.include) || self.condition(&index.condition)
    }

    fn check(&self, check: &CheckState) -> bool {
        self.text(&check.condition)
    }

    fn exclude(&self, exclude: &ExcludeState) -> bool {
        exclude.parts.iter().any(|(part, _)| self.part(part))
            || self.parts(&[], &exclude.include)
            || self.condition(&exclude.condition)
    }

    fn part(&self, part: &PartState) -> bool {
        match &part.key {
            PartKey::Field(name) => self.fields.contains(&**name),
            PartKey::Expression(sql) => self.text(sql),
        }
    }

    fn parts(&self, parts: &[PartState], include: &[String]) -> bool {
        parts.iter().any(|part| self.part(part))
            || include.iter().any(|name| self.fields.contains(&**name))
    }

    fn condition(&self, sql: &Option<RawSql>) -> bool {
        sql.as_ref().is_some_and(|sql| self.text(sql))
    }

    fn text(&self, sql: &RawSql) -> bool {
        self.columns.iter().any(|column| names(sql.as_str(), column))
    }
}
