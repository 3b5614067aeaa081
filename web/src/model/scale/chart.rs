//! The chart: axes, curves and labels at their places. The page draws it, and so does the exported file.

use loopscope_shared::scale::{CONNECTIONS, Cost, Point};
use loopscope_shared::servers::Program;

use super::axis::Axis;
use super::{Job, Results, cost_names, written};
use crate::messages as m;
use crate::model::text::grouped;
use crate::store::Scaling;

/// The room for the marks of the axes, and above, in pixels.
const LEFT: f64 = 74.0;
const BELOW: f64 = 44.0;
const ABOVE: f64 = 26.0;

/// The room for names at the ends of the curves, where the chart is wide enough for it.
const RIGHT: f64 = 108.0;
const RIGHT_SMALL: f64 = 26.0;

/// From this width on, names stand at the ends of the curves.
const WIDE: f64 = 560.0;

/// How far names are apart at least.
const NAMES_APART: f64 = 15.0;

/// A mark of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Its place along the axis.
    pub at: f64,
    /// What stands there.
    pub text: String,
}

/// A point of a curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Dot {
    /// Its place.
    pub x: f64,
    /// Its place.
    pub y: f64,
    /// How many connections it is of.
    pub connections: u32,
    /// The cost, with its unit.
    pub text: String,
}

/// A name at the end of a curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Its place.
    pub x: f64,
    /// Its place.
    pub y: f64,
    /// The name.
    pub text: String,
}

/// A curve. Which one it is, is told by its number: colour, dashes and the shape of its points go by that.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The program.
    pub program: Program,
    /// Its number.
    pub style: usize,
    /// Its points.
    pub dots: Vec<Dot>,
    /// Points that were measured on a real kernel.
    pub measured: Vec<Dot>,
    /// Its name, if there is room for it.
    pub label: Option<Label>,
    /// Whether it ends before the others.
    pub ends: bool,
}

/// A chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// Its size in pixels.
    pub width: f64,
    /// Its size in pixels.
    pub height: f64,
    /// The corners of the area of the curves: left, top, right, bottom.
    pub area: (f64, f64, f64, f64),
    /// The marks of the connections.
    pub x_marks: Vec<Mark>,
    /// The marks of the cost.
    pub y_marks: Vec<Mark>,
    /// What the axes are of.
    pub x_title: String,
    /// What the axes are of.
    pub y_title: String,
    /// The curves.
    pub curves: Vec<Curve>,
    /// Where each number of connections lies.
    pub columns: Vec<(u32, f64)>,
}

/// The chart of what is known.
pub fn chart(results: &Results, scaling: &Scaling, width: f64, height: f64) -> Chart {
    let wide = width >= WIDE;
    let right = width - if wide { RIGHT } else { RIGHT_SMALL };
    let area = (LEFT, ABOVE, right.max(LEFT + 40.0), height - BELOW);
    let x = Axis {
        from: if scaling.linear_x { 0.0 } else { 1.0 },
        to: f64::from(CONNECTIONS.last().copied().unwrap_or(1)),
        start: area.0,
        end: area.2,
        linear: scaling.linear_x,
    };
    let costs = known(results, scaling);
    let all = costs.iter().flat_map(|(_, simulated, measured)| simulated.iter().chain(measured));
    let y = Axis::over(all.map(|(_, cost)| *cost), scaling.linear_y, area.3, area.1);
    let dot = |&(connections, cost): &(u32, f64)| Dot {
        x: x.at(f64::from(connections)),
        y: y.at(cost),
        connections,
        text: written(cost, scaling.cost),
    };
    let curves = costs.iter().enumerate().map(|(style, (program, simulated, measured))| {
        let dots: Vec<Dot> = simulated.iter().map(dot).collect();
        let label = dots.last().filter(|_| wide).map(|dot| Label {
            x: dot.x + 9.0,
            y: dot.y + 4.0,
            text: program.name().to_owned(),
        });
        let measured = measured.iter().map(dot).collect();
        let ends = results.end(*program, scaling.talk).is_some();
        Curve { program: *program, style, dots, measured, label, ends }
    });
    let mut curves: Vec<Curve> = curves.collect();
    keep_apart(&mut curves, area.3);
    Chart {
        width,
        height,
        area,
        x_marks: x
            .marks()
            .into_iter()
            .map(|mark| Mark { at: x.at(mark), text: grouped(mark.round() as u64) })
            .collect(),
        y_marks: y
            .marks()
            .into_iter()
            .map(|mark| Mark { at: y.at(mark), text: mark_text(mark, scaling.cost) })
            .collect(),
        x_title: m::scale_connections().to_owned(),
        y_title: m::scale_per_line(cost_names(scaling.cost).0),
        curves,
        columns: CONNECTIONS
            .iter()
            .map(|connections| (*connections, x.at(f64::from(*connections))))
            .collect(),
    }
}

