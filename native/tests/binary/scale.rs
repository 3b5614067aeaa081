//! What lines cost on this machine's kernel: measured, written, and offered to the page.

use std::path::PathBuf;

use loopscope_shared::scale::{Cost, Measured};
use loopscope_shared::servers::Program;

use crate::process::{check_failure, run};
use crate::refusals::get;
use crate::viewer::Gateway;

fn file(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("loopscope-scale-{}-{name}.csv", std::process::id()))
}

#[test]
fn what_is_measured_is_what_the_interfaces_are_like_and_goes_to_the_page() {
    let path = file("measured");
    let out = path.to_str().unwrap();
    let measure =
        ["scale", "--servers", "select,epoll", "--connections-max", "50", "--lines", "20", "--rounds", "1"];
    let output = run(&[&measure[..], &["--out", out]].concat(), b"");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(&path).unwrap();
    let measured: Measured = text.parse().unwrap();
    assert!(measured.machine.contains("Linux") && measured.rounds == 1, "{text}");
    let cost = |program, connections, cost| {
        let points = measured.points.iter().filter(|of| of.program == program);
        let point = points.map(|of| of.point).find(|point| point.connections == connections);
        point.unwrap_or_else(|| panic!("no {connections} of {program:?} in {text}")).cost(cost)
    };
    for connections in [1, 10, 50] {
        for program in [Program::Select, Program::Epoll] {
            assert!(cost(program, connections, Cost::Cpu) > 0.0, "{text}");
            assert!(cost(program, connections, Cost::Latency) > 0.0, "{text}");
        }
        assert!((cost(Program::Epoll, connections, Cost::Calls) - 3.0).abs() < 0.5, "{text}");
        assert!((cost(Program::Epoll, connections, Cost::Scanned) - 1.0).abs() < 0.5, "{text}");
    }
    let scanned = |connections| cost(Program::Select, connections, Cost::Scanned);
    assert!(scanned(50) > scanned(10) + 35.0 && scanned(10) > scanned(1) + 8.0, "{text}");

    let gateway = Gateway::start(&["--measured", out]);
    let offered = get(gateway.page, "/measured.csv", &gateway.page.to_string(), "");
    assert!(offered.ends_with(&text), "{offered}");
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn what_is_no_measurement_is_refused() {
    let path = file("foreign");
    std::fs::write(&path, "a,b,c\n").unwrap();
    let output = run(&["serve", "--listen", "127.0.0.1:0", "--measured", path.to_str().unwrap()], b"");
    check_failure(&output, 2, &["--measured", "loopscope scale"]);
    std::fs::remove_file(&path).unwrap();
    check_failure(&run(&["scale", "--servers", "sequential"], b""), 2, &["sequential", "epoll"]);
}
