//! The chart as files: a picture that stands by itself (SVG), and the numbers (CSV).

use loopscope_shared::scale::{CONNECTIONS, Cost, Point};
use loopscope_shared::servers::Program;

use super::chart::{Chart, dashes, shape};
use super::{Job, Results, cost_names};
use crate::messages as m;
use crate::store::Scaling;

/// The colours of the curves on white paper, by number; each is told from its neighbours by lightness too.
const COLOURS: [&str; 6] = ["#b4532a", "#1f5fae", "#1b7442", "#7a4a9c", "#8f5a00", "#3c4650"];

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn text_at(x: f64, y: f64, anchor: &str, text: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>\n", escaped(text))
}

/// The chart as a document of its own, on white.
pub fn svg(chart: &Chart, title: &str) -> String {
    let (left, top, right, bottom) = chart.area;
    let (width, height) = (chart.width, chart.height);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#1c2126\">\n\
         <title>{0}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
        escaped(title)
    );
    let rule = |x1: f64, y1: f64, x2: f64, y2: f64| {
        format!("<path d=\"M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}\" stroke=\"#c8c3b8\"/>\n")
    };
    for mark in &chart.x_marks {
        out += &rule(mark.at, top, mark.at, bottom);
        out += &text_at(mark.at, bottom + 16.0, "middle", &mark.text);
    }
    for mark in &chart.y_marks {
        out += &rule(left, mark.at, right, mark.at);
        out += &text_at(left - 7.0, mark.at + 4.0, "end", &mark.text);
    }
    out += &text_at((left + right) / 2.0, height - 8.0, "middle", &chart.x_title);
    out += &text_at(8.0, 14.0, "start", &chart.y_title);
    for curve in &chart.curves {
        let (colour, dash) = (COLOURS[curve.style % COLOURS.len()], dashes(curve.style));
        out += &format!(
            "<path d=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"/>\n",
            curve.path()
        );
        for dot in &curve.dots {
            out += &format!("<path d=\"{}\" fill=\"{colour}\"/>\n", shape(curve.style, dot.x, dot.y));
        }
        for dot in &curve.measured {
            let shape = shape(curve.style, dot.x, dot.y);
            out +=
                &format!("<path d=\"{shape}\" fill=\"#ffffff\" stroke=\"{colour}\" stroke-width=\"2\"/>\n");
        }
        if let Some(label) = &curve.label {
            out += &text_at(label.x, label.y, "start", &label.text);
        }
    }
    out + "</svg>\n"
}

/// All costs of the points that are known, as comma-separated values (RFC 4180): spans in nanoseconds.
pub fn csv(results: &Results, scaling: &Scaling) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut text = format!("{},,{}", quoted(m::scale_server()), quoted(m::scale_connections()));
    for cost in Cost::ALL {
        let unit = if cost.is_time() { " (ns)" } else { "" };
        text += &format!(",{}", quoted(&format!("{}{unit}", cost_names(cost).0)));
    }
    text += "\r\n";
    let mut row = |program: &Program, source: &str, point: &Point| {
        text += &format!("{},{},{}", program.name(), quoted(source), point.connections);
        for cost in Cost::ALL {
            text += &format!(",{}", point.cost(cost));
        }
        text += "\r\n";
    };
    for program in &scaling.programs {
        for connections in CONNECTIONS {
            let job = Job { program: *program, connections: *connections, talk: scaling.talk };
            if let Some(Ok(point)) = results.get(job) {
                row(program, m::scale_simulated(), point);
            }
        }
        for point in results.measured_of(*program, scaling.talk) {
            row(program, m::scale_measured(), point);
        }
    }
    text
}
