//! For Graphviz.

use super::chart::{Chart, Entity, Kind, Link, Mark};
use super::svg::{color, escaped};
use std::fmt::Write as _;

/// The picture as text for Graphviz.
pub fn dot(chart: &Chart) -> String {
    let mut text = String::from(
        "digraph models {\n    graph [rankdir=RL, fontname=\"Helvetica\", nodesep=0.4, ranksep=1.2]\n    \
         node [shape=plain, fontname=\"Helvetica\", fontsize=11]\n    \
         edge [fontname=\"Helvetica\", fontsize=9, dir=both]\n",
    );
    // Writing to a text cannot fail.
    for (number, (app, places)) in chart.apps().into_iter().enumerate() {
        let _ = writeln!(text, "    subgraph {} {{", quoted(&format!("cluster_{app}")));
        let _ = writeln!(text, "        label={}; color=\"{}\"", quoted(app), color(number));
        for entity in places.into_iter().filter_map(|place| chart.entities.get(place)) {
            write_entity(entity, color(number), &mut text);
        }
        text.push_str("    }\n");
    }
    for link in &chart.links {
        write_link(chart, link, &mut text);
    }
    text.push_str("}\n");
    text
}

fn write_entity(entity: &Entity, color: &str, text: &mut String) {
    let name = entity.name.to_string();
    let _ = write!(
        text,
        "        {} [label=<<table border=\"0\" cellborder=\"1\" cellspacing=\"0\" cellpadding=\"4\">\
         <tr><td port=\"head\" bgcolor=\"{color}\"><b>{}</b></td></tr>",
        quoted(&name),
        escaped(&entity.name.name)
    );
    for (place, row) in entity.rows.iter().enumerate() {
        let mark = if row.mark == Mark::None { "" } else { " " };
        let null = if row.null { "?" } else { "" };
        let _ = write!(
            text,
            "<tr><td port=\"f{place}\" align=\"left\">{}{mark}{}: {}{null}</td></tr>",
            row.mark.text(),
            escaped(&row.name),
            escaped(&row.type_name)
        );
    }
    text.push_str("</table>>]\n");
}

fn write_link(chart: &Chart, link: &Link, text: &mut String) {
    let (Some(from), Some(to)) = (chart.entities.get(link.from), chart.entities.get(link.to))
    else {
        return;
    };
    let (tail, head) = match (link.kind, link.optional) {
        (Kind::ManyToMany, _) => ("crowodot", "crowodot"),
        (Kind::ManyToOne, false) => ("crowodot", "teetee"),
        (Kind::ManyToOne, true) => ("crowodot", "teeodot"),
        (Kind::OneToOne, false) => ("teeodot", "teetee"),
        (Kind::OneToOne, true) => ("teeodot", "teeodot"),
    };
    let port = link.row.map_or_else(|| "head".to_owned(), |row| format!("f{row}"));
    let (from, to) = (quoted(&from.name.to_string()), quoted(&to.name.to_string()));
    let label = quoted(&link.field);
    let _ = writeln!(
        text,
        "    {from}:{port} -> {to}:head [arrowtail={tail}, arrowhead={head}, label={label}]"
    );
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
