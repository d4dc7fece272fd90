//! Drawn as SVG.

use super::chart::{Chart, Entity, Kind, Link, Mark};
use super::layout::{Layout, Line, Node};
use std::fmt::Write as _;

/// How high a row is, and the name of a model.
const ROW: f64 = 18.0;
const HEAD: f64 = 24.0;
/// How wide a letter is, more or less.
const LETTER: f64 = 6.7;
/// How far lines leave boxes straight.
const LEAD: f64 = 22.0;

const COLORS: [&str; 8] =
    ["#bfdbfe", "#bbf7d0", "#fde68a", "#fecaca", "#ddd6fe", "#a5f3fc", "#fbcfe8", "#e5e7eb"];

/// The color of an app.
pub fn color(app: usize) -> &'static str {
    COLORS.get(app % COLORS.len()).copied().unwrap_or("#e5e7eb")
}

/// Text as XML has it.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The picture as SVG.
pub fn svg(chart: &Chart) -> String {
    let sizes: Vec<(f64, f64)> = chart.entities.iter().map(size).collect();
    let layout = Layout::of(chart, &sizes);
    let (width, height) = (layout.width, layout.height);
    // Writing to a text cannot fail.
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"Helvetica, Arial, sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"
    );
    let apps = chart.apps();
    for band in &layout.bands {
        let title = apps.get(band.app).map_or("", |(app, _)| *app);
        let _ = writeln!(
            out,
            "<rect x=\"4\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"8\" fill=\"{}\" \
             fill-opacity=\"0.25\" stroke=\"{}\"/>\n<text x=\"14\" y=\"{:.1}\" font-size=\"14\" \
             font-weight=\"bold\" fill=\"#374151\">{}</text>",
            band.y + 2.0,
            width - 8.0,
            band.height,
            color(band.app),
            color(band.app),
            band.y + 20.0,
            escaped(title)
        );
    }
    for (link, line) in chart.links.iter().zip(&layout.lines) {
        write_line(link, line, &layout.nodes, &mut out);
    }
    for (number, (_, places)) in apps.iter().enumerate() {
        for place in places {
            if let (Some(entity), Some(node)) =
                (chart.entities.get(*place), layout.nodes.get(*place))
            {
                write_box(entity, *node, color(number), &mut out);
            }
        }
    }
    out.push_str("</svg>\n");
    out
}

/// How large the box of a model is.
fn size(entity: &Entity) -> (f64, f64) {
    let length = |text: &str| text.chars().count() as f64 * LETTER;
    let rows = entity.rows.iter().map(|row| length(&row.name) + length(&row.type_name) + 62.0);
    let width = rows.fold(length(&entity.name.name) * 1.15 + 24.0, f64::max).max(90.0);
    (width, HEAD + entity.rows.len() as f64 * ROW + 2.0)
}

fn write_box(entity: &Entity, node: Node, color: &str, out: &mut String) {
    let Node { x, y, width, height, .. } = node;
    let _ = writeln!(
        out,
        "<g><title>{}</title><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
         rx=\"4\" fill=\"#ffffff\" stroke=\"#6b7280\"/><rect x=\"{x:.1}\" y=\"{y:.1}\" \
         width=\"{width:.1}\" height=\"{HEAD}\" rx=\"4\" fill=\"{color}\" stroke=\"#6b7280\"/>\
         <text x=\"{:.1}\" y=\"{:.1}\" font-weight=\"bold\" text-anchor=\"middle\">{}</text>",
        escaped(&entity.name.to_string()),
        x + width / 2.0,
        y + 16.0,
        escaped(&entity.name.name)
    );
    for (place, row) in entity.rows.iter().enumerate() {
        let at = y + HEAD + place as f64 * ROW + 13.0;
        let weight = if row.mark == Mark::Primary { " font-weight=\"bold\"" } else { "" };
        let null = if row.null { "?" } else { "" };
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{at:.1}\" font-size=\"8\" fill=\"#6b7280\">{}</text>\
             <text x=\"{:.1}\" y=\"{at:.1}\"{weight}>{}</text>\
             <text x=\"{:.1}\" y=\"{at:.1}\" text-anchor=\"end\" fill=\"#6b7280\">{}{null}</text>",
            x + 6.0,
            row.mark.text(),
            x + 24.0,
            escaped(&row.name),
            x + width - 8.0,
            escaped(&row.type_name)
        );
    }
    out.push_str("</g>\n");
}

