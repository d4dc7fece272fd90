//! Where boxes are: in columns, those that others refer to on the left, with a band for each app.
//! What leads past a column has a lane of its own in it, so that no line runs behind a box.
#![expect(
    clippy::indexing_slicing,
    reason = "there is a node for every place that a node or line has"
)]

use super::chart::Chart;

/// The space between columns, for lines.
const GAP: f64 = 110.0;
/// The space between boxes of a column, and around those of a band.
const SPACE: f64 = 24.0;
/// How high the title of a band is.
const TITLE: f64 = 26.0;
/// How high the lane of a line is.
const LANE: f64 = 12.0;

/// What stands in a column: a box, or the lane of a line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Node {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
    column: usize,
    band: usize,
}

/// A line: its nodes, from the model that has the field on. Those between are lanes.
#[derive(Clone, Debug, Default)]
pub struct Line {
    pub nodes: Vec<usize>,
}

/// A band.
#[derive(Clone, Copy, Debug, Default)]
pub struct Band {
    /// The number of the app.
    pub app: usize,
    pub y: f64,
    pub height: f64,
}

/// Where everything is. The first nodes are the models.
#[derive(Debug, Default)]
pub struct Layout {
    pub nodes: Vec<Node>,
    pub lines: Vec<Line>,
    pub bands: Vec<Band>,
    pub width: f64,
    pub height: f64,
}

impl Layout {
    /// Puts boxes of these sizes into their places.
    pub fn of(chart: &Chart, sizes: &[(f64, f64)]) -> Layout {
        let columns = columns(chart, sizes.len());
        let order = bands(chart);
        let mut layout = Layout::default();
        for (place, (width, height)) in sizes.iter().enumerate() {
            let band = order.iter().position(|app| app.1.contains(&place)).unwrap_or_default();
            let (width, height, column) = (*width, *height, columns[place]);
            layout.nodes.push(Node { width, height, column, band, ..Node::default() });
        }
        for link in &chart.links {
            layout.add_line(link.from, link.to);
        }
        let mut stacks = layout.stacks(order.len());
        for _ in 0..8 {
            layout.place(&stacks);
            layout.sort(&mut stacks);
        }
        layout.place(&stacks);
        let (mut y, mut heights) = (0.0, layout.heights(&stacks).into_iter());
        for (app, _) in order {
            let height = heights.next().unwrap_or_default();
            layout.bands.push(Band { app, y, height });
            y += height + SPACE / 2.0;
        }
        layout.height = y;
        layout.width =
            layout.nodes.iter().map(|node| node.x + node.width).fold(0.0, f64::max) + 2.0 * SPACE;
        layout
    }

    /// A line with a lane in each column that it passes.
    fn add_line(&mut self, from: usize, to: usize) {
        let (start, end) = (self.nodes[from].column, self.nodes[to].column);
        let between: Vec<usize> = match start < end {
            true => (start + 1..end).collect(),
            false => (end + 1..start).rev().collect(),
        };
        let band = self.nodes[from].band;
        let mut nodes = vec![from];
        for column in between {
            nodes.push(self.nodes.len());
            self.nodes.push(Node { height: LANE, column, band, ..Node::default() });
        }
        nodes.push(to);
        self.lines.push(Line { nodes });
    }

    /// The nodes of each band and column, from the top.
    fn stacks(&self, bands: usize) -> Vec<Vec<Vec<usize>>> {
        let count = self.nodes.iter().map(|node| node.column + 1).max().unwrap_or_default();
        let mut stacks = vec![vec![Vec::new(); count]; bands];
        for (place, node) in self.nodes.iter().enumerate() {
            stacks[node.band][node.column].push(place);
        }
        stacks
    }

    fn stack_height(&self, stack: &[usize]) -> f64 {
        stack.iter().map(|place| self.nodes[*place].height + SPACE).sum()
    }

    fn heights(&self, stacks: &[Vec<Vec<usize>>]) -> Vec<f64> {
        let highest = |band: &Vec<Vec<usize>>| {
            band.iter().map(|stack| self.stack_height(stack)).fold(0.0, f64::max) + TITLE
        };
        stacks.iter().map(highest).collect()
    }

