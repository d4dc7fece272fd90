//! The runtime half of what `#[derive(GenericForeignKey)]` writes.

mod content_types;
mod optional;
mod rows;

pub use content_types::read_content_types;
pub use optional::InOption;
pub use rows::{
    GenericDecoder, Join, JoinedKinds, Loader, fetched, join_generic, join_row, load_generic,
    load_row, load_rows,
};

use content_types::content_type_named;

use super::shared::check_of_field;
use crate::expr::{Assignment, Expr, Q};
use crate::ir::held_as::as_type;
use crate::ir::{
    CheckMeta, Comparison, FieldMeta, Members, NO_FIELD, Node, PathBuf, Relation, Scope, Step,
};
use crate::model::{Flat, GenericForeignKey, IntoGeneric, Model, ModelFields, Place, ToldBy};
use crate::row::{Decoded, Reader, encoded_as};
use orm_sql::ast::Template;
use orm_sql::value::{SqlType, SqlValue};

/// The place of a value among the columns, and the value of a generic key there.
pub fn generic_value<G: GenericForeignKey>(key: &G, place: usize) -> SqlValue {
    let (kind, values) = (key.kind_place(), key.key_values());
    if G::TOLD_BY != ToldBy::Columns {
        let value = match place {
            0 => Some(G::kind_value(kind)),
            _ => values.into_iter().nth(place - 1).map(|value| held::<G>(value)),
        };
        return value.unwrap_or(SqlValue::Null);
    }
    let first: usize = G::WIDTHS.iter().take(kind).sum();
    let value = place.checked_sub(first).and_then(|place| values.into_iter().nth(place));
    value.unwrap_or(SqlValue::Null)
}

/// Finds the kind whose key is there, and goes to that; how many columns are left after it.
///
/// # Errors
///
/// When there is none, or are several.
fn kind_of_key<G: GenericForeignKey>(reader: &mut Reader<'_>) -> Decoded<(usize, usize)> {
    let (mut first, mut found) = (0, None);
    for (kind, width) in G::WIDTHS.iter().enumerate() {
        if (first..first + width).any(|ahead| reader.peek(ahead).is_some()) {
            if found.is_some() {
                reader.skip(first + 1);
                return Err(
                    reader.error("the row has keys of several kinds, of which one may be set")
                );
            }
            found = Some((kind, first, *width));
        }
        first += width;
    }
    let Some((kind, before, width)) = found else {
        reader.skip(1);
        return Err(reader.error("the row has no key of any kind, and one must be set"));
    };
    reader.skip(before);
    Ok((kind, first - before - width))
}

/// Reads a generic key.
///
/// # Errors
///
/// When no key is set, or several, and when a cell holds something else.
pub fn decode_generic<G: GenericForeignKey>(reader: &mut Reader<'_>) -> Decoded<G> {
    let told = match G::TOLD_BY {
        ToldBy::Columns => None,
        ToldBy::Text => Some(SqlValue::Text(reader.column()?)),
        ToldBy::ContentType => Some(SqlValue::I32(reader.column()?)),
    };
    if let Some(told) = told {
        let mut kinds = 0..G::WIDTHS.len();
        let kind = kinds.find(|kind| G::kind_value(*kind).is_same(&told));
        let kind = kind.ok_or_else(|| reader.error(no_kind_of::<G>(&told)))?;
        return read_held::<G>(kind, reader);
    }
    let (kind, after) = kind_of_key::<G>(reader)?;
    let key = G::read_key(kind, reader)?;
    reader.skip(after);
    Ok(key)
}

/// The value of a key in the column that holds those of all kinds.
fn held<G: GenericForeignKey>(value: SqlValue) -> SqlValue {
    let Some(sql_type) = G::KEY_COLUMN else { return value };
    as_type(&value, sql_type).unwrap_or_else(|| {
        let key = value.text().unwrap_or_default();
        let column = sql_type.name();
        SqlValue::Invalid(format!(
            "the column of a generic key is `{column}`, and cannot hold the key {key}"
        ))
    })
}

