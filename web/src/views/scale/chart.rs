//! The chart as a picture, and its values at one number of connections.

use yew::prelude::*;

use crate::messages as m;
use crate::model::scale::{Chart, Curve, Dot, dashes, shape};

/// The picture. `label` says in a sentence what it shows; values are read off at so many `connections`; the reader
/// points somewhere, in pixels from the left.
pub(super) fn picture(chart: &Chart, label: &str, connections: u32, on_place: &Callback<f64>) -> Html {
    let (left, top, right, bottom) = chart.area;
    let on_move = on_place.reform(|event: PointerEvent| f64::from(event.offset_x()));
    let at = chart.columns.iter().find(|(column, _)| *column == connections);
    let x_marks = chart.x_marks.iter().map(|mark| {
        html! {
            <>
                <path class="rule" d={format!("M{:.1} {top}V{bottom}", mark.at)} />
                <text x={mark.at.to_string()} y={(bottom + 16.0).to_string()} text-anchor="middle">{ &mark.text }</text>
            </>
        }
    });
    let y_marks = chart.y_marks.iter().map(|mark| {
        html! {
            <>
                <path class="rule" d={format!("M{left} {:.1}H{right}", mark.at)} />
                <text x={(left - 7.0).to_string()} y={(mark.at + 4.0).to_string()} text-anchor="end">{ &mark.text }</text>
            </>
        }
    });
    html! {
        <svg class="scale-chart" role="img" aria-label={label.to_owned()} width={chart.width.to_string()}
            height={chart.height.to_string()} viewBox={format!("0 0 {} {}", chart.width, chart.height)}
            onpointermove={on_move.clone()} onpointerdown={on_move}>
            { for x_marks }
            { for y_marks }
            <text x={((left + right) / 2.0).to_string()} y={(chart.height - 8.0).to_string()} text-anchor="middle">
                { &chart.x_title }
            </text>
            <text x="8" y="14">{ &chart.y_title }</text>
            if let Some((_, x)) = at {
                <path class="scale-at" d={format!("M{x:.1} {top}V{bottom}")} />
            }
            { for chart.curves.iter().map(|curve| view(curve, connections)) }
        </svg>
    }
}

fn view(curve: &Curve, connections: u32) -> Html {
    let class = format!("curve curve-{}", curve.style % 6);
    let point = |dot: &Dot, kind: &'static str, source: &str| {
        let at = (dot.connections == connections).then_some("at");
        html! {
            <path class={classes!(kind, at)} d={shape(curve.style, dot.x, dot.y)}>
                <title>{ format!("{}: {} {source}", curve.program.name(), dot.text) }</title>
            </path>
        }
    };
    html! {
        <g {class} data-curve={curve.program.name()}>
            <path class="line" d={curve.path()} stroke-dasharray={dashes(curve.style)} />
            { for curve.dots.iter().map(|dot| point(dot, "dot", "")) }
            { for curve.measured.iter().map(|dot| point(dot, "measured", m::scale_measured())) }
            if let Some(label) = &curve.label {
                <text x={label.x.to_string()} y={label.y.to_string()}>{ &label.text }</text>
            }
        </g>
    }
}

/// The values of all curves at a number of connections, each with the shape of its points: the legend, too.
pub(super) fn values(chart: &Chart, connections: u32, text: &str) -> Html {
    let one = |curve: &Curve| {
        let at =
            |dots: &[Dot]| dots.iter().find(|dot| dot.connections == connections).map(|dot| dot.text.clone());
        let value = at(&curve.dots).unwrap_or_else(|| "–".to_owned());
        let measured = at(&curve.measured).map(|text| format!("◌ {text}"));
        html! {
            <li class={format!("curve-{}", curve.style % 6)}>
                <svg width="26" height="12" viewBox="0 0 26 12" aria-hidden="true">
                    <path class="line" d="M0 6H26" stroke-dasharray={dashes(curve.style)} />
                    <path class="dot" d={shape(curve.style, 13.0, 6.0)} />
                </svg>
                { " " }{ curve.program.name() }{ " " }<b>{ value }</b>{ " " }{ measured }
            </li>
        }
    };
    html! {
        <>
            <span class="scale-at-text">{ text }{ m::scale_colon() }</span>
            <ul>{ for chart.curves.iter().map(one) }</ul>
        </>
    }
}
