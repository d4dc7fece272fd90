//! Writing queries.

use super::Writer;
use crate::ast::{
    Bound, Column, Combinator, Combined, Distinct, Expr, From, JoinKind, Key, Label, Lock,
    LockStrength, LockWait, Names, On, Select, Slot, Table, TableId,
};
use crate::ident::Ident;
use crate::value::SqlType;

impl<'a> Writer<'a> {
    pub(super) fn select(&mut self, select: &Select<'a>) {
        let around = std::mem::replace(&mut self.windows, select.windows);
        self.raw("SELECT ");
        self.distinct(&select.distinct);
        self.items(select);
        self.from(select.frame);
        self.filter(" WHERE ", &select.filter);
        self.group_by(select.group);
        self.filter(" HAVING ", &select.having);
        self.named_windows(select.windows);
        self.order_by(select.order);
        self.bounds(select.limit, select.offset);
        if let Some(lock) = &select.lock {
            self.lock(lock);
        }
        self.windows = around;
    }

    pub(super) fn combined(&mut self, combined: &Combined<'a>) {
        let by = match combined.op {
            Combinator::Union => " UNION ",
            Combinator::UnionAll => " UNION ALL ",
            Combinator::Intersection => " INTERSECT ",
            Combinator::Difference => " EXCEPT ",
        };
        for (place, part) in combined.parts.iter().enumerate() {
            self.separate(place, by);
            self.raw("(");
            self.body(part);
            self.raw(")");
        }
        self.order_by(combined.order);
        self.bounds(combined.limit, combined.offset);
    }

    fn distinct(&mut self, distinct: &Distinct<'a>) {
        match distinct {
            Distinct::No => {}
            Distinct::Rows => self.raw("DISTINCT "),
            Distinct::On(list) => {
                self.raw("DISTINCT ON (");
                self.list(list);
                self.raw(") ");
            }
        }
    }

    fn items(&mut self, select: &Select<'a>) {
        if select.items.is_empty() {
            return self.raw("1");
        }
        for (place, item) in select.items.iter().enumerate() {
            self.separate(place, ", ");
            self.expr(item);
            match select.names {
                Names::Any => {}
                Names::Places => {
                    self.raw(" AS ");
                    self.output(crate::ast::number(place));
                }
                Names::Given(names) => {
                    if let Some(name) = names.get(place) {
                        self.raw(" AS ");
                        self.ident(Ident::new(name));
                    }
                }
            }
        }
    }

    /// ` FROM …` with the joins of a SELECT.
    pub(super) fn from(&mut self, frame: u16) {
        let mut first = true;
        let tables = self.tables;
        let own = |(_, table): &(usize, &Table<'a>)| {
            table.frame == frame && table.label.is_some() && !table.part
        };
        // Joins may be older than the table that they are moved to.
        let all = tables.iter().enumerate().filter(own);
        let roots = all.clone().filter(|(_, table)| table.join.is_none());
        for (id, table) in roots.chain(all.filter(|(_, table)| table.join.is_some())) {
            if let (Some(join), false) = (table.join, first) {
                self.raw(match join.kind {
                    JoinKind::Inner => " JOIN ",
                    JoinKind::Left => " LEFT JOIN ",
                });
                self.source(table);
                self.on(&join.on, crate::ast::number(id));
            } else {
                self.raw(" FROM ");
                self.source(table);
            }
            first = false;
        }
    }

    /// ` ON …`, for the table that is joined.
    fn on(&mut self, on: &On<'a>, id: TableId) {
        self.raw(" ON ");
        match on {
            On::Columns(pairs) => self.equal_columns(pairs, id),
            On::Both(pairs, condition) => {
                self.equal_columns(pairs, id);
                self.raw(" AND (");
                self.expr(condition);
                self.raw(")");
            }
            On::Expr(condition) => self.expr(condition),
        }
    }