/// The values of a key as the columns have them.
fn held_key<G: GenericForeignKey>(key: &G) -> Vec<SqlValue> {
    key.key_values().into_iter().map(held::<G>).collect()
}

/// Reads the key of a kind from the column that holds those of all.
fn read_held<G: GenericForeignKey>(kind: usize, reader: &mut Reader<'_>) -> Decoded<G> {
    let value = match G::KEY_COLUMN {
        None => return G::read_key(kind, reader),
        Some(SqlType::Int2) => SqlValue::I16(reader.column()?),
        Some(SqlType::Int4) => SqlValue::I32(reader.column()?),
        Some(SqlType::Int8) => SqlValue::I64(reader.column()?),
        Some(_) => SqlValue::Text(reader.column()?),
    };
    let sql_type = G::key_type(kind);
    let cells = as_type(&value, sql_type).and_then(|value| encoded_as([(value, sql_type)]));
    let cells = cells.ok_or_else(|| {
        let value = value.text().unwrap_or_default();
        reader.error(format!("`{value}` is no key of its kind, which is `{}`", sql_type.name()))
    })?;
    G::read_key(kind, &mut Reader::new(&cells))
}

/// The type of a model's keys, which a column of another type can hold.
///
/// # Panics
///
/// When it cannot, while the program is compiled.
#[track_caller]
pub const fn key_type_in(column: SqlType, key: SqlType) -> SqlType {
    use SqlType::{Int2, Int4, Int8, Text, Uuid};
    match (column, key) {
        (Int2 | Int4 | Int8, Int2 | Int4 | Int8) | (Text, Int2 | Int4 | Int8 | Uuid | Text) => key,
        _ => panic!(
            "`key_type` cannot hold the keys of this model: it is `i16`, `i32` or `i64` for keys that are \
             integers, and `String` for integers, UUIDs and texts"
        ),
    }
}

/// Why a kind is none.
fn no_kind_of<G: GenericForeignKey>(told: &SqlValue) -> String {
    let told = told.text().unwrap_or_default();
    match G::kind_value(0) {
        SqlValue::Invalid(message) => message,
        _ => format!("`{told}` is no kind of this generic key"),
    }
}

/// Whether the next cells are those of a generic key that is not set.
pub fn no_generic<G: GenericForeignKey>(reader: &Reader<'_>) -> bool {
    (0..G::WIDTH).all(|ahead| reader.peek(ahead).is_none())
}

/// A relation of a generic key, with what the model that has the key says of it. `own` is whether the
/// variant says itself what becomes of the row when the one it leads to goes.
pub const fn generic_key<W: Place>(
    mut relation: Relation,
    own: bool,
    only: Option<fn() -> SqlValue>,
) -> Relation {
    relation.null = true;
    relation.reverse = W::GENERIC.reverse;
    relation.whole = Some(whole::<W>);
    relation.only = only;
    relation.db_constraint &= only.is_none();
    if let (false, Some(on_delete)) = (own, W::GENERIC.on_delete) {
        relation.on_delete = on_delete;
    }
    relation
}

/// That a field says of a generic key what it must: what becomes of a row, where the variants do not say it
/// (`says` is whether it does), and that there may be none, where a variant says `SetNull`.
#[track_caller]
pub const fn check_generic<G: GenericForeignKey>(says: bool, optional: bool) {
    assert!(
        says || G::SAYS_ON_DELETE,
        "a generic key must say what happens when the row it leads to is deleted: `#[field(generic, on_delete = \
         Cascade)]` here, or `#[field(on_delete = …)]` on each variant"
    );
    assert!(
        optional || !G::SETS_NULL,
        "`SetNull` needs a key that can be NULL, and a variant says it: make the generic key an `Option<…>`, or \
         choose another `on_delete`"
    );
}

/// All columns of a generic key.
fn whole<W: Place>() -> &'static [FieldMeta] {
    let fields = W::flat().fields;
    fields.get(..<W::Shared as ModelFields>::WIDTH).unwrap_or_default()
}

