//! Writing the statements of WITH.

use super::Writer;
use crate::ast::{Cte, CteColumns, Cycle, Search};
use crate::ident::Ident;

impl<'a> Writer<'a> {
    /// `"tree" AS (…)`
    pub(super) fn cte(&mut self, place: usize, cte: &Cte<'a>) {
        self.cte_name(place);
        match cte.columns {
            CteColumns::Own => {}
            CteColumns::Given(names) => self.names(" (", names),
            CteColumns::Places(columns) => {
                self.raw(" (");
                for place in 0..columns {
                    self.separate(usize::from(place), ", ");
                    self.output(place);
                }
                self.raw(")");
            }
        }
        self.raw(match cte.materialized {
            None => " AS (",
            Some(true) => " AS MATERIALIZED (",
            Some(false) => " AS NOT MATERIALIZED (",
        });
        self.body(&cte.body);
        self.raw(")");
        if let Some(search) = &cte.search {
            self.search(search);
        }
        if let Some(cycle) = &cte.cycle {
            self.cycle(cycle);
        }
    }

    /// The name of a statement of WITH: the user's, or one by its place.
    pub(super) fn cte_name(&mut self, place: usize) {
        match self.ctes.get(place).and_then(|cte| cte.name) {
            Some(name) => self.ident(Ident::new(name)),
            None => {
                self.raw("d");
                self.number(place as u64);
            }
        }
    }

    fn search(&mut self, search: &Search<'a>) {
        let Search { depth_first, by, set } = *search;
        self.raw(if depth_first { " SEARCH DEPTH FIRST BY " } else { " SEARCH BREADTH FIRST BY " });
        self.outputs(by);
        self.raw(" SET ");
        self.output(set);
    }

    fn cycle(&mut self, cycle: &Cycle<'a>) {
        let Cycle { by, mark, path } = *cycle;
        self.raw(" CYCLE ");
        self.outputs(by);
        self.raw(" SET ");
        self.output(mark);
        self.raw(" USING ");
        self.output(path);
    }

    fn outputs(&mut self, places: &[u16]) {
        for (first, place) in places.iter().enumerate() {
            self.separate(first, ", ");
            self.output(*place);
        }
    }
}
