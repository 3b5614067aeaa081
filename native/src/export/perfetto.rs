//! Perfetto's traces: packets of protobuf, one behind the other.

mod proto;

use std::io::Write as _;

use anyhow::Result;
use loopscope_shared::ids::{Fd, TaskId};
use loopscope_shared::time::Nanos;
use prost::Message as _;

use super::Out;
use super::story::{Args, COUNTERS, Counter, Drawer, Item};
use proto::{
    CounterDescriptor, DebugAnnotation, Kind, ProcessDescriptor, ThreadDescriptor, TracePacket,
    TrackDescriptor, TrackEvent,
};

/// The file.
pub(super) struct Perfetto(Out);

/// Everything comes from one writer, whose packets are in order.
const SEQUENCE: u32 = 1;

/// The field of `Trace` in which packets are, as protobuf writes it: number 1, with a length.
const PACKET: u8 = 0x0a;

impl Perfetto {
    pub(super) fn new(out: Out) -> Result<Self> {
        let mut perfetto = Self(out);
        perfetto.put(&TracePacket { sequence_flags: Some(proto::CLEARED), ..TracePacket::default() })?;
        for counter in COUNTERS {
            let counts = CounterDescriptor { unit_name: Some(counter.unit().to_owned()) };
            perfetto.track(TrackDescriptor {
                uuid: Some(track(Track::Counter(counter))),
                name: Some(counter.name().to_owned()),
                counter: Some(counts),
                ..TrackDescriptor::default()
            })?;
        }
        let kernel = "network and kernel".to_owned();
        let uuid = Some(track(Track::Task(TaskId::KERNEL)));
        perfetto.track(TrackDescriptor { uuid, name: Some(kernel), ..TrackDescriptor::default() })?;
        Ok(perfetto)
    }

    fn put(&mut self, packet: &TracePacket) -> Result<()> {
        let packet = TracePacket { trusted_packet_sequence_id: Some(SEQUENCE), ..packet.clone() };
        self.0.write_all(&[PACKET])?;
        Ok(self.0.write_all(&packet.encode_length_delimited_to_vec())?)
    }

    fn track(&mut self, descriptor: TrackDescriptor) -> Result<()> {
        self.put(&TracePacket { track_descriptor: Some(descriptor), ..TracePacket::default() })
    }

    fn event(&mut self, at: Nanos, on: Track, kind: Kind, event: TrackEvent) -> Result<()> {
        let event = TrackEvent { track_uuid: Some(track(on)), kind: Some(kind as i32), ..event };
        self.put(&TracePacket { timestamp: Some(at.0), track_event: Some(event), ..TracePacket::default() })
    }

    fn instant(&mut self, at: Nanos, on: Track, text: &str) -> Result<()> {
        self.event(at, on, Kind::Instant, named(text))
    }

    /// A process with its descriptors, or one of its tasks.
    fn process(&mut self, process: TaskId, name: &str) -> Result<()> {
        let described =
            ProcessDescriptor { pid: Some(process.0 as i32), process_name: Some(name.to_owned()) };
        let uuid = track(Track::Process(process));
        self.track(TrackDescriptor {
            uuid: Some(uuid),
            process: Some(described),
            ..TrackDescriptor::default()
        })?;
        self.track(TrackDescriptor {
            uuid: Some(track(Track::Descriptors(process))),
            parent_uuid: Some(uuid),
            name: Some("descriptors".to_owned()),
            child_ordering: Some(proto::EXPLICIT),
            ..TrackDescriptor::default()
        })
    }

    fn task(&mut self, task: TaskId, process: TaskId, name: &str) -> Result<()> {
        let described = ThreadDescriptor {
            pid: Some(process.0 as i32),
            tid: Some(task.0.into()),
            thread_name: Some(name.to_owned()),
        };
        let uuid = Some(track(Track::Task(task)));
        self.track(TrackDescriptor { uuid, thread: Some(described), ..TrackDescriptor::default() })
    }

