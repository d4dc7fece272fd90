//! Random expressions.

use super::random::Random;
use super::schema::{self, NUMBERS, RELATIONS, WORDS};
use super::spec::{Aggregate, Binary, By, Cond, Ex, Fold, Kind, Op, Path, Ty, Unary, Val};

/// What may stand in an expression.
#[derive(Clone, Copy)]
pub struct Ask {
    pub model: &'static str,
    /// The model of the query around.
    pub around: Option<&'static str>,
    /// Paths over to-many relations.
    pub many: bool,
    /// Such paths of the query around.
    pub many_around: bool,
    /// A condition of `filter`, whose queries may refer to rows that it joins.
    pub refers: bool,
    /// Queries inside.
    pub queries: bool,
    pub depth: u32,
}

impl Ask {
    pub fn deeper(self) -> Ask {
        Ask { depth: self.depth.saturating_sub(1), ..self }
    }

    pub fn to_one(self) -> Ask {
        Ask { many: false, ..self }
    }

    /// Of a query inside.
    pub fn inside(self, model: &'static str) -> Ask {
        Ask {
            model,
            around: Some(self.model),
            many_around: self.refers && self.many,
            refers: false,
            queries: false,
            ..self.deeper()
        }
    }
}

/// Makes query sets from a source of random numbers.
pub struct Generator<'r> {
    pub random: &'r mut Random,
}

const TYPES: &[Ty] = &[Ty::I16, Ty::I32, Ty::I64, Ty::Text, Ty::Decimal, Ty::Date];
pub const OPS: &[Op] = &[Op::Eq, Op::Ne, Op::Gt, Op::Gte, Op::Lt, Op::Lte];

impl<'r> Generator<'r> {
    pub fn new(random: &'r mut Random) -> Self {
        Generator { random }
    }

    /// A column of the row itself.
    pub fn own(&mut self, model: &'static str) -> By {
        let columns = schema::table(model).columns.iter();
        let inside = ["lang", "size", "score", "year", "month"];
        let plain =
            |name: &str| !name.ends_with("_id") && (model != "book" || !inside.contains(&name));
        let columns: Vec<_> = columns.filter(|(name, ..)| plain(name)).collect();
        let (name, ty, _) = self.random.pick(&columns);
        self.by_key(Ex { ty: *ty, kind: Kind::Column(Vec::new(), name) })
    }

    pub fn by(&mut self, ask: Ask) -> By {
        let ty = self.ty(ask);
        let key = self.computed(ask, ty);
        self.by_key(key)
    }

    pub fn by_key(&mut self, key: Ex) -> By {
        // A relation is ordered by as its model is.
        let key = match key.kind {
            Kind::Column(path, "pk") => Ex { kind: Kind::Column(path, "id"), ..key },
            _ => key,
        };
        let nulls_first = self.random.one_in(4).then(|| self.random.one_in(2));
        By { key, desc: self.random.one_in(2), nulls_first }
    }

    pub fn expressions(&mut self, ask: Ask) -> Vec<Ex> {
        let mut exprs: Vec<Ex> = Vec::new();
        for _ in 0..1 + self.random.below(2) {
            let ask = Ask { many: ask.many && self.random.one_in(3), ..ask };
            let ex = match self.random.below(8) {
                0 => self.truth(ask),
                _ => {
                    let ty = self.ty(ask);
                    self.computed(ask, ty)
                }
            };
            if !exprs.contains(&ex) {
                exprs.push(ex);
            }
        }
        exprs
    }

    /// A condition as a value: one that says no more than true, false or NULL of its row.
    pub fn truth(&mut self, ask: Ask) -> Ex {
        let condition = match self.random.below(3) {
            0 if ask.queries => self.exists(ask),
            1 => Cond::IsNull(self.any_column(ask), self.random.one_in(2)),
            _ => {
                let op = *self.random.pick(&[Op::Eq, Op::Gt, Op::Lte]);
                let ty = self.ty(ask);
                Cond::Compare(op, self.computed(ask, ty), self.computed(ask, ty))
            }
        };
        Ex { ty: Ty::Bool, kind: Kind::Condition(Box::new(condition)) }
    }

