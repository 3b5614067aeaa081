//! The table of figures: a column a run, and in each row the best and the worst marked by shape and word.

use yew::prelude::*;

use crate::messages as m;
use crate::model::compare::{Cell, Row, Verdict};
use crate::model::text::figure;
use crate::views::download;

/// The table of what the runs are called and of their figures, in order; and the same as comma-separated values.
pub fn figures(names: &[String], rows: &[Row], csv: &str) -> Html {
    let row = |row: &Row| {
        html! {
            <tr>
                <th scope="row" title={row.meaning}>{ row.label }</th>
                { for row.cells.iter().map(cell) }
            </tr>
        }
    };
    html! {
        <section class="card compare-figures" aria-label={m::compare_figures()}>
            <div class="head">
                <h2>{ m::compare_figures() }</h2>
                <a id="compare-csv" class="pill small" download="loopscope-compare.csv"
                    href={download("text/csv", csv)}>{ m::compare_csv() }</a>
            </div>
            // It may be wider than the window, so the keyboard must reach it.
            <div class="compare-table" role="group" tabindex="0" aria-label={m::compare_figures()}>
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{ m::compare_figure() }</th>
                            { for names.iter().map(|name| html! { <th scope="col">{ name }</th> }) }
                        </tr>
                    </thead>
                    <tbody>{ for rows.iter().map(row) }</tbody>
                </table>
            </div>
        </section>
    }
}

fn cell(cell: &Cell) -> Html {
    let times = |times: f64| match times.is_finite() {
        true => format!("×\u{2009}{}", figure(times)),
        false => String::new(),
    };
    let (class, mark) = match cell.verdict {
        Verdict::None => ("", String::new()),
        Verdict::Best => ("best", format!("▲ {}", m::compare_best())),
        Verdict::Times(more) => ("more", times(more)),
        Verdict::Worst(more) => ("worst", format!("▼ {} {}", m::compare_worst(), times(more))),
    };
    html! {
        <td {class}>
            <span class="value">{ &cell.text }</span>
            if !mark.is_empty() { <span class="verdict">{ mark }</span> }
        </td>
    }
}
