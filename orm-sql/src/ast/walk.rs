//! Looking through resolved expressions.

use super::{
    Body, Case, Conflict, Distinct, Expr, FrameEnd, FrameOffset, Group, Insert, Key, Order, Rows,
    Select, Window, WindowSpec,
};

impl<'a> Expr<'a> {
    /// Shows this expression and those inside of it, nested queries included; those inside of one
    /// for which `look` says false are passed over.
    pub fn walk(&self, look: &mut dyn FnMut(&Expr<'a>) -> bool) {
        if !look(self) {
            return;
        }
        match self {
            Expr::Column(_) | Expr::Param(_) | Expr::Bool(_) => {}
            Expr::Row(list)
            | Expr::Junction(_, list)
            | Expr::Template(_, list)
            | Expr::Raw(_, list) => walk_all(list, look),
            Expr::Binary(_, pair) => walk_all(&pair[..], look),
            Expr::Not(one)
            | Expr::Guarded(one, _)
            | Expr::IsTrue(one, _)
            | Expr::IsNull(one, _)
            | Expr::Cast(one, _)
            | Expr::Typed(one, _)
            | Expr::Collate(one, _) => one.walk(look),
            Expr::Window(Window { function, over }) => {
                function.walk(look);
                walk_window(over, look);
            }
            Expr::Aggregate(aggregate) => {
                walk_all(aggregate.args, look);
                walk_all(aggregate.filter.as_slice(), look);
                walk_order(aggregate.order, look);
                walk_all(aggregate.default.as_slice(), look);
            }
            Expr::Case(Case { branches, otherwise }) => {
                for (when, then) in *branches {
                    when.walk(look);
                    then.walk(look);
                }
                walk_all(otherwise.as_slice(), look);
            }
            Expr::Exists(body) | Expr::Subquery(body) => body.walk(look),
            Expr::InQuery(left, body) => {
                left.walk(look);
                body.walk(look);
            }
        }
    }

    /// True for what has a query inside that has rows of its own.
    pub fn is_query(&self) -> bool {
        matches!(self, Expr::Exists(_) | Expr::Subquery(_) | Expr::InQuery(..))
    }

    /// True when a function over a window is part of this expression itself, not of a query inside
    /// of it.
    pub fn has_window(&self) -> bool {
        let mut found = false;
        self.walk(&mut |expr| {
            found |= match expr {
                Expr::InQuery(left, _) => left.has_window(),
                expr => matches!(expr, Expr::Window(_)),
            };
            !found && !expr.is_query()
        });
        found
    }

    /// True when an aggregate is part of this expression itself, not of a query inside of it.
    pub fn has_aggregate(&self) -> bool {
        let mut found = false;
        self.walk(&mut |expr| {
            found |= match expr {
                Expr::InQuery(left, _) => left.has_aggregate(),
                expr => matches!(expr, Expr::Aggregate(_)),
            };
            !found && !matches!(expr, Expr::Window(_)) && !expr.is_query()
        });
        found
    }
}

impl<'a> Body<'a> {
    fn walk(&self, look: &mut dyn FnMut(&Expr<'a>) -> bool) {
        match self {
            Body::Select(select) => select.walk(look),
            Body::Combined(combined) => {
                for part in combined.parts {
                    part.walk(look);
                }
                walk_order(combined.order, look);
            }
            Body::Insert(insert) => insert.walk(look),
            Body::Raw(sql) => sql.walk(look),
            Body::Update(update) => {
                walk_sets(update.sets, look);
                update.filter.walk(look);
                walk_all(update.returning, look);
            }
            Body::Delete(delete) => {
                delete.filter.walk(look);
                walk_all(delete.returning, look);
            }
        }
    }
}

impl<'a> Insert<'a> {
    fn walk(&self, look: &mut dyn FnMut(&Expr<'a>) -> bool) {
        match self.rows {
            Rows::Default => {}
            Rows::Values(rows) => rows.iter().for_each(|row| walk_all(row, look)),
            Rows::Query(body) => body.walk(look),
        }
        if let Some(Conflict::Update { target: _, sets, filter }) = &self.conflict {
            walk_sets(sets, look);
            filter.walk(look);
        }
        walk_all(self.returning, look);
    }
}

impl<'a> Select<'a> {
    fn walk(&self, look: &mut dyn FnMut(&Expr<'a>) -> bool) {
        if let Distinct::On(list) = self.distinct {
            walk_all(list, look);
        }
        walk_all(self.items, look);
        self.filter.walk(look);
        for item in self.group {
            match item {
                Group::Key(key) => walk_key(key, look),
                Group::Rollup(sets) | Group::Cube(sets) | Group::Sets(sets) => {
                    sets.iter().flat_map(|set| *set).for_each(|key| walk_key(key, look));
                }
            }
        }
        self.having.walk(look);
        walk_order(self.order, look);
    }
}

fn walk_all<'a>(list: &[Expr<'a>], look: &mut dyn FnMut(&Expr<'a>) -> bool) {
    for expr in list {
        expr.walk(look);
    }
}

fn walk_sets<'a>(sets: &[(&'static str, Expr<'a>)], look: &mut dyn FnMut(&Expr<'a>) -> bool) {
    for (_, value) in sets {
        value.walk(look);
    }
}

fn walk_window<'a>(window: &WindowSpec<'a>, look: &mut dyn FnMut(&Expr<'a>) -> bool) {
    walk_all(window.partition, look);
    walk_order(window.order, look);
    for end in window.frame.iter().flat_map(|frame| [frame.start, frame.end]) {
        if let FrameEnd::Preceding(FrameOffset::Value(offset))
        | FrameEnd::Following(FrameOffset::Value(offset)) = end
        {
            offset.walk(look);
        }
    }
}

fn walk_key<'a>(key: &Key<'a>, look: &mut dyn FnMut(&Expr<'a>) -> bool) {
    if let Key::Expr(expr) = key {
        expr.walk(look);
    }
}

fn walk_order<'a>(order: &[Order<'a>], look: &mut dyn FnMut(&Expr<'a>) -> bool) {
    for item in order {
        walk_key(&item.key, look);
    }
}
