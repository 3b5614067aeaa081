//! `serve --otlp`: what a collector gets. The collector is a receiver of this test's, which decodes the messages.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Instant;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use rustix::process::Signal;

use crate::client::{connect, expect};
use crate::process::PATIENCE;
use crate::refusals::get;
use crate::viewer::Gateway;

/// What a collector got.
enum Got {
    Metrics(Vec<Metric>),
    Spans(Vec<Span>),
}

/// A collector on a port of its own that answers with this status.
fn collector(status: &'static str) -> (SocketAddr, Receiver<Got>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            answer(stream, status, &tell);
        }
    });
    (address, told)
}

/// One request, and its answer.
fn answer(stream: TcpStream, status: &str, tell: &Sender<Got>) {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        head.push(line.trim().to_ascii_lowercase());
    }
    let length = head.iter().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    assert!(head.contains(&"content-type: application/x-protobuf".to_owned()), "{head:?}");
    let got = match head[0].as_str() {
        "post /v1/metrics http/1.1" => {
            let message = ExportMetricsServiceRequest::decode(&body[..]).unwrap();
            let scopes = message.resource_metrics.into_iter().flat_map(|from| from.scope_metrics);
            Got::Metrics(scopes.flat_map(|scope| scope.metrics).collect())
        }
        "post /v1/traces http/1.1" => {
            let message = ExportTraceServiceRequest::decode(&body[..]).unwrap();
            let scopes = message.resource_spans.into_iter().flat_map(|from| from.scope_spans);
            Got::Spans(scopes.flat_map(|scope| scope.spans).collect())
        }
        other => panic!("{other}"),
    };
    // The test may have seen enough.
    let _ = tell.send(got);
    let _ =
        write!(reader.into_inner(), "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
}

fn gateway(collector: SocketAddr) -> Gateway {
    let url = format!("http://{collector}");
    Gateway::start(&["--server", "epoll", "--otlp", &url, "--otlp-interval-ms", "100"])
}

fn exchange(gateway: &Gateway, lines: usize) {
    let mut client = connect(gateway.rot13);
    for _ in 0..lines {
        client.write_all(b"counted\n").unwrap();
        expect(&mut client, b"counted\n");
    }
}

/// The sum of a counter's points.
fn total(metrics: &[Metric], name: &str) -> i64 {
    let metric = metrics.iter().find(|metric| metric.name == name).unwrap();
    let Some(Data::Sum(sum)) = &metric.data else { panic!("{metric:?}") };
    assert!(sum.is_monotonic);
    let values = sum.data_points.iter().map(|point| match point.value {
        Some(number_data_point::Value::AsInt(value)) => value,
        other => panic!("{other:?}"),
    });
    values.sum()
}

#[test]
fn a_collector_gets_the_figures_and_the_turns_of_the_loop() {
    let (address, told) = collector("200 OK");
    let gateway = gateway(address);
    exchange(&gateway, 20);
    let (began, mut metrics, mut spans) = (Instant::now(), Vec::new(), Vec::new());
    while spans.len() < 20 || metrics.is_empty() || total(&metrics, "loopscope_lines_total") < 20 {
        assert!(began.elapsed() < PATIENCE, "{} spans, {metrics:?}", spans.len());
        match told.recv_timeout(PATIENCE).unwrap() {
            Got::Metrics(got) => metrics = got,
            Got::Spans(got) => spans.extend(got),
        }
    }
    assert_eq!(total(&metrics, "loopscope_lines_total"), 20);
    assert_eq!(total(&metrics, "loopscope_received_bytes_total"), 160);

    let text = get(gateway.page, "/metrics", &gateway.page.to_string(), "");
    let shown = text.lines().filter_map(|line| line.strip_prefix("# HELP ")?.split(' ').next());
    let shown: BTreeSet<&str> = shown.collect();
    let sent: BTreeSet<&str> = metrics.iter().map(|metric| metric.name.as_str()).collect();
    assert_eq!(sent, shown, "the figures are those of /metrics");
    let latency = metrics.iter().find(|metric| metric.name == "loopscope_line_latency_seconds").unwrap();
    let Some(Data::Histogram(latency)) = &latency.data else { panic!("{latency:?}") };
    let [point] = latency.data_points.as_slice() else { panic!("{latency:?}") };
    assert_eq!(point.count, 20);
    assert_eq!(point.bucket_counts.len(), point.explicit_bounds.len() + 1);
    assert_eq!(point.bucket_counts.iter().sum::<u64>(), point.count);

    let ids: BTreeSet<&[u8]> = spans.iter().map(|span| &span.span_id[..]).collect();
    assert_eq!(ids.len(), spans.len(), "no two have the same number");
    for span in &spans {
        assert_eq!((span.name.as_str(), span.trace_id.len()), ("loop turn", 16));
        assert!(span.start_time_unix_nano <= span.end_time_unix_nano, "{span:?}");
        let wait = span.attributes.iter().find(|attribute| attribute.key == "loopscope.wait").unwrap();
        let wait = wait.value.as_ref().and_then(|value| value.value.clone());
        assert_eq!(wait, Some(Value::StringValue("epoll_wait".to_owned())));
    }
}

/// How often the gateway says that the collector does not take what it is sent.
fn complaints(mut gateway: Gateway) -> usize {
    gateway.process.signal(Signal::TERM);
    assert!(gateway.process.wait().success());
    gateway.process.stderr().matches("does not take metrics and spans").count()
}

#[test]
fn a_collector_that_refuses_is_told_of_once_and_holds_up_nobody() {
    let (address, told) = collector("503 Service Unavailable");
    let gateway = gateway(address);
    exchange(&gateway, 5);
    for _ in 0..5 {
        told.recv_timeout(PATIENCE).unwrap();
    }
    exchange(&gateway, 5);
    assert_eq!(complaints(gateway), 1);
}

#[test]
fn a_collector_that_never_answers_holds_up_nobody() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let gateway = gateway(listener.local_addr().unwrap());
    let (asked, _) = listener.accept().unwrap();
    exchange(&gateway, 100);
    let text = get(gateway.page, "/metrics", &gateway.page.to_string(), "");
    assert!(text.contains("loopscope_server_up"), "{text}");
    assert!(complaints(gateway) <= 1, "the last export is given up");
    drop(asked);
}
