//! Views: each has all columns of a table, or of another view, and follows it.

use super::Outcome;
use super::generate::fresh;
use super::random::Random;
use orm_core::column::Column as _;
use orm_core::tables::state::{FieldState, ModelName, ModelState, ViewState};
use orm_migrate::state::ProjectState;
use orm_sql::error::Result;
use orm_sql::exec::{Executor, OutputColumn, Statement};
use orm_sql::ident::{Ident, RawSql};
use orm_sql::row::{Cells, RowSink};
use orm_sql::schema::{ColumnType, TableName};
use orm_sql::value::SqlType;

/// Adds a view of one of the models.
pub fn add(state: &mut ProjectState, taken: &ProjectState, random: &mut Random) -> Option<()> {
    let names: Vec<ModelName> = state.models.keys().cloned().collect();
    let base = random.pick(&names)?.clone();
    let is_taken = |name: &str| {
        let all = state.models.keys().chain(taken.models.keys());
        all.into_iter().any(|one| one.name == name)
    };
    let name = fresh(is_taken, "View", random);
    let table = format!("{}_{}", base.app, name.to_lowercase());
    let mut model = ModelState::new(ModelName::new(&*base.app, name), table);
    model.managed = false;
    let query = query(&state.model(&base)?.table, &["id".to_owned()], false);
    let materialized = random.one_in(3);
    model.view = Some(ViewState { query, columns: Vec::new(), materialized });
    state.insert(model);
    sync(state);
    Some(())
}

/// The query over all columns; another one that has the same rows, where that is asked for.
fn query(base: &TableName, columns: &[String], other: bool) -> RawSql {
    let columns: Vec<String> =
        columns.iter().map(|name| format!("t0.{}", Ident::new(name))).collect();
    let filter = if other { " WHERE true" } else { "" };
    RawSql::new(format!("SELECT {} FROM {} AS t0{filter}", columns.join(", "), base.quoted()))
}

/// Gives a view another query.
pub fn change(state: &mut ProjectState, name: &ModelName) -> Option<()> {
    let mut model = state.model(name)?.clone();
    let view = model.view.as_mut()?;
    let sql = view.query.as_str();
    let other = match sql.strip_suffix(" WHERE true") {
        Some(rest) => rest.to_owned(),
        None => format!("{sql} WHERE true"),
    };
    view.query = RawSql::new(other);
    state.insert(model);
    Some(())
}

/// Gives all views the columns that what they read has now; those go that read nothing any more.
pub fn sync(state: &mut ProjectState) {
    // As many times as views can stand on each other.
    for _ in 0..8 {
        let views: Vec<ModelState> = state
            .models
            .values()
            .filter(|one| one.view.is_some())
            .map(|one| (**one).clone())
            .collect();
        for mut model in views {
            let made = model.made_view().unwrap();
            let mut read = state.models.values().filter(|one| one.name != model.name);
            let Some(base) = read.find(|one| made.reads(&one.table)).cloned() else {
                state.models.remove(&model.name);
                continue;
            };
            let columns = columns_of(state, &base);
            let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
            let view = model.view.as_mut().unwrap();
            let other = view.query.as_str().ends_with(" WHERE true");
            view.query = query(&base.table, &names, other);
            view.columns = columns.clone();
            let field = |(name, text): &(String, String)| {
                let field = FieldState::column(name, ColumnType::parse(text));
                FieldState { null: true, ..field }
            };
            model.fields = columns.iter().map(field).collect();
            model.primary_key = base.key_columns().iter().map(|&name| name.to_owned()).collect();
            for field in &mut model.fields {
                field.null = !model.primary_key.contains(&field.name);
            }
            state.insert(model);
        }
    }
}

fn columns_of(state: &ProjectState, base: &ModelState) -> Vec<(String, String)> {
    if let Some(view) = &base.view {
        return view.columns.clone();
    }
    let table = base.table(state).unwrap();
    table.columns.iter().map(|one| (one.name.clone(), one.column_type.to_string())).collect()
}

/// What the catalogue has of views: name, kind and query.
pub async fn catalogue(db: &dyn Executor) -> Outcome<Vec<String>> {
    let sql = "SELECT relname || ' ' || relkind::text || ' ' || pg_get_viewdef(oid)
               FROM pg_class WHERE relkind IN ('v', 'm') AND pg_table_is_visible(oid)
               AND relnamespace = current_schema()::regnamespace
               UNION ALL
               SELECT indexdef FROM pg_indexes JOIN pg_class c ON c.relname = tablename
               WHERE schemaname = current_schema() AND relkind = 'm'
               AND relnamespace = current_schema()::regnamespace
               ORDER BY 1";
    let (model, field, sql_type) = ("a view", "its query", SqlType::Text);
    let columns = vec![OutputColumn { model, field, sql_type }];
    let mut all = Texts(Vec::new());
    let (sql, columns) = (sql.into(), columns.into());
    let statement = Statement { sql, columns, ..Statement::default() };
    db.run(&statement, &mut all).await?;
    // Each database has a schema of its own.
    Ok(all.0.into_iter().map(|text| text.replace("wanted.", "").replace("live.", "")).collect())
}

struct Texts(Vec<String>);

impl RowSink for Texts {
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        self.0.extend(cells.cell(0).and_then(|raw| String::decode(raw).ok()));
        Ok(())
    }
}