/// What Django's content types have for a model: `name` is `app.model`, where it is not that of the model.
pub fn content_type_of<M: Model>(name: Option<&str>) -> SqlValue {
    let meta = M::meta();
    content_type_named(name, meta.app, meta.name)
}

/// A column of a generic key that has two, kind and key.
pub const fn generic_field<W: Place>(mut field: FieldMeta) -> FieldMeta {
    field.null = W::GENERIC.optional;
    field
}

/// The column of the key of such a one.
pub const fn generic_key_field<W: Place>(field: FieldMeta) -> FieldMeta {
    let mut field = generic_field::<W>(field);
    field.kinds = Some(kinds_of::<W>);
    field
}

/// The relations of a generic key that has two columns.
fn kinds_of<W: Place>() -> &'static [Relation] {
    let relations = W::flat().relations;
    relations.get(..<W::Shared as ModelFields>::RELATIONS).unwrap_or_default()
}

/// How many arguments are not NULL.
static NUM_NONNULLS: Template = Template::new("num_nonnulls({*})");

/// That exactly one key is set, or one at the most.
pub fn one_is_set<W: Place<Shared: GenericForeignKey>>() -> Node {
    if <W::Shared as GenericForeignKey>::TOLD_BY != ToldBy::Columns {
        return one_is_told::<W>();
    }
    let (path, mut fields) = (PathBuf::root(Scope::ANY, W::Model::meta()), W::flat().fields);
    let column = |field| Node::Column { path: path.clone(), field };
    let (mut firsts, mut halves) = (Vec::new(), Vec::new());
    for width in <W::Shared as GenericForeignKey>::WIDTHS {
        let (key, rest) = fields.split_at(fields.len().min(*width));
        fields = rest;
        let Some((first, more)) = key.split_first() else { continue };
        firsts.push(column(first));
        // All columns of a key, or none.
        let all =
            |null: bool| key.iter().map(|field| column(field).is_null(null)).reduce(Node::and);
        if let (false, Some(none), Some(all)) = (more.is_empty(), all(true), all(false)) {
            halves.push(none.or(all));
        }
    }
    let one = if W::GENERIC.optional { Comparison::Lte } else { Comparison::Eq };
    let count = Node::template(&NUM_NONNULLS, firsts);
    let value = Node::Value(SqlValue::I32(1), SqlType::Int4);
    halves.into_iter().fold(Node::compare(one, count, value), Node::and)
}

/// That the kind is one of those known, and that there is no kind without a key.
fn one_is_told<W: Place<Shared: GenericForeignKey>>() -> Node {
    let (path, fields) = (PathBuf::root(Scope::ANY, W::Model::meta()), W::flat().fields);
    let [kind, key, ..] = fields else { return Node::Bool(true) };
    let column = |field| Node::Column { path: path.clone(), field };
    let mut all = Vec::new();
    if <W::Shared as GenericForeignKey>::TOLD_BY == ToldBy::Text {
        let kinds = (0..<W::Shared as GenericForeignKey>::WIDTHS.len()).map(|place| {
            Node::Value(<W::Shared as GenericForeignKey>::kind_value(place), SqlType::Text)
        });
        all.push(Node::In(Box::new(column(kind)), Members::Nodes(kinds.collect())));
    }
    if W::GENERIC.optional {
        let none = column(kind).is_null(true).and(column(key).is_null(true));
        all.push(none.or(column(kind).is_null(false).and(column(key).is_null(false))));
    }
    all.into_iter().reduce(Node::and).unwrap_or(Node::Bool(true))
}

/// The check of the columns of a generic key.
pub const fn generic_check<W: Place<Shared: GenericForeignKey>>() -> CheckMeta {
    check_of_field::<W, false>(one_is_set::<W>)
}

/// The row that the kind at a place leads to.
fn row_of(path: &PathBuf, flat: Flat, kind: usize) -> Node {
    Node::relation(path.then(Step::Forward(flat.relation(kind))))
}

