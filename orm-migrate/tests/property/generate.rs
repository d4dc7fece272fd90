//! Random projects.

use super::random::Random;
use super::views;
use orm_core::tables::state::{
    CheckState, ExcludeState, FieldKind, FieldState, IndexState, KeyState, ManyToManyState,
    ModelName, ModelState, OnDeleteState, PartKey, PartNames, PartState, Through, UniqueState,
    ViolationState,
};
use orm_migrate::state::ProjectState;
use orm_sql::ident::{Ident, RawSql};
use orm_sql::schema::{ColumnType, Deferrable, Fill, Storage, TableName};
use orm_sql::value::SqlType;

/// What a column holds, by what it can become without loss.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    Number,
    Text,
    Enum,
    Other,
}

pub fn family(column_type: &ColumnType) -> Family {
    match column_type {
        ColumnType::Plain(SqlType::Int2 | SqlType::Int4 | SqlType::Int8 | SqlType::Float8)
        | ColumnType::Numeric { .. } => Family::Number,
        ColumnType::Plain(SqlType::Text) | ColumnType::Varchar(_) => Family::Text,
        ColumnType::Named(_) => Family::Enum,
        _ => Family::Other,
    }
}

pub fn types(family: Option<Family>) -> Vec<ColumnType> {
    let all = vec![
        SqlType::Int2.into(),
        SqlType::Int4.into(),
        SqlType::Int8.into(),
        SqlType::Float8.into(),
        ColumnType::Numeric { digits: 8, places: 2 },
        SqlType::Text.into(),
        ColumnType::Varchar(20),
        ColumnType::Varchar(40),
        SqlType::Bool.into(),
        SqlType::Date.into(),
        SqlType::TimestampTz.into(),
        SqlType::Uuid.into(),
        SqlType::Jsonb.into(),
        ColumnType::Array(Box::new(SqlType::Text.into())),
    ];
    let is_wanted = |one: &ColumnType| family.is_none_or(|family| self::family(one) == family);
    all.into_iter().filter(is_wanted).collect()
}

/// A value of a type, different for each row, as SQL.
pub fn value(column_type: &ColumnType, row: usize) -> String {
    match column_type {
        // The first values of each enum type, which none loses.
        ColumnType::Named(name) => format!("'v{}'::{}", row % 3, name.as_str()),
        ColumnType::Array(item) if family(item) == Family::Enum => {
            format!("ARRAY[{}]", value(item, row))
        }
        ColumnType::Array(_) => format!("ARRAY['{row}']"),
        ColumnType::Plain(SqlType::Bool) => row.is_multiple_of(2).to_string(),
        ColumnType::Plain(SqlType::Date) => format!("DATE '2024-01-01' + {row}"),
        ColumnType::Plain(SqlType::TimestampTz) => {
            format!("TIMESTAMPTZ '2024-01-01 00:00+00' + {row} * INTERVAL '1 day'")
        }
        ColumnType::Plain(SqlType::Uuid) => format!("'{row:032x}'::uuid"),
        ColumnType::Plain(SqlType::Jsonb) => format!("'{{\"row\": {row}}}'::jsonb"),
        other if family(other) == Family::Text => format!("'row {row}'"),
        _ => (row + 1).to_string(),
    }
}

pub fn project(random: &mut Random) -> ProjectState {
    let mut state = ProjectState::default();
    for number in 0..random.below(3) {
        let mut values: Vec<String> = (0..3).map(|value| format!("v{value}")).collect();
        for _ in 0..random.below(4) {
            add_value(&mut values, random);
        }
        state.enums.insert(TableName::new(["mood", "Odd \"type\""][number]), values);
    }
    for _ in 0..1 + random.below(5) {
        let model = model(&state, random);
        state.insert(model);
    }
    // Keys that go in circles.
    let names: Vec<ModelName> = state.models.keys().cloned().collect();
    for _ in 0..random.below(3) {
        let (Some(from), Some(to)) = (random.pick(&names), random.pick(&names)) else { continue };
        let (from, to) = (from.clone(), to.clone());
        let mut model = state.model(&from).cloned().unwrap();
        if let Some(mut field) = key(&state, &model, &to, random) {
            field.null = true;
            model.fields.push(field);
            state.insert(model);
        }
    }
    let nothing = ProjectState::default();
    for _ in 0..random.below(4).saturating_sub(1) {
        views::add(&mut state, &nothing, random);
    }
    state
}

