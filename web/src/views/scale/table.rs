//! The costs as a table, which is the chart's equal: a row a number of connections, a column a server.

use loopscope_shared::language::grouped;
use loopscope_shared::scale::CONNECTIONS;
use loopscope_shared::servers::Program;
use yew::prelude::*;

use crate::messages as m;
use crate::model::scale::{Job, Results, cost_names, written};
use crate::store::Scaling;

/// The table of what the reader wants to see, as far as it is known.
pub(super) fn view(scaling: &Scaling, results: &Results) -> Html {
    let cell = |program: &Program, connections: u32| {
        let job = Job { program: *program, connections, talk: scaling.talk };
        let text = match results.get(job) {
            Some(Ok(point)) => written(point.cost(scaling.cost), scaling.cost),
            Some(Err(_)) => "✕".to_owned(),
            None => "–".to_owned(),
        };
        let mut measured = results.measured_of(*program, scaling.talk);
        let measured = measured.find(|point| point.connections == connections);
        let measured =
            measured.map(|point| format!(" ◌ {}", written(point.cost(scaling.cost), scaling.cost)));
        html! { <td>{ text }{ measured }</td> }
    };
    let row = |connections: &u32| {
        html! {
            <tr>
                <th scope="row">{ grouped((*connections).into()) }</th>
                { for scaling.programs.iter().map(|program| cell(program, *connections)) }
            </tr>
        }
    };
    html! {
        <details class="card scale-table">
            <summary>{ m::scale_table() }</summary>
            // It may be wider than the window, so the keyboard must reach it.
            <div class="compare-table" role="region" tabindex="0" aria-label={m::scale_table()}>
                <table>
                    <caption class="sr">{ m::scale_per_line(cost_names(scaling.cost).0) }</caption>
                    <thead>
                        <tr>
                            <th scope="col">{ m::scale_connections() }</th>
                            { for scaling.programs.iter().map(|program| html! { <th scope="col">{ program.name() }</th> }) }
                        </tr>
                    </thead>
                    <tbody>{ for CONNECTIONS.iter().map(row) }</tbody>
                </table>
            </div>
        </details>
    }
}