    fn equal_columns(&mut self, pairs: &[(Column, &'static str)], id: TableId) {
        for (place, (left, right)) in pairs.iter().enumerate() {
            self.separate(place, " AND ");
            self.label(id);
            self.raw(".");
            self.ident(Ident::new(right));
            self.raw(" = ");
            self.column(left);
        }
    }

    /// A table with its alias.
    pub(super) fn source(&mut self, table: &Table<'a>) {
        if table.lateral {
            self.raw("LATERAL ");
        }
        match table.source {
            From::Table { schema, name } => self.table_name(schema, name),
            From::Query(body) => self.in_parentheses_of(|w| w.body(body)),
            From::Raw(sql) => self.in_parentheses_of(|w| w.expr(sql)),
            From::Values(rows) => self.in_parentheses_of(|w| w.values(rows)),
            From::Function(call) => self.expr(call),
            From::Cte(place) => self.cte_name(usize::from(place)),
            From::Unnest(arrays) => self.unnest(arrays),
        }
        match table.label {
            Some(Label::Bare) => return,
            Some(label) => {
                self.raw(" AS ");
                self.name(label);
            }
            None => {}
        }
        match table.source {
            From::Unnest(arrays) => self.columns_by_place(arrays.len()),
            From::Values(rows) if table.columns.is_empty() => {
                self.columns_by_place(rows.first().map_or(0, |row| row.len()));
            }
            _ if !table.columns.is_empty() => self.names(" (", table.columns),
            _ => {}
        }
    }

    /// The names of so many columns: ` (c0, c1)`.
    fn columns_by_place(&mut self, columns: usize) {
        for place in 0..columns {
            self.raw(if place == 0 { " (" } else { ", " });
            self.output(crate::ast::number(place));
        }
        self.raw(")");
    }

    fn in_parentheses_of(&mut self, inside: impl FnOnce(&mut Self)) {
        self.raw("(");
        inside(self);
        self.raw(")");
    }

    /// Arrays as rows.
    fn unnest(&mut self, arrays: &[(Slot, SqlType)]) {
        self.raw("UNNEST(");
        for (place, (slot, sql_type)) in arrays.iter().enumerate() {
            self.separate(place, ", ");
            self.bind(*slot);
            self.raw("::");
            self.type_name(*sql_type);
        }
        self.raw(")");
    }

    pub(super) fn table_name(&mut self, schema: Option<&'static str>, name: &'static str) {
        if let Some(schema) = schema {
            self.ident(Ident::new(schema));
            self.raw(".");
        }
        self.ident(Ident::new(name));
    }

    /// A condition after a keyword, or nothing where it is always true.
    pub(super) fn filter(&mut self, keyword: &'static str, filter: &Expr<'a>) {
        if *filter != Expr::Bool(true) {
            self.raw(keyword);
            self.expr(filter);
        }
    }

    pub(super) fn key(&mut self, key: &Key<'a>) {
        match key {
            Key::Expr(expr) => self.expr(expr),
            Key::Place(place) => self.number(u64::from(*place)),
        }
    }

    fn bounds(&mut self, limit: Option<Bound>, offset: Option<Bound>) {
        for (keyword, bound) in [(" LIMIT ", limit), (" OFFSET ", offset)] {
            match bound {
                Some(Bound::Fixed(number)) => {
                    self.raw(keyword);
                    self.number(number);
                }
                Some(Bound::Slot(slot)) => {
                    self.raw(keyword);
                    self.bind(slot);
                }
                None => {}
            }
        }
    }

    fn lock(&mut self, lock: &Lock<'a>) {
        self.raw(match lock.strength {
            LockStrength::Update => " FOR UPDATE",
            LockStrength::NoKeyUpdate => " FOR NO KEY UPDATE",
            LockStrength::Share => " FOR SHARE",
            LockStrength::KeyShare => " FOR KEY SHARE",
        });
        for (place, table) in lock.of.iter().enumerate() {
            self.raw(if place == 0 { " OF " } else { ", " });
            self.label(*table);
        }
        match lock.wait {
            LockWait::Wait => {}
            LockWait::NoWait => self.raw(" NOWAIT"),
            LockWait::SkipLocked => self.raw(" SKIP LOCKED"),
        }
    }
}
