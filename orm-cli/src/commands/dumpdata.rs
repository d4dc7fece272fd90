//! `dumpdata`: the rows of models into a file.

use crate::Result;
use crate::args::{Dumpdata, FixtureFormat};
use crate::context::Context;
use crate::fixture::{Dump, Model, Models, dump, select};
use orm_core::tenants::Tenants;
use orm_sql::exec::Executor;
use serde_json::json;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub async fn run(context: &Context, args: &Dumpdata) -> Result<ExitCode> {
    let models = Models::of(&context.state()?, &context.models())?;
    let what = what(context, args, &models)?;
    let db = context.database().await?;
    let db = db.all_tenants();
    let output = context.output;
    let Some(path) = &args.output else {
        let mut out = BufWriter::new(std::io::stdout());
        dump(db.as_executor(), &models, &what, &mut out).await?;
        return Ok(ExitCode::SUCCESS);
    };
    // A file with half of the rows would look like one with all of them.
    let unfinished = unfinished(path);
    let named = |error: std::io::Error| format!("{}: {error}", unfinished.display());
    let mut out = BufWriter::new(File::create(&unfinished).map_err(named)?);
    let counts = match dump(db.as_executor(), &models, &what, &mut out).await {
        Ok(counts) => counts,
        Err(error) => {
            std::fs::remove_file(&unfinished).ok();
            return Err(error);
        }
    };
    out.into_inner().map_err(|error| error.into_error())?.sync_all()?;
    std::fs::rename(&unfinished, path).map_err(|error| format!("{}: {error}", path.display()))?;
    let objects: u64 = counts.iter().sum();
    let of_models = models.iter().zip(&counts).filter(|(_, count)| **count > 0);
    let of_models = of_models.map(|(model, count)| (model.name.to_string(), json!(count)));
    output.json(&json!({
        "objects": objects,
        "models": of_models.collect::<serde_json::Map<_, _>>(),
        "output": path,
    }));
    output.line(format!("{objects} objects are in {}.", path.display()));
    Ok(ExitCode::SUCCESS)
}

fn what(context: &Context, args: &Dumpdata, models: &Models) -> Result<Dump> {
    let selected = select(models, &args.models, &args.exclude)?;
    let keys = match &args.pks {
        None => None,
        Some(text) => {
            let chosen = models.iter().zip(&selected).filter(|(_, selected)| **selected);
            let [(model, _)] = chosen.collect::<Vec<_>>()[..] else {
                return Err("--pks is for one model: name it".into());
            };
            Some(keys(model, text)?)
        }
    };
    let by_name = args.output.as_deref().and_then(Path::extension).is_some_and(|end| end == "json");
    let format = args.format.unwrap_or(
        match by_name || args.indent.is_some() || (context.is_json() && args.output.is_none()) {
            true => FixtureFormat::Json,
            false => FixtureFormat::Jsonl,
        },
    );
    if args.indent.is_some() && format == FixtureFormat::Jsonl {
        return Err("--indent and --format jsonl: an object has one line there".into());
    }
    Ok(Dump {
        selected,
        keys,
        natural_foreign: args.natural_foreign,
        natural_primary: args.natural_primary,
        array: format == FixtureFormat::Json,
        indent: args.indent,
    })
}

/// Keys as rows: `1,2,3` or `[[1, "a"], [2, "b"]]`.
fn keys(model: &Model, text: &str) -> Result<String> {
    let listed: Vec<serde_json::Value> = match text.trim_start().starts_with('[') {
        true => serde_json::from_str(text).map_err(|error| format!("--pks: {error}"))?,
        false => text.split(',').map(|key| json!(key.trim())).collect(),
    };
    let mut rows = Vec::new();
    for key in listed {
        let parts = match key {
            serde_json::Value::Array(parts) => parts,
            one => vec![one],
        };
        if parts.len() != model.key_columns.len() {
            let columns = model.key_columns.join(", ");
            return Err(format!("--pks: a key of {} is [{columns}]", model.name).into());
        }
        let pairs = model.key_columns.iter().cloned().zip(parts);
        rows.push(serde_json::Value::Object(pairs.collect()));
    }
    Ok(serde_json::Value::Array(rows).to_string())
}

fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}
