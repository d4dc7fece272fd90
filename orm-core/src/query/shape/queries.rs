//! The shapes of queries.

use super::{Kind, Shape, Token};
use crate::ir::{
    Cte, CteBody, CteRows, Distinct, Filter, Group, GroupSets, JoinNode, Lock, Ordering, Query,
    Rare, Recursion, Scopes, Search, Selected, Source,
};
use crate::query::limits::WRITTEN_OUT;
use orm_sql::exec::Tenancy;
use orm_sql::value::{SqlType, SqlValue};

/// Query sets that many others were combined into are compiled each time, too.
const MOST_COMBINED: usize = 50;

/// More calls of `filter` are compiled each time: few queries have as many.
const MOST_FILTERS: usize = 200;

impl Shape {
    /// A query; `None` where its text depends on more than tokens say.
    pub(super) fn query(&mut self, query: &Query) -> Option<()> {
        // Every field is named, so that a new one cannot be forgotten.
        let Query {
            scope,
            source,
            filters,
            select,
            group,
            order,
            offset,
            limit,
            none: false,
            rare,
        } = query
        else {
            return None;
        };
        self.scope(*scope);
        self.source(source)?;
        self.rare(rare.there())?;
        self.filters(filters)?;
        self.selected(select)?;
        self.group(group);
        self.ordering(order)?;
        self.bounds(*limit, *offset);
        Some(())
    }

    /// What few queries have: one word for all others.
    fn rare(&mut self, rare: Option<&Rare>) -> Option<()> {
        let Some(rare) = rare else {
            self.flag(true);
            return Some(());
        };
        let Rare {
            also,
            joins,
            earlier,
            grouped,
            sets,
            distinct,
            lock,
            // Of it only its condition is in the text, which is a filter.
            related: _,
            zone,
            tenancy,
            error: None,
        } = rare
        else {
            return None;
        };
        let has_none = (also.is_empty() && joins.is_empty() && earlier.is_empty())
            && (grouped.is_empty() && sets.is_empty())
            && matches!(distinct, Distinct::No)
            && (lock.is_none() && zone.is_none() && tenancy.is_none());
        self.flag(has_none);
        if has_none {
            return Some(());
        }
        self.scopes_of(also)?;
        self.count(joins.len());
        joins.iter().try_for_each(|join| self.join(join))?;
        self.nodes(earlier)?;
        self.nodes(grouped)?;
        self.sets(sets)?;
        self.distinct(distinct)?;
        self.lock(lock.as_ref())?;
        self.zone(zone.as_deref())?;
        self.tenancy(tenancy.as_ref())
    }

    fn group(&mut self, group: &Group) {
        self.count(match group {
            Group::Rows => 0,
            Group::Values(first) => 1 + first,
        });
    }

    fn sets(&mut self, sets: &[GroupSets]) -> Option<()> {
        self.count(sets.len());
        for GroupSets { kind, sets } in sets {
            self.in_expressions = true;
            self.word(*kind as u64);
            self.count(sets.len());
            sets.iter().try_for_each(|set| self.nodes(set))?;
        }
        Some(())
    }

    fn scopes_of(&mut self, also: &Scopes) -> Option<()> {
        let combined = also.iter().take(MOST_COMBINED + 1).count();
        (combined <= MOST_COMBINED).then_some(())?;
        self.count(combined);
        also.iter().for_each(|scope| self.scope(scope));
        Some(())
    }

    fn tenancy(&mut self, tenancy: Option<&Tenancy>) -> Option<()> {
        match tenancy {
            None | Some(Tenancy::Unsaid) => self.word(0),
            Some(Tenancy::All) => self.word(1),
            Some(Tenancy::Shown) => self.word(3),
            Some(Tenancy::Of(value, sql_type)) => {
                self.word(2);
                return self.value(value, *sql_type);
            }
        }
        Some(())
    }

    fn zone(&mut self, zone: Option<&str>) -> Option<()> {
        match zone {
            Some(zone) => self.value(&SqlValue::Text(zone.to_owned()), SqlType::Text),
            None => {
                self.is(Kind::None);
                Some(())
            }
        }
    }

    fn source(&mut self, source: &Source) -> Option<()> {
        match source {
            Source::Model(model) => {
                self.is(Kind::Model);
                self.address(*model);
                Some(())
            }
            Source::Related(path) => {
                self.is(Kind::Related);
                self.path(path)
            }
            Source::Nested(query) => {
                self.is(Kind::Nested);
                self.in_expressions = true;
                self.query(query)
            }
            Source::Combined(op, queries) => {
                self.is(Kind::Combined);
                self.word(*op as u64);
                self.count(queries.len());
                self.in_expressions = true;
                queries.iter().try_for_each(|query| self.query(query))
            }
            Source::Cte(rows) => self.cte(rows),
            Source::Function(call, types) => {
                self.is(Kind::Function);
                self.count(types.len());
                types.iter().for_each(|sql_type| self.push(Token::Type(*sql_type)));
                self.node(call)
            }
            // Text of the user's, and rows that exist only for one statement.
            Source::Row(..) | Source::Raw(..) => None,
        }
    }

