//! Rows put into many-to-many fields, and taken out of them.

use super::model::HistoricalModel;
use super::row::HistoricalRow;
use super::write;
use orm_core::ir::{Comparison, FieldMeta, Members, Node, PathBuf, Query, Relation, Scope};
use orm_core::query::{self, Returning};
use orm_sql::error::Result;
use orm_sql::exec::Executor;
use orm_sql::value::SqlValue;

/// The model between, its key to the row, and its key to the others.
struct Link {
    between: HistoricalModel,
    here: &'static Relation,
    there: &'static Relation,
}

impl Link {
    fn of(row: &HistoricalRow, name: &str, others: &[&HistoricalRow]) -> Result<Link> {
        let model = row.model();
        let base = Query { scope: Scope::ANY, ..Query::new(model.meta) };
        let names = model.names(&base);
        let many = model.meta.many_to_many.iter().find(|relation| relation.name == name);
        let relation = *many.ok_or_else(|| names.unknown(model.meta, name))?;
        let through = relation.through.as_ref();
        let keys = through.and_then(|through| Some((through.model(), through.keys(relation)?)));
        let Some((between, (here, there))) = keys else {
            return Err(names.wrong(format!("the model between of `{name}` has no such keys")));
        };
        if let Some(other) = others.iter().find(|other| other.model().meta != relation.to()) {
            let label = other.model().name();
            return Err(names.wrong(format!("`{name}` takes no rows of `{label}`")));
        }
        let between = HistoricalModel { meta: between, ..model.clone() };
        Ok(Link { between, here, there })
    }
}

fn place(link: &Link, field: &'static FieldMeta) -> usize {
    link.between.meta.fields.iter().position(|other| other == field).unwrap_or(usize::MAX)
}

/// Adds rows; those that are in it already stay.
pub(super) async fn add(
    db: &dyn Executor,
    row: &HistoricalRow,
    name: &str,
    others: Vec<&HistoricalRow>,
) -> Result<()> {
    let link = Link::of(row, name, &others)?;
    let here = row.key_for(&link.here.targets())?;
    let mut drafts = Vec::with_capacity(others.len());
    for other in others {
        let there = other.key_for(&link.there.targets())?;
        let mut values = vec![None; link.between.meta.width()];
        let keys = link.here.fields().iter().zip(&here);
        for (field, value) in keys.chain(link.there.fields().iter().zip(&there)) {
            if let Some(slot) = values.get_mut(place(&link, field)) {
                *slot = Some(value.clone());
            }
        }
        drafts.push(values);
    }
    write::insert(db, &link.between, drafts, true).await.map(drop)
}

/// Takes rows out, and returns how many were in it.
pub(super) async fn remove(
    db: &dyn Executor,
    row: &HistoricalRow,
    name: &str,
    others: Vec<&HistoricalRow>,
) -> Result<u64> {
    let link = Link::of(row, name, &others)?;
    let mut query = Query::new(link.between.meta);
    query.order.by = Some(Vec::new());
    let path = PathBuf::root(query.scope, link.between.meta);
    let key = |key: &'static Relation| Node::relation(path.then(orm_core::ir::Step::Forward(key)));
    let own = Node::row(row.key_for(&link.here.targets())?);
    let there = link.there.targets();
    let keys = others.iter().map(|other| other.key_for(&there));
    let keys = keys.collect::<Result<Vec<Vec<SqlValue>>>>()?;
    let query = query
        .clone()
        .with_filter(Node::compare(Comparison::Eq, key(link.here), own))
        .with_filter(Node::In(Box::new(key(link.there)), Members::Keys(keys)));
    write::run(db, &link.between, query::delete(&query, Returning::Nothing)?).await
}