    /// An expression that reads a column.
    pub fn computed(&mut self, ask: Ask, ty: Ty) -> Ex {
        if ask.depth == 0 || self.random.one_in(3) {
            return self.column(ask, ty);
        }
        let ask = ask.deeper();
        let kind = match self.random.below(9) {
            0 => Kind::Binary(Binary::Coalesce, self.computed(ask, ty).into(), self.other(ask, ty)),
            1 => Kind::Binary(Binary::NullIf, self.computed(ask, ty).into(), self.other(ask, ty)),
            2 => {
                let op = *self.random.pick(&[Binary::Greatest, Binary::Least]);
                Kind::Binary(op, self.computed(ask, ty).into(), self.other(ask, ty))
            }
            3 => {
                let when = self.condition(Ask { queries: false, ..ask });
                let otherwise = (!self.random.one_in(3)).then(|| self.other(ask, ty));
                Kind::Case(when.into(), self.computed(ask, ty).into(), otherwise)
            }
            4 if ask.queries => return self.first(ask, ty),
            5 if ty == Ty::I32 => match self.dated(ask) {
                Some(date) => {
                    let part = *self.random.pick(&[Unary::Year, Unary::Month, Unary::Quarter]);
                    Kind::Unary(part, date.into())
                }
                None => Kind::Unary(Unary::Length, self.column(ask, Ty::Text).into()),
            },
            5 | 6 if ty == Ty::Date => {
                let unit = *self.random.pick(&[Unary::TruncYear, Unary::TruncMonth]);
                Kind::Unary(unit, self.column(ask, ty).into())
            }
            _ if ty.is_number() => match self.random.below(4) {
                0 => Kind::Unary(Unary::Negative, self.column(ask, ty).into()),
                1 => Kind::Unary(Unary::Abs, self.column(ask, ty).into()),
                2 => Kind::Binary(Binary::Add, self.column(ask, ty).into(), self.other(ask, ty)),
                _ => {
                    Kind::Binary(Binary::Subtract, self.column(ask, ty).into(), self.other(ask, ty))
                }
            },
            5 if ty == Ty::Text => Kind::Unary(Unary::Lower, self.column(ask, ty).into()),
            _ if ty == Ty::Text => {
                Kind::Binary(Binary::Concat, self.column(ask, ty).into(), self.other(ask, ty))
            }
            _ => return self.column(ask, ty),
        };
        Ex { ty, kind }
    }

    /// What stands beside an expression: a value, or another one.
    pub fn other(&mut self, ask: Ask, ty: Ty) -> Box<Ex> {
        Box::new(match self.random.one_in(2) {
            true => self.constant(ty),
            false => self.column(ask, ty),
        })
    }

    pub fn constant(&mut self, ty: Ty) -> Ex {
        Ex { ty, kind: Kind::Value(self.value(ty)) }
    }

    pub fn value(&mut self, ty: Ty) -> Val {
        match ty {
            Ty::I16 | Ty::I32 => Val::Int(self.random.within(NUMBERS)),
            Ty::I64 => Val::Int(self.random.within(1..8)),
            Ty::Bool => Val::Bool(self.random.one_in(2)),
            Ty::Decimal => schema::decimal(self.random),
            Ty::Date => schema::date(self.random),
            Ty::Text if self.random.one_in(6) => Val::Text(String::new()),
            Ty::Text => Val::Text((*self.random.pick(WORDS)).to_owned()),
        }
    }

    /// A column of a type, over some relations.
    pub fn column(&mut self, ask: Ask, ty: Ty) -> Ex {
        if let (Some(around), true) = (ask.around, self.random.one_in(4)) {
            let path = self.path(Ask { many: ask.many_around, model: around, ..ask });
            if let Some(column) = self.column_of(schema::target(around, &path), ty) {
                return Ex { ty, kind: Kind::Outer(path, column) };
            }
        }
        for _ in 0..6 {
            let path = self.path(ask);
            if let Some(column) = self.column_of(schema::target(ask.model, &path), ty) {
                return Ex { ty, kind: Kind::Column(path, column) };
            }
        }
        for path in near(ask) {
            if let Some(column) = self.column_of(schema::target(ask.model, &path), ty) {
                return Ex { ty, kind: Kind::Column(path, column) };
            }
        }
        self.constant(ty)
    }