    /// The rows of a statement of WITH: the first time with what it does.
    fn cte(&mut self, rows: &CteRows) -> Option<()> {
        self.in_expressions = true;
        let id = rows.id();
        let known = self.scopes.contains(&id);
        self.is(Kind::Cte);
        self.scope(id);
        let cte = match rows {
            CteRows::Itself(..) => {
                self.is(Kind::Itself);
                return Some(());
            }
            CteRows::Of(_) if known => return Some(()),
            CteRows::Of(cte) => &**cte,
        };
        let Cte { id: _, name, body, materialized } = cte;
        self.text(name);
        self.word(materialized.map_or(0, |materialized| 1 + u64::from(materialized)));
        match body {
            CteBody::Select(query) => self.query(query),
            CteBody::Recursive(recursion) => self.recursion(recursion),
            // What writes is rarely asked twice.
            _ => None,
        }
    }

    fn recursion(&mut self, recursion: &Recursion) -> Option<()> {
        let Recursion { first, next, distinct, search, cycle } = recursion;
        self.is(Kind::Recursion);
        self.flag(*distinct);
        match search {
            Some(Search { depth_first, by }) => {
                self.flag(*depth_first);
                self.count(by.len());
                by.iter().for_each(|place| self.count(*place));
            }
            None => self.is(Kind::None),
        }
        self.count(cycle.len());
        cycle.iter().for_each(|place| self.count(*place));
        self.query(first)?;
        self.query(next)
    }

    fn join(&mut self, join: &JoinNode) -> Option<()> {
        let JoinNode { scope, query, kind, on, lateral } = join;
        self.in_expressions = true;
        self.scope(*scope);
        self.word(*kind as u64);
        self.flag(*lateral);
        self.query(query)?;
        self.node(on)
    }

    fn filters(&mut self, filters: &[Filter]) -> Option<()> {
        (filters.len() <= MOST_FILTERS).then_some(())?;
        self.count(filters.len());
        // Whether it joins follows from the rest.
        for Filter { node, negated, after, sticky, joins: _ } in filters {
            self.word((*after as u64) << 2 | u64::from(*sticky) << 1 | u64::from(*negated));
            self.node(node)?;
        }
        Some(())
    }

    fn selected(&mut self, select: &[Selected]) -> Option<()> {
        self.count(select.len());
        select.iter().try_for_each(|selected| match selected {
            Selected::Model(path) => {
                self.is(Kind::Model);
                self.path(path)
            }
            Selected::Expr(node, sql_type) => {
                self.is(Kind::Expr);
                self.push(Token::Type(*sql_type));
                self.in_expressions |= !node.is_column();
                self.node(node)
            }
        })
    }

    fn ordering(&mut self, ordering: &Ordering) -> Option<()> {
        let Ordering { by, reversed, default } = ordering;
        self.flag(*reversed);
        let Some(items) = by else {
            // The default of a proxy is not that of the model: such statements are not remembered.
            if default.is_some() {
                return None;
            }
            self.is(Kind::None);
            return Some(());
        };
        self.in_expressions |= items.iter().any(|item| !item.node.is_column());
        self.order(items)
    }

    fn distinct(&mut self, distinct: &Distinct) -> Option<()> {
        match distinct {
            Distinct::No => self.is(Kind::None),
            Distinct::Rows => self.is(Kind::Rows),
            Distinct::On(nodes) => {
                self.in_expressions = true;
                self.nodes(nodes)?;
            }
        }
        Some(())
    }

    /// Short limits are part of the text, others are values.
    fn bounds(&mut self, limit: Option<u64>, offset: u64) {
        match limit {
            Some(fixed @ 0..=WRITTEN_OUT) => self.word(fixed),
            Some(limit) => self.number(limit),
            None => self.is(Kind::None),
        }
        match offset {
            0 => self.is(Kind::None),
            offset => self.number(offset),
        }
    }

    fn number(&mut self, number: u64) {
        self.push(Token::Value(SqlType::Int8, false));
        self.add(SqlValue::I64(i64::try_from(number).unwrap_or(i64::MAX)));
    }

    fn lock(&mut self, lock: Option<&Lock>) -> Option<()> {
        let Some(Lock { strength, wait, of }) = lock else {
            self.is(Kind::None);
            return Some(());
        };
        self.word(*strength as u64);
        self.word(*wait as u64);
        self.count(of.len());
        of.iter().try_for_each(|path| self.path(path))
    }
}