/// A value at a mark: nothing is nothing, in whatever unit.
fn mark_text(value: f64, cost: Cost) -> String {
    if value == 0.0 { "0".to_owned() } else { written(value, cost) }
}

/// The costs of a program by numbers of connections: what was simulated, and what was measured.
type Known = (Program, Vec<(u32, f64)>, Vec<(u32, f64)>);

/// The costs that are known, of each program in the order of the reader's choice.
fn known(results: &Results, scaling: &Scaling) -> Vec<Known> {
    let cost = |point: &Point| (point.connections, point.cost(scaling.cost));
    let of = |program: &Program| {
        let points = CONNECTIONS.iter().filter_map(|connections| {
            let job = Job { program: *program, connections: *connections, talk: scaling.talk };
            results.get(job)?.as_ref().ok().map(cost)
        });
        (*program, points.collect(), results.measured_of(*program, scaling.talk).map(cost).collect())
    };
    scaling.programs.iter().map(of).collect()
}

/// Moves names that would stand upon each other apart: downwards from the highest, and up again from the foot.
fn keep_apart(curves: &mut [Curve], foot: f64) {
    let mut labels: Vec<&mut Label> = curves.iter_mut().filter_map(|curve| curve.label.as_mut()).collect();
    labels.sort_by(|a, b| a.y.total_cmp(&b.y));
    let mut free = f64::NEG_INFINITY;
    for label in &mut labels {
        label.y = label.y.max(free);
        free = label.y + NAMES_APART;
    }
    let mut free = foot + 4.0;
    for label in labels.iter_mut().rev() {
        label.y = label.y.min(free);
        free = label.y - NAMES_APART;
    }
}

impl Chart {
    /// The number of connections nearest to a place, in pixels from the left.
    pub fn nearest(&self, x: f64) -> Option<u32> {
        let distance = |(_, at): &&(u32, f64)| (at - x).abs();
        self.columns
            .iter()
            .min_by(|a, b| distance(a).total_cmp(&distance(b)))
            .map(|(connections, _)| *connections)
    }
}

impl Curve {
    /// Its line, as the commands of an SVG path.
    pub fn path(&self) -> String {
        let step = |(index, dot): (usize, &Dot)| {
            format!("{}{:.1} {:.1}", if index == 0 { 'M' } else { 'L' }, dot.x, dot.y)
        };
        self.dots.iter().enumerate().map(step).collect()
    }
}

/// The shape of a point, by the number of its curve, as the commands of an SVG path around its place.
pub fn shape(style: usize, x: f64, y: f64) -> String {
    match style % 6 {
        // A circle, of two halves.
        0 => format!("M{:.1} {y:.1}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z", x - 4.0),
        1 => format!("M{:.1} {:.1}h7v7h-7Z", x - 3.5, y - 3.5),
        2 => format!("M{x:.1} {:.1}l4.5 8h-9Z", y - 5.0),
        3 => format!("M{x:.1} {:.1}l5 5l-5 5l-5 -5Z", y - 5.0),
        4 => format!("M{x:.1} {:.1}l4.5 -8h-9Z", y + 5.0),
        _ => format!("M{:.1} {:.1}h10v3h-10Z", x - 5.0, y - 1.5),
    }
}

/// The dashes of a line, by the number of its curve, as SVG's `stroke-dasharray`.
pub fn dashes(style: usize) -> &'static str {
    ["none", "7 3", "2 3", "9 3 2 3", "4 4", "12 4"][style % 6]
}
