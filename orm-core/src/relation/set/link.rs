//! Rows put into related sets and taken out of them.

use super::between::{Between, Data};
use super::{assigned, back_path, key_at, key_of};
use crate::delete;
use crate::draft::RawDraft;
use crate::execute;
use crate::hooks::{CREATING, RelatedAction};
use crate::instance;
use crate::ir::{
    Comparison, FieldMeta, Filter, Lock, Members, Node, PathBuf, Query, RelatedSet, Selected,
    other_kinds,
};
use crate::lifecycle::{self, Insertion};
use crate::model::{Key, Model};
use crate::query::{self, Returning};
use crate::relation::m2m_changed::{M2mChange, is_watched};
use crate::row::Decoder;
use orm_sql::ast::{LockStrength, LockWait};
use orm_sql::error::{Error, Result};
use orm_sql::exec::transaction::Transaction;
use orm_sql::exec::{Executor, NoRows};
use orm_sql::value::SqlValue;
use std::collections::HashSet;

/// Keys of rows: each the values of a primary key.
pub(crate) type Keys = Vec<Vec<SqlValue>>;

/// The keys of rows that were given for a related set.
pub(crate) fn keys_of<M: Model>(members: Members) -> Result<Keys> {
    match members {
        Members::Keys(keys) => Ok(keys),
        _ => Err(Error::usage(format!(
            "a related set of `{}` takes instances and keys, not paths or query sets",
            M::meta().name
        ))),
    }
}

/// Which rows are taken out of a set.
pub(super) enum Which {
    All,
    These(Keys),
    AllBut(Keys),
}

fn push(query: &mut Query, node: Node) {
    query.filters.push(Filter::new(node, 0));
}

/// Inserts rows that belong to the instance of a set, in a transaction that is taken back where this
/// fails, and ends with it where it is given.
pub(crate) async fn insert_related<M: Model>(
    db: &dyn Executor,
    set: &RelatedSet,
    mut drafts: Vec<RawDraft>,
    data: &Data,
    ends: Option<&Transaction>,
) -> Result<Vec<M>> {
    if let Some(fields) = key_of(set.step) {
        for draft in &mut drafts {
            draft.set_key_of(set, fields);
        }
        return instance::insert_many(drafts, db, ends).await;
    }
    let rows: Vec<M> = instance::insert_many(drafts, db, None).await?;
    let keys = rows.iter().map(|row| key_at(row, set.step).into_vec()).collect();
    link::<M>(db, set, keys, data, ends).await?;
    Ok(rows)
}

/// Inserts a row that belongs to the instance of a set.
pub(super) async fn insert_one<M: Model>(
    db: &dyn Executor,
    set: &RelatedSet,
    mut draft: RawDraft,
    data: &Data,
) -> Result<M> {
    if let Some(fields) = key_of(set.step) {
        draft.set_key_of(set, fields);
        return instance::insert_raw(draft, &db).await;
    }
    if draft.has_nested() || is_watched(set.step) || lifecycle::wanted(M::meta(), CREATING) {
        return insert_linked(db, set, draft, data).await;
    }
    execute::again(db, || insert_linked(db, set, draft.clone(), data)).await
}

async fn insert_linked<M: Model>(
    db: &dyn Executor,
    set: &RelatedSet,
    draft: RawDraft,
    data: &Data,
) -> Result<M> {
    let unit = db.begin().await?;
    let row: M = instance::insert_raw(draft, &unit.executor()).await?;
    let keys = vec![key_at(&row, set.step).into_vec()];
    link::<M>(unit.executor(), set, keys, data, Some(&unit)).await?;
    unit.commit().await?;
    Ok(row)
}