/// A value more, somewhere.
pub fn add_value(values: &mut Vec<String>, random: &mut Random) {
    let value = fresh(|name| values.iter().any(|one| one == name), "it's ", random);
    let place = random.below(values.len() + 1);
    values.insert(place, value);
}

pub fn fresh(taken: impl Fn(&str) -> bool, stem: &str, random: &mut Random) -> String {
    loop {
        let name = format!("{stem}{}", random.below(40));
        if !taken(&name) {
            return name;
        }
    }
}

pub fn model(state: &ProjectState, random: &mut Random) -> ModelState {
    let app = if random.one_in(3) { "shop" } else { "library" };
    let is_taken = |name: &str| {
        ["shop", "library"].iter().any(|app| state.model(&ModelName::new(*app, name)).is_some())
    };
    let name = fresh(is_taken, "Model", random);
    let table = format!("{app}_{}", name.to_lowercase());
    let mut model = ModelState::new(ModelName::new(app, name), table);
    match random.below(6) {
        0 => {
            model.fields.push(FieldState::column("code", ColumnType::Varchar(20)));
            model.primary_key = vec!["code".into()];
        }
        1 => {
            model.fields.push(FieldState::column("part", SqlType::Int4.into()));
            model.fields.push(FieldState::column("number", SqlType::Int8.into()));
            model.primary_key = vec!["part".into(), "number".into()];
        }
        _ => {
            let mut id = FieldState::column("id", SqlType::Int8.into());
            id.fill = Fill::Identity;
            model.fields.push(id);
            model.primary_key = vec!["id".into()];
        }
    }
    for _ in 0..random.below(5) {
        let field = plain(state, &model, random);
        model.fields.push(field);
    }
    let others: Vec<ModelName> = tables(state);
    for _ in 0..random.below(3) {
        if let Some(to) = random.pick(&others).cloned() {
            model.fields.extend(key(state, &model, &to, random));
        }
    }
    if random.one_in(3)
        && let Some(to) = random.pick(&others).cloned()
    {
        let field = many_to_many(&model, &to, random);
        model.fields.push(field);
    }
    for _ in 0..random.below(4) {
        part(&mut model, random);
    }
    if random.one_in(4) {
        model.comment = Some("what we lend".into());
    }
    model.storage = storage(random);
    if random.one_in(4) {
        model.row_level_security = tenant(&model, random);
    }
    model
}

/// A field that may say to which tenant a row belongs.
pub fn tenant(model: &ModelState, random: &mut Random) -> Option<String> {
    let of_one = |field: &&FieldState| field.columns().len() == 1;
    let fields: Vec<&FieldState> = model.fields.iter().filter(of_one).collect();
    Some(random.pick(&fields)?.name.clone())
}

/// The models that have tables.
pub fn tables(state: &ProjectState) -> Vec<ModelName> {
    let models = state.models.values().filter(|model| model.view.is_none());
    models.map(|model| model.name.clone()).collect()
}

/// A field of a value.
pub fn plain(state: &ProjectState, model: &ModelState, random: &mut Random) -> FieldState {
    let name = fresh(|name| model.field(name).is_some(), "field", random);
    let mut all = types(None);
    for name in state.enums.keys() {
        let own = ColumnType::Named(RawSql::new(name.as_type()));
        all.extend([own.clone(), own.clone(), ColumnType::Array(Box::new(own))]);
    }
    let column_type = random.pick(&all).cloned().unwrap();
    let mut field = FieldState::column(name, column_type);
    options(&mut field, random);
    if random.one_in(8) {
        let numbers: Vec<&FieldState> = model
            .fields
            .iter()
            .filter(|field| is_family(field, Family::Number) && !is_generated(field))
            .collect();
        if let Some(base) = random.pick(&numbers) {
            field.kind = FieldKind::Column {
                column: field.name.clone(),
                column_type: SqlType::Float8.into(),
            };
            let base = Ident::new(&base.columns()[0]);
            field.fill = Fill::Generated(RawSql::new(format!("({base}::float8 * 2)")));
            field.null = true;
            field.unique = false;
            field.collation = None;
        }
    }
    field
}

