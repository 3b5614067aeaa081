//! The figures of `/metrics`, with the same names, as OpenTelemetry writes them.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
    ScopeMetrics, Sum,
};
use prost::Message as _;

use crate::metrics::{COUNTS, Figures, SPANS, Single, UP, WHILE_TOLD};
use crate::totals::{BOUNDS_NS, CALLS, Outcome, Span, Totals};

use super::{resource, scope, text};

/// The times of a figure: since when it is counted, and until when.
#[derive(Clone, Copy)]
struct Times {
    began: u64,
    now: u64,
}

/// The message with all figures, counted since `began`, in nanoseconds since 1970 as `now`.
pub(super) fn request(figures: &Figures, began: u64, now: u64) -> Vec<u8> {
    let metrics = ScopeMetrics {
        scope: Some(scope()),
        metrics: all(figures, Times { began, now }),
        ..Default::default()
    };
    let from =
        ResourceMetrics { resource: Some(resource()), scope_metrics: vec![metrics], ..Default::default() };
    ExportMetricsServiceRequest { resource_metrics: vec![from] }.encode_to_vec()
}

fn all(figures: &Figures, times: Times) -> Vec<Metric> {
    let totals = &figures.totals;
    let program = vec![text("program", figures.program.name())];
    let mut metrics = vec![gauge("server_up", UP, times.point(u64::from(figures.up), program))];
    for Single { name, value, grows, help } in figures.singles() {
        let point = times.point(value, vec![]);
        metrics.push(if grows { sum(name, help, vec![point]) } else { gauge(name, help, point) });
    }
    for (count, name, help) in COUNTS {
        metrics.push(sum(name, &while_told(help), vec![times.point(totals.count(count), vec![])]));
    }
    metrics.push(sum("calls_total", &while_told("System calls by their result"), calls(totals, times)));
    metrics.extend(SPANS.map(|(span, name, help)| histogram(totals, span, name, help, times)));
    metrics
}

impl Times {
    fn point(self, value: u64, attributes: Vec<KeyValue>) -> NumberDataPoint {
        NumberDataPoint {
            attributes,
            start_time_unix_nano: self.began,
            time_unix_nano: self.now,
            value: Some(Value::AsInt(i64::try_from(value).unwrap_or(i64::MAX))),
            ..NumberDataPoint::default()
        }
    }
}

fn while_told(help: &str) -> String {
    format!("{help}; {WHILE_TOLD}")
}

fn calls(totals: &Totals, times: Times) -> Vec<NumberDataPoint> {
    let all = CALLS.iter().flat_map(|name| Outcome::ALL.map(|(outcome, result)| (*name, outcome, result)));
    let counted = all.map(|(name, outcome, result)| (totals.calls(name, outcome), name, result));
    // A program makes few of all the calls there are.
    let made = counted.filter(|(count, ..)| *count > 0);
    made.map(|(count, name, result)| times.point(count, vec![text("name", name), text("result", result)]))
        .collect()
}

fn metric(name: &str, help: &str, unit: &str, data: Data) -> Metric {
    let (description, unit) = (help.to_owned(), unit.to_owned());
    Metric { name: format!("loopscope_{name}"), description, unit, data: Some(data), ..Metric::default() }
}

fn gauge(name: &str, help: &str, point: NumberDataPoint) -> Metric {
    metric(name, help, "1", Data::Gauge(Gauge { data_points: vec![point] }))
}

fn sum(name: &str, help: &str, data_points: Vec<NumberDataPoint>) -> Metric {
    let unit = if name.contains("bytes") { "By" } else { "1" };
    let aggregation_temporality = AggregationTemporality::Cumulative.into();
    metric(name, help, unit, Data::Sum(Sum { data_points, aggregation_temporality, is_monotonic: true }))
}

fn histogram(totals: &Totals, span: Span, name: &str, help: &str, times: Times) -> Metric {
    let bucket_counts = totals.buckets(span).to_vec();
    let point = HistogramDataPoint {
        start_time_unix_nano: times.began,
        time_unix_nano: times.now,
        count: bucket_counts.iter().sum(),
        sum: Some(totals.sum_ns(span) as f64 / 1e9),
        bucket_counts,
        explicit_bounds: BOUNDS_NS.iter().map(|bound| *bound as f64 / 1e9).collect(),
        ..HistogramDataPoint::default()
    };
    let aggregation_temporality = AggregationTemporality::Cumulative.into();
    let data = Data::Histogram(Histogram { data_points: vec![point], aggregation_temporality });
    metric(name, &while_told(help), "s", data)
}