/// Adds rows to a set; a transaction ends with it, where one is given.
pub(crate) async fn link<M: Model>(
    db: &dyn Executor,
    set: &RelatedSet,
    keys: Keys,
    data: &Data,
    ends: Option<&Transaction>,
) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    if let Some(fields) = key_of(set.step) {
        return refer::<M>(db, set, fields, keys, ends).await;
    }
    if !is_watched(set.step) {
        return link_between(db, set, keys, data, false, ends).await;
    }
    let unit = db.begin().await?;
    let there = linked::<M>(unit.executor(), set, None).await?;
    let mut new = Keys::new();
    for key in keys {
        if !there.contains(&key) && !new.contains(&key) {
            new.push(key);
        }
    }
    if !new.is_empty() {
        let change =
            M2mChange::before(unit.executor(), set, RelatedAction::BeforeAdd, &new).await?;
        link_between(unit.executor(), set, new, data, true, None).await?;
        change.after(RelatedAction::AfterAdd).await?;
    }
    unit.commit().await
}

/// The keys of the rows in a set over a table between: read only for hooks and receivers.
async fn linked<M: Model>(
    db: &dyn Executor,
    set: &RelatedSet,
    shown: Option<Query>,
) -> Result<Keys> {
    if set.step.to_field().is_some() {
        return linked_rows::<M>(db, set, shown).await;
    }
    let between = Between::new(set.step)?;
    let mut query = between.rows();
    let own = between.belongs(&query, between.here, &set.key);
    push(&mut query, own);
    if let Some(shown) = shown {
        let within = between.within(&query, between.there, shown);
        push(&mut query, within);
    }
    let key = between.there.iter();
    let key = key.map(|field| Selected::Expr(between.column(&query, field), field.sql_type));
    query.select = key.collect();
    // The key's own type reads it, so that it compares equal with those of instances.
    let keys =
        execute::rows(db, &query::select(&query.on(db))?, &Decoder::Fn(M::Pk::decode)).await?;
    Ok(keys.iter().map(Key::to_values).collect())
}

/// The same where the key to them refers to another field, whose type only the rows know.
async fn linked_rows<M: Model>(
    db: &dyn Executor,
    set: &RelatedSet,
    shown: Option<Query>,
) -> Result<Keys> {
    let mut query = shown.unwrap_or_else(|| Query::new(M::meta()));
    query.order.by = Some(Vec::new());
    let back = Node::relation(back_path(query.scope, set.step));
    push(&mut query, Node::compare(Comparison::Eq, back, Node::row(set.key.to_vec())));
    let rows = execute::rows(db, &query::select(&query.on(db))?, &Decoder::Fn(M::decode)).await?;
    Ok(rows.iter().map(|row| key_at(row, set.step).into_vec()).collect())
}

async fn link_between(
    db: &dyn Executor,
    set: &RelatedSet,
    keys: Keys,
    data: &Data,
    most_are_there: bool,
    ends: Option<&Transaction>,
) -> Result<()> {
    let between = Between::new(set.step)?;
    let (mut drafts, mut seen) = (Vec::new(), HashSet::new());
    for key in &keys {
        // Twice in one statement a row would not find itself there.
        if !seen.insert(format!("{key:?}")) {
            continue;
        }
        drafts.push(between.draft(between.here, &set.key, key, data));
        if between.is_symmetrical() && key.as_slice() != set.key.as_slice() {
            drafts.push(between.draft(between.there, &set.key, key, data));
        }
    }
    if let Some(first) = drafts.first() {
        between.check(first, data)?;
    }
    let conflict = Some(between.unless_there(most_are_there));
    let returning = Returning::Nothing;
    let insertion = Insertion { conflict, returning, ..Insertion::new(between.model, db) };
    let parts = insertion.all(drafts)?;
    let named = |error: Error| error.of_model(between.model.name, between.model.table);
    if let [only] = parts.as_slice() {
        ends.iter().for_each(|unit| unit.ends_with_next());
        return db.run(&only.statement, &mut NoRows).await.map(drop).map_err(named);
    }
    let unit = db.begin().await?;
    for part in unit.up_to_end(&parts) {
        unit.executor().run(&part.statement, &mut NoRows).await.map_err(named)?;
    }
    unit.commit().await
}