pub fn is_generated(field: &FieldState) -> bool {
    matches!(field.fill, Fill::Generated(_))
}

pub fn is_family(field: &FieldState, wanted: Family) -> bool {
    match &field.kind {
        FieldKind::Column { column_type, .. } => family(column_type) == wanted,
        _ => false,
    }
}

fn column_type(field: &FieldState) -> &ColumnType {
    match &field.kind {
        FieldKind::Column { column_type, .. } => column_type,
        _ => unreachable!("a plain field"),
    }
}

pub fn options(field: &mut FieldState, random: &mut Random) {
    let FieldKind::Column { column_type, .. } = &field.kind else { return };
    let column_type = column_type.clone();
    field.null = random.one_in(3);
    // A bool is not different in each row, and neither is the value of an enum type.
    let few = column_type == SqlType::Bool.into() || column_type.own_type().is_some();
    field.unique = random.one_in(6) && !few;
    field.db_index = random.one_in(6);
    field.positive = random.one_in(6) && family(&column_type) == Family::Number;
    field.fill = match random.one_in(4) {
        true => Fill::Default(RawSql::new(value(&column_type, 7))),
        false => Fill::Nothing,
    };
    field.comment = random.one_in(8).then(|| "as printed".to_owned());
    field.collation = match family(&column_type) {
        Family::Text if random.one_in(6) => Some("C".to_owned()),
        _ => None,
    };
    names(field, random);
    field.names.constraint = None;
}

/// A key to a model.
pub fn key(
    state: &ProjectState,
    model: &ModelState,
    to: &ModelName,
    random: &mut Random,
) -> Option<FieldState> {
    let target = state.model(to)?;
    let name = fresh(|name| model.field(name).is_some(), "key", random);
    let columns = match target.key_columns().as_slice() {
        [_] => vec![format!("{name}_id")],
        columns => columns.iter().map(|column| format!("{name}_{column}")).collect(),
    };
    let on_delete = [
        OnDeleteState::Cascade,
        OnDeleteState::Protect,
        OnDeleteState::Restrict,
        OnDeleteState::DoNothing,
    ];
    let mut field = FieldState::new(
        name,
        FieldKind::Key(KeyState {
            columns,
            to: to.clone(),
            to_field: None,
            one_to_one: random.one_in(4),
            on_delete: *random.pick(&on_delete)?,
            db_constraint: !random.one_in(8),
            deferrable: [None, None, None, Some(Deferrable::Immediate), Some(Deferrable::Deferred)]
                [random.below(5)],
        }),
    );
    field.null = random.one_in(3);
    field.no_index = random.one_in(5);
    names(&mut field, random);
    Some(field)
}

/// Names of the constraints and indexes of a field.
fn names(field: &mut FieldState, random: &mut Random) {
    let mut name = || random.one_in(6).then(|| format!("named_{}", random.once()));
    let (unique, index, constraint) = (name(), name(), name());
    field.names = PartNames { unique, unique_index: name(), index, constraint };
}

pub fn many_to_many(model: &ModelState, to: &ModelName, random: &mut Random) -> FieldState {
    let name = fresh(|name| model.field(name).is_some(), "many", random);
    let (own, other) = (model.name.name.to_lowercase(), to.name.to_lowercase());
    let sides = match *to == model.name {
        true => [format!("from_{own}"), format!("to_{own}")],
        false => [own, other],
    };
    let table = TableName::new(format!("{}_{name}", model.table.name));
    let through = Through::Table { table, sides, db_constraint: true };
    FieldState::new(name, FieldKind::ManyToMany(ManyToManyState { to: to.clone(), through }))
}

