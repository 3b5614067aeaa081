//! Events as lines of JSON, after a line that says of what.

use std::io::Write as _;

use anyhow::Result;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use loopscope_shared::event::{Event, What, describe};
use loopscope_shared::ids::{Seq, TaskId};
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::file::Header;
use loopscope_shared::trace::wire::PROTOCOL_VERSION;
use loopscope_shared::world::World;
use serde::Serialize;

use super::{Out, Sink};

/// The file.
pub(super) struct Jsonl(Out);

/// The first line.
#[derive(Serialize)]
struct First<'a> {
    format: &'static str,
    version: u16,
    header: &'a Header,
}

/// Each further line.
#[derive(Serialize)]
struct Line<'a> {
    seq: Seq,
    at_ns: Nanos,
    task: TaskId,
    says: String,
    what: &'a What,
    #[serde(skip_serializing_if = "String::is_empty")]
    payload_base64: String,
}

/// A line where events are missing.
#[derive(Serialize)]
struct Missing {
    missing_from: Seq,
    missing_to: Seq,
}

impl Jsonl {
    pub(super) fn new(out: Out, header: &Header) -> Result<Self> {
        let mut lines = Self(out);
        lines.line(&First { format: "loopscope events", version: PROTOCOL_VERSION, header })?;
        Ok(lines)
    }

    fn line(&mut self, line: &impl Serialize) -> Result<()> {
        serde_json::to_writer(&mut self.0, line)?;
        Ok(self.0.write_all(b"\n")?)
    }
}

impl Sink for Jsonl {
    fn event(&mut self, seq: Seq, event: &Event, payload: &[u8], world: &World) -> Result<()> {
        self.line(&Line {
            seq,
            at_ns: event.at,
            task: event.task,
            says: describe(event, payload, world),
            what: &event.what,
            payload_base64: BASE64_STANDARD.encode(payload),
        })
    }

    fn missing(&mut self, from: Seq, next: Seq, _world: &World) -> Result<()> {
        self.line(&Missing { missing_from: from, missing_to: next })
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        Ok(self.0.flush()?)
    }
}