/// Lets rows refer to the instance of a set; those that do so already are not touched.
async fn refer<M: Model>(
    db: &dyn Executor,
    set: &RelatedSet,
    fields: &'static [FieldMeta],
    keys: Keys,
    ends: Option<&Transaction>,
) -> Result<()> {
    let mut query = Query::new(M::meta());
    query.order.by = Some(Vec::new());
    let root = PathBuf::root(query.scope, M::meta());
    push(&mut query, Node::In(Box::new(Node::relation(root.clone())), Members::Keys(keys)));
    let Some(values) = assigned(set) else { return Ok(()) };
    let elsewhere = values.iter().map(|(field, value)| {
        let own = Node::Column { path: root.clone(), field };
        let other = Node::compare(Comparison::Ne, own.clone(), value.clone());
        if field.null { other.or(own.is_null(true)) } else { other }
    });
    push(&mut query, elsewhere.reduce(Node::or).unwrap_or(Node::Bool(true)));
    let mut values = values;
    values.extend(
        other_kinds(fields).map(|field| (field, Node::Value(SqlValue::Null, field.sql_type))),
    );
    let statement = query::update(&query.on(db), &values, Returning::Nothing)?;
    let named = |error: Error| error.of_model(M::meta().name, M::meta().table);
    ends.iter().for_each(|unit| unit.ends_with_next());
    db.run(&statement, &mut NoRows).await.map(drop).map_err(named)
}

/// Makes a set hold these rows and no others.
pub(super) async fn replace<M: Model>(
    db: &dyn Executor,
    set: &RelatedSet,
    keys: Keys,
    data: &Data,
) -> Result<()> {
    if is_watched(set.step) {
        return replace_once::<M>(db, set, keys, data).await;
    }
    execute::again(db, || replace_once::<M>(db, set, keys.clone(), data)).await
}

async fn replace_once<M: Model>(
    db: &dyn Executor,
    set: &RelatedSet,
    keys: Keys,
    data: &Data,
) -> Result<()> {
    let unit = db.begin().await?;
    lock_owner(unit.executor(), set).await?;
    if is_watched(set.step) {
        let there = linked::<M>(unit.executor(), set, shown::<M>()).await?;
        let gone = there.into_iter().filter(|key| !keys.contains(key)).collect();
        unlink::<M>(unit.executor(), set, Which::These(gone)).await?;
        link::<M>(unit.executor(), set, keys, data, Some(&unit)).await?;
        return unit.commit().await;
    }
    unlink::<M>(unit.executor(), set, Which::AllBut(keys.clone())).await?;
    match key_of(set.step) {
        None if !keys.is_empty() => {
            link_between(unit.executor(), set, keys, data, true, Some(&unit)).await?
        }
        _ => link::<M>(unit.executor(), set, keys, data, Some(&unit)).await?,
    }
    unit.commit().await
}

/// Locks the row that a set hangs on: of several who replace it at once, each sees what the one
/// before has made of it. Who only adds rows to it, or refers to the row, does not wait.
async fn lock_owner(db: &dyn Executor, set: &RelatedSet) -> Result<()> {
    let owner = set.step.back().target();
    let mut query = Query::new(owner);
    query.order.by = Some(Vec::new());
    query.lock =
        Some(Lock { strength: LockStrength::NoKeyUpdate, wait: LockWait::Wait, of: Vec::new() });
    let fields = match set.step.back().to_field() {
        Some(name) => owner.columns_of(name).iter().collect(),
        None => owner.key_fields(),
    };
    let root = PathBuf::root(query.scope, owner);
    query.select.clear();
    for (field, value) in fields.into_iter().zip(&set.key) {
        let own = Node::Column { path: root.clone(), field };
        query.select.push(Selected::Expr(own.clone(), field.sql_type));
        let value = Node::Value(value.clone(), field.sql_type);
        push(&mut query, Node::compare(Comparison::Eq, own, value));
    }
    db.run(&query::select(&query.on(db))?, &mut NoRows).await.map(drop)
}