/// An index, a unique constraint or a check.
pub fn part(model: &mut ModelState, random: &mut Random) {
    let is_plain = |field: &&FieldState| {
        matches!(field.kind, FieldKind::Column { .. })
            && !is_family(field, Family::Other)
            && !is_generated(field)
    };
    let fields: Vec<FieldState> = model.fields.iter().filter(is_plain).cloned().collect();
    let Some(field) = random.pick(&fields).cloned() else { return };
    let column = Ident::new(&field.columns()[0]).to_string();
    let mut plain = PartState::field(&*field.name);
    let text = is_family(&field, Family::Text);
    let own = is_family(&field, Family::Enum).then(|| value(column_type(&field), 0));
    let expression = match &own {
        Some(value) => RawSql::new(format!("({column} > {value})")),
        None if text => RawSql::new(format!("lower({column})")),
        None => RawSql::new(format!("({column} + 1)")),
    };
    let condition = RawSql::new(format!("{column} IS NOT NULL"));
    let is_taken = |model: &ModelState, name: &str| {
        model.indexes.iter().any(|one| one.name.as_deref() == Some(name))
            || model.uniques.iter().any(|one| one.name.as_deref() == Some(name))
            || model.checks.iter().any(|one| one.name.as_deref() == Some(name))
            || model.exclusions.iter().any(|one| one.name.as_deref() == Some(name))
    };
    let stem = format!("{}_part", model.table.name);
    let name = fresh(|name| is_taken(model, name), &stem, random);
    let name = Some(name);
    let mut expression = PartState::new(PartKey::Expression(expression));
    let is_index = random.one_in(2);
    if is_index {
        plain.operator_class = (text && random.one_in(3)).then(|| "text_pattern_ops".to_owned());
        for part in [&mut plain, &mut expression] {
            part.desc = random.one_in(3);
            part.nulls_first = random.one_in(3).then_some(!part.desc);
        }
    }
    if text && random.one_in(4) {
        plain.collation = Some("POSIX".to_owned());
    }
    let parts = if random.one_in(3) { vec![expression] } else { vec![plain] };
    let violation = ViolationState {
        message: random.one_in(4).then(|| "that is wrong".to_owned()),
        code: random.one_in(4).then(|| "wrong".to_owned()),
    };
    // The value of an enum type is not different in each row.
    let unique = own.is_none() && parts.iter().all(|part| !part.desc && part.nulls_first.is_none());
    match random.below(4) {
        _ if is_index => model.indexes.push(IndexState {
            name,
            condition: random.one_in(3).then_some(condition),
            storage: storage(random),
            ..IndexState::new(parts)
        }),
        0 | 1 if unique => model.uniques.push(UniqueState {
            name,
            condition: random.one_in(3).then_some(condition),
            violation,
            ..UniqueState::new(parts)
        }),
        2 if unique => model.exclusions.push(ExcludeState {
            name,
            parts: parts.into_iter().map(|part| (part, "=".to_owned())).collect(),
            method: "btree".to_owned(),
            condition: random.one_in(3).then_some(condition),
            include: Vec::new(),
            deferrable: [None, Some(Deferrable::Immediate), Some(Deferrable::Deferred)]
                [random.below(3)],
            violation,
        }),
        _ => {
            let condition = match own {
                Some(value) => RawSql::new(format!("{column} = {value} OR {column} <> {value}")),
                None if text => RawSql::new(format!("length({column}) < 100")),
                None => RawSql::new(format!("{column} >= 0")),
            };
            model.checks.push(CheckState { name, condition, violation });
        }
    }
}

pub fn storage(random: &mut Random) -> Storage {
    let mut storage = Storage::new();
    if random.one_in(4) {
        storage.insert("fillfactor".to_owned(), (50 + random.below(50)).to_string());
    }
    storage
}
