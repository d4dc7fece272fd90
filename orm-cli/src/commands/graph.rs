//! `graph`: the models as a picture.

use crate::Result;
use crate::args::{Graph, GraphFormat};
use crate::context::Context;
use crate::graph::{Chart, dot, mermaid, svg};
use crate::names::check_apps;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

pub fn run(context: &Context, args: &Graph) -> Result<ExitCode> {
    let state = context.state()?;
    let known: BTreeSet<&str> = state.models.keys().map(|name| &*name.app).collect();
    check_apps(&known, &args.apps)?;
    let chart = Chart::of(&state, &args.apps, !args.no_fields)?;
    let end = args.output.as_deref().and_then(Path::extension).and_then(|end| end.to_str());
    let format = args.format.unwrap_or(match end {
        Some("svg") => GraphFormat::Svg,
        Some("dot" | "gv") => GraphFormat::Dot,
        _ => GraphFormat::Mermaid,
    });
    let text = match format {
        GraphFormat::Mermaid => mermaid(&chart),
        GraphFormat::Dot => dot(&chart),
        GraphFormat::Svg => svg(&chart),
    };
    let output = context.output;
    let (models, relations) = (chart.entities.len(), chart.links.len());
    match &args.output {
        Some(path) => {
            std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
            output.json(&json!({ "models": models, "relations": relations, "output": path }));
            let path = path.display();
            output.line(format!("{models} models and {relations} relations are in {path}."));
        }
        None if output.json => {
            output.json(&json!({ "models": models, "relations": relations, "text": text }));
        }
        None => output.answer(text.trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}
