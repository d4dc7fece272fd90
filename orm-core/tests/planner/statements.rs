//! What statements can be, written from plain values: also what no query set asks for yet.

use orm_sql::ast::*;
use orm_sql::sql::Writer;
use orm_sql::value::{SqlType, SqlValue};

static SUM: Template = Template::new("SUM({})");
static SERIES: Template = Template::new("generate_series(1, {})");

const NOTHING: Select<'static> = Select {
    frame: 0,
    distinct: Distinct::No,
    items: &[],
    names: Names::Any,
    filter: Expr::Bool(true),
    group: &[],
    having: Expr::Bool(true),
    windows: &[],
    order: &[],
    limit: None,
    offset: None,
    lock: None,
};

fn table<'a>(frame: FrameId, source: From<'a>, number: u16) -> Table<'a> {
    let label = Some(Label::Number(number));
    Table { frame, source, join: None, label, part: false, columns: &[], lateral: false }
}

fn named(name: &'static str) -> From<'static> {
    From::Table { schema: None, name }
}

fn column(table: TableId, name: &'static str) -> Column {
    Column { table, name: Name::Known(name), null: false, sql_type: SqlType::Int8 }
}

fn sql(tables: &[Table<'_>], statement: Statement<'_>) -> String {
    let values = vec![(SqlValue::I64(5), SqlType::Int8)];
    let mut writer = Writer::new(tables, values);
    writer.command(&Command::Run(statement));
    writer.finish().0
}

fn select<'a>(tables: &[Table<'a>], select: Select<'a>) -> String {
    sql(tables, Statement::of(&Body::Select(select)))
}

#[test]
fn joins_on_columns_and_on_conditions() {
    let pairs = [(column(0, "shop"), "shop"), (column(0, "sku"), "sku")];
    let join = Join { kind: JoinKind::Left, on: On::Columns(&pairs) };
    let stock = Table { join: Some(join), ..table(0, named("stock"), 1) };
    assert_eq!(
        select(&[table(0, named("line"), 0), stock], NOTHING),
        "SELECT 1 FROM \"line\" AS t0 LEFT JOIN \"stock\" AS t1 \
         ON t1.\"shop\" = t0.\"shop\" AND t1.\"sku\" = t0.\"sku\""
    );
    let sides = [Expr::Column(column(0, "day")), Expr::Column(column(1, "since"))];
    let later = Expr::Binary(">", &sides);
    let join = Join { kind: JoinKind::Inner, on: On::Expr(&later) };
    let price = Table { join: Some(join), ..table(0, named("price"), 1) };
    assert_eq!(
        select(&[table(0, named("line"), 0), price], NOTHING),
        "SELECT 1 FROM \"line\" AS t0 JOIN \"price\" AS t1 ON t0.\"day\" > t1.\"since\""
    );
}

#[test]
fn functions_and_lateral_queries_are_read_from() {
    let five = [Expr::Param(0)];
    let call = Expr::Template(&SERIES, &five);
    let numbers = Table { columns: &["n"], ..table(0, From::Function(&call), 0) };
    let sides = [Expr::Column(column(2, "n")), Expr::Column(column(0, "n"))];
    let inner = Body::Select(Select { frame: 1, filter: Expr::Binary("=", &sides), ..NOTHING });
    let always = Expr::Bool(true);
    let join = Some(Join { kind: JoinKind::Left, on: On::Expr(&always) });
    let rows = Table { join, lateral: true, ..table(0, From::Query(&inner), 1) };
    assert_eq!(
        select(&[numbers, rows, table(1, named("item"), 2)], NOTHING),
        "SELECT 1 FROM generate_series(1, $1) AS t0 (\"n\") LEFT JOIN LATERAL \
         (SELECT 1 FROM \"item\" AS t2 WHERE t2.\"n\" = t0.\"n\") AS t1 ON TRUE"
    );
}

