//! `loaddata`: the rows of files into the database.

use crate::Result;
use crate::args::Loaddata;
use crate::context::Context;
use crate::fixture::{Models, Options, Source, load, select};
use orm_core::tenants::Tenants;
use orm_sql::exec::Executor;
use serde_json::json;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// How the names of fixtures end, in the order in which they are looked for.
const ENDS: [&str; 2] = ["jsonl", "json"];

pub async fn run(context: &Context, args: &Loaddata) -> Result<ExitCode> {
    let models = Models::of(&context.state()?, &context.models())?;
    let excluded = match args.exclude.is_empty() {
        true => Vec::new(),
        false => select(&models, &args.exclude, &[])?,
    };
    let options = Options { excluded, ignore_nonexistent: args.ignorenonexistent };
    let sources: Vec<Source> =
        args.fixtures.iter().map(|name| open(context, args, name)).collect::<Result<_>>()?;
    let files = sources.len();
    let db = context.database().await?;
    let db = db.all_tenants();
    let loaded = load(db.as_executor(), &models, sources, &options).await?;
    let of_models = models.iter().zip(&loaded.of_models).filter(|(_, count)| **count > 0);
    let of_models = of_models.map(|(model, count)| (model.name.to_string(), json!(count)));
    let output = context.output;
    output.json(&json!({
        "objects": loaded.objects,
        "models": of_models.collect::<serde_json::Map<_, _>>(),
        "fixtures": files,
    }));
    let (objects, one) = (loaded.objects, files == 1);
    let files = if one { "1 fixture".to_owned() } else { format!("{files} fixtures") };
    output.line(format!("Installed {objects} objects from {files}."));
    Ok(ExitCode::SUCCESS)
}

fn open(context: &Context, args: &Loaddata, name: &str) -> Result<Source> {
    if name == "-" {
        return Ok(("stdin".to_owned(), Box::new(BufReader::new(std::io::stdin()))));
    }
    let places = places(context, args.app.as_deref(), name);
    let Some(path) = places.iter().find(|path| path.is_file()) else {
        let places: Vec<String> = places.iter().map(|path| path.display().to_string()).collect();
        return Err(format!("there is no fixture `{name}`: no {}", places.join(", no ")).into());
    };
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok((path.display().to_string(), Box::new(BufReader::with_capacity(1 << 16, file))))
}

/// Where a fixture may be: as it is named, or in `fixtures`, here or beside the migrations.
fn places(context: &Context, app: Option<&str>, name: &str) -> Vec<PathBuf> {
    let beside = context.folder().path().parent().map(|package| package.join("fixtures"));
    let folders = [Some(PathBuf::from("fixtures")), beside];
    let mut bases = Vec::new();
    if app.is_none() {
        bases.push(PathBuf::from(name));
    }
    for folder in folders.into_iter().flatten() {
        bases.push(match app {
            Some(app) => folder.join(app).join(name),
            None => folder.join(name),
        });
    }
    let mut places: Vec<PathBuf> = Vec::new();
    for base in bases {
        let has_end = base.extension().is_some_and(|end| ENDS.iter().any(|one| end == *one));
        let ends = ENDS.iter().filter(|_| !has_end);
        let with_ends = ends.map(|end| PathBuf::from(format!("{}.{end}", base.display())));
        let all: Vec<PathBuf> = std::iter::once(base.clone()).chain(with_ends).collect();
        let new: Vec<PathBuf> = all.into_iter().filter(|path| !has(&places, path)).collect();
        places.extend(new);
    }
    places
}

fn has(places: &[PathBuf], path: &Path) -> bool {
    places.iter().any(|one| one == path)
}
