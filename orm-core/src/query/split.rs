//! Pass: a negated condition over a to-many relation becomes NOT EXISTS.
//!
//! `exclude(p)` is the negation of `filter(p)`: the rows for which no related row satisfies all of
//! `p`. So conditions under one AND that share a related row share a subquery; the others have
//! their own, and so does every negation inside.

use super::join::{hops, is_many, pairs_of};
use super::plan::{Ctx, FrameKind, Planner, Result, usage};
use super::promote::Ballot;
use crate::ir::visit::{each_path, is_over_many};
use crate::ir::{ModelMeta, Node, PathBuf, Relation, Scope, Step, Terms};
use orm_sql::ast::{Body, Column, Connective, Expr, FrameId, JoinKind, Name, On, TableId, number};
use smallvec::SmallVec;

type Hop = (&'static Relation, bool);

/// Conditions that speak of the same related row.
type Unit<'n> = SmallVec<[&'n Node; 2]>;

/// The way to the first to-many relation of a path.
#[derive(PartialEq)]
pub(super) struct Anchor<'n> {
    before: &'n [Step],
    hop: Hop,
}

impl<'a> Planner<'a> {
    /// Conditions under a negated AND, those of one related row together.
    pub fn split_groups(&mut self, nodes: &Terms, ctx: Ctx) -> Result<Expr<'a>> {
        let units = units(nodes)?;
        let before = self.votes.len();
        let mut ballot = Ballot::default();
        let mut conditions: SmallVec<[Expr<'a>; 8]> = SmallVec::new();
        for unit in &units {
            self.within_limits()?;
            conditions.push(match unit.as_slice() {
                [one] => self.condition(one, ctx)?,
                several => self.split(several, ctx)?,
            });
            ballot.add(self.votes_since(before));
            self.votes.truncate(before);
        }
        self.decide(&ballot, Connective::And, ctx.negated, units.len());
        Ok(self.fold(Connective::And, &conditions))
    }

    /// `EXISTS` of a related row that satisfies all of the conditions.
    pub fn split(&mut self, nodes: &[&Node], ctx: Ctx) -> Result<Expr<'a>> {
        let mut paths: SmallVec<[&PathBuf; 4]> = SmallVec::new();
        nodes.iter().for_each(|node| each_path(node, &mut |path| paths.push(path)));
        let (frame, root) = self.open_related(&paths, ctx.frame)?;
        let votes = self.votes.len();
        let mut conditions: SmallVec<[Expr<'a>; 4]> = SmallVec::new();
        for node in nodes {
            conditions.push(self.conditions_of(node, Ctx::filter(frame))?);
        }
        self.votes.truncate(votes);
        let condition = self.fold(Connective::And, &conditions);
        if let Expr::Bool(_) = condition {
            return Ok(condition);
        }
        let correlation = self.correlate_split(frame, root, ctx.frame)?;
        let filter = self.fold(Connective::And, &[correlation, condition]);
        Ok(Expr::Exists(self.arena.alloc(Body::Select(super::parts::bare(frame, filter)))))
    }

    /// A SELECT of the rows that a row of another one leads to over to-many relations: paths over those
    /// start in it, all others in the one around. It is not tied to that row yet.
    pub fn open_related(
        &mut self,
        paths: &[&PathBuf],
        around: FrameId,
    ) -> Result<(FrameId, TableId)> {
        let outside = self.frame(around);
        let (scope, also) = (outside.scope, outside.also.clone());
        let part = part_of_row(paths)?;
        let scope = part.map_or(scope, |part| part.scope);
        let Some(model) = part.map_or(outside.model, |part| Some(part.model)) else {
            return usage("what is said of related rows in a subquery needs the rows of a model");
        };
        let frame = self.push_frame(FrameKind::Split, scope, Some(model), Some(around));
        let root = self.push_rows(frame, model)?;
        self.frame_mut(frame).also = also;
        self.frame_mut(frame).part = part.map(|part| part.place);
        self.table_mut(root).read = false;
        self.frame_mut(frame).call = 1;
        Ok((frame, root))
    }

    /// Ties the rows of the subquery to the row outside: by the first key over which there can be
    /// many, where all else hangs on it, or else by the primary key.
    pub fn correlate_split(
        &mut self,
        frame: FrameId,
        root: TableId,
        around: FrameId,
    ) -> Result<Expr<'a>> {
        let mut around = around;
        while let (FrameKind::Split, Some(parent)) =
            (self.frame(around).kind, self.frame(around).parent)
        {
            around = parent;
        }
        let mut outside = self.frame(around).start(self.frame(frame).scope);
        if let (Some(place), Some(model)) = (self.frame(frame).part, self.frame(frame).model) {
            outside = self.part_of_row(outside, place, model);
        }
        let by_columns = |(first, _): &(TableId, _)| {
            self.table(*first).join.is_none_or(|join| !matches!(join.on, On::Expr(_)))
        };
        let Some((first, before)) = self.only_way(root).filter(by_columns) else {
            return self.correlate_root(frame, root, outside);
        };
        for (key, reverse) in before {
            outside = self.hop(outside, key, reverse, Ctx::value(around))?;
        }
        let Some((join, (key, _))) = self.table(first).join.zip(self.table(first).key) else {
            return self.correlate_root(frame, root, outside);
        };
        let table = self.table_mut(first);
        (table.join, table.parent, table.read) = (None, None, true);
        let mut equal: SmallVec<[Expr<'a>; 2]> = SmallVec::new();
        for ((_, right), (_, target)) in join.on.columns().iter().zip(pairs_of(key)?) {
            let outer = self.nearest(outside, target);
            self.table_mut(outer.table).read = true;
            let inner = Column { table: first, name: Name::Known(right), null: false, ..outer };
            equal.push(self.binary("=", Expr::Column(inner), Expr::Column(outer)));
        }
        // Of a model that has tenants: what stood in ON.
        if let On::Both(_, tenant) = join.on {
            equal.push(*tenant);
        }
        Ok(self.fold(Connective::And, &equal))
    }