    fn descriptor(&mut self, process: TaskId, fd: Fd) -> Result<()> {
        self.track(TrackDescriptor {
            uuid: Some(track(Track::Descriptor(process, fd))),
            parent_uuid: Some(track(Track::Descriptors(process))),
            name: Some(format!("fd {fd}")),
            sibling_order_rank: Some(fd.0),
            ..TrackDescriptor::default()
        })
    }
}

impl Drawer for Perfetto {
    fn draw(&mut self, item: &Item<'_>) -> Result<()> {
        match *item {
            Item::Process { process, name } => self.process(process, name),
            Item::Task { task, process, name } => self.task(task, process, name),
            Item::Descriptor { process, fd } => self.descriptor(process, fd),
            Item::Begin { task, at, name, args, .. } => {
                let event = TrackEvent { debug_annotations: annotations(args), ..named(name) };
                self.event(at, Track::Task(task), Kind::SliceBegin, event)
            }
            Item::End { task, at, args, .. } => {
                let event = TrackEvent { debug_annotations: annotations(args), ..TrackEvent::default() };
                self.event(at, Track::Task(task), Kind::SliceEnd, event)
            }
            Item::Opened { process, fd, at, name, .. } => {
                self.event(at, Track::Descriptor(process, fd), Kind::SliceBegin, named(name))
            }
            Item::Closed { process, fd, at, .. } => {
                self.event(at, Track::Descriptor(process, fd), Kind::SliceEnd, TrackEvent::default())
            }
            Item::Acted { process, fd, at, text, .. } => {
                self.instant(at, Track::Descriptor(process, fd), text)
            }
            Item::Said { task, at, text, .. } => self.instant(at, Track::Task(task), text),
            Item::Count { counter, at, value } => {
                let event = TrackEvent { counter_value: Some(value as i64), ..TrackEvent::default() };
                self.event(at, Track::Counter(counter), Kind::Counter, event)
            }
            Item::Woken { id, from: (_, from), cause_at, cause, to: (_, task), at } => {
                let event = TrackEvent { flow_ids: vec![id], ..named(cause) };
                self.event(cause_at, Track::Task(from), Kind::Instant, event)?;
                let event = TrackEvent { terminating_flow_ids: vec![id], ..named("woken") };
                self.event(at, Track::Task(task), Kind::Instant, event)
            }
        }
    }

    fn finish(&mut self) -> Result<()> {
        Ok(self.0.flush()?)
    }
}

/// What has a line of its own in the picture.
#[derive(Clone, Copy, Debug)]
enum Track {
    Process(TaskId),
    Task(TaskId),
    Descriptors(TaskId),
    Descriptor(TaskId, Fd),
    Counter(Counter),
}

/// The number by which packets name a track: its kind in the top bits, and what it is of below.
fn track(track: Track) -> u64 {
    let (kind, of) = match track {
        Track::Process(process) => (1, u64::from(process.0)),
        Track::Task(task) => (2, u64::from(task.0)),
        Track::Descriptors(process) => (3, u64::from(process.0)),
        // Descriptors have less than 28 bits: `NR_OPEN` of Linux has 21.
        Track::Descriptor(process, fd) => {
            (4, u64::from(process.0) << 28 | u64::from(fd.0 as u32) & 0xfff_ffff)
        }
        Track::Counter(counter) => (5, counter as u64),
    };
    kind << 60 | of
}

fn named(name: &str) -> TrackEvent {
    TrackEvent { name: Some(name.to_owned()), ..TrackEvent::default() }
}

fn annotations(args: Args<'_>) -> Vec<DebugAnnotation> {
    let annotation = |(name, value): &(&str, String)| DebugAnnotation {
        name: Some((*name).to_owned()),
        string_value: Some(value.clone()),
    };
    args.iter().map(annotation).collect()
}
