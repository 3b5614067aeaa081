//! The JSON of Chrome's tracing (the *Trace Event Format*), which most viewers of traces read.

use std::io::Write as _;

use anyhow::Result;
use loopscope_shared::ids::TaskId;
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::file::Header;
use serde_json::{Value, json};

use super::Out;
use super::story::{Args, Drawer, Item};

/// The file: an object with a list of events, and what the trace is of.
pub(super) struct Chrome {
    out: Out,
    first: bool,
    header: Value,
}

impl Chrome {
    pub(super) fn new(mut out: Out, header: &Header) -> Result<Self> {
        out.write_all(b"{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n")?;
        let mut chrome = Self { out, first: true, header: serde_json::to_value(header)? };
        let kernel = TaskId::KERNEL;
        chrome.put(&named("process_name", kernel, kernel, "network and kernel"))?;
        Ok(chrome)
    }

    fn put(&mut self, event: &Value) -> Result<()> {
        if !std::mem::take(&mut self.first) {
            self.out.write_all(b",\n")?;
        }
        Ok(serde_json::to_writer(&mut self.out, event)?)
    }

    fn put_all(&mut self, events: &[Value]) -> Result<()> {
        events.iter().try_for_each(|event| self.put(event))
    }
}

impl Drawer for Chrome {
    fn draw(&mut self, item: &Item<'_>) -> Result<()> {
        match *item {
            Item::Process { process, name } => self.put(&named("process_name", process, process, name)),
            Item::Task { task, process, name } => self.put(&named("thread_name", process, task, name)),
            Item::Descriptor { .. } => Ok(()),
            Item::Begin { task, process, at, name, args } => {
                self.put(&json!({"ph": "B", "cat": "call", "name": name, "pid": process, "tid": task, "ts": micros(at), "args": args_of(args)}))
            }
            Item::End { task, process, at, args } => {
                self.put(&json!({"ph": "E", "pid": process, "tid": task, "ts": micros(at), "args": args_of(args)}))
            }
            Item::Opened { process, fd, at, name, id } => self.put(&json!({
                "ph": "b", "cat": "descriptor", "name": format!("fd {fd}"), "id": id, "pid": process, "tid": process,
                "ts": micros(at), "args": {"what": name}
            })),
            Item::Closed { process, fd, at, id } => self.put(&json!({
                "ph": "e", "cat": "descriptor", "name": format!("fd {fd}"), "id": id, "pid": process, "tid": process,
                "ts": micros(at)
            })),
            Item::Acted { process, at, text, id, .. } => self.put(&json!({
                "ph": "n", "cat": "descriptor", "name": text, "id": id, "pid": process, "tid": process, "ts": micros(at)
            })),
            Item::Said { task, process, at, text } => self.put(&json!({
                "ph": "i", "s": "t", "cat": "note", "name": text, "pid": process, "tid": task, "ts": micros(at)
            })),
            Item::Count { counter, at, value } => self.put(&json!({
                "ph": "C", "name": counter.name(), "pid": 0, "ts": micros(at), "args": {"value": value}
            })),
            Item::Woken { id, from, cause_at, cause, to, at } => {
                let ((from_process, from), (process, task)) = (from, to);
                // A flow begins and ends in a slice, if only a short one.
                self.put_all(&[
                    json!({"ph": "X", "cat": "wake", "name": cause, "pid": from_process, "tid": from, "ts": micros(cause_at), "dur": 0}),
                    json!({"ph": "s", "cat": "wake", "name": "wakes", "id": id, "pid": from_process, "tid": from, "ts": micros(cause_at)}),
                    json!({"ph": "f", "bp": "e", "cat": "wake", "name": "wakes", "id": id, "pid": process, "tid": task, "ts": micros(at)}),
                ])
            }
        }
    }

    fn finish(&mut self) -> Result<()> {
        self.out.write_all(b"\n],\"otherData\":")?;
        serde_json::to_writer(&mut self.out, &self.header)?;
        self.out.write_all(b"}\n")?;
        Ok(self.out.flush()?)
    }
}

fn named(what: &str, process: TaskId, task: TaskId, name: &str) -> Value {
    json!({"ph": "M", "name": what, "pid": process, "tid": task, "args": {"name": name}})
}

fn args_of(args: Args<'_>) -> Value {
    args.iter().map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str()))).collect()
}

/// The format counts in microseconds, with decimals.
fn micros(at: Nanos) -> f64 {
    at.0 as f64 / 1e3
}
