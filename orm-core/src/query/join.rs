//! Pass: follow paths, and join the tables on their way.
//!
//! Two paths share a join where they follow the same key from the same row. Over to-many relations
//! the conditions of one `filter` call share a row, those of another call have their own.

use super::plan::{Ctx, FrameKind, Joined, Planner, Result, Reuse, usage};
use crate::ir::{
    FieldMeta, KeyFields, ModelMeta, Node, PathBuf, Relation, RelationKind, Scope, Step,
};
use orm_sql::ast::{Column, Connective, Expr, FrameId, Join, JoinKind, Name, On, TableId, number};
use orm_sql::value::SqlValue;
use smallvec::SmallVec;

/// The columns of a key with the fields that they hold the values of.
pub(super) type KeyColumns = SmallVec<[(Column, &'static FieldMeta); 1]>;

impl<'a> Planner<'a> {
    /// The column of a field at the end of a path. Where a key holds the same value already, its
    /// column is taken, and the table behind it need not be joined.
    pub fn column(
        &mut self,
        path: &PathBuf,
        field: &'static FieldMeta,
        ctx: Ctx,
    ) -> Result<Column> {
        if ctx.outer && self.frame_of(path, ctx).is_err() {
            return usage(format!(
                "this query set contains `outer_ref` of `{}`, and can only be used inside another \
                 query: one of `{}`",
                written(path, field.name),
                path.root.name
            ));
        }
        let table = self.place(path, ctx)?;
        let (table, field) = self.holder(table, field, ctx)?;
        let column = self.nearest(table, field);
        let own = ctx.base == Some(column.table);
        if !ctx.joins && !own && self.table(column.table).join.is_some() {
            return usage(format!(
                "`{}` reaches over a relation, which is not possible here",
                written(path, field.name)
            ));
        }
        self.table_mut(column.table).read = true;
        self.reads.push(column.table);
        Ok(column)
    }

    /// The key of the row at the end of a path: what the relation refers to.
    pub fn key_columns(&mut self, path: &PathBuf, ctx: Ctx) -> Result<KeyColumns> {
        let fields = key_fields(path)?;
        fields.into_iter().map(|field| Ok((self.column(path, field, ctx)?, field))).collect()
    }

    /// The table at the end of a path.
    pub fn place(&mut self, path: &PathBuf, ctx: Ctx) -> Result<TableId> {
        let (frame, start) = self.start(path, ctx)?;
        if self.table(start).model.is_none()
            && !matches!(path.steps.first(), Some(Step::Output(..)))
        {
            return usage(format!(
                "the rows of `.nested()` are no rows of `{}` any more: order and filter by what they \
                 are made of, as by `order_by(|(a, b)| b.clone())`",
                path.root.name
            ));
        }
        let ctx = Ctx { strict: ctx.strict && frame == ctx.frame, frame, ..ctx };
        let mut at = start;
        for (place, step) in path.steps.iter().enumerate() {
            let mut conditions = path.on_at(place + 1).peekable();
            at = match conditions.peek() {
                None => self.step(at, *step, ctx)?,
                Some(_) => self.step_on(at, *step, conditions.cloned().collect(), ctx)?,
            };
        }
        Ok(at)
    }

    /// One relation followed to those of its rows that satisfy conditions: these stand in ON.
    fn step_on(
        &mut self,
        at: TableId,
        step: Step,
        conditions: Vec<Node>,
        ctx: Ctx,
    ) -> Result<TableId> {
        let hops = hops(step)?;
        let Some(((key, reverse), before)) = hops.split_last() else {
            return usage("`on` takes a relation");
        };
        let mut at = at;
        for (key, reverse) in before {
            at = self.hop(at, key, *reverse, ctx)?;
        }
        let place = match self.conditions.iter().position(|known| *known == conditions) {
            Some(place) => place,
            None => {
                self.conditions.push(conditions.clone());
                self.conditions.len() - 1
            }
        };
        let tables = self.tables.len();
        let table = self.hop_on(at, key, *reverse, Some(number(place)), ctx)?;
        if usize::from(table) == tables {
            self.add_to_on(table, &conditions)?;
        }
        Ok(table)
    }

    /// The conditions on the rows of a table that has just been joined.
    fn add_to_on(&mut self, table: TableId, conditions: &[Node]) -> Result<()> {
        let frame = self.table(table).frame;
        let ctx = Ctx { base: Some(table), joins: false, ..Ctx::value(frame).opaque() };
        let mut all: SmallVec<[Expr<'a>; 2]> = SmallVec::new();
        for condition in conditions {
            all.push(self.condition(condition, ctx)?);
        }
        let all = self.fold(Connective::And, &all);
        let all = self.keep(all);
        self.table_mut(table).nullable = true;
        let join = self.table(table).join;
        if let Some(mut join) = join {
            let all = match join.on {
                On::Both(_, tenant) => {
                    let both = self.arena.alloc([*tenant, *all]);
                    self.arena.alloc(Expr::Junction(Connective::And, both))
                }
                _ => all,
            };
            join.on = On::Both(join.on.columns(), all);
            join.kind = JoinKind::Left;
            self.table_mut(table).join = Some(join);
        }
        Ok(())
    }

    /// The table of a SELECT where a path starts.
    fn start(&mut self, path: &PathBuf, ctx: Ctx) -> Result<(FrameId, TableId)> {
        if let (Some(base), Scope::ANY) = (ctx.base, path.scope) {
            return Ok((self.table(base).frame, base));
        }
        let mut at = self.frame_of(path, ctx)?;
        let many = path.steps.iter().any(Step::is_many);
        while let (FrameKind::Split, false, Some(parent)) =
            (self.frame(at).kind, many, self.frame(at).parent)
        {
            at = parent;
        }
        Ok((at, self.frame(at).start(path.scope)))
    }

    /// The SELECT that a path belongs to.
    pub fn frame_of(&self, path: &PathBuf, ctx: Ctx) -> Result<FrameId> {
        let mut enclosing = false;
        let mut next = Some(ctx.frame);
        let any = path.scope == Scope::ANY;
        while let Some(at) = next {
            let frame = self.frame(at);
            let fits = match any {
                true => {
                    frame.model.is_some_and(|model| is_a(model, path.root))
                        && (enclosing || !ctx.outer)
                }
                false => frame.is_of(path.scope),
            };
            if fits && enclosing && !ctx.outer && !any {
                return usage(format!(
                    "a path of the outer query of `{}` stands inside another query: wrap it in \
                     `outer_ref(…)`",
                    path.root.name
                ));
            }
            if fits {
                return Ok(at);
            }
            enclosing |= frame.kind == FrameKind::Query;
            next = frame.parent;
        }
        if ctx.outer {
            return usage(
                "this query set contains `outer_ref` and can only be used inside another query",
            );
        }
        usage(format!("a path of another query set of `{}` stands here", path.root.name))
    }

    /// One relation followed.
    pub fn step(&mut self, at: TableId, step: Step, ctx: Ctx) -> Result<TableId> {
        let mut at = at;
        if let Step::Output(place, model) = step {
            return match self.frame(self.table(at).frame).part {
                None => Ok(self.part_of_row(at, place, model)),
                Some(part) if part == place => Ok(at),
                Some(_) => usage("a negated condition joins two parts of a nested query's row"),
            };
        }
        for (key, reverse) in hops(step)? {
            at = self.hop(at, key, reverse, ctx)?;
        }
        Ok(at)
    }

    /// The columns of a model within a nested query's row, as a table of their own.
    pub fn part_of_row(
        &mut self,
        whole: TableId,
        place: u16,
        model: &'static ModelMeta,
    ) -> TableId {
        let fits =
            |table: &Joined<'_>| table.part_of == Some(whole) && table.outputs == Some(place);
        if let Some(found) = self.tables.iter().position(fits) {
            return number(found);
        }
        let row = self.table(whole);
        let part = Joined {
            part_of: Some(whole),
            model: Some(model),
            outputs: Some(place),
            read: false,
            ..*row
        };
        self.push_table(part)
    }

    /// One key followed: the join that is there already, or a new one.
    pub fn hop(
        &mut self,
        at: TableId,
        key: &'static Relation,
        reverse: bool,
        ctx: Ctx,
    ) -> Result<TableId> {
        if key.parent_link && !reverse {
            return self.hop_link(at, key, ctx);
        }
        let near = if reverse { key.to() } else { key.from() };
        let at = self.climb(at, |model| model == near, ctx)?;
        self.hop_on(at, key, reverse, None, ctx)
    }

    pub fn hop_on(
        &mut self,
        at: TableId,
        key: &'static Relation,
        reverse: bool,
        on: Option<u16>,
        ctx: Ctx,
    ) -> Result<TableId> {
        let call = self.frame(ctx.frame).call;
        let fits = |table: &Joined<'_>| {
            table.parent == Some(at)
                && table.on == on
                && table.key == Some((key, reverse))
                && (!is_many(key, reverse) || ctx.reuse == Reuse::All || table.call == call)
        };
        let id = match self.tables.iter().rposition(fits) {
            Some(found) => number(found),
            None => self.new_join(at, key, reverse, on)?,
        };
        if ctx.reuse == Reuse::Call {
            self.table_mut(id).call = call;
        }
        if ctx.strict {
            self.votes.push(id);
        }
        Ok(id)
    }

    fn new_join(
        &mut self,
        at: TableId,
        key: &'static Relation,
        reverse: bool,
        condition: Option<u16>,
    ) -> Result<TableId> {
        let model = if reverse { key.from() } else { key.to() };
        let pairs = pairs_of(key)?;
        let pairs = pairs.iter().map(|(own, target)| {
            let (near, right, null) = match reverse {
                true => (target.column, own.column, target.null),
                false => (own.column, target.column, key.null),
            };
            let name = self.named(at, near);
            (Column { table: at, name, null, sql_type: target.sql_type }, right)
        });
        let pairs = self.arena.alloc_slice_fill_iter(pairs);
        let on = self.on_key((at, pairs), key, reverse)?;
        let nullable = reverse || key.null;
        let (source, columns) = self.source_of(model)?;
        let outer = nullable || self.table(at).is_outer();
        let kind = if outer { JoinKind::Left } else { JoinKind::Inner };
        Ok(self.push_table(Joined {
            frame: self.table(at).frame,
            source,
            join: Some(Join { kind, on }),
            parent: Some(at),
            key: Some((key, reverse)),
            model: Some(model),
            outputs: None,
            part_of: None,
            nullable,
            call: 0,
            was_inner: false,
            read: false,
            label: None,
            columns,
            lateral: false,
            on: condition,
        }))
    }

    /// Which rows a key joins: with its columns those of the executor's tenant, and those of its kind.
    fn on_key(
        &mut self,
        (at, pairs): (TableId, &'a [(Column, &'static str)]),
        key: &'static Relation,
        reverse: bool,
    ) -> Result<On<'a>> {
        let model = if reverse { key.from() } else { key.to() };
        let new = number(self.tables.len());
        let of_kind = self.of_kind(key, if reverse { new } else { at })?;
        Ok(match (self.of_tenant(new, model)?, of_kind) {
            (None, None) => On::Columns(pairs),
            (Some(one), None) | (None, Some(one)) => On::Both(pairs, self.keep(one)),
            (Some(tenant), Some(kind)) => {
                let both = self.arena.alloc([tenant, kind]);
                On::Both(pairs, self.arena.alloc(Expr::Junction(Connective::And, both)))
            }
        })
    }

    /// That a row is of the kind of a generic key that is followed from it, or to it. A constant of the
    /// program, which stands in the text.
    pub fn of_kind(&self, key: &Relation, table: TableId) -> Result<Option<Expr<'a>>> {
        let Some((field, value)) = key.kind_is() else { return Ok(None) };
        let value = match value {
            SqlValue::Text(kind) => format!("'{}'", kind.replace('\'', "''")),
            SqlValue::I32(kind) => kind.to_string(),
            SqlValue::Invalid(message) => return usage(message),
            _ => return usage("the kind of a generic key is a text or a number"),
        };
        // The table may be the one that is about to be joined.
        let name = match self.tables.get(usize::from(table)) {
            Some(_) => self.named(table, field.column),
            None => Name::Known(field.column),
        };
        let own = Expr::Column(Column { table, name, null: field.null, sql_type: field.sql_type });
        Ok(Some(self.binary("=", own, Expr::Raw(self.arena.alloc_str(&value), &[]))))
    }

    /// A field of a table's row, in the key that leads to the row where it is the same.
    pub fn nearest(&self, table: TableId, field: &'static FieldMeta) -> Column {
        let mut column = self.column_at(table, field);
        loop {
            let joined = self.table(column.table);
            if joined.on.is_some() {
                return column;
            }
            let (Some(join), Some((key, false))) = (joined.join, joined.key) else { return column };
            if key.only.is_some() {
                // Rows of other kinds have a key there, too.
                return column;
            }
            let same = |(_, right): &&(Column, &'static str)| column.name == Name::Known(right);
            match join.on.columns().iter().find(same) {
                Some((left, _)) => column = *left,
                None => return column,
            }
        }
    }

    /// A field of a table's row.
    pub fn column_at(&self, table: TableId, field: &FieldMeta) -> Column {
        let name = self.named(table, field.column);
        Column { table, name, null: field.null, sql_type: field.sql_type }
    }

    /// What a table calls a column.
    pub fn named(&self, table: TableId, column: &'static str) -> Name {
        let joined = self.table(table);
        let (Some(first), Some(model)) = (joined.outputs, joined.model) else {
            return Name::Known(column);
        };
        let place = model.fields.iter().position(|field| field.column == column);
        Name::Output(first + number(place.unwrap_or_default()))
    }
}