/// Takes rows out of a set.
pub(super) async fn unlink<M: Model>(
    db: &dyn Executor,
    set: &RelatedSet,
    which: Which,
) -> Result<()> {
    if matches!(&which, Which::These(keys) if keys.is_empty()) {
        return Ok(());
    }
    if let Some(fields) = key_of(set.step) {
        return unrefer::<M>(db, set, fields, which).await;
    }
    if !is_watched(set.step) {
        return unlink_between::<M>(db, set, &which).await;
    }
    let [before, after] = match which {
        Which::These(_) => [RelatedAction::BeforeRemove, RelatedAction::AfterRemove],
        Which::All | Which::AllBut(_) => [RelatedAction::BeforeClear, RelatedAction::AfterClear],
    };
    let unit = db.begin().await?;
    let named = match &which {
        Which::These(keys) => keys.as_slice(),
        Which::All | Which::AllBut(_) => &[],
    };
    let change = M2mChange::before(unit.executor(), set, before, named).await?;
    unlink_between::<M>(unit.executor(), set, &which).await?;
    change.after(after).await?;
    unit.commit().await
}

async fn unlink_between<M: Model>(
    db: &dyn Executor,
    set: &RelatedSet,
    which: &Which,
) -> Result<()> {
    let between = Between::new(set.step)?;
    let mut query = between.rows();
    let shown = shown::<M>();
    let linking = |here, there| {
        let own = between.belongs(&query, here, &set.key);
        let own = match &shown {
            Some(shown) => own.and(between.within(&query, there, shown.clone())),
            None => own,
        };
        let among = |keys| between.among(&query, there, keys);
        match which {
            Which::All => own,
            Which::These(keys) => own.and(among(keys)),
            Which::AllBut(keys) if keys.is_empty() => own,
            Which::AllBut(keys) => own.and(among(keys).not()),
        }
    };
    let mut links = linking(between.here, between.there);
    if between.is_symmetrical() {
        links = links.or(linking(between.there, between.here));
    }
    push(&mut query, links);
    delete::rows_of(between.model, &query, db).await.map(drop)
}

/// The rows that the default manager shows, where those are not all: a set takes out no others.
fn shown<M: Model>() -> Option<Query> {
    let query = M::default_query();
    let all = query.filters.is_empty() && !query.none && !query.is_sliced();
    (!all).then_some(query)
}

/// Sets the key of rows that refer to the instance of a set to NULL.
async fn unrefer<M: Model>(
    db: &dyn Executor,
    set: &RelatedSet,
    fields: &'static [FieldMeta],
    which: Which,
) -> Result<()> {
    let mut query = M::default_query();
    query.order.by = Some(Vec::new());
    let root = PathBuf::root(query.scope, M::meta());
    let own = assigned(set).unwrap_or_default();
    let nulls = own.iter().map(|(field, _)| (*field, Node::Value(SqlValue::Null, field.sql_type)));
    let nulls: Vec<_> = nulls.collect();
    for (field, value) in own {
        let own = Node::Column { path: root.clone(), field };
        push(&mut query, Node::compare(Comparison::Eq, own, value));
    }
    let among = |keys| Node::In(Box::new(Node::relation(root)), Members::Keys(keys));
    let replaces = matches!(which, Which::AllBut(_));
    match which {
        Which::These(keys) => push(&mut query, among(keys)),
        Which::AllBut(keys) if !keys.is_empty() => push(&mut query, among(keys).not()),
        Which::All | Which::AllBut(_) => {}
    }
    if let Some(field) = fields.iter().find(|field| !field.null) {
        // Where none would have to go, that they cannot is no matter.
        if replaces {
            let any = query::exists(&query.on(db))?;
            if execute::rows(db, &any, &Decoder::Fn(|_| Ok(()))).await?.is_empty() {
                return Ok(());
            }
        }
        return Err(cannot_go::<M>(field));
    }
    let statement = query::update(&query.on(db), &nulls, Returning::Nothing)?;
    db.run(&statement, &mut NoRows).await?;
    Ok(())
}

fn cannot_go<M: Model>(field: &FieldMeta) -> Error {
    Error::usage(format!(
        "`{}` of `{}` cannot be NULL, so rows cannot be taken out of this set; delete them, or make \
         the key an `Option`",
        field.name,
        M::meta().name
    ))
}
