//! The keys that tie children to their parents: one column, or several.

use crate::ir::{CaseNode, FieldMeta, Members, Node, PathBuf, Relation, RelationKind, Scope, Step};
use crate::row::{KeyBuffer, KeyCells};
use orm_sql::ast::{ANY, ANY_AS_TEXT, Template, UNNEST};
use orm_sql::hash::FoldState;
use orm_sql::row::RowBuffer;
use orm_sql::value::{SqlType, SqlValue};
use smallvec::{SmallVec, smallvec};
use std::collections::HashSet;

/// The columns of a key on one side, with their types.
pub(crate) type SideKey = SmallVec<[(Node, &'static SqlType); 1]>;

/// The cells that hold a key; `place` finds the cell of a column, or makes one.
pub(crate) fn cells(key: &SideKey, mut place: impl FnMut(&Node, SqlType) -> usize) -> KeyCells {
    let cells: SmallVec<[usize; 4]> =
        key.iter().map(|(node, sql_type)| place(node, **sql_type)).collect();
    let (first, rest) = cells.split_first().map_or((usize::MAX, &[][..]), |(f, r)| (*f, r));
    KeyCells::new(first, rest.iter().copied())
}

/// Where a path to related rows really begins, and the steps from there: within the rows of another query
/// at the model's own part of them, and the row of the model that this one extends is the same row.
fn from_own_row(path: &PathBuf) -> (PathBuf, &[Step]) {
    let (mut root, mut steps) = (PathBuf::root(path.scope, path.root), &*path.steps);
    if let [part @ Step::Output(..), relations @ ..] = steps {
        (root, steps) = (root.then(*part), relations);
    }
    while let [link @ Step::Forward(key), relations @ ..] = steps
        && key.parent_link
        && !relations.is_empty()
    {
        (root, steps) = (root.then(*link), relations);
    }
    (root, steps)
}

/// That children are of the kind of a generic key in two columns, where they are found by that: children of
/// rows of other models have the same keys.
pub(crate) fn children_are(path: &PathBuf, child_scope: Scope) -> Option<Node> {
    match from_own_row(path).1 {
        [Step::Reverse(relation)] => relation.is_kind(&PathBuf::root(child_scope, relation.from())),
        _ => None,
    }
}

/// The two sides of the key that a path's last relation is matched by: of the parent, of the child.
pub(crate) fn both_sides(path: &PathBuf, child_scope: Scope) -> (SideKey, SideKey) {
    let child = path.target();
    let child_root = || PathBuf::root(child_scope, child);
    let (root, steps) = from_own_row(path);
    if let [step] = steps
        && let Some(key) = direct(&root, step, child_root())
    {
        return key;
    }
    // Over a table between, or several relations: the root's own key, read from the far end.
    let mut back = child_root();
    back.steps.extend(steps.iter().rev().map(Step::back));
    let key = path.root.primary_key.iter().filter_map(|place| path.root.fields.get(*place));
    let side = |path: &PathBuf| key.clone().map(|field| column(path, field)).collect();
    (side(&root), side(&back))
}

fn column(path: &PathBuf, field: &'static FieldMeta) -> (Node, &'static SqlType) {
    (Node::Column { path: path.clone(), field }, &field.sql_type)
}

/// The key's column itself, where one relation with a key is followed.
fn direct(parent: &PathBuf, step: &Step, child: PathBuf) -> Option<(SideKey, SideKey)> {
    let relation = step.relation()?;
    if relation.kind == RelationKind::ManyToMany {
        return None;
    }
    let (pairs, forward) = (relation.pairs(), matches!(step, Step::Forward(_)));
    // Both sides are of the types that the key refers to.
    let of_targets = |path: &PathBuf| {
        let column = |(_, target): &Pair| column(path, target);
        pairs.iter().map(column).collect::<SideKey>()
    };
    let own = |path: &PathBuf| {
        let own = |pair: &Pair| (own_column(relation, path, *pair, forward), &pair.1.sql_type);
        pairs.iter().map(own).collect::<SideKey>()
    };
    (!pairs.is_empty()).then(|| match forward {
        true => (own(parent), of_targets(&child)),
        false => (of_targets(parent), own(&child)),
    })
}

/// A column of a key, and the one whose value it holds.
type Pair = (&'static FieldMeta, &'static FieldMeta);

/// A column of a key, as the type that it refers to. Of a generic key in two columns only where it is
/// of this kind: in the rows that are asked, or where it is to be read as another type.
fn own_column(
    relation: &'static Relation,
    path: &PathBuf,
    (key, target): Pair,
    asked: bool,
) -> Node {
    let own = Node::Column { path: path.clone(), field: key };
    let Some(is_kind) = relation.is_kind(path) else { return own };
    let own = match (key.sql_type == target.sql_type, asked) {
        (true, false) => return own,
        (true, true) => own,
        (false, _) => Node::Cast(Box::new(own), target.sql_type),
    };
    let branches = vec![(is_kind, own)];
    Node::Case(Box::new(CaseNode { branches, otherwise: None, sql_type: target.sql_type }))
}

/// Keys of rows, each once: for each column an array that goes back to the server.
pub(super) struct Keys {
    pub count: usize,
    /// Two rows have one key.
    pub repeated: bool,
    columns: SmallVec<[Vec<u8>; 1]>,
}

impl Keys {
    /// An array of the server's for each column.
    pub fn into_arrays(self) -> Vec<SqlValue> {
        let count = self.count;
        let cells = |encoded| SqlValue::Cells { count, encoded };
        self.columns.into_iter().map(cells).collect()
    }
}

/// The keys of the rows in a buffer.
pub(super) fn distinct(rows: &RowBuffer, key: &KeyCells, width: usize) -> Keys {
    let mut keys = Keys { count: 0, repeated: false, columns: smallvec![Vec::new(); width] };
    let mut seen = HashSet::with_capacity_and_hasher(rows.len(), FoldState::default());
    let mut several = HashSet::<KeyBuffer, FoldState>::default();
    for row in (0..rows.len()).map(|row| rows.row(row)) {
        if let [column] = keys.columns.as_mut_slice() {
            let Some(cell) = row.get(key.first()) else { continue };
            if seen.insert(cell) {
                push(column, cell);
                keys.count += 1;
            } else {
                keys.repeated = true;
            }
            continue;
        }
        let mut buffer = KeyBuffer::new();
        if key.read(|cell| row.get(cell), &mut buffer).is_none() {
            continue;
        }
        if !several.insert(buffer) {
            keys.repeated = true;
        } else {
            keys.count += 1;
            for (column, place) in keys.columns.iter_mut().zip(key.places()) {
                push(column, row.get(place).unwrap_or_default());
            }
        }
    }
    keys
}

#[expect(clippy::cast_possible_truncation, reason = "a cell has less than 2^30 bytes")]
pub(super) fn push(column: &mut Vec<u8>, cell: &[u8]) {
    column.extend_from_slice(&(cell.len() as i32).to_be_bytes());
    column.extend_from_slice(cell);
}

/// That a child's key is one of these.
pub(super) fn among(key: &SideKey, keys: Keys) -> Node {
    let mut cells = keys.into_arrays().into_iter();
    if let [(node, sql_type)] = key.as_slice() {
        let array = cells.next().unwrap_or(SqlValue::Null);
        return among_one(node, array, sql_type);
    }
    let arrays =
        cells.zip(key).map(|(cells, (_, sql_type))| Node::Value(cells, SqlType::Array(sql_type)));
    let mut args = vec![as_row(key)];
    args.extend(arrays);
    Node::template(&UNNEST, args)
}

/// The same for a key of one column. Where that is of another type than the keys, it is asked as it is,
/// which an index can answer; that it is of the kind is asked beside it.
fn among_one(node: &Node, keys: SqlValue, sql_type: &'static SqlType) -> Node {
    if let Node::Case(case) = node
        && let [(_, Node::Cast(own, _))] = case.branches.as_slice()
        && let Node::Column { field, .. } = &**own
    {
        return match field.sql_type {
            SqlType::Text => {
                let keys = Node::Value(keys, SqlType::Array(sql_type));
                Node::template(&ANY_AS_TEXT, vec![(**own).clone(), keys])
            }
            _ => Node::template(
                &ANY,
                vec![(**own).clone(), Node::Value(keys, SqlType::Array(sql_type))],
            ),
        };
    }
    Node::In(Box::new(node.clone()), Members::Array(keys, sql_type))
}

/// `(a, b)`
fn as_row(key: &SideKey) -> Node {
    static ROW: Template = Template::new("({*})");
    Node::template(&ROW, nodes(key))
}

/// The columns without their types.
pub(super) fn nodes(key: &SideKey) -> Vec<Node> {
    key.iter().map(|(node, _)| node.clone()).collect()
}