/// True where rows of a model are rows of another one, which it is or extends.
fn is_a(model: &'static ModelMeta, other: &ModelMeta) -> bool {
    model == other || model.link().is_some() && model.lineage().any(|model| model == other)
}

/// True where following the key can lead to more than one row.
pub(super) fn is_many(key: &Relation, reverse: bool) -> bool {
    reverse && key.kind == RelationKind::ForeignKey
}

/// The columns of a key, each with the field that it holds the value of.
pub(super) fn pairs_of(
    key: &'static Relation,
) -> Result<SmallVec<[(&'static FieldMeta, &'static FieldMeta); 2]>> {
    let pairs = key.pairs();
    match pairs.is_empty() {
        false => Ok(pairs),
        true => usage(format!(
            "`{}` of `{}` has other columns than the key of `{}`",
            key.name,
            key.from().name,
            key.to().name
        )),
    }
}

/// The keys that a step follows, each with whether it goes from the target to the key.
pub(super) fn hops(step: Step) -> Result<SmallVec<[(&'static Relation, bool); 2]>> {
    let Some(relation) = step.relation() else { return Ok(SmallVec::new()) };
    let reverse = matches!(step, Step::Reverse(_));
    if relation.kind != RelationKind::ManyToMany {
        return Ok(SmallVec::from_slice(&[(relation, reverse)]));
    }
    let Some((first, second)) = relation.through.and_then(|through| through.keys(relation)) else {
        return usage(format!(
            "the table between of `{}` has no keys to both models",
            relation.name
        ));
    };
    let (near, far) = if reverse { (second, first) } else { (first, second) };
    Ok(SmallVec::from_slice(&[(near, true), (far, false)]))
}

/// The fields that identify the row at the end of a path: what its last key refers to, or else the
/// primary key.
pub(super) fn key_fields(path: &PathBuf) -> Result<KeyFields> {
    if let Some(step) = path.steps.last()
        && let Some((key, false)) = hops(*step)?.last()
    {
        return Ok(pairs_of(key)?.into_iter().map(|(_, target)| target).collect());
    }
    Ok(path.target().key_fields())
}

/// A path as a message shows it.
pub(super) fn written(path: &PathBuf, field: &str) -> String {
    let mut text = String::new();
    for step in &path.steps {
        let name = match step {
            Step::Forward(relation) => relation.name,
            Step::Reverse(relation) => relation.reverse.unwrap_or(relation.name),
            Step::Output(..) => continue,
        };
        text.push_str(name);
        text.push('.');
    }
    text + field
}