    fn correlate_root(
        &mut self,
        frame: FrameId,
        root: TableId,
        outside: TableId,
    ) -> Result<Expr<'a>> {
        let Some(model) = self.frame(frame).model else {
            return usage("a negated condition over a relation needs the rows of a model");
        };
        self.table_mut(root).read = true;
        let mut equal: SmallVec<[Expr<'a>; 2]> = SmallVec::new();
        for field in model.key_fields() {
            let inner = Expr::Column(self.column_at(root, field));
            let outer = Expr::Column(self.column_at(outside, field));
            equal.push(self.binary("=", inner, outer));
        }
        Ok(self.fold(Connective::And, &equal))
    }

    /// The table behind the first to-many key, with the keys before it, where nothing else of the
    /// subquery hangs on the tables before.
    fn only_way(&self, root: TableId) -> Option<(TableId, SmallVec<[Hop; 2]>)> {
        let mut before = SmallVec::new();
        let mut at = root;
        loop {
            if self.table(at).read {
                return None;
            }
            let mut needed = self.children(at).filter(|child| self.is_needed(*child));
            let (child, None) = (needed.next()?, needed.next()) else { return None };
            let join = self.table(child).join?;
            let (key, reverse) = self.table(child).key?;
            if join.kind != JoinKind::Inner || self.table(child).on.is_some() {
                return None;
            }
            if is_many(key, reverse) {
                return Some((child, before));
            }
            before.push((key, reverse));
            at = child;
        }
    }

    fn children(&self, parent: TableId) -> impl Iterator<Item = TableId> {
        let ids = parent + 1..number(self.tables.len());
        ids.filter(move |id| self.table(*id).parent == Some(parent))
    }

    fn is_needed(&self, id: TableId) -> bool {
        self.table(id).read || self.children(id).any(|child| self.is_needed(child))
    }
}

/// A model within the rows of another query.
#[derive(Clone, Copy)]
struct Part {
    scope: Scope,
    place: u16,
    model: &'static ModelMeta,
}

/// The part of another query's row that the related rows hang on, where it is one.
fn part_of_row(paths: &[&PathBuf]) -> Result<Option<Part>> {
    let over_many = paths.iter().filter(|path| path.steps.iter().any(Step::is_many));
    let parts = over_many.map(|path| match path.steps.first() {
        Some(Step::Output(place, model)) => Some(Part { scope: path.scope, place: *place, model }),
        _ => None,
    });
    let parts: SmallVec<[Option<Part>; 2]> = parts.collect();
    let first = parts.first().copied().flatten();
    let id = |part: &Option<Part>| part.map(|part| (part.scope, part.place));
    match parts.iter().all(|part| id(part) == id(&first)) {
        true => Ok(first),
        false => usage("what is said of related rows joins two parts of a row of other queries"),
    }
}

/// Puts conditions together that speak of the same related rows: each unit where its first
/// condition stands.
fn units(nodes: &Terms) -> Result<Vec<Unit<'_>>> {
    let mut units: Vec<Unit<'_>> = Vec::with_capacity(nodes.len());
    let mut owners: SmallVec<[(Anchor<'_>, usize); 4]> = SmallVec::new();
    for node in nodes.iter() {
        let anchors = anchors(node)?;
        let mut met: SmallVec<[usize; 4]> = SmallVec::new();
        met.extend(owners.iter().filter(|(own, _)| anchors.contains(own)).map(|(_, unit)| *unit));
        met.sort_unstable();
        met.dedup();
        let first = met.first().copied().unwrap_or(units.len());
        if first == units.len() {
            units.push(Unit::new());
        }
        let mut more = Unit::new();
        for other in met.iter().skip(1) {
            more.extend(units.get_mut(*other).map(std::mem::take).unwrap_or_default());
        }
        more.push(node);
        if let Some(unit) = units.get_mut(first) {
            unit.extend(more);
        }
        for (_, unit) in owners.iter_mut().filter(|(_, unit)| met.contains(unit)) {
            *unit = first;
        }
        for anchor in anchors {
            if !owners.iter().any(|(own, _)| *own == anchor) {
                owners.push((anchor, first));
            }
        }
    }
    units.retain(|unit| !unit.is_empty());
    Ok(units)
}

fn anchors(node: &Node) -> Result<SmallVec<[Anchor<'_>; 2]>> {
    let mut anchors = SmallVec::new();
    let mut failed = None;
    if !is_over_many(node) {
        return Ok(anchors);
    }
    each_path(node, &mut |path| match anchor(path) {
        Ok(anchor) => anchors.extend(anchor),
        Err(error) => failed = Some(error),
    });
    failed.map_or(Ok(anchors), Err)
}

pub(super) fn anchor(path: &PathBuf) -> Result<Option<Anchor<'_>>> {
    let place = path.steps.iter().position(Step::is_many);
    let Some((before, [step, ..])) = place.map(|place| path.steps.split_at(place)) else {
        return Ok(None);
    };
    Ok(hops(*step)?.first().map(|hop| Anchor { before, hop: *hop }))
}
