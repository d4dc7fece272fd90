//! For Mermaid: an `erDiagram`.

use super::chart::{Chart, Entity, Kind, Mark};
use std::fmt::Write as _;

/// The picture as text for Mermaid.
pub fn mermaid(chart: &Chart) -> String {
    let mut text = String::from("erDiagram\n");
    // Writing to a text cannot fail.
    for (app, places) in chart.apps() {
        if !app.is_empty() {
            let _ = writeln!(text, "    %% {app}");
        }
        for entity in places.into_iter().filter_map(|place| chart.entities.get(place)) {
            write_entity(entity, &mut text);
        }
    }
    for link in &chart.links {
        let (Some(from), Some(to)) = (chart.entities.get(link.from), chart.entities.get(link.to))
        else {
            continue;
        };
        let (one, other) = match (link.kind, link.optional) {
            (Kind::ManyToOne, false) => ("||", "o{"),
            (Kind::ManyToOne, true) => ("|o", "o{"),
            (Kind::OneToOne, false) => ("||", "o|"),
            (Kind::OneToOne, true) => ("|o", "o|"),
            (Kind::ManyToMany, _) => ("}o", "o{"),
        };
        let (from, to) = (id(from), id(to));
        let _ = writeln!(text, "    {to} {one}--{other} {from} : \"{}\"", link.field);
    }
    text
}

fn write_entity(entity: &Entity, text: &mut String) {
    let _ = write!(text, "    {}[\"{}\"]", id(entity), entity.name);
    if entity.rows.is_empty() {
        text.push('\n');
        return;
    }
    text.push_str(" {\n");
    for row in &entity.rows {
        let _ = write!(text, "        {} {}", word(&row.type_name), word(&row.name));
        if row.mark != Mark::None {
            let _ = write!(text, " {}", row.mark.text());
        }
        text.push_str(if row.null { " \"null\"\n" } else { "\n" });
    }
    text.push_str("    }\n");
}

fn id(entity: &Entity) -> String {
    match &*entity.name.app {
        "" => word(&entity.name.name),
        app => format!("{}_{}", word(app), word(&entity.name.name)),
    }
}

/// Mermaid takes letters, digits and a few signs in names and types.
fn word(text: &str) -> String {
    let is_fine = |c: char| c.is_alphanumeric() || matches!(c, '_' | '(' | ')' | '[' | ']');
    text.chars().map(|c| if is_fine(c) { c } else { '_' }).collect()
}