#[test]
fn statements_have_names() {
    let id = [Expr::Column(column(0, "id"))];
    let (start, next) = (
        Body::Select(Select { frame: 0, items: &id, ..NOTHING }),
        Body::Select(Select { frame: 1, ..NOTHING }),
    );
    let parts = [start, next];
    let tree = Body::Combined(Combined {
        op: Combinator::UnionAll,
        parts: &parts,
        order: &[],
        limit: None,
        offset: None,
    });
    let columns = CteColumns::Given(&["id"]);
    let with = [Cte { recursive: true, columns, ..Cte::of(tree) }];
    let tables = [table(0, named("node"), 0), table(1, From::Cte(0), 1), table(2, From::Cte(0), 2)];
    let items = [Expr::Column(column(2, "id"))];
    let body = Body::Select(Select { frame: 2, items: &items, ..NOTHING });
    assert_eq!(
        sql(&tables, Statement { with: &with, body: &body }),
        "WITH RECURSIVE d0 (\"id\") AS ((SELECT t0.\"id\" FROM \"node\" AS t0) UNION ALL \
         (SELECT 1 FROM d0 AS t1)) SELECT t2.\"id\" FROM d0 AS t2"
    );
}

#[test]
fn windows_have_names_and_frames() {
    let pages = [Expr::Column(column(0, "pages"))];
    let function = Expr::Template(&SUM, &pages);
    let partition = [Expr::Column(column(0, "author"))];
    let key = Key::Expr(Expr::Column(column(0, "year")));
    let order = [Order { key, desc: true, nulls: None }];
    let (start, end) = (FrameEnd::Preceding(FrameOffset::Rows(2)), FrameEnd::CurrentRow);
    let without = Some(FrameExclusion::Ties);
    let frame = Some(WindowFrame { unit: FrameUnit::Rows, start, end, without });
    let spec = WindowSpec { partition: &partition, order: &order, frame };
    let named_window = Window { function, over: spec };
    let own = WindowSpec { partition: &[], order: &order, frame: None };
    let own = Window { function, over: own };
    let items = [Expr::Window(&named_window), Expr::Window(&own)];
    assert_eq!(
        select(
            &[table(0, named("book"), 0)],
            Select {
                items: &items,
                names: Names::Given(&["last", "all"]),
                windows: &[spec],
                ..NOTHING
            }
        ),
        "SELECT SUM(t0.\"pages\") OVER w0 AS \"last\", \
         SUM(t0.\"pages\") OVER (ORDER BY t0.\"year\" DESC) AS \"all\" FROM \"book\" AS t0 WINDOW \
         w0 AS (PARTITION BY t0.\"author\" ORDER BY t0.\"year\" DESC \
         ROWS BETWEEN 2 PRECEDING AND CURRENT ROW EXCLUDE TIES)"
    );
}

#[test]
fn groups_are_lists_of_items() {
    let key = |name| Key::Expr(Expr::Column(column(0, name)));
    let (a, b) = ([key("a")], [key("b"), key("c")]);
    let sets: [&[Key<'_>]; 3] = [&a, &b, &[]];
    let group = [Group::Key(Key::Place(1)), Group::Sets(&sets), Group::Rollup(&sets[..2])];
    assert_eq!(
        select(&[table(0, named("book"), 0)], Select { group: &group, ..NOTHING }),
        "SELECT 1 FROM \"book\" AS t0 GROUP BY 1, GROUPING SETS ((t0.\"a\"), \
         (t0.\"b\", t0.\"c\"), ()), ROLLUP ((t0.\"a\"), (t0.\"b\", t0.\"c\"))"
    );
}

#[test]
fn a_change_can_stand_in_front_of_a_query() {
    let values = [Expr::Param(0), Expr::Template(&DEFAULT, &[])];
    let rows: [&[Expr<'_>]; 1] = [&values];
    let returning = [Expr::Column(column(0, "id"))];
    let insert = Insert {
        table: 0,
        columns: &["n", "m"],
        rows: Rows::Values(&rows),
        conflict: Some(Conflict::Nothing(Some(Target::Constraint("once")))),
        returning: &returning,
    };
    let with = [Cte::of(Body::Insert(insert))];
    let body = Body::Select(Select { frame: 1, ..NOTHING });
    let item = Table { label: Some(Label::Bare), ..table(0, named("item"), 0) };
    assert_eq!(
        sql(&[item, table(1, From::Cte(0), 0)], Statement { with: &with, body: &body }),
        "WITH d0 AS (INSERT INTO \"item\" (\"n\", \"m\") VALUES ($1, DEFAULT) \
         ON CONFLICT ON CONSTRAINT \"once\" DO NOTHING RETURNING \"id\") SELECT 1 FROM d0 AS t0"
    );
}