/// That the key leads to a row.
pub fn generic_eq<R, G: GenericForeignKey>(
    path: &PathBuf,
    flat: Flat,
    op: bool,
    key: impl IntoGeneric<G>,
) -> Q<R> {
    let Some(key) = key.into_generic() else {
        return generic_isnull::<R, G>(path, flat, op);
    };
    let is = match is_kind::<G>(path, flat, key.kind_place()) {
        None => {
            let row = row_of(path, flat, key.kind_place());
            Node::compare(Comparison::Eq, row, Node::row(key.key_values()))
        }
        Some(kind) => {
            kind.and(Node::compare(Comparison::Eq, key_of(path, flat), Node::row(held_key(&key))))
        }
    };
    Expr::from_node(if op { is } else { is.not() })
}

/// That the key leads to one of several rows.
pub fn generic_in<R, G: GenericForeignKey, V: IntoGeneric<G>>(
    path: &PathBuf,
    flat: Flat,
    keys: impl IntoIterator<Item = V>,
) -> Q<R> {
    let mut kinds: Vec<Vec<_>> = G::WIDTHS.iter().map(|_| Vec::new()).collect();
    for key in keys.into_iter().filter_map(IntoGeneric::into_generic) {
        if let Some(kind) = kinds.get_mut(key.kind_place()) {
            kind.push(held_key(&key));
        }
    }
    let one_of = |(kind, keys)| match is_kind::<G>(path, flat, kind) {
        None => Node::In(Box::new(row_of(path, flat, kind)), Members::Keys(keys)),
        Some(kind) => kind.and(Node::In(Box::new(key_of(path, flat)), Members::Keys(keys))),
    };
    let none = kinds.iter().all(Vec::is_empty);
    let kinds = kinds
        .into_iter()
        .enumerate()
        .filter(|(kind, keys)| !keys.is_empty() || (none && *kind == 0));
    Expr::from_node(kinds.map(one_of).reduce(Node::or).unwrap_or(Node::Bool(false)))
}

/// That the key is of a kind.
pub fn generic_is_kind<R, G: GenericForeignKey>(path: &PathBuf, flat: Flat, kind: usize) -> Q<R> {
    let is = is_kind::<G>(path, flat, kind);
    Expr::from_node(is.unwrap_or_else(|| row_of(path, flat, kind).is_null(false)))
}

/// That the column of the kind says so; none where the kinds have columns of their own.
fn is_kind<G: GenericForeignKey>(path: &PathBuf, flat: Flat, kind: usize) -> Option<Node> {
    if G::TOLD_BY == ToldBy::Columns {
        return None;
    }
    let field = flat.fields.first().unwrap_or(&NO_FIELD);
    let value = Node::Value(G::kind_value(kind), field.sql_type);
    let own = Node::Column { path: path.clone(), field };
    Some(Node::compare(Comparison::Eq, own, value))
}

/// The column of the key, beside that of the kind.
fn key_of(path: &PathBuf, flat: Flat) -> Node {
    Node::Column { path: path.clone(), field: flat.fields.get(1).unwrap_or(&NO_FIELD) }
}

/// That there is no key, or that there is one.
pub fn generic_isnull<R, G: GenericForeignKey>(path: &PathBuf, flat: Flat, null: bool) -> Q<R> {
    if G::TOLD_BY != ToldBy::Columns {
        return Expr::from_node(key_of(path, flat).is_null(null));
    }
    let kinds = 0..G::WIDTHS.len();
    let kinds = kinds.map(|kind| row_of(path, flat, kind).is_null(null));
    let all = if null { kinds.reduce(Node::and) } else { kinds.reduce(Node::or) };
    Expr::from_node(all.unwrap_or(Node::Bool(null)))
}

/// Assigns all columns of the key.
pub fn set_generic<R, G: GenericForeignKey>(flat: Flat, key: impl IntoGeneric<G>) -> Assignment<R> {
    super::set_fields(flat, &key.into_generic())
}
