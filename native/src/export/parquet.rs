//! Events as a table, a row each: for questions to many traces at once.

use std::sync::Arc;

use anyhow::Result;
use loopscope_shared::event::{Event, Place, What, describe};
use loopscope_shared::ids::Seq;
use loopscope_shared::trace::file::Header;
use loopscope_shared::world::World;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::{Out, Sink, Sources};

/// The columns. `docs/exports.md` says what each holds.
const SCHEMA: &str = "message event {
    required int64 seq;
    required int64 at_ns;
    required int32 task;
    required binary event (STRING);
    optional binary call (STRING);
    optional int32 fd;
    optional int64 ret;
    optional binary error (STRING);
    optional int64 took_ns;
    optional binary source (STRING);
    optional int32 line;
    required binary says (STRING);
    required binary payload;
}";

/// How many rows are held in memory, until they are written as a group: ten megabytes or so.
const GROUP: usize = 32_768;

/// The file, and the rows that are not in it yet.
pub(super) struct Table {
    file: SerializedFileWriter<Out>,
    sources: Sources,
    rows: Rows,
}

#[derive(Default)]
struct Rows {
    seq: Vec<i64>,
    at_ns: Vec<i64>,
    task: Vec<i32>,
    event: Vec<ByteArray>,
    call: Vec<Option<ByteArray>>,
    fd: Vec<Option<i32>>,
    ret: Vec<Option<i64>>,
    error: Vec<Option<ByteArray>>,
    took_ns: Vec<Option<i64>>,
    source: Vec<Option<ByteArray>>,
    line: Vec<Option<i32>>,
    says: Vec<ByteArray>,
    payload: Vec<ByteArray>,
}

/// What is said of a call, at its beginning and at its end.
#[derive(Default)]
struct Of {
    call: Option<&'static str>,
    fd: Option<i32>,
    ret: Option<i64>,
    error: Option<String>,
    took_ns: Option<i64>,
    place: Option<Place>,
}

impl Table {
    pub(super) fn new(out: Out, header: &Header) -> Result<Self> {
        let about = KeyValue::new("loopscope".to_owned(), serde_json::to_string(header)?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::LZ4_RAW)
            .set_created_by(header.written_by.clone())
            .set_key_value_metadata(Some(vec![about]));
        let schema = Arc::new(parse_message_type(SCHEMA)?);
        let file = SerializedFileWriter::new(out, schema, Arc::new(properties.build()))?;
        Ok(Self { file, sources: Sources::of(header), rows: Rows::default() })
    }

    fn put(&mut self) -> Result<()> {
        let rows = std::mem::take(&mut self.rows);
        let mut group = self.file.next_row_group()?;
        required::<Int64Type>(&mut group, &rows.seq)?;
        required::<Int64Type>(&mut group, &rows.at_ns)?;
        required::<Int32Type>(&mut group, &rows.task)?;
        required::<ByteArrayType>(&mut group, &rows.event)?;
        optional::<ByteArrayType>(&mut group, rows.call)?;
        optional::<Int32Type>(&mut group, rows.fd)?;
        optional::<Int64Type>(&mut group, rows.ret)?;
        optional::<ByteArrayType>(&mut group, rows.error)?;
        optional::<Int64Type>(&mut group, rows.took_ns)?;
        optional::<ByteArrayType>(&mut group, rows.source)?;
        optional::<Int32Type>(&mut group, rows.line)?;
        required::<ByteArrayType>(&mut group, &rows.says)?;
        required::<ByteArrayType>(&mut group, &rows.payload)?;
        group.close()?;
        Ok(())
    }
}

impl Sink for Table {
    fn event(&mut self, seq: Seq, event: &Event, payload: &[u8], world: &World) -> Result<()> {
        let Of { call, fd, ret, error, took_ns, place } = of(event, world);
        let source = place.and_then(|place| self.sources.name(place));
        let line = source.and(place).map(|place| place.line as i32);
        let source = source.map(ByteArray::from);
        let rows = &mut self.rows;
        rows.seq.push(seq.0 as i64);
        rows.at_ns.push(event.at.0 as i64);
        rows.task.push(event.task.0 as i32);
        rows.event.push(kind(event).as_str().into());
        rows.call.push(call.map(ByteArray::from));
        rows.fd.push(fd);
        rows.ret.push(ret);
        rows.error.push(error.map(|error| error.as_str().into()));
        rows.took_ns.push(took_ns);
        rows.source.push(source);
        rows.line.push(line);
        rows.says.push(describe(event, payload, world).as_str().into());
        rows.payload.push(payload.to_vec().into());
        if rows.seq.len() >= GROUP { self.put() } else { Ok(()) }
    }

    fn missing(&mut self, _from: Seq, _next: Seq, _world: &World) -> Result<()> {
        // The numbers of the rows tell it.
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        if !self.rows.seq.is_empty() {
            self.put()?;
        }
        self.file.close()?;
        Ok(())
    }
}

fn of(event: &Event, world: &World) -> Of {
    match event.what {
        What::Enter { call, place } => {
            Of { call: Some(call.name()), fd: call.fd().map(|fd| fd.0), place: Some(place), ..Of::default() }
        }
        What::Exit { ret, .. } => {
            let last = world.tasks.get(&event.task).and_then(|task| task.last.as_ref());
            Of {
                call: last.map(|last| last.call.name()),
                fd: last.and_then(|last| last.call.fd()).map(|fd| fd.0),
                ret: ret.ok().map(i64::from),
                error: ret.err().map(|error| error.to_string()),
                took_ns: last.map(|last| last.left.since(last.entered).0 as i64),
                place: last.map(|last| last.place),
            }
        }
        What::Note { place, .. } => Of { place: Some(place), ..Of::default() },
        What::Sample { fd, .. } | What::Listening { fd, .. } => Of { fd: Some(fd.0), ..Of::default() },
        _ => Of::default(),
    }
}

/// The name of the variant: `Enter`, or for what happens inside a kernel, `Inside.Arrived`.
fn kind(event: &Event) -> String {
    let first = |text: String| {
        text.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default().to_owned()
    };
    match event.what {
        What::Inside(inside) => format!("Inside.{}", first(format!("{inside:?}"))),
        what => first(format!("{what:?}")),
    }
}

fn required<T: DataType>(group: &mut SerializedRowGroupWriter<'_, Out>, values: &[T::T]) -> Result<()> {
    if let Some(mut column) = group.next_column()? {
        column.typed::<T>().write_batch(values, None, None)?;
        column.close()?;
    }
    Ok(())
}

fn optional<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Out>,
    values: Vec<Option<T::T>>,
) -> Result<()> {
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let values: Vec<T::T> = values.into_iter().flatten().collect();
    if let Some(mut column) = group.next_column()? {
        column.typed::<T>().write_batch(&values, Some(&levels), None)?;
        column.close()?;
    }
    Ok(())
}