    /// Gives all nodes their places, each stack in the middle of its band.
    fn place(&mut self, stacks: &[Vec<Vec<usize>>]) {
        let heights = self.heights(stacks);
        let count = stacks.first().map_or(0, Vec::len);
        let mut x = SPACE;
        for column in 0..count {
            let inside = self.nodes.iter().filter(|node| node.column == column);
            let width = inside.map(|node| node.width).fold(0.0, f64::max);
            let mut top = 0.0;
            for (band, height) in stacks.iter().zip(&heights) {
                let stack = &band[column];
                let mut y =
                    top + TITLE + (height - TITLE - self.stack_height(stack)) / 2.0 + SPACE / 4.0;
                for place in stack {
                    let node = &mut self.nodes[*place];
                    // Lanes are as wide as the column: lines pass straight.
                    if node.width == 0.0 || node.height == LANE {
                        node.width = width;
                    }
                    (node.x, node.y) = (x, y);
                    y += node.height + SPACE;
                }
                top += height + SPACE / 2.0;
            }
            x += width + GAP;
        }
    }

    /// Sorts each stack by where the lines of its nodes lead.
    fn sort(&self, stacks: &mut [Vec<Vec<usize>>]) {
        let mut sums = vec![(0.0, 0.0); self.nodes.len()];
        for line in &self.lines {
            for pair in line.nodes.windows(2) {
                for (one, other) in [(pair[0], pair[1]), (pair[1], pair[0])] {
                    sums[one].0 += self.nodes[other].y + self.nodes[other].height / 2.0;
                    sums[one].1 += 1.0;
                }
            }
        }
        let wanted = |place: &usize| match sums[*place] {
            (_, 0.0) => self.nodes[*place].y + self.nodes[*place].height / 2.0,
            (sum, count) => sum / count,
        };
        for stack in stacks.iter_mut().flatten() {
            stack.sort_by(|one, other| wanted(one).total_cmp(&wanted(other)));
        }
    }
}

/// The column of each model: right of all that it refers to, circles aside.
fn columns(chart: &Chart, count: usize) -> Vec<usize> {
    let mut to: Vec<Vec<usize>> = vec![Vec::new(); count];
    for link in chart.links.iter().filter(|link| link.from != link.to) {
        to[link.from].push(link.to);
    }
    let mut columns: Vec<Option<usize>> = vec![None; count];
    let mut open = vec![false; count];
    for place in 0..count {
        visit(place, &to, &mut columns, &mut open);
    }
    let mut columns: Vec<usize> = columns.into_iter().map(Option::unwrap_or_default).collect();
    // Nearer to what refers to it, where nothing holds it on the left.
    for place in (0..count).filter(|place| to[*place].is_empty()) {
        let sources = (0..count).filter(|other| to[*other].contains(&place));
        if let Some(nearest) = sources.map(|other| columns[other]).min() {
            columns[place] = nearest.saturating_sub(1);
        }
    }
    apart(&to, &mut columns);
    columns
}

fn visit(
    place: usize,
    to: &[Vec<usize>],
    columns: &mut [Option<usize>],
    open: &mut [bool],
) -> usize {
    if let Some(column) = columns[place] {
        return column;
    }
    if open[place] {
        return 0;
    }
    open[place] = true;
    let mut column = 0;
    for other in &to[place] {
        let is_circle = open[*other] && columns[*other].is_none();
        if !is_circle {
            column = column.max(visit(*other, to, columns, open) + 1);
        }
    }
    columns[place] = Some(column);
    column
}

/// Models that refer to each other in a circle stand in different columns.
fn apart(to: &[Vec<usize>], columns: &mut [usize]) {
    for place in 0..columns.len() {
        for other in &to[place] {
            if columns[place] == columns[*other] {
                columns[place] += 1;
            }
        }
    }
}

/// The apps from the top, each with its models: next to each other where many lines are.
fn bands(chart: &Chart) -> Vec<(usize, Vec<usize>)> {
    let mut left: Vec<(usize, Vec<usize>)> =
        chart.apps().into_iter().map(|(_, places)| places).enumerate().collect();
    let mut placed: Vec<(usize, Vec<usize>)> = Vec::new();
    while !left.is_empty() {
        let near = |app: &(usize, Vec<usize>)| {
            let last = placed.last().map_or(&[][..], |app| &app.1);
            let links = chart.links.iter().filter(|link| {
                let ends = [(link.from, link.to), (link.to, link.from)];
                ends.iter().any(|(one, other)| app.1.contains(one) && last.contains(other))
            });
            links.count()
        };
        let best = (0..left.len()).rev().max_by_key(|at| near(&left[*at])).unwrap_or_default();
        let next = left.remove(best);
        placed.push(next);
    }
    placed
}