/// A point, and whether the line goes to the right there.
type End = (f64, f64, f64);

fn write_line(link: &Link, line: &Line, nodes: &[Node], out: &mut String) {
    let places: Vec<Node> = line.nodes.iter().filter_map(|at| nodes.get(*at)).copied().collect();
    let (Some(first), Some(last)) = (places.first(), places.last()) else { return };
    let row = link.row.map_or(HEAD / 2.0, |row| HEAD + row as f64 * ROW + ROW / 2.0);
    let is_own = link.from == link.to;
    // To the left as a rule; circles lead to the right, and back to where they began.
    let right = is_own || last.x > first.x;
    let side = |node: &Node, right: bool| if right { node.x + node.width } else { node.x };
    let to_right = if right { 1.0 } else { -1.0 };
    let start: End = (side(first, right), first.y + row, to_right);
    let end: End = match is_own {
        true => (side(last, true), last.y + HEAD / 2.0, 1.0),
        false => (side(last, !right), last.y + HEAD / 2.0, -to_right),
    };
    let mut path = format!("M{:.1} {:.1}h{:.1}", start.0, start.1, start.2 * LEAD);
    let mut from = (start.0 + start.2 * LEAD, start.1);
    let middle = places.len().saturating_sub(2);
    for lane in places.iter().skip(1).take(middle) {
        let y = lane.y + lane.height / 2.0;
        curve(&mut path, from, (side(lane, !right), y), to_right, -to_right);
        let _ = write!(path, "H{:.1}", side(lane, right));
        from = (side(lane, right), y);
    }
    curve(&mut path, from, (end.0 + end.2 * LEAD, end.1), to_right, end.2);
    let _ = write!(path, "H{:.1}", end.0);
    let _ = writeln!(
        out,
        "<g fill=\"none\" stroke=\"#4b5563\" stroke-width=\"1.2\"><title>{}</title><path d=\"{path}\"/>{}{}</g>",
        escaped(&link.field),
        foot(start, link.kind != Kind::OneToOne, true),
        foot(end, link.kind == Kind::ManyToMany, link.optional || link.kind == Kind::ManyToMany)
    );
}

/// A curve that leaves in one direction and arrives from another.
fn curve(path: &mut String, from: (f64, f64), to: (f64, f64), leaves: f64, arrives: f64) {
    let pull = ((from.0 - to.0).abs() / 2.0).max(16.0);
    let _ = write!(
        path,
        "C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
        from.0 + leaves * pull,
        from.1,
        to.0 + arrives * pull,
        to.1,
        to.0,
        to.1
    );
}

/// What stands at the end of a line: a crow's foot for many, a bar for one; a circle where there may
/// be none.
fn foot((x, y, away): End, many: bool, optional: bool) -> String {
    let mut text = match many {
        true => {
            let tip = x + away * 10.0;
            format!(
                "<path d=\"M{tip:.1} {y:.1}L{x:.1} {:.1}M{tip:.1} {y:.1}L{x:.1} {:.1}\"/>",
                y - 5.0,
                y + 5.0
            )
        }
        false => bar(x + away * 6.0, y),
    };
    if optional {
        let at = x + away * 14.0;
        let _ = write!(text, "<circle cx=\"{at:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"#ffffff\"/>");
    } else if !many {
        text.push_str(&bar(x + away * 10.0, y));
    }
    text
}

fn bar(x: f64, y: f64) -> String {
    format!("<path d=\"M{x:.1} {:.1}V{:.1}\"/>", y - 5.0, y + 5.0)
}