    /// A type of which there is a column near.
    pub fn ty(&mut self, ask: Ask) -> Ty {
        let ty = *self.random.pick(TYPES);
        let there = near(ask).iter().any(|path| {
            let columns = schema::table(schema::target(ask.model, path)).columns;
            columns.iter().any(|(_, of, _)| *of == ty)
        });
        if there { ty } else { Ty::Text }
    }

    /// A text of the row or of one that it refers to.
    pub fn text_near(&mut self, model: &'static str) -> Ex {
        let ask = Ask {
            model,
            around: None,
            many: false,
            many_around: false,
            refers: false,
            queries: true,
            depth: 1,
        };
        self.computed(ask, Ty::Text)
    }

    /// A date that is read from a column near.
    pub fn dated(&mut self, ask: Ask) -> Option<Ex> {
        let date = self.column(ask, Ty::Date);
        (!matches!(date.kind, Kind::Value(_)) && self.random.one_in(2)).then_some(date)
    }

    pub fn any_column(&mut self, ask: Ask) -> Ex {
        let ty = self.ty(ask);
        self.column(ask, ty)
    }

    pub fn column_of(&mut self, model: &'static str, ty: Ty) -> Option<&'static str> {
        let fits: Vec<&'static str> = schema::table(model)
            .columns
            .iter()
            .filter(|(name, of, _)| *of == ty && !name.ends_with("_id"))
            .map(|(name, ..)| *name)
            .collect();
        if ty == Ty::I64 && self.random.one_in(3) {
            return Some("pk");
        }
        (!fits.is_empty()).then(|| *self.random.pick(&fits))
    }

    pub fn path(&mut self, ask: Ask) -> Path {
        let mut path = Path::new();
        let mut at = ask.model;
        for _ in 0..*self.random.pick(&[0, 0, 1, 1, 1, 2]) {
            let fits: Vec<_> = RELATIONS
                .iter()
                .filter(|relation| relation.model == at)
                .filter(|relation| ask.many || !relation.hops.iter().any(|hop| hop.is_many()))
                .collect();
            if fits.is_empty() {
                break;
            }
            let relation = self.random.pick(&fits);
            path.push(relation.name);
            at = relation.target;
        }
        path
    }

    pub fn aggregate(&mut self, ask: Ask) -> Ex {
        let ask = Ask { queries: false, depth: 1, ..ask };
        let arg_ty = self.ty(ask);
        let arg = self.computed(ask, arg_ty);
        let filter = self.random.one_in(4).then(|| self.condition(Ask { depth: 1, ..ask }));
        self.folded(arg, filter)
    }

    /// An aggregate of an expression.
    pub fn folded(&mut self, arg: Ex, filter: Option<Cond>) -> Ex {
        let arg_ty = arg.ty;
        let folds: &[Fold] = match arg_ty {
            Ty::Bool => &[Fold::Count],
            Ty::Text | Ty::Date => &[Fold::Count, Fold::Min, Fold::Max],
            _ => &[Fold::Count, Fold::Sum, Fold::Min, Fold::Max, Fold::Avg],
        };
        let of = *self.random.pick(folds);
        let ty = match of {
            Fold::Avg => Ty::Decimal,
            Fold::Sum if arg_ty == Ty::Decimal => Ty::Decimal,
            Fold::Count | Fold::Sum => Ty::I64,
            Fold::Min | Fold::Max => arg_ty,
        };
        let distinct = self.random.one_in(3);
        let aggregate = Aggregate { of, arg, distinct, filter };
        Ex { ty, kind: Kind::Aggregate(Box::new(aggregate)) }
    }
}

/// The model itself, and the relations that lead from it.
fn near(ask: Ask) -> Vec<Path> {
    let mut paths = vec![Path::new()];
    for relation in RELATIONS.iter().filter(|relation| relation.model == ask.model) {
        if ask.many || !relation.hops.iter().any(|hop| hop.is_many()) {
            paths.push(vec![relation.name]);
        }
    }
    paths
}

pub fn id_last() -> By {
    By {
        key: Ex { ty: Ty::I64, kind: Kind::Column(Vec::new(), "id") },
        desc: false,
        nulls_first: None,
    }
}
