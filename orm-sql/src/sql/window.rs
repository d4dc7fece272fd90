//! Writing windows and groups.

use super::Writer;
use crate::ast::{
    FrameEnd, FrameExclusion, FrameOffset, FrameUnit, Group, Key, Window, WindowFrame, WindowSpec,
};

impl<'a> Writer<'a> {
    pub(super) fn window(&mut self, window: &Window<'a>) {
        self.expr(&window.function);
        self.raw(" OVER ");
        match self.windows.iter().position(|named| *named == window.over) {
            Some(place) => self.window_name(place),
            None => self.window_spec(&window.over),
        }
    }

    /// ` WINDOW w0 AS (…)`
    pub(super) fn named_windows(&mut self, windows: &[WindowSpec<'a>]) {
        for (place, spec) in windows.iter().enumerate() {
            self.raw(if place == 0 { " WINDOW " } else { ", " });
            self.window_name(place);
            self.raw(" AS ");
            self.window_spec(spec);
        }
    }

    fn window_name(&mut self, place: usize) {
        self.raw("w");
        self.number(place as u64);
    }

    fn window_spec(&mut self, spec: &WindowSpec<'a>) {
        let WindowSpec { partition, order, frame } = spec;
        self.raw("(");
        if !partition.is_empty() {
            self.raw("PARTITION BY ");
            self.list(partition);
        }
        self.order_by_after(order, !partition.is_empty());
        if let Some(frame) = frame {
            self.separate(usize::from(!partition.is_empty() || !order.is_empty()), " ");
            self.window_frame(*frame);
        }
        self.raw(")");
    }

    fn window_frame(&mut self, frame: WindowFrame<'a>) {
        self.raw(match frame.unit {
            FrameUnit::Rows => "ROWS BETWEEN ",
            FrameUnit::Range => "RANGE BETWEEN ",
            FrameUnit::Groups => "GROUPS BETWEEN ",
        });
        self.frame_end(frame.start);
        self.raw(" AND ");
        self.frame_end(frame.end);
        self.raw(match frame.without {
            None => "",
            Some(FrameExclusion::CurrentRow) => " EXCLUDE CURRENT ROW",
            Some(FrameExclusion::Group) => " EXCLUDE GROUP",
            Some(FrameExclusion::Ties) => " EXCLUDE TIES",
        });
    }

    fn frame_end(&mut self, end: FrameEnd<'a>) {
        match end {
            FrameEnd::UnboundedPreceding => self.raw("UNBOUNDED PRECEDING"),
            FrameEnd::Preceding(offset) => {
                self.frame_offset(offset);
                self.raw(" PRECEDING");
            }
            FrameEnd::CurrentRow => self.raw("CURRENT ROW"),
            FrameEnd::Following(offset) => {
                self.frame_offset(offset);
                self.raw(" FOLLOWING");
            }
            FrameEnd::UnboundedFollowing => self.raw("UNBOUNDED FOLLOWING"),
        }
    }

    fn frame_offset(&mut self, offset: FrameOffset<'a>) {
        match offset {
            FrameOffset::Rows(rows) => self.number(rows),
            FrameOffset::Value(value) => self.expr(value),
        }
    }

    /// ` GROUP BY …`
    pub(super) fn group_by(&mut self, items: &[Group<'a>]) {
        for (place, item) in items.iter().enumerate() {
            self.raw(if place == 0 { " GROUP BY " } else { ", " });
            match item {
                Group::Key(key) => self.key(key),
                Group::Rollup(sets) => self.grouping_sets("ROLLUP (", sets),
                Group::Cube(sets) => self.grouping_sets("CUBE (", sets),
                Group::Sets(sets) => self.grouping_sets("GROUPING SETS (", sets),
            }
        }
    }

    fn grouping_sets(&mut self, open: &'static str, sets: &[&[Key<'a>]]) {
        self.raw(open);
        for (place, set) in sets.iter().enumerate() {
            self.raw(if place == 0 { "(" } else { ", (" });
            for (place, key) in set.iter().enumerate() {
                self.separate(place, ", ");
                self.key(key);
            }
            self.raw(")");
        }
        self.raw(")");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::{Column, Expr, Name};
    use crate::value::SqlType;

    fn key(name: &'static str) -> Key<'static> {
        let name = Name::Known(name);
        Key::Expr(Expr::Column(Column { table: 0, name, null: false, sql_type: SqlType::Int8 }))
    }

    #[test]
    fn groups_can_be_sets() {
        let (a, b) = ([key("a")], [key("b"), key("c")]);
        let sets: [&[Key<'_>]; 3] = [&a, &b, &[]];
        let written = |items: &[Group<'_>]| {
            let mut writer = Writer::new(&[], Vec::new());
            writer.group_by(items);
            writer.finish().0
        };
        assert_eq!(written(&[]), "");
        assert_eq!(
            written(&[Group::Key(key("d")), Group::Cube(&sets[..2])]),
            " GROUP BY \"d\", CUBE ((\"a\"), (\"b\", \"c\"))"
        );
        assert_eq!(
            written(&[Group::Rollup(&sets[..2]), Group::Key(Key::Place(2))]),
            " GROUP BY ROLLUP ((\"a\"), (\"b\", \"c\")), 2"
        );
        assert_eq!(
            written(&[Group::Sets(&sets)]),
            " GROUP BY GROUPING SETS ((\"a\"), (\"b\", \"c\"), ())"
        );
    }
}
