//! Curves from points, and what is still to be computed.

use loopscope_shared::scale::Point;
use loopscope_shared::time::Nanos;

use super::*;

fn point(connections: u32, scanned: u64) -> Point {
    Point { connections, lines: 10, cpu: Nanos(5_000), calls: 30, scanned, bytes: 100, p99: Nanos(2_500) }
}

fn scaling() -> Scaling {
    Scaling { programs: vec![Program::Select, Program::Epoll], cost: Cost::Scanned, ..Scaling::default() }
}

fn results() -> Results {
    let mut results = Results::default();
    for connections in CONNECTIONS {
        let job = |program| Job { program, connections: *connections, talk: Talk::One };
        let select = if *connections > 1_000 {
            Err(Missing::Unserved)
        } else {
            Ok(point(*connections, 10 * u64::from(*connections)))
        };
        results.insert(job(Program::Select), select);
        results.insert(job(Program::Epoll), Ok(point(*connections, 10)));
    }
    results
}

#[test]
fn what_is_not_known_is_to_be_computed_few_connections_first() {
    let missing = Results::default().missing(&scaling());
    assert_eq!(missing.len(), points_of(&scaling()));
    assert!(missing.is_sorted_by_key(|job| job.connections));
    assert_eq!(results().missing(&scaling()), []);
    let mut all = scaling();
    all.talk = Talk::All;
    assert_eq!(results().missing(&all).len(), points_of(&all), "another workload is another curve");
}

#[test]
fn beyond_where_it_ends_a_curve_is_not_asked_about() {
    let mut results = Results::default();
    let job = Job { program: Program::Select, connections: 2_000, talk: Talk::One };
    results.insert(job, Err(Missing::Unserved));
    assert!(
        results
            .missing(&scaling())
            .iter()
            .all(|job| job.program != Program::Select || job.connections < 2_000)
    );
    assert_eq!(results.end(Program::Select, Talk::One), Some((2_000, Missing::Unserved)));
    assert!(why_ended(Program::Select, 2_000, Missing::Unserved).contains("select"));
}

#[test]
fn a_cost_that_grows_rises_and_one_that_stays_is_level() {
    let chart = chart(&results(), &scaling(), 900.0, 400.0);
    let [select, epoll] = &chart.curves[..] else { panic!("two curves") };
    assert_eq!((select.dots.len(), epoll.dots.len()), (10, CONNECTIONS.len()));
    assert!(select.dots.windows(2).all(|two| two[1].y < two[0].y && two[1].x > two[0].x));
    assert!(epoll.dots.windows(2).all(|two| two[1].y == two[0].y));
    assert!(select.ends && !epoll.ends);
    let inside = |dot: &Dot| {
        dot.x >= chart.area.0 && dot.x <= chart.area.2 && dot.y >= chart.area.1 && dot.y <= chart.area.3
    };
    assert!(chart.curves.iter().flat_map(|curve| &curve.dots).all(inside));
    assert_eq!(chart.nearest(select.dots[3].x + 1.0), Some(CONNECTIONS[3]));
}

#[test]
fn names_never_stand_upon_each_other() {
    let mut results = Results::default();
    let programs: Vec<Program> = loopscope_shared::scale::programs().collect();
    for program in &programs {
        results
            .insert(Job { program: *program, connections: 10_000, talk: Talk::One }, Ok(point(10_000, 10)));
    }
    let all = Scaling { programs, ..scaling() };
    let mut places: Vec<f64> = chart(&results, &all, 900.0, 400.0)
        .curves
        .iter()
        .filter_map(|curve| Some(curve.label.as_ref()?.y))
        .collect();
    places.sort_by(f64::total_cmp);
    assert!(places.windows(2).all(|two| two[1] - two[0] >= 14.9), "{places:?}");
    assert!(
        chart(&results, &all, 340.0, 300.0).curves.iter().all(|curve| curve.label.is_none()),
        "there is no room"
    );
}

#[test]
fn an_exported_chart_is_a_document_of_its_own() {
    let text = svg(&chart(&results(), &scaling(), 900.0, 400.0), "a < b");
    assert!(text.starts_with("<svg xmlns=") && text.trim_end().ends_with("</svg>"));
    assert!(text.contains("a &lt; b") && text.contains(">epoll</text>") && !text.contains("var(--"));
    assert!(!text.contains("NaN"), "{text}");
}

#[test]
fn the_numbers_are_exported_without_units() {
    let text = csv(&results(), &scaling());
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert!(lines[0].contains("(ns)"));
    assert_eq!(lines[1], "select,\"simulated\",1,500,3,1,10,2500");
    assert_eq!(lines.len(), 2 + 10 + CONNECTIONS.len());
}

#[test]
fn what_was_measured_is_laid_over_the_curves_and_exported() {
    use loopscope_shared::scale::{Measured, MeasuredPoint};
    let of = |talk, scanned| {
        let point = point(100, scanned);
        MeasuredPoint { program: Program::Select, talk, point }
    };
    let points = vec![of(Talk::One, 1_100), of(Talk::All, 5)];
    let measured = Some(Rc::new(Measured { points, ..Measured::default() }));
    let results = Results { measured, ..results() };
    let chart = chart(&results, &scaling(), 900.0, 400.0);
    let [select, epoll] = &chart.curves[..] else { panic!("two curves") };
    assert!(epoll.measured.is_empty());
    let simulated = select.dots.iter().find(|dot| dot.connections == 100).unwrap();
    let [dot] = &select.measured[..] else { panic!("one, of the same talk") };
    assert!(dot.x == simulated.x && dot.y < simulated.y, "110 a line are above 100");
    assert!(svg(&chart, "").contains("fill=\"#ffffff\" stroke="));
    assert!(csv(&results, &scaling()).contains("select,\"measured\",100,500,3,110,10,2500\r\n"));
}

#[test]
fn costs_have_their_units() {
    let written = |value, cost| written(value, cost);
    assert_eq!(written(640.0, Cost::Cpu), "640 ns");
    assert_eq!(written(2_500.0, Cost::Latency), "2.5 µs");
    assert_eq!(written(12.0, Cost::Calls), "12.0");
}
